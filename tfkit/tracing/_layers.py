"""Which operations a Keras layer made, seen from outside while a function is traced."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tfkit.parts import Scope, ScopeKind, ScopePath
from tfkit.tracing._replace import replaced

_SETTINGS = ("units", "activation", "filters", "kernel_size", "strides", "padding", "rate", "pool_size", "axis")


@dataclass
class LayerCalls:
    """The calls of layers, each with the part of a graph's list of operations that it made."""

    # Layer, graph, name scope around it, first and end of its operations.
    calls: list[tuple[Any, Any, str, int, int]] = field(default_factory=list)
    descriptions: dict[int, dict[str, Any]] = field(default_factory=dict)  # by identity of the layer
    # The innermost call that raised: layer, its arguments, the graph, the exception.
    failed: tuple[Any, tuple[Any, ...], Any, BaseException] | None = None

    def found_in(self, graph: Any) -> dict[ScopePath, Scope]:
        """Return the name scopes of `graph` that are layers.

        Keras opens a name scope for each call, with a number after the layer's name where that name was in
        use: ``dense_1`` may be the second call of ``dense`` or the first of ``dense_1``. So the scope is
        looked for among the operations that the call made (not all are in it: inputs are cast before).
        """
        names = [operation.name for operation in graph.get_operations()] if self.calls else []
        found: dict[ScopePath, Scope] = {}
        for layer, where, around, first, end in self.calls:
            if where is graph and end > first:
                name = name_of_layer(layer)
                path = _scope_of(name, around, names[first:end])
                if path and path not in found:
                    found[path] = Scope(path, ScopeKind.LAYER, name, self.descriptions[id(layer)])
        return found


@contextmanager
def watch_layers() -> Iterator[LayerCalls]:
    """Note each call of a Keras layer until the block ends; nothing stays installed.

    If Keras is not loaded, no layer can be called, and nothing is done.
    """
    calls = LayerCalls()
    keras = sys.modules.get("keras")
    if keras is None:
        yield calls
        return
    import tensorflow as tf

    def around_call(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def noted(layer: Any, *args: Any, **kwargs: Any) -> Any:
            if tf.executing_eagerly():
                return original(layer, *args, **kwargs)
            graph = tf.compat.v1.get_default_graph()
            first, around = len(graph.get_operations()), graph.get_name_scope()
            try:
                return original(layer, *args, **kwargs)
            except Exception as error:
                if not calls.failed or calls.failed[-1] is not error:
                    calls.failed = layer, args, graph, error
                raise
            finally:
                calls.calls.append((layer, graph, around, first, len(graph.get_operations())))
                calls.descriptions[id(layer)] = describe_layer(layer)

        return noted

    with replaced(keras.layers.Layer, "__call__", around_call):
        yield calls


def name_of_layer(layer: Any) -> str:
    """Return what a layer is called; one that was never initialised has no name."""
    with suppress(Exception):
        return str(layer.name)
    return type(layer).__name__


def describe_layer(layer: Any) -> dict[str, Any]:
    """Return a layer's class, number of parameters and simple settings."""
    found: dict[str, Any] = {"class": type(layer).__name__}
    with suppress(Exception):  # a user's layer may count in its own way; its call goes on in any case
        if layer.built:
            found["parameters"] = int(layer.count_params())
    for key in _SETTINGS:
        with suppress(Exception):  # it may be a property of the user's that raises
            plain = _plain(getattr(layer, key, None))
            if plain is not None:
                found[key] = plain
    return found


def _plain(value: Any) -> Any:
    """Return a setting as JSON would give it back, or None where it is an object without a name."""
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value if isinstance(value, (int, float, str)) else getattr(value, "__name__", None)


def _scope_of(name: str, around: str, operations: list[str]) -> ScopePath:
    """Return the scope of a call: directly inside of the one around it, and called like the layer."""
    inside = f"{around}/" if around else ""
    called = re.compile(re.escape(inside) + re.escape(name) + r"(_\d+)?(?=/)")
    found = next(filter(None, map(called.match, operations)), None)
    return tuple(found[0].split("/")) if found else ()
