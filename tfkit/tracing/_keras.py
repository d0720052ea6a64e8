"""Keras models and layers to graphs: operations, with each layer as a group."""

from __future__ import annotations

import re
from typing import Any

import keras
import tensorflow as tf

from tfkit.errors import TraceError
from tfkit.graph import Graph
from tfkit.tracing._backend import refuse_other_backend
from tfkit.tracing._function import trace_call
from tfkit.tracing._options import Options


def trace_keras(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any], options: Options) -> Graph:
    """Trace a call of a model or layer; without arguments, on inputs of the shapes it was built for."""
    refuse_other_backend("tfkit traces", TraceError)
    if args or "inputs" in kwargs:
        names = [f"input_{place}" if place else "input" for place in range(len(args))]
        return trace_call(layer.name, lambda *inner: layer(*inner, **kwargs), args, names, options)
    structure = _input_structure(layer)
    flat = tf.nest.flatten(structure)
    specs = [tf.TensorSpec(t.shape, t.dtype, _input_name(t.name, place)) for place, t in enumerate(flat)]

    def call(*tensors: Any) -> Any:
        return layer(tf.nest.pack_sequence_as(structure, list(tensors)), **kwargs)

    return trace_call(layer.name, call, tuple(specs), [], options)


def _input_name(name: str, place: int) -> str:
    """Return the name that the user gave an input; Keras' own counts every tensor ever made."""
    if re.fullmatch(r"keras_tensor(_\d+)?", name):
        return f"input_{place}" if place else "input"
    return name.replace("/", "_")


def _input_structure(layer: Any) -> Any:
    """Return the symbolic inputs of a built model, in the structure in which it takes them."""
    try:
        structure = layer.inputs[0] if isinstance(layer, keras.Sequential) else layer.input
    except (AttributeError, ValueError, TypeError):  # not built: TypeError is a Sequential's None[0]
        structure = None
    if structure is None:
        raise TraceError(
            f"{type(layer).__name__} {layer.name!r} does not know its input yet: pass an example, as in "
            "tfkit.trace(layer, x), or a tf.TensorSpec."
        )
    return structure
