"""Killed at any moment, nothing is lost: the next start finds a whole file or none, and goes on to the right end."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.killing import EXERCISES, REPORTS, Life, Nursery, dribbling, moments, published
from tfkit.course.idx import read_idx
from tfkit.course.learner import LIST, PROGRESS, read_progress
from tfkit.gradients.history import History
from tfkit.training.checkpoint import FILE, Checkpoint

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="Windows has no fork, by which these tests make the children that they kill"
)
how_often = pytest.mark.parametrize("kills", [4, pytest.param(20, marks=pytest.mark.soak)])
Start = Callable[..., Life]  # a folder, and when to kill what is started in it


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
def hits(record_testsuite_property: Any, request: pytest.FixtureRequest) -> Iterator[list[bool]]:
    """For each kill whether it came while a file was being written; pytest's XML report holds the figures."""
    found: list[bool] = []
    yield found
    record_testsuite_property(request.node.name, f"{len(found)} killed, {sum(found)} while a file was written")


def killed(start: Start, root: Path, kills: int) -> Iterator[tuple[Path, Life]]:
    """Yield a folder in which a child was killed, and what it had told, as often as is asked."""
    whole, count = start(root / "whole"), 0
    assert whole.end == 0
    for number, (words, delay_s) in enumerate(moments(whole, seed=len(whole.told))):
        assert number < 5 * kills, "the children end before they can be killed"
        life = start(root / str(number), words=words, delay_s=delay_s)
        if life.was_killed:  # and had not come to its end
            count += 1
            yield root / str(number), life
        if count == kills:
            return


def left_over(folder: Path) -> list[Path]:
    """Return what the killed child was writing, made to look as if that were two hours ago."""
    found = [path for path in folder.iterdir() if re.fullmatch(r"\.[0-9a-f]{8}~.+", path.name)]
    for path in found:
        os.utime(path, (time.time() - 7200,) * 2)
    return found


@how_often
def test_the_progress_of_a_learner(nursery: Nursery, tmp_path: Path, kills: int, hits: list[bool]) -> None:
    def start(folder: Path, **when: Any) -> Life:
        folder.mkdir(exist_ok=True)
        (folder / LIST).write_text("{}")
        return nursery.run("progress", str(folder), **when)

    everything = {f"{number:02}.a": "right" for number in range(EXERCISES)}
    for folder, life in killed(start, tmp_path, kills):
        found = read_progress(folder)
        assert list(found.items()) == list(everything.items())[: len(found)]
        assert len(found) - len(life.told) in (0, 1)  # all that it had told, and at most the one in the making
        hits.append(bool(left_over(folder)))
        assert start(folder).end == 0
        assert read_progress(folder) == everything
        assert {path.name for path in folder.iterdir()} == {LIST, PROGRESS}


@how_often
def test_a_history(nursery: Nursery, tmp_path: Path, kills: int, hits: list[bool]) -> None:
    def start(folder: Path, **when: Any) -> Life:
        folder.mkdir(exist_ok=True)
        return nursery.run("history", str(folder / "run.json"), **when)

    for folder, life in killed(start, tmp_path, kills):
        found = History.load(folder / "run.json")
        assert found.steps.size in (life.told[-1][1], life.told[-1][1] + life.told[0][1])
        hits.append(bool(left_over(folder)))
        assert start(folder).end == 0
        assert History.load(folder / "run.json").steps.size == REPORTS * life.told[0][1]
        assert [path.name for path in folder.iterdir()] == ["run.json"]


@how_often
def test_a_download(nursery: Nursery, tmp_path: Path, kills: int, hits: list[bool]) -> None:
    entries, packed = published()
    with dribbling(packed) as (address, starts):

        def start(folder: Path, **when: Any) -> Life:
            return nursery.run("download", str(folder), address, json.dumps(entries), **when)

        for folder, _ in killed(start, tmp_path, kills):
            sums = {f"{name}.gz": digest for _, name, digest in entries}
            there = {path.name: path for path in folder.iterdir()}
            whole = {name: path for name, path in there.items() if name in sums}
            assert all(read_idx(path)[1] == sums[name] for name, path in whole.items())
            parts = [path for name, path in there.items() if name not in whole]
            assert all(path.name.removesuffix(".part") in set(sums) - set(whole) for path in parts)
            sizes = [path.stat().st_size for path in parts]
            hits.append(bool(sizes))
            starts.clear()
            assert start(folder).end == 0
            assert {path.name: read_idx(path)[1] for path in folder.iterdir()} == sums
            assert starts == [*sizes, *[0] * (len(sums) - len(whole) - len(sizes))]  # it went on where it stopped


@how_often
def test_a_training(nursery: Nursery, tmp_path: Path, kills: int, hits: list[bool]) -> None:
    lives: list[Life] = []

    def start(folder: Path, **when: Any) -> Life:
        folder.mkdir(exist_ok=True)
        lives.append(nursery.run("train", str(folder), **when))
        return lives[-1]

    for folder, life in killed(start, tmp_path, kills):
        losses = lives[0].told[-1]
        pieces = [told for told in life.told if told[0] == "piece"]
        kept = Checkpoint.load(folder / "log")
        epochs = 0 if kept is None else len(kept.standing.losses)
        assert epochs - (pieces[-1][1] - 1) in (0, 1)  # the epochs before the one that ran, and perhaps that one
        assert kept is None or kept.standing.losses == losses[1 : epochs + 1]
        report = folder / "report.json"
        assert not report.exists() or json.loads(report.read_text())["losses"] == losses[1:]
        hits.append(bool(left_over(folder / "log") + left_over(folder)))
        again = start(folder)
        assert again.end == 0 and again.told[-1] == losses
        files = {path.name for path in (folder / "log").iterdir() if not path.name.startswith("events.out.tfevents.")}
        assert files == {FILE} and sorted(os.listdir(folder)) == ["log", "report.json"]
