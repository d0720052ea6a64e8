import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.drawing.cases import CASES, example
from tfkit.drawing.style import box_size, lines, text_width
from tfkit.drawing.svg import to_svg
from tfkit.graph import Graph
from tfkit.parts import Node

GOLDEN = Path(__file__).parents[1] / "golden"
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "<script>alert(1)</script>",
    'a" onload="x',
    "a&b",
    "\x00\x0b",
    "\ud800",
    "\u202eabc",
    "x" * 10_000,
    "\U0001f600",
)


@pytest.mark.parametrize("name", ["empty", "diamond", "example", "nested", "circle", "marked"])
def test_picture(golden, name):
    golden(GOLDEN / f"{name}.svg", CASES[name].to_svg())


@pytest.mark.parametrize("name", CASES)
def test_only_what_every_viewer_draws(name):
    root = ElementTree.fromstring(CASES[name].to_svg())
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "g",
        "rect",
        "path",
        "text",
        "title",
        "desc",
    }
    attributes = {key for element in root.iter() for key in element.attrib}
    assert not attributes & {"id", "style", "class", "href"}
    words, ground = root[:2]
    assert words.text.startswith(repr(name)) or CASES[name].name in words.text
    assert ground.get("width") == root.get("width") and re.fullmatch("#[0-9a-f]{6}", ground.get("fill"))


def test_marks_are_those_of_the_page():
    root = ElementTree.fromstring(example().to_svg())
    assert {e.get("data-node-id") for e in root.iter() if e.get("data-node-id")} >= {"x", "model/dense/", "__proto__"}
    groups = {e.get("data-scope"): e.get("aria-expanded") for e in root.iter() if e.get("data-scope")}
    assert groups == {"model": "true", "model/dense": "false", "model/softmax": "false", "loss": "true"}


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_and_nothing_else(name):
    root = ElementTree.fromstring(to_svg(Graph(name, (Node(name, name, name, (name,)),))))
    assert len([e for e in root.iter() if e.get("data-node-id")]) == 1
    assert not root.findall(f".//{SVG}script")


def test_the_words_of_a_box_fit_into_it():
    for graph in (*CASES.values(), Graph("g", tuple(Node(name, "Op", name) for name in HOSTILE))):
        for node in graph.nodes:
            width, _ = box_size(node)
            assert width % 2 == 0
            assert text_width(lines(node)[0], 13, bold=True) < width
            assert all(text_width(line, 11) < width for line in lines(node)[1:])


def test_same_bytes_in_another_process_with_other_hashes_and_no_programs(tmp_path):
    code = "from tests.drawing.cases import CASES; import sys; sys.stdout.write(CASES['grouped 300'].to_svg())"
    env = {"PATH": str(tmp_path), "PYTHONHASHSEED": "7", "PYTHONIOENCODING": "utf-8"}
    found = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True,
                           cwd=Path(__file__).parents[2], encoding="utf-8")  # fmt: skip
    assert found.stdout == CASES["grouped 300"].to_svg()


def test_a_shape_stands_on_the_side_that_its_wire_does_not_turn_to():
    root = ElementTree.fromstring(to_svg(example()))
    shapes = [e for e in root.iter(f"{SVG}text") if e.text == "(None, 10)"]
    assert [e.get("text-anchor") for e in shapes].count("end") == 1  # MatMul's, whose wire turns to the right
    assert len(shapes) == 3


@pytest.mark.parametrize("name", CASES)
def test_no_text_beside_a_box_sticks_out_of_the_picture(name):
    root = ElementTree.fromstring(CASES[name].to_svg())
    for text in root.findall(f"{SVG}text"):
        x, width = int(text.get("x")), text_width(text.text, int(text.get("font-size")))
        left = x - width if text.get("text-anchor") == "end" else x
        assert left >= 0 and left + width <= int(root.get("width"))
