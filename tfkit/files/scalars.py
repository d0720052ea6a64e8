"""The curves in a log folder of TensorBoard, without TensorBoard and without TensorFlow."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError

from tfkit.errors import FileError
from tfkit.files._events import event_files, records
from tfkit.files._schema import parse
from tfkit.files._values import tensor_summary, text

MOST_RECORDS = 100_000  # of all files together that are read


@dataclass(frozen=True)
class Curve:
    """One number over the steps of a run."""

    run: str
    tag: str
    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


def read_curves(folder: Path) -> tuple[tuple[Curve, ...], bool]:
    """Return all curves in a log folder, and whether that is all of it: of very long logs the beginning is read.

    What is damaged is passed over: a training may be writing it.

    Raises:
        FileError: If the folder cannot be read.
    """
    curves: dict[tuple[str, str], Curve] = {}
    left, scalars = MOST_RECORDS, set[tuple[str, str]]()
    try:
        files = event_files(folder)
    except OSError as error:
        raise FileError(f"{str(folder)!r} cannot be read ({error.strerror or error}).") from error
    for file in files:
        run = file.parent.relative_to(folder).as_posix()
        with contextlib.suppress(OSError, DecodeError, ValueError), file.open("rb") as opened:
            for record in records(opened):
                left -= 1
                if left < 0:
                    return tuple(curves.values()), False
                for tag, step, value in _in_event(parse("Event", record), run, scalars):
                    curve = curves.setdefault((run, tag), Curve(run, tag))
                    curve.steps.append(step)
                    curve.values.append(value)
    return tuple(curves.values()), True


def _in_event(event: Any, run: str, scalars: set[tuple[str, str]]) -> Iterator[tuple[str, int, float]]:
    """Yield the numbers in an event. What kind a tag is of, TensorFlow 2 says with the first of them alone."""
    for value in event.summary.value:
        tag, plugin = text(value.tag), value.metadata.plugin.name
        if plugin == b"scalars":
            scalars.add((run, tag))
        if value.HasField("tensor"):
            if (run, tag) in scalars:
                found = tensor_summary(value.tensor)
                if found is not None and found.size == 1:
                    yield tag, event.step, math.nan if found.mean is None else found.mean
        elif value.HasField("number"):
            yield tag, event.step, value.number


def last(curve: Curve) -> float:
    """Return the last number of a curve that is one, or NaN.

    Example:
        >>> last(Curve("run", "loss", [0, 1], [2.0, float("nan")]))
        2.0
    """
    return next((value for value in reversed(curve.values) if math.isfinite(value)), math.nan)
