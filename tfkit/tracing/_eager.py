"""Eager code to a graph: `record` hears what is executed, and puts it together when the graph is asked for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import cached_property, lru_cache
from types import FrameType, TracebackType
from typing import Any

import tensorflow as tf
from tensorflow.python.framework import op_def_registry
from tensorflow.python.framework.func_graph import FuncGraph
from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable

from tfkit.bodies import Body, inner_prefix, open_bodies, readable_name
from tfkit.errors import TraceError
from tfkit.garbage import uncollected
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Mark, Node, Output, Scope, ScopeKind, ScopePath, Source, Summary
from tfkit.summaries import summarize
from tfkit.tracing._creation import Creations, watch_creation
from tfkit.tracing._failure import first_sentence, graph_up_to, shape_words
from tfkit.tracing._functions import Functions
from tfkit.tracing._layers import watch_layers
from tfkit.tracing._listening import Event, Listener, Outside, given_to, listening
from tfkit.tracing._operations import Inputs, Reader
from tfkit.tracing._source import is_users, source_at

WRITES = re.compile(r"Assign|ResourceApply|ResourceScatter|ResourceSparseApply")
_SETTINGS = {"executor_type", "config_proto", "container", "shared_name"}  # nothing that a reader of a graph asks


class Recording:
    """What was executed in a block; see `tfkit.record`.

    Example:
        >>> import tensorflow as tf, tfkit
        >>> with tfkit.record() as rec:
        ...     _ = tf.exp(tf.constant(0.0)) + 1.0
        >>> rec
        Recording(2 operations)
        >>> rec.operations, rec.graph.nodes[-1].outputs[0].value.text
        (['Exp', 'AddV2'], '2')
    """

    def __init__(self) -> None:
        self._listener = Listener()
        self._reader = Reader(Inputs([], []))  # of the functions that are called
        self._seen = Creations()
        self._watching = ExitStack()
        self._failed: Graph | None = None

    def __enter__(self) -> Recording:
        if not (tf.executing_eagerly() or isinstance(tf.compat.v1.get_default_graph(), FuncGraph)):
            raise TraceError(
                "tfkit.record() sees what is executed, and here operations are only put into a graph: show it with "
                "tfkit.trace(tf.compat.v1.get_default_graph(), fetches=[...])."
            )
        layers = self._watching.enter_context(watch_layers())
        self._seen = self._watching.enter_context(watch_creation())
        self._reader = Reader(Inputs([], []), layers=layers, names=self._seen.names)
        self._watching.enter_context(listening(self._listener))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._watching.close()
        # Their exception matters, not ours: it may have slots, and what was executed may be odd.
        with suppress(Exception):
            if error is not None:
                self._failed = self._up_to(error, traceback)
                if not hasattr(error, "tfkit_graph"):
                    error.tfkit_graph = self._failed  # type: ignore[attr-defined]
        self._seen.failures.clear()  # they hold frames, and with them all that the user's code held

    def _up_to(self, error: BaseException, traceback: TracebackType | None) -> Graph:
        """Return the graph up to an exception: of the function that was being traced, else of what was executed."""
        failure = self._seen.cause_of(error)
        if failure is None:
            return Assembly(self._listener, self._reader).graph(error, traceback)
        outermost = failure.graph
        while isinstance(getattr(outermost, "outer_graph", None), FuncGraph):
            outermost = outermost.outer_graph
        return graph_up_to(error, outermost, self._reader, self._seen)

    def __repr__(self) -> str:
        count = len(self.operations)
        left_out = self.dropped
        words = f"{count:,} operation{'' if count == 1 else 's'}"
        return f"Recording({words}{f', the last {left_out:,} of them not in the graph' if left_out else ''})"

    @property
    def operations(self) -> list[str]:
        """The types of all operations in the order of their execution, exactly as TensorFlow reports them."""
        return list(self._listener.operations)

    @property
    def dropped(self) -> int:
        """How many operations are counted but not in the graph: those after the first 250,000."""
        return len(self._listener.operations) - len(self._listener.events)

    @property
    def graph(self) -> Graph:
        """What was executed, as a graph."""
        if self._failed is not None:
            return self._failed
        if self._listener.is_open:
            return Assembly(self._listener, self._reader).graph()
        return self._whole

    @cached_property
    def _whole(self) -> Graph:
        return Assembly(self._listener, self._reader).graph()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:
        return self.graph._repr_mimebundle_(include, exclude)


def record() -> Recording:
    """Record a block of eager code.

    Every operation that TensorFlow executes becomes a node, with its value, the user's line, and the Keras
    layer or name scope that it belongs to; loops are unrolled. Variables are nodes too, also where TensorFlow
    reads them without an operation of its own. A ``tf.function`` is one operation with its body opened.
    The block runs as it would without the recording, and its exception comes through as it is, with the
    graph up to there as ``exception.tfkit_graph``, the failing operation marked.

    Threads that are started inside the block are recorded as well. Threads that run already, and what
    TensorFlow does in threads of its own (``tf.data``, ``tf.py_function``), are not.

    Memory: 600 MB at most. Values are kept until 256 MB of tensors have gone by, later ones have none; 250,000
    operations are kept as nodes, further ones are only counted (``recording.dropped``).

    Returns:
        A context manager; ``.graph`` and ``.operations`` can be asked for in the block and after it.

    Raises:
        TraceError: On entering, where TensorFlow executes nothing eagerly, because a ``tf.Graph`` is being made.

    Example:
        >>> import tensorflow as tf, tfkit
        >>> with tfkit.record() as rec:
        ...     total = 0.0
        ...     for number in (1.0, 2.0, 3.0):
        ...         total = tf.add(total, number)
        >>> rec.operations
        ['AddV2', 'AddV2', 'AddV2']
    """
    return Recording()


class Assembly:
    """One putting together of what was heard."""

    def __init__(self, listener: Listener, reader: Reader) -> None:
        self.listener = listener
        self.reader = reader
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.calls: dict[str, tuple[tuple[str, str], ...]] = {}
        self.maker: dict[int, tuple[str, int]] = {}  # tensor -> node and number of its output
        # Variables that were made in the block, by handle. One whose making failed has no name.
        self.made = {handle: v for handle, v in listener.variables.items() if hasattr(v, "_handle_name")}
        self.variables: dict[int, str] = {}  # identity of a variable -> its node
        self.written: dict[int, str] = {}  # identity of a variable -> the last operation that changed it
        self.count: dict[str, int] = defaultdict(int)

    @uncollected()
    def graph(self, error: BaseException | None = None, traceback: TracebackType | None = None) -> Graph:
        """Return what was heard, with the operation that raised `error`."""
        for event in list(self.listener.events):
            self._event(event)
        if error is not None:
            self._failed(error, traceback)
        described = self.listener.layers.described
        scopes = [Scope(path, ScopeKind.LAYER, label, facts) for path, (label, facts) in described.items()]
        used = {path[:depth] for path in {node.scope for node in self.nodes} for depth in range(1, len(path) + 1)}
        body = Body(self.nodes, self.edges, [s for s in scopes if s.path in used], calls=self.calls)
        known = {name: function.graph for name, function in self.listener.functions.items() if function is not None}
        inner = [Functions(graph) for graph in known.values()]

        def body_of(caller: str, role: str, name: str) -> Body | None:
            graph = known.get(name) or next(filter(None, (found.graph_of(name) for found in inner)), None)
            return None if graph is None else self.reader.body(graph, inner_prefix(caller, role))

        return open_bodies("recording", body, body_of)

    def _event(self, event: Event) -> None:
        if event.op == "VarHandleOp" and (made := self.made.get(event.output_ids[0])) is not None:
            self.maker[event.output_ids[0]] = self._variable(made, event.scope), 0
            return
        is_function = event.op in self.listener.functions
        label = self._label(readable_name(event.op) if is_function else event.op, event.scope)
        node_id = "/".join((*event.scope, label))
        self._connect(node_id, event)
        for place, tensor_id in enumerate(event.output_ids):
            self.maker[tensor_id] = node_id, place
        self.nodes.append(
            Node(
                node_id,
                "PartitionedCall" if is_function else event.op,
                label,
                event.scope,
                Kind.FUNCTION if is_function else Kind.OP,
                tuple(map(_output, event.outputs)),
                _attributes(event),
                event.line and source_at(*event.line),
            )
        )
        if is_function:
            self.calls[node_id] = (("", event.op),)

    def _label(self, name: str, scope: ScopePath) -> str:
        """Return a name with a number behind it where it was used already, as TensorFlow names operations."""
        key = "/".join((*scope, name))
        number = self.count[key]
        self.count[key] += 1
        return f"{name}_{number}" if number else name

    def _connect(self, node_id: str, event: Event) -> None:
        used: set[int] = set()
        for place, tensor_id in enumerate(event.inputs):
            known = self.listener.outside.get(tensor_id)
            variable = self.made.get(tensor_id) if known is None else known.variable
            if variable is not None:
                self.edges.append(Edge(self._variable(variable, event.scope), node_id, 0, place))
                used.add(id(variable))
            else:
                source, output = self._tensor(tensor_id, known)
                self.edges.append(Edge(source, node_id, output, place))
        before = dict.fromkeys(self.written[variable] for variable in sorted(used) if variable in self.written)
        self.edges += [Edge(earlier, node_id, 0, -1, control=True) for earlier in before]
        if WRITES.search(event.op):
            self.written |= dict.fromkeys(used, node_id)

    def _tensor(self, tensor_id: int, known: Outside | None) -> tuple[str, int]:
        """Return where a tensor comes from; one from outside of the recording becomes a constant."""
        if tensor_id not in self.maker:
            name = known.name if known is not None and known.name else "Const"
            node_id = self._label(name, ())
            output = _output(known.tensor if known is not None else None)
            self.nodes.append(Node(node_id, "Const", node_id, kind=Kind.CONSTANT, outputs=(output,)))
            self.maker[tensor_id] = node_id, 0
        return self.maker[tensor_id]

    def _variable(self, variable: Any, scope: ScopePath) -> str:
        """Return the node of a variable, which stands where it is used first."""
        if id(variable) not in self.variables:
            path = variable.name.removesuffix(":0")
            label = self._label(path, ())
            value = None
            with suppress(Exception):  # one that was deleted, or lives where it cannot be read
                value = summarize(variable.numpy())
            output = Output(tuple(variable.shape.as_list()), variable.dtype.name, variable.device, value)
            attributes = {"variable": path, "trainable": variable.trainable}
            node = Node(label, "Variable", label.rpartition("/")[2], scope, Kind.VARIABLE, (output,), attributes)
            self.nodes.append(node)
            self.variables[id(variable)] = label
        return self.variables[id(variable)]

    def _failed(self, error: BaseException, traceback: TracebackType | None) -> None:
        """Add the operation that raised: TensorFlow does not report it, but a frame still knows what it was given."""
        frames = list(_frames_of(traceback))
        named = re.search(r"\[Op:(\w+)\]", str(error))
        found = next(filter(None, map(_asked_for, [*_frames_of(_cause(error)), *frames])), None)
        if found is None or not isinstance(error, (tf.errors.OpError, ValueError, TypeError)):
            return
        op, given = named[1] if named else found[0], found[1]
        scope = self.listener.layers.last
        label = self._label(op, scope)
        node_id = "/".join((*scope, label))
        for place, value in enumerate(given):
            if isinstance(value, BaseResourceVariable):
                self.edges.append(Edge(self._variable(value, scope), node_id, 0, place))
            else:
                source, output = self._tensor(value._id, self.listener.outside.get(value._id) or Outside(value))
                self.edges.append(Edge(source, node_id, output, place))
        shapes = f" (inputs: {', '.join(map(shape_words, given))})" if given else ""
        note = first_sentence(error) + shapes
        line = _users_line(frames)
        self.nodes.append(Node(node_id, op, label, scope, source=line, mark=Mark.FAILED, note=note))


def _cause(error: BaseException) -> TracebackType | None:
    """Return the traceback of what TensorFlow's C code raised; the error's own has been shortened."""
    return error.__context__.__traceback__ if error.__context__ is not None else None


def _asked_for(step: tuple[FrameType, int]) -> tuple[str, list[Any]] | None:
    """Return operation and inputs if this is the frame of a function that TensorFlow generated for an operation."""
    frame, _ = step
    code, values = frame.f_code, frame.f_locals
    if code.co_name == "quick_execute":
        return str(values.get("op_name", "")), [value for value in values.get("inputs", ()) if hasattr(value, "_id")]
    given = given_to(frame)
    if given is None:
        return None
    name = "".join(part.capitalize() for part in code.co_name.removesuffix("_eager_fallback").split("_"))
    return name, [value for value in given if isinstance(value, BaseResourceVariable) or hasattr(value, "_id")]


def _frames_of(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def _users_line(frames: list[tuple[FrameType, int]]) -> Source | None:
    """Return the innermost line of the user's in a traceback."""
    for frame, line in reversed(frames):
        if is_users(frame.f_code.co_filename):
            return source_at(frame.f_code.co_filename, line)
    return None


def _output(tensor: Any) -> Output:
    """Return what is known of an eager tensor, the value included."""
    if tensor is None:
        return Output(None, "unknown")
    if isinstance(tensor, tf.TensorSpec):
        return Output(tuple(tensor.shape), tensor.dtype.name)
    value: Summary | None = None
    if tensor.dtype not in (tf.resource, tf.variant):
        with suppress(Exception):  # on a device that is gone, or of a type that NumPy does not know
            value = summarize(tensor.numpy())
    return Output(tuple(tensor._shape_tuple()), tensor.dtype.name, tensor.device, value)


def _attributes(event: Event) -> dict[str, Any]:
    """Return an operation's attributes as plain values; types come as numbers from the fast path."""
    written = event.attributes or ()
    types = _type_attributes(event.op)
    pairs = sorted(zip(map(str, written[::2]), written[1::2], strict=False), key=lambda pair: pair[0])
    return {
        name: tf.dtypes.as_dtype(value).name if name in types and isinstance(value, int) else _plain(value)
        for name, value in pairs
        if name not in _SETTINGS and not name.startswith("_")
    }


def _plain(value: Any) -> Any:
    if isinstance(value, (bool, int, float, str)) or value is None:
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, tf.DType):
        return value.name
    if isinstance(value, tf.TensorShape):
        return None if value.rank is None else value.as_list()
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return readable_name(tf.compat.as_str(getattr(value, "name", ""))) or str(value)[:200]


@lru_cache(maxsize=2048)
def _type_attributes(op: str) -> frozenset[str]:
    definition = op_def_registry.get(op)
    return frozenset(entry.name for entry in definition.attr if entry.type == "type") if definition else frozenset()
