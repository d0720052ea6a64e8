"""The graph view in a page of its own, as `Graph.to_html` writes it."""

import itertools

import pytest

from tests.drawing.cases import example, marked, nested, pseudo_random
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Node, Output, Scope, Source

pytestmark = pytest.mark.browser

expect = pytest.importorskip("playwright.sync_api").expect
CANARY = "<img src=x onerror='window.canary=1'>"


@pytest.fixture
def show(chromium, tmp_path):
    """A function that opens a graph's page; afterwards nothing may have been asked of any server."""
    asked, failed, contexts = [], [], []

    def open_page(graph, width=1000, height=700, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(graph.save(tmp_path / "graph.html").as_uri())
        page.locator(".tfkit-graph[data-state=ready]").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
    assert failed == []


def test_a_group_opens_where_it_stands_and_closes_again(show, results):
    page = show(example())
    page.screenshot(path=results / "page.png")
    group = page.locator("[data-scope='model/dense'][aria-expanded=false]")
    before = group.locator("button").bounding_box()
    group.locator("button").click()
    opened = page.locator("[data-scope='model/dense'][aria-expanded=true]")
    expect(opened).to_be_visible()
    after = opened.locator("button").bounding_box()
    assert abs(after["x"] - before["x"]) < 1 and abs(after["y"] - before["y"]) < 1
    expect(page.locator("[data-node-id='model/dense/MatMul']")).to_be_visible()
    opened.locator("button").click()
    expect(group).to_be_visible()
    expect(page.locator("[data-node-id='model/dense/MatMul']")).to_have_count(0)


def test_a_double_click_opens_a_group(show):
    page = show(example())
    page.locator("[data-scope='model/dense'] .tfkit-label").dblclick()
    expect(page.locator("[data-scope='model/dense'][aria-expanded=true]")).to_be_visible()


def test_details_say_what_is_known_and_lead_on(show):
    kernel = Node(
        *("net/kernel", "VarHandleOp", "kernel", ("net",), Kind.VARIABLE),
        outputs=(Output((2, 3), "float32", "/device:CPU:0", *_summaries()),),
        attributes={"trainable": True},
        source=Source("cell [3]", 7, "kernel = tf.Variable(start)"),
    )
    graph = Graph("net", (kernel, Node("double", "Mul", "double")), (Edge("net/kernel", "double"),))
    page = show(graph)
    page.locator("[data-node-id='net/kernel']").click()
    details = page.locator(".tfkit-details")
    facts = ("kernel", "VarHandleOp", "variable", "(2, 3)", "float32", "/device:CPU:0", "[[0.5 ...]]", "-1.25", "2.5")
    for fact in (*facts, "0.125", "trainable", "true", "cell [3], line 7", "kernel = tf.Variable(start)"):
        expect(details).to_contain_text(fact)
    values = dict(zip(details.locator("dt").all_inner_texts(), details.locator("dd").all_inner_texts(), strict=True))
    assert values["NaN"] == "6"  # of the gradient, which stands last
    details.get_by_role("button", name="double").click()
    expect(details.locator("h3")).to_have_text("double")
    details.get_by_role("button", name="kernel (2, 3)").click()
    expect(details.locator("h3")).to_have_text("kernel")


def _summaries():
    from tfkit.parts import Summary

    return Summary(6, "[[0.5 ...]]", -1.25, 2.5, 0.125, 0.75), Summary(6, "[[nan ...]]", nan=6)


def test_a_link_opens_the_group_that_its_node_is_hidden_in(show):
    page = show(example())
    page.locator("[data-node-id=x]").click()
    page.locator(".tfkit-details").get_by_role("button", name="MatMul").click()
    expect(page.locator("[data-scope='model/dense'][aria-expanded=true]")).to_be_visible()
    expect(page.locator("[data-node-id='model/dense/MatMul']")).to_have_class("tfkit-node tfkit-op tfkit-selected")


def test_everything_can_be_done_with_the_keyboard(show):
    page = show(example())
    group = page.locator("[data-scope='model/dense']")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label') === 'Open group dense'"):
            break
    page.keyboard.press("Enter")
    expect(group).to_have_attribute("aria-expanded", "true")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Close group dense"
    page.keyboard.press("Space")
    expect(group).to_have_attribute("aria-expanded", "false")
    page.locator("[data-node-id][tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator(".tfkit-details")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".tfkit-details")).to_be_hidden()
    size = page.locator("[data-node-id=x]").bounding_box()["width"]
    page.keyboard.press("+")
    assert page.locator("[data-node-id=x]").bounding_box()["width"] > 1.2 * size
    page.keyboard.press("0")
    assert page.locator("[data-node-id=x]").bounding_box()["width"] <= size


def test_a_drag_moves_the_drawing_and_selects_nothing(show):
    page = show(example())
    node = page.locator("[data-node-id=x]")
    before = node.bounding_box()
    middle = before["x"] + before["width"] / 2, before["y"] + before["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 80, middle[1] + 30, steps=5)
    page.mouse.up()
    assert node.bounding_box()["x"] == pytest.approx(before["x"] + 80, abs=6)
    expect(page.locator(".tfkit-details")).to_be_hidden()


def test_a_wheel_zooms_with_ctrl_alone(show):
    page = show(example())
    node = page.locator("[data-node-id=x]")
    before = node.bounding_box()
    page.mouse.move(before["x"] + 5, before["y"] + 5)
    page.mouse.wheel(0, -120)
    assert node.bounding_box() == before
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    assert node.bounding_box()["width"] > before["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("graph", [example(), marked()], ids=["example", "marked"])
def test_text_stands_out_from_its_ground(show, results, scheme, graph):
    page = show(graph, color_scheme=scheme)
    page.screenshot(path=results / f"page_{graph.name}_{scheme}.png")
    assert page.evaluate(_LEAST_CONTRAST) >= 4.5


_LEAST_CONTRAST = """() => {
    const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = (color) => {
        const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map(channel);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const found = [...document.querySelectorAll(".tfkit-node")].flatMap((node) => {
        const ground = (text) => text.matches(".tfkit-sign-text") ? ".tfkit-sign" : ".tfkit-shape";
        const fill = (element) => light(getComputedStyle(element).fill);
        return [...node.querySelectorAll("text")].map(
            (text) => contrast(fill(text), fill(node.querySelector(ground(text)))),
        );
    });
    return Math.min(...found);
}"""


def test_a_narrow_page_has_the_details_below(show, results):
    page = show(example(), width=400, height=800)
    page.locator("[data-node-id=x]").click()
    details, canvas = page.locator(".tfkit-details").bounding_box(), page.locator(".tfkit-canvas").bounding_box()
    assert details["y"] >= canvas["y"] + canvas["height"] - 1 and details["width"] == pytest.approx(400, abs=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.screenshot(path=results / "page_narrow.png")


def test_names_are_text_and_nothing_else(show):
    names = (CANARY, "</script><script>window.canary=1</script>", "__proto__", "constructor", "two\nlines", "\"'&😀")
    nodes = tuple(
        Node(name, name, name, (name,), attributes={name: name}, source=Source(name, 1, name)) for name in names
    )
    scopes = tuple(Scope((name,), label=name, attributes={"class": name}) for name in names)
    edges = tuple(Edge(a, b) for a, b in itertools.pairwise(names))
    page = show(Graph(CANARY, nodes, edges, scopes))
    for index in range(len(names)):
        page.locator("[data-node-id]").nth(index).click(force=True)
        expect(page.locator(".tfkit-details h3")).to_be_visible()
    assert page.evaluate("window.canary") is None
    assert page.locator(".tfkit-graph img").count() == 0
    drawn = page.locator("[data-node-id]").evaluate_all("all => all.map(e => e.getAttribute('data-node-id'))")
    assert drawn == list(names)


def test_two_thousand_operations_are_drawn_in_readable_size(show, results):
    page = show(pseudo_random(2000, groups=40, seed=5))
    page.screenshot(path=results / "page_big.png")
    assert len(page.workers) == 1  # the layout was found off the main thread
    assert page.locator("[data-node-id]").count() <= 150
    label = page.locator(".tfkit-label").first.bounding_box()
    assert label["height"] >= 13 * 0.55


def test_layout_works_where_workers_are_refused(show, chromium, tmp_path):
    html = nested().to_html().replace(" blob:;", ";").replace("worker-src;", "worker-src 'none';")
    assert "blob:;" not in html
    (tmp_path / "no_worker.html").write_text(html, encoding="utf-8")
    page = chromium.new_page()
    page.goto((tmp_path / "no_worker.html").as_uri())
    page.locator(".tfkit-graph[data-state=ready]").wait_for()
    expect(page.locator("[data-node-id=in]")).to_be_visible()
    page.close()


def test_damaged_bytes_become_a_readable_error(chromium, tmp_path):
    html = nested().to_html()
    start = html.index('"data": "') + 9
    (tmp_path / "damaged.html").write_text(f"{html[:start]}AAAA{html[start + 4 :]}", encoding="utf-8")
    page = chromium.new_page()
    page.goto((tmp_path / "damaged.html").as_uri())
    page.locator(".tfkit-graph[data-state=error]").wait_for()
    expect(page.get_by_role("alert")).to_contain_text("could not be drawn")
    page.close()
