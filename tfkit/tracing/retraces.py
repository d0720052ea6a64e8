"""Why a ``tf.function`` was traced as often as it was, in words.

TensorFlow traces anew for every combination of what it cannot leave open: Python values, types, shapes
(https://www.tensorflow.org/guide/function#rules_of_tracing).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import tensorflow as tf
from tensorflow.core.function.trace_type import default_types

from tfkit.errors import TraceError
from tfkit.printable import printable_forms


@dataclass(frozen=True)
class Trace:
    """One tracing: with what, why it was not one of the earlier ones, and how to avoid it."""

    signature: str
    reason: str
    advice: str


@dataclass(frozen=True)
class Retraces:
    """All traces of a function, in their order.

    `count` is how often TensorFlow ran the Python code.
    """

    name: str
    count: int
    traces: tuple[Trace, ...]

    def __repr__(self) -> str:
        lines = [self._summary()]
        for number, trace in enumerate(self.traces, 1):
            lines.append(f"{number}. {self.name}({trace.signature})")
            lines.append(f"   {trace.reason}{'. ' + trace.advice if trace.advice else ''}")
        return "\n".join(lines)

    def _summary(self) -> str:
        if not self.count:
            return f"{self.name} was not called yet: there is no trace."
        times = "once" if self.count == 1 else f"{self.count} times"
        return f"{self.name} was traced {times}."

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return printable_forms({"text/html": self._html(), "text/plain": repr(self)})

    def _html(self) -> str:
        cell = '<td style="text-align:left;vertical-align:top;overflow-wrap:anywhere">'
        rows = "".join(
            f"<tr>{cell}{number}</td>{cell}<code>{escape(f'{self.name}({trace.signature})')}</code></td>"
            f"{cell}{escape(trace.reason)}</td>{cell}{escape(trace.advice)}</td></tr>"
            for number, trace in enumerate(self.traces, 1)
        )
        titles = ("", "traced with", "why", "how to avoid it")
        head = "".join(f'<th style="text-align:left">{title}</th>' for title in titles)
        return f"<p>{escape(self._summary())}</p>" + (f"<table><tr>{head}</tr>{rows}</table>" if rows else "")


def retraces(function: Any) -> Retraces:
    """Return why each trace of a ``tf.function`` happened and how to avoid it.

    Args:
        function: The ``tf.function``, after some calls.

    Returns:
        One entry a trace; it shows itself as a table.

    Raises:
        TraceError: If `function` is no ``tf.function``.

    Example:
        >>> import tensorflow as tf, tfkit
        >>> @tf.function
        ... def power(x, n):
        ...     return x**n
        >>> for n in (2, 3):
        ...     _ = power(tf.constant(1.0), n)
        >>> tfkit.retraces(power)
        power was traced 2 times.
        1. power(x: () float32, n=2)
           the first call
        2. power(x: () float32, n=3)
           n is the Python value 3, and was 2 before. Every new Python value is traced anew: pass tf.constant(3)
    """
    if not hasattr(function, "experimental_get_tracing_count") or not hasattr(function, "python_function"):
        text = " ".join(repr(function).split())[:60]
        raise TraceError(f"{text} is no tf.function: only those are traced. Put @tf.function above the function.")
    made = bool(getattr(function, "_created_variables", None))
    seen: list[dict[str, Any]] = []
    traces = []
    for concrete in function._list_all_concrete_functions():
        parameters = {name: entry.type_constraint for name, entry in concrete.function_type.parameters.items()}
        signature = ", ".join(_parameter(name, kind) for name, kind in parameters.items())
        reason, advice = _compared(parameters, seen, _MADE_VARIABLES if len(seen) == 1 and made else _ELSEWHERE)
        traces.append(Trace(signature, reason, advice))
        seen.append(parameters)
    name = getattr(function.python_function, "__name__", "function")
    return Retraces(
        "function" if name == "<lambda>" else name, function.experimental_get_tracing_count(), tuple(traces)
    )


_MADE_VARIABLES = (
    "the first call made variables, and a function that did is traced once more, to be without that part",
    "Make the variables before the first call: in __init__, or by model.build",
)
_ELSEWHERE = (
    "called with the same arguments, but in other surroundings (a device, a distribution strategy, or inside "
    "another function)",
    "Call it in one place",
)


def _compared(parameters: Mapping[str, Any], seen: list[dict[str, Any]], elsewhere: tuple[str, str]) -> tuple[str, str]:
    """Return reason and advice, against the earlier trace that is most like it."""
    if not seen:
        return "the first call", ""
    nearest = min(reversed(seen), key=lambda earlier: _distance(parameters, earlier))
    found = [_difference(name, parameters[name], nearest[name]) for name in _differing(parameters, nearest)]
    if not found:
        return elsewhere
    return "; ".join(reason for reason, _ in found), ". ".join(dict.fromkeys(advice for _, advice in found))


def _distance(parameters: Mapping[str, Any], earlier: Mapping[str, Any]) -> int:
    """Return in how many parameters two traces differ; one of another kind or type counts twice."""

    def kind(entry: Any) -> Any:
        return entry.dtype if isinstance(entry, tf.TensorSpec) else type(entry)

    differing = _differing(parameters, earlier)
    return sum(1 if kind(parameters[name]) == kind(earlier[name]) else 2 for name in differing)


def _differing(parameters: Mapping[str, Any], earlier: Mapping[str, Any]) -> Iterator[str]:
    return (name for name in parameters if name in earlier and parameters[name] != earlier[name])


def _difference(name: str, now: Any, before: Any) -> tuple[str, str]:
    """Return what differs in one parameter, and what to do about it."""
    if isinstance(now, tf.TensorSpec) and isinstance(before, tf.TensorSpec):
        return _tensors(name, now, before)
    if isinstance(now, default_types.Literal) and isinstance(before, default_types.Literal):
        return _values(name, now.value, before.value)
    if {type(now), type(before)} == {tf.TensorSpec, default_types.Literal}:
        return (
            f"{name} is {_words(now)}, and was {_words(before)} before",
            f"Pass {name} as a tensor always, or as a Python value always",
        )
    if isinstance(now, default_types.Weakref) or isinstance(before, default_types.Weakref):
        return (
            f"{name} is another object than before",
            f"Every object is traced anew: pass the tensors of {name} that are needed, or use one object",
        )
    return (
        f"{name} is {_words(now)}, and was {_words(before)} before",
        f"Pass {name} in one structure always, with the same kinds of tensors in it",
    )


def _tensors(name: str, now: Any, before: Any) -> tuple[str, str]:
    if now.dtype != before.dtype:
        reason = f"{name} has the type {now.dtype.name}, and had {before.dtype.name} before"
        return reason, f"Cast {name} to one type before the call: tf.cast({name}, tf.{before.dtype.name})"
    reason = f"{name} has the shape {_shape(now)}, and had {_shape(before)} before"
    if now.shape.rank is None or before.shape.rank is None or now.shape.rank != before.shape.rank:
        shape = "None"
    else:
        axes = (a if a == b else None for a, b in zip(now.shape.as_list(), before.shape.as_list(), strict=True))
        shape = str(tuple(axes))
    spec = f"tf.TensorSpec({shape}, tf.{now.dtype.name})"
    return reason, f"Leave the shape open: @tf.function(reduce_retracing=True), or input_signature with {spec}"


def _values(name: str, now: Any, before: Any) -> tuple[str, str]:
    reason = f"{name} is the Python value {_short(now)}, and was {_short(before)} before"
    if isinstance(now, (bool, str)) or now is None or before is None:
        return reason, f"That is right for a switch with few values; each value of {name} has one trace"
    return reason, f"Every new Python value is traced anew: pass tf.constant({_short(now)})"


def _parameter(name: str, kind: Any) -> str:
    if isinstance(kind, default_types.Literal):
        return f"{name}={_short(kind.value)}"
    return f"{name}: {_words(kind)}"


def _words(kind: Any) -> str:
    """Return a kind of argument in words."""
    if isinstance(kind, tf.TensorSpec):
        return f"{_shape(kind)} {kind.dtype.name}"
    if isinstance(kind, default_types.Literal):
        return f"the Python value {_short(kind.value)}"
    if isinstance(kind, default_types.Dict):
        return "{" + ", ".join(f"{key!r}: {_words(entry)}" for key, entry in kind.mapping.items()) + "}"
    if isinstance(kind, default_types.List):
        return f"[{', '.join(map(_words, kind.components_tuple.components))}]"
    if isinstance(kind, default_types.Tuple):
        return f"({', '.join(map(_words, kind.components))})"
    if isinstance(kind, default_types.Weakref):
        return "an object"
    return " ".join(str(kind).split())[:80]


def _shape(spec: Any) -> str:
    return "?" if spec.shape.rank is None else str(tuple(spec.shape.as_list()))


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else f"{text[:37]}..."
