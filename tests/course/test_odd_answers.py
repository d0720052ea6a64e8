"""Answers that are none: every check says so in one sentence, quickly, and the notebook goes on."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tfkit
from tfkit.course import check as engine
from tfkit.course.check import Exercise, Status
from tfkit.course.lessons import CATALOGUE


class _Hostile:
    """An object whose every side fails."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")

    def __array__(self, *args: object, **options: object) -> None:
        raise RuntimeError("no numbers")

    def __getattr__(self, name: str) -> None:
        raise RuntimeError("no such thing")


def _fails(*arguments: Any) -> None:
    raise ZeroDivisionError("in my code")


def _leaves(*arguments: Any) -> None:
    raise SystemExit(1)


def _ticks(*arguments: Any) -> None:
    while True:
        pass


_ODD = {
    "None": lambda: None,
    "text": lambda: "forty-two",
    "empty text": lambda: "",
    "a number": lambda: -1234.5,
    "not a number": lambda: float("nan"),
    "a wrong shape": lambda: np.zeros((7, 5, 3)),
    "an empty list": list,
    "a long list": lambda: list(range(40)),
    "a dictionary": lambda: {"a": 1},
    "a generator": lambda: (number for number in range(3)),
    "a class": lambda: _Hostile,
    "a hostile object": _Hostile,
    "a function that fails": lambda: _fails,
    "a function that leaves": lambda: _leaves,
    "a function of nothing": lambda: lambda: 0,
    "a function that gives a text": lambda: lambda *arguments: "forty-two",
}


def _exercises() -> Iterator[Any]:
    for number in CATALOGUE:
        for exercise in tfkit.lesson(number):
            yield pytest.param(exercise, id=exercise.name)


@pytest.mark.parametrize("exercise", _exercises())
def test_no_odd_answer_is_right_and_none_comes_through(exercise: Exercise) -> None:
    for name, make in _ODD.items():
        verdict = exercise.check(make())
        assert verdict.status is not Status.RIGHT, name
        assert len(verdict.message) < 450, name
        assert "Traceback" not in verdict.message, name


@pytest.mark.parametrize("exercise", _exercises())
def test_an_endless_answer_is_stopped(exercise: Exercise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "TIME_LIMIT_S", 0.15)
    verdict = exercise.check(_ticks)
    assert verdict.status is not Status.RIGHT
    called = "had not finished" in verdict.message
    assert called or verdict.status is Status.WRONG, verdict  # an exercise that wants numbers does not call it
