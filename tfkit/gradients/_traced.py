"""The first engine of `tfkit.backprop`: a function traced once, with its gradient, and run as often as one likes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from tfkit.bodies import BRANCHES, LOOPS
from tfkit.gradients._backward import add_gradient
from tfkit.gradients._feeds import feeds_of, remarks
from tfkit.gradients._inline import inlined
from tfkit.gradients._numbers import Array, Numbers, Place
from tfkit.gradients._program import Feed, Program
from tfkit.graph import Graph
from tfkit.tracing._function import make_graph
from tfkit.tracing._operations import Inputs
from tfkit.tracing._run import kept_tensors, too_large_note

_MOST_BYTES = 2**29  # of values; the gradients take as much again


@dataclass(eq=False)
class Traced:
    """A function and its gradient as a graph without numbers, and the program that has them.

    `notes` are by id of a node, `remarks` are about the whole.
    """

    graph: Graph
    program: Program
    notes: Mapping[str, str]
    remarks: tuple[str, ...]

    @property
    def output(self) -> Place:
        """Where the number is that was gone back from."""
        return self.program.output

    @property
    def feeds(self) -> list[Feed]:
        """What comes from outside."""
        return self.program.feeds

    @staticmethod
    def place_of(feed: Feed) -> Place:
        """Return where the number of a feed stands in the graph."""
        return feed.place

    @property
    def has_bodies(self) -> bool:
        """Whether something in it runs in a loop or in one of several branches, where only the whole has a gradient."""
        return any(node.op in (*LOOPS, *BRANCHES) for node in self.graph.nodes)

    def run(self, settings: Mapping[str, Array]) -> tuple[Graph, Numbers]:
        """Return the graph, and the numbers of one run."""
        return self.graph, self.program.run(settings)


def trace_gradient(
    name: str, call: Callable[..., Any], inputs: Inputs, wanted: Callable[[list[Feed]], set[Place]]
) -> Traced:
    """Trace a call that returns one number, with its gradient.

    Args:
        name: What the function is called.
        call: The function.
        inputs: What it is called with; all are concrete.
        wanted: Chooses what the ways begin from; nothing chosen is everything.
    """
    with inlined():
        graph, reader = make_graph(name, call, inputs)
    structure = reader.read(graph)
    operations = graph.get_operations()
    output = _returned(graph.outputs[0])
    shown = {node.id for node in structure.nodes}
    feeds = feeds_of(graph, structure, inputs)
    chosen = wanted(feeds)
    places = [feed.place for feed in feeds if not chosen or feed.place in chosen]
    backward = add_gradient(graph, output, [graph.get_operation_by_name(name).outputs[at] for name, at in places])
    kept, too_large = kept_tensors(operations, _MOST_BYTES)
    tensors = {tensor.name: tensor for operation in operations for tensor in operation.outputs}
    values = {
        (tensors[name].op.name, tensors[name].value_index): name
        for name in kept
        if tensors[name].op.name in shown and tensors[name].dtype not in (tf.resource, tf.variant)
    }
    has_value = values.keys() | {feed.place for feed in feeds}
    backward.gradients = {place: tensor for place, tensor in backward.gradients.items() if place in has_value}
    program = Program(graph, (output.op.name, output.value_index), feeds, values, backward)
    notes = {name.rpartition(":")[0]: too_large_note(size, _MOST_BYTES) for name, size in too_large.items()}
    return Traced(structure, program, notes, remarks(operations, feeds))


def _returned(tensor: Any) -> Any:
    """Return the tensor that a function returns, without the identity that TensorFlow appended to name it."""
    return tensor.op.inputs[0] if tensor.op.type == "Identity" and not tensor.consumers() else tensor
