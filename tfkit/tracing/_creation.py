"""Which line made each operation of a function's graph, and which operation could not be made.

Seen from outside while TensorFlow traces; nothing stays installed.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from tensorflow.python.framework.func_graph import FuncGraph
from tensorflow.python.util import tf_stack

from tfkit.parts import Kind, Source
from tfkit.tracing._replace import replaced
from tfkit.tracing._source import is_generated, is_users, source_of


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
    """What was seen: the user's line of each operation, the graphs in the order of their beginning."""

    lines: dict[Any, tuple[str, int]] = field(default_factory=dict)  # operation -> file, line
    graphs: dict[int, Any] = field(default_factory=dict)  # by identity; keeps half-made graphs alive
    failures: list[Failure] = field(default_factory=list)

    def cause_of(self, error: BaseException) -> Failure | None:
        """Return the failure that `error` comes from; TensorFlow tries some operations and goes on without."""
        if not self.failures:
            return None
        last, seen = self.failures[-1], error
        first_line = str(last.error).partition("\n")[0]
        for _ in range(10):
            if seen is last.error or first_line in str(seen):
                return last
            following = seen.__cause__ or seen.__context__
            if following is None:
                break
            seen = following
        return None


@contextmanager
def watch_creation() -> Iterator[Creations]:
    """Note every operation that is added to a function's graph until the block ends."""
    seen = Creations()
    known: dict[CodeType, bool | None] = {}

    def around_creation(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def noted(graph: Any, op_type: str, inputs: Any, *args: Any, **options: Any) -> Any:
            seen.graphs.setdefault(id(graph), graph)
            try:
                operation = original(graph, op_type, inputs, *args, **options)
            except Exception as error:
                name = str(options.get("name") or op_type)
                source = source_of(tf_stack.extract_stack().get_user_frames())
                seen.failures.append(Failure(graph, op_type, name, tuple(inputs), error, source))
                raise
            line = _users_line(known)
            if line is not None:
                seen.lines[operation] = line
            return operation

        return noted

    with replaced(FuncGraph, "_create_op_internal", around_creation):
        yield seen


def _users_line(known: dict[CodeType, bool | None]) -> tuple[str, int] | None:
    """Return the innermost line of the user's that is being run, or None where AutoGraph stands in between.

    Args:
        known: What was found out about code so far; None: AutoGraph made it, its lines are not the user's.
    """
    frame = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        try:
            users = known[code]
        except KeyError:
            users = known[code] = None if is_generated(code.co_filename) else is_users(code.co_filename)
        if users is None:
            return None
        if users:
            return code.co_filename, frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return None
