"""What was computed for a graph, and the graph with it written on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tfkit.garbage import uncollected
from tfkit.graph import Graph
from tfkit.parts import Edge, Node, Output, Summary, limit_pictures
from tfkit.summaries import summarize

Place = tuple[str, int]  # id of a node; number of its output, or of its input
Array = np.ndarray[Any, Any]


@dataclass
class Numbers:
    """The arrays of one run: of outputs (values, gradients) and of inputs (shares in gradients, local derivatives)."""

    values: dict[Place, Array] = field(default_factory=dict)
    gradients: dict[Place, Array] = field(default_factory=dict)
    shares: dict[Place, Array] = field(default_factory=dict)
    locals: dict[Place, Array] = field(default_factory=dict)


@uncollected()
def written_on(graph: Graph, numbers: Numbers, notes: Mapping[str, str]) -> Graph:
    """Return `graph` with summaries of all numbers on its nodes and edges, and with notes by id of a node."""
    return _Writing(numbers, notes).written(graph)


class _Writing:
    """One writing; an array that stands in several places is looked at once."""

    def __init__(self, numbers: Numbers, notes: Mapping[str, str]) -> None:
        self.numbers = numbers
        self.notes = notes
        self.known: dict[int, Summary] = {}

    def written(self, graph: Graph) -> Graph:
        nodes, edges = limit_pictures(map(self._node, graph.nodes)), tuple(map(self._edge, graph.edges))
        return replace(graph, nodes=nodes, edges=edges)

    def _node(self, node: Node) -> Node:
        outputs = tuple(self._output(output, (node.id, place)) for place, output in enumerate(node.outputs))
        return replace(node, outputs=outputs, note=self.notes.get(node.id, node.note))

    def _output(self, output: Output, place: Place) -> Output:
        value, gradient = self.numbers.values.get(place), self.numbers.gradients.get(place)
        shape = output.shape if value is None else value.shape
        return replace(
            output, shape=shape, value=self._summary(value) or output.value, gradient=self._summary(gradient)
        )

    def _edge(self, edge: Edge) -> Edge:
        numbers, place = self.numbers, (edge.target, edge.target_input)
        share = numbers.shares.get(place)
        if share is None or edge.control or (edge.source, edge.source_output) not in numbers.gradients:
            return edge
        return replace(edge, gradient=self._summary(share), local=self._summary(numbers.locals.get(place)))

    def _summary(self, array: Array | None) -> Summary | None:
        if array is None:
            return None
        if id(array) not in self.known:
            self.known[id(array)] = summarize(array)
        return self.known[id(array)]
