"""Where a number that is not finite comes from: the first operation that made one of finite numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from tensorflow.python.eager import context

from tfkit.drawing.style import short_number
from tfkit.errors import GradientError
from tfkit.gradients._call import Call, call_of
from tfkit.gradients._numbers import Array, Numbers, written_on
from tfkit.gradients._traced import trace_gradient
from tfkit.gradients._unrolled import Unrolled
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Mark, Node, ScopeKind, Source, Summary
from tfkit.printable import printable
from tfkit.summaries import summarize
from tfkit.tracing._kinds import is_a

if TYPE_CHECKING:
    from tfkit.display import MimeBundle

_TAPE = "gradient_tape/"  # the scope in which a GradientTape inside of a function works


class Where(StrEnum):
    """On which way a number stopped to be finite."""

    FORWARD = "forward"
    BACKWARD = "backward"
    INPUT = "input"  # it came with an argument
    VARIABLE = "variable"  # a variable held it


@dataclass(frozen=True)
class Origin:
    """The first operation that made a number that is not finite.

    Attributes:
        op: Its type, such as ``"Log"``; backward, that of the operation whose derivative it is.
        phase: ``"forward"`` or ``"backward"``; ``"input"`` or ``"variable"`` if the number came from outside.
        layer: The Keras layer in which it stands, or nothing.
        source: The user's line, or None.
        inputs: What it was given, by name.
        name: Its id in the graph.
        result: What it made.
        graph: The whole graph, with the operation marked.

    Example:
        >>> import tfkit, tensorflow as tf
        >>> origin = tfkit.find_nan(lambda x: tf.reduce_sum(tf.sqrt(x)), [0.0, 4.0])
        >>> origin.op, str(origin.phase), tfkit.find_nan(lambda x: tf.sqrt(x), 4.0)
        ('Sqrt', 'backward', None)
    """

    op: str
    phase: Where
    layer: str
    source: Source | None
    inputs: Mapping[str, Summary]
    name: str
    result: Summary
    graph: Graph = field(repr=False)

    def __str__(self) -> str:
        ranges = "; ".join(f"{name} {_range(summary)}" for name, summary in self.inputs.items())
        place = f" in layer {self.layer}" if self.layer else ""
        line = f" ({self.source}: {self.source.text})" if self.source else ""
        if self.phase in (Where.INPUT, Where.VARIABLE):
            return f"{self.name} came from outside with {_odd(self.result)}: it is {self.phase_words}."
        way = "the derivative of " if self.phase == Where.BACKWARD else ""
        return f"The first {_odd(self.result)} was made by {way}{self.op} {self.name!r}{place}{line}, of {ranges}."

    @property
    def phase_words(self) -> str:
        """What the phase says of something that came from outside."""
        return "a variable" if self.phase == Where.VARIABLE else "an input"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> MimeBundle:
        from tfkit.display import mimebundle

        return {**mimebundle(self.graph), "text/plain": printable(str(self))}


def find_nan(fn_or_model: Any, /, *args: Any) -> Origin | None:
    """Return the first operation, forward or backward, that made NaN or infinity of finite numbers.

    The function runs operation by operation, as it is written: what TensorFlow would fuse or compile is not, so that
    nothing is swallowed on the way (a fused convolution gave 0, and pooling -3.4e38, for weights that were NaN). An
    infinity that is written down, as in a mask, is none to be found; one that leads to nothing else is none either.

    Args:
        fn_or_model: As for `tfkit.backprop`. Several outputs, and others than one number, are summed up. Of a
            compiled model that is given ``x, y``, the loss is taken, in training mode.
        *args: What it is called with; lists become arrays.

    Returns:
        The origin, or None if all is finite.

    Raises:
        GradientError: If it cannot be differentiated as `tfkit.backprop` could.

    Example:
        >>> import tfkit, tensorflow as tf
        >>> print(tfkit.find_nan(lambda x: tf.math.log(x - 1.0) * 0.0, 1.0).op)
        Log
    """
    call = _call(fn_or_model, tuple(np.asarray(a, np.float32) if isinstance(a, list) else a for a in args))
    with context.eager_mode():
        try:
            engine: Any = trace_gradient(call.name, call.traced, call.inputs, lambda feeds: set())
        except GradientError:  # an operation without a gradient: there is no way back
            stopped = replace(call, traced=_stopped(call.traced), eager=call.eager and _stopped(call.eager))
            call, engine = stopped, trace_gradient(call.name, stopped.traced, call.inputs, lambda feeds: set())
        if engine.has_bodies and call.eager is not None:
            engine = Unrolled(call.name, call.eager, call.inputs, engine)
        graph, numbers = engine.run({})
        return _Search(graph, numbers, engine.output[0]).origin()


def _call(fn: Any, args: tuple[Any, ...]) -> Call:
    """Return the call whose numbers are looked at, with one number at its end."""
    if is_a(fn, "keras", "Model") and len(args) == 2 and fn.compiled:
        x, y = args

        def loss(inputs: Any, targets: Any) -> Any:
            return fn.compute_loss(x=inputs, y=targets, y_pred=fn(inputs, training=True), training=True)

        call = call_of(loss, (np.asarray(x), np.asarray(y)), None, None)
    else:
        call = call_of(fn, args, None, None)
    return replace(call, traced=_summed(call.traced), eager=call.eager and _summed(call.eager))


def _summed(function: Any) -> Any:
    def total(*args: Any) -> Any:
        flat = [part for part in tf.nest.flatten(function(*args), expand_composites=True) if tf.is_tensor(part)]
        floats = [part for part in flat if part.dtype.is_floating]
        if len(floats) == 1 and floats[0].shape.rank == 0:
            return floats[0]
        return tf.add_n([tf.reduce_sum(tf.cast(part, tf.float64)) for part in floats]) if floats else tf.zeros([])

    return total


def _stopped(function: Any) -> Any:
    return lambda *args: tf.stop_gradient(function(*args))


class _Search:
    """The way back from a number that is not finite to the operation that made it."""

    def __init__(self, graph: Graph, numbers: Numbers, output: str) -> None:
        self.graph = graph
        self.numbers = numbers
        self.output = output
        self.into: dict[str, list[Edge]] = defaultdict(list)
        for edge in graph.edges:
            if not edge.control:
                self.into[edge.target].append(edge)

    def origin(self) -> Origin | None:
        forward = [node for node in self.graph.nodes if self._outputs(node)]
        first_nan = next((node for node in forward if any(map(_has_nan, self._outputs(node)))), None)
        if first_nan is not None:
            return self._made(self._maker(first_nan))
        backward = self._backward()
        # An infinity counts if it comes through to the end, or if the way back stumbles over it.
        reaching = next((node for node in forward if self._is_first_infinity(node)), None)
        if reaching is not None and any(map(_is_odd, self._outputs(self.graph[self.output]))):
            return self._made(reaching)
        return backward

    def _maker(self, node: Node) -> Node:
        """Return what made the infinity of which an operation made NaN; one that was written down is no fault."""
        given = [
            edge.source for edge in self.into[node.id] if any(map(_is_odd, self._outputs(self.graph[edge.source])))
        ]
        for source in given:
            makers = [self.graph[source], *self.graph.ancestors(source)]
            for maker in makers:
                if self._is_first_infinity(maker):
                    return maker
        return node

    def _is_first_infinity(self, node: Node) -> bool:
        """Return whether a node has infinity, and was not given it."""
        odd = any(map(_is_odd, self._outputs(node)))
        return (
            odd
            and node.kind != Kind.CONSTANT
            and not any(any(map(_is_odd, self._outputs(self.graph[edge.source]))) for edge in self.into[node.id])
        )

    def _backward(self) -> Origin | None:
        """Return the first operation on the way back that hands on what is not finite, and was not given it."""
        for node in reversed(self.graph.nodes):
            upstream = (
                [g for (name, _), g in self.numbers.gradients.items() if name == node.id] if self.into[node.id] else []
            )
            if any(map(_is_odd, upstream)):
                continue
            for edge in self.into[node.id]:
                share = self.numbers.shares.get((node.id, edge.target_input))
                if share is not None and _is_odd(share) and (edge.source, edge.source_output) in self.numbers.gradients:
                    return self._told(
                        node, Where.BACKWARD, share, {f"the gradient of {node.label}": g for g in upstream}
                    )
        return None

    def _made(self, node: Node) -> Origin:
        result = next(value for value in self._outputs(node) if _is_odd(value))
        phase = Where.BACKWARD if node.id.startswith(_TAPE) else Where.FORWARD
        if not self.into[node.id]:
            phase = Where.VARIABLE if node.kind == Kind.VARIABLE else Where.INPUT
        elif node.op == "ReadVariableOp":
            return self._made(self.graph[self.into[node.id][0].source])
        return self._told(node, phase, result, {})

    def _told(self, node: Node, phase: Where, result: Array, more: Mapping[str, Array]) -> Origin:
        inputs = dict(more)
        for edge in self.into[node.id]:
            value = self.numbers.values.get((edge.source, edge.source_output))
            if value is not None:
                inputs[self.graph[edge.source].label if edge.source not in inputs else edge.source] = value
        told = {name: summarize(value) for name, value in inputs.items()}
        layer = next(
            (
                s.label
                for s in reversed(self.graph.scopes)
                if s.kind == ScopeKind.LAYER and node.scope[: len(s.path)] == s.path
            ),
            "",
        )
        whole = written_on(self.graph, self.numbers, {})
        marked = tuple(
            replace(one, mark=Mark.FAILED, note=f"the first {_odd(summarize(result))}, {phase}")
            if one.id == node.id
            else one
            for one in whole.nodes
        )
        name = node.label if phase in (Where.INPUT, Where.VARIABLE) else node.id
        return Origin(node.op, phase, layer, node.source, told, name, summarize(result), replace(whole, nodes=marked))

    def _outputs(self, node: Node) -> list[Array]:
        found = (self.numbers.values.get((node.id, place)) for place in range(len(node.outputs)))
        return [value for value in found if value is not None and _is_float(value)]


def _is_float(value: Array) -> bool:
    return bool(value.dtype.kind == "f" or value.dtype.name == "bfloat16")


def _is_odd(value: Array) -> bool:
    return not bool(np.isfinite(value.astype(np.float64)).all())


def _has_nan(value: Array) -> bool:
    return bool(np.isnan(value.astype(np.float64)).any())


def _odd(summary: Summary) -> str:
    return "NaN" if summary.nan else "infinity"


def _range(summary: Summary) -> str:
    if summary.minimum is None or summary.maximum is None:
        return summary.text
    if summary.size == 1:
        return f"= {short_number(summary.minimum, 7)}"
    odd = summary.nan + summary.infinite
    words = f"from {short_number(summary.minimum)} to {short_number(summary.maximum)}"
    return f"{words}, {odd:,} not finite" if odd else words
