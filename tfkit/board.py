"""TensorBoard in a notebook: the real one behind the login of Jupyter, and a still picture of its curves elsewhere."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tfkit.display import BOARD_MIME_TYPE, MimeBundle
from tfkit.drawing.chart import document, lines, note
from tfkit.drawing.style import short_number
from tfkit.errors import FileError
from tfkit.files.scalars import Curve, last, read_curves
from tfkit.printable import printable_forms
from tfkit.version import SERVER_VARIABLE, __version__

_CHARTS, _RUNS, _LINES = 3, 6, 40  # that are drawn, that are drawn in each, that are written
_POINTS = 240  # of a line in a picture 720 px wide
_HEIGHT = 150


@dataclass(frozen=True)
class TensorBoard:
    """A log folder, shown by TensorBoard as the last line of a cell.

    Attributes:
        logdir: As it was given.

    Example:
        >>> print(TensorBoard("runs")._repr_mimebundle_()["text/plain"])
        TensorBoard of 'runs': no curves yet
    """

    logdir: str

    def __repr__(self) -> str:
        return f"TensorBoard of {self.logdir!r}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> MimeBundle:
        where = hint()
        try:
            curves, is_all = read_curves(Path(self.logdir).expanduser())
        except FileError as error:
            curves, is_all, where = (), True, " ".join(filter(None, (where, str(error))))
        payload = {"version": 1, "logdir": str(Path(self.logdir).expanduser().absolute()), "name": self.logdir}
        words = _words(self, curves, is_all, where)
        picture = _picture(self, curves, where, words)
        return printable_forms({BOARD_MIME_TYPE: payload, "image/svg+xml": picture, "text/plain": words})


def tensorboard(logdir: str | Path) -> TensorBoard:
    """Show the logs in a folder with TensorBoard, in the notebook.

    In JupyterLab and Notebook 7 the real TensorBoard stands in the output, started and ended by the Jupyter server and
    reached through its login alone; it appears as soon as there are logs. Elsewhere, and in what is exported, there is
    a still picture of the first curves.

    Args:
        logdir: A folder, which may still be empty or missing; a run in each folder in it.

    Returns:
        What shows itself as the last line of a cell.

    Raises:
        FileError: If `logdir` is a file, or no folder of this machine.

    Example:
        >>> import tfkit
        >>> tfkit.tensorboard("runs")
        TensorBoard of 'runs'
    """
    name = os.fspath(logdir)
    if "://" in name:
        raise FileError(f"{name!r} is not on this machine: TensorBoard here reads folders of its own disk.")
    if Path(name).expanduser().is_file():
        raise FileError(f"{name!r} is a file: name the folder in which it stands.")
    return TensorBoard(name)


def hint() -> str:
    """Return a sentence on why the real TensorBoard cannot stand here and what helps, or nothing where it can."""
    if "google.colab" in sys.modules:
        return "Colab has TensorBoard of its own: %load_ext tensorboard, then %tensorboard --logdir and the folder."
    if "VSCODE_PID" in os.environ:
        return "Visual Studio Code has TensorBoard of its own: the command Python: Launch TensorBoard."
    if "JPY_SESSION_NAME" not in os.environ:  # no Jupyter server: exported, checked, or in a shell
        return ""
    server = os.environ.get(SERVER_VARIABLE)
    if server is None:
        return 'The Jupyter server has no tfkit: run pip install "tfkit-course[lab]" where it is installed.'
    if server != __version__:
        return (
            f"The Jupyter server has tfkit {server} and this kernel {__version__}: bring both to the same version with "
            "pip install --upgrade tfkit-course."
        )
    return ""


def _words(board: TensorBoard, curves: tuple[Curve, ...], is_all: bool, where: str) -> str:
    told = [f"  {_name(curve)}: {short_number(last(curve))} (step {curve.steps[-1]:,})" for curve in _known(curves)]
    rows = [repr(board) + (":" if told else ": no curves yet"), *told[:_LINES]]
    if len(told) > _LINES:
        rows.append(f"  and {len(told) - _LINES:,} more")
    if not is_all:
        rows.append("  The logs are long: only their beginning was read.")
    return "\n".join([*rows, *([where] if where else [])])


def _known(curves: tuple[Curve, ...]) -> list[Curve]:
    return [curve for curve in curves if math.isfinite(last(curve))]


def _name(curve: Curve) -> str:
    return curve.tag if curve.run == "." else f"{curve.run} {curve.tag}"


def _picture(board: TensorBoard, curves: tuple[Curve, ...], where: str, words: str) -> str:
    """Return the curves of the first tags, one chart for each, a line for each run."""
    known = _known(curves)
    tags = sorted(dict.fromkeys(curve.tag for curve in known), key=lambda tag: "loss" not in tag)[:_CHARTS]
    parts = [
        _chart(tag, [curve for curve in known if curve.tag == tag][:_RUNS], place * _HEIGHT)
        for place, tag in enumerate(tags)
    ]
    height = len(parts) * _HEIGHT
    said = [*([] if parts else [repr(board) + ": no curves yet"]), *([where] if where else [])]
    parts += [note(sentence, height + 20 * place) for place, sentence in enumerate(said)]
    return document(720, height + 20 * len(said) + (12 if said else 0), words, parts)


def _chart(tag: str, curves: list[Curve], top: int) -> str:
    """Return the lines of one tag. Runs are logged at steps of their own: between these a line is straight."""
    points = {}
    for curve in curves:
        known = {step: value for step, value in zip(curve.steps, curve.values, strict=True) if math.isfinite(value)}
        points[tag if curve.run == "." else curve.run] = sorted(known.items())
    steps = sorted({step for known in points.values() for step, _ in known})
    count = min(len(steps), _POINTS)
    thinned = {steps[place * len(steps) // count] for place in range(count)}
    shown = sorted(thinned | {known[end][0] for known in points.values() for end in (0, -1)})
    series = {run: _at(shown, known) for run, known in points.items()}
    return lines([float(step) for step in shown], series, tag, top=top, height=_HEIGHT)


def _at(steps: list[int], points: list[tuple[int, float]]) -> list[float]:
    """Return a line through points at some steps, NaN before its first and after its last."""
    known, values = np.array(points, float).T
    return list(np.interp(steps, known, values, math.nan, math.nan).tolist())
