"""A report reads well, and is kept whole."""

import errno
import json
from dataclasses import replace

import numpy as np
import pytest

from tfkit.errors import FileError
from tfkit.training import report
from tfkit.training.report import Mistake, Report, mistakes_of

REPORT = Report(
    model="cnn",
    parameters=34826,
    seed=3,
    epochs=2.5,
    finished=False,
    losses=(0.9, 0.5),
    test_accuracy=0.91234,
    held_out_accuracy=None,
    cpu_seconds=12.34,
    wall_seconds=6.54,
    images_per_second=12345.6,
    gflops_per_second=120.0,
    peak_gflops=480.0,
    device="Some chip, 4 cores (CPU)",
    precision="bfloat16",
    step_seconds={"float32": 0.02, "bfloat16": 0.0125},
    mistakes=(Mistake("Shirt", "T-shirt/top", 12), Mistake("Coat", "Shirt", 7)),
    data="here",
    versions={"keras": "3"},
)
TEXT = """\
cnn, 34,826 parameters, seed 3: 2.5 epochs, stopped before the end
trained on Some chip, 4 cores (CPU) in bfloat16 (a step in float32 20.0 ms, bfloat16 12.5 ms)
12,346 images/s, 120 GFLOP/s, 25% of the 480 of a large product of matrices
12.3 CPU seconds, 6.5 by the clock
91.23% of the test pictures named rightly
most often wrong: Shirt called T-shirt/top 12, Coat called Shirt 7"""


def test_it_reads_in_six_lines():
    assert repr(REPORT) == TEXT


def test_held_out_pictures_are_not_called_test_pictures():
    text = repr(replace(REPORT, test_accuracy=None, held_out_accuracy=0.9, mistakes=(), finished=True, epochs=2.0))
    lines = text.splitlines()
    assert lines[0] == "cnn, 34,826 parameters, seed 3: 2 epochs"
    assert lines[-1] == "90.00% of the held-out pictures named rightly"


def test_its_file_has_every_value(tmp_path):
    assert REPORT.save(tmp_path / "report.json") == tmp_path / "report.json"
    found = json.loads((tmp_path / "report.json").read_text())
    assert {"test_accuracy", "epochs", "cpu_seconds", "images_per_second", "device", "precision"} <= set(found)
    assert found == json.loads(json.dumps(REPORT.to_dict()))
    assert found["mistakes"][0] == {"true": "Shirt", "called": "T-shirt/top", "count": 12}


def test_a_file_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    def full(path, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(report, "write_whole", full)
    with pytest.raises(FileError, match=r"r\.json': No space left on device"):
        REPORT.save(tmp_path / "r.json")


def test_the_most_frequent_mistakes_come_first():
    truth, called = np.array([0, 0, 1, 1, 1, 2, 2, 2, 2]), np.array([0, 1, 0, 0, 1, 2, 2, 0, 1])
    found = mistakes_of(truth, called, ("a", "b", "c"))
    assert [(each.true, each.called, each.count) for each in found] == [
        *(("b", "a", 2), ("a", "b", 1), ("c", "a", 1), ("c", "b", 1))
    ]
    assert mistakes_of(truth, called, ("a", "b", "c"), most=1) == (Mistake("b", "a", 2),)
    assert mistakes_of(truth, truth, ("a", "b", "c")) == ()
