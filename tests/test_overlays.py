import json
import math
from dataclasses import replace

import numpy as np
import pytest

from tests.drawing.cases import diamond, hub, nested, pseudo_random
from tests.test_repeats import tower
from tfkit.drawing.style import STYLE, amount_text, amounts, heat_colors, heat_steps
from tfkit.errors import GraphError
from tfkit.graph import Graph
from tfkit.groups import divide
from tfkit.parts import Cost, Kind, Node, Output, Summary, Together
from tfkit.repeats import bundle_edges, group_repeats

LARGEST = 1.7e308


def summary(size=1, low=None, high=None, mean=None, std=None, **more):
    return Summary(size, "", low, high, mean, std, **more)


def measurable():
    """Two nodes in a group and one outside; of each number, at least two nodes have one."""
    tensor = Output((None, 3), "float32", value=summary(3, -5.0, 2.0), gradient=summary(10, 0, 0, 3.0, 4.0, nan=1))
    other = Output((2,), "float64", value=summary(2, None, 4.0), gradient=summary(4, 0, 0, 0.0, 6.0))
    nodes = (
        Node("s/w", "Var", "w", ("s",), Kind.VARIABLE, (Output((4, 5), "resource"),), cost=Cost(0.5)),
        Node("s/a", "Op", "a", ("s",), outputs=(tensor, other), cost=Cost(0.25, 8)),
        Node("b", "Dense", "b", outputs=(other,), attributes={"parameters": 7}, cost=Cost(None, 16)),
    )
    return Graph("measurable", nodes)


@pytest.mark.parametrize(
    ("name", "values", "group"),
    [
        ("parameters", {"s/w": 20, "b": 7}, 20),
        ("output size", {"s/a": 28, "b": 16}, 28),
        ("time", {"s/w": 0.5, "s/a": 0.25}, 0.75),
        ("memory", {"s/a": 8, "b": 16}, 8),
        ("value range", {"s/a": 5, "b": 4}, 5),
        ("gradient norm", {"s/a": math.hypot(15, 12), "b": 12}, math.hypot(15, 12)),
    ],
)
def test_each_number_of_nodes_and_of_a_closed_group(name, values, group):
    graph = measurable().with_overlay(name)
    assert graph.overlay.values == pytest.approx(values)
    assert graph.collapse("s").overlay.values["s/"] == pytest.approx(group)


@pytest.mark.parametrize(("how", "together"), [(Together.SUM, 7), (Together.MOST, 4), (Together.NORM, 5)])
def test_what_a_group_makes_of_its_members(how, together):
    graph = measurable().with_overlay({"s/w": 3, "s/a": 4})
    graph = replace(graph, overlay=replace(graph.overlay, how=how)).collapse("s")
    assert graph.overlay.values == {"s/": together}


def test_numbers_of_your_own_have_a_name_and_a_unit_and_may_be_numpys():
    graph = diamond().with_overlay({"a": np.float32(0.5), "b": np.int64(3)}, name="loss", unit="dB")
    assert (graph.overlay.name, graph.overlay.values) == ("loss", {"a": 0.5, "b": 3})
    assert {type(value) for value in graph.overlay.values.values()} == {float}
    assert amounts(graph) == {"a": "0.5 dB", "b": "3 dB"}
    assert diamond().with_overlay({"a": 1}).overlay.name == "value"


NO_NUMBERS = [math.nan, math.inf, True, "1", b"1", None, 10**400, 10**9999, 1j, np.ones(2), [1.0]]


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: type(value).__name__)
def test_what_is_no_finite_number_is_refused_with_the_node(value):
    with pytest.raises(GraphError, match="value of node 'a' must be a finite number, not "):
        diamond().with_overlay({"a": value})


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("flops", "Cannot colour by 'flops'; it must be one of 'parameters', 'output size'"),
        ("time", "Nothing is known about time in graph 'diamond'; trace with tfkit.tracer"),
        ("parameters", "Nothing is known about parameters in graph 'diamond'.$"),
        ({"nowhere": 1}, "has no node 'nowhere'"),
        ({7: 1}, "has no node '7'"),
        ({}, "a number for one node at least"),
        (3, "numbers by the ids of nodes, not 3"),
    ],
)
def test_what_is_not_known_is_refused(by, message):
    with pytest.raises(GraphError, match=message):
        diamond().with_overlay(by)


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("value range", Output((), "float32", value=summary(1, math.nan, math.inf))),
        ("gradient norm", Output((), "float32", gradient=summary(1, 0.0, 0.0, math.nan, 0.0))),
        ("output size", Output((10**9,) * 40, "float32")),
    ],
)
def test_a_number_that_is_not_finite_is_not_known(name, output):
    with pytest.raises(GraphError, match="Nothing is known"):
        Graph("g", (Node("a", "Op", "a", outputs=(output,)),)).with_overlay(name)


def test_a_gradient_so_large_that_its_square_is_none_has_a_norm():
    output = Output((), "float64", gradient=summary(4, 0, 0, 3e200, 4e200))
    graph = Graph("g", (Node("a", "Op", "a", outputs=(output,)),)).with_overlay("gradient norm")
    assert graph.overlay.values == pytest.approx({"a": 1e201})


@pytest.mark.parametrize("values", [(LARGEST, LARGEST), (-LARGEST, -LARGEST), (LARGEST, -LARGEST), (LARGEST, 5e-324)])
def test_sums_and_scales_of_the_largest_numbers_stay_numbers(values):
    graph = nested().with_overlay(dict(zip(("outer/right", "outer/middle/left"), values, strict=True)))
    for shown in (graph, graph.collapse("outer")):
        assert all(map(math.isfinite, shown.overlay.values.values()))
        assert json.dumps(shown.to_dict(), allow_nan=False) and "<svg" in shown.to_svg()


@pytest.mark.parametrize(
    "change",
    [
        lambda graph: divide(graph, 8),
        group_repeats,
        bundle_edges,
        lambda graph: graph.extract_hubs(degree=2),
        lambda graph: Graph.from_wire(graph.to_wire()),
        lambda graph: Graph.from_dict(json.loads(json.dumps(graph.to_dict()))),
    ],
)
@pytest.mark.parametrize("graph", [hub(), tower(4), pseudo_random(60)], ids=lambda graph: graph.name)
def test_numbers_stay_with_their_nodes(graph, change):
    coloured = graph.with_overlay({node.id: place / 3 for place, node in enumerate(graph.nodes)}, name="n", unit="B")
    assert change(coloured).overlay == coloured.overlay


def test_a_folded_chain_keeps_the_numbers_of_what_stays():
    graph = tower(3).with_overlay({"x": 1, "block_0/mul": 2, "block_2/mul": 50}).fold_repeats()
    assert graph.overlay.values == {"x": 1, "block_0/mul": 2}


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "", "0"),
        (-0.0, "", "0"),
        (7850, "", "7,850"),
        (1234.5, "", "1,235"),
        (0.8125, "", "0.813"),
        (1.25e-5, "", "1.25e-5"),
        (-0.5, "dB", "-0.5 dB"),
        (2.5e20, "", "2.5e+20"),
        (999_999_999_999_999.7, "", "1e+15"),
        (1_125_000, "B", "1.13 MB"),
        (-2048, "B", "-2.05 kB"),
        (1234.5, "s", "1,235 s"),
        (0, "s", "0 \u00b5s"),
    ],
)
def test_a_number_as_people_say_it(value, unit, text):
    assert amount_text(value, unit) == text


def test_steps_are_even_over_a_narrow_range_and_powers_over_a_wide_one():
    assert [heat_steps([0, 6])(value) for value in range(7)] == [0, 1, 2, 3, 4, 5, 5]
    assert [heat_steps([-3, 3])(value) for value in range(-3, 4)] == [0, 1, 2, 3, 4, 5, 5]
    assert [heat_steps([3, 3e6])(3 * 10**power) for power in range(7)] == [0, 1, 2, 3, 4, 5, 5]
    assert heat_steps([0, 0])(0) == 0


def test_only_nodes_with_a_number_are_coloured():
    assert heat_colors(diamond()) == {} == amounts(diamond())
    colours = STYLE["colors"]["heat"]
    assert heat_colors(diamond().with_overlay({"a": 0, "b": 2})) == {"a": colours[0], "b": colours[-1]}
