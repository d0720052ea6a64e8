"""The graph up to where a traced function failed, with the failing operation in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import tensorflow as tf

from tfkit.bodies import Body, inner_prefix, open_bodies, readable_name
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Mark, Node
from tfkit.tracing._creation import Creations, Failure
from tfkit.tracing._functions import Functions
from tfkit.tracing._operations import Reader

_NODE = re.compile(r"\{\{(?:function_)?node ([^}]+)\}\}")
_BOLD = re.compile("\x1b\\[1m(.+?)\x1b\\[0m", re.DOTALL)


def attach_graph(error: BaseException, graph: Any, reader: Reader, seen: Creations) -> None:
    """Leave the graph up to the failure on the exception, which stays the user's own."""
    # Whatever goes wrong here (a half-made graph, an exception class with slots): theirs matters, not ours.
    with suppress(Exception):
        error.tfkit_graph = graph_up_to(error, graph, reader, seen)  # type: ignore[attr-defined]


def graph_up_to(error: BaseException, graph: Any, reader: Reader, seen: Creations) -> Graph:
    """Return what was recorded before `error`, with the operation (or else the layer) that raised it marked."""
    failed_layer = reader.layers.failed
    failure = seen.cause_of(error)
    if failure is None and failed_layer is not None and _came_from(error, failed_layer[-1]):
        layer, arguments, where, cause = failed_layer
        failure = Failure(
            where, type(layer).__name__, layer.name, tuple(tf.nest.flatten(arguments)), cause, kind=Kind.LAYER
        )
    return mark_failed(_opened(graph, reader, seen, failure), error)


def _came_from(error: BaseException, cause: BaseException) -> bool:
    return error is cause or error.__cause__ is cause or error.__context__ is cause or str(cause) in str(error)


def _opened(graph: Any, reader: Reader, seen: Creations, failure: Failure | None) -> Graph:
    """Return the graph with the bodies that were being traced put where they are called from."""
    functions = Functions(graph)
    unfinished = {_name(inner): inner for inner in seen.graphs.values() if inner is not graph}

    def body(where: Any, prefix: str) -> Body:
        found = reader.body(where, prefix)
        begun = [inner for inner in unfinished.values() if inner.outer_graph is where and _is_open(inner, failure)]
        return _with_failure(_with_begun(found, begun), where, failure)

    def body_of(caller: str, role: str, name: str) -> Body | None:
        where = unfinished.get(name) or functions.graph_of(name)
        return None if where is None else body(where, inner_prefix(caller, role))

    opened = open_bodies(reader.inputs.name or graph.name, body(graph, ""), body_of)
    return opened if failure is None or failure.graph is graph else _with_outer_inputs(opened, graph, failure)


def _with_outer_inputs(opened: Graph, graph: Any, failure: Failure) -> Graph:
    """Return the graph with what the failed operation of a body was given from outside of it.

    TensorFlow passes such a tensor in only when the operation is made.
    """
    known = {node.id: node for node in opened.nodes}
    failed = next((node.id for node in opened.nodes if node.mark == Mark.FAILED), None)
    if failed is None:  # so deep in nested functions that it is not opened
        return opened
    given = _given(failure, graph, known)
    edges = [Edge(tensor.op.name, failed, tensor.value_index, place) for place, tensor in given]
    return replace(opened, edges=(*opened.edges, *edges))


def _name(graph: Any) -> str:
    """Return a name for a function that has none yet."""
    return f"{graph.name}_{id(graph)}"


def _is_open(inner: Any, failure: Failure | None) -> bool:
    """Return whether the failure happened in this body or in one that it calls."""
    where = failure.graph if failure else None
    while where is not None:
        if where is inner:
            return True
        where = getattr(where, "outer_graph", None)
    return False


def _with_begun(body: Body, begun: Sequence[Any]) -> Body:
    """Return `body` with a calling node for each function that was still being traced."""
    nodes, edges, calls = list(body.nodes), list(body.edges), dict(body.calls)
    known = {node.id for node in nodes}
    for inner in begun:
        node_id = inner.name
        nodes.append(Node(node_id, "PartitionedCall", readable_name(inner.name), kind=Kind.FUNCTION))
        calls[node_id] = (("", _name(inner)),)
        sources = [tensor for tensor in inner.external_captures if hasattr(tensor, "op") and tensor.op.name in known]
        edges += [Edge(tensor.op.name, node_id, tensor.value_index, i) for i, tensor in enumerate(sources)]
    return replace(body, nodes=nodes, edges=edges, calls=calls)


def _with_failure(body: Body, where: Any, failure: Failure | None) -> Body:
    """Return `body` with the operation that TensorFlow refused to make, and what it was given."""
    if failure is None or failure.graph is not where:
        return body
    known = {node.id: node for node in body.nodes}
    node_id = failure.name.strip("/") or failure.op_type
    *outer, label = node_id.split("/")
    while node_id in known:
        node_id += "*"
    note = first_sentence(failure.error)
    shapes = [shape_words(tensor) for tensor in failure.inputs if hasattr(tensor, "shape")]
    if shapes:
        note += f" (inputs: {', '.join(shapes)})"
    node = Node(
        node_id,
        failure.op_type,
        label,
        tuple(outer),
        failure.kind,
        source=failure.source,
        mark=Mark.FAILED,
        note=note,
    )
    given = _given(failure, where, known)
    edges = [Edge(tensor.op.name, node_id, tensor.value_index, place) for place, tensor in given]
    return replace(body, nodes=[*body.nodes, node], edges=[*body.edges, *edges])


def _given(failure: Failure, where: Any, known: dict[str, Node]) -> Iterator[tuple[int, Any]]:
    """Yield the tensors of this graph among the inputs of the operation that failed, with their places."""
    for place, tensor in enumerate(failure.inputs):
        if getattr(tensor, "graph", None) is where and tensor.op.name in known:
            yield place, tensor


def shape_words(tensor: Any) -> str:
    """Return shape and type of a tensor in words."""
    shape = tf.TensorShape(tensor.shape)
    return f"{'?' if shape.rank is None else tuple(shape.as_list())} {tf.dtypes.as_dtype(tensor.dtype).name}"


def first_sentence(error: BaseException) -> str:
    """Return what went wrong, without the names and stacks that TensorFlow adds."""
    # Keras puts what matters in bold, between the name of the layer and all of its arguments.
    bold = _BOLD.search(str(error))
    lines = [line.strip() for line in (bold[1] if bold else str(error)).splitlines() if line.strip()]
    # In an error of a run, the reason stands before the line that names the node.
    named = next((place for place, line in enumerate(lines) if line.startswith("[[{{")), 1)
    text = re.sub(r"^\{\{function_node [^}]*\}\}\s*", "", lines[max(named - 1, 0)]) if lines else ""
    return re.split(r" for '\{\{node|\s*\[Op:|\s*\[\[", text)[0][:300] or type(error).__name__


def mark_failed(graph: Graph, error: BaseException) -> Graph:
    """Return `graph` with the node marked that the message of a run's error names."""
    if any(node.mark == Mark.FAILED for node in graph.nodes):
        return graph
    named = {name for text in _messages(error) for name in _NODE.findall(text)}
    found = [node for node in graph.nodes if node.id in named] or [
        node for node in graph.nodes if any(node.id.endswith(f"/{name}") for name in named)
    ]
    marked = {node.id: replace(node, mark=Mark.FAILED, note=first_sentence(error)) for node in found[:1]}
    return replace(graph, nodes=tuple(marked.get(node.id, node) for node in graph.nodes))


def _messages(error: BaseException) -> Iterator[str]:
    seen: BaseException | None = error
    for _ in range(10):  # an exception may have been made its own cause
        if seen is None:
            return
        yield str(seen)
        seen = seen.__cause__
