"""Turn the notebooks that were handed in into one table of points.

With this module each notebook is run again from top to bottom, shut in (see `tfkit.course.grading.isolation`), and its
answers are judged by the checks of this installation with other data. Outputs stored in a notebook count nothing.
A learner's functions are called by the checks, in one process: look at the notebook of whoever surprises you.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tfkit.atomic import write_whole
from tfkit.course.catalogue import CATALOGUE
from tfkit.course.check import Status
from tfkit.course.grading import isolation
from tfkit.course.grading.isolation import EndedEarlyError, Limits, run_shut_in
from tfkit.course.grading.submissions import Submission, code_cells, find_submissions, lesson_of, read_notebook
from tfkit.course.lessons import lesson
from tfkit.errors import FileError, LessonError

VERSION = 1
FAILED = "error"  # the status of exercises on which no check could say anything
_MESSAGE_LETTERS = 2000
_FORMS = (".json", ".csv")
# What a spreadsheet would take for the start of a formula, also in its wide form.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")

# Everything that this module says to a teacher.
_SAY = {
    "form": "{path!r} cannot be written as a table: its name must end in .json or .csv.",
    "folder": "{path!r} cannot be written: there is no folder {folder!r}.",
    "unwritten": "{path!r} cannot be written: {why}.",
    "seed": "The seed is a whole number from 1 on, not {seed}; the lessons themselves use 0.",
    "no_lesson": "{name!r} does not say which lesson it is: neither a call of tfkit.lesson nor its name does.",
    "nonsense": "The notebook's process gave a result that cannot be read.",
    "refused": "Notebooks cannot be run safely here: {why}. --unsafe runs them with your own rights, files and "
    "network; use it only if you trust whoever wrote them.",
    "no_ipython": 'IPython is not installed. Run: pip install "tfkit-course[lab]"',
    "summary": "Notebooks: {count}. Learners: {learners}. Seed of the data: {seed}.",
    "failures": " Could not be graded: {count}; the table says why.",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What one exercise is worth: `status` is a word of the checks, or `FAILED`."""

    status: str
    message: str

    @property
    def points(self) -> int:
        """One for a right answer."""
        return int(self.status == Status.RIGHT)


@dataclass(frozen=True, slots=True)
class Grade:
    """One row of the table: a notebook and its marks by names such as ``02.b``; `error` says why there are none."""

    learner: str
    lesson: str | None
    notebook: str
    submitted: datetime | None
    late: bool
    exercises: Mapping[str, Mark]
    error: str | None = None

    @property
    def points(self) -> int:
        """How many answers are right."""
        return sum(mark.points for mark in self.exercises.values())

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain, JSON-ready values."""
        return {
            "learner": self.learner,
            "lesson": self.lesson,
            "notebook": self.notebook,
            "submitted": _stamp(self.submitted),
            "late": self.late,
            "points": self.points,
            "of": len(self.exercises),
            "error": self.error,
            "exercises": {
                name: {"status": mark.status, "points": mark.points, "message": mark.message}
                for name, mark in self.exercises.items()
            },
        }


@dataclass(frozen=True, slots=True)
class Grades:
    """The whole table. With its seed the same data are drawn again."""

    seed: int
    deadline: datetime | None
    results: tuple[Grade, ...]

    @property
    def failures(self) -> int:
        """How many notebooks could not be graded."""
        return sum(grade.error is not None for grade in self.results)

    def __str__(self) -> str:
        learners = len({grade.learner for grade in self.results})
        said = _SAY["summary"].format(count=len(self.results), learners=learners, seed=self.seed)
        return said + (_SAY["failures"].format(count=self.failures) if self.failures else "")

    def to_dict(self) -> dict[str, Any]:
        """Return the table as plain, JSON-ready values.

        Example:
            >>> Grades(7, None, ()).to_dict()
            {'version': 1, 'seed': 7, 'deadline': None, 'results': []}
        """
        results = [grade.to_dict() for grade in self.results]
        return {"version": VERSION, "seed": self.seed, "deadline": _stamp(self.deadline), "results": results}

    def to_csv(self) -> str:
        """Return the table with one row for each learner, as gradebooks read it.

        Of several notebooks for one lesson the one with the most points counts, and of equal ones the earliest.

        Example:
            >>> marks = {"02.a": Mark("right", ""), "02.b": Mark("wrong", "")}
            >>> print(Grades(7, None, (Grade("ada", "02", "ada/02.ipynb", None, False, marks),)).to_csv(), end="")
            learner,02.a,02.b,points,of,late
            ada,1,0,1,2,no
        """
        columns = sorted({name for grade in self.results for name in grade.exercises})
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["learner", *columns, "points", "of", "late"])
        for learner in sorted({grade.learner for grade in self.results}):
            counted = _best(grade for grade in self.results if grade.learner == learner)
            marks = {name: mark.points for grade in counted for name, mark in grade.exercises.items()}
            late = "yes" if any(grade.late for grade in counted) else "no"
            cells = [marks.get(name, "") for name in columns]
            table.writerow([_defused(learner), *cells, sum(marks.values()), len(columns), late])
        return text.getvalue()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the table, whole or not at all, in the form that the name's end asks for.

        Raises:
            FileError: If it is not .json or .csv, or cannot be written.
        """
        target = check_table_name(path)
        said = self.to_csv() if target.suffix.lower() == ".csv" else json.dumps(self.to_dict(), indent=1) + "\n"
        try:
            write_whole(target, said.encode())
        except OSError as error:
            raise FileError(_SAY["unwritten"].format(path=str(path), why=error.strerror or error)) from error
        return target


def check_table_name(path: str | os.PathLike[str]) -> Path:
    """Return the path of a table that can be written; asked before the long work, not after it.

    Raises:
        FileError: If its name ends in anything else than .json or .csv, or its folder does not exist.

    Example:
        >>> check_table_name("points.csv").suffix
        '.csv'
    """
    target = Path(path)
    if target.suffix.lower() not in _FORMS:
        raise FileError(_SAY["form"].format(path=str(path)))
    if not target.parent.is_dir():
        raise FileError(_SAY["folder"].format(path=str(path), folder=str(target.parent)))
    return target


def grade(
    paths: Iterable[str | os.PathLike[str]],
    *,
    deadline: datetime | None = None,
    seed: int | None = None,
    limits: Limits | None = None,
    unsafe: bool = False,
    report: Callable[[str], None] | None = None,
) -> Grades:
    """Run notebooks again, each shut in, and judge their answers.

    Args:
        paths: Notebooks, or folders that are searched for them.
        deadline: What was handed in after it is late. Without a zone it is this machine's time.
        seed: Of the data that checks draw, 1 or more. Without it any; the table says which.
        limits: What each notebook may take.
        unsafe: Do not shut them in. They can then read and change what you can.
        report: Called with the name of each notebook before it is run.

    Raises:
        FileError: If a path does not exist or holds no notebook.
        LessonError: If this system cannot shut a process in, and `unsafe` does not say to do without.

    Example:
        >>> grade(["nowhere"])
        Traceback (most recent call last):
        ...
        tfkit.errors.FileError: 'nowhere' does not exist.
    """
    if seed is not None and seed < 1:
        raise LessonError(_SAY["seed"].format(seed=seed))
    given = [Path(path) for path in paths]
    found = find_submissions(given)
    if importlib.util.find_spec("IPython") is None:
        raise LessonError(_SAY["no_ipython"])
    if not unsafe and (why := isolation.why_not_isolated()):
        raise LessonError(_SAY["refused"].format(why=why.rstrip(".")))
    job = _Job(
        hidden=tuple({path if path.is_dir() else path.parent for path in (path.resolve() for path in given)}),
        deadline=deadline.astimezone() if deadline else None,
        seed=1 + secrets.randbelow(2**31) if seed is None else seed,
        limits=limits or Limits(),
        unsafe=unsafe,
    )
    results = []
    for submission in found:
        if report:
            report(submission.name)
        results.append(job.grade(submission))
    return Grades(job.seed, job.deadline, tuple(results))


@dataclass(frozen=True, slots=True)
class _Job:
    """What is the same for all notebooks."""

    hidden: tuple[Path, ...]
    deadline: datetime | None
    seed: int
    limits: Limits
    unsafe: bool

    def grade(self, submission: Submission) -> Grade:
        """Return the row of one notebook, whatever is wrong with it."""
        number = lesson_of([], submission.path.name)
        marks: dict[str, Mark] = {}
        error = None
        try:
            text = read_notebook(submission)
            number = lesson_of(code_cells(text, submission.name), submission.path.name)
            if number is None:
                raise FileError(_SAY["no_lesson"].format(name=submission.name))
            marks = self._judge(text, number)
        except (FileError, EndedEarlyError) as failure:
            error = str(failure)
            marks = {name: Mark(FAILED, error) for name in _exercises(number)}
        submitted = _submitted(submission.path)
        late = bool(self.deadline and submitted and submitted > self.deadline)
        return Grade(submission.learner, number, submission.name, submitted, late, marks, error)

    def _judge(self, text: str, number: str) -> dict[str, Mark]:
        job = {"action": "grade", "text": text, "lesson": number, "seed": self.seed}
        job["name"] = f"{CATALOGUE[number][0]}.ipynb"
        return _marks(run_shut_in(job, self.limits, hidden=self.hidden, unsafe=self.unsafe), number)


def _marks(said: Mapping[str, Any], number: str) -> dict[str, Mark]:
    """Return the marks in what the process said, if that is what it should be."""
    known = {str(status) for status in Status}
    try:
        marks = {
            name: Mark(_text(said[name]["status"]), _text(said[name]["message"])[:_MESSAGE_LETTERS])
            for name in _exercises(number)
        }
    except (KeyError, TypeError) as error:
        raise EndedEarlyError(_SAY["nonsense"]) from error
    if len(said) != len(marks) or not all(mark.status in known for mark in marks.values()):
        raise EndedEarlyError(_SAY["nonsense"])
    return marks


def _text(value: Any) -> str:
    if not isinstance(value, str):  # a list, say, that is nested too deep to be written
        raise TypeError
    return value


def _exercises(number: str | None) -> list[str]:
    return [exercise.name for exercise in lesson(number)] if number else []


def _submitted(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):  # gone meanwhile, or a time that no calendar has
        return None


def _stamp(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat(timespec="seconds") if time else None


def _best(grades: Iterable[Grade]) -> list[Grade]:
    """Return for each lesson the notebook that counts."""
    latest = datetime.max.replace(tzinfo=UTC)
    best: dict[str | None, Grade] = {}
    for grade in sorted(grades, key=lambda grade: (-grade.points, grade.submitted or latest)):
        best.setdefault(grade.lesson, grade)
    return list(best.values())


def _defused(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text
