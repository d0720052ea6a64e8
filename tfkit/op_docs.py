"""What an operation or a Keras layer does, in one line of its own documentation.

The lines are those of TensorFlow and Keras (see op_docs.LICENSE.txt), read from a table, so neither is needed.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files


@cache
def _table() -> dict[str, str]:
    found: dict[str, str] = json.loads((files("tfkit") / "op_docs.json").read_text(encoding="utf-8"))
    return found


def about(op: str) -> str:
    """Return the line about an operation, or "" where there is none; that of a layer goes by ``"layer Dense"``.

    Example:
        >>> about("MatMul"), about("layer Dropout"), about("MyOwn")
        ('Multiply the matrix "a" by the matrix "b".', 'Applies dropout to the input.', '')
    """
    return _table().get(op, "")
