"""TensorFlow's record of a function (its operations) to nodes, edges and scopes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import tensorflow as tf

from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Node, Output, Scope, ScopePath, Summary
from tfkit.tracing._source import source_of
from tfkit.tracing._values import summarize

_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
_BRANCHES = ("If", "StatelessIf", "Case", "StatelessCase", "While", "StatelessWhile")
_BIG_CONSTANT = 100_000  # elements; larger constants are not read


@dataclass
class Inputs:
    """The positional arguments of a call, and which of them are tensors of the graph."""

    args: list[Any]
    names: list[str]  # what the parameters are called
    name: str = ""  # of the graph
    places: list[int] = field(default_factory=list)
    specs: list[Any] = field(default_factory=list)
    tensors: list[Any] = field(default_factory=list)

    def add(self, place: int, spec: Any, concrete: Any) -> None:
        self.places.append(place)
        self.specs.append(spec)
        if concrete is not None:
            self.tensors.append(concrete)

    @property
    def concrete(self) -> bool:
        return len(self.tensors) == len(self.specs)

    def fill_in(self, tensors: Any) -> list[Any]:
        """Return the arguments with these tensors in the places of the inputs."""
        filled = list(self.args)
        for place, tensor in zip(self.places, tensors, strict=True):
            filled[place] = tensor
        return filled


def read_operations(
    graph: Any, inputs: Inputs, values: Mapping[str, Summary] | None, layers: Mapping[ScopePath, Scope]
) -> Graph:
    """Return what a ``FuncGraph`` recorded.

    The identities and the final no-op that TensorFlow appends to name what a function returns are left out;
    the operations before them are marked as outputs instead.

    Args:
        graph: The ``FuncGraph``.
        inputs: The call that it is of.
        values: Summaries by tensor name, for those tensors whose value is known. Those of constants and
            variables are added; None: no values at all, and none is read.
        layers: The name scopes that are Keras layers.
    """
    left_out, returned = _appended(graph)
    operations = [operation for operation in graph.get_operations() if operation not in left_out]
    names = {operation.name for operation in operations}
    captured = _captures(graph)
    nodes = [_node(op, names, values, op.name in returned) for op in operations]
    read = _value if values is not None else lambda holder: None  # all weights of a model take their time
    nodes = [_captured(node, captured[node.id], inputs, read) if node.id in captured else node for node in nodes]
    edges = []
    for op in operations:
        for place, tensor in enumerate(op.inputs):
            edges.append(Edge(tensor.op.name, op.name, tensor.value_index, place))
        for before in op.control_inputs:
            if before.name in names:
                edges.append(Edge(before.name, op.name, 0, -1, control=True))
    nodes = _at_first_use(nodes, edges)
    used = {node.scope[:depth] for node in nodes for depth in range(1, len(node.scope) + 1)}
    name = inputs.name or graph.name
    return Graph(name, tuple(nodes), tuple(edges), tuple(scope for path, scope in layers.items() if path in used))


def _at_first_use(nodes: list[Node], edges: list[Edge]) -> list[Node]:
    """Return the nodes with every variable, and the reading of it, in the scope of what uses it first.

    TensorFlow names them after a conversion on the way there (``dense/Cast/ReadVariableOp``).
    """
    first_user: dict[str, str] = {}
    for edge in edges:
        if not edge.control:
            first_user.setdefault(edge.source, edge.target)
    scope_of = {node.id: node.scope for node in nodes}
    for node in reversed(nodes):  # who uses it stands behind it
        if node.id in first_user and (node.kind == Kind.VARIABLE or node.op == "ReadVariableOp"):
            scope_of[node.id] = scope_of[first_user[node.id]]
    return [node if node.scope == scope_of[node.id] else replace(node, scope=scope_of[node.id]) for node in nodes]


def _appended(graph: Any) -> tuple[set[Any], set[str]]:
    """Return the operations that only name what is returned, and the names of those that make it."""
    left_out, returned = set(), set()
    for tensor in graph.outputs:
        op = tensor.op
        if op.type == "Identity" and not op.outputs[0].consumers() and op.name.startswith("Identity"):
            left_out.add(op)
            op = op.inputs[0].op
        returned.add(op.name)
    for op in graph.get_operations():
        if op.type == "NoOp" and not op.inputs and set(op._control_outputs) <= left_out:
            left_out.add(op)
    return left_out, returned


def _captures(graph: Any) -> dict[str, Any]:
    """Return the variable (or other captured tensor) behind each placeholder that stands for one."""
    by_handle = {id(variable.handle): variable for variable in graph.variables}
    captured = zip(graph.external_captures, graph.internal_captures, strict=True)
    return {inner.op.name: by_handle.get(id(outer), outer) for outer, inner in captured if hasattr(inner, "op")}


def _node(op: Any, names: set[str], values: Mapping[str, Summary] | None, returned: bool) -> Node:
    scope, label = _place(op.name, names)
    outputs = tuple(_output(tensor, values) for tensor in op.outputs)
    return Node(op.name, op.type, label, scope, _kind(op, returned), outputs, _attributes(op), source_of(op))


def _place(name: str, names: set[str]) -> tuple[ScopePath, str]:
    """Return an operation's scope and label; what TensorFlow names after an operation is no scope of its own."""
    *outer, label = name.split("/")
    path = [part for depth, part in enumerate(outer, 1) if "/".join(outer[:depth]) not in names]
    return tuple(path), label


def _kind(op: Any, returned: bool) -> Kind:
    if op.type == "Placeholder":
        return Kind.INPUT
    if op.type == "Const":
        return Kind.CONSTANT
    if returned:
        return Kind.OUTPUT
    if op.type in _CALLS + _BRANCHES:
        return Kind.FUNCTION
    return Kind.VARIABLE if op.type in ("VarHandleOp", "VariableV2") else Kind.OP


def _output(tensor: Any, values: Mapping[str, Summary] | None) -> Output:
    value = values.get(tensor.name) if values else None
    unknown_constant = values is not None and value is None and tensor.op.type == "Const"
    if unknown_constant and (tensor.shape.num_elements() or 0) <= _BIG_CONSTANT:
        value = summarize(tf.get_static_value(tensor))
    shape = None if tensor.shape.rank is None else tuple(tensor.shape.as_list())
    return Output(shape, tensor.dtype.base_dtype.name, tensor.op.device, value)


def _captured(node: Node, captured: Any, inputs: Inputs, read: Callable[[Any], Summary | None]) -> Node:
    """Describe a variable or a tensor from outside instead of the placeholder that stands for it."""
    parameter = next((n for n, arg in zip(inputs.names, inputs.args, strict=False) if arg is captured), None)
    if isinstance(captured, tf.Variable):
        name = captured.name.removesuffix(":0")
        label = parameter if parameter and re.fullmatch(r"Variable(_\d+)?", name) else name.rpartition("/")[2]
        output = Output(tuple(captured.shape.as_list()), captured.dtype.name, captured.device, read(captured))
        attributes = {"variable": name, "trainable": captured.trainable}
        return replace(node, kind=Kind.VARIABLE, label=label, outputs=(output,), attributes=attributes)
    if node.outputs[0].dtype == "resource":
        return replace(node, kind=Kind.VARIABLE, attributes={})
    known = replace(node.outputs[0], value=read(captured))
    kind = Kind.INPUT if parameter else Kind.CONSTANT
    return replace(node, kind=kind, label=parameter or "tensor", outputs=(known,), attributes={"captured": True})


def _value(holder: Any) -> Summary | None:
    """Return the summary of a variable's or an eager tensor's value, if it has one outside graphs."""
    try:
        return summarize(holder.numpy())
    except (AttributeError, NotImplementedError, tf.errors.OpError):  # symbolic, or not initialised yet
        return None


def _attributes(op: Any) -> dict[str, Any]:
    """Return an operation's attributes as plain values, without the underscored ones and big tensors."""
    return {
        name: _plain(value)
        for name, value in sorted(op.node_def.attr.items())  # protobuf's own order differs from run to run
        if not name.startswith("_") and value.WhichOneof("value") != "tensor"
    }


def _plain(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "s":
        return value.s.decode("utf-8", "replace")
    if kind == "type":
        return tf.dtypes.as_dtype(value.type).name
    if kind == "shape":
        return _shape(value.shape)
    if kind == "func":
        return value.func.name
    if kind == "list":
        entries = value.list
        if entries.shape:
            return [_shape(shape) for shape in entries.shape]
        if entries.type:
            return [tf.dtypes.as_dtype(entry).name for entry in entries.type]
        texts = [entry.decode("utf-8", "replace") for entry in entries.s]
        return texts or [*entries.i, *entries.f, *entries.b, *(entry.name for entry in entries.func)]
    return getattr(value, kind) if kind in ("i", "f", "b") else None


def _shape(shape: Any) -> list[int | None] | None:
    return None if shape.unknown_rank else [None if axis.size < 0 else axis.size for axis in shape.dim]
