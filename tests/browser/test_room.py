"""The room that views have: all of a drawing is seen in an output of any width, and after that has changed."""

import pytest
from playwright.sync_api import expect

import tfkit
from tests.browser.acts import box, choose, opened, search
from tests.browser.conftest import open_notebook
from tests.drawing.cases import example, nested
from tests.servers import ROOT, wait_until
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Node

pytestmark = pytest.mark.browser

# How far the boxes of the first graph (of two compared ones: of the later one) stand from the edges of their canvas:
# left, top, right, bottom, in px.
SPACES = """() => {
    const view = [...document.querySelector(".tfkit-graph").querySelectorAll(".tfkit-canvas")].at(-1);
    const canvas = view.getBoundingClientRect();
    const shapes = [...view.querySelectorAll("[data-node-id] .tfkit-shape")];
    const boxes = shapes.map((shape) => shape.getBoundingClientRect());
    const most = (spaces) => Math.round(Math.min(...spaces));
    return [most(boxes.map((box) => box.left - canvas.left)), most(boxes.map((box) => box.top - canvas.top)),
        most(boxes.map((box) => canvas.right - box.right)), most(boxes.map((box) => canvas.bottom - box.bottom))];
}"""
# In how many rows its tools are.
ROWS = """() => new Set([...document.querySelector(".tfkit-bar-top").querySelectorAll(".tfkit-button, input, select")]
    .filter((one) => one.checkVisibility() && !one.closest(".tfkit-menu"))
    .map((one) => Math.round(one.getBoundingClientRect().bottom / 10))).size"""


def chain(length: int) -> Graph:
    nodes = [Node("op_0", "Placeholder", "op_0", kind=Kind.INPUT)]
    nodes += [Node(f"op_{place}", "Neg", f"op_{place}") for place in range(1, length)]
    return Graph(
        "a_chain_of_operations", tuple(nodes), tuple(Edge(f"op_{n}", f"op_{n + 1}") for n in range(length - 1))
    )


def in_notebook(html):
    """Return a page on which a view is not alone, so that it is as high as what it shows."""
    assert html.count("</head><body>") == 1
    return html.replace("</head><body>", "</head><body><p>Before it.</p>")


def is_fitted(page):
    left, top, right, bottom = page.evaluate(SPACES)
    return min(left, top, right, bottom) >= 0 and abs(left - right) <= 2 and abs(top - bottom) <= 2


def wait_until_fitted(page):
    wait_until(lambda: is_fitted(page))  # not `wait_for_function`: the second time it asks, a page's policy refuses it


@pytest.mark.parametrize("width", [1000, 684, 600, 400])
@pytest.mark.parametrize("graph", [chain(5), chain(8)], ids=["five", "eight"])
def test_all_of_a_small_graph_is_seen_at_first(show, results, graph, width):
    page = show(in_notebook(graph.to_html()), width=width, height=900)
    assert is_fitted(page)
    assert box(page, "op_0").locator(".tfkit-label").bounding_box()["height"] >= 13 * 0.55
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(ROWS) <= (1 if width > 680 else 2)
    page.screenshot(path=results / f"room_{len(graph.nodes)}_{width}.png")


@pytest.mark.parametrize("width", [684, 600])
def test_all_of_a_graph_with_gradients_is_seen_at_first(show, results, tmp_path, width):
    bp = tfkit.backprop(lambda w, b: (w * 6.7 + b - 9.1) ** 2, -0.34, 0.04)
    html = bp.save(tmp_path / "backprop.html").read_text("utf-8")
    page = show(in_notebook(html), width=width, height=900)
    assert is_fitted(page)
    dials = page.locator(".tfkit-dial").evaluate_all("all => all.map((dial) => dial.getBoundingClientRect().top)")
    assert dials[0] == dials[1] < dials[2]
    page.screenshot(path=results / f"room_backprop_{width}.png")


def test_two_compared_graphs_are_seen_one_below_the_other(show):
    diff = tfkit.diff(chain(3), chain(4))
    page = show(in_notebook(diff.to_html()), width=600, height=900)
    heights = page.locator(".tfkit-canvas").evaluate_all("all => all.map((canvas) => canvas.clientHeight)")
    assert len(heights) == 2 and min(heights) >= 180
    assert is_fitted(page)


def test_every_tool_of_a_narrow_view_is_reached_by_keys(show):
    page = show(in_notebook(example().to_html()), width=600, height=900)
    page.get_by_role("searchbox").focus()
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")
        )
        expect(page.locator(":focus")).to_be_in_viewport(ratio=1)
    names = ["Groups \u25be", "Colour by", "Code", "Save \u25be", "Zoom out", "Zoom in", "Show the whole graph"]
    assert reached == names


def test_a_long_name_leaves_room_for_the_rest(show):
    graph = Graph("name " * 40, chain(3).nodes, chain(3).edges)
    page = show(in_notebook(graph.to_html()), width=684, height=900)
    expect(page.locator(".tfkit-name strong")).to_have_attribute("title", ("name " * 40))
    name, bar = page.locator(".tfkit-name").bounding_box(), page.locator(".tfkit-bar-top").bounding_box()
    assert name["width"] < bar["width"] / 2 + 100 and page.evaluate(ROWS) <= 2
    expect(search(page, "op")).to_have_text("3 found")
    assert page.get_by_role("searchbox").bounding_box()["width"] >= 110  # while one types


@pytest.mark.parametrize("alone", [True, False], ids=["page", "output"])
def test_a_graph_that_nobody_moved_is_fitted_again(show, alone):
    html = chain(5).to_html()
    page = show(html if alone else in_notebook(html), width=684, height=900)
    for size in ((1100, 900), (600, 700), (400, 800)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        wait_until_fitted(page)


@pytest.mark.parametrize("act", ["zoom", "drag", "keys"])
def test_a_graph_that_was_moved_stays(show, act):
    page = show(in_notebook(chain(5).to_html()), width=684, height=900)
    if act == "zoom":
        page.get_by_label("Zoom in").click()
    elif act == "drag":
        canvas = page.locator(".tfkit-canvas").bounding_box()
        page.mouse.move(canvas["x"] + 20, canvas["y"] + 20)
        page.mouse.down()
        page.mouse.move(canvas["x"] + 60, canvas["y"] + 30, steps=5)
        page.mouse.up()
    else:
        page.locator(".tfkit-canvas").focus()
        page.keyboard.press("ArrowRight")
    stage = page.locator("[role=tree]")
    before = stage.get_attribute("transform")
    page.set_viewport_size({"width": 1000, "height": 900})
    page.wait_for_timeout(300)
    assert stage.get_attribute("transform") == before
    page.get_by_label("Show the whole graph").click()  # from now on it is fitted again
    page.set_viewport_size({"width": 600, "height": 900})
    wait_until_fitted(page)


def test_details_and_groups_do_not_make_it_jump(show):
    page = show(in_notebook(nested().to_html()), width=1000, height=900)
    choose(page, "open-all")
    expect(opened(page, "outer")).to_be_visible()
    stage = page.locator("[role=tree]")
    before = stage.get_attribute("transform")
    scale = before.partition("scale")[2]
    page.locator("[data-node-id]").first.click()
    expect(page.locator(".tfkit-details")).to_be_visible()
    page.wait_for_timeout(300)
    assert stage.get_attribute("transform").partition("scale")[2] == scale


def test_in_jupyterlab_the_side_bar_may_come_and_go(chromium, start_lab, tmp_path, results):
    lesson = "03_dataflow_graphs.ipynb"
    (tmp_path / lesson).write_bytes((ROOT / "notebooks" / lesson).read_bytes())
    lab = start_lab(tmp_path)
    page = open_notebook(chromium, lab, lesson, width=1100)
    page.locator(".tfkit-graph[data-state=ready]").first.wait_for()
    assert is_fitted(page) and page.evaluate(ROWS) == 1
    page.screenshot(path=results / "lab_with_side_bar.png")
    before = page.locator(".tfkit-canvas").first.bounding_box()["width"]
    page.evaluate("() => jupyterapp.shell.collapseLeft()")
    page.wait_for_function(f"document.querySelector('.tfkit-canvas').clientWidth > {before + 100}")
    wait_until_fitted(page)
    page.screenshot(path=results / "lab_without_side_bar.png")
    page.close()
