"""Why an input has no gradient: which node cuts the way to the output."""

from __future__ import annotations

from collections.abc import Collection

from tfkit.gradients._numbers import Place
from tfkit.graph import Graph

_REASONS = {
    "StopGradient": "it stops gradients",
    "Cast": "a conversion to whole numbers has none",
    "Const": "it is a constant",
}


def why_none(graph: Graph, source: str, output: str, reached: Collection[Place]) -> str:
    """Return in words why no gradient arrives at a node; `reached` are the outputs at which one does.

    A cut is a node with a gradient that hands none on, on a way that leads from the source to the output.
    """
    label = graph[source].label
    on_the_way = {node.id for node in graph.between(source, output)}
    if not on_the_way:
        return f"{label} has no gradient: nothing leads from it to the output {graph[output].label}."
    has = {node_id for node_id, _ in reached}
    cuts = [
        graph[edge.target]
        for edge in graph.edges
        if {edge.source, edge.target} <= on_the_way and edge.target in has and edge.source not in has
    ]
    if not cuts:
        return f"{label} has no gradient: nothing that has one is made of it."
    cut = cuts[-1]
    line = f" ({cut.source})" if cut.source else ""
    reason = _REASONS.get(cut.op, "its derivative does not exist or is zero everywhere")
    return f"{label} has no gradient: it is cut at {cut.id} ({cut.op}){line}; {reason}."
