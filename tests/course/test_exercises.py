"""The second grader: every solution, right answer, wrong answer and stub, and what its check says."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

import tfkit
from tfkit.course.check import HINTS, Exercise, Status
from tfkit.course.lessons import CATALOGUE

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture
def names(number: str) -> dict[str, Any]:
    """What a learner has at hand in a lesson: its imports, and what the stored `SETUP` makes."""
    return dict(_names(number))


@cache
def _names(number: str) -> dict[str, Any]:
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    names = {"tf": tf, "np": np, "keras": keras, "tfkit": tfkit}
    exec(getattr(_answers(number), "SETUP", ""), names)
    return names


def _answers(number: str) -> Any:
    return import_module(f"tests.course.answers.lesson_{number}")


def _answer(code: str, exercise: Exercise, names: dict[str, Any]) -> Any:
    """Return what a stored answer gives: an expression, or lines that define the name which the check reads."""
    try:
        return eval(compile(code, "<answer>", "eval"), names)
    except SyntaxError:
        exec(compile(code, "<answer>", "exec"), names)
        return names[exercise.task.answer]


def _exercises() -> Iterator[tuple[str, str]]:
    return ((number, letter) for number in CATALOGUE for letter in tfkit.lesson(number).exercises)


def _stored(kind: str) -> Iterator[Any]:
    for number, letter in _exercises():
        answers = getattr(_answers(number), kind)
        for place, answer in enumerate(answers[letter]):
            yield pytest.param(number, letter, answer, id=f"{number}.{letter}-{place}")


@pytest.mark.parametrize(("number", "letter"), _exercises())
def test_enough_answers_are_stored(number: str, letter: str) -> None:
    answers = _answers(number)
    assert len(answers.RIGHT[letter]) >= 2
    assert len(answers.WRONG[letter]) >= 3
    assert set(answers.RIGHT) == set(answers.WRONG) == set(tfkit.lesson(number).exercises)


@pytest.mark.parametrize(("number", "letter"), _exercises())
def test_the_solution_is_right(number: str, letter: str, names: dict[str, Any]) -> None:
    exercise = tfkit.lesson(number).exercises[letter]
    exec(exercise.solution().code, names)
    verdict = exercise.check(names[exercise.task.answer], strict=True)
    assert verdict.message == exercise.task.praise
    assert verdict.next_hint is None


@pytest.mark.parametrize(("number", "letter", "answer"), _stored("RIGHT"))
def test_other_right_answers(number: str, letter: str, answer: str, names: dict[str, Any]) -> None:
    exercise = tfkit.lesson(number).exercises[letter]
    verdict = exercise.check(_answer(answer, exercise, names))
    assert verdict.status is Status.RIGHT, verdict


@pytest.mark.parametrize(("number", "letter", "answer"), _stored("WRONG"))
def test_wrong_answers_are_told_why(number: str, letter: str, answer: tuple[str, str], names: dict[str, Any]) -> None:
    code, words = answer
    exercise = tfkit.lesson(number).exercises[letter]
    verdict = exercise.check(_answer(code, exercise, names))
    assert verdict.status in (Status.WRONG, Status.ERROR), verdict
    assert words in verdict.message
    assert verdict.next_hint == 1


@pytest.mark.parametrize(("number", "letter"), _exercises())
def test_the_stub_of_the_notebook_is_not_attempted(number: str, letter: str, names: dict[str, Any]) -> None:
    exercise = tfkit.lesson(number).exercises[letter]
    scope = {**names, "lesson": tfkit.lesson(number)}
    stub = ast.parse(_stub_cell(CATALOGUE[number][0], f"lesson.{letter}.check({exercise.task.answer})"))
    check = ast.Expression(stub.body.pop().value)  # type: ignore[attr-defined]
    exec(compile(stub, "<stub>", "exec"), scope)
    assert eval(compile(check, "<check>", "eval"), scope).status is Status.NOT_ATTEMPTED


def _stub_cell(notebook: str, check: str) -> str:
    """Return the last cell that ends in this check; the solution must define the very name it asks for."""
    cells = nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4).cells
    return next(cell.source for cell in reversed(cells) if cell.cell_type == "code" and cell.source.endswith(check))


@pytest.mark.parametrize(("number", "letter"), _exercises())
def test_three_hints_and_a_reason(number: str, letter: str) -> None:
    exercise = tfkit.lesson(number).exercises[letter]
    texts = [exercise.hint().text for _ in range(HINTS)]
    assert len(set(texts)) == HINTS
    assert exercise.hint().number == HINTS
    assert len(exercise.solution().reason.splitlines()) == 2


def test_six_tables_are_right() -> None:
    from itertools import permutations

    exercise = tfkit.lesson("02").c
    tables = [np.reshape(numbers, (3, 2)) for numbers in permutations([1, 2, 6, 7, 8, 9])]
    assert sum(exercise.check(table).status is Status.RIGHT for table in tables) == 6
