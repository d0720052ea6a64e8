"""Two watched trainings side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkit.drawing.chart import document, lines
from tfkit.drawing.style import short_number
from tfkit.errors import GradientError
from tfkit.gradients.history import LOSS, Array, History, finite_median
from tfkit.printable import printable_forms

if TYPE_CHECKING:
    from tfkit.display import MimeBundle

_APART = 0.01  # of the loss: from here on two runs are told apart
_MOST = 8  # variables that are told of


@dataclass(frozen=True)
class RunComparison:
    """Two trainings, and where they differ; shows itself in a notebook.

    Attributes:
        one: The first history.
        other: The second one.
        parting: The first step at which their losses differ by more than 1 %, or None.
        ratios: Of each variable that both have, the gradient of the second by that of the first, in the median.

    Example:
        >>> compare_runs(History("a", 1), History("b", 1)).parting is None
        True
    """

    one: History
    other: History
    parting: int | None
    ratios: dict[str, float]

    def __str__(self) -> str:
        told = [f"{_name(self.one, 'first')} and {_name(self.other, 'second')}"]
        ends = [_last(history.losses) for history in (self.one, self.other)]
        if None not in ends:
            told.append(f"the loss ends at {short_number(ends[0] or 0.0)} and {short_number(ends[1] or 0.0)}")
        told.append("no step tells them apart" if self.parting is None else f"they part at step {self.parting:,}")
        far = sorted(self.ratios, key=lambda name: -abs(np.log(max(self.ratios[name], 1e-30))))[:_MOST]
        told += [f"  {name}: the gradient is {short_number(self.ratios[name])} times as long" for name in far]
        return "\n".join(told)

    __repr__ = __str__

    def to_svg(self) -> str:
        """Return both losses, and both lengths of all gradients, over the steps."""
        steps = sorted({int(step) for history in (self.one, self.other) for step in history.steps})
        names = [_name(self.one, "first"), _name(self.other, "second")]
        if names[0] == names[1]:
            names = [f"{names[0]}, first", f"{names[1]}, second"]
        losses = {name: _at(h, h.losses, steps) for name, h in zip(names, (self.one, self.other), strict=True)}
        norms = {name: _at(h, _total(h), steps) for name, h in zip(names, (self.one, self.other), strict=True)}
        parts = [
            lines([float(step) for step in steps], losses, LOSS),
            lines([float(step) for step in steps], norms, "Length of all gradients", top=190, log=True),
        ]
        return document(720, 380, str(self), parts)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> MimeBundle:
        return printable_forms({"image/svg+xml": self.to_svg(), "text/plain": str(self)})


def compare_runs(one: Any, other: Any) -> RunComparison:
    """Compare two trainings: histories, monitors, or files that a monitor saved.

    Args:
        one: A `tfkit.History`, a `tfkit.GradientMonitor`, or the path of a saved ``.json``.
        other: The same.

    Raises:
        GradientError: If one of them is nothing of that.
        FileError: If a file cannot be read.

    Example:
        >>> print(compare_runs(History("slow", 1), History("fast", 1)))
        slow and fast
        no step tells them apart
    """
    first, second = _history(one), _history(other)
    shared = np.intersect1d(first.steps, second.steps)
    a, b = (h.losses[np.isin(h.steps, shared)] for h in (first, second))
    apart = np.abs(a - b) > _APART * np.maximum(np.abs(a), 1e-12) if shared.size else np.zeros(0, bool)
    tracks = {track.name.partition("/")[2] or track.name: track for track in second.tracks}
    ratios = {}
    for track in first.tracks:
        name = track.name.partition("/")[2] or track.name
        if name in tracks and (base := finite_median(track.gradient_norm)) > 0:
            ratios[name] = finite_median(tracks[name].gradient_norm) / base
    return RunComparison(first, second, int(shared[np.argmax(apart)]) if apart.any() else None, ratios)


def _history(run: Any) -> History:
    if isinstance(run, (str, Path)):
        return History.load(run)
    found = run if isinstance(run, History) else getattr(run, "history", None)
    if not isinstance(found, History):
        raise GradientError(f"compare_runs takes histories, monitors or saved files, not {run!r:.60}.")
    return found


def _name(history: History, otherwise: str) -> str:
    return history.name or otherwise


def _last(values: Array) -> float | None:
    known = values[np.isfinite(values)]
    return float(known[-1]) if known.size else None


def _total(history: History) -> Array:
    squares = [track.gradient_norm.astype(np.float64) ** 2 for track in history.tracks]
    return np.asarray(np.sqrt(np.sum(squares, axis=0))) if squares else np.full(history.steps.size, np.nan)


def _at(history: History, values: Array, steps: list[int]) -> list[float]:
    known = dict(zip(history.steps.tolist(), values.tolist(), strict=True))
    return [known.get(step, float("nan")) for step in steps]
