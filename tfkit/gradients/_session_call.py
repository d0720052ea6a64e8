"""A fetch of a TensorFlow 1 graph as a call, on a copy of what it needs.

What its session knows (fed placeholders, values of variables) becomes inputs of the copy: neither the graph nor the
session is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from tfkit.errors import GradientError
from tfkit.gradients._definition import without
from tfkit.tracing._function import as_inputs
from tfkit.tracing._operations import Inputs
from tfkit.tracing._session import needed

v1 = tf.compat.v1
_HELD = ("VariableV2", "Variable", "ReadVariableOp")


def session_call(graph: Any, fetches: Any, feeds: Mapping[Any, Any]) -> tuple[str, Callable[..., Any], None, Inputs]:
    """Return name, call in a graph, no eager call, and inputs of a fetch."""
    listed = fetches if isinstance(fetches, (list, tuple)) else [fetches]
    if len(listed) != 1 or listed[0] is None:
        raise GradientError("Say with fetches=... which one tensor of the graph to go back from: the loss.")
    try:
        fetch = graph.as_graph_element(listed[0], allow_operation=False)
        fed = {graph.as_graph_element(key, allow_operation=False): value for key, value in feeds.items()}
    except (KeyError, ValueError, TypeError) as error:
        raise GradientError(f"fetches and feed_dict must name tensors of the graph: {error}") from error
    stops = {tensor.op.name for tensor in fed}
    held = [op.outputs[0] for op in _needed(fetch.op, stops) if op.type in _HELD and op.name not in stops]
    given = {tensor.name: value for tensor, value in fed.items()}
    given |= zip((tensor.name for tensor in held), _values(graph, held, feeds), strict=True)
    kept = _needed(fetch.op, {name.rpartition(":")[0] for name in given})
    unfed = [op.name for op in kept if op.type == "Placeholder" and f"{op.name}:0" not in given]
    if unfed:
        raise GradientError(f"The placeholder {unfed[0]!r} is not fed: give it a value in feed_dict.")
    arrays = [_array(graph, name, value) for name, value in given.items()]
    inputs = as_inputs(tuple(arrays), [_label(graph.get_tensor_by_name(name)) for name in given])
    return "graph", _copied(graph, [op.name for op in kept], list(given), fetch.name), None, inputs


def _copied(graph: Any, kept: Sequence[str], given: Sequence[str], fetch: str) -> Callable[..., Any]:
    """Return what puts the kept operations into the graph that is being made, its arguments in place of others."""
    wanted = set(kept) - {name.rpartition(":")[0] for name in given}
    definition = without(graph.as_graph_def(), {op.name for op in graph.get_operations() if op.name not in wanted})

    def call(*tensors: Any) -> Any:
        mapped = dict(zip(given, tensors, strict=True))
        return tf.graph_util.import_graph_def(definition, mapped, [fetch], name="")[0]

    return call


def _needed(operation: Any, stops: set[str]) -> list[Any]:
    """Return the operations that a fetch needs, up to what is given, in the graph's order."""
    names = needed([operation], stops)
    return [op for op in operation.graph.get_operations() if op.name in names]


def _values(graph: Any, tensors: Sequence[Any], feeds: Mapping[Any, Any]) -> list[Any]:
    """Return what variables hold in the session that is the default one there."""
    if not tensors:
        return []
    session = v1.get_default_session()
    if session is None or session.graph is not graph:
        raise GradientError(
            "The variables of this graph have values in a session only: call tfkit.backprop inside of "
            "with tf.compat.v1.Session(graph=graph), after the initialiser ran."
        )
    return list(session.run(list(tensors), feeds))


def _label(tensor: Any) -> str:
    """Return what people call a tensor: of a variable that is read, the variable."""
    return str((tensor.op.inputs[0] if tensor.op.type == "ReadVariableOp" else tensor).op.name)


def _array(graph: Any, name: str, value: Any) -> Any:
    """Return a value in the type of the tensor that it stands for."""
    return tf.make_ndarray(tf.make_tensor_proto(value, graph.get_tensor_by_name(name).dtype.base_dtype))
