"""The teacher's edition: every lesson with its exercises solved."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import tfkit
from tests.lesson_code import NOTEBOOKS, parse
from tfkit.course import solution
from tfkit.course.catalogue import CATALOGUE
from tfkit.course.solved import has_blank, solved_cell, solved_notebook
from tfkit.errors import LessonError


def solve(number: str) -> Any:
    path = NOTEBOOKS / f"{CATALOGUE[number][0]}.ipynb"
    return nbformat.reads(solved_notebook(path.read_text(encoding="utf-8"), number), as_version=4)


def reasons(cells: list[Any]) -> Iterator[int]:
    """Yield where the reason of a solution stands; the solution is the cell before it."""
    return (place for place, cell in enumerate(cells) if cell.metadata.get("tags") == ["solution"])


@pytest.mark.parametrize("number", CATALOGUE)
def test_every_exercise_is_solved_and_explained(number: str) -> None:
    book = solve(number)
    nbformat.validate(book)
    lesson = tfkit.lesson(number)
    places = list(reasons(book.cells))
    assert len(places) == len(lesson.exercises)
    for place, (letter, exercise) in zip(places, lesson.exercises.items(), strict=True):
        code, reason = book.cells[place - 1].source, book.cells[place].source
        assert code.endswith(f"\n\nlesson.{letter}.check({exercise.task.answer})")
        assert exercise.solution().code in code
        assert not has_blank(ast.parse(code))
        assert reason == f"**Why {exercise.name} is right.** {exercise.solution().reason}"


@pytest.mark.parametrize("number", CATALOGUE)
def test_all_else_is_the_lesson_without_outputs(number: str) -> None:
    cells = solve(number).cells
    assert all(parse(cell.source) for cell in cells if cell.cell_type == "code")
    assert not any(cell.outputs or cell.execution_count for cell in cells if cell.cell_type == "code")
    added = set(reasons(cells))
    new = [cell for place, cell in enumerate(cells) if place not in added]
    old = nbformat.read(NOTEBOOKS / f"{CATALOGUE[number][0]}.ipynb", as_version=4).cells
    assert [cell.id for cell in new] == [cell.id for cell in old]
    changed = [before for before, after in zip(old, new, strict=True) if before.source != after.source]
    assert len(changed) == len(added)


def test_it_runs_and_every_check_says_right(tmp_path: Path) -> None:
    book = solve("00")
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = [book.cells[place - 1].outputs[-1].data["text/plain"] for place in reasons(book.cells)]
    assert [verdict[:13] for verdict in said] == ["✓ 00.a right:", "✓ 00.b right:", "✓ 00.c right:"]


@pytest.mark.parametrize(
    ("stub", "cell"),
    [
        ("y = ...", "y = 1"),
        ("# Think of a number.\ny = ...", "y = 1"),
        ("a, b = 1, 2  # given\ny = [..., ...]", "a, b = 1, 2  # given\ny = 1"),
        ("a = f(\n    1,\n)\n\ny, z = a, 3", "a = f(\n    1,\n)\ny = 1"),
        ("import math\n\n@cache\ndef given(x):\n    y = x\n    return y\n\ndef y(x):\n    ...",
         "import math\n@cache\ndef given(x):\n    y = x\n    return y\ny = 1"),
        ("with a:\n    y = 3\nfor i in b:\n    print(i, ...)", "y = 1"),
        ("a = b[..., 0]\ny = ...", "a = b[..., 0]\ny = 1"),
        ("class y:\n    z = ...", "y = 1"),
    ],
)  # fmt: skip
def test_what_is_given_stays(stub: str, cell: str) -> None:
    check = "\n\nlesson.a.check(y)"
    assert solved_cell(stub + check, "y", "y = 1") == cell + check


def test_an_earlier_cell_with_the_same_check_is_left_alone() -> None:
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [1], "execution_count": 3, "source": source}
        for source in (["mean = 2\n", "lesson.b.check(mean)"], "mean = ...\nlesson.b.check(mean)\n", "print(...)")
    ]
    first, stub, _, last = json.loads(solved_notebook(json.dumps({"cells": cells}), "00"))["cells"]
    assert first["source"] == cells[0]["source"] and first["outputs"] == []
    assert "".join(stub["source"]).startswith("mean = tf.reduce_mean(")
    assert last["source"] == "print(...)"


def test_an_edition_for_exams_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    solution.read_solutions.cache_clear()
    monkeypatch.setattr(solution, "files", lambda package: tmp_path)
    with pytest.raises(LessonError, match="has no solutions"):
        solve("00")
