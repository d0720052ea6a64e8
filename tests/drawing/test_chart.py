"""Charts as text: gaps, scales, marks, and nothing that a page could stumble over."""

import math
from xml.etree import ElementTree

import pytest

from tfkit.drawing.chart import colour_map, document, lines, map_height, surface
from tfkit.drawing.style import text_width

NAN = float("nan")


def elements(text, name):
    return ElementTree.fromstring(document(10, 10, "t", [text])).iter(f"{{http://www.w3.org/2000/svg}}{name}")


def test_lines_leave_gaps_where_nothing_is_known():
    drawn = list(elements(lines([1, 2, 3, 4, 5], {"a": [1, 2, NAN, 3, 4], "b": [1, NAN, 2, NAN, 3]}, "t"), "polyline"))
    assert [len(line.get("points").split()) for line in drawn] == [2, 2]
    assert len(list(elements(lines([1, 2, 3], {"b": [1, NAN, 2]}, "t"), "circle"))) == 2


@pytest.mark.parametrize("values", [[], [NAN, math.inf], [0.0, 0.0], [1e-300, 1e300], [-5.0, 5.0]])
@pytest.mark.parametrize("log", [False, True])
def test_odd_numbers_are_drawn(values, log):
    assert "NaN" not in lines(list(range(len(values))), {"a": values}, "t", log=log).replace("nan", "NaN")


def test_a_map_marks_what_is_not_finite_by_a_shape():
    text = colour_map({"a": [0.1, NAN, math.inf, 0.0]}, "t")
    assert len(list(elements(text, "path"))) == 2
    assert not list(elements(colour_map({"a": [NAN]}, "t", mark_odd=False), "path"))
    assert map_height(3) > map_height(1)


def test_a_long_row_shows_its_largest_and_its_odd_numbers():
    values = [0.1] * 1000
    values[500], values[700] = NAN, 10.0
    text = colour_map({"a": values}, "t")
    assert len(list(elements(text, "path"))) == 1
    assert len(list(elements(text, "rect"))) < 220


def test_names_of_strangers_are_text():
    text = document(10, 10, "<b>", [lines([1], {"<img>": [1.0], "b": [2.0]}, "<i>"), colour_map({"<u>": [1.0]}, "x")])
    assert not {"b", "img", "i", "u"} & {
        element.tag.rpartition("}")[2] for element in ElementTree.fromstring(text).iter()
    }


def test_lines_differ_in_more_than_colour():
    six = {name: [1.0, 2.0] for name in "abcdef"}
    for shape in ("polyline", "path"):  # and so do the keys to them
        drawn = [line for line in elements(lines([1, 2], six, "t"), shape) if line.get("stroke") != "#dfe4ec"]
        assert len({line.get("stroke-dasharray") for line in drawn}) == len(drawn) == 6


@pytest.mark.parametrize("names", ["abcdef", [f"2026-11-29T13-24-39/run {number}/validation" for number in range(6)]])
def test_no_name_of_a_line_runs_into_what_is_beside_it(names):
    text = lines([1, 2], {name: [1.0, 2.0] for name in names}, "evaluation_loss_vs_iterations")
    title, *told = list(elements(text, "text"))[:7]
    samples = [path for path in elements(text, "path") if path.get("stroke") != "#dfe4ec"]
    starts = [float(one.get("d").partition(" ")[0][1:]) for one in samples]
    ends = [float(one.get("x")) + text_width(one.text, 11) for one in told]
    assert all(end < start for end, start in zip(ends, [*starts[1:], 720], strict=True))
    is_beside = title.get("y") == told[0].get("y")
    assert starts[0] > 16 + is_beside * text_width(title.text, 12, bold=True)


def test_ways_on_a_surface_have_a_dark_edge_and_differ_in_more_than_colour():
    ways = {"a": [[0, 0], [NAN, 1], [1, 1]], "b": [[0, 1], [1, 0]]}
    root = ElementTree.fromstring(surface(("w", "b"), ((0, 1), (0, 1)), [[1, NAN], [2, 3]], ways, "t", "w"))
    drawn = list(root.iter("{http://www.w3.org/2000/svg}polyline"))
    assert [line.get("points") for line in drawn] == 2 * ["0.0,400.0 400.0,0.0"] + 2 * ["0.0,0.0 400.0,400.0"]
    assert [line.get("stroke-width") for line in drawn] == ["4", "2", "4", "2"]
    assert len({line.get("stroke-dasharray") for line in drawn[1::2]}) == 2
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 8
