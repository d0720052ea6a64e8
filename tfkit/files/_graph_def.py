"""A GraphDef (or what a SavedModel holds of it) to a graph, with the functions of its library opened in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from google.protobuf.message import DecodeError

from tfkit.bodies import Body, calls_of, open_bodies, readable_name
from tfkit.files._operations import outputs, returned
from tfkit.files._schema import parse
from tfkit.files._values import dtype_name, plain, shape_of, tensor_summary, text
from tfkit.garbage import uncollected
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Node, Output, ScopePath

_INPUTS = {"Placeholder", "PlaceholderV2", "PlaceholderWithDefault", "_Arg"}
_VARIABLES = {"VarHandleOp", "VariableV2", "Variable"}
_HELD = {"VarHandleOp", "VariableV2", "Variable", "Placeholder", "PlaceholderV2"}  # their attributes say what
_MISSING = "missing"
_MOST = 200_000  # operations
_INPUTS_PER_NODE = 4  # what an operation takes, in inputs


_Resolve = Callable[[str], tuple[str, int]]  # what an input means: the node, and which output of it


@dataclass(frozen=True, slots=True)
class _Type:
    """What nodes of the same type and with the same attributes share."""

    op: str
    kind: Kind
    attributes: dict[str, Any]
    outputs: tuple[Output, ...]
    begins: dict[str, int]  # named output -> its number
    calls: tuple[tuple[str, str], ...]


def read_graph_def(data: bytes | memoryview, name: str) -> Graph:
    """Return the graph in a binary ``GraphDef``, which is not run.

    Inputs that lead nowhere get a stand-in, and a second node of the same name gets a mark behind its name;
    both carry a note.

    Raises:
        google.protobuf.message.DecodeError: If `data` is no ``GraphDef``.
    """
    return graph_of(parse("GraphDef", data), name)


@uncollected()
def graph_of(written: Any, name: str, returns: Iterable[str] = ()) -> Graph:
    """Return the graph of a parsed ``GraphDef``.

    Args:
        written: The message.
        name: Of the graph.
        returns: The nodes that are outputs of it, where that is known.
    """
    _refuse_too_many(written)
    library = Library(written.library.function)
    main = library.main(written.node)
    nodes, calls = list(main.nodes), dict(main.calls)
    marked = set(returns)
    nodes = [replace(n, kind=Kind.OUTPUT) if n.id in marked and n.kind == Kind.OP else n for n in nodes]
    taken = {node.id for node in nodes}
    for function in library.roots(calls.values()):  # functions that nothing in the file calls are there to be called
        node_id = function if function not in taken else f"{function} (function)"
        nodes.append(Node(node_id, "PartitionedCall", readable_name(function), kind=Kind.FUNCTION))
        calls[node_id] = (("", function),)
    return open_bodies(name, replace(main, nodes=nodes, calls=calls), library.body_of)


def _refuse_too_many(written: Any) -> None:
    """Refuse what could not be drawn in a few seconds."""
    bodies = [written.node, *(function.node for function in written.library.function)]
    count = sum(map(len, bodies))
    inputs = sum(len(node.input) for nodes in bodies for node in nodes)
    if count + inputs // _INPUTS_PER_NODE > _MOST:
        raise DecodeError(
            f"operations: {count:,}, inputs: {inputs:,}, and tfkit reads at most {_MOST:,} operations, where "
            f"{_INPUTS_PER_NODE} inputs count as one more. Write a part of it, with "
            "tf.compat.v1.graph_util.extract_sub_graph(graph_def, ['name of an operation'])"
        )


@dataclass
class Library:
    """The functions of a file, each read when it is first called."""

    functions: Sequence[Any]
    types: dict[Any, _Type] = field(default_factory=dict)
    bodies: dict[str, Body | None] = field(default_factory=dict)
    paths: dict[tuple[int, str], ScopePath] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_name = {text(function.signature.name): function for function in self.functions}

    def main(self, nodes: Sequence[Any]) -> Body:
        """Return the nodes outside of functions."""
        return self._body(nodes, _flat)

    def body_of(self, caller: str, role: str, name: str) -> Body | None:
        """Return the body of a function, if it is in the file."""
        if name not in self.bodies:
            function = self.by_name.get(name)
            self.bodies[name] = None if function is None else self._function(function)
        return self.bodies[name]

    def roots(self, called: Iterable[tuple[tuple[str, str], ...]]) -> list[str]:
        """Return the functions that nobody calls."""
        inside = (body.calls.values() for name in self.by_name if (body := self.body_of("", "", name)))
        known = {name for calls in (called, *inside) for call in calls for _, name in call}
        return [name for name in self.by_name if name not in known]

    def _function(self, function: Any) -> Body:
        arguments = [text(argument.name) for argument in function.signature.input]
        types = [dtype_name(argument.type) if argument.type else "unknown" for argument in function.signature.input]
        # A node may not bear the name of an argument; should one, the argument is what is meant.
        known = dict.fromkeys(arguments)
        nodes = [node for node in function.node if text(node.name) not in known]
        begins: dict[str, dict[str, int]] = {}
        body = self._body(
            nodes, lambda source: _nested(source, begins), begins, dict(zip(arguments, types, strict=True))
        )
        results = {text(entry.key): text(entry.value) for entry in function.result}
        named = [results.get(text(output.name), "") for output in function.signature.output]
        there = {node.id for node in body.nodes}
        tensors = [tensor for source in named if (tensor := _nested(source, begins))[0] in there]
        return _without_appended(replace(body, arguments=list(known), results=tensors))

    def _body(
        self,
        written: Sequence[Any],
        resolve: _Resolve,
        begins: dict[str, dict[str, int]] | None = None,
        arguments: Mapping[str, str] | None = None,
    ) -> Body:
        """Return nodes and edges; `resolve` tells what an input is called here and `begins` learns of outputs."""
        nodes = [
            Node(name, "Placeholder", name, (), Kind.INPUT, (Output(None, dtype),))
            for name, dtype in (arguments or {}).items()
        ]
        names = {node.id.encode(): node.id for node in nodes}  # as written -> as drawn
        read: list[tuple[str, _Type, Any]] = []
        doubled: set[str] = set()
        for node in written:
            raw = node.name
            name = raw.decode("utf-8", "backslashreplace")
            if raw in names:
                name = _unused(name, names)
                doubled.add(name)
                raw = name.encode()
            names[raw] = name
            found = self._type(node)
            read.append((name, found, node.input))
            if begins is not None:
                begins[name] = found.begins
        calls = {name: found.calls for name, found, _ in read if found.calls}
        plain_names = set(names.values()).difference(calls)
        paths: dict[str, ScopePath] = {"": ()}
        edges: list[Edge] = []
        for name, found, inputs in read:
            outer, _, label = name.rpartition("/")
            scope = paths[outer] if outer in paths else _path(outer, paths, plain_names)
            note = "a second node of this name" if name in doubled else ""
            nodes.append(Node(name, found.op, label, scope, found.kind, found.outputs, found.attributes, note=note))
            for place, source in enumerate(inputs):
                maker = names.get(source)  # most inputs are a name and nothing more
                edges.append(Edge(maker, name, 0, place) if maker is not None else _edge(source, name, place, resolve))
        for name in sorted({edge.source for edge in edges}.difference(names.values())):
            nodes.append(Node(name, _MISSING, name.rpartition("/")[2], note="an input that is not in the file"))
        return Body(nodes, edges, calls=calls)

    def _type(self, node: Any) -> _Type:
        key = (node.op, node.device, *node.attr)
        found = self.types.get(key)
        if found is None:
            found = self.types[key] = self._read_type(text(node.op), text(node.device), node.attr)
        return found

    def _read_type(self, op: str, device: str, entries: Iterable[bytes]) -> _Type:
        attributes: dict[str, Any] = {}
        functions: dict[str, list[str]] = {}
        shapes: list[Any] = []
        constant = None
        for name, attribute in sorted(_attributes(entries), key=lambda item: item[0]):
            kind = attribute.WhichOneof("value")
            if kind == "tensor":
                constant = attribute.tensor if name == "value" else constant
            elif name == "_output_shapes":
                shapes = [shape_of(shape) for shape in attribute.list.shape]
            elif not name.startswith("_"):
                attributes[name] = plain(attribute)
                named = [attribute.func] if kind == "func" else attribute.list.func if kind == "list" else ()
                if named:
                    functions[name] = [text(function.name) for function in named]
        begins, types = returned(op, attributes)
        calls = calls_of(op, functions)
        if not calls and op in self.by_name:  # TensorFlow 1 calls a function by its name
            calls = (("", op),)
        made = outputs(types, shapes or _held(op, attributes), device)
        if op in _VARIABLES:  # what it holds says more than that it is a handle
            made = (Output(_shape(attributes.get("shape")), str(attributes.get("dtype", "unknown")), device),)
        if op == "Const" and constant is not None:
            made = (Output(shape_of(constant.shape), dtype_name(constant.dtype), device, tensor_summary(constant)),)
        kind = _kind(op, bool(calls))
        if kind == Kind.INPUT and made and made[0].dtype == "resource":  # a variable from outside
            kind = Kind.VARIABLE
        return _Type(op, kind, attributes, made, begins, calls)


def _without_appended(body: Body) -> Body:
    """Return `body` without the identities and the no-op that TensorFlow appends to name what is returned."""
    source = {edge.target: (edge.source, edge.source_output) for edge in body.edges if not edge.control}
    used = {edge.source for edge in body.edges if not edge.control}
    appended = {
        node.id
        for node in body.nodes
        if node.op == "Identity" and node.label.startswith("Identity") and node.id in source and node.id not in used
    } & {name for name, _ in body.results}
    waited_for = {edge.source for edge in body.edges if edge.control and edge.target not in appended}
    first = {edge.source for edge in body.edges if edge.control and edge.target in appended} - waited_for - used
    gone = appended | {node.id for node in body.nodes if node.op == "NoOp" and node.id in first}
    return replace(
        body,
        nodes=[node for node in body.nodes if node.id not in gone],
        edges=[edge for edge in body.edges if edge.source not in gone and edge.target not in gone],
        results=[source[name] if name in appended else (name, place) for name, place in body.results],
    )


def _attributes(entries: Iterable[bytes]) -> Iterator[tuple[str, Any]]:
    """Yield name and message of each attribute that can be read."""
    for data in entries:
        try:
            entry = parse("Entry", data)
            yield text(entry.key), parse("Attribute", entry.value)
        except DecodeError:
            continue  # nested too deep, or damaged: the node is drawn without it


def _held(op: str, attributes: Mapping[str, Any]) -> list[Any]:
    return [_shape(attributes["shape"])] if op in _HELD and "shape" in attributes else []


def _shape(listed: Any) -> tuple[int | None, ...] | None:
    return tuple(listed) if isinstance(listed, list) else None


def _kind(op: str, calls: bool) -> Kind:
    if op in _INPUTS:
        return Kind.INPUT
    if op == "Const":
        return Kind.CONSTANT
    if op in _VARIABLES:
        return Kind.VARIABLE
    return Kind.FUNCTION if calls else Kind.OP


def _path(outer: str, paths: dict[str, ScopePath], plain_names: set[str]) -> ScopePath:
    """Return the scope of a name's part before the last slash.

    What is named after an operation opens no scope, nor does anything in it (``w/Read/ReadVariableOp`` of the
    variable ``w``); what is named after a call is in the group of the call.
    """
    parts = outer.split("/")
    path: ScopePath = ()
    prefix = ""
    for part in parts:
        prefix = f"{prefix}/{part}" if prefix else part
        if prefix in plain_names:
            break
        path = (*path, part)
    paths[outer] = path
    return path


def _edge(written: bytes, name: str, place: int, resolve: _Resolve) -> Edge:
    source = text(written)
    if source[:1] == "^":
        return Edge(source[1:], name, 0, -1, True)
    maker, output = resolve(source) if ":" in source else (source, 0)
    return Edge(maker, name, output, place)


def _flat(source: str) -> tuple[str, int]:
    """Return what ``name:1`` means; a colon that no number follows belongs to the name."""
    maker, _, output = source.rpartition(":")
    return (maker, int(output)) if output.isdecimal() and len(output) < 9 else (source, 0)


def _nested(source: str, begins: Mapping[str, Mapping[str, int]]) -> tuple[str, int]:
    """Return what ``name:output:1`` means in a function, or the name of an argument."""
    maker, _, rest = source.partition(":")
    output, _, number = rest.partition(":")
    offset = int(number) if number.isdecimal() and len(number) < 9 else 0
    return maker, begins.get(maker, {}).get(output, 0) + offset


def _unused(name: str, taken: Mapping[bytes, str]) -> str:
    number = 2
    while f"{name} ({number})".encode() in taken:
        number += 1
    return f"{name} ({number})"
