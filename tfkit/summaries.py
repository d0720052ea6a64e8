"""Values of tensors as numbers in bounded size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfkit.parts import Summary

_SHOWN = 4  # elements that the text of a larger tensor begins with
_WHOLE = 8  # elements up to which a text holds the whole value


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
    numbers = array.astype(np.float64)
    finite = numbers[np.isfinite(numbers)]
    nan = int(np.isnan(numbers).sum())
    counts = {"nan": nan, "infinite": int(array.size - finite.size - nan)}
    if not finite.size:
        return Summary(int(array.size), text, **counts)
    low, high, mean, spread = finite.min(), finite.max(), finite.mean(), finite.std()
    return Summary(int(array.size), text, float(low), float(high), float(mean), float(spread), **counts)


def _text(array: np.ndarray[Any, Any]) -> str:
    if array.dtype.kind in "SO":
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
