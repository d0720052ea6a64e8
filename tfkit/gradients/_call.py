"""What is differentiated: any of the objects that tfkit traces, as one call that returns one number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from tfkit.errors import GradientError
from tfkit.gradients._definition import without
from tfkit.gradients._session_call import session_call
from tfkit.tracing._backend import refuse_other_backend
from tfkit.tracing._function import as_inputs, converted, name_of, parameter_names
from tfkit.tracing._kinds import is_a
from tfkit.tracing._operations import Inputs


@dataclass(frozen=True)
class Call:
    """A function, how to call it while a graph is made (`traced`) and eagerly (`eager`, None: not at all)."""

    name: str
    traced: Callable[..., Any]
    eager: Callable[..., Any] | None
    inputs: Inputs

    def returning_one(self, loss: Callable[[Any], Any] | None) -> Call:
        """Return the call with one float number as its result; `loss` makes it."""
        if loss is not None and not callable(loss):
            raise GradientError(f"loss must be a function that makes one number of the output, not {loss!r:.60}.")

        def one(function: Callable[..., Any], lossy: Callable[[Any], Any] | None) -> Callable[..., Any]:
            return lambda *args: _one(self.name, function(*args) if lossy is None else lossy(function(*args)), loss)

        eager = None if self.eager is None else one(self.eager, loss)
        return replace(self, traced=one(self.traced, loss and converted(loss, {})), eager=eager)


def call_of(fn: Any, args: tuple[Any, ...], fetches: Any, feed_dict: Mapping[Any, Any] | None) -> Call:
    """Return the call of an object with these arguments."""
    if isinstance(fn, tf.Graph) and not hasattr(fn, "structured_outputs"):
        if args:
            raise GradientError("A tf.Graph takes fetches=... and feed_dict={...}, and no other arguments.")
        return Call(*session_call(fn, fetches, feed_dict or {}))
    if fetches is not None or feed_dict is not None:
        raise GradientError("fetches and feed_dict are for a tf.Graph; a function is called with its arguments.")
    args = tuple(value.numpy() if _is_eager(value) else value for value in args)
    name, traced, eager, names = _parts(fn, len(args))
    inputs = as_inputs(args, names)
    if not inputs.concrete:
        raise GradientError(f"{name} needs numbers to be differentiated at, and not only a tf.TensorSpec.")
    return Call(name, traced, eager, inputs)


def _is_eager(value: Any) -> bool:
    return (
        tf.is_tensor(value)
        and not isinstance(value, tf.Variable)
        and hasattr(value, "numpy")
        and value.dtype not in (tf.resource, tf.variant, tf.string)
    )


def _parts(fn: Any, count: int) -> tuple[str, Callable[..., Any], Callable[..., Any] | None, list[str]]:
    """Return what a function is called, how it is called in a graph and eagerly, and the names of its parameters."""
    if hasattr(fn, "structured_input_signature") and hasattr(fn, "captured_inputs"):
        name = tf.compat.as_str(fn.name)
        inner = [tensor.op.name for tensor in fn.graph.inputs]
        return name.removeprefix("__inference_").rpartition("_")[0] or name, _imported(fn), None, inner
    if is_a(fn, "keras", "Layer"):
        refuse_other_backend("tfkit differentiates", GradientError)
        return str(fn.name), fn, fn, [f"input_{place}" if place else "input" for place in range(count)]
    inner = getattr(fn, "python_function", fn)  # of a tf.function
    if not callable(inner) or isinstance(inner, type):
        raise GradientError(
            f"Cannot differentiate {fn!r:.60}: pass a function, a tf.function, a Keras model or a tf.Graph."
        )
    return name_of(inner), converted(inner, {}), inner, parameter_names(inner, count)


def _imported(function: Any) -> Callable[..., Any]:
    """Return what puts the operations of a concrete function into the graph that is being made."""

    def call(*args: Any) -> Any:
        graph = tf.compat.v1.get_default_graph()
        given = [*args, *map(graph.capture, function.captured_inputs)]
        if len(given) != len(function.graph.inputs):
            wanted = len(function.graph.inputs) - len(function.captured_inputs)
            raise GradientError(f"This function takes {wanted} tensors, and not {len(args)}.")
        mapped = {inner.name: value for inner, value in zip(function.graph.inputs, given, strict=True)}
        names = [tensor.name for tensor in function.graph.outputs]
        definition = without(function.graph.as_graph_def(), {tensor.op.name for tensor in function.graph.inputs})
        return tf.graph_util.import_graph_def(definition, mapped, names, name="")

    return call


def _one(name: str, result: Any, loss: Any) -> Any:
    """Return the one float number that a function returned, or refuse to go on."""
    flat = [part for part in tf.nest.flatten(result, expand_composites=True) if part is not None]
    made = "The loss" if loss is not None else name
    cure = "pass loss=, a function that makes one number of it, such as lambda y: tf.reduce_sum(y)"
    if len(flat) != 1:
        raise GradientError(f"{made} returns {len(flat)} values, and only one number can be gone back from: {cure}.")
    if not tf.is_tensor(flat[0]):
        raise GradientError(f"{made} returns {flat[0]!r:.60}, which is no tensor: no operation of TensorFlow made it.")
    tensor = flat[0]
    if not (tensor.dtype.is_floating or tensor.dtype.is_complex):
        raise GradientError(f"{made} returns a tensor of {tensor.dtype.name}, and only floats have gradients.")
    if tensor.shape.num_elements() != 1:
        raise GradientError(f"{made} returns a tensor of shape {tensor.shape}, and not one number: {cure}.")
    return tensor


def refuse_whole_numbers(inputs: Inputs, wanted: list[Any] | None) -> None:
    """Refuse inputs of whole numbers where a derivative by them is asked for, or by nothing else."""
    whole = {
        inputs.names[place] if place < len(inputs.names) else f"arg_{place}": tensor
        for place, tensor in zip(inputs.places, inputs.tensors, strict=True)
        if not (tensor.dtype.is_floating or tensor.dtype.is_complex)
    }
    named = None if wanted is None else {entry for entry in wanted if isinstance(entry, str)}
    asked = [name for name in whole if named is None or name in named]
    if asked and (named is not None or len(whole) == len(inputs.tensors)):
        name = asked[0]
        shown = whole[name].numpy()
        cure = f"pass {float(shown)}" if np.ndim(shown) == 0 else "pass it as floats, with .astype('float32')"
        raise GradientError(
            f"{name} is {shown!s:.40} ({whole[name].dtype.name}), and only floats have derivatives: {cure}."
        )
