"""What was seen while a model was trained, as plain arrays. NumPy alone is needed to read it back."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from tfkit.atomic import write_whole
from tfkit.errors import FileError
from tfkit.untrusted import MIB, parse_json, read_regular

VERSION = 1
LOSS = "Loss (mean of the epoch so far)"  # how charts call what Keras logs
_MOST_BYTES = 256 * MIB
BINS = 32  # by the exponent of a float: bin i > 0 counts 2**(i - 25) <= |x| < 2**(i - 24)
Array = np.ndarray[Any, Any]
_WHOLE = ("gradient_histogram", "weight_histogram", "gradient_nonfinite", "weight_nonfinite")


@dataclass(frozen=True, eq=False)
class Track:
    """One trainable variable; every array has an entry for each report.

    Attributes:
        name: Its path, such as ``"dense/kernel"``.
        layer: The layer that it belongs to.
        shape: Its shape.
        gradient_norm: `(reports,)`, length of the gradient that the optimizer was given.
        clipped_norm: `(reports,)`, the same after clipping.
        weight_norm: `(reports,)`, length of the variable before the update.
        update_ratio: `(reports,)`, length of the update by that of the variable; NaN where that is zero.
        gradient_histogram: `(reports, 32)`, counts by the exponent of the float: bin 0 has zeros and what is below
            2**-24, bin i what is from 2**(i - 25) on, bin 31 what is from 64 on.
        weight_histogram: `(reports, 32)`, the same of the variable.
        gradient_nonfinite: `(reports,)`, how many elements were NaN or infinite.
        weight_nonfinite: `(reports,)`, the same of the variable.
        dead: `(reports,)`, share of units (the last axis) that got no gradient at all; NaN for a single number.
    """

    name: str
    layer: str
    shape: tuple[int, ...]
    gradient_norm: Array
    clipped_norm: Array
    weight_norm: Array
    update_ratio: Array
    gradient_histogram: Array
    weight_histogram: Array
    gradient_nonfinite: Array
    weight_nonfinite: Array
    dead: Array


@dataclass(frozen=True, eq=False)
class History:
    """What a `tfkit.GradientMonitor` saw.

    Attributes:
        name: Of the model.
        every: How many steps lie between two reports.
        steps: `(reports,)` int64, the optimizer's steps, counted from 1 over all fits.
        skipped: `(reports,)` bool, whether a loss-scaling optimizer dropped the step.
        losses: `(reports,)`, the loss that Keras logged, the mean of the epoch so far; NaN where it is not known.
        metrics: Other numbers that Keras logged, `(reports,)` each.
        tracks: One for each variable.
        fits: The first report of each ``fit``.
        notes: What was special, in sentences.

    Example:
        >>> History("model", 10).thinned(5).steps.size
        0
    """

    name: str
    every: int
    steps: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    skipped: Array = field(default_factory=lambda: np.zeros(0, bool))
    losses: Array = field(default_factory=lambda: np.zeros(0, np.float32))
    metrics: Mapping[str, Array] = field(default_factory=dict)
    tracks: tuple[Track, ...] = ()
    fits: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        last = f", to step {int(self.steps[-1]):,}" if self.steps.size else ""
        return f"History({self.name!r}, {self.steps.size:,} reports{last}, {len(self.tracks)} variables)"

    def to_dict(self) -> dict[str, Any]:
        """Return the history as JSON holds it; arrays as base64, because JSON has no NaN."""
        return {
            "version": VERSION,
            "name": self.name,
            "every": self.every,
            "steps": _write(self.steps, whole=True),
            "skipped": _write(self.skipped, whole=True),
            "losses": _write(self.losses),
            "metrics": {name: _write(values) for name, values in self.metrics.items()},
            "fits": list(self.fits),
            "notes": list(self.notes),
            "tracks": [_write_track(track) for track in self.tracks],
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> History:
        """Return the history that `to_dict` wrote down.

        Raises:
            FileError: If `data` is of another form or version.
        """
        version = data.get("version") if isinstance(data, Mapping) else None
        if version != VERSION:
            raise FileError(
                f"This is no history of version {VERSION} (its version is {version!r}): update tfkit-course."
            )
        try:
            return _read_history(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FileError(f"The history is damaged: {type(error).__name__} {error}.") from error

    def save(self, path: str | Path) -> Path:
        """Write the history to a ``.json`` file.

        Raises:
            FileError: If it cannot be written.
        """
        target = Path(path)
        try:
            write_whole(target, json.dumps(self.to_dict()).encode())
        except OSError as error:
            raise FileError(f"Cannot write {str(target)!r}: {error.strerror or error}.") from error
        return target

    @staticmethod
    def load(path: str | Path) -> History:
        """Read a history that was saved.

        Raises:
            FileError: If the file cannot be read or is none.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     History.load(History("model", 10).save(Path(folder, "run.json")))
            History('model', 0 reports, 0 variables)
        """
        try:
            return History.from_dict(parse_json(read_regular(Path(path), _MOST_BYTES)))
        except OSError as error:
            raise FileError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from error
        except (ValueError, FileError) as error:
            raise FileError(f"{str(path)!r} is no saved history: {str(error).rstrip('.')}.") from error

    def thinned(self, most: int) -> History:
        """Return the history with at most so many reports, evenly chosen, the first and the last among them."""
        count = self.steps.size
        if count <= most:
            return self
        kept = np.unique(np.linspace(0, count - 1, max(most, 2)).round().astype(int))
        return replace(
            self,
            steps=self.steps[kept],
            skipped=self.skipped[kept],
            losses=self.losses[kept],
            metrics={name: values[kept] for name, values in self.metrics.items()},
            tracks=tuple(_chosen(track, kept) for track in self.tracks),
            fits=tuple(int(np.searchsorted(kept, first)) for first in self.fits),
        )


def arrays_of(track: Track) -> dict[str, Array]:
    """Return the arrays of a track by their names."""
    return {entry.name: getattr(track, entry.name) for entry in fields(Track)[3:]}


def _chosen(track: Track, kept: Array) -> Track:
    arrays: dict[str, Any] = {name: values[kept] for name, values in arrays_of(track).items()}
    return replace(track, **arrays)


def _write_track(track: Track) -> dict[str, Any]:
    arrays = {name: _write(values, whole=name in _WHOLE) for name, values in arrays_of(track).items()}
    return {"name": track.name, "layer": track.layer, "shape": list(track.shape), **arrays}


def _write(values: Array, *, whole: bool = False) -> dict[str, str]:
    kind, dtype = ("i32", "<i4") if whole else ("f32", "<f4")
    return {kind: base64.b64encode(np.ascontiguousarray(values, dtype).tobytes()).decode("ascii")}


def _read(data: Mapping[str, str]) -> Array:
    ((kind, text),) = data.items()
    return np.frombuffer(base64.b64decode(text), {"i32": "<i4", "f32": "<f4"}[kind])


def _read_history(data: Mapping[str, Any]) -> History:
    history = History(
        str(data["name"]),
        int(data["every"]),
        _read(data["steps"]).astype(np.int64),
        _read(data["skipped"]).astype(bool),
        _read(data["losses"]),
        {str(name): _read(values) for name, values in data["metrics"].items()},
        tuple(_read_track(track) for track in data["tracks"]),
        tuple(map(int, data["fits"])),
        tuple(map(str, data["notes"])),
    )
    rows = [history.skipped, history.losses, *history.metrics.values()]
    rows += [values for track in history.tracks for values in arrays_of(track).values()]
    if {len(values) for values in rows} - {history.steps.size}:
        raise ValueError("its rows are not equally long")
    return history


def _read_track(data: Mapping[str, Any]) -> Track:
    arrays = {entry.name: _read(data[entry.name]) for entry in fields(Track)[3:]}
    for name in ("gradient_histogram", "weight_histogram"):
        arrays[name] = arrays[name].reshape(-1, BINS)
    return Track(str(data["name"]), str(data["layer"]), tuple(map(int, data["shape"])), **arrays)


def finite_median(values: Array) -> float:
    """Return the median of the numbers that are finite, 0 where none is."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else 0.0


def stacked(parts: Iterable[Array], width: tuple[int, ...], dtype: Any) -> Array:
    """Return rows as one array, of no rows where there are none."""
    rows = list(parts)
    return np.stack(rows).astype(dtype) if rows else np.zeros((0, *width), dtype)
