"""The site as it is published: the gallery, the lessons to read, the how-tos and the reference."""

import io
import os
import subprocess
import sysconfig

import pytest
from PIL import Image

from tests.servers import ROOT

pytestmark = pytest.mark.browser
DOCS = ROOT / "docs"
BROKEN = "[...document.images].filter((image) => !image.naturalWidth).map((image) => image.src)"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    programs = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    subprocess.run([ROOT / ".ci" / "site", folder], check=True, env={**os.environ, "PATH": programs})
    return folder


@pytest.fixture(params=["light", "dark"])
def page(request, chromium):
    context = chromium.new_context(viewport={"width": 1200, "height": 900}, color_scheme=request.param)
    page = context.new_page()
    failed = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.scheme = request.param
    yield page
    context.close()
    assert failed == []


def test_the_gallery_opens_in_both_themes(site, page, results):
    pages = sorted((site / "gallery").glob("*.html"))
    assert len(pages) == 10
    for path in pages:
        page.goto(path.as_uri())
        page.locator("[data-state=ready]").first.wait_for()
        seen = page.screenshot(path=results / f"gallery_{path.stem}_{page.scheme}.png")
        corner = Image.open(io.BytesIO(seen)).convert("L").getpixel((1195, 895))
        assert (corner < 64) is (page.scheme == "dark"), f"{path.stem}: the page around the view is {corner}"


def test_pages_are_whole(site, page, results):
    names = [str(path.relative_to(DOCS).with_suffix("")) for path in DOCS.rglob("*.md")]
    assert {"index", "tour", "reference", "how_to/grade_a_class"} <= set(names)
    for name in names:
        page.goto((site / f"{name}.html").as_uri())
        pictures = page.locator("img")
        for place in range(pictures.count()):
            pictures.nth(place).scroll_into_view_if_needed()
        assert page.evaluate(BROKEN) == []
        for link in page.evaluate("[...document.links].map((link) => link.href)"):
            if link.startswith("file:"):
                path = link.removeprefix("file://").partition("#")[0].partition("?")[0]
                assert (site / path).exists(), f"{name}: {link}"
    page.goto((site / "gallery.html").as_uri())
    page.screenshot(path=results / f"site_gallery_{page.scheme}.png", full_page=True)


def test_the_first_page_has_a_live_graph_in_a_frame(site, page, results):
    page.goto((site / "index.html").as_uri())
    frame = page.locator("iframe")
    view = frame.content_frame.locator("main.tfkit-page[data-state=ready]")
    view.wait_for()
    within = frame.bounding_box()
    assert view.bounding_box() == within  # it fills the frame
    corner = Image.open(io.BytesIO(frame.screenshot())).convert("L").getpixel((0, 0))
    assert (corner < 64) is (page.scheme == "dark")
    page.screenshot(path=results / f"site_index_{page.scheme}.png")


def test_a_lesson_can_be_read_there(site, page, results):
    page.goto((site / "lessons" / "05_gradients.html").as_uri())
    view = page.locator(".tfkit-graph").first
    view.scroll_into_view_if_needed()
    page.locator(".tfkit-graph[data-state=ready]").first.wait_for()
    page.screenshot(path=results / f"site_lesson_{page.scheme}.png")
