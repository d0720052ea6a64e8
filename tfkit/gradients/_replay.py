"""How a watched training shows itself: while it runs, afterwards, as text, and as a file."""

from __future__ import annotations

import base64
import gzip
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tfkit.atomic import write_whole
from tfkit.display import MONITOR_MIME_TYPE, MimeBundle, needs_html, page
from tfkit.drawing.chart import colour_map, document, lines, map_height
from tfkit.drawing.style import short_number
from tfkit.errors import FileError
from tfkit.gradients.findings import Finding
from tfkit.gradients.history import LOSS, History
from tfkit.printable import printable

if TYPE_CHECKING:
    from tfkit.gradients.monitor import GradientMonitor

_LIVE_BYTES, _WHOLE_BYTES = 20_000, 300_000  # of one update, and of what a notebook keeps
_PAUSE_S = 0.25  # between two updates
_ROWS = 24  # variables of the still picture, and of the text


def payload(
    history: History, findings: Sequence[Finding], *, is_running: bool, most_bytes: int = _WHOLE_BYTES
) -> dict[str, Any]:
    """Return what the page draws from; of a long history evenly chosen reports, as many as there is room for."""
    said = [{"code": f.code, "where": f.where, "evidence": f.evidence, "advice": f.advice} for f in findings]
    count = max(history.steps.size, 1)
    while True:
        data = {**history.thinned(count).to_dict(), "findings": said, "state": "running" if is_running else "ended"}
        packed = base64.b64encode(gzip.compress(json.dumps(data).encode(), mtime=0)).decode("ascii")
        if len(packed) <= most_bytes or count <= 2:
            return {"version": 1, "data": packed}
        count = max(2, int(count * 0.9 * most_bytes / len(packed)))


def bundle(
    history: History, findings: Sequence[Finding], *, is_running: bool = False, most_bytes: int = _WHOLE_BYTES
) -> MimeBundle:
    """Return the forms in which a notebook keeps a watched training."""
    found = payload(history, findings, is_running=is_running, most_bytes=most_bytes)
    words = printable(text(history, findings))
    forms: MimeBundle = {MONITOR_MIME_TYPE: found, "text/plain": words}
    if not is_running:
        forms["image/svg+xml"] = svg(history, findings)
    if needs_html() and not is_running:  # the script would be sent again with each update
        forms["text/html"] = page(history.name, MONITOR_MIME_TYPE, found, words)
    return forms


def save(history: History, findings: Sequence[Finding], path: str | Path) -> Path:
    """Write a history to a file in the form that the suffix names."""
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix == ".json":
        return history.save(target)
    if suffix == ".html":
        found = payload(history, findings, is_running=False)
        made = page(history.name, MONITOR_MIME_TYPE, found, text(history, findings))
    elif suffix == ".svg":
        made = svg(history, findings)
    else:
        raise FileError(f"Cannot save a history as {str(target)!r}: the name must end in .json, .html or .svg.")
    try:
        write_whole(target, made.encode("utf-8"))
    except OSError as error:
        raise FileError(f"Cannot write {str(target)!r}: {error.strerror or error}.") from error
    return target


def svg(history: History, findings: Sequence[Finding] = ()) -> str:
    """Return a still picture: the loss if it is known, and gradient and update of each variable over the steps."""
    steps = [float(step) for step in history.steps]
    tracks = history.tracks[:_ROWS]
    high = map_height(len(tracks))
    loss = lines(steps, {"loss": history.losses.tolist()}, f"{history.name}: {LOSS.lower()}")
    gradient = {track.name: track.gradient_norm.tolist() for track in tracks}
    update = {track.name: track.update_ratio.tolist() for track in tracks}
    top = 190 if _knows_loss(history) else 0
    parts = [
        *([loss] if top else []),
        colour_map(gradient, "Length of the gradient", top=top),
        colour_map(update, "Update by weight", top=top + 10 + high, mark_odd=False),
    ]
    return document(720, top + 20 + 2 * high, text(history, findings), parts)


def text(history: History, findings: Sequence[Finding] = ()) -> str:
    """Return the last report of each variable, and what was found, line by line."""
    told = [repr(history)]
    if history.steps.size:
        told.append(f"{'variable':40}  {'|gradient|':>10}  {'|weight|':>10}  {'update':>10}  {'no gradient':>11}")
    for track in history.tracks[:_ROWS] if history.steps.size else ():
        numbers = (track.gradient_norm, track.weight_norm, track.update_ratio)
        cells = "  ".join(f"{_short(values[-1]):>10}" for values in numbers)
        told.append(f"{track.name[-40:]:40}  {cells}  {_short(track.dead[-1]):>11}")
    if len(history.tracks) > _ROWS:
        told.append(f"... and {len(history.tracks) - _ROWS} more variables")
    return "\n".join([*told, *history.notes, *map(str, findings)])


def _short(value: float) -> str:
    return short_number(float(value)) if np.isfinite(value) else str(float(value))


class Output(Protocol):
    """Something that is told of new reports."""

    def report(self, monitor: GradientMonitor) -> None:
        """Tell of reports that came since the last time."""

    def end(self, monitor: GradientMonitor) -> None:
        """Tell that the training has ended."""


class Outputs:
    """All that is told of a training."""

    def __init__(self, outputs: Sequence[Output]) -> None:
        self.outputs = outputs

    def report(self, monitor: GradientMonitor) -> None:
        for output in self.outputs:
            output.report(monitor)

    def end(self, monitor: GradientMonitor) -> None:
        for output in self.outputs:
            output.end(monitor)


def outputs(monitor: GradientMonitor) -> Outputs:
    """Return what is told of a training that begins now: a notebook or a terminal, and perhaps TensorBoard."""
    found: list[Output] = [
        _Table() if monitor.table else _View() if _in_notebook() else _Lines(len(monitor._log.steps))
    ]
    if monitor.logdir is not None:
        found.append(_Events(monitor.logdir, len(monitor._log.steps)))
    return Outputs(found)


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return hasattr(shell, "kernel")


class _View:
    """The live view of a notebook: one output, replaced a few times a second."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._next = 0.0

    def report(self, monitor: GradientMonitor) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._put(bundle(monitor._log.history(), (), is_running=True, most_bytes=_LIVE_BYTES))
            self._next = time.monotonic() + max(
                _PAUSE_S, 20 * (time.monotonic() - now)
            )  # at most a twentieth of the time

    def end(self, monitor: GradientMonitor) -> None:
        if monitor._log.steps:
            self._put(bundle(monitor.history, monitor.findings))

    def _put(self, forms: MimeBundle) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(forms, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(forms, raw=True)


class _Lines:
    """A line a report, for terminals and logs."""

    def __init__(self, told: int) -> None:
        self._told = told

    def report(self, monitor: GradientMonitor) -> None:
        history = monitor._log.history()
        for place in range(self._told, history.steps.size):
            print(line(history, place))  # which stands a program without a stdout (pythonw)
        self._told = history.steps.size

    def end(self, monitor: GradientMonitor) -> None:
        self.report(monitor)


class _Table:
    """All reports when the training has ended, rounded so that runs can be compared."""

    def report(self, monitor: GradientMonitor) -> None:
        pass

    def end(self, monitor: GradientMonitor) -> None:
        history = monitor._log.history()
        heads, hidden = ("loss", "|gradient|", "update"), int(not _knows_loss(history))
        print("  ".join([f"{'step':>8}", *(f"{head:>10}" for head in heads[hidden:])]))
        for place, step in enumerate(history.steps):
            cells = "  ".join(f"{_short(value):>10}" for value in _whole(history, place)[hidden:])
            print(f"{step:8,}  {cells}")


class _Events:
    """TensorBoard's event file."""

    def __init__(self, logdir: Path, told: int) -> None:
        from tfkit.gradients._events import EventWriter

        self._writer = EventWriter(logdir)
        self._told = told

    def report(self, monitor: GradientMonitor) -> None:
        history = monitor._log.history()
        self._writer.write(history, self._told)
        self._told = history.steps.size

    def end(self, monitor: GradientMonitor) -> None:
        self.report(monitor)
        self._writer.close()


def line(history: History, place: int) -> str:
    """Return one report in a line: the loss, all gradients as one vector, the largest update, and what is odd."""
    loss, gradient, update = _whole(history, place)
    odd = [track.name for track in history.tracks if track.gradient_nonfinite[place] or track.weight_nonfinite[place]]
    step = f"step {int(history.steps[place]):,}"
    known = f"loss {_short(loss)}, " if _knows_loss(history) else ""
    words = f"{step}: {known}|gradient| {_short(gradient)}, update {_short(update)}"
    return f"{words}; not finite: {', '.join(odd[:3])}" if odd else words


def _knows_loss(history: History) -> bool:
    """Return whether there is a loss to show: a loop of one's own tells only its gradients, and those are finite."""
    finite = all(np.isfinite(track.gradient_norm).all() for track in history.tracks)
    return not (finite and np.isnan(history.losses).all())


def _whole(history: History, place: int) -> tuple[float, float, float]:
    """Return the loss, the length of all gradients as one vector, and the largest update of a variable."""
    norms = np.array([track.gradient_norm[place] for track in history.tracks], np.float64)
    tracks = [track for track in history.tracks if len(track.shape) > 1] or history.tracks  # biases begin with nothing
    updates = [track.update_ratio[place] for track in tracks if np.isfinite(track.update_ratio[place])]
    gradient = float(np.sqrt(np.nansum(norms**2))) if np.isfinite(norms).all() else float(norms[~np.isfinite(norms)][0])
    return float(history.losses[place]), gradient, float(max(updates, default=np.nan))
