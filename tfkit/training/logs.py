"""The curves of a training, for TensorBoard."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from tfkit.errors import FileError, TrainingError


class ScalarLog:
    """An event file in a folder; one that was begun before is left as it is, and TensorBoard reads both.

    Raises:
        TrainingError: If TensorBoard is not installed.
        FileError: If the folder cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     ScalarLog(Path(folder)).write(1, {"loss": 0.5})
        ...     len(list(Path(folder).iterdir()))
        1
    """

    def __init__(self, folder: Path) -> None:
        try:
            from tensorboard.compat.proto.event_pb2 import Event
            from tensorboard.summary.writer.record_writer import RecordWriter
        except ImportError as error:
            raise TrainingError('A log folder is written for TensorBoard: pip install "tfkit-course[lab]".') from error
        self._event, self._writer = Event, RecordWriter
        self._path = folder / f"events.out.tfevents.{time.time():.6f}.tfkit"
        self._append(Event(wall_time=time.time(), file_version="brain.Event:2"))

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Add a point to each curve.

        Raises:
            FileError: If the disk is full, for example.
        """
        event = self._event(wall_time=time.time(), step=step)
        for name, value in values.items():
            event.summary.value.add(tag=name, simple_value=value)
        self._append(event)

    def _append(self, event: object) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                self._writer(file).write(event.SerializeToString())  # type: ignore[attr-defined]
        except OSError as error:
            raise FileError(f"Cannot write to {str(self._path.parent)!r}: {error.strerror or error}.") from error
