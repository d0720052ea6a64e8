"""Where the learner stands in the course, as a value that shows itself.

With this module one can write ``tfkit.progress()`` beside the lessons and read which exercises are right, which
are not yet, and what comes next. The panel of JupyterLab shows the same.
"""

from __future__ import annotations

import html
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tfkit.course.catalogue import CATALOGUE
from tfkit.course.check import MARKS, Status, as_html
from tfkit.course.learner import find_course, read_progress
from tfkit.course.lessons import lesson
from tfkit.printable import printable_forms

# Everything that this module says to a learner.
_SAY = {
    "here": "this folder",
    "none": "No lessons were copied to {folder}. In a terminal, `tfkit lessons FOLDER` copies them to one of yours.",
    "title": "Your progress in {folder}: {done} of {total} exercises right.",
    "lesson": "lesson",
    "right": "right",
    "exercise": "exercise {letter}",
    "count": "{done} of {total}",
    "next": "Next: exercise {exercise} in {notebook}.",
    "away": "The lessons that are left are not in {folder}; `tfkit lessons` with its name brings them back.",
    "all": "That is the whole course.",
}


@dataclass(frozen=True, slots=True)
class LessonProgress:
    """How far the learner is in one lesson.

    Args:
        number: Its two digits.
        title: Its title.
        notebook: The name of its file.
        path: The file, or None where it is not in the folder.
        statuses: What the last check of each exercise found, by the exercise's letter.
    """

    number: str
    title: str
    notebook: str
    path: Path | None
    statuses: Mapping[str, Status]

    @property
    def done(self) -> int:
        """How many exercises are right."""
        return sum(status is Status.RIGHT for status in self.statuses.values())

    @property
    def total(self) -> int:
        """How many exercises there are."""
        return len(self.statuses)

    @property
    def next_exercise(self) -> str | None:
        """The first exercise that is not right yet, such as ``02.b``, or None."""
        opened = (letter for letter, status in self.statuses.items() if status is not Status.RIGHT)
        return next((f"{self.number}.{letter}" for letter in opened), None)


@dataclass(frozen=True, slots=True, repr=False)
class Progress:
    """How far the learner is in the whole course.

    Args:
        asked: The folder that was looked at.
        folder: Where the lessons are, or None where none were copied to.
        lessons: All of them, in order.

    Example:
        >>> from tfkit.course.standing import progress
        >>> progress("nowhere").next_lesson
    """

    asked: Path
    folder: Path | None
    lessons: tuple[LessonProgress, ...]

    @property
    def done(self) -> int:
        """How many exercises are right."""
        return sum(one.done for one in self.lessons)

    @property
    def total(self) -> int:
        """How many exercises there are."""
        return sum(one.total for one in self.lessons)

    @property
    def next_lesson(self) -> LessonProgress | None:
        """The first lesson in the folder that is not finished, or None."""
        return next((one for one in self.lessons if one.path and one.next_exercise), None)

    def __repr__(self) -> str:
        if self.folder is None:
            return self._none()
        return "\n".join([self._title(), "", *_aligned(self._cells()), "", self._next_step()])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        if self.folder is None:
            body = f"<p>{as_html(self._none())}</p>"
        else:
            body = f"{self._html_table()}<p>{as_html(self._next_step())}</p>"
        return printable_forms({"text/plain": repr(self), "text/html": f'<div class="tfkit-progress">{body}</div>'})

    def _none(self) -> str:
        return _SAY["none"].format(folder=_name(self.asked))

    def _title(self) -> str:
        return _SAY["title"].format(folder=_name(self.folder or self.asked), done=self.done, total=self.total)

    def _next_step(self) -> str:
        step = self.next_lesson
        if step:
            return _SAY["next"].format(exercise=step.next_exercise, notebook=step.notebook)
        return _SAY["all" if self.done == self.total else "away"].format(folder=_name(self.folder or self.asked))

    def _letters(self) -> list[str]:
        return sorted({letter for one in self.lessons for letter in one.statuses})

    def _cells(self) -> list[list[str]]:
        """Return the table: a mark and a word for each exercise, nothing where a lesson has none of that letter."""
        letters = self._letters()
        rows = [[_SAY["lesson"], _SAY["right"], *(_SAY["exercise"].format(letter=letter) for letter in letters)]]
        for one in self.lessons:
            said = {letter: f"{MARKS[status]} {status}" for letter, status in one.statuses.items()}
            count = _SAY["count"].format(done=one.done, total=one.total)
            rows.append([f"{one.number} {one.title}", count, *(said.get(letter, "") for letter in letters)])
        return rows

    def _html_table(self) -> str:
        head, *rows = self._cells()
        titles = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in head)
        lines = "".join(
            f'<tr><th scope="row">{html.escape(row[0])}</th>{"".join(map(_html_cell, row[1:]))}</tr>' for row in rows
        )
        caption = f"<caption>{html.escape(self._title())}</caption>"
        return f"<table>{caption}<thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"


def progress(folder: str | os.PathLike[str] | None = None) -> Progress:
    """Return where the learner stands: each exercise right, wrong or not attempted, and the next step.

    Args:
        folder: To which the lessons were copied, or that one's parent; without it, the current folder.

    Example:
        >>> progress("nowhere")
        No lessons were copied to nowhere. In a terminal, `tfkit lessons FOLDER` copies them to one of yours.
    """
    asked = Path() if folder is None else Path(folder)
    found = find_course(asked)
    known = read_progress(found) if found else {}
    return Progress(asked, found, tuple(_lesson(number, found, known) for number in CATALOGUE))


def _lesson(number: str, folder: Path | None, known: Mapping[str, str]) -> LessonProgress:
    one = lesson(number)
    path = folder / one.notebook if folder else None
    statuses = {letter: _status(known.get(exercise.name)) for letter, exercise in one.exercises.items()}
    return LessonProgress(number, one.title, one.notebook, path if path and path.is_file() else None, statuses)


def _status(word: str | None) -> Status:
    """Return the status that a word of the learner's file means; the file may have been written by hand."""
    return Status(word) if word in set(Status) else Status.NOT_ATTEMPTED


def _name(folder: Path) -> str:
    """Return what to call a folder. The current one has no name: a lesson's stored output is the same everywhere."""
    return _SAY["here"] if folder == Path() else str(folder)


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return [line.rstrip() for line in lines]


def _html_cell(text: str) -> str:
    """Return a cell whose mark is for the eye only; the word says the same."""
    mark, _, word = text.partition(" ")
    if mark in MARKS.values():
        return f'<td><span aria-hidden="true">{mark}</span> {html.escape(word)}</td>'
    return f"<td>{html.escape(text)}</td>"
