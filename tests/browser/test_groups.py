"""Groups open and close, what repeats is folded, hubs and control edges are drawn on demand."""

import itertools

import pytest
from playwright.sync_api import expect

from tests.browser.acts import box, choose, closed, middle, names, opened
from tests.drawing.cases import example, hub, nested
from tfkit.graph import Graph
from tfkit.parts import Edge, Node, Output

pytestmark = pytest.mark.browser


def blocks() -> Graph:
    """Six blocks that are alike, each after the other, with other things before and behind them."""
    made = [Node("x", "Placeholder", "x")]
    for number in range(6):
        scope = f"block_{number}"
        for op in ("MatMul", "Relu"):
            made.append(Node(f"{scope}/{op}", op, op, (scope,), outputs=(Output((None, 8), "float32"),)))
    made += [Node("head/Softmax", "Softmax", "Softmax", ("head",)), Node("head/Log", "Log", "Log", ("head",))]
    edges = (Edge(one.id, other.id) for one, other in itertools.pairwise(made))
    return Graph("blocks", tuple(made), tuple(edges))


def ordered(with_crowd: bool) -> Graph:
    """Two operations of which one waits for the other, in a small graph or beside sixty others."""
    crowd = [Node(f"crowd/op_{number}", "Neg", f"op_{number}", ("crowd",)) for number in range(60 * with_crowd)]
    nodes = (Node("save", "Save", "save"), Node("exit", "NoOp", "exit"), *crowd)
    return Graph("ordered", nodes, (Edge("save", "exit", target_input=-1, control=True),))


def test_a_group_opens_where_it_stands_and_closes_again(show, results):
    page = show(example())
    page.screenshot(path=results / "page.png")
    before = middle(closed(page, "model/dense").locator("button"))
    closed(page, "model/dense").locator("button").click()
    expect(opened(page, "model/dense")).to_be_visible()
    assert middle(opened(page, "model/dense").locator("button")) == pytest.approx(before, abs=1)
    expect(box(page, "model/dense/MatMul")).to_be_visible()
    opened(page, "model/dense").locator("button").click()
    expect(closed(page, "model/dense")).to_be_visible()
    expect(box(page, "model/dense/MatMul")).to_have_count(0)


def test_a_double_click_opens_a_group(show):
    page = show(example())
    page.locator("[data-scope='model/dense'] .tfkit-label").dblclick()
    expect(opened(page, "model/dense")).to_be_visible()


def test_all_groups_open_to_any_depth_and_close(show):
    page = show(nested())
    choose(page, "close-all")
    expect(closed(page, "outer")).to_be_visible()
    assert names(page.locator("[data-node-id]")) == ["in", "outer/", "out"]
    choose(page, "open-depth-1")
    expect(closed(page, "outer/middle")).to_be_visible()
    choose(page, "open-depth-2")
    expect(closed(page, "outer/middle/inner")).to_be_visible()
    choose(page, "open-all")
    expect(opened(page, "outer/middle/inner")).to_be_visible()
    expect(page.locator("[data-node-id]")).to_have_count(5)


def test_what_is_selected_stays_where_it_is_while_all_groups_open(show):
    page = show(example(), width=1400)
    box(page, "__proto__").click()
    expect(page.locator(".tfkit-details")).to_be_visible()
    before = middle(box(page, "__proto__"))
    for action, count in (("open-all", 0), ("close-all", 2)):
        choose(page, action)
        expect(page.locator("[aria-expanded=false]")).to_have_count(count)
        assert middle(box(page, "__proto__")) == pytest.approx(before, abs=1)


def test_blocks_that_repeat_are_one_box_until_it_is_opened(show):
    page = show(blocks())
    chain = closed(page, "block_0 \u00d7 6")
    expect(chain).to_contain_text("block_0 \u00d7 6")
    expect(box(page, "head/Softmax")).to_be_visible()
    expect(page.locator("[data-node-id*='MatMul']")).to_have_count(0)
    chain.locator("button").click()
    for number in range(6):
        expect(closed(page, f"block_0 \u00d7 6/block_{number}")).to_be_visible()
    closed(page, "block_0 \u00d7 6/block_3").locator("button").click()
    expect(box(page, "block_3/MatMul")).to_be_visible()


def test_a_hub_has_its_wires_only_on_demand(show):
    page = show(hub())
    wires = page.locator(".tfkit-wire")
    expect(wires).to_have_count(0)
    expect(box(page, "user_7")).to_contain_text("\u2190 value")
    expect(box(page, "user_7")).to_contain_text("\u2192 all")
    expect(box(page, "value")).to_contain_text("30 connections")
    choose(page, "hubs")
    expect(box(page, "user_7")).not_to_contain_text("\u2190")
    assert wires.count() >= 30
    choose(page, "hubs")
    expect(wires).to_have_count(0)


@pytest.mark.parametrize(("with_crowd", "at_first"), [(False, 1), (True, 0)], ids=["small", "large"])
def test_control_edges_are_drawn_at_first_in_small_graphs_alone(show, with_crowd, at_first):
    page = show(ordered(with_crowd))
    expect(box(page, "save")).to_be_visible()
    arrows = page.locator(".tfkit-control")
    expect(arrows).to_have_count(at_first)
    choose(page, "control")
    expect(arrows).to_have_count(1 - at_first)


def test_one_wire_stands_for_several_tensors_of_a_closed_group(show):
    page = show(nested())
    choose(page, "close-all")
    expect(closed(page, "outer")).to_be_visible()
    expect(page.locator(".tfkit-wire-texts text", has_text="2 tensors")).to_be_visible()
    expect(page.locator(".tfkit-wire")).to_have_count(3)  # in to outer, in to out, outer to out


def test_a_wire_says_the_shape_of_its_tensor_where_the_box_does_not(show):
    page = show(nested())
    assert page.locator(".tfkit-wire-texts text").all_text_contents() == ["(2,)"] * 3
    expect(box(page, "in")).to_contain_text("(4,)")
