"""TensorFlow 1 graphs: one run of a session, with what ran and what did not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import tensorflow as tf

from tfkit.errors import TraceError
from tfkit.graph import Graph
from tfkit.parts import Kind, Mark, Node, Summary
from tfkit.summaries import summarize
from tfkit.tracing._failure import mark_failed
from tfkit.tracing._operations import Inputs, Reader
from tfkit.tracing._options import Options

v1 = tf.compat.v1


def trace_tf1_graph(graph: Any, args: tuple[Any, ...], kwargs: dict[str, Any], options: Options) -> Graph:
    """Read a ``tf.Graph``; with fetches, run them once and mark what ran."""
    fetches, feed_dict = _run_arguments(args, dict(kwargs))
    reader = Reader(Inputs([], [], name="graph"), values={} if options.values is not False else None)
    if fetches is None:
        if options.values or options.profile:
            raise TraceError("values=True and profile=True need fetches=[...]: nothing runs without them.")
        return reader.read(graph)
    run = _Run(graph, fetches, feed_dict or {}, options)
    try:
        run.start()
    except Exception as error:
        # What the session raised goes to the user as it is; the graph goes with it.
        error.tfkit_graph = mark_failed(run.marked(reader.read(graph)), error)  # type: ignore[attr-defined]
        if isinstance(error, tf.errors.FailedPreconditionError):
            error.add_note(
                "tfkit: a variable has no value before its initialiser ran. Run it in a session and trace there: "
                "with tf.compat.v1.Session(graph=graph) as session: session.run(initialiser); tfkit.trace(graph, ...)"
            )
        raise
    reader.values, reader.costs = {"": run.values}, run.costs
    return run.marked(reader.read(graph))


def _run_arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Mapping[Any, Any] | None]:
    fetches, feed_dict = kwargs.pop("fetches", None), kwargs.pop("feed_dict", None)
    if args or kwargs:
        unknown = ", ".join([*map(repr, args), *kwargs])
        raise TraceError(f"A tf.Graph is traced with fetches=[...] and feed_dict={{...}}, not with {unknown[:200]}.")
    if feed_dict is not None and not isinstance(feed_dict, Mapping):
        raise TraceError(f"feed_dict must be a dictionary from placeholders to values, not {feed_dict!r:.100}.")
    if fetches is None and feed_dict:
        raise TraceError("feed_dict without fetches: say with fetches=[...] what to run.")
    return fetches, feed_dict


class _Run:
    """One run of a session: what is asked for, what that needs, and the values found."""

    def __init__(self, graph: Any, fetches: Any, feed_dict: Mapping[Any, Any], options: Options) -> None:
        self.graph = graph
        self.options = options
        self.feed_dict = feed_dict
        self.fetches = _elements(graph, fetches, "fetches")
        self.fed = {_operation(element).name for element in _elements(graph, list(feed_dict), "feed_dict")}
        self.fetched = {_operation(fetch).name for fetch in self.fetches}
        self.needed = needed(map(_operation, self.fetches), self.fed)
        self.values: dict[str, Summary] = {}
        self.costs: dict[str, Any] = {}

    def start(self) -> None:
        """Run the fetches, together with every tensor on the way to them, in one step."""
        session = v1.get_default_session()
        if session is None or session.graph is not self.graph:
            with v1.Session(graph=self.graph) as session:
                self._run(session)
        else:
            self._run(session)

    def _run(self, session: Any) -> None:
        on_the_way = self._on_the_way() if self.options.values is not False else []
        metadata = v1.RunMetadata() if self.options.profile else None
        options = v1.RunOptions(trace_level=v1.RunOptions.FULL_TRACE) if metadata else None
        _, found = session.run((self.fetches, on_the_way), self.feed_dict, options=options, run_metadata=metadata)
        self.values = {tensor.name: summarize(value) for tensor, value in zip(on_the_way, found, strict=True)}
        if metadata is not None:
            from tfkit.tracing._profile import costs

            self.costs = costs(metadata.step_stats)

    def _on_the_way(self) -> list[Any]:
        """Return the tensors whose values can be had from this run.

        Not those inside old loops and branches (a tensor that is not computed cannot be fetched), and none of
        a reference type: that is the variable itself, whose value may change while the run goes on.
        """
        return [
            tensor
            for operation in self.graph.get_operations()
            if operation.name in self.needed
            for tensor in operation.outputs
            if self.graph.is_fetchable(tensor)
            and tensor.dtype.base_dtype not in (tf.resource, tf.variant)
            and not tensor.dtype._is_ref_dtype
        ]

    def marked(self, graph: Graph) -> Graph:
        return replace(graph, nodes=tuple(map(self._marked, graph.nodes)))

    def _marked(self, node: Node) -> Node:
        outermost = node.id if node.id in self.needed or not node.scope else self._caller(node)
        ran = outermost in self.needed
        kind = Kind.OUTPUT if node.id in self.fetched and node.kind == Kind.OP else node.kind
        note = "fed" if node.id in self.fed else node.note
        return replace(node, mark=Mark.RAN if ran else Mark.NOT_RUN, kind=kind, note=note)

    def _caller(self, node: Node) -> str:
        """Return the operation of the graph in whose opened body a node stands."""
        parts = node.id.split("/")
        heads = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
        return next((head for head in heads if head in self.needed), node.id)


def _elements(graph: Any, things: Any, argument: str) -> list[Any]:
    """Return the tensors and operations that are named, those inside a sparse or ragged tensor included."""
    flat = [thing for thing in tf.nest.flatten(things, expand_composites=True) if thing is not None]
    return [_element(graph, thing, argument) for thing in flat]


def _element(graph: Any, thing: Any, argument: str) -> Any:
    try:
        return graph.as_graph_element(thing, allow_tensor=True, allow_operation=True)
    except (KeyError, ValueError, TypeError) as error:
        raise TraceError(f"{argument}: {thing!r:.100} is no tensor or operation of this graph ({error}).") from error


def _operation(element: Any) -> Any:
    return element.op if isinstance(element, tf.Tensor) else element


def needed(operations: Iterable[Any], fed: set[str]) -> set[str]:
    """Return the names of the operations that a run executes: from the fetches backward, up to what is fed."""
    found: set[str] = set()
    waiting: list[Any] = list(operations)
    while waiting:
        operation = waiting.pop()
        if operation.name not in found:
            found.add(operation.name)
            if operation.name not in fed:
                before: Sequence[Any] = [tensor.op for tensor in operation.inputs]
                waiting += [*before, *operation.control_inputs]
    return found
