"""Names are never code: those that mean something to a browser are text in every form in which we show anything."""

from collections.abc import Callable
from typing import Any

import pytest
from nbconvert.exporters import HTMLExporter
from playwright.sync_api import expect

from tests.browser import named
from tests.browser.innocence import GUARD, expect_innocent, is_shown, kinds, seen, unprotected
from tests.browser.named import HOSTILE, PLAIN
from tests.exporters.cases import notebook, shown
from tfkit.exporters import HtmlExporter
from tfkit.printable import printable

pytestmark = pytest.mark.browser

Forms = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def hostile() -> Forms:
    return named.bundles(HOSTILE)


@pytest.fixture(scope="module")
def plain() -> Forms:
    return named.bundles(PLAIN)


@pytest.fixture
def open_file(chromium, tmp_path) -> Callable[..., Any]:
    """A function that opens a text as a file of its own."""
    context = chromium.new_context(viewport={"width": 1000, "height": 800})
    page = context.new_page()
    page.add_init_script(GUARD)

    def opened(text: str, name: str = "page.html", *, offline: bool = False) -> Any:
        context.set_offline(offline)
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        page.goto((tmp_path / name).as_uri())
        return page

    yield opened
    context.close()


def test_the_canary_is_heard_where_names_are_taken_for_code(open_file):
    page = open_file(f"<!doctype html><body>{''.join(HOSTILE)}</body>", offline=True)
    page.wait_for_function("window.canary > 3")
    with pytest.raises(AssertionError):
        expect_innocent(page)


@pytest.mark.parametrize("address", [" javascript:canary = 1", "data:text/html,x", "https://example.invalid/"])
def test_a_name_that_led_anywhere_would_be_seen(open_file, address):
    page = open_file(f"<!doctype html><body><a href='{address}'>name</a></body>")
    with pytest.raises(AssertionError):
        expect_innocent(page)


def pictures(forms: Forms) -> dict[str, str]:
    return {key: data["image/svg+xml"] for key, data in forms.items() if "image/svg+xml" in data}


def by_eights(names: list[str]) -> list[str]:
    return [named.graph(names[place : place + 8]).to_svg() for place in range(0, len(names), 8)]


def test_still_pictures_are_pictures(open_file, hostile, plain):
    closed = named.graph([f"name {place}" for place in range(70)]).to_svg()
    usual = kinds(open_file("".join([*pictures(plain).values(), *by_eights(PLAIN), closed])), "svg")
    for svg in pictures(hostile).values():
        page = open_file(svg, "picture.svg")
        assert page.evaluate("document.documentElement.localName") == "svg"
        expect_innocent(page)
        assert kinds(page) <= usual
    labels: list[str] = []
    for svg in by_eights(HOSTILE):
        page = open_file(svg, "picture.svg")
        expect_innocent(page)
        assert kinds(page) <= usual
        labels += page.locator("g[data-node-id]").evaluate_all(_LABELS)
    assert [node_id for node_id, _, _ in labels] == [printable(name) for name in HOSTILE]
    for name, (_, label, title) in zip(HOSTILE, labels, strict=True):
        assert is_shown(name, label)
        note = f"failed: {name}" if name else "failed"
        assert is_shown(f"{name}: {name} -> (2,) {name} ({note})", title)
    page = open_file("<!doctype html><body>" + "".join([*pictures(hostile).values(), *by_eights(HOSTILE)]))
    expect_innocent(page)
    assert kinds(page, "svg") <= usual


_LABELS = """(all) => all.map((one) =>
  [one.dataset.nodeId, one.querySelector("text").textContent, one.querySelector("title").textContent])"""


def with_all(forms: Forms) -> Any:
    return notebook(*(shown(data) for data in forms.values()))


@pytest.mark.parametrize("exporter", [HtmlExporter, HTMLExporter], ids=["ours", "the usual one"])
def test_exported_notebooks(open_file, hostile, plain, exporter):
    def opened(forms: Forms) -> tuple[Any, set[str]]:
        html, _ = exporter().from_notebook_node(with_all(forms))
        # The usual page asks for scripts of the web, whatever is in it.
        page = open_file(html, offline=True) if exporter is HTMLExporter else open_file(unprotected(html))
        if exporter is HtmlExporter:
            expect(page.locator("[data-state=ready]:is(.tfkit-graph, .tfkit-monitor, .tfkit-surface)")).to_have_count(4)
        return page, kinds(page, ".jp-OutputArea")

    _, usual = opened(plain)
    page, found = opened(hostile)
    assert found <= usual
    expect_innocent(page)
    expect_all_told(page, ".jp-OutputArea")


def expect_all_told(page: Any, root: str) -> None:
    """Fail unless every name stands in the cards of a page."""
    told = seen("".join(page.locator(f"{root} :is(.tfkit-check, .tfkit-progress, table, ul)").all_text_contents()))
    assert [name for name in HOSTILE if seen(name) not in told] == []
