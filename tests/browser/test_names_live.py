"""Names are never code in the live views either, whatever one does there; no policy helps the pages of this file."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import named
from tests.browser.acts import LIT, box, choose, names, search
from tests.browser.innocence import GUARD, expect_innocent, is_shown, kinds, seen, unprotected
from tests.browser.named import HOSTILE, PLAIN
from tests.drawing.cases import CASES
from tfkit.display import MONITOR_MIME_TYPE, SURFACE_MIME_TYPE
from tfkit.display import page as page_of
from tfkit.drawing.style import STYLE
from tfkit.graph import Graph
from tfkit.passes import grouped
from tfkit.printable import printable

pytestmark = pytest.mark.browser

# Chooses every node in a part of the page, and returns what the panel says of it: heading, facts, all other texts.
_TOLD = """async (part) => {
  const panel = document.querySelector(".tfkit-details");
  const texts = (words) => [...panel.querySelectorAll(words)].map((one) => one.textContent);
  const told = [];
  for (const one of document.querySelector(part).querySelectorAll("[data-node-id]")) {
    panel.replaceChildren();
    one.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    one.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    for (let turn = 0; turn < 600 && !panel.firstChild; turn++) await new Promise(requestAnimationFrame);
    const facts = texts("dt").map((name, place) => [name, texts("dd")[place]]);
    told.push([texts("h3")[0], facts, texts("pre, .tfkit-place, code")]);
  }
  return told;
}"""


@pytest.fixture
def open_graph(show):
    """A function that opens a graph with all its groups open."""

    def opened(graph):
        page = show(unprotected(graph.to_html()), height=1000, before=GUARD)
        choose(page, "open-all")
        expect(page.locator("[aria-expanded=false]")).to_have_count(0)
        expect(page.locator("[data-node-id]")).to_have_count(len(graph.nodes))
        return page

    return opened


def use(page):
    """Look at every node and at the code, and let the paths of some be shown; return what was told."""
    told = page.evaluate(_TOLD, ".tfkit-canvas")
    for button in ("Depends on", "Leads to", "Path to\u2026"):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("status")).not_to_be_empty()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Code", exact=True).click()
    page.locator("[data-line]").first.click()
    expect(page.get_by_role("status")).to_have_text("Line 1 made 1 operation.")
    return told


def test_all_that_is_told_of_a_node_is_told_as_it_is(open_graph):
    plain = open_graph(named.graph(PLAIN))
    use(plain)
    page = open_graph(named.graph(HOSTILE))
    assert names(page.locator("[data-node-id]")) == [printable(name) for name in HOSTILE]
    for name, (heading, pairs, texts) in zip(HOSTILE, use(page), strict=True):
        word, facts = printable(name), [tuple(pair) for pair in pairs]
        assert heading == word
        wanted = {"Name", "Operation", "Type", "class", word} | ({"Note", "Device"} if name else set())
        assert wanted <= {fact for fact, value in facts if value == word}
        assert dict(facts)["Group"].endswith(word)  # in one that was made so that the level can be read
        assert texts == [word, f"{word}, line 1", word or " "]
    expect_innocent(page)
    assert kinds(page, ".tfkit-graph") <= kinds(plain, ".tfkit-graph")


def test_any_text_can_be_searched(open_graph):
    page = open_graph(named.graph(HOSTILE))
    texts = [text for text in HOSTILE if text.strip()]
    assert "" not in page.evaluate(_FOUND, texts)
    expect_innocent(page)


# Searches for texts, and returns what the view says came of it.
_FOUND = """async (texts) => {
  const [field, found] = ["[type=search]", ".tfkit-found"].map((one) => document.querySelector(one));
  const said = [];
  for (const text of texts) {
    found.textContent = "";
    field.value = text;
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    for (let turn = 0; turn < 600 && !found.textContent; turn++) await new Promise(requestAnimationFrame);
    said.push(found.textContent);
  }
  return said;
}"""


def test_names_that_every_object_has_are_names_like_others(open_graph, show):
    page = open_graph(named.graph(HOSTILE))
    known = ["__proto__", "constructor", "length", "toString", "valueOf", "hasOwnProperty"]
    for name in known:
        expect(search(page, f"{name}:{name}")).to_have_text("1 found")
        expect(page.locator(LIT)).to_have_attribute("data-node-id", name)
        expect(search(page, f"op:{name} group:{name}")).to_have_text("1 found")
    page = show(CASES["diamond"])
    for name in known:
        expect(search(page, f"{name}:1")).to_have_text(f"no node has anything called {name}")


def test_overlays_named_oddly_are_overlays(open_graph, show, results):
    page = show(CASES["diamond"].with_overlay({"a": 1, "e": 3}, name="__proto__", unit="constructor"))
    expect(page.locator(".tfkit-legend strong")).to_have_text("__proto__")
    expect(box(page, "e")).to_contain_text("3 constructor")
    page.get_by_label("Colour by").select_option("")
    page.get_by_label("Colour by").select_option("__proto__")
    expect(box(page, "e")).to_contain_text("3 constructor")
    graph = named.graph(HOSTILE)
    page = open_graph(graph)
    legend = page.locator(".tfkit-legend")
    expect(legend).to_be_visible()
    for place in range(page.locator(".tfkit-paint option").count()):  # the last are all that was known before
        page.get_by_label("Colour by").select_option(index=place)
        expect(legend).to_be_visible(visible=place > 0)
    page.get_by_label("Colour by").select_option(index=1)
    expect(legend.locator("strong")).to_have_attribute("title", printable(graph.name))
    assert is_shown(graph.name, legend.locator("strong").text_content())
    assert legend.bounding_box()["height"] < 60  # of a name of 25,000 characters
    page.screenshot(path=results / "names.png")
    expect_innocent(page)


@pytest.mark.parametrize("form", ["svg", "png", "dot", "json"])
def test_what_is_named_oddly_can_be_saved(show, tmp_path, form):
    graph = named.graph(HOSTILE)
    page = show(unprotected(graph.to_html()), before=GUARD)
    page.get_by_role("button", name="Save \u25be").click()
    with page.expect_download() as download:
        page.locator(f"[data-action=save-{form}]").click()
    assert not set('/\\<>:"|?*\n') & set(download.value.suggested_filename)
    saved = tmp_path / f"saved.{form}"
    saved.write_bytes(Path(download.value.path()).read_bytes())
    if form == "json":
        assert Graph.from_dict(json.loads(saved.read_text("utf-8"))) == grouped(graph, STYLE["level_limit"])
    if form == "svg":
        page.goto(saved.as_uri())
        assert page.evaluate("document.documentElement.localName") == "svg"
    expect_innocent(page)


def test_two_compared_graphs(show):
    def used(all_names):
        page = show(unprotected(named.changed(all_names).to_html()), before=GUARD)
        choose(page, "open-all")
        expect(page.locator("[aria-expanded=false]")).to_have_count(0)
        return page, page.evaluate(_TOLD, ".tfkit-canvas")

    (page, told), (plain, _) = used(HOSTILE), used(PLAIN)
    headings = [heading for heading, _, _ in told]
    assert {printable(name) for name in HOSTILE} <= set(headings)
    expect_innocent(page)
    assert kinds(page, ".tfkit-graph") <= kinds(plain, ".tfkit-graph")


def test_a_watched_training(show):
    def used(all_names):
        forms = named.bundles(all_names)["monitor"]
        html = page_of("\n".join(all_names), MONITOR_MIME_TYPE, forms[MONITOR_MIME_TYPE], forms["text/plain"])
        page = show(unprotected(html), root=".tfkit-monitor", before=GUARD)
        return page, page.evaluate(_VARIABLES)

    (page, told), (plain, _) = used(HOSTILE), used(PLAIN)
    for name, (title, heading, line) in zip(HOSTILE, told, strict=True):
        assert title == printable(name)
        assert heading.rpartition(" (")[0] == printable(name)
        assert line.rpartition(": ")[0] == printable(name)
    assert seen(page.locator(".tfkit-notes").text_content()) == seen("".join(HOSTILE))
    found = page.locator(".tfkit-findings li").all_text_contents()
    assert [seen(text) for text in found] == [seen(f"{name} in {name}: {name}. {name}") for name in HOSTILE]
    expect_innocent(page)
    assert kinds(page, ".tfkit-monitor") <= kinds(plain, ".tfkit-monitor")


# Chooses every variable, and returns its title in the list, the heading over what is told of it, and what is read out.
_VARIABLES = """() => [...document.querySelectorAll(".tfkit-map-names button")].map((one, row) => {
  document.querySelectorAll(".tfkit-map-names button")[row].click();
  const told = [".tfkit-closely-name strong", ".tfkit-map-line"];
  return [one.title, ...told.map((words) => document.querySelector(words).textContent)];
})"""


def test_a_loss_over_two_numbers(show):
    def used(name):
        html = page_of(name, SURFACE_MIME_TYPE, named.surface(name)._payload(), name)
        page = show(unprotected(html), root=".tfkit-surface", before=GUARD)
        page.get_by_label("Learning rate").press("End")
        return page

    said = "\n".join(HOSTILE)
    page, plain = used(said), used("\n".join(PLAIN))
    for axis in (".tfkit-surface-x", ".tfkit-surface-y"):
        assert seen(said) in seen(page.locator(axis).text_content())
    assert seen(page.locator(".tfkit-surface-words li").text_content()).startswith(seen(said))
    expect_innocent(page)
    assert kinds(page, ".tfkit-surface") <= kinds(plain, ".tfkit-surface")
