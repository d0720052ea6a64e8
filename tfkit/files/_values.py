"""Written attributes and tensors to plain values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from tfkit.parts import Summary
from tfkit.summaries import summarize

_MOST_ELEMENTS = 100_000  # of a constant whose value is read
_MOST_LISTED = 1000  # entries of an attribute

# The enumeration in tensorflow/core/framework/types.proto.
_NAMES = (
    "invalid float32 float64 int32 uint8 int16 int8 string complex64 int64 bool qint8 quint8 qint32 bfloat16 "
    "qint16 quint16 uint16 complex128 float16 resource variant uint32 uint64 float8_e5m2 float8_e4m3fn "
    "float8_e4m3fnuz float8_e4m3b11fnuz float8_e5m2fnuz int4 uint4 int2 uint2"
)
_TYPES = dict(enumerate(_NAMES.split()))
_REFERENCE = 100  # is added to the number of a type for a reference to it
_STORED = {
    "float32": "float_val",
    "float64": "double_val",
    "int32": "int_val",
    "uint8": "int_val",
    "int16": "int_val",
    "int8": "int_val",
    "uint16": "int_val",
    "int64": "int64_val",
    "bool": "bool_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
    "string": "string_val",
}


def text(data: bytes) -> str:
    """Return bytes as text; what is no UTF-8 is written as escapes and stays distinct."""
    return data.decode("utf-8", "backslashreplace")


def dtype_name(number: int) -> str:
    """Return the name of a type.

    Example:
        >>> dtype_name(1), dtype_name(101), dtype_name(9999)
        ('float32', 'float32', 'unknown')
    """
    plain = number - _REFERENCE if number > _REFERENCE else number
    return _TYPES.get(plain, "unknown") if plain else "unknown"


def shape_of(written: Any) -> tuple[int | None, ...] | None:
    """Return a shape; an axis of unknown size is None, and so is a shape of unknown rank."""
    if written.unknown_rank:
        return None
    return tuple(None if axis.size < 0 else axis.size for axis in written.dim[:_MOST_LISTED])


def plain(attribute: Any) -> Any:
    """Return an attribute as a plain value; None for a tensor."""
    kind = attribute.WhichOneof("value")
    if kind == "s":
        return text(attribute.s[:10_000])
    if kind == "type":
        return dtype_name(attribute.type)
    if kind == "shape":
        return _listed(attribute.shape)
    if kind == "func":
        return text(attribute.func.name)
    if kind == "list":
        return _plain_list(attribute.list)
    return getattr(attribute, kind) if kind in ("i", "f", "b") else None


def _plain_list(entries: Any) -> list[Any]:
    if entries.shape:
        return [_listed(shape) for shape in entries.shape[:_MOST_LISTED]]
    if entries.type:
        return [dtype_name(number) for number in entries.type[:_MOST_LISTED]]
    if entries.s:
        return [text(entry[:10_000]) for entry in entries.s[:_MOST_LISTED]]
    if entries.func:
        return [text(function.name) for function in entries.func[:_MOST_LISTED]]
    numbers: Iterable[Any] = entries.i or entries.f or entries.b
    return list(numbers)[:_MOST_LISTED]


def _listed(shape: Any) -> list[int | None] | None:
    found = shape_of(shape)
    return None if found is None else list(found)


def tensor_summary(tensor: Any) -> Summary | None:
    """Return the summary of a constant's value, or None where it is large, damaged or of a type without numbers."""
    shape, dtype = shape_of(tensor.shape), dtype_name(tensor.dtype)
    if shape is None or any(axis is None for axis in shape) or dtype not in (*_STORED, "complex64", "complex128"):
        return None
    count = math.prod(axis or 0 for axis in shape)
    if count > _MOST_ELEMENTS:
        return None
    try:
        return summarize(_array(tensor, dtype, count).reshape([axis or 0 for axis in shape]))
    except (ValueError, TypeError, OverflowError):
        return None


def _array(tensor: Any, dtype: str, count: int) -> Any:
    if tensor.content:
        return np.frombuffer(tensor.content, dtype=dtype, count=count)
    if dtype not in _STORED:
        raise ValueError("complex numbers are read from their content only")
    stored = list(getattr(tensor, _STORED[dtype])[: max(count, 1)])
    if not stored and count:
        stored = [b"" if dtype == "string" else 0]  # what is left out is the default of the type
    # The last value stands for all that are left out.
    return np.array(stored + stored[-1:] * (count - len(stored)), dtype=object if dtype == "string" else dtype)
