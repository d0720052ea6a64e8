"""What was computed for a graph, and the graph with it written on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tfkit.garbage import uncollected
from tfkit.graph import Graph
from tfkit.parts import Edge, Node, Output, limit_pictures
from tfkit.summaries import summarize

Place = tuple[str, int]  # id of a node; number of its output, or of its input
Array = np.ndarray[Any, Any]


@dataclass
class Numbers:
    """The arrays of one run: of outputs (values, gradients) and of inputs (shares in gradients, local derivatives)."""

    values: Mapping[Place, Array] = field(default_factory=dict)
    gradients: Mapping[Place, Array] = field(default_factory=dict)
    shares: Mapping[Place, Array] = field(default_factory=dict)
    locals: Mapping[Place, Array] = field(default_factory=dict)


@uncollected()
def written_on(graph: Graph, numbers: Numbers, notes: Mapping[str, str]) -> Graph:
    """Return `graph` with summaries of all numbers on its nodes and edges, and with notes by id of a node."""
    nodes = limit_pictures(_node(node, numbers, notes) for node in graph.nodes)
    edges = tuple(_edge(edge, numbers) for edge in graph.edges)
    return replace(graph, nodes=nodes, edges=edges)


def _node(node: Node, numbers: Numbers, notes: Mapping[str, str]) -> Node:
    outputs = tuple(_output(output, (node.id, place), numbers) for place, output in enumerate(node.outputs))
    return replace(node, outputs=outputs, note=notes.get(node.id, node.note))


def _output(output: Output, place: Place, numbers: Numbers) -> Output:
    value, gradient = numbers.values.get(place), numbers.gradients.get(place)
    return replace(
        output,
        shape=output.shape if value is None else value.shape,
        value=output.value if value is None else summarize(value),
        gradient=None if gradient is None else summarize(gradient),
    )


def _edge(edge: Edge, numbers: Numbers) -> Edge:
    share = numbers.shares.get((edge.target, edge.target_input))
    if share is None or edge.control or (edge.source, edge.source_output) not in numbers.gradients:
        return edge
    local = numbers.locals.get((edge.target, edge.target_input))
    return replace(edge, gradient=summarize(share), local=None if local is None else summarize(local))
