"""Back-propagation one step at a time, in words. The page says the same (``widgets/src/engine/steps.ts``)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tfkit.drawing.style import number_text
from tfkit.graph import Graph
from tfkit.parts import Edge, Node


class Phase(StrEnum):
    """Which way the numbers go."""

    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True)
class Step:
    """One node that is computed, or gone back through; `text` says it with its numbers.

    Example:
        >>> Step(Phase.FORWARD, "mul", "mul = Mul(w = 2, x = 3) = 6").node
        'mul'
    """

    phase: Phase
    node: str
    text: str

    def __str__(self) -> str:
        return f"{self.phase}: {self.text}"


def steps_of(graph: Graph) -> tuple[Step, ...]:
    """Return the steps of a graph with gradients: each operation forward, then back from the last."""
    into: dict[str, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        if not edge.control:
            into[edge.target].append(edge)
    times = Counter(node.label for node in graph.nodes)
    names = {node.id: node.label if times[node.label] == 1 else node.id for node in graph.nodes}
    forward = [node for node in graph.nodes if into[node.id] and node.outputs and node.outputs[0].value is not None]
    backward = [node for node in reversed(graph.nodes) if any(edge.gradient for edge in into[node.id])]
    return (
        *(Step(Phase.FORWARD, node.id, _forward(names, node, into[node.id])) for node in forward),
        *(Step(Phase.BACKWARD, node.id, _backward(names, node, into[node.id])) for node in backward),
    )


def _forward(names: Mapping[str, str], node: Node, edges: list[Edge]) -> str:
    value = number_text(node.outputs[0].value)
    given = ", ".join(names[edge.source] for edge in edges)
    return f"{names[node.id]} = {node.op}({given}) = {value}"


def _backward(names: Mapping[str, str], node: Node, edges: list[Edge]) -> str:
    upstream = number_text(node.outputs[0].gradient)
    told = [f"{names[node.id]} has the gradient {upstream}"]
    for edge in edges:
        if edge.gradient is not None:
            product = "" if edge.local is None else f"{number_text(edge.local)} \u00b7 {upstream} = "
            told.append(f"to {names[edge.source]}: {product}{number_text(edge.gradient)}")
    return "; ".join(told)
