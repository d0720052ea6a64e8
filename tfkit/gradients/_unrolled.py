"""The second engine of `tfkit.backprop`: the function executed eagerly and recorded, loops unrolled.

One tape has the gradient of every tensor; the gradient functions of the single operations say what it is a sum of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import backprop as tape_internals

from tfkit.errors import GradientError
from tfkit.gradients._backward import without_gradient
from tfkit.gradients._inline import inlined
from tfkit.gradients._local import local_places
from tfkit.gradients._numbers import Array, Numbers, Place
from tfkit.gradients._program import Feed, Program
from tfkit.gradients._traced import Traced
from tfkit.graph import Graph
from tfkit.parts import Kind, Node, Scope, prefixes
from tfkit.tracing._eager import Assembly, Recording
from tfkit.tracing._listening import Event, Outside
from tfkit.tracing._operations import Inputs

_MOST_LOCAL = 1000  # operations in a recording in which the derivatives of single operations are computed, too


@dataclass(eq=False)
class Unrolled:
    """A function that is executed anew for each run; the graph may be another one each time.

    `traced` is the same function as a graph: it knows what can be set, and which variables must be put back.
    """

    name: str
    call: Callable[..., Any]
    inputs: Inputs
    traced: Traced
    output: Place = ("", 0)
    notes: Mapping[str, str] = field(default_factory=dict)
    _places: dict[str, Place] = field(default_factory=dict)

    @property
    def feeds(self) -> list[Feed]:
        """What can be set: captured tensors cannot, and what is drawn at random is drawn anew each time."""
        return [*self.traced.feeds[: len(self.inputs.tensors)], *(f for f in self._others if f.variable is not None)]

    @property
    def _others(self) -> list[Feed]:
        return self.traced.feeds[len(self.inputs.tensors) :]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said of the whole."""
        return self.traced.remarks

    @property
    def program(self) -> Program:
        """The same numbers without the insides of loops."""
        return self.traced.program

    def place_of(self, feed: Feed) -> Place:
        """Return where the number of a feed stood in the last graph."""
        return self._places.get(feed.label, ("", 0))

    def run(self, settings: Mapping[str, Array]) -> tuple[Graph, Numbers]:
        """Return the graph and the numbers of one run."""
        tensors = self._tensors(settings)
        with self._variables(settings) as variables:
            captured = {f.value._id for f in self._others if f.variable is None and not f.is_drawn}
            run = _Run(tensors, variables, captured)
            result = run.watch(lambda: self.call(*self.inputs.fill_in(list(tensors.values()))))
            graph, numbers = run.read(self.name, result)
            self.output = run.assembly.maker[result._id]
            self._places = run.places(self.feeds, tensors)
        return graph, numbers

    def _tensors(self, settings: Mapping[str, Array]) -> dict[str, Any]:
        """Return the input tensors by their names."""
        own = self.feeds[: len(self.inputs.tensors)]
        return {feed.label: tf.constant(settings.get(feed.label, feed.value), feed.spec.dtype) for feed in own}

    @contextmanager
    def _variables(self, settings: Mapping[str, Array]) -> Iterator[list[Any]]:
        """Give variables the values of `settings` until the block ends, and what they held before after it."""
        held = [(feed, feed.variable, feed.variable.value()) for feed in self.feeds if feed.variable is not None]
        try:
            for feed, variable, _ in held:
                if feed.label in settings:
                    variable.assign(settings[feed.label])
            yield [variable for _, variable, _ in held]
        finally:
            for feed, variable, before in held:
                if feed.is_copied or feed.label in settings:
                    variable.assign(before)


class _Run:
    """One recorded execution."""

    def __init__(self, inputs: Mapping[str, Any], variables: Sequence[Any], captured: set[int]) -> None:
        self.inputs = inputs
        self.variables = variables
        self.captured = captured
        self.recording = Recording()
        self.listener = self.recording._listener
        self.listener.outside |= {tensor._id: Outside(tensor, name=name) for name, tensor in inputs.items()}
        self.tape = tf.GradientTape(persistent=True)

    def watch(self, call: Callable[[], Any]) -> Any:
        with self.tape, inlined(), self.recording:
            for tensor in self.inputs.values():
                if _has_gradient(tensor):
                    self.tape.watch(tensor)
            return call()

    def places(self, feeds: Sequence[Feed], tensors: Mapping[str, Any]) -> dict[str, Place]:
        """Return where inputs and variables stand in the graph, by name, as far as they were used."""
        found = {}
        for feed in feeds:
            node_id = self.assembly.variables.get(id(feed.variable)) if feed.variable is not None else None
            tensor = tensors.get(feed.label)
            if node_id is not None:
                found[feed.label] = node_id, 0
            elif tensor is not None and tensor._id in self.assembly.maker:
                found[feed.label] = self.assembly.maker[tensor._id]
        return found

    def read(self, name: str, result: Any) -> tuple[Graph, Numbers]:
        self.assembly = Assembly(self.listener, self.recording._reader)
        graph = self.assembly.graph()
        if result._id not in self.assembly.maker:
            raise GradientError(f"{name} returns a number that no operation made: there is nothing to go back through.")
        own = {self.assembly.maker[t._id][0] for t in self.inputs.values() if t._id in self.assembly.maker}
        output = self.assembly.maker[result._id][0]
        used = {output, *(node.id for node in graph.ancestors(output))}  # the rest is the counting of loops
        nodes = tuple(self._named(node, own, output) for node in graph.nodes if node.id in used)
        edges = tuple(edge for edge in graph.edges if edge.target in used)
        return Graph(name, nodes, edges, scopes=_used(graph.scopes, nodes)), self._numbers(result)

    @staticmethod
    def _named(node: Any, own: set[str], output: str) -> Any:
        kind = Kind.INPUT if node.id in own else Kind.OUTPUT if node.id == output else node.kind
        return replace(node, op="Placeholder" if node.id in own else node.op, kind=kind)

    def _numbers(self, result: Any) -> Numbers:
        tensors = self._held()
        gradients = self._gradients(result, tensors)
        values = {place: tensor.numpy() for place, tensor in tensors.items() if _has_numbers(tensor)}
        values |= {(node_id, 0): v.numpy() for v in self.variables if (node_id := self.assembly.variables.get(id(v)))}
        numbers = Numbers(values, gradients)
        variables = {number for number, outside in self.listener.outside.items() if outside.variable is not None}
        taped = self._made_of({t._id for t in self.inputs.values() if _has_gradient(t)} | variables)
        reached = self._made_of({t._id for t in self.inputs.values()} | self.captured) | taped
        sums = dict[int, Array]()
        with_locals = len(self.listener.events) <= _MOST_LOCAL
        for event in reversed(self.listener.events):
            for tensor_id in event.output_ids:  # what is made of whole numbers, or captured, is on no tape
                if tensor_id in sums and tensor_id not in taped:
                    gradients.setdefault(self.assembly.maker[tensor_id], sums[tensor_id])
            places = [self.assembly.maker[tensor_id] for tensor_id in event.output_ids]
            for place, share in self._shares(event, [gradients.get(known) for known in places]):
                tensor_id, node_id = event.inputs[place], places[0][0]
                if tensor_id in reached:
                    numbers.shares[node_id, place] = share
                    sums[tensor_id] = sums[tensor_id] + share if tensor_id in sums else share
            if with_locals and places:
                self._locals(event, places[0][0], numbers)
        for tensor_id, total in sums.items():
            if tensor_id in self.listener.outside and tensor_id in self.assembly.maker:
                gradients.setdefault(self.assembly.maker[tensor_id], total)
        return numbers

    def _made_of(self, tensor_ids: set[int]) -> set[int]:
        """Return these tensors and all that they go into: what is made of constants alone has no gradient."""
        found = set(tensor_ids)
        for event in self.listener.events:
            if not found.isdisjoint(event.inputs):
                found.update(event.output_ids)
        return found

    def _held(self) -> dict[Place, Any]:
        """Return the tensors that were kept, by the place that made them, and the values of variables."""
        made = {
            self.assembly.maker[tensor_id]: tensor
            for event in self.listener.events
            for tensor_id, tensor in zip(event.output_ids, event.outputs, strict=True)
            if tensor is not None
        }
        for tensor_id, outside in self.listener.outside.items():
            if outside.tensor is not None and tensor_id in self.assembly.maker:
                made[self.assembly.maker[tensor_id]] = outside.tensor
        return made

    def _gradients(self, result: Any, tensors: Mapping[Place, Any]) -> dict[Place, Array]:
        floats = {place: t for place, t in tensors.items() if _has_gradient(t)}
        variables = {(node_id, 0): v for v in self.variables if (node_id := self.assembly.variables.get(id(v)))}
        sources = floats | variables
        try:
            found = self.tape.gradient(result, list(sources.values()))
        except LookupError as error:
            raise GradientError(without_gradient(error)) from error
        return {
            place: tf.convert_to_tensor(gradient).numpy()
            for place, gradient in zip(sources, found, strict=True)
            if gradient is not None
        }

    def _inputs(self, event: Event) -> list[Any] | None:
        """Return the tensors that an operation was given, or None where one was not kept."""
        known = self._by_id
        return [known[i] for i in event.inputs] if all(i in known for i in event.inputs) else None

    @cached_property
    def _by_id(self) -> dict[int, Any]:
        known = {
            tensor_id: tensor
            for event in self.listener.events
            for tensor_id, tensor in zip(event.output_ids, event.outputs, strict=True)
            if tensor is not None
        }
        for tensor_id, outside in self.listener.outside.items():
            tensor = outside.tensor
            if tensor is None and outside.variable is not None:
                handle = outside.variable.handle
                tensor = handle if handle._id == tensor_id else outside.variable.value()
            if tensor is not None:
                known[tensor_id] = tensor
        return known

    def _derivatives(self, event: Event, gradients: Sequence[Any]) -> list[Any]:
        inputs = self._inputs(event)
        if inputs is None or any(output is None for output in event.outputs):
            return []
        try:
            found = tape_internals._gradient_function(
                event.op, event.attributes or (), len(inputs), inputs, list(event.outputs), list(gradients), (), ""
            )
        except LookupError:
            return []
        return list(found) if isinstance(found, (list, tuple)) else [found]

    def _shares(self, event: Event, gradients: Sequence[Any]) -> Iterator[tuple[int, Array]]:
        if all(gradient is None for gradient in gradients):
            return
        filled = [
            tf.zeros_like(output)
            if gradient is None and output is not None and _has_gradient(output)
            else gradient
            if gradient is None
            else tf.constant(gradient)
            for gradient, output in zip(gradients, event.outputs, strict=True)
        ]
        for place, share in enumerate(self._derivatives(event, filled)):
            if share is not None:
                yield place, tf.convert_to_tensor(share).numpy()

    def _locals(self, event: Event, node_id: str, numbers: Numbers) -> None:
        inputs = self._inputs(event)
        if inputs is None or any(output is None for output in event.outputs):
            return
        shapes = [tuple(t.shape) for t in inputs], [tuple(t.shape) for t in event.outputs]
        places = [place for place in local_places(event.op, *shapes) if (node_id, place) in numbers.shares]
        if places:
            found = self._derivatives(event, [tf.ones_like(event.outputs[0])])
            numbers.locals |= {(node_id, place): tf.convert_to_tensor(found[place]).numpy() for place in places}


def _used(scopes: Sequence[Scope], nodes: Sequence[Node]) -> tuple[Scope, ...]:
    paths = {path for node in nodes for path in prefixes(node.scope)}
    return tuple(scope for scope in scopes if scope.path in paths)


def _has_numbers(tensor: Any) -> bool:
    return tensor.dtype not in (tf.resource, tf.variant)


def _has_gradient(tensor: Any) -> bool:
    return bool(tensor.dtype.is_floating or tensor.dtype.is_complex)
