"""A history written for TensorBoard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.eager import context

from tfkit.errors import FileError
from tfkit.gradients._statistics import NUMBERS
from tfkit.gradients.history import BINS, History, Track


class EventWriter:
    """An event file; reports are written as they come.

    Raises:
        FileError: If the folder cannot be written.
    """

    def __init__(self, logdir: str | Path) -> None:
        try:
            Path(logdir).mkdir(parents=True, exist_ok=True)
            self._writer = tf.summary.create_file_writer(str(logdir))
        except (OSError, tf.errors.OpError) as error:
            raise FileError(f"Cannot write event files to {str(logdir)!r}: {error}.") from error

    def write(self, history: History, first: int) -> None:
        """Write the reports from the place `first` on."""
        with context.eager_mode(), self._writer.as_default():
            for place in range(first, history.steps.size):
                step = int(history.steps[place])
                if np.isfinite(history.losses[place]):
                    tf.summary.scalar("loss", history.losses[place], step=step)
                for track in history.tracks:
                    self._write_track(track, place, step)
            self._writer.flush()

    def _write_track(self, track: Track, place: int, step: int) -> None:
        for name in NUMBERS:
            tf.summary.scalar(f"{name}/{track.name}", getattr(track, name)[place], step=step)
        for name in ("gradient_histogram", "weight_histogram"):
            _histogram(f"{name}/{track.name}", getattr(track, name)[place], step)

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()


def _histogram(tag: str, counts: Any, step: int) -> None:
    """Write counts by the exponent of magnitudes as TensorBoard's buckets: left edge, right edge, count."""
    edges = 2.0 ** (np.arange(BINS + 1) - 25.0)
    edges[0] = 0.0
    buckets = np.stack([edges[:-1], edges[1:], counts], axis=1)
    metadata = tf.compat.v1.SummaryMetadata()
    metadata.plugin_data.plugin_name = "histograms"
    tf.summary.write(tag, tf.constant(buckets, tf.float64), step=step, metadata=metadata)
