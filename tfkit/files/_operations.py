"""What each operation returns, from the table that was made of TensorFlow's registry."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from tfkit.parts import Output

Attribute = Callable[[str], Any]
_MOST_OUTPUTS = 10_000


@cache
def _table() -> dict[str, str]:
    found: dict[str, str] = json.loads((files("tfkit") / "files" / "ops.json").read_text(encoding="utf-8"))
    return found


def returned(op: str, attributes: Mapping[str, Any]) -> tuple[dict[str, int], list[str]]:
    """Return where each named output of an operation begins, and the types of all of them.

    An operation that is not in the table has no named outputs.

    Example:
        >>> returned("Split", {"num_split": 2, "T": "float32"})
        ({'output': 0}, ['float32', 'float32'])
        >>> returned("Less", {"T": "int32"}), returned("MyOwn", {})
        (({'z': 0}, ['bool']), ({}, []))
    """
    begins: dict[str, int] = {}
    types: list[str] = []
    for written in _table().get(op, "").split():
        name, _, kind = written.partition(":")
        begins[name] = len(types)
        number, _, kind = kind.rpartition("*")
        count = attributes.get(number) if number else 1
        if kind.startswith("["):
            listed = attributes.get(kind[1:-1])
            types += [str(dtype) for dtype in listed] if isinstance(listed, list) else []
        elif isinstance(count, int) and 0 <= count <= _MOST_OUTPUTS:
            types += [kind[1:] if kind.startswith("=") else str(attributes.get(kind) or "unknown")] * count
    return begins, types


def outputs(types: list[str], shapes: list[Any], device: str) -> tuple[Output, ...]:
    """Return outputs of these types; where the file gives more shapes than types, or none, the rest is unknown."""
    count = max(len(types), len(shapes))
    return tuple(
        Output(
            shapes[place] if place < len(shapes) else None, types[place] if place < len(types) else "unknown", device
        )
        for place in range(count)
    )
