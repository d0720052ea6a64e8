"""Which graphs TensorFlow begins while it traces, and which operation could not be made.

Seen from outside while TensorFlow traces; nothing stays installed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf
from tensorflow.python.autograph.operators import control_flow
from tensorflow.python.framework.func_graph import FuncGraph
from tensorflow.python.util import tf_stack

from tfkit.parts import Kind, Source
from tfkit.tracing._replace import replaced
from tfkit.tracing._source import source_of


@dataclass(frozen=True)
class Failure:
    """An operation that TensorFlow refused to make, or a layer that refused its inputs."""

    graph: Any
    op_type: str
    name: str
    inputs: tuple[Any, ...]
    error: BaseException
    source: Source | None = None
    kind: Kind = Kind.OP


@dataclass
class Creations:
    """What was seen: the graphs in the order of their beginning, and what went wrong."""

    graphs: dict[int, Any] = field(default_factory=dict)  # by identity; keeps half-made graphs alive
    failures: list[Failure] = field(default_factory=list)
    # What the user calls the arguments of a loop's body, by identity of the graph and name of the operation.
    names: dict[tuple[int, str], str] = field(default_factory=dict)

    def cause_of(self, error: BaseException) -> Failure | None:
        """Return the failure that `error` comes from; TensorFlow tries some operations and goes on without."""
        if not self.failures:
            return None
        last, seen = self.failures[-1], error
        first_line = str(last.error).partition("\n")[0]
        for _ in range(10):
            if seen is last.error or first_line in str(seen):
                return last
            following = seen.__context__ if seen.__cause__ is None else seen.__cause__
            if following is None:
                break
            seen = following
        return None


@contextmanager
def watch_creation() -> Iterator[Creations]:
    """Note the graphs to which operations are added until the block ends, and what cannot be added."""
    seen = Creations()

    def around_creation(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def noted(graph: Any, op_type: str, inputs: Any, *args: Any, **options: Any) -> Any:
            seen.graphs.setdefault(id(graph), graph)
            try:
                return original(graph, op_type, inputs, *args, **options)
            except Exception as error:
                name = str(options.get("name") or op_type)
                source = source_of(tf_stack.extract_stack().get_user_frames())
                seen.failures.append(Failure(graph, op_type, name, tuple(inputs), error, source))
                raise

        return noted

    def around_loop(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def named(test: Any, body: Any, get_state: Any, set_state: Any, symbols: Any, options: Any) -> Any:
            def noted(values: Any) -> None:
                seen.names |= _names_of(symbols, values)
                set_state(values)

            return original(test, body, get_state, noted, symbols, options)

        return named

    with (
        replaced(FuncGraph, "_create_op_internal", around_creation),
        replaced(control_flow, "_tf_while_stmt", around_loop),
    ):
        yield seen


def _names_of(symbols: Iterable[str], values: Iterable[Any]) -> dict[tuple[int, str], str]:
    """Return the user's name for each tensor that AutoGraph puts into a Python variable while it makes a loop."""
    return {
        (id(tensor.graph), tensor.op.name): symbol
        for symbol, value in zip(symbols, values, strict=False)
        for tensor in tf.nest.flatten(value, expand_composites=True)
        if tf.is_symbolic_tensor(tensor) and tensor.op.type == "Placeholder" and symbol.isidentifier()
    }
