"""Values of tensors as numbers in bounded size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfkit.parts import Summary
from tfkit.pictures import gray_levels, histogram

_SHOWN = 4  # elements that the text of a larger tensor begins with
_WHOLE = 8  # elements up to which a text holds the whole value
_BINS = 16
_MOST_PX, _LEAST_PX = 24, 4
_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)


def summarize(value: Any) -> Summary:
    """Return the numbers of one array: range, mean and spread of the finite elements, counts of the others.

    Example:
        >>> summarize(np.array([1.0, 3.0, np.nan])).mean
        2.0
    """
    array = np.asarray(value)
    text = _text(array)
    if array.size == 0 or (array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16"):
        return Summary(int(array.size), text)
    if array.size == 1 and math.isfinite(number := float(array.reshape(-1)[0])):  # most tensors of a first lesson
        return Summary(1, text, number, number, number, 0.0)
    numbers = array.astype(np.float64).reshape(-1)
    known = np.isfinite(numbers)
    finite, odd = (numbers, numbers[:0]) if known.all() else (numbers[known], numbers[~known])
    nan = int(np.isnan(odd).sum())
    infinite = int(odd.size) - nan
    if not finite.size:
        return Summary(int(array.size), text, nan=nan, infinite=infinite)
    low, high = float(finite.min()), float(finite.max())
    bars = histogram(finite, _BINS, low, high) if array.size > _WHOLE and low < high else ()
    with np.errstate(over="ignore"):  # of numbers near the largest, the spread is infinite
        mean, std = float(finite.mean()), float(finite.std())
    return Summary(int(array.size), text, low, high, mean, std, nan, infinite, bars, _picture(array))


def _picture(array: np.ndarray[Any, Any]) -> tuple[str, ...]:
    """Return the gray levels of a tensor's last axes, a digit each."""
    levels = gray_levels(array, _MOST_PX, _LEAST_PX) if array.size >= _LEAST_PX**2 else None
    return () if levels is None else tuple(row.tobytes().decode("ascii") for row in _DIGITS[levels])


def _text(array: np.ndarray[Any, Any]) -> str:
    if array.dtype.kind in "SUO":
        shown = [_word(entry) for entry in array.reshape(-1)[:_SHOWN]]
        return shown[0] if array.ndim == 0 else f"[{' '.join(shown)}{' ...' * (array.size > _SHOWN)}]"
    if array.size <= _WHOLE:
        return " ".join(_write(array).split())
    first = _write(array.reshape(-1)[:_SHOWN])
    return f"{' '.join(first.split())[:-1]} ...]"


def _write(array: np.ndarray[Any, Any]) -> str:
    if array.ndim == 0:
        return f"{array[()]:.6g}" if array.dtype.kind == "f" else str(array[()])
    return np.array2string(array, precision=4, suppress_small=False, separator=" ", max_line_width=1000)


def _word(entry: Any) -> str:
    text = entry.decode("utf-8", "replace") if isinstance(entry, bytes) else str(entry)
    return repr(text if len(text) <= 40 else text[:37] + "...")
