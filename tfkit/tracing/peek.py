"""A first look at one tensor: its numbers and a small picture, in bounded size."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from tfkit.errors import TraceError
from tfkit.parts import Summary
from tfkit.pictures import gray_levels, histogram
from tfkit.pixels import picture
from tfkit.summaries import summarize

_BARS = "▁▂▃▄▅▆▇█"
_BINS = 24
_MOST_PX, _LEAST_PX = 64, 2  # on each side of the picture
_FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"


@dataclass(frozen=True)
class Peek:
    """What can be seen of a tensor at a glance; shows itself in a notebook.

    `histogram` counts the finite values in equal bins from minimum to maximum. `picture` holds the last
    axes as gray levels from 0 to 15, row by row, and is empty where there is nothing to show.
    """

    shape: tuple[int, ...]
    dtype: str
    summary: Summary
    histogram: tuple[int, ...]
    picture: tuple[tuple[int, ...], ...]

    def __str__(self) -> str:
        line = f"{self.shape} {self.dtype}: {self._numbers()}"
        if not self.histogram:
            return line
        most = max(self.histogram)
        bars = "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in self.histogram)
        return f"{line}\nhistogram {self.summary.minimum:.4g} {bars} {self.summary.maximum:.4g}"

    __repr__ = __str__

    def _numbers(self) -> str:
        found = self.summary
        if found.minimum is None:
            return f"{found.size:,} values, {found.text}"
        text = f"{found.size:,} values from {found.minimum:.4g} to {found.maximum:.4g}"
        text += f", mean {found.mean:.4g}, standard deviation {found.std:.4g}"
        odd = [f"{number:,} {name}" for number, name in ((found.nan, "NaN"), (found.infinite, "Inf")) if number]
        return f"{text}, {' and '.join(odd) if odd else 'no NaN or Inf'}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"image/svg+xml": _svg(self), "text/plain": str(self)}


def peek(tensor: Any) -> Peek:
    """Return the shape, type, range and distribution of a tensor, and a small picture of it.

    Args:
        tensor: Anything NumPy can read: a tensor, a variable, an array, a list. Of a batch, the picture
            shows the first entry: ``(batch, height, width)`` or ``(batch, height, width, channels)``.

    Raises:
        TraceError: If it holds no numbers that can be read, for example because it is symbolic.

    Example:
        >>> import tfkit
        >>> tfkit.peek([[1.0, 2.0], [3.0, float("nan")]]).summary.nan
        1
    """
    try:
        array = np.asarray(tensor)
    except Exception as error:  # a symbolic or ragged tensor raises whatever its class likes
        raise TraceError(
            f"peek needs a tensor with a value, and this {type(tensor).__name__} has none: {error}"
        ) from error
    if array.dtype == object and not all(isinstance(entry, (bytes, str)) for entry in array.flat):
        raise TraceError(f"peek needs a tensor of numbers or text, and this {type(tensor).__name__} is none.")
    summary = summarize(array)
    if summary.minimum is None or summary.maximum is None:
        return Peek(array.shape, array.dtype.name, summary, (), ())
    numbers = array.astype(np.float64)
    counts = histogram(numbers[np.isfinite(numbers)], _BINS, summary.minimum, summary.maximum)
    levels = gray_levels(array, _MOST_PX, _LEAST_PX)
    rows = () if levels is None else tuple(map(tuple, levels.tolist()))
    return Peek(array.shape, array.dtype.name, summary, counts, rows)


def _svg(found: Peek) -> str:
    """Return a card: the picture if there is one, the histogram, the numbers in words."""
    side = 112
    left = side + 32 if found.picture else 16
    shown = picture(found.picture, 16, 16, side) if found.picture else ""
    rows = [f"{found.shape} {found.dtype}", *found._numbers().split(", ")]
    texts = "".join(
        f'<text x="{left + 208}" y="{32 + 18 * place}" font-size="12" font-weight="{"normal" if place else "bold"}"'
        f' fill="#1b2430">{escape(row)}</text>'
        for place, row in enumerate(rows)
    )
    height = max(144, 40 + 18 * len(rows))
    width = left + 208 + max(7 * len(row) for row in rows) + 16
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-label="{escape(str(found), quote=True)}" font-family="{_FONT}">'
        f'<rect width="{width}" height="{height}" rx="6" fill="#f4f6fa"/>'
        f"{shown}{_bars(found, left)}{texts}</svg>\n"
    )


def _bars(found: Peek, left: int) -> str:
    if not found.histogram:
        return ""
    most = max(found.histogram)
    bars = "".join(
        f'<rect x="{left + 8 * place}" y="{112 - 96 * count // most}" width="7" height="{96 * count // most}"'
        ' fill="#2f6fd0"/>'
        for place, count in enumerate(found.histogram)
    )
    ends = ((left, "start", found.summary.minimum), (left + 8 * _BINS, "end", found.summary.maximum))
    labels = "".join(
        f'<text x="{x}" y="130" font-size="11" text-anchor="{anchor}" fill="#4a5568">{value:.4g}</text>'
        for x, anchor, value in ends
    )
    return f'<path d="M{left} 112.5h{8 * _BINS}" stroke="#aeb8c8"/>{bars}{labels}'
