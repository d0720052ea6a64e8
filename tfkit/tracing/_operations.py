"""TensorFlow's record of a graph (its operations) to nodes, edges and scopes, functions opened in place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import context

from tfkit.bodies import Body, calls_of, inner_prefix, open_bodies
from tfkit.garbage import uncollected
from tfkit.graph import Graph
from tfkit.parts import Cost, Edge, Kind, Node, Output, ScopePath, Source, Summary, prefixes
from tfkit.summaries import summarize
from tfkit.tracing._attributes import AttributeReader
from tfkit.tracing._functions import Functions
from tfkit.tracing._layers import LayerCalls
from tfkit.tracing._source import source_of

_BIG_CONSTANT = 100_000  # elements; larger constants are not read
_VARIABLES = ("VarHandleOp", "VariableV2", "Variable")
_Written = tuple[str, str, dict[str, Any], dict[str, list[str]]]  # type, device, attributes, functions
_NO_VALUES: Mapping[str, Summary] = {}


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

    def parameter(self, value: Any) -> str | None:
        """Return what the parameter is called through which `value` came, if it came through one."""
        return next((name for name, arg in zip(self.names, self.args, strict=False) if arg is value), None)


@dataclass
class Reader:
    """How a graph is read, with the functions it calls.

    Args:
        inputs: The call that it is of.
        values: Summaries by tensor name, for each body: ``""`` is the graph itself, and a body is known by the
            prefix of its nodes' ids (``"cond/then/"``). Those of constants and variables are added. None: no
            values at all, and none is read.
        layers: The calls of Keras layers that were seen.
        names: What the user calls the arguments of a body, by identity of its graph and the operation's name.
        variables: The variables among the arguments, by the names of the inputs that stand for them.
        notes: What there is to say about a node, by id.
        costs: What each operation took, by id.
    """

    inputs: Inputs
    values: Mapping[str, Mapping[str, Summary]] | None = None
    layers: LayerCalls = field(default_factory=LayerCalls)
    names: Mapping[tuple[int, str], str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    costs: Mapping[str, Cost] = field(default_factory=dict)
    attributes: AttributeReader = field(default_factory=AttributeReader)
    outputs: dict[Any, tuple[Output, ...]] = field(default_factory=dict)
    sources: dict[Any, Source | None] = field(default_factory=dict)

    @uncollected()
    def read(self, graph: Any) -> Graph:
        """Return the whole graph."""
        functions = Functions(graph)

        def body_of(caller: str, role: str, name: str) -> Body | None:
            found = functions.graph_of(name)
            return None if found is None else self.body(found, inner_prefix(caller, role))

        opened = open_bodies(self.inputs.name or getattr(graph, "name", "graph"), self.body(graph), body_of)
        if not (self.notes or self.costs):
            return opened
        nodes = (
            replace(node, note=self.notes.get(node.id, node.note), cost=self.costs.get(node.id))
            for node in opened.nodes
        )
        return replace(opened, nodes=tuple(nodes))

    def body(self, graph: Any, prefix: str = "") -> Body:
        """Return one ``FuncGraph`` or ``tf.Graph``, functions still closed.

        The identities and the final no-op that TensorFlow appends to name what a function returns are left
        out; the operations before them are marked as outputs instead.
        """
        values = None if self.values is None else self.values.get(prefix, _NO_VALUES)
        results, left_out = _results(graph)
        operations = {operation.name: operation for operation in graph.get_operations()}
        read: dict[str, _Written] = {}
        edges: list[Edge] = []
        # Names, inputs and attributes come from TensorFlow in one message; only shapes must be asked for one by one.
        for node in graph.as_graph_def().node:
            name = node.name
            # One whose making was interrupted stands in the message, but TensorFlow has no operation for it.
            if name not in left_out and name in operations:
                edges += _edges(name, node.input, left_out)
                read[name] = node.op, node.device, *self.attributes.read(node)
        calls = {name: calls_of(op_type, found) for name, (op_type, _, _, found) in read.items() if found}
        returned = {name for name, _ in results}
        kinds = {name: _kind(op_type, name in returned, name in calls) for name, (op_type, *_) in read.items()}
        captured = {} if prefix else {**self.variables, **_captures(graph)}
        kinds |= {
            name: Kind.INPUT if self.inputs.parameter(value) else Kind.VARIABLE for name, value in captured.items()
        }
        scopes = _scopes(read, calls, edges, {name for name, kind in kinds.items() if kind == Kind.VARIABLE})
        nodes = []
        for name, (op_type, device, attributes, _) in read.items():
            operation = operations[name]
            outputs = self._outputs(operation, device, values)
            label = (self.names.get((id(graph), name)) if prefix else None) or name.rpartition("/")[2]
            source = self._source(operation)
            node = Node(name, op_type, label, scopes[name], kinds[name], outputs, attributes, source)
            nodes.append(self._captured(node, captured[name]) if name in captured else node)
        arguments = [tensor.op.name for tensor in getattr(graph, "inputs", ()) if hasattr(tensor, "op")]
        used = {inner for path in {node.scope for node in nodes} for inner in prefixes(path)}
        layers = tuple(scope for path, scope in self.layers.found_in(graph).items() if path in used)
        return Body(nodes, edges, layers, arguments, results, calls)

    def _source(self, op: Any) -> Source | None:
        stack = op.traceback
        if stack is None:  # of a loaded function, which comes without its history
            return None
        frames = stack.get_user_frames()  # equal for all that one line made
        if frames not in self.sources:
            self.sources[frames] = source_of(frames)
        return self.sources[frames]

    def _outputs(self, op: Any, device: str, values: Mapping[str, Summary] | None) -> tuple[Output, ...]:
        """Return what an operation makes; equal tuples are one object, as long as no value is known."""
        tensors = op.outputs
        shapes = tuple([(_shape(tensor.shape), tensor.dtype) for tensor in tensors])
        known = self.outputs.get((device, shapes))
        if known is None:
            known = tuple(Output(shape, dtype.base_dtype.name, device) for shape, dtype in shapes)
            self.outputs[device, shapes] = known
        if values is None or not (values or op.type == "Const"):
            return known
        found = [_known_value(tensor, values) for tensor in tensors]
        if all(value is None for value in found):
            return known
        return tuple(
            output if value is None else replace(output, value=value)
            for output, value in zip(known, found, strict=True)
        )

    def _captured(self, node: Node, captured: Any) -> Node:
        """Describe a variable or a tensor from outside instead of the placeholder that stands for it."""
        # All weights of a model take their time: they are read only where values are wanted.
        value = _value(captured) if self.values is not None else None
        parameter = self.inputs.parameter(captured)
        if isinstance(captured, tf.Variable):
            name = captured.name.removesuffix(":0")
            label = parameter if parameter and re.fullmatch(r"Variable(_\d+)?", name) else name.rpartition("/")[2]
            output = Output(tuple(captured.shape.as_list()), captured.dtype.name, captured.device, value)
            attributes = {"variable": name, "trainable": captured.trainable}
            return Node(node.id, node.op, label, node.scope, Kind.VARIABLE, (output,), attributes, node.source)
        if node.outputs[0].dtype == "resource":
            return replace(node, kind=Kind.VARIABLE, attributes={})
        known = replace(node.outputs[0], value=value)
        if parameter:  # it comes from outside, wherever it is used first
            return Node(node.id, node.op, parameter, (), Kind.INPUT, (known,), {"captured": True}, node.source)
        return replace(node, kind=Kind.CONSTANT, label="tensor", outputs=(known,), attributes={"captured": True})


def _results(graph: Any) -> tuple[list[tuple[str, int]], set[str]]:
    """Return the tensors that are returned, and the operations that were only appended to name them."""
    results, appended = [], set()
    for tensor in getattr(graph, "outputs", ()):
        op = tensor.op
        last = op.name.rpartition("/")[2]
        if op.type == "Identity" and last.startswith("Identity") and not tensor.consumers() and op.inputs[0].op:
            appended.add(op)
            tensor = op.inputs[0]
        results.append((tensor.op.name, tensor.value_index))
    for op in graph.get_operations() if appended else ():
        if op.type == "NoOp" and not op.inputs and op._control_outputs and set(op._control_outputs) <= appended:
            appended.add(op)
    return results, {op.name for op in appended}


def _scopes(
    names: Iterable[str], calls: Mapping[str, Any], edges: Iterable[Edge], variables: set[str]
) -> dict[str, ScopePath]:
    """Return each operation's scope.

    What is named after an operation opens no scope, nor does anything in it (``w/Read/ReadVariableOp`` of the
    variable ``w``); what is named after a call is in the group of the call. A variable, and the reading of it,
    stands in the scope of what uses it first: TensorFlow names them after a conversion on the way there
    (``dense/Cast/ReadVariableOp``).
    """
    operations = dict.fromkeys(names)
    paths: dict[str, ScopePath] = {"": ()}
    inside: set[str] = set()  # what is named after an operation

    def path_of(outer: str) -> ScopePath:
        if outer not in paths:
            before, _, last = outer.rpartition("/")
            path = path_of(before)
            if before in inside or (outer in operations and outer not in calls):
                inside.add(outer)
            paths[outer] = path if outer in inside else (*path, last)
        return paths[outer]

    scope_of = {name: path_of(name.rpartition("/")[0]) for name in operations}
    first_user: dict[str, str] = {}
    for edge in edges:
        if not edge.control:
            first_user.setdefault(edge.source, edge.target)
    for name in reversed(operations):  # who uses it stands behind it
        if name in first_user and (name in variables or name.endswith("ReadVariableOp")):
            scope_of[name] = scope_of[first_user[name]]
    return scope_of


def _kind(op_type: str, returned: bool, calls: bool) -> Kind:
    if op_type in ("Placeholder", "PlaceholderWithDefault"):
        return Kind.INPUT
    if op_type == "Const":
        return Kind.CONSTANT
    if returned:
        return Kind.OUTPUT
    if calls:
        return Kind.FUNCTION
    return Kind.VARIABLE if op_type in _VARIABLES else Kind.OP


def _edges(name: str, inputs: Iterable[str], left_out: set[str]) -> Iterator[Edge]:
    """Yield the edges from the inputs as a ``NodeDef`` writes them: ``name``, ``name:1`` or ``^name``."""
    for place, source in enumerate(inputs):
        if source[0] == "^":
            if source[1:] not in left_out:
                yield Edge(source[1:], name, 0, -1, True)
        elif ":" in source:
            maker, _, output = source.rpartition(":")
            yield Edge(maker, name, int(output), place)
        else:
            yield Edge(source, name, 0, place)


def _captures(graph: Any) -> dict[str, Any]:
    """Return the variable (or other captured tensor) behind each placeholder that stands for one."""
    if not hasattr(graph, "external_captures"):
        return {}
    by_handle = {id(variable.handle): variable for variable in graph.variables}
    captured = zip(graph.external_captures, graph.internal_captures, strict=True)
    return {inner.op.name: by_handle.get(id(outer), outer) for outer, inner in captured if hasattr(inner, "op")}


def _known_value(tensor: Any, values: Mapping[str, Summary]) -> Summary | None:
    value = values.get(tensor.name)
    if value is None and tensor.op.type == "Const" and (tensor.shape.num_elements() or 0) <= _BIG_CONSTANT:
        return summarize(tf.get_static_value(tensor))
    return value


def _value(holder: Any) -> Summary | None:
    """Return the summary of a variable's or an eager tensor's value, if it has one outside graphs."""
    if tf.is_symbolic_tensor(getattr(holder, "handle", holder)):
        return None
    try:
        with context.eager_mode():  # also where a graph is being made around this
            return summarize(holder.numpy())
    except tf.errors.OpError:  # not initialised yet, or a resource that is no variable
        return None


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    try:
        return tuple(shape.as_list())
    except ValueError:  # of unknown rank
        return None
