"""Gradients held against finite differences, tensor by tensor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from tfkit.drawing.style import shape_text, short_number
from tfkit.gradients._definition import as_float64, shifted
from tfkit.gradients._numbers import Array, Place
from tfkit.gradients._program import Feed, Program, callable_of
from tfkit.parts import Output

_MOST_ELEMENTS = 64  # of a tensor
MOST_RUNS = 20_000  # for a whole graph; more tensors have fewer elements looked at
QUICK_RUNS = 500  # the same, where nobody asked for a check
_SEED = 0
_KINK = 1e-3  # of the derivative: by so much it is another one on the other side


@dataclass(frozen=True, slots=True)
class CheckedTensor:
    """One tensor: how far its gradient is from finite differences.

    `error` is the largest difference as a share of the largest gradient of the tensor. `elements` is the number of
    elements that were moved; `kinks` of them stand where the derivative jumps, and are left out.

    Example:
        >>> CheckedTensor("mul", (2,), 2, 0, 1e-9).node
        'mul'
    """

    node: str
    shape: tuple[int, ...]
    elements: int
    kinks: int
    error: float


@dataclass(frozen=True)
class GradientCheck:
    """What came of a check.

    Attributes:
        ok: Whether all gradients agree with finite differences.
        worst: The tensor with the largest error, or None if no tensor could be checked.
        table: All tensors, in the order of the graph.
        precision: ``"float64"``, or ``"float32, tolerance 1e-3"`` where an operation knows no float64.

    Example:
        >>> GradientCheck(True, None, (), "float64")
        GradientCheck(ok=True, 0 tensors, float64)
    """

    ok: bool
    worst: CheckedTensor | None
    table: tuple[CheckedTensor, ...]
    precision: str

    def __repr__(self) -> str:
        worst = f", worst {self.worst.node!r} {short_number(self.worst.error)}" if self.worst else ""
        return f"GradientCheck(ok={self.ok}, {len(self.table):,} tensors, {self.precision}{worst})"

    def __str__(self) -> str:
        lines = [self.words]
        lines += [
            f"  {row.error:8.1e}  {row.node} {shape_text(Output(row.shape, ''))}, {row.elements} of its elements"
            f"{f', {row.kinks} where it jumps' if row.kinks else ''}"
            for row in sorted(self.table, key=lambda row: -row.error)
        ]
        return "\n".join(lines)

    @property
    def words(self) -> str:
        """The result in one sentence."""
        if self.worst is None:
            return "No gradient could be held against finite differences."
        agree = "agree" if self.ok else "do not agree"
        return (
            f"Gradients and finite differences {agree} ({len(self.table):,} tensors, {self.precision}); "
            f"the largest error is {short_number(self.worst.error)} of the gradient, at {self.worst.node}."
        )


@dataclass(frozen=True)
class _Precision:
    name: str
    dtype: Any
    tolerance: float
    rounding: float

    @property
    def step(self) -> float:
        """How far a number is moved, relative to it: for central differences, the cube root of the rounding error."""
        return float(self.rounding ** (1 / 3))


_DOUBLE = _Precision("float64", tf.float64, 1e-6, float(np.finfo(np.float64).eps))
_SINGLE = _Precision("float32, tolerance 1e-3", tf.float32, 1e-3, float(np.finfo(np.float32).eps))


def check_gradients(fn: Any, /, *args: Any, **options: Any) -> GradientCheck:
    """Hold the gradient of every tensor of a function against central differences.

    Up to 64 elements of each tensor, chosen at random with a fixed seed, are moved a little both ways, in the middle
    of the graph, too. All is computed in float64, on a copy of the traced graph with its variables and constants
    converted; where an operation knows no float64, in float32.

    Args:
        fn: As for `tfkit.backprop`.
        *args: What it is called with.
        **options: As for `tfkit.backprop`: ``wrt``, ``loss``, ``fetches``, ``feed_dict``.

    Raises:
        GradientError: As `tfkit.backprop`.

    Example:
        >>> import tfkit
        >>> check = tfkit.check_gradients(lambda x, y: x * x * y, 3.0, 2.0)
        >>> check.ok, len(check.table), check.precision
        (True, 3, 'float64')
    """
    from tfkit.gradients.backprop import backprop

    return backprop(fn, *args, **options).check


def check_program(program: Program, settings: Mapping[str, Array], most_runs: int = MOST_RUNS) -> GradientCheck:
    """Check the gradients of a traced function at the numbers that `settings` gives its feeds."""
    try:
        return _check(program, settings, _DOUBLE, most_runs)
    except (tf.errors.OpError, ValueError, TypeError):  # an operation that is only there for float32
        return _check(program, settings, _SINGLE, most_runs)


def _check(program: Program, settings: Mapping[str, Array], precision: _Precision, most_runs: int) -> GradientCheck:
    table = tuple(_Checker(program, settings, precision).rows(most_runs))
    worst = max(table, key=lambda row: row.error, default=None)
    return GradientCheck(worst is not None and worst.error <= precision.tolerance, worst, table, precision.name)


class _Checker:
    """The output of a program as a function of each of its tensors."""

    def __init__(self, program: Program, settings: Mapping[str, Array], precision: _Precision) -> None:
        self.precision = precision
        output = program.output
        self.definition = as_float64(program.definition) if precision is _DOUBLE else program.definition
        pairs = [self._converted(*pair) for pair in zip(program.feeds, program.given(settings), strict=True)]
        self.feeds, self.given = [feed for feed, _ in pairs], [value for _, value in pairs]
        sought = program.sought
        self.outer = {feed.place: place for place, feed in enumerate(self.feeds) if not feed.is_copied}
        self.gradients = {place: name for place, name in sought["gradients"].items() if place != output}
        self.inner = {
            place: sought["values"][place]
            for place in self.gradients
            if place not in self.outer and place in sought["values"]
        }
        definition, added = shifted(self.definition, list(self.inner.values()), precision.dtype)
        shifts = [Feed(name, ("", 0), [name], tf.TensorSpec(None, precision.dtype)) for name in added]
        self.run = callable_of(definition, [*self.feeds, *shifts], [f"{output[0]}:{output[1]}"])
        self.nothing = [tf.zeros([], precision.dtype)] * len(shifts)
        self.places = {place: number for number, place in enumerate(self.inner)}

    def _converted(self, feed: Feed, value: Any) -> tuple[Feed, Any]:
        """Return a feed and its number in the precision of the check."""
        value = tf.convert_to_tensor(value)
        if self.precision is not _DOUBLE or not value.dtype.is_floating:
            return feed, value
        wide = tf.cast(value, tf.float64)
        return feed if feed.is_copied else replace(feed, spec=tf.TensorSpec(wide.shape, wide.dtype)), wide

    def rows(self, most_runs: int) -> Iterator[CheckedTensor]:
        """Yield the result for each tensor, in the order of the graph."""
        places = [place for place in self.gradients if place in self.outer or place in self.inner]
        names = [*(self.gradients[place] for place in places), *self.inner.values()]
        arrays = self._arrays(names)
        exact, values = arrays[: len(places)], dict(zip(self.inner, arrays[len(places) :], strict=True))
        values |= {place: np.asarray(self.given[number]) for place, number in self.outer.items()}
        most = max(1, min(_MOST_ELEMENTS, most_runs // (2 * max(len(places), 1))))
        for place, gradient in reversed(list(zip(places, exact, strict=True))):
            if values[place].dtype.kind == "f" and values[place].size:
                yield self._compare(place, values[place], gradient, most)

    def _arrays(self, names: list[str]) -> list[Array]:
        return [np.asarray(tensor) for tensor in callable_of(self.definition, self.feeds, names)(self.given)]

    def _output_at(self, place: Place, value: Array, shift: Array) -> float:
        """Return the output where one tensor is another by `shift`."""
        given, nothing = list(self.given), list(self.nothing)
        if place in self.outer:
            given[self.outer[place]] = tf.constant(value + shift)
        else:
            nothing[self.places[place]] = tf.constant(shift)
        return float(np.asarray(self.run([*given, *nothing])[0]).reshape(-1)[0])

    def _compare(self, place: Place, value: Array, gradient: Array, most: int) -> CheckedTensor:
        chosen = np.random.default_rng(_SEED).permutation(value.size)[:most]
        here = self._moved(place, value, 0, 0.0)
        # A gradient below this is lost in the rounding of the output: differences cannot tell it to the tolerance.
        least = 10 * self.precision.rounding * max(abs(here), 1e-30) / self.precision.step / self.precision.tolerance
        scale, largest, kinks = max(float(np.abs(gradient).max()), least), 0.0, 0
        for element in chosen:
            step = self.precision.step * max(1.0, abs(float(value.reshape(-1)[element])))
            ahead, behind = (self._moved(place, value, element, by) for by in (step, -step))
            found, wanted = (ahead - behind) / (2 * step), float(gradient.reshape(-1)[element])
            if not np.isfinite(found):
                continue
            scale = max(scale, abs(found))
            bend = abs(ahead - 2 * here + behind) / step
            if bend > _KINK * scale and self._bend(place, value, element, here, step / 2) > 0.75 * bend:
                kinks += 1
            else:
                largest = max(largest, abs(found - wanted))
        return CheckedTensor(place[0], value.shape, len(chosen), kinks, largest / scale)

    def _bend(self, place: Place, value: Array, element: int, here: float, step: float) -> float:
        """Return by how much the slopes on both sides differ; at a kink that does not get less with the step."""
        ahead, behind = (self._moved(place, value, element, by) for by in (step, -step))
        return abs(ahead - 2 * here + behind) / step

    def _moved(self, place: Place, value: Array, element: int, by: float) -> float:
        shift = np.zeros_like(value)
        shift.reshape(-1)[element] = by
        return self._output_at(place, value, shift)
