"""What WCAG 2.2 AA asks for, as far as axe-core sees it. Results stand in docs/accessibility.md."""

import functools
import json

import pytest
from playwright.sync_api import expect

from tests.browser.acts import search
from tests.browser.axe import look, needs_axe
from tests.browser.conftest import open_notebook
from tests.browser.test_extension import DARK, command
from tests.browser.test_lab import NO_KERNEL
from tests.browser.views import FINDINGS, PAGES, backprop, open_page, surface
from tests.drawing.cases import example
from tests.exporters.cases import notebook, shown
from tests.gradients.test_history import made
from tfkit.display import BOARD_MIME_TYPE, MONITOR_MIME_TYPE, SURFACE_MIME_TYPE
from tfkit.gradients._replay import payload
from tfkit.workbook import copy_lessons

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(show):
    return functools.partial(open_page, show)


@needs_axe
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_a_page(opened, name):
    page = opened(name, details=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        wrong, kept = look(page)
        assert wrong == []
        assert {"document-title", "html-has-lang", "landmark-one-main", "color-contrast"} <= kept  # of the whole page


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_opens(opened, scheme):
    page = opened("graph", color_scheme=scheme)
    page.get_by_role("button", name="Groups").click()
    assert look(page)[0] == []
    page.keyboard.press("Escape")
    search(page, "[a")
    expect(page.get_by_role("searchbox")).to_have_attribute("aria-invalid", "true")
    assert look(page)[0] == []
    search(page, "kernel|MatMul").click()
    expect(page.locator(".tfkit-details h3")).to_have_text("2 found")
    assert look(page)[0] == []
    page.get_by_role("button", name="Code").click()
    expect(page.locator(".tfkit-details h3")).to_have_text("Code")
    assert look(page)[0] == []


@needs_axe
def test_axe_does_find_what_is_wrong(opened):
    page = opened("graph")
    page.get_by_label("Zoom in").evaluate("button => { button.removeAttribute('aria-label'); button.title = ''; }")
    page.locator(".tfkit-name").evaluate("name => { name.style.color = '#bbb'; }")
    page.evaluate("document.documentElement.removeAttribute('lang')")
    page.locator(".tfkit-fit").evaluate("sign => sign.closest('button').removeAttribute('aria-label')")
    page.locator(".tfkit-fit").evaluate("sign => { sign.closest('button').title = ''; }")
    assert {rule for rule, *_ in look(page)[0]} == {"button-name", "color-contrast", "html-has-lang"}


# The map is drawn in the size in which it is seen, in the new theme, too.
PAINTED = """() => [...document.querySelectorAll(".tfkit-map canvas")].every((canvas) =>
    canvas.width > 100 && canvas.width === Math.round(canvas.clientWidth * devicePixelRatio))"""
ROOTS = (".tfkit-course", ".tfkit-document", ".tfkit-graph", ".tfkit-monitor", ".tfkit-surface", ".tfkit-board")


@needs_axe
def test_axe_finds_nothing_of_ours_in_jupyterlab(chromium, start_lab, tmp_path, results):
    copy_lessons(tmp_path)
    (tmp_path / "net.pbtxt").write_text("node { name: 'a' op: 'Placeholder' } node { name: 'b' op: 'Relu' input: 'a' }")
    views = {
        MONITOR_MIME_TYPE: payload(made(), FINDINGS, is_running=False),
        SURFACE_MIME_TYPE: surface()._repr_mimebundle_()[SURFACE_MIME_TYPE],
        BOARD_MIME_TYPE: {"version": 1, "logdir": str(tmp_path / "runs"), "name": "runs"},
    }
    cells = [shown(example()._repr_mimebundle_()), shown(backprop()._repr_mimebundle_())]
    cells += [shown({kind: data, "text/plain": "words"}) for kind, data in views.items()]
    (tmp_path / "all.ipynb").write_text(json.dumps(notebook(*cells)))
    lab = start_lab(tmp_path, *NO_KERNEL)
    page = open_notebook(chromium, lab, "all.ipynb")
    page.set_viewport_size({"width": 1400, "height": 3600})  # what is not on screen is not drawn
    page.locator(".jp-Dialog-button.jp-mod-reject").click()  # "No Kernel"
    command(page, "tfkit:open-course")
    page.get_by_role("switch", name="For teachers").check()
    page.get_by_text("Hints and solutions").first.click()
    expect(page.locator(".jp-Notebook [data-state=ready]")).to_have_count(4)
    expect(page.locator(".tfkit-board")).to_have_attribute("data-state", "asleep")
    for theme in ("light", "dark"):
        if theme == "dark":
            page.evaluate(f"void {DARK}")
            page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
            page.wait_for_timeout(1000)  # the new sheet of colours comes after that
        page.wait_for_function(PAINTED)
        page.screenshot(path=results / f"accessibility_lab_{theme}.png")
        assert look(page, *(root for root in ROOTS if root != ".tfkit-document"))[0] == []
    moving = "() => getComputedStyle(document.querySelector('.tfkit-board-bar'), '::after').animationName"
    page.locator(".tfkit-board-bar").first.evaluate("bar => { bar.hidden = false; }")
    assert page.evaluate(moving) == "tfkit-board-to-and-fro"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == "none"
    command(page, "tfkit:open-graph", path="net.pbtxt")
    expect(page.locator(".tfkit-document [data-node-id=b]")).to_be_visible()
    command(page, "tfkit:open-tensorboard", logdir="nowhere")
    expect(page.locator(".tfkit-board-tab .tfkit-board")).to_have_attribute("data-state", "waiting")
    assert look(page, ".tfkit-board-tab")[0] == []
    page.close()
