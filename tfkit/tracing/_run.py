"""A traced graph run once, for the value of every tensor, bodies of functions included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import context

from tfkit.bodies import BRANCHES, CALLS, LOOPS, calls_of, inner_id, inner_prefix
from tfkit.parts import Summary
from tfkit.summaries import summarize
from tfkit.tracing._attributes import AttributeReader
from tfkit.tracing._functions import Functions

v1 = tf.compat.v1
_READS = {"ReadVariableOp", "VarHandleOp", "ResourceGather", "VariableShape"}
_HELD_ANYWAY = {"Placeholder", "ReadVariableOp", "Const"}  # their values are there, whoever looks
_MOST_BYTES = 2**30
_MOST_BODIES = 100  # each costs about as much as a trace
_MOST_ITERATIONS = 1000


@dataclass
class Values:
    """Summaries by the prefix of a body's ids and the tensor's name, and what else there is to say about nodes."""

    by_body: dict[str, dict[str, Summary]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)  # by id


def run(graph: Any, inputs: Sequence[Any]) -> Values:
    """Run a ``FuncGraph`` once and return a summary of every tensor.

    All tensors are alive at once. Where they would take more than 1 GB, the largest are left out, and a note says so.

    The graph is imported into a function that returns all of its tensors, so the user's own function is
    neither traced nor called again. What happens inside a function that it calls is found by running that
    body once more on what was passed in; that is left out where a second run could change something or give
    other numbers (assignments, random numbers, Python code).
    """
    running = _Running(Functions(graph))
    running.whole(graph, [*inputs, *graph.external_captures])
    return running.found


class _Running:
    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self.attributes = AttributeReader()
        self.found = Values()
        self.closures: dict[int, frozenset[str]] = {}

    def whole(self, graph: Any, feeds: Sequence[Any]) -> None:
        self._body(graph, feeds, "", "", allowed=_READS if self._stateful(graph) <= _READS else set())

    def _body(self, graph: Any, feeds: Sequence[Any], prefix: str, caller: str, *, allowed: set[str]) -> None:
        """Run one body and note its values; `caller` is the name of the calling operation in its own body."""
        kept, too_large = kept_tensors(graph.get_operations(), _MOST_BYTES)
        # A resource or variant has no numbers, but may be passed on to a function.
        tensors = dict(zip(kept, _callable(graph, kept, feeds)(feeds), strict=True))
        for name, size in too_large.items():
            self.found.notes[inner_id(prefix, caller, name.rpartition(":")[0])] = too_large_note(size, _MOST_BYTES)
        self.found.by_body[prefix] = {
            name: summarize(tensor.numpy())
            for name, tensor in tensors.items()
            if tensor.dtype not in (tf.resource, tf.variant)
        }
        passed = {**dict(zip((tensor.name for tensor in graph.inputs), feeds, strict=True)), **tensors}
        for operation, roles in self._calls(graph):
            inputs = [passed.get(tensor.name) for tensor in operation.inputs]
            if not any(value is None for value in inputs):
                self._call(operation, dict(roles), inputs, inner_id(prefix, caller, operation.name), allowed)

    def _calls(self, graph: Any) -> Iterator[tuple[Any, tuple[tuple[str, str], ...]]]:
        for operation in graph.get_operations():
            if operation.type in (*CALLS, *BRANCHES, *LOOPS):
                _, functions = self.attributes.read(operation.node_def)
                yield operation, calls_of(operation.type, functions)

    def _call(
        self, operation: Any, roles: Mapping[str, str], inputs: list[Any], node_id: str, allowed: set[str]
    ) -> None:
        graphs = {role: self.functions.graph_of(name) for role, name in roles.items()}
        if len(self.found.by_body) >= _MOST_BODIES or any(
            graph is None or not self._stateful(graph) <= allowed for graph in graphs.values()
        ):
            return
        if operation.type in LOOPS:
            self._loop(graphs, inputs, node_id, operation.name, allowed)
        elif operation.type in BRANCHES:
            role = list(roles)[_branch(operation.type, inputs[0].numpy(), len(roles))]
            self._body(graphs[role], inputs[1:], inner_prefix(node_id, role), operation.name, allowed=allowed)
        elif len(graphs[""].inputs) == len(inputs):
            self._body(graphs[""], inputs, inner_prefix(node_id, ""), operation.name, allowed=allowed)

    def _loop(self, graphs: Mapping[str, Any], inputs: list[Any], node_id: str, name: str, allowed: set[str]) -> None:
        """Go round as the loop did; the values of its body are those of the last time."""
        condition, body = (
            _callable(graphs[role], [tensor.name for tensor in graphs[role].outputs], inputs)
            for role in ("cond", "body")
        )
        now, before, times = inputs, None, 0
        while condition(now)[0]:
            if times == _MOST_ITERATIONS:
                return
            now, before, times = body(now), now, times + 1
        self.found.notes[node_id] = f"{times} iteration{'' if times == 1 else 's'}"
        self._body(graphs["cond"], now, inner_prefix(node_id, "cond"), name, allowed=allowed)
        if before is not None:
            self.found.notes[node_id] += "; inside, the values of the last one"
            self._body(graphs["body"], before, inner_prefix(node_id, "body"), name, allowed=allowed)

    def _stateful(self, graph: Any) -> frozenset[str]:
        """Return the types of the stateful operations of a graph and of what it calls."""
        if id(graph) not in self.closures:
            self.closures[id(graph)] = frozenset()  # a recursion adds nothing
            found = set()
            for operation in graph.get_operations():
                if operation.op_def is None or operation.op_def.is_stateful:
                    found.add(operation.type)
            for operation, roles in self._calls(graph):
                found.discard(operation.type)
                for _, name in roles:
                    inner = self.functions.graph_of(name)
                    found |= {"unknown"} if inner is None else self._stateful(inner)
            self.closures[id(graph)] = frozenset(found)
        return self.closures[id(graph)]


def _branch(op_type: str, chosen: Any, count: int) -> int:
    """Return which branch was taken: then, else, or that of an index (the last, if there is none)."""
    if op_type.endswith("If"):
        return 0 if chosen.size and bool(chosen.all() if chosen.ndim else chosen) else 1
    index = int(chosen)
    return index if 0 <= index < count else count - 1


def kept_tensors(operations: Sequence[Any], most_bytes: int) -> tuple[list[str], dict[str, int]]:
    """Return the names of the tensors whose values are kept, and the sizes of those that are too large for that."""
    sizes = {
        tensor.name: 0 if operation.type in _HELD_ANYWAY else _bytes(tensor)
        for operation in operations
        for tensor in operation.outputs
    }
    total, left_out = sum(sizes.values()), dict[str, int]()
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
        if total <= most_bytes:
            break
        left_out[name] = sizes[name]
        total -= sizes[name]
    return [name for name in sizes if name not in left_out], left_out


def too_large_note(size: int, most_bytes: int) -> str:
    """Return why a tensor has no value."""
    return f"no value: it takes {size >> 20:,} MB, and all values together may take {most_bytes >> 20:,} MB"


def _bytes(tensor: Any) -> int:
    """Return how much a tensor takes, as far as its shape is known."""
    return int(tensor.shape.num_elements() or 0) * int(tensor.dtype.size)


def _callable(graph: Any, names: Sequence[str], feeds: Sequence[Any]) -> Callable[[Sequence[Any]], list[Any]]:
    """Return a function of a graph's inputs that returns the tensors with these names.

    Args:
        feeds: An example of its arguments. Shapes may be others, as far as the graph leaves them open.
    """
    definition = graph.as_graph_def()
    inputs = [tensor.name for tensor in graph.inputs]

    # The arguments are called as nothing in the graph is. What has effects, tf.function runs by itself.
    def imported(*tfkit_feed: Any) -> Any:
        return tf.graph_util.import_graph_def(definition, dict(zip(inputs, tfkit_feed, strict=True)), names, name="")

    # Of a resource, only the tensor itself knows of what it is.
    specs = [
        feed if feed.dtype in (tf.resource, tf.variant) else tf.TensorSpec(tensor.shape, tensor.dtype)
        for feed, tensor in zip(feeds, graph.inputs, strict=True)
    ]
    concrete = tf.function(imported, autograph=False).get_concrete_function(*specs)

    def call(given: Sequence[Any]) -> list[Any]:
        with unchanged_graphs():
            return list(concrete(*given))

    return call


def as_written() -> Any:
    """Return a configuration under which TensorFlow runs a graph as it was written, without rewriting it."""
    optimizer = v1.OptimizerOptions(opt_level=v1.OptimizerOptions.L0, do_function_inlining=True)
    config = v1.ConfigProto(graph_options=v1.GraphOptions(optimizer_options=optimizer), allow_soft_placement=True)
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return config


@contextmanager
def unchanged_graphs() -> Iterator[None]:
    """Let the functions that this thread calls run as they were written: to rewrite them takes longer."""
    eager = context.context()
    before = eager.function_call_options
    eager.function_call_options = context.FunctionCallOptions(before.executor_type, as_written())
    try:
        yield
    finally:
        eager.function_call_options = before
