"""Files that the view saves."""

import json
import re
import shutil
import struct
import subprocess
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.acts import closed, names, opened, search
from tests.drawing.cases import diamond, example, marked, pseudo_random
from tfkit.graph import Graph

pytestmark = pytest.mark.browser

SVG = "{http://www.w3.org/2000/svg}"
GRAPHS = {"example": example(), "marked": marked(), "overlay": diamond().with_overlay({"a": 1, "e": 3}, name="error")}


def saved(page, form: str) -> bytes:
    page.get_by_role("button", name="Save \u25be").click()
    with page.expect_download() as download:
        page.locator(f"[data-action=save-{form}]").click()
    assert download.value.suggested_filename.endswith(f".{form}")
    return Path(download.value.path()).read_bytes()


def size(svg: bytes) -> tuple[int, int]:
    paper = ElementTree.fromstring(svg)
    return int(paper.get("width")), int(paper.get("height"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("graph", GRAPHS)
def test_svg_has_all_boxes_and_needs_no_style_sheet(show, results, graph, scheme):
    page = show(GRAPHS[graph], color_scheme=scheme)
    svg = saved(page, "svg")
    (results / f"saved_{graph}_{scheme}.svg").write_bytes(svg)
    paper = ElementTree.fromstring(svg)
    tags, written = (
        {element.tag for element in paper.iter()},
        {name for element in paper.iter() for name in element.attrib},
    )
    assert tags <= {SVG + tag for tag in ("svg", "g", "rect", "path", "text", "title")}
    assert not written & {"class", "style", "tabindex"}
    assert b"var(" not in svg and b"foreignObject" not in svg
    ground = paper.find(f"{SVG}rect")
    assert (int(ground.get("width")), int(ground.get("height"))) == size(svg) and ground.get(
        "fill"
    ) == "rgb(255, 255, 255)"
    ids = [element.get("data-node-id") for element in paper.iter() if element.get("data-node-id")]
    assert len(set(ids)) == len(ids) and set(ids) == set(names(page.locator("[data-node-id]")))
    for shape in paper.iter(f"{SVG}rect"):
        assert re.fullmatch(r"none|rgba?\([\d., ]+\)", shape.get("fill"))
    labels = {text for element in paper.iter(f"{SVG}text") if (text := element.text)}
    assert labels >= set(page.locator(".tfkit-label").all_text_contents())


def test_svg_has_the_same_colours_in_any_theme_and_whatever_is_lit(show):
    page = show(example())
    light = saved(page, "svg")
    search(page, "kernel")
    expect(page.locator(".tfkit-lighted")).to_have_count(1)
    assert saved(page, "svg") == light
    assert saved(show(example(), color_scheme="dark"), "svg") == light


def test_svg_has_what_is_not_on_screen_as_well(show):
    page = show(pseudo_random(450, groups=10))
    page.get_by_role("button", name="Groups \u25be").click()
    page.locator("[data-action=open-all]").click()
    expect(page.locator("[data-node-id$='op_449']")).to_have_count(1)
    paper = ElementTree.fromstring(saved(page, "svg"))
    assert sum(element.get("data-node-id") is not None for element in paper.iter()) == 450
    assert not any(element.get("display") or element.get("style") for element in paper.iter())


def test_png_is_twice_as_large_as_the_drawing(show, results):
    page = show(example())
    png = saved(page, "png")
    (results / "saved.png").write_bytes(png)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    assert (width, height) == tuple(2 * side for side in size(saved(page, "svg")))
    image = Image.open(BytesIO(png)).convert("RGBA")
    assert image.getpixel((0, 0)) == (255, 255, 255, 255)
    assert len(image.getcolors(1 << 20)) > 50  # there is a drawing on it


def test_pdf_is_a_page_of_the_size_of_the_drawing(show, results):
    page = show(example())
    pdf = saved(page, "pdf")
    (results / "saved.pdf").write_bytes(pdf)
    width, height = size(saved(page, "svg"))
    assert pdf.startswith(b"%PDF-1.") and pdf.endswith(b"%%EOF\n")
    assert f"/MediaBox [0 0 {width} {height}]".encode() in pdf
    table = int(pdf.split()[-2])
    assert pdf[table:].startswith(b"xref\n0 6\n0000000000 65535 f \n")
    places = [int(line[:10]) for line in pdf[table:].split(b"\n")[3:8]]
    for number, place in enumerate(places, start=1):
        assert pdf[place:].startswith(f"{number} 0 obj\n".encode())
    for begin in re.finditer(rb"/Length (\d+) >>\nstream\n", pdf):
        assert pdf[begin.end() + int(begin[1]) :].startswith(b"\nendstream")
    (picture,) = re.findall(rb"/DCTDecode /Length \d+ >>\nstream\n(.*)\nendstream", pdf, re.DOTALL)
    image = Image.open(BytesIO(picture))
    assert image.size == (2 * width, 2 * height)


@pytest.mark.parametrize("graph", GRAPHS)
def test_dot_has_what_is_drawn(show, graph):
    page = show(GRAPHS[graph])
    dot = saved(page, "dot").decode("utf-8")
    assert dot.startswith("digraph")
    drawn = set(page.locator(".tfkit-node .tfkit-label").all_text_contents())
    for label in drawn:
        assert label.replace('"', '\\"') in dot
    if shutil.which("dot"):
        svg = subprocess.run(["dot", "-Tsvg"], input=dot.encode(), capture_output=True, check=True).stdout
        assert svg.count(b'class="node"') == len(drawn)


def test_dot_follows_what_is_open(show):
    page = show(example())
    assert "MatMul" not in saved(page, "dot").decode("utf-8")
    closed(page, "model/dense").locator("button").click()
    expect(opened(page, "model/dense")).to_be_visible()
    assert "MatMul" in saved(page, "dot").decode("utf-8")


@pytest.mark.parametrize("graph", GRAPHS)
def test_json_is_the_graph(show, graph):
    assert Graph.from_dict(json.loads(saved(show(GRAPHS[graph]), "json"))) == GRAPHS[graph]
