"""The gradient of one scalar added to a graph, with every share of it on the way noted."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf
from tensorflow.python.framework import ops
from tensorflow.python.ops import gradients_util

from tfkit.errors import GradientError
from tfkit.garbage import uncollected
from tfkit.gradients._local import Shape, local_places
from tfkit.gradients._numbers import Place
from tfkit.tracing._replace import replaced

_MOST_OPERATIONS = 1000  # of a graph in which the derivatives of single operations are computed, too


@dataclass
class Backward:
    """Which tensors of a graph hold the gradient of its output, by the place that they belong to."""

    gradients: dict[Place, Any] = field(default_factory=dict)
    shares: dict[Place, Any] = field(default_factory=dict)
    locals: dict[Place, Any] = field(default_factory=dict)


@uncollected()
def add_gradient(graph: Any, output: Any, starts: Sequence[Any]) -> Backward:
    """Add to a graph the gradient of a scalar by every tensor between the starts and it.

    ``tf.gradients`` goes through the operations from the last to the first. Each is looked at when what comes to it
    is summed up, and again when its own gradient function has answered.

    Args:
        graph: The ``FuncGraph``; operations are added to it.
        output: The scalar.
        starts: What the ways begin at; of a variable, its handle. Of what is made of constants alone there is no
            gradient.

    Raises:
        GradientError: If an operation on the way has no gradient function.
    """
    found, moved, operations = Backward(), _made_of(starts), graph.get_operations()
    sources = [tensor for op in operations for tensor in op.outputs if _place(tensor) in moved and _is_source(tensor)]
    small = len(operations) <= _MOST_OPERATIONS

    def around_sums(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def noted(grads: Any, op: Any, *args: Any) -> Any:
            out_grads = original(grads, op, *args)
            if op.graph is graph:  # not in the body of a loop, whose gradient is a loop of its own
                _note(found.gradients, op, out_grads)
            return out_grads

        return noted

    def around_shares(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def noted(op: Any, out_grads: Any, in_grads: Any) -> Any:
            if op.graph is graph:
                ways = zip(op.inputs, in_grads, strict=False)
                _note(found.shares, op, [share if _place(tensor) in moved else None for tensor, share in ways])
                if small:
                    _note_local(found, op)
            return original(op, out_grads, in_grads)

        return noted

    with (
        graph.as_default(),
        replaced(gradients_util, "_AggregatedGrads", around_sums),
        replaced(gradients_util, "_LogOpGradients", around_shares),
    ):
        try:
            totals = tf.gradients(output, sources)
        except LookupError as error:
            raise GradientError(without_gradient(error)) from error
        for source, total in zip(sources, totals, strict=True):
            if total is not None:
                found.gradients[_place(source)] = _dense(total)
    return found


def _made_of(starts: Sequence[Any]) -> set[Place]:
    """Return where these tensors are, and all that they go into."""
    found, waiting = set[Place](), list(starts)
    while waiting:
        tensor = waiting.pop()
        if _place(tensor) not in found:
            found.add(_place(tensor))
            waiting += [made for user in tensor.consumers() for made in user.outputs]
    return found


def _is_source(tensor: Any) -> bool:
    """Return whether a tensor has a gradient and is made of nothing that has one: an input, a float of a number."""
    return _may_have_gradient(tensor) and not any(map(_may_have_gradient, tensor.op.inputs))


def _may_have_gradient(tensor: Any) -> bool:
    return bool(tensor.dtype.base_dtype == tf.resource or tensor.dtype.is_floating or tensor.dtype.is_complex)


def _place(tensor: Any) -> Place:
    return tensor.op.name, tensor.value_index


def _note(found: dict[Place, Any], op: Any, gradients: Sequence[Any]) -> None:
    for number, gradient in enumerate(gradients):
        if _is_gradient(gradient):
            found[op.name, number] = _dense(gradient)


def _note_local(found: Backward, op: Any) -> None:
    shapes = list(map(_shape, op.inputs))
    places = [
        place
        for place in local_places(op.type, shapes, list(map(_shape, op.outputs)))
        if (op.name, place) in found.shares
    ]
    if not places:
        return
    answer = ops.get_gradient_function(op)(op, tf.ones_like(op.outputs[0]))
    derivatives = answer if isinstance(answer, (list, tuple)) else [answer]
    found.locals |= {(op.name, place): _dense(derivatives[place]) for place in places}


def _shape(tensor: Any) -> Shape:
    return None if tensor.shape.rank is None else tuple(tensor.shape.as_list())


def _is_gradient(gradient: Any) -> bool:
    """Return whether there is a gradient: for an output that nothing depends on, TensorFlow has an empty list."""
    return gradient is not None and not (isinstance(gradient, (list, tuple)) and not gradient)


def _dense(gradient: Any) -> Any:
    return tf.convert_to_tensor(gradient) if isinstance(gradient, tf.IndexedSlices) else gradient


def without_gradient(error: LookupError) -> str:
    """Return what TensorFlow says about an operation that has no gradient, with a cure.

    Example:
        >>> without_gradient(LookupError("No gradient defined for operation'NextAfter' (op type: NextAfter). In ..."))
        "Operation 'NextAfter' (NextAfter) has no gradient: use another one, or tf.stop_gradient around it."
    """
    found = re.search(r"operation\s*'([^']+)' \(op type: (\w+)\)", str(error))
    name = f"Operation {found[1]!r} ({found[2]})" if found else f"An operation ({error})"
    return f"{name} has no gradient: use another one, or tf.stop_gradient around it."
