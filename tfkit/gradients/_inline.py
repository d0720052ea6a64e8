"""Calls of ``tf.function`` taken apart, so that what happens inside them has gradients, too."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function

from tfkit.tracing._function import converted, name_of
from tfkit.tracing._replace import replaced


@contextmanager
def inlined() -> Iterator[None]:
    """Let each call of a ``tf.function`` run as the Python function in it, until the block ends.

    In a graph, its operations stand in a name scope of its name; eagerly, they are executed one by one.
    """
    with replaced(Function, "__call__", _around_call):
        yield


def _around_call(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(function: Any, *args: Any, **kwargs: Any) -> Any:
        inner = function.python_function
        args, kwargs = tf.nest.map_structure(_as_passed, (args, kwargs))
        if tf.executing_eagerly():
            return inner(*args, **kwargs)
        with tf.name_scope(name_of(inner)):
            return converted(inner, kwargs)(*args)

    return call


def _as_passed(value: Any) -> Any:
    """Return an argument as the function sees it: arrays become tensors, as a ``tf.function`` makes them."""
    return tf.convert_to_tensor(value) if isinstance(value, np.ndarray) else value
