import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.drawing.cases import CASES, diamond, example, hub, nested
from tfkit.drawing.sizes import box_size
from tfkit.drawing.style import STYLE, lines, text_width
from tfkit.drawing.svg import to_svg
from tfkit.graph import Graph
from tfkit.parts import Node, Together
from tfkit.repeats import bundle_edges

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


def texts(graph):
    return [element.text for element in ElementTree.fromstring(graph.to_svg()).iter(f"{SVG}text")]


def fill_of(graph, node_id):
    root = ElementTree.fromstring(graph.to_svg())
    (node,) = (element for element in root.iter(f"{SVG}g") if element.get("data-node-id") == node_id)
    return node.find(f"{SVG}rect").get("fill")


def test_an_overlay_is_a_number_and_a_colour_in_boxes_and_a_legend_below():
    graph = diamond().with_overlay({"a": 0, "b": 1500}, name="cost <x>", unit="B")
    assert texts(graph)[-3:] == ["cost <x>", "0 B", "1.5 kB"]
    assert texts(graph).count("1.5 kB") == 2
    colours = STYLE["colors"]["heat"]
    assert (fill_of(graph, "a"), fill_of(graph, "b")) == (colours[0], colours[-1])
    assert fill_of(graph, "c") == STYLE["colors"]["op"][0]


def test_the_legend_has_the_ends_of_a_wide_range_and_says_what_groups_show():
    graph = diamond().with_overlay({"a": 1, "b": 1000, "c": 1e6, "d": 0}, name="n")
    assert texts(graph)[-3:] == ["n", "0", "1,000,000"]
    assert fill_of(graph, "b") == STYLE["colors"]["heat"][3]
    most = replace(graph, overlay=replace(graph.overlay, how=Together.MOST))
    assert texts(most)[-3] == "n, largest magnitude"


def test_hubs_are_lines_in_boxes_instead_of_wires():
    graph = hub()
    assert "30 connections" in texts(graph)
    assert {text for text in texts(graph) if text[0] in "\u2190\u2192"} == {"\u2190 value", "\u2192 all"}
    assert 'd="M' not in "".join(line for line in graph.to_svg().splitlines() if line.startswith("<path"))


def test_hubs_stand_in_the_order_of_the_inputs_they_feed():
    facts = {"hub_inputs": {"^0": "first:0", "10": "s/ten:0", "2": "s/two:1"}}
    assert lines(Node("n", "N", "n", attributes=facts)) == ("n", "\u2190 two, ten, first")


@pytest.mark.parametrize("value", ["text", 5, [1], {}, {"0": 5}, {"x": None}, None, True])
def test_attributes_that_only_bear_the_names_of_hubs_do_no_harm(value):
    facts = {"hub_inputs": value, "hub_outputs": value, "neighbours": "many"}
    assert lines(Node("n", "N", "n", attributes=facts))[0] == "n"


def test_a_wire_for_several_tensors_says_how_many():
    graph = nested().collapse("outer")
    assert ">2 tensors<" not in to_svg(graph) and ">2 tensors<" in to_svg(bundle_edges(graph))
