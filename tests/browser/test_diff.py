"""Two compared graphs beside each other."""

import itertools

import pytest
from playwright.sync_api import expect

import tfkit
from tests.browser.acts import box, choose, middle, names
from tests.drawing.cases import diamond
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Node, Output

pytestmark = pytest.mark.browser


def chain(*middle_nodes: Node) -> Graph:
    """Eight operations, each after the other, then what differs, then one more."""
    nodes = (
        Node("in", "Placeholder", "in", kind=Kind.INPUT),
        *(Node(f"neg_{number}", f"Op{number}", f"neg_{number}") for number in range(8)),
        *middle_nodes,
        Node("out", "Sum", "out", kind=Kind.OUTPUT),
    )
    return Graph("chain", nodes, tuple(Edge(a.id, b.id) for a, b in itertools.pairwise(nodes)))


def matrix(size: int) -> Node:
    return Node("mat", "VarHandleOp", "mat", kind=Kind.VARIABLE, outputs=(Output((2, size), "float32"),))


@pytest.fixture
def page(show):
    """The page of a comparison in which ``old`` becomes ``new`` and ``mat`` changes its shape."""
    before = chain(Node("old", "Log", "old"), matrix(3))
    after = chain(matrix(5), Node("new", "Cos", "new"))
    return show(tfkit.diff(before, after), width=1400)


@pytest.fixture
def panes(page):
    canvases = page.locator(".tfkit-canvas")
    expect(canvases).to_have_count(2)
    return canvases.nth(0), canvases.nth(1)


def test_what_was_removed_is_on_the_left_and_what_was_added_on_the_right(panes):
    left, right = panes
    expect(left.locator(".tfkit-side")).to_have_text("Before")
    expect(right.locator(".tfkit-side")).to_have_text("After")
    assert middle(left)[0] < middle(right)[0]
    for pane, present, absent in ((left, "old", "new"), (right, "new", "old")):
        expect(box(pane, present)).to_be_visible()
        expect(box(pane, absent)).to_have_count(0)
    expect(box(left, "old")).to_contain_text("\u2212")
    expect(box(right, "new")).to_contain_text("+")
    for pane in panes:
        expect(pane.locator(".tfkit-halo")).to_have_count(2)
        expect(box(pane, "out")).to_be_visible()


def test_what_changed_says_on_the_left_what_it_was(panes):
    left, right = panes
    for pane, own, other in ((left, "(2, 3)", "(2, 5)"), (right, "(2, 5)", "(2, 3)")):
        expect(box(pane, "mat")).to_contain_text("\u2260")
        expect(box(pane, "mat").locator(".tfkit-detail").first).to_contain_text(own)
        expect(box(pane, "mat").locator(".tfkit-detail").first).not_to_contain_text(other)


def test_what_did_not_change_is_folded(panes):
    for pane in panes:
        folded = pane.locator("[data-node-id][aria-expanded=false]")
        expect(folded).to_have_count(1)
        expect(folded).to_contain_text("8 unchanged")
    panes[0].locator("[data-node-id][aria-expanded=false] button").click()
    for pane in panes:  # both open together
        expect(box(pane, "neg_3")).to_be_visible()


def test_both_panes_move_together(page, panes):
    before = [middle(box(pane, "mat")) for pane in panes]
    assert before[0][1] == pytest.approx(before[1][1], abs=1)  # at the same height, so that they can be compared
    x, y = middle(panes[1].locator(".tfkit-side"))
    page.mouse.move(x, y + 60)
    page.mouse.down()
    page.mouse.move(x - 40, y + 110, steps=5)
    page.mouse.up()
    after = [middle(box(pane, "mat")) for pane in panes]
    for (x0, y0), (x1, y1) in zip(before, after, strict=True):
        assert (x1 - x0, y1 - y0) == pytest.approx((-40, 50), abs=6)
    page.get_by_label("Zoom in").click()
    wide = [box(pane, "mat").bounding_box()["width"] for pane in panes]
    assert wide[0] == pytest.approx(wide[1], abs=0.01)


def test_what_is_selected_is_marked_in_both_panes(page, panes):
    box(panes[0], "mat").click()
    for pane in panes:
        expect(box(pane, "mat")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".tfkit-details")).to_contain_text("(2, 3)")  # the note says what it was


def test_both_graphs_can_be_seen_in_one_drawing(page, panes):
    choose(page, "sides")
    expect(page.locator(".tfkit-canvas")).to_have_count(1)
    assert {"old", "new", "mat", "out"} <= set(names(page.locator("[data-node-id]")))
    expect(page.locator(".tfkit-side")).to_have_count(0)
    choose(page, "sides")
    expect(page.locator(".tfkit-canvas")).to_have_count(2)
    expect(box(panes[0], "old")).to_be_visible()
    expect(box(panes[1], "old")).to_have_count(0)


def test_a_graph_that_is_compared_with_nothing_has_one_pane(show):
    page = show(diamond())
    expect(page.locator(".tfkit-canvas")).to_have_count(1)
    expect(page.locator("[data-action=sides]")).to_have_count(0)
