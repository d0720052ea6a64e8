"""What a traced function takes from outside: its inputs, its variables, and the random numbers that it draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import tensorflow as tf

from tfkit.gradients._program import Feed, callable_of
from tfkit.graph import Graph
from tfkit.tracing._eager import WRITES
from tfkit.tracing._operations import Inputs

_DRAWS = {
    *("RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal", "ParameterizedTruncatedNormal"),
    *("RandomShuffle", "RandomGamma", "RandomPoissonV2", "Multinomial"),
}
_OUTSIDE = {"PrintV2": "prints", "PyFunc": "calls Python", "EagerPyFunc": "calls Python", "WriteFile": "writes a file"}


def feeds_of(graph: Any, structure: Graph, inputs: Inputs) -> list[Feed]:
    """Return a feed for each input of a ``FuncGraph`` in its order, captured ones included, then for each draw.

    A variable that is only read is fed as a number, so that others can be tried; any other gets a copy.
    """
    captured = dict(zip(map(id, graph.internal_captures), graph.external_captures, strict=True))
    variables = {id(variable.handle): variable for variable in graph.variables}
    labels = {node.id: node.label for node in structure.nodes}
    own = iter(inputs.tensors)
    feeds = []
    for tensor in graph.inputs:
        label, outer = labels.get(tensor.op.name, tensor.op.name), captured.get(id(tensor))
        feed = Feed(label, (tensor.op.name, 0), [tensor.name], tf.TensorSpec(tensor.shape, tensor.dtype))
        if id(outer) in variables:
            feeds.append(_variable(replace(feed, variable=variables[id(outer)]), tensor.consumers()))
        else:
            feeds.append(replace(feed, value=next(own) if outer is None else outer))
    return _told_apart([*feeds, *_draws(graph, feeds)])


def _variable(feed: Feed, users: Sequence[Any]) -> Feed:
    if all(user.type == "ReadVariableOp" for user in users):
        variable = feed.variable
        return replace(
            feed, names=[user.outputs[0].name for user in users], spec=tf.TensorSpec(variable.shape, variable.dtype)
        )
    return replace(feed, is_copied=True)


def _draws(graph: Any, feeds: list[Feed]) -> Iterator[Feed]:
    """Yield what is drawn at random, as it is drawn now: so it stays, while other numbers are tried."""
    drawn = [operation.outputs[0] for operation in graph.get_operations() if operation.type in _DRAWS]
    if not drawn:
        return
    values = callable_of(graph.as_graph_def(), feeds, [tensor.name for tensor in drawn])([feed.now for feed in feeds])
    for tensor, value in zip(drawn, values, strict=True):
        spec = tf.TensorSpec(tensor.shape, tensor.dtype)
        yield Feed(tensor.op.name, (tensor.op.name, 0), [tensor.name], spec, value, is_drawn=True)


def _told_apart(feeds: list[Feed]) -> list[Feed]:
    """Return the feeds with the ids of their nodes as labels where several share one."""
    times = Counter(feed.label for feed in feeds)
    return [feed if times[feed.label] == 1 else replace(feed, label=feed.place[0]) for feed in feeds]


def remarks(operations: Iterable[Any], feeds: Iterable[Feed]) -> tuple[str, ...]:
    """Return what has to be said of a function that does more than compute a number from its inputs."""
    found = dict[str, None]()
    labels = {feed.place[0]: feed.label for feed in feeds}
    for operation in operations:
        if operation.type in _DRAWS:
            found["It draws random numbers: they were drawn once, and are kept while other numbers are tried."] = None
        if WRITES.search(operation.type):
            for name in (tensor.op.name for tensor in operation.inputs if tensor.dtype == tf.resource):
                if name in labels:
                    found[f"It assigns to {labels[name]}: here to a copy of it, and your variable is as it was."] = None
        if operation.type in _OUTSIDE:
            found[f"It {_OUTSIDE[operation.type]}, and does so again each time that other numbers are tried."] = None
    return tuple(found)
