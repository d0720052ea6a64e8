"""Graphs of odd sizes and with odd names: all are drawn, and nothing in them is executed."""

import itertools

import pytest
from playwright.sync_api import expect

from tests.browser.acts import box, choose, search
from tests.drawing.cases import CASES
from tfkit.graph import Graph
from tfkit.parts import Edge, Node

pytestmark = pytest.mark.browser


def chain(length: int) -> Graph:
    nodes = tuple(Node(f"op_{number}", "Neg", f"op_{number}") for number in range(length))
    return Graph("chain", nodes, tuple(Edge(one.id, other.id) for one, other in itertools.pairwise(nodes)))


def deep(levels: int) -> Graph:
    """One node in each of many groups, each of which is in the one before."""
    scopes = [tuple(f"s{level}" for level in range(depth + 1)) for depth in range(levels)]
    nodes = tuple(Node(f"op_{depth}", "Neg", f"op_{depth}", scope) for depth, scope in enumerate(scopes))
    return Graph("deep", nodes, tuple(Edge(one.id, other.id) for one, other in itertools.pairwise(nodes)))


def nest(levels: int) -> Graph:
    """One node in a group in a group and so on, with nothing beside it."""
    return Graph("nest", (Node("only", "Neg", "only", tuple(f"s{level}" for level in range(levels))),))


def star(edges: int) -> Graph:
    users = [Node(f"user_{number}", "Neg", f"user_{number}") for number in range(edges)]
    return Graph("star", (Node("value", "Const", "value"), *users), tuple(Edge("value", user.id) for user in users))


def thick(edges: int) -> Graph:
    """As many edges between two nodes only."""
    nodes = Node("one", "Split", "one"), Node("other", "Concat", "other")
    return Graph("thick", nodes, tuple(Edge("one", "other", number, number) for number in range(edges)))


@pytest.mark.parametrize("name", CASES)
def test_every_case_of_the_drawing_tests_is_drawn(show, name):
    page = show(CASES[name])
    expect(page.locator(".tfkit-name")).to_contain_text(CASES[name].name)
    assert bool(page.locator("[data-node-id]").count()) == bool(CASES[name].nodes)


def test_a_graph_without_nodes_can_be_used_like_any_other(show):
    page = show(Graph("empty"))
    expect(page.locator(".tfkit-name")).to_contain_text("0 nodes")
    choose(page, "open-all")
    choose(page, "hubs")
    page.locator(".tfkit-canvas").focus()
    for key in ("ArrowDown", "+", "0", "Enter", "Space", "Backspace"):
        page.keyboard.press(key)
    expect(search(page, "any")).to_have_text("0 found")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save \u25be").click()
    with page.expect_download() as download:
        page.locator("[data-action=save-png]").click()
    assert download.value.failure() is None


def test_a_chain_of_five_thousand_is_drawn_and_walked_through(show):
    page = show(chain(5000))
    assert 1 < page.locator("[data-node-id]").count() <= 60
    expect(search(page, "op_4999$")).to_have_text("1 found")
    page.keyboard.press("Enter")
    expect(box(page, "op_4999")).to_be_in_viewport()
    page.get_by_role("button", name="Depends on").click()
    expect(page.get_by_role("status")).to_have_text("Depends on 4,999 operations.")
    choose(page, "open-all")
    expect(page.locator("[data-node-id]")).to_have_count(5000)
    expect(box(page, "op_4999")).to_be_in_viewport()


@pytest.mark.parametrize("graph", [deep(2000), nest(2000)], ids=["deep", "nest"])
def test_two_thousand_groups_in_each_other_are_drawn(show, graph):
    page = show(graph)
    expect(page.locator("[data-node-id]")).not_to_have_count(0)
    choose(page, "close-all")
    expect(page.locator("[data-node-id]")).to_have_count(1)
    choose(page, "open-all")
    expect(page.locator("[aria-expanded=true]")).to_have_count(2000)
    expect(page.locator("[data-node-id]")).to_have_count(len(graph.nodes))
    expect(page.locator("[aria-level='2001']")).to_have_count(1)


@pytest.mark.parametrize("graph", [star(50_000), thick(5_000)], ids=["star", "thick"])
def test_a_hub_of_very_many_edges_is_drawn(show, graph):
    page = show(graph)
    first = graph.nodes[0]
    assert page.locator("[data-node-id]").count() <= 60
    expect(search(page, f"^{first.id}$")).to_have_text("1 found")
    page.keyboard.press("Enter")
    expect(box(page, first.id)).to_be_in_viewport()
    page.get_by_role("button", name="Leads to").click()
    count = len(graph.nodes) - 1
    expect(page.get_by_role("status")).to_have_text(f"Leads to {count:,} operation{'s' * (count > 1)}.")
    choose(page, "hubs")
    expect(page.locator("[aria-busy]")).to_have_count(0)
    expect(box(page, first.id)).to_have_count(1)
