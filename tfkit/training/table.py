"""A training history as a table: one line for each epoch, rounded numbers, no times.

With this module one can show what `fit` returns, or a list of one's own records, so that the same training
shows the same text on every run.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tfkit.errors import TfkitError
from tfkit.printable import printable_forms


@dataclass(frozen=True, repr=False, slots=True)
class EpochTable:
    """One line for each epoch. `rows` holds a number for each column, or None where there is none."""

    columns: tuple[str, ...]
    rows: tuple[tuple[float | None, ...], ...]
    epochs: tuple[int, ...]
    digits: int = 4

    def _cells(self) -> list[list[str]]:
        lines = [["epoch", *self.columns]]
        for epoch, row in zip(self.epochs, self.rows, strict=True):
            lines.append([str(epoch), *("" if value is None else f"{value:.{self.digits}f}" for value in row)])
        return lines

    def __repr__(self) -> str:
        cells = self._cells()
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
        return "\n".join(line.rstrip() for line in lines)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        head, *body = self._cells()
        titles = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in head)
        lines = (
            f'<tr><th scope="row">{line[0]}</th>{"".join(f"<td>{cell}</td>" for cell in line[1:])}</tr>'
            for line in body
        )
        table = f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
        return printable_forms({"text/plain": repr(self), "text/html": table})


def epoch_table(history: Any, *, digits: int = 4) -> EpochTable:
    """Return a training history as a table with one line for each epoch.

    Args:
        history: What `fit` returns, its ``.history`` dictionary, or a list of dictionaries, one for each epoch.
        digits: How many decimals are shown.

    Raises:
        TfkitError: If `history` is something else, or its columns do not fit together.

    Example:
        >>> epoch_table({"loss": [2.3026, 1.2], "accuracy": [0.1, 0.625]}, digits=2)
        epoch  loss  accuracy
            1  2.30      0.10
            2  1.20      0.62
    """
    if type(digits) is not int or not 0 <= digits <= 15:
        raise TfkitError(f"digits is a whole number from 0 to 15, not {digits!r}.")
    first = 0
    if not isinstance(history, (Mapping, list, tuple)):
        first = next(iter(getattr(history, "epoch", [])), 0)
        history = getattr(history, "history", history)
    if isinstance(history, Mapping):
        columns, rows = _from_columns(history)
    elif isinstance(history, (list, tuple)):
        columns, rows = _from_records(history)
    else:
        raise TfkitError(
            f"A training history is what fit returns, a dictionary or a list of dictionaries, "
            f"not {type(history).__name__}."
        )
    return EpochTable(columns, rows, tuple(range(first + 1, first + 1 + len(rows))), digits)


_Rows = tuple[tuple[float | None, ...], ...]


def _from_columns(history: Mapping[Any, Any]) -> tuple[tuple[str, ...], _Rows]:
    columns = {str(name): _list(name, values) for name, values in history.items()}
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise TfkitError(f"The columns of a history have one number for each epoch, but these differ: {lengths}.")
    numbers = ([_number(name, value) for value in values] for name, values in columns.items())
    return tuple(columns), tuple(zip(*numbers, strict=True))


def _list(name: object, values: Any) -> list[Any]:
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise TfkitError(f"Column {str(name)!r} of the history should be a list of numbers, not {values!r}.")
    return list(values)


def _from_records(history: Sequence[Any]) -> tuple[tuple[str, ...], _Rows]:
    for place, record in enumerate(history):
        if not isinstance(record, Mapping):
            raise TfkitError(f"Entry {place} of the history should be a dictionary, not {type(record).__name__}.")
    names = list(dict.fromkeys(name for record in history for name in record))
    rows = (tuple(_number(name, record.get(name)) for name in names) for record in history)
    return tuple(map(str, names)), tuple(rows)


def _number(name: object, value: Any) -> float | None:
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise TfkitError(f"Column {str(name)!r} of the history holds {value!r}, which is not a number.") from error
    return number + 0.0  # a minus zero becomes a plain one
