"""Text can be read on every ground, nothing moves by itself, narrow pages have room for everything."""

import pytest
from playwright.sync_api import expect

from tests.browser.acts import box, choose, closed, opened, search
from tests.drawing.cases import example, marked, nested
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Node, Output

pytestmark = pytest.mark.browser

schemes = pytest.mark.parametrize("scheme", ["light", "dark"])

# The least contrast of any text in a drawing with what it stands on (WCAG 2.2, 1.4.3).
CONTRASTS = """() => {
    const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = (color) => {
        const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map(channel);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const style = (element, name) => light(getComputedStyle(element)[name]);
    const ground = (text) => text.matches(".tfkit-sign-text") ? text.previousElementSibling
        : text.closest(".tfkit-node")?.querySelector(".tfkit-shape");
    const found = [...document.querySelectorAll("[data-item] text")].map((text) => ground(text)
        ? contrast(style(text, "fill"), style(ground(text), "fill"))
        : contrast(style(text, "fill"), style(text, "stroke")));
    for (const step of document.querySelectorAll(".tfkit-step, .tfkit-badge, .tfkit-flag"))
        found.push(contrast(style(step, "color"), style(step, "backgroundColor")));
    return found;
}"""


def heated() -> Graph:
    """One node for each step of the colour scale, of every kind, with a shape and a second line each."""
    kinds = [kind for kind in Kind if kind != Kind.SCOPE]
    nodes = tuple(
        Node(f"{kind}_{step}", "Op", f"{kind}_{step}", kind=kind, outputs=(Output((2, 3), "float32"),))
        for step in range(6)
        for kind in kinds
    )
    amounts = {node.id: int(node.id[-1]) for node in nodes}
    return Graph("heated", nodes, tuple(Edge(nodes[0].id, node.id) for node in nodes[1:])).with_overlay(amounts)


@schemes
@pytest.mark.parametrize("graph", [example(), marked(), nested(), heated()], ids=lambda graph: graph.name)
def test_text_stands_out_from_its_ground(show, results, scheme, graph):
    page = show(graph, color_scheme=scheme)
    page.screenshot(path=results / f"page_{graph.name}_{scheme}.png")
    assert min(page.evaluate(CONTRASTS)) >= 4.5
    if graph.overlay:
        for step in range(6):
            expect(page.locator(f".tfkit-node.tfkit-heat-{step}")).to_have_count(7)


@schemes
@pytest.mark.parametrize("graph", [example(), marked(), heated()], ids=lambda graph: graph.name)
def test_what_steps_back_can_still_be_read(show, results, scheme, graph):
    page = show(graph, color_scheme=scheme)
    before = page.locator(".tfkit-node .tfkit-shape").first.evaluate("shape => getComputedStyle(shape).fill")
    expect(search(page, "Softmax|op_0")).not_to_have_text("")
    expect(page.locator(".tfkit-lighted")).not_to_have_count(0)
    page.screenshot(path=results / f"lit_{graph.name}_{scheme}.png")
    assert min(page.evaluate(CONTRASTS)) >= 4.5
    first = page.locator(".tfkit-node:not(.tfkit-found-here) .tfkit-shape").first
    assert first.evaluate("shape => getComputedStyle(shape).fill") != before


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_by_itself(show, motion):
    page = show(example(), reduced_motion=motion)
    closed(page, "model/dense").locator("button").click()
    expect(opened(page, "model/dense")).to_be_visible()
    box(page, "model/dense/MatMul").click()
    expect(page.locator(".tfkit-details")).to_be_visible()
    search(page, "kernel")
    expect(page.locator(".tfkit-lighted")).to_have_count(1)
    assert page.evaluate("document.getAnimations().length") == 0
    moving = """all => all.filter((element) => {
        const { animationName, transitionDuration } = getComputedStyle(element);
        return animationName !== "none" || transitionDuration !== "0s";
    }).length"""
    assert page.locator(".tfkit-graph, .tfkit-graph *").evaluate_all(moving) == 0


def test_a_narrow_page_has_the_details_below(show, results):
    page = show(example(), width=400, height=800)
    box(page, "x").click()
    details, canvas = page.locator(".tfkit-details").bounding_box(), page.locator(".tfkit-canvas").bounding_box()
    assert details["y"] >= canvas["y"] + canvas["height"] - 1 and details["width"] == pytest.approx(400, abs=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.screenshot(path=results / "page_narrow.png")


def test_the_menu_of_groups_stays_on_a_narrow_page(show):
    page = show(nested(), width=400, height=800)
    page.get_by_role("button", name="Groups").click()
    menu = page.locator(".tfkit-menu:popover-open")
    expect(menu).to_be_in_viewport(ratio=1)
    choose_again = menu.locator("[data-action=close-all]")
    choose_again.click()
    expect(menu).to_have_count(0)
    expect(closed(page, "outer")).to_be_visible()
    choose(page, "open-all")
    expect(opened(page, "outer")).to_be_visible()
