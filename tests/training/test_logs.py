"""Curves that TensorBoard reads."""

import builtins
import errno

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tfkit.errors import FileError, TrainingError
from tfkit.training.logs import ScalarLog


def curves(folder):
    found = EventAccumulator(str(folder))
    found.Reload()
    return {tag: [(event.step, event.value) for event in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def test_tensorboard_reads_the_curves(tmp_path):
    log = ScalarLog(tmp_path / "new")
    log.write(10, {"loss": 0.5, "learning rate": 1.0})
    assert curves(tmp_path / "new") == {"loss": [(10, 0.5)], "learning rate": [(10, 1.0)]}  # while it is written
    log.write(20, {"loss": 0.25})
    assert curves(tmp_path / "new")["loss"] == [(10, 0.5), (20, 0.25)]


def test_one_that_goes_on_leaves_the_one_before(tmp_path):
    for step in (1, 2):
        ScalarLog(tmp_path).write(step, {"loss": step})
    assert len(list(tmp_path.iterdir())) == 2
    assert curves(tmp_path) == {"loss": [(1, 1.0), (2, 2.0)]}


def test_what_cannot_be_written_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FileError, match="Cannot write to .*file"):
        ScalarLog(tmp_path / "file")
    log = ScalarLog(tmp_path)

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(log, "_writer", full)
    with pytest.raises(FileError, match="No space left on device"):
        log.write(1, {"loss": 1.0})


def test_without_tensorboard_the_cure_is_said(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("tensorboard"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(TrainingError, match="pip install"):
        ScalarLog(tmp_path)
