"""The loss over two of its numbers, and the ways that optimizers take on it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from tfkit.atomic import write_whole
from tfkit.display import SURFACE_MIME_TYPE, needs_html, page
from tfkit.drawing.chart import surface
from tfkit.drawing.style import short_number
from tfkit.errors import FileError, GradientError
from tfkit.printable import printable

if TYPE_CHECKING:
    from tfkit.display import MimeBundle

_SIDE = 41  # points of the grid on each side
_RATES = tuple(float(rate) for rate in np.round(10.0 ** np.linspace(-3, 0.5, 29), 5))
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class LossSurface:
    """A loss over two numbers; shows itself, in a notebook with a slider for the learning rate.

    Attributes:
        names: Of the two numbers.
        ranges: From where to where each goes.
        losses: `(41, 41)`, the second number changes with the row.
        rates: The learning rates.
        paths: By the name of an optimizer: `(rates, steps + 1, 2)`, where it comes with each rate.
        shown: The place of the learning rate that is shown first.

    Example:
        >>> import tfkit, tensorflow as tf
        >>> found = tfkit.loss_surface(lambda w, b: w ** 2 + 3 * b ** 2, w=(-2, 2), b=(-1, 1), steps=10)
        >>> found
        LossSurface of w from -2 to 2 and b from -1 to 1, by SGD; least loss 0
    """

    names: tuple[str, str]
    ranges: tuple[tuple[float, float], tuple[float, float]]
    losses: Array
    rates: tuple[float, ...]
    paths: Mapping[str, Array]
    shown: int

    def __repr__(self) -> str:
        spans = " and ".join(
            f"{name} from {short_number(low)} to {short_number(high)}"
            for name, (low, high) in zip(self.names, self.ranges, strict=True)
        )
        least = short_number(float(np.nanmin(self.losses)))
        return f"LossSurface of {spans}, by {', '.join(self.paths)}; least loss {least}"

    def to_svg(self) -> str:
        """Return the still picture, with the ways of the rate that is shown first."""
        ways = {name: path[self.shown].tolist() for name, path in self.paths.items()}
        title = f"learning rate {short_number(self.rates[self.shown])}"
        return surface(self.names, self.ranges, self.losses.tolist(), ways, title, repr(self))

    def save(self, path: str | Path) -> Path:
        """Write it as a ``.svg`` or ``.html`` file.

        Raises:
            FileError: If the suffix is another one or the file cannot be written.
        """
        target = Path(path)
        if target.suffix.lower() not in (".svg", ".html"):
            raise FileError(f"Cannot save a surface as {str(target)!r}: the name must end in .svg or .html.")
        is_page = target.suffix.lower() == ".html"
        made = page("loss", SURFACE_MIME_TYPE, self._payload(), repr(self)) if is_page else self.to_svg()
        try:
            write_whole(target, made.encode())
        except OSError as error:
            raise FileError(f"Cannot write {str(target)!r}: {error.strerror or error}.") from error
        return target

    def _payload(self) -> dict[str, Any]:
        data = {
            "version": 1,
            "names": self.names,
            "ranges": self.ranges,
            "side": _SIDE,
            "losses": _floats(self.losses),
            "rates": self.rates,
            "shown": self.shown,
            "paths": {name: {"steps": path.shape[1], "points": _floats(path)} for name, path in self.paths.items()},
        }
        packed = gzip.compress(json.dumps(data).encode(), mtime=0)
        return {"version": 1, "data": base64.b64encode(packed).decode("ascii")}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> MimeBundle:
        payload, words = self._payload(), printable(repr(self))
        forms: MimeBundle = {SURFACE_MIME_TYPE: payload, "image/svg+xml": self.to_svg(), "text/plain": words}
        if needs_html():
            forms["text/html"] = page("loss", SURFACE_MIME_TYPE, payload, words)
        return forms


def loss_surface(
    loss: Callable[..., Any],
    /,
    *,
    start: Sequence[float] | None = None,
    optimizers: Mapping[str, Callable[[float], Any]] | None = None,
    learning_rate: float = 0.1,
    steps: int = 30,
    **ranges: tuple[float, float],
) -> LossSurface:
    """Compute a loss over two of its numbers, and the ways that optimizers take from a start.

    Args:
        loss: A function of two numbers that returns one; called with float32 scalars.
        start: Where the ways begin; None: near a corner.
        optimizers: What makes each optimizer of a learning rate, by name; None: ``{"SGD": keras.optimizers.SGD}``.
        learning_rate: Which one is shown first; the slider goes from 0.001 to 3.
        steps: How many steps each takes.
        **ranges: From where to where each number goes, by its name: ``w=(-2, 2), b=(-1, 1)``.

    Raises:
        GradientError: If there are not two ranges, or the loss returns no single number.

    Example:
        >>> import tfkit
        >>> tfkit.loss_surface(lambda w, b: (w - b) ** 2, w=(-1, 1), b=(-1, 1), steps=2).paths["SGD"].shape
        (29, 3, 2)
    """
    if len(ranges) != 2:
        raise GradientError(f"A surface is over two numbers, each with a range, such as w=(-2, 2): not {len(ranges)}.")
    names, spans = tuple(ranges), tuple((float(low), float(high)) for low, high in ranges.values())
    across, down = (np.linspace(low, high, _SIDE, dtype=np.float32) for low, high in spans)
    grid = np.stack(np.meshgrid(across, down), -1).reshape(-1, 2)
    try:
        values = tf.map_fn(lambda at: tf.cast(tf.reshape(loss(at[0], at[1]), []), tf.float32), tf.constant(grid))
    except (ValueError, TypeError, tf.errors.OpError) as error:
        raise GradientError(f"The loss must make one number of two: {error}") from error
    first = [low + 0.1 * (high - low) for low, high in spans] if start is None else list(map(float, start))
    makers = optimizers or {"SGD": keras.optimizers.SGD}
    paths = {name: _paths(loss, make(_RATES[0]), first, steps) for name, make in makers.items()}
    shown = int(np.argmin(np.abs(np.log(np.array(_RATES)) - np.log(learning_rate))))
    losses = values.numpy().reshape(_SIDE, _SIDE)
    return LossSurface((names[0], names[1]), (spans[0], spans[1]), losses, _RATES, paths, shown)


def _paths(loss: Callable[..., Any], optimizer: Any, start: Sequence[float], steps: int) -> Array:
    """Return where an optimizer comes to with each learning rate, `(rates, steps + 1, 2)`."""
    point = tf.Variable(np.array(start, np.float32))
    optimizer.build([point])
    first = [point.numpy(), *(variable.numpy() for variable in optimizer.variables)]

    @tf.function  # type: ignore[untyped-decorator] # TensorFlow carries no types
    def step() -> None:
        with tf.GradientTape() as tape:
            value = tf.reduce_sum(loss(point[0], point[1]))
        optimizer.apply([tape.gradient(value, point)], [point])

    found = np.empty((len(_RATES), steps + 1, 2), np.float32)
    for place, rate in enumerate(_RATES):
        for variable, value in zip((point, *optimizer.variables), first, strict=True):
            variable.assign(value)
        optimizer.learning_rate = rate
        for number in range(steps + 1):
            found[place, number] = point.numpy()
            step()
    return found


def _floats(values: Array) -> dict[str, str]:
    return {"f32": base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode("ascii")}
