"""Many graphs on one page, and layouts that take long or fail."""

import base64
import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.acts import box, choose, closed, middle, names, opened
from tests.drawing.cases import example, nested, pseudo_random
from tfkit import wire
from tfkit.display import MIME_TYPE

pytestmark = pytest.mark.browser

LARGE = pseudo_random(1000, groups=12)  # too large to be answered beside the page
# Tells of every worker that begins and every context of a canvas that is asked for.
WATCH = """
    window.workers = 0;
    window.contexts = [];
    window.Worker = class extends Worker {
        constructor(...given) { super(...given); workers += 1; }
    };
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        contexts.push(kind);
        return getContext.call(this, kind, ...more);
    };
"""
# A worker that gets a quarter of a layout done and no further, while `window.stuck` is so.
STUCK = """
    window.stuck = %s;
    window.Worker = class extends Worker {
        postMessage(question) {
            if (!stuck || question.asked !== "view") super.postMessage(question);
            else setTimeout(() => this.onmessage({ data: { number: question.number, progress: 0.25 } }));
        }
    };
"""


def page_of(graphs) -> str:
    """Return a page with several graphs: one script that draws, one with the data of each."""
    pattern = re.compile(f'<script type="{re.escape(MIME_TYPE)}">.*?</script>', re.DOTALL)
    first = graphs[0].to_html()
    data = [pattern.search(graph.to_html())[0] for graph in graphs]
    return first.replace(data[0], "\n".join(data))


def packed(graph) -> int:
    return len(base64.b64encode(graph.to_wire()))


def test_in_an_element_of_somebody_elses_a_graph_does_not_fill_the_page(show):
    """As in an output of Colab (in ``#output-body``) and Visual Studio Code (``#container``)."""
    html = example().to_html()
    expect(show(html).locator("main.tfkit-page")).to_have_count(1)
    page = show(html.replace("<body>", "<body><div>").replace("</body>", "</div></body>"))
    expect(page.locator(".tfkit-graph")).to_have_count(1)
    expect(page.locator("main, .tfkit-page")).to_have_count(0)
    assert page.evaluate("document.documentElement.style.colorScheme") == ""


def test_thirty_graphs_on_one_page_share_a_worker_and_can_all_be_used(show, results):
    large = [pseudo_random(1000 + number, groups=12, seed=number) for number in range(15)]
    assert min(map(packed, large)) > 8_000 > max(packed(example()), packed(nested()))  # so the worker is needed
    graphs = [graph for one in large for graph in (one, example())]
    page = show(page_of(graphs), before=WATCH)
    views = page.locator(".tfkit-graph")
    expect(page.locator(".tfkit-graph[data-state=ready]")).to_have_count(30)
    page.screenshot(path=results / "page_thirty.png", full_page=True)
    for number in range(30):
        view = views.nth(number)
        expect(view.locator(".tfkit-name strong")).to_have_text(graphs[number].name)
        group = view.locator("[data-node-id][aria-expanded=false]").first
        path = group.get_attribute("data-scope")
        group.locator("button").click()
        expect(opened(view, path)).to_be_visible()
        view.get_by_role("searchbox").fill("op:Relu|Softmax")
        expect(view.locator(".tfkit-found")).to_contain_text("found")
    assert page.evaluate("window.workers") == 1 == len(page.workers)
    assert not {"webgl", "webgl2", "experimental-webgl", "webgpu"} & set(page.evaluate("window.contexts"))


def test_keys_go_to_the_graph_that_has_the_focus(show):
    page = show(page_of([nested(), nested()]))
    first, second = page.locator(".tfkit-graph").all()
    box(second, "in").focus()
    before = middle(box(first, "in")), box(second, "in").bounding_box()["width"]
    page.keyboard.press("+")
    assert middle(box(first, "in")) == before[0]
    assert box(second, "in").bounding_box()["width"] > before[1]
    page.keyboard.press("/")
    expect(second.get_by_role("searchbox")).to_be_focused()


def test_a_long_layout_says_how_far_it_is_and_can_be_cancelled(show):
    page = show(LARGE, before=STUCK % "false")
    before = names(page.locator("[data-node-id]"))
    page.evaluate("window.stuck = true")
    choose(page, "open-all")
    status = page.locator(".tfkit-status")
    expect(status.get_by_role("status")).to_have_text("Arranging: 25 %")
    expect(page.locator(".tfkit-graph")).to_have_attribute("aria-busy", "true")
    box(page, before[0]).click()  # the old drawing is there meanwhile
    status.get_by_role("button", name="Cancel").click()
    expect(status.get_by_role("status")).to_have_text("Cancelled.")
    expect(page.locator("[aria-busy]")).to_have_count(0)
    assert names(page.locator("[data-node-id]")) == before
    page.evaluate("window.stuck = false")
    path = closed(page, before[1].removesuffix("/")).get_attribute("data-scope")
    page.locator(f"[data-scope='{path}'] button").click()
    expect(opened(page, path)).to_be_visible()
    expect(page.locator("[data-node-id]")).not_to_have_count(1000)  # what was cancelled is not made up for
    assert len(page.workers) == 1


def test_of_two_wishes_the_later_one_is_drawn(show):
    page = show(LARGE)
    page.get_by_role("button", name="Groups").click()
    page.evaluate("""() => {
        document.querySelector("[data-action=open-all]").click();
        document.querySelector("[data-action=close-all]").click();
    }""")
    expect(page.locator("[aria-expanded=true]")).to_have_count(0)
    expect(page.locator("[aria-busy]")).to_have_count(0)
    assert page.locator("[data-node-id]").count() == 12


def test_a_first_layout_that_is_cancelled_leaves_a_list_to_read(show):
    page = show(LARGE, before=STUCK % "true", state="loading")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".tfkit-graph")).to_have_attribute("data-state", "error")
    message = page.get_by_role("alert")
    expect(message).to_contain_text("The drawing was cancelled.")
    expect(message).to_contain_text("Dataflow graph random 1000: 1,000 nodes")
    expect(message.locator("li").first).to_have_text(f"{LARGE.nodes[0].id} ({LARGE.nodes[0].op})")
    expect(message.locator("li")).to_have_count(500)


@pytest.mark.parametrize("graph", [nested(), LARGE], ids=["here", "in the worker"])
def test_a_layout_that_fails_leaves_a_list_to_read(show, graph):
    data = wire.encode(graph)
    data["edges"]["target"][-1] = len(graph.nodes) + 7  # a node that is not there
    payload = {"version": 1, "data": base64.b64encode(wire.pack(data)).decode()}
    html = re.sub(
        f'(<script type="{re.escape(MIME_TYPE)}">).*?(</script>)', rf"\1{json.dumps(payload)}\2", graph.to_html()
    )
    page = show(html, state="error")
    page.evaluate("new Promise((done) => setTimeout(done, 1000))")  # a view that is slow appears before it is drawn
    message = page.get_by_role("alert")
    expect(message).to_contain_text("This graph could not be drawn")
    expect(message.locator("li").first).to_have_text(f"{graph.nodes[0].id} ({graph.nodes[0].op})")
