"""Grading: what is handed in is run again, shut in, and judged by the checks of this installation."""

import csv
import io
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import tfkit
from tfkit import cli
from tfkit.course.grading import isolation, submissions
from tfkit.course.grading.grade import FAILED, Grade, Grades, Mark, grade
from tfkit.course.grading.judge import _as_new
from tfkit.course.grading.submissions import find_submissions, lesson_of
from tfkit.course.lessons import Lesson
from tfkit.errors import FileError, LessonError

needs_isolation = pytest.mark.usefixtures("isolated")

START = 'import tfkit\nlesson = tfkit.lesson("02")'
SHAPES = "shapes = [(4, 3), (4, 3), None, (5,), (2, 4, 3), (1, 1)]\nlesson.a.check(shapes)"
DISTANCES = (
    "def squared_distances(rows, point):\n    return ((rows - point) ** 2).sum(1)\nlesson.b.check(squared_distances)"
)
TABLE = "table = [[1, 2], [7, 8], [9, 6]]\nlesson.c.check(table)"
# The answers of lesson 02 to which no TensorFlow is needed: loading it takes longer than all else.
RIGHT = (START, SHAPES, DISTANCES, TABLE)
WRONG_TABLE = "table = [[2, 1], [7, 8], [9, 6]]\nlesson.c.check(table)"


def notebook(*cells: str, outputs: tuple[Any, ...] = ()) -> str:
    kind = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": list(outputs)}
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [kind | {"source": c} for c in cells]}
    )


def hand_in(folder: Path, *cells: str, name: str = "ada/02_operations.ipynb") -> Path:
    """Write a notebook below the folder of all submissions, and return that folder."""
    place = folder / "in" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(notebook(*cells))
    return folder / "in"


def marks(folder: Path, **named: Any) -> dict[str, str]:
    """Return the status of each exercise of the one notebook in a folder."""
    (row,) = grade([folder], seed=7, **named).results
    return {name: mark.status for name, mark in row.exercises.items()}


def judged(holds: str, *before: str) -> tuple[str, ...]:
    """Return cells whose answer c is right only if an expression holds in the process."""
    return START, *before, f"table = [[1, 2], [7, 8], [9, 6]] if ({holds}) else 0\nlesson.c.check(table)"


@needs_isolation
def test_right_wrong_and_not_attempted(tmp_path: Path) -> None:
    folder = hand_in(tmp_path, START, SHAPES, "1 / 0", "def f(:", "exit()", "raise SystemExit", WRONG_TABLE)
    (row,) = grade([folder], seed=7).results
    assert {name: mark.status for name, mark in row.exercises.items()} == {
        "02.a": "right",
        "02.b": "not attempted",
        "02.c": "wrong",
        "02.d": "not attempted",
    }
    assert (row.learner, row.lesson, row.points, row.error) == ("ada", "02", 1, None)
    assert "argmin along axis 1" in row.exercises["02.c"].message


@needs_isolation
def test_tensorflow_works_inside(tmp_path: Path) -> None:
    times = "def times(matrix, vector):\n    return tf.linalg.matvec(matrix, vector)\nlesson.d.check(times)"
    assert marks(hand_in(tmp_path, "import tensorflow as tf", START, times))["02.d"] == "right"


@needs_isolation
def test_what_a_name_meant_when_it_was_checked_counts(tmp_path: Path) -> None:
    cells = [*RIGHT, "shapes[0] = None\ntable = 3\ndel squared_distances\nfor lesson in ...: pass"]
    assert list(marks(hand_in(tmp_path, *cells)).values())[:3] == ["right"] * 3
    plain = [START, "lesson.c.check(answer=[[1, 2], [7, 8], [9, 6]])", SHAPES.split("\n")[0]]  # no name, and no check
    assert list(marks(hand_in(tmp_path, *plain)).values()) == ["right", "not attempted", "right", "not attempted"]


TRICKS = {
    "check": """
import tfkit.course.check as c
c.Exercise.check = lambda self, answer, **named: c.Verdict(self.name, c.Status.RIGHT, "Well done.")
c.Exercise._judge = lambda self, answer: c.Verdict(self.name, c.Status.RIGHT, "Well done.")
""",
    "tasks": """
from tfkit.course.exercises.lesson_02 import TASKS
for task in TASKS:
    object.__setattr__(task, "check", print)
""",
    "numpy": """
import builtins, json, numpy
numpy.asarray = lambda *given: numpy.array([[1, 2], [7, 8], [9, 6]])
builtins.sorted = lambda given: [1, 2, 6, 7, 8, 9]
json.dumps = None
""",
    "grader": """
import sys
for name in [name for name in sys.modules if "grade" in name or "pristine" in name]:
    sys.modules[name].judge = lambda *given: {}
""",
    "own tfkit": """
import os, sys
os.makedirs("tfkit")
open("tfkit/__init__.py", "w").close()
sys.path.insert(0, os.getcwd())
""",
    "finder": "import sys\nsys.meta_path.insert(0, None)\nsys.modules['numpy'] = None",
    "solution": "exec(lesson.c.solution().code)\nlesson.c.check(table)",
    "thrown out": "import sys\nfor name in list(sys.modules):\n    if name.startswith('tfkit'): del sys.modules[name]",
}


@needs_isolation
@pytest.mark.parametrize("trick", TRICKS.values(), ids=list(TRICKS))
def test_tricks_earn_nothing(tmp_path: Path, trick: str) -> None:
    folder = hand_in(tmp_path, START, trick, f"if 'table' not in globals(): {WRONG_TABLE}")
    assert marks(folder)["02.c"] == "wrong"


@needs_isolation
def test_stored_outputs_are_not_read(tmp_path: Path) -> None:
    said = "✓ 02.c right: This table gives all four answers."
    outputs = ({"output_type": "execute_result", "data": {"text/plain": said}, "metadata": {}, "execution_count": 1},)
    (tmp_path / "02.ipynb").write_text(notebook(START, WRONG_TABLE, outputs=outputs))
    assert marks(tmp_path)["02.c"] == "wrong"


@needs_isolation
def test_numbers_copied_from_the_lesson_are_wrong_for_other_data(tmp_path: Path) -> None:
    copied = """
seen = {}
def spy(rows, point):
    return seen.setdefault(len(rows), ((rows - point) ** 2).sum(1))
lesson.b.check(spy)
def squared_distances(rows, point):
    return seen[len(rows)]
verdict = lesson.b.check(squared_distances)
"""
    holds = judged("verdict.status == 'right'", copied)  # so it is in the lesson
    found = marks(hand_in(tmp_path, *holds))
    assert (found["02.b"], found["02.c"]) == ("wrong", "right")


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "\x00\xff", '{"cells": 3}', '{"cells": [3]}', "[" * 100_000, '{"nbformat": 3, "worksheets": []}'],
)
def test_a_damaged_notebook_is_a_row(tmp_path: Path, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "why_not_isolated", lambda: None)
    (tmp_path / "ada_02.ipynb").write_text(content, encoding="latin-1")
    table = grade([tmp_path], seed=7)
    (row,) = table.results
    assert row.learner == "ada" and row.error and "is damaged" in row.error and table.failures == 1
    assert [mark.status for mark in row.exercises.values()] == [FAILED] * 4


def test_other_files_that_cannot_be_graded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "why_not_isolated", lambda: None)
    monkeypatch.setattr(submissions, "SIZE_BYTES", 1000)
    (tmp_path / "outside.ipynb").write_text(notebook(*RIGHT))
    folder = tmp_path / "in"
    for name in ("ada", "ben", "cy", "dan", "eve"):
        (folder / name).mkdir(parents=True)
    (folder / "ada" / "02.ipynb").write_text("x" * 1001)
    (folder / "ben" / "02.ipynb").symlink_to(tmp_path / "outside.ipynb")
    os.mkfifo(folder / "cy" / "02.ipynb")
    (folder / "dan" / "homework.ipynb").write_text(notebook("1"))
    (folder / "eve" / "link").symlink_to(tmp_path, target_is_directory=True)
    rows = grade([folder], seed=7).results
    assert [row.learner for row in rows] == ["ada", "ben", "cy", "dan", "eve"]
    wanted = [
        "clear its outputs",
        "Links are not followed",
        "not an ordinary file",
        "which lesson it is",
        "Links are not followed",
    ]
    for row, said in zip(rows, wanted, strict=True):
        assert row.error and said in row.error


def test_who_handed_in(tmp_path: Path) -> None:
    names = ["ada/02.ipynb", "ada/more/x.ipynb", "ben_02_operations.ipynb", "essay.ipynb", "02_operations.ipynb"]
    for name in [*names, "ada/.ipynb_checkpoints/02.ipynb", "ada/._02.ipynb", "ada/notes.txt"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = find_submissions([tmp_path, tmp_path / "ada" / "02.ipynb"])
    assert {entry.name: entry.learner for entry in found} == {
        "ada/02.ipynb": "ada",
        "ada/more/x.ipynb": "ada",
        "ben_02_operations.ipynb": "ben",
        "essay.ipynb": "essay",
        "02_operations.ipynb": "02_operations",
    }
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileError, match="There is no notebook"):
        find_submissions([tmp_path / "empty"])


def test_which_lesson() -> None:
    assert lesson_of(['# tfkit.lesson("00")\nlesson = tfkit.lesson( "02" )'], "ada_14.ipynb") == "02"
    assert lesson_of(["lesson = tfkit.lesson(2)"], "x.ipynb") == "02"
    assert lesson_of(["tfkit.lesson('99')"], "2026 ada 14.ipynb") == "14"
    assert lesson_of([], "2026.ipynb") is None


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_csv_has_one_row_for_each_learner(tmp_path: Path) -> None:
    def entry(learner: str, lesson: str, marked: str, day: int, late: bool = False) -> Grade:
        found = {
            f"{lesson}.{letter}": Mark("right" if m == "+" else "wrong", "")
            for letter, m in zip("ab", marked, strict=True)
        }
        return Grade(learner, lesson, f"{learner}/{lesson}.ipynb", datetime(2026, 1, day, tzinfo=UTC), late, found)

    table = Grades(7, None, (
        entry("ada", "02", "+-", 1), entry("ada", "02", "++", 9, late=True), entry("ada", "14", "+-", 1),
        entry("=cmd|' /C calc'!A0", "02", "+-", 1), entry(" @x", "02", "--", 1), entry("zoe, née -", "02", "--", 2),
        Grade("lost", None, "lost.ipynb", None, False, {}, "It is damaged."),
    ))  # fmt: skip
    assert rows(table.to_csv()) == [
        ["learner", "02.a", "02.b", "14.a", "14.b", "points", "of", "late"],
        ["' @x", "0", "0", "", "", "0", "4", "no"],
        ["'=cmd|' /C calc'!A0", "1", "0", "", "", "1", "4", "no"],
        ["ada", "1", "1", "1", "0", "3", "4", "yes"],
        ["lost", "", "", "", "", "0", "4", "no"],
        ["zoe, née -", "0", "0", "", "", "0", "4", "no"],
    ]
    assert str(table) == "Notebooks: 7. Learners: 5. Seed of the data: 7. Could not be graded: 1; the table says why."
    assert table.save(tmp_path / "t.CSV").read_text() == table.to_csv()
    for wrong, said in (("t.txt", "must end in .json or .csv"), ("no/t.csv", "there is no folder")):
        with pytest.raises(FileError, match=said):
            table.save(tmp_path / wrong)


def test_a_seed_of_the_lessons_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LessonError, match="from 1 on, not 0"):
        grade([hand_in(tmp_path, *RIGHT)], seed=0)


def test_own_objects_are_of_the_class_that_was_loaded_anew() -> None:
    old = type("Lesson", (), {"__module__": "tfkit.course.lessons"})  # as after the modules were thrown out
    assert isinstance(_as_new(old()), Lesson)
    stranger = type("Nothing", (), {"__module__": "tfkit.course.lessons"})
    assert type(_as_new(stranger())) is stranger and _as_new(3) == 3


@needs_isolation
def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = hand_in(tmp_path, *RIGHT)
    hand_in(tmp_path, START, WRONG_TABLE, name="ben/02_operations.ipynb")
    early, late = datetime(2026, 1, 2, 3, tzinfo=UTC), datetime(2026, 1, 2, 5, tzinfo=UTC)
    for name, time in (("ada", early), ("ben", late)):
        os.utime(folder / name / "02_operations.ipynb", (time.timestamp(),) * 2)
    out = tmp_path / "points.json"
    arguments = ["grade", str(folder), "-o", str(out), "--seed", "7", "--deadline", "2026-01-02T04:00+00:00"]
    assert cli.main(arguments) == 0
    said, progress = capsys.readouterr()
    assert said == f"{out}\nNotebooks: 2. Learners: 2. Seed of the data: 7.\n"
    assert progress.splitlines() == ["ada/02_operations.ipynb", "ben/02_operations.ipynb"]
    found = json.loads(out.read_text())
    ada, ben = found.pop("results")
    assert found == {"version": 1, "seed": 7, "deadline": "2026-01-02T04:00:00+00:00"}
    exercises = ada.pop("exercises")
    assert exercises["02.a"] == {"status": "right", "points": 1, "message": tfkit.lesson("02").a.task.praise}
    assert ada == {
        "learner": "ada",
        "lesson": "02",
        "notebook": "ada/02_operations.ipynb",
        "submitted": "2026-01-02T03:00:00+00:00",
        "late": False,
        "points": 3,
        "of": 4,
        "error": None,
    }
    assert (ben["late"], ben["points"]) == (True, 0)
    (folder / "ben" / "02_operations.ipynb").write_text("{")
    assert cli.main([*arguments[:2], "-o", str(tmp_path / "points.csv")]) == 1
    assert rows((tmp_path / "points.csv").read_text())[1:] == [
        ["ada", "1", "1", "1", "0", "3", "4", "no"],
        ["ben", "0", "0", "0", "0", "0", "4", "no"],
    ]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ([], 2),
        (["x.ipynb"], 2),
        (["x", "-o", "t.csv", "--deadline", "soon"], 2),
        (["x", "-o", "t.csv", "--seed", "0"], 2),
        (["x", "-o", "t.csv", "--time-limit", "0"], 2),
        (["nowhere", "-o", "t.csv"], 1),
        (["x", "-o", "t.xlsx"], 1),
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], wrong: list[str], code: int) -> None:
    with pytest.raises(SystemExit) as stop:
        sys.exit(cli.main(["grade", *wrong]))
    assert stop.value.code == code
    assert capsys.readouterr().err
