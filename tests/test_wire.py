import copy
import gzip
import json
import math
from dataclasses import replace

import pytest

from tests.drawing.cases import CASES, FIXTURES, example, pseudo_random
from tfkit.errors import GraphError
from tfkit.graph import Graph
from tfkit.op_docs import about
from tfkit.parts import Edge, Kind, Node, Output, Scope, ScopeKind, Source, Summary


@pytest.mark.parametrize("name", CASES)
def test_a_graph_comes_back_as_it_was(name):
    graph = CASES[name]
    assert Graph.from_dict(json.loads(json.dumps(graph.to_dict(), allow_nan=False))) == graph
    assert Graph.from_wire(graph.to_wire()) == graph


def test_the_written_form_is_the_one_that_typescript_is_tested_with(golden):
    golden(FIXTURES / "graph_v1.json", json.dumps(example().to_dict(), indent=1, ensure_ascii=False) + "\n")


def test_a_wire_of_before_reads_as_it_did():
    data = copy.deepcopy(example().to_dict())
    del data["docs"]
    del data["nodes"]["source"]["table"][1][3]
    value = data["nodes"]["outputs"]["table"][1][0]["value"]
    del value["histogram"], value["picture"]
    kernel, matmul = (Graph.from_dict(data).nodes[place] for place in (1, 3))
    assert matmul.source == Source("lesson.py", 12, "dense = layers.Dense(10)(x)")
    assert kernel.outputs[0].value == replace(example().nodes[1].outputs[0].value, histogram=(), picture=())


def test_a_wire_without_the_newer_columns_reads_as_their_defaults():
    data = copy.deepcopy(example().to_dict())
    del data["nodes"]["was"], data["edges"]["count"]
    assert "overlay" not in data
    assert Graph.from_dict(data) == example()


def test_what_one_edge_stands_for_and_what_a_node_was_come_back():
    nodes = (Node("a", "Op", "a", was=("a", "Relu")), Node("b", "Op", "b"))
    graph = Graph("g", nodes, (Edge("a", "b", count=3), Edge("b", "a")))
    assert Graph.from_wire(graph.to_wire()) == graph


def test_what_is_empty_is_not_written():
    outputs = (Output((), "int32", value=Summary(1, "1")),)
    nodes = Graph("g", (Node("a", "a", "a", outputs=outputs, source=Source("f", 1)),)).to_dict()["nodes"]
    assert {"histogram", "picture"}.isdisjoint(nodes["outputs"]["table"][0][0]["value"])
    assert nodes["source"]["table"] == [["f", 1, ""]]


def test_the_lines_about_what_occurs_are_written_and_not_read():
    scope = Scope(("d",), ScopeKind.LAYER, attributes={"class": "Dropout"})
    nodes = Node("d/x", "Exp", "x", ("d",)), Node("y", "Dense", "y", kind=Kind.LAYER), Node("z", "MyOwn", "z")
    data = Graph("g", nodes, scopes=(scope,)).to_dict()
    assert data["docs"] == {name: about(name) for name in ("Exp", "layer Dense", "layer Dropout")}
    assert Graph.from_dict({**data, "docs": 5}).to_dict() == data


def test_equal_graphs_give_equal_bytes_at_any_time():
    assert example().to_wire() == example().to_wire()
    assert example().to_wire()[4:8] == bytes(4)  # gzip's time stamp


def test_nan_infinity_and_any_character_survive():
    odd = "\ud800 \u2028 </script> \x00 \U0001f600"
    summary = Summary(3, odd, math.nan, -math.inf, math.inf, -0.0)
    graph = Graph(odd, (Node(odd, odd, odd, (odd,), outputs=(Output(None, "float32", value=summary),)),))
    back = Graph.from_wire(graph.to_wire())
    assert back.name == odd and back.nodes[0].scope == (odd,)
    value = back.nodes[0].outputs[0].value
    assert math.isnan(value.minimum) and value.maximum == -math.inf and math.copysign(1, value.std) == -1


def test_columns_grow_with_the_graph_and_tables_do_not():
    small, large = (pseudo_random(size).to_dict()["nodes"] for size in (100, 1000))
    assert len(large["op"]["index"]) == 1000
    assert len(large["op"]["table"]) == len(small["op"]["table"]) == 3


def test_a_newer_version_asks_for_an_update():
    with pytest.raises(GraphError, match="version is 2.*update tfkit-course"):
        Graph.from_dict({**example().to_dict(), "version": 2})


@pytest.mark.parametrize("damage", ["missing column", "index out of range", "unequal columns", "no such kind"])
def test_damaged_columns_are_refused(damage):
    data = copy.deepcopy(example().to_dict())
    if damage == "missing column":
        del data["nodes"]["op"]
    elif damage == "index out of range":
        data["edges"]["source"][0] = 99
    elif damage == "unequal columns":
        data["nodes"]["label"].pop()
    else:
        data["nodes"]["kind"]["table"][0] = "gizmo"
    with pytest.raises(GraphError, match="damaged"):
        Graph.from_dict(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"not gzip", gzip.compress(b"not json", mtime=0), gzip.compress(b"[1]", mtime=0), example().to_wire()[:-9]],
)
def test_bytes_that_are_no_graph_are_refused(data):
    with pytest.raises(GraphError):
        Graph.from_wire(data)
