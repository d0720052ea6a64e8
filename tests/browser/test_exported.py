"""Notebooks as ``jupyter nbconvert`` writes them: with live graphs by our form, with still ones by any other."""

import pytest
from nbconvert.exporters import HTMLExporter
from playwright.sync_api import expect

from tests.drawing.cases import diamond, example, marked
from tests.exporters.cases import HOSTILE, notebook, shown, with_graphs
from tfkit.exporters import HtmlExporter

pytestmark = pytest.mark.browser

SVG = "http://www.w3.org/2000/svg"


@pytest.fixture
def open_page(chromium, tmp_path):
    """A function that opens a page from a file; ``asked`` is what its own policy let it ask for."""
    contexts = []

    def opened(html, width=1000, **options):
        (tmp_path / "page.html").write_text(html, encoding="utf-8")
        context = chromium.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.failed = [], []
        page.on("requestfinished", lambda request: page.asked.append(request.url))
        page.on("requestfailed", lambda request: request.failure == "csp" or page.asked.append(request.url))
        page.on("pageerror", lambda error: page.failed.append(str(error)))
        page.goto((tmp_path / "page.html").as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


def of_the_web(page) -> list[str]:
    return [url for url in page.asked if not url.startswith(("file:", "blob:", "data:"))]


def test_every_graph_is_live_and_nothing_is_fetched(open_page, results):
    html, _ = HtmlExporter().from_notebook_node(with_graphs())
    page = open_page(html)
    expect(page.locator(".tfkit-graph[data-state=ready]")).to_have_count(5)
    graph = page.locator(".tfkit-graph").nth(3)
    graph.locator("[data-scope='model/dense'][aria-expanded=false] button").click()
    expect(graph.locator("[data-node-id='model/dense/MatMul']")).to_be_visible()
    assert page.locator(".tfkit-graph").nth(1).locator("[data-node-id]").first.get_attribute("data-node-id") == HOSTILE
    assert page.evaluate("window.canary") is None
    expect(page.locator("math")).to_have_count(3)
    assert page.locator("math mfrac").bounding_box()["height"] > page.locator("math mi").first.bounding_box()["height"]
    for text in ("a slider", "graph LR"):  # what is shown in place of code from elsewhere
        expect(page.get_by_text(text)).to_be_visible()
    page.screenshot(path=results / "exported.png", full_page=True)
    assert of_the_web(page) == page.failed == []


@pytest.mark.parametrize("options", [{"template_name": "classic"}, {"theme": "dark"}], ids=["classic", "dark"])
def test_other_looks_of_nbconvert_have_live_graphs_as_well(open_page, results, options):
    html, _ = HtmlExporter(**options).from_notebook_node(notebook(shown(example()._repr_mimebundle_())))
    page = open_page(html)
    page.locator(".tfkit-graph[data-state=ready]").wait_for()
    page.screenshot(path=results / f"exported_{next(iter(options.values()))}.png")
    assert of_the_web(page) == page.failed == []


def test_a_narrow_page_is_not_wider_than_the_screen(open_page, results):
    wide = f'<svg xmlns="{SVG}" width="900" height="90"><rect width="900" height="90" fill="#369"/></svg>'
    long = shown({"image/svg+xml": wide})
    long.source = "call(" + ", ".join(f"argument_{index}={index}" for index in range(20)) + ")"
    found = with_graphs()
    found.cells.insert(0, long)
    page = open_page(HtmlExporter().from_notebook_node(found)[0], width=400)
    expect(page.locator(".tfkit-graph[data-state=ready]")).to_have_count(5)
    picture = page.locator(".jp-RenderedSVG img").bounding_box()
    assert picture["width"] < 400 and picture["height"] < 45
    code = page.locator(".highlight").first
    assert code.evaluate("e => { e.scrollLeft = 99; return e.scrollLeft; }") == 99
    page.screenshot(path=results / "exported_narrow.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_without_scripts_the_still_pictures_are_seen(open_page, results):
    html, _ = HtmlExporter().from_notebook_node(with_graphs())
    page = open_page(html, java_script_enabled=False)
    expect(page.locator("noscript img")).to_have_count(5)
    for picture in page.locator("noscript img").all():
        expect(picture).to_be_visible()
        assert picture.bounding_box()["height"] > 100
    assert of_the_web(page) == []


def at_the_corner(picture) -> bytes:
    """Return a picture of a picture, always at the same place, so that equal ones have equal pixels."""
    before = picture.get_attribute("style") or ""
    picture.evaluate("e => { e.style = 'position: fixed; left: 0; top: 0; z-index: 9; max-width: none'; }")
    pixels = picture.screenshot()
    picture.evaluate("(e, before) => { e.style = before; }", before)
    return pixels


@pytest.mark.parametrize("inlined", [False, True], ids=["as images", "as elements"])
def test_thirty_still_pictures_on_a_page_of_nbconvert_leave_one_another_alone(open_page, results, inlined):
    graphs = [example(), *[marked(), diamond()] * 14, example()]
    html, _ = HTMLExporter().from_notebook_node(notebook(*(shown(graph._repr_mimebundle_()) for graph in graphs)))
    if inlined:  # as GitHub and older versions of nbconvert have them
        html = "<!doctype html><body>" + "".join(f"<div>{graph.to_svg()}</div>" for graph in graphs)
    page = open_page(html, offline=True)  # the page of nbconvert asks for scripts of the web
    pictures = page.locator("body > div > svg" if inlined else ".jp-RenderedSVG img")
    expect(pictures).to_have_count(30)
    first, second, last = (at_the_corner(pictures.nth(index)) for index in (0, 1, 29))
    (results / "still.png").write_bytes(first)
    assert first == last != second
    ids = page.locator("svg [id]").evaluate_all("all => all.map((element) => element.id)")
    assert len(ids) == len(set(ids))


def test_a_printed_page_has_the_still_picture(open_page, results):
    """What ``--to webpdf`` does, which can only start the browser that playwright downloads."""
    html, _ = HTMLExporter().from_notebook_node(notebook(shown(diamond()._repr_mimebundle_())))
    page = open_page(html, offline=True)
    page.emulate_media(media="print")
    with_picture = page.pdf(path=results / "printed.pdf", print_background=True)
    page.locator(".jp-RenderedSVG").evaluate("element => element.remove()")
    assert len(with_picture) > len(page.pdf(print_background=True)) + 2000
