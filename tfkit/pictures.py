"""A tensor at a glance: how its numbers are spread, and gray levels for its last axes, both in bounded size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_GRAYS = 16
_MOST_CHANNELS = 4  # a last axis of up to so many entries is colours
_AT_ONCE = 2**15  # numbers that stay in the processor's cache: twice as fast as all of them at once

Array = np.ndarray[Any, Any]


def histogram(numbers: Array, bins: int, low: float, high: float) -> tuple[int, ...]:
    """Return how many of the numbers lie in each of `bins` equal bins; those equal to `high` are in the last one.

    Where all are equal, the bin in the middle has them. Where the range is beyond floats, there are no bins.

    Args:
        numbers: ``(size,)`` float64, all of them from `low` to `high`.
        bins: How many.
        low: The least of the numbers.
        high: The greatest.

    Example:
        >>> histogram(np.array([0.0, 1.0, 1.9, 4.0]), 4, 0.0, 4.0)
        (1, 2, 0, 1)
    """
    if low == high:
        return tuple(numbers.size if place == bins // 2 else 0 for place in range(bins))
    scale = bins / (high - low)
    if not 0.0 < scale < math.inf:
        return ()
    counts = np.zeros(bins + 1, np.intp)
    for begin in range(0, numbers.size, _AT_ONCE):
        places = numbers[begin : begin + _AT_ONCE] - low
        places *= scale
        counts += np.bincount(places.astype(np.intp), minlength=bins + 1)
    counts[bins - 1] += counts[bins]  # the greatest number is the end of the last bin
    return tuple(counts[:bins].tolist())


def gray_levels(array: Array, most_px: int, least_px: int) -> Array | None:
    """Return a picture of a tensor, or None where it has none: ``(height, width)`` uint8, 0..15.

    0 is the least finite number in the picture (and NaN), 15 the greatest. Axes of size 1 do not count. Of a
    batch, the first entry is shown: ``(batch, height, width)`` or ``(batch, height, width, channels)``, of these the
    mean of up to four channels or the first of more. In a batch with equal last axes, such as the maps of an attention
    ``(batch, heads, queries, keys)``, the last axes are the picture.

    Args:
        array: Numbers that have an order.
        most_px: On each side. Of what is larger, every n-th row and column is shown.
        least_px: On each side. What is smaller has no picture, and a narrow one is not thinned below.
    """
    plane = _plane(array)
    if plane.ndim < 2 or min(plane.shape[:2]) < least_px:
        return None
    step = -(-max(plane.shape[:2]) // most_px)
    down, right = (min(step, side // least_px) for side in plane.shape[:2])
    numbers = plane[::down, ::right].astype(np.float64)
    with np.errstate(all="ignore"):  # infinite numbers
        if numbers.ndim == 3:
            numbers = numbers.mean(axis=-1)
        finite = numbers[np.isfinite(numbers)]
        if not finite.size:
            return None
        low, high = finite.min(), finite.max()
        scaled = (numbers - low) / ((high - low) or 1.0) * _GRAYS
    levels: Array = np.minimum(np.fmax(scaled, 0), _GRAYS - 1).astype(np.uint8)  # fmax makes 0 of NaN
    return levels


def _plane(array: Array) -> Array:
    """Return the axes that make the picture, and up to four channels behind them; of a smaller rank, what there is."""
    is_batch = array.ndim > 3
    while array.ndim > 3 and array.squeeze().ndim > 2:
        array = array[0]
    if (squeezed := array.squeeze()).ndim < 3:
        return squeezed
    height, width, channels = array.shape
    if channels <= _MOST_CHANNELS:
        return array
    is_map = width == channels != height
    return array[..., 0] if is_batch and not is_map else array[0]
