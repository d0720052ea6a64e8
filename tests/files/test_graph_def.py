"""Single nodes and names of a ``GraphDef``, written by hand."""

import struct

import pytest

from tests.hostile.wire import attr, calls, chunk, constant, function, node, number, shape
from tfkit.files import _protobuf
from tfkit.files._graph_def import graph_of, read_graph_def
from tfkit.files._protobuf import read_protobuf
from tfkit.files._scan import GRAPH, without_large_tensors
from tfkit.files._schema import parse
from tfkit.parts import Kind, Output


def read(*nodes):
    return read_graph_def(b"".join(nodes), "made")


def test_names_make_scopes_and_operations_do_not():
    graph = read(node("outer/inner/x"), node("w", "VarHandleOp"), node("w/Read/ReadVariableOp", "ReadVariableOp", "w"))
    assert [(one.scope, one.label) for one in graph.nodes] == [
        (("outer", "inner"), "x"),
        ((), "w"),
        ((), "ReadVariableOp"),
    ]


def test_edges_of_tensors_and_of_control():
    graph = read(node("a", "Split"), node("b", "AddN", "a", "a:2", "^a"))
    assert [(e.source_output, e.target_input, e.control) for e in graph.edges] == [
        (0, 0, False),
        (2, 1, False),
        (0, -1, True),
    ]


def test_a_colon_may_belong_to_a_name():
    graph = read(node("a:b", "Split"), node("a:123456789"), node("c", "AddN", "a:b:1", "a:123456789"))
    assert [(e.source, e.source_output) for e in graph.edges] == [("a:b", 1), ("a:123456789", 0)]


def test_in_a_function_outputs_are_found_by_their_names():
    body = function("f", node("u", "Unique", "x"), node("y", "Neg", "u:idx:0"), takes=("x",), gives={"r": "y:y:0"})
    graph = read(node("a", "Const"), calls("call", "f", inputs=("a",)), body)
    (edge,) = (edge for edge in graph.edges if edge.target == "call/y")
    assert (edge.source, edge.source_output) == ("call/u", 1)


def test_only_what_holds_a_tensor_has_the_shape_of_its_attribute():
    kept = attr("shape", chunk(7, shape(3, -1))) + attr("dtype", number(6, 1))
    graph = read(node("x", "Placeholder", attrs=kept), node("y", "MyOwnOp", attrs=kept))
    (output,) = graph["x"].outputs
    assert (output.shape, output.dtype, graph["x"].kind) == ((3, None), "float32", Kind.INPUT)
    assert graph["y"].outputs == ()


def test_a_variable_that_says_nothing_of_itself_is_still_one():
    graph = read(node("w", "VarHandleOp"))
    assert (graph["w"].kind, graph["w"].outputs) == (Kind.VARIABLE, (Output(None, "unknown"),))


def test_an_operation_of_somebody_has_the_shapes_that_the_file_gives():
    shapes = chunk(1, chunk(7, shape(2)) + chunk(7, number(3, 1)))
    (own,) = read(node("a", "MyOwnOp", attrs=attr("_output_shapes", shapes), device="/gpu:0")).nodes
    assert own.outputs == (Output((2,), "unknown", "/gpu:0"), Output(None, "unknown", "/gpu:0"))
    assert own.attributes == {}


def test_a_call_of_what_is_not_in_the_file_is_still_a_call():
    (call,) = read(calls("a", "gone")).nodes
    assert (call.kind, call.attributes) == (Kind.FUNCTION, {"f": "gone"})


def test_what_is_returned_is_an_output_unless_it_is_a_call():
    written = node("x", "Placeholder") + node("y", "Neg", "x") + calls("f", "gone", inputs=("x",))
    graph = graph_of(parse("GraphDef", written), "g", ["x", "y", "f"])
    assert [one.kind for one in graph.nodes] == [Kind.INPUT, Kind.OUTPUT, Kind.FUNCTION]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (number(3, 7), 7),
        (number(5, 1), True),
        (b"\x25" + struct.pack("<f", 2.5), 2.5),
        (chunk(2, "text"), "text"),
        (number(6, 0), "unknown"),
        (number(6, 101), "float32"),
        (number(6, 99), "unknown"),
        (chunk(7, shape(2, -1)), [2, None]),
        (chunk(7, number(3, 1)), None),
        (chunk(10, chunk(1, "f")), "f"),
        (chunk(1, chunk(6, b"\x01\x03")), ["float32", "int32"]),
        (chunk(1, chunk(2, "a") + chunk(2, "b")), ["a", "b"]),
        (chunk(1, chunk(7, shape(1))), [[1]]),
        (chunk(1, chunk(5, b"\x01\x00")), [True, False]),
        (chunk(1, b""), []),
    ],
)
def test_attributes_are_plain_values(written, plain):
    assert read(node("a", "MyOwnOp", attrs=attr("it", written)))["a"].attributes["it"] == plain


@pytest.mark.parametrize(
    ("dtype", "sizes", "rest", "text"),
    [
        (3, (), b"", "0"),  # what is left out is the default of the type
        (7, (), b"", "''"),
        (3, (3,), chunk(7, b"\x01\x02"), "[1 2 2]"),  # and the last value stands for the rest
        (8, (1,), chunk(4, b"\0\0\x80?\0\0\0@"), "[1.+2.j]"),
        (18, (1,), chunk(4, b"\0\0\0\0\0\0\xf0?" + bytes(8)), "[1.+0.j]"),
    ],
)
def test_constants_show_their_value(dtype, sizes, rest, text):
    (node,) = read(constant("c", dtype, sizes, rest)).nodes
    assert (node.kind, node.outputs[0].value.text) == (Kind.CONSTANT, text)


def test_large_tensors_are_left_out_and_nothing_else(tmp_path, monkeypatch):
    large = constant("c", 1, (50_000,), chunk(4, bytes(200_000)))
    data = large + node("long" * 20_000, "Neg", "c", attrs=attr("i", number(3, 7))) + node("d", "Neg", "c")
    lean = without_large_tensors(memoryview(data), GRAPH)
    assert len(data) - len(lean) in range(200_000, 200_020)  # and the lengths around it are shorter
    whole, left = read(data), read(lean)
    assert left["c"].outputs[0].shape == (50_000,)
    assert (left.nodes[1:], left.edges) == (whole.nodes[1:], whole.edges)
    (tmp_path / "graph.pb").write_bytes(data)
    monkeypatch.setattr(_protobuf, "_PARSED_WHOLE", 1000)
    assert [one.id for one in read_protobuf(tmp_path / "graph.pb").nodes] == [one.id for one in whole.nodes]
