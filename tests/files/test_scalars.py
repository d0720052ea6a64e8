"""Curves read from event files."""

import math

import numpy as np
import pytest
import tensorflow as tf

from tfkit.errors import FileError
from tfkit.files import scalars
from tfkit.files.scalars import Curve, last, read_curves

v1 = tf.compat.v1


def write(folder, **tags):
    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        for tag, values in tags.items():
            for step, value in enumerate(values):
                tf.summary.scalar(tag, value, step=step)
    writer.close()
    return folder


def test_curves_of_runs_with_their_steps(tmp_path):
    write(tmp_path / "train", loss=[1.0, 0.5], accuracy=[0.1])
    write(tmp_path / "validation", loss=[2.0])
    curves, is_all = read_curves(tmp_path)
    found = {(curve.run, curve.tag): (curve.steps, curve.values) for curve in curves}
    assert is_all and found == {
        ("train", "loss"): ([0, 1], [1.0, 0.5]),
        ("train", "accuracy"): ([0], [pytest.approx(0.1)]),
        ("validation", "loss"): ([0], [2.0]),
    }


def test_curves_of_tensorflow_1(tmp_path):
    with tf.Graph().as_default():
        writer = v1.summary.FileWriter(str(tmp_path))
        for step, value in enumerate([0.0, 3.0]):
            summary = v1.Summary(value=[v1.Summary.Value(tag="cost", simple_value=value)])
            writer.add_summary(summary, step)
        writer.close()
    (curve,), _ = read_curves(tmp_path)
    assert (curve.tag, curve.values) == ("cost", [0.0, 3.0])


def test_what_is_no_number_is_no_curve(tmp_path):
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        tf.summary.histogram("weights", [1.0, 2.0], step=0)
        tf.summary.image("picture", np.zeros((1, 4, 4, 1)), step=0)
        tf.summary.text("words", "hello", step=0)
    writer.close()
    assert read_curves(tmp_path) == ((), True)


def test_nan_is_kept_and_the_last_number_is_the_last_that_is_one(tmp_path):
    (curve,), _ = read_curves(write(tmp_path, loss=[1.0, math.nan, math.inf]))
    assert curve.values[0] == 1.0 and math.isnan(curve.values[1]) and not math.isfinite(curve.values[2])
    assert last(curve) == 1.0


def test_a_curve_without_a_number_has_no_last():
    assert math.isnan(last(Curve("run", "loss", [0], [math.inf])))


def test_a_damaged_file_is_passed_over(tmp_path):
    write(tmp_path / "good", loss=[1.0])
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "events.out.tfevents.1").write_bytes(b"\x08" + bytes(7) + b"crc." + b"\xff" * 8 + b"crc.")
    (cut,) = write(tmp_path / "cut", loss=[1.0, 2.0]).iterdir()
    cut.write_bytes(cut.read_bytes()[:-5])
    curves, _ = read_curves(tmp_path)
    assert {curve.run: len(curve.values) for curve in curves} == {"good": 1, "cut": 1}


def test_of_long_logs_the_beginning_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(scalars, "MOST_RECORDS", 5)
    (curve,), is_all = read_curves(write(tmp_path, loss=[float(step) for step in range(10)]))
    assert not is_all and len(curve.steps) in (4, 5)  # the first record may be that of the version


def test_an_empty_or_missing_folder_has_no_curves(tmp_path):
    assert read_curves(tmp_path) == ((), True)
    assert read_curves(tmp_path / "missing") == ((), True)


def test_a_folder_that_cannot_be_read_is_refused_by_name(tmp_path, monkeypatch):
    def no_right(folder):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(scalars, "event_files", no_right)
    with pytest.raises(FileError, match=r"my logs.*Permission denied"):
        read_curves(tmp_path / "my logs")


def test_a_folder_of_far_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("tfkit.files._events._MOST_NAMES", 0)
    (tmp_path / "a").write_text("")
    with pytest.raises(FileError, match="name the folder of the logs"):
        read_curves(tmp_path)
