"""Numbers to colour a graph by: what each node has of something, and what closed groups have together.

The page measures by the same rules (``widgets/src/engine/overlays.ts``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from tfkit.drawing.style import STYLE, norm
from tfkit.errors import GraphError
from tfkit.graph import Graph
from tfkit.parts import Kind, Node, Output, Overlay, Together

_BYTES: Mapping[str, int] = STYLE["dtype_bytes"]
_Measure = tuple[str, Together, Callable[[Node], float | None]]


def with_overlay(graph: Graph, by: str | Mapping[str, float], name: str, unit: str) -> Graph:
    """Return `graph` with numbers to colour it by; see `Graph.with_overlay`."""
    if isinstance(by, str):
        return replace(graph, overlay=_measured(graph, by))
    if not isinstance(by, Mapping):
        raise GraphError(f"An overlay is the name of a number or numbers by the ids of nodes, not {by!r:.60}.")
    if not by:
        raise GraphError("An overlay needs a number for one node at least.")
    values = {graph[str(node_id)].id: _number(node_id, value) for node_id, value in by.items()}
    return replace(graph, overlay=Overlay(name or "value", values, unit))


def _measured(graph: Graph, name: str) -> Overlay:
    if name not in _MEASURES:
        raise GraphError(f"Cannot colour by {name!r}; it must be one of {', '.join(map(repr, _MEASURES))}.")
    unit, how, measure = _MEASURES[name]
    measured = ((node.id, _finite(measure(node))) for node in graph.nodes)
    found = {node_id: value for node_id, value in measured if value is not None}
    if not any(found.values()):
        raise GraphError(f"Nothing is known about {name} in graph {graph.name!r}{_CURES.get(name, '')}.")
    return Overlay(name, found, unit, how)


def _number(node_id: str, value: float) -> float:
    number = None if isinstance(value, bool) or not hasattr(value, "__float__") else _finite(value)
    if number is None:
        raise GraphError(f"The overlay's value of node {node_id!r} must be a finite number, not {_short(value)}.")
    return number


def _finite(value: Any) -> float | None:
    """Return a number as a float, or None where that is none or would not be finite."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _short(value: Any) -> str:
    """Return how a value is written, shortened; Python refuses to write whole numbers of many digits."""
    try:
        return f"{value!r:.60}"
    except ValueError:
        return "so large a number"


def _parameters(node: Node) -> float | None:
    stated = node.attributes.get("parameters")
    if isinstance(stated, (int, float)) and not isinstance(stated, bool):
        return stated
    return _elements(node.outputs[0]) if node.kind == Kind.VARIABLE and node.outputs else None


def _elements(output: Output) -> int | None:
    """Return the number of elements; an axis of unknown size counts as one."""
    return None if output.shape is None else math.prod(1 if axis is None else axis for axis in output.shape)


def _output_bytes(node: Node) -> float | None:
    sizes = ((_elements(output), _BYTES.get(output.dtype)) for output in node.outputs)
    return _known(sum, [count * size for count, size in sizes if count is not None and size is not None])


def _range(node: Node) -> float | None:
    """Return the largest magnitude, because that is what grows when training fails."""
    values = (output.value for output in node.outputs if output.value is not None)
    ends = [_finite(end) for value in values for end in (value.minimum, value.maximum)]
    return _known(max, [abs(end) for end in ends if end is not None])


def _gradient_norm(node: Node) -> float | None:
    """Return the norm of the gradients, from the mean and the spread of their finite elements."""
    found = [output.gradient for output in node.outputs]
    norms = [
        norm(g)
        for g in found
        if g is not None and g.mean is not None and g.std is not None and math.isfinite(g.mean + g.std)
    ]
    return _known(lambda values: math.hypot(*values), norms)


def _known(together: Callable[[Iterable[float]], float], values: list[float]) -> float | None:
    return together(values) if values else None


def _time(node: Node) -> float | None:
    return node.cost.time_s if node.cost else None


def _memory(node: Node) -> float | None:
    return node.cost.memory_bytes if node.cost else None


_MEASURES: Mapping[str, _Measure] = {
    "parameters": ("", Together.SUM, _parameters),
    "output size": ("B", Together.SUM, _output_bytes),
    "time": ("s", Together.SUM, _time),
    "memory": ("B", Together.SUM, _memory),
    "value range": ("", Together.MOST, _range),
    "gradient norm": ("", Together.NORM, _gradient_norm),
}
_CURES = {
    "time": "; trace with tfkit.tracer(profile=True)",
    "memory": "; trace with tfkit.tracer(profile=True)",
    "value range": "; trace with values, not with tf.TensorSpec",
    "gradient norm": "; gradients come from tfkit.backprop",
}
