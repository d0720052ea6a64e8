"""Everything can be done without a pointer, and can be heard."""

import pytest
from playwright.sync_api import expect

from tests.browser.acts import box, choose, closed, names, opened
from tests.drawing.cases import diamond, example, nested

pytestmark = pytest.mark.browser

TREE = """all => all.map((item) => [
    item.dataset.nodeId ?? item.dataset.scope,
    Number(item.getAttribute("aria-level")),
    item.getAttribute("aria-expanded"),
])"""


def test_everything_can_be_reached_with_tab(show):
    page = show(example())
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label') === 'Open group dense'"):
            break
    page.keyboard.press("Enter")
    expect(opened(page, "model/dense")).to_be_visible()
    expect(opened(page, "model/dense").locator("button")).to_be_focused()
    page.keyboard.press("Space")
    expect(closed(page, "model/dense")).to_be_visible()


def test_only_one_box_is_on_the_way_of_tab(show):
    page = show(diamond())
    expect(page.locator("[data-node-id][tabindex='0']")).to_have_count(1)
    box(page, "a").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-node-id][tabindex='0']")).to_have_count(1)
    expect(page.locator("[data-node-id][tabindex='0']")).to_be_focused()


def test_arrows_walk_along_the_edges_and_sideways(show):
    page = show(diamond())
    box(page, "a").focus()
    page.keyboard.press("ArrowDown")
    focused = page.locator("[data-node-id]:focus")
    assert names(focused) in (["c"], ["d"])  # what reads from a
    page.keyboard.press("ArrowDown")
    expect(box(page, "e")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(box(page, "e")).to_be_focused()  # there is nothing below
    page.keyboard.press("ArrowUp")
    first = names(focused)
    page.keyboard.press("ArrowRight" if _x(page, "c") < _x(page, "d") and first == ["c"] else "ArrowLeft")
    assert first + names(focused) in (["c", "d"], ["d", "c"])


def _x(page, node):
    return box(page, node).bounding_box()["x"]


def test_keys_open_and_close_groups(show):
    page = show(example())
    closed(page, "model/dense").focus()
    page.keyboard.press("Enter")
    expect(opened(page, "model/dense")).to_be_visible()
    box(page, "model/dense/MatMul").focus()
    page.keyboard.press("Backspace")
    expect(closed(page, "model/dense")).to_be_visible()
    closed(page, "model/dense").focus()
    page.keyboard.press("Backspace")
    expect(closed(page, "model")).to_be_visible()


def test_keys_show_details_and_take_them_away(show):
    page = show(example())
    details = page.locator(".tfkit-details")
    for key, node in (("Enter", "x"), ("Space", "__proto__"), ("Space", "model/dense/")):
        box(page, node).focus()
        page.keyboard.press(key)
        expect(box(page, node)).to_have_attribute("aria-selected", "true")
        expect(details).to_be_visible()
        page.keyboard.press("Escape")
        expect(details).to_be_hidden()
        expect(box(page, node)).to_be_focused()
    expect(closed(page, "model/dense")).to_be_visible()  # Space opens no group


def test_escape_takes_back_one_thing_after_the_other(show):
    page = show(diamond())
    box(page, "c").click()
    page.get_by_role("button", name="Leads to").click()
    expect(page.locator(".tfkit-lighted")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".tfkit-lighted")).to_have_count(0)
    expect(page.locator(".tfkit-details")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".tfkit-details")).to_be_hidden()


def test_keys_zoom(show):
    page = show(example())
    box(page, "x").focus()
    size = box(page, "x").bounding_box()["width"]
    page.keyboard.press("+")
    larger = box(page, "x").bounding_box()["width"]
    assert larger == pytest.approx(1.25 * size, rel=0.01)
    page.keyboard.press("-")
    assert box(page, "x").bounding_box()["width"] == pytest.approx(size, rel=0.01)
    page.keyboard.press("+")
    page.keyboard.press("0")
    canvas, drawn = page.locator(".tfkit-canvas").bounding_box(), page.locator("[role=tree]").bounding_box()
    assert drawn["y"] >= canvas["y"] and drawn["y"] + drawn["height"] <= canvas["y"] + canvas["height"]


def test_arrows_move_the_drawing_where_no_box_has_the_focus(show):
    page = show(example())
    before = box(page, "x").bounding_box()
    page.locator(".tfkit-canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    after = box(page, "x").bounding_box()
    assert (after["x"], after["y"]) == pytest.approx((before["x"] - 60, before["y"] - 60), abs=1)


def test_keys_with_ctrl_are_the_browsers_own(show):
    page = show(example())
    box(page, "x").focus()
    size = box(page, "x").bounding_box()["width"]
    page.evaluate("window.heard = []; document.addEventListener('keydown', (event) => heard.push(event.key))")
    page.keyboard.press("Control+0")
    page.keyboard.press("0")  # of this one the page hears nothing: JupyterLab would restart its kernel
    assert page.evaluate("window.heard") == ["Control", "0"]
    assert box(page, "x").bounding_box()["width"] <= size


def test_what_is_drawn_is_a_tree(show):
    page = show(nested())
    choose(page, "open-all")
    expect(opened(page, "outer/middle/inner")).to_be_visible()
    closed_, open_ = "false", "true"
    items = page.locator("[role=tree] [role=treeitem]")
    assert items.evaluate_all(TREE) == [
        ["in", 1, None],
        ["outer", 1, open_],
        ["outer/middle", 2, open_],
        ["outer/middle/inner", 3, open_],
        ["outer/middle/inner/split", 4, None],
        ["outer/middle/left", 3, None],
        ["outer/right", 2, None],
        ["out", 1, None],
    ]
    choose(page, "open-depth-1")
    expect(closed(page, "outer/middle")).to_be_visible()
    assert items.evaluate_all(TREE)[2] == ["outer/middle/", 2, closed_]
    expect(page.get_by_role("tree", name="Dataflow graph nested")).to_be_visible()
    expect(page.get_by_role("treeitem", name="outer/right: Log \u2192 (2,) float32")).to_be_visible()


def test_the_graph_is_told_in_words(show):
    page = show(example())
    summary = page.locator(".tfkit-summary").inner_text()
    assert summary == (
        "Dataflow graph example: 10 nodes, 9 edges, 4 groups. Inputs: x. Outputs: __proto__. "
        "Outermost groups: model, loss."
    )
