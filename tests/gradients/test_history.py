"""Histories as plain values, written down and read back; the page reads the same file."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import tfkit
from tfkit.errors import FileError, GradientError
from tfkit.gradients._replay import line, svg, text
from tfkit.gradients.findings import Finding
from tfkit.gradients.history import BINS, History, Track

FIXTURE = Path(__file__).parents[1] / "fixtures" / "monitor_v1.json"
NAMES = ("model/dense/kernel", "model/dense/bias", "<img src=x onerror=window.canary=1>")


def made(reports=12, copies=1):
    """A history with everything in it: numbers that are not finite, a skipped step, two fits."""
    random = np.random.default_rng(0)
    steps = np.arange(reports, dtype=np.int64) * 10 + 1

    def track(number):
        norm = random.uniform(0.1, 2.0, reports).astype(np.float32)
        norm[5:6] = np.nan if number == 0 else np.inf if number == 1 else 1.0
        counts = random.integers(0, 50, (reports, BINS)).astype(np.int32)
        odd = np.zeros(reports, np.int32)
        odd[5:6] = 3 if number < 2 else 0
        name = NAMES[number % 3] if number < 3 else f"{NAMES[number % 2]}_{number}"
        shape = ((3, 4), (4,), ())[number % 3]
        dead = np.full(reports, np.nan if shape == () else 0.25, np.float32)
        return Track(name, "dense", shape, norm, norm / 2, norm + 1, norm / 100, counts, counts[::-1], odd, odd, dead)

    losses = (3.0 / (1 + np.arange(reports))).astype(np.float32)
    losses[4:5] = np.nan
    skipped = np.zeros(reports, bool)
    skipped[3:4] = True
    return History(
        *("model", 10, steps, skipped, losses, {"accuracy": losses / 4}),
        tracks=tuple(track(number) for number in range(3 * copies)),
        fits=(0, min(6, reports - 1)),
        notes=("Something special.",),
    )


def test_the_fixture_is_what_the_page_reads(golden):
    golden(FIXTURE, json.dumps(made().to_dict()) + "\n")


def test_a_history_is_written_and_read(tmp_path):
    history = made()
    again = History.load(history.save(tmp_path / "a.json"))
    assert again.to_dict() == history.to_dict()
    assert again.tracks[0].gradient_histogram.shape == (12, BINS)
    assert np.isnan(again.tracks[0].gradient_norm[5]) and np.isinf(again.tracks[1].gradient_norm[5])
    assert again.skipped[3] and again.fits == (0, 6)


def test_damaged_files_are_refused(tmp_path):
    with pytest.raises(FileError, match="Cannot read"):
        History.load(tmp_path / "none.json")
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(FileError, match="no saved history"):
        History.load(tmp_path / "a.json")
    (tmp_path / "a.json").write_text('{"version": 2}')
    with pytest.raises(FileError, match="its version is 2"):
        History.load(tmp_path / "a.json")
    data = made().to_dict()
    del data["tracks"][0]["dead"]
    with pytest.raises(FileError, match="damaged"):
        History.from_dict(data)


def test_thinning_keeps_the_ends():
    thin = made(100).thinned(7)
    assert thin.steps.size == thin.tracks[0].gradient_histogram.shape[0] == 7
    assert (thin.steps[0], thin.steps[-1]) == (1, 991)
    assert made(5).thinned(7).steps.size == 5


def test_words_and_pictures():
    findings = [Finding("vanishing", "dense", "little", "Do this.")]
    words = text(made(), findings)
    assert "History('model', 12 reports, to step 111, 3 variables)" in words
    assert "vanishing in dense: little. Do this." in words and "Something special." in words
    assert "not finite: model/dense/kernel" in line(made(), 5)
    assert svg(made(), findings) == svg(made(), findings)
    assert "<img" not in svg(made(), findings)
    assert text(History("empty", 1)) == "History('empty', 0 reports, 0 variables)"
    assert svg(History("empty", 1)).startswith("<svg")


def test_a_still_picture_of_a_loop_that_tells_no_loss_has_no_chart_of_it():
    known = made(4)  # the fifth report has gradients that are not finite
    silent = replace(known, losses=np.full_like(known.losses, np.nan))
    drawn = {name: ElementTree.fromstring(svg(history)) for name, history in (("known", known), ("silent", silent))}
    titles = {name: [text.text for text in root.iter() if text.get("font-weight")] for name, root in drawn.items()}
    assert titles["known"] == ["model: loss (mean of the epoch so far)", *titles["silent"]]
    assert int(drawn["known"].get("height")) - int(drawn["silent"].get("height")) == 190


def test_two_runs_side_by_side(tmp_path):
    one = made()
    other = replace(one, name="other", losses=one.losses * np.float32(2), tracks=tuple(
        replace(track, gradient_norm=track.gradient_norm * 3) for track in one.tracks
    ))  # fmt: skip
    found = tfkit.compare_runs(one.save(tmp_path / "one.json"), other)
    assert found.parting == 1
    assert found.ratios["dense/kernel"] == pytest.approx(3)
    assert "the gradient is 3 times as long" in str(found)
    assert set(found._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}
    assert tfkit.compare_runs(one, one).parting is None
    with pytest.raises(GradientError, match="histories, monitors or saved files"):
        tfkit.compare_runs(one, 3)
