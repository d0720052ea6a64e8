"""The course as the panel shows it: the folder of the lessons, each lesson, and how far the learner is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfkit.errors import LessonError

if TYPE_CHECKING:
    from tfkit.course.check import Exercise
    from tfkit.course.standing import LessonProgress


def describe(root: Path, *, teacher: bool = False) -> dict[str, Any]:
    """Return what the panel shows; ``folder`` is None where no lessons were copied to.

    Args:
        root: The folder that the file browser shows.
        teacher: Whether the exercises bring hints and solutions.
    """
    from tfkit.course.standing import progress

    found = progress(root)
    if found.folder is None:
        return {"folder": None, "lessons": [], "next": None}
    lessons = [_lesson(root, one, teacher) for one in found.lessons]
    step = found.next_lesson
    return {"folder": _inner(root, found.folder), "lessons": lessons, "next": step.number if step else None}


def _lesson(root: Path, found: LessonProgress, teacher: bool) -> dict[str, Any]:
    from tfkit.course.check import Status
    from tfkit.course.lessons import lesson

    exercises = []
    for letter, exercise in lesson(found.number).exercises.items():
        status = found.statuses[letter]
        said = "" if status is Status.NOT_ATTEMPTED else str(status)
        described = {"name": exercise.name, "prompt": exercise.prompt, "status": said}
        exercises.append(described | (_help(exercise) if teacher else {}))
    return {
        "number": found.number,
        "title": found.title,
        "path": _inner(root, found.path) if found.path else None,
        "exercises": exercises,
        "done": found.next_exercise is None,
    }


def _help(exercise: Exercise) -> dict[str, Any]:
    try:
        solution = exercise.solution()
    except LessonError as error:  # an edition for exams: the hints are there, and in place of a solution why it is not
        return {"hints": exercise.task.hints, "solution": "", "reason": str(error)}
    return {"hints": exercise.task.hints, "solution": solution.code, "reason": solution.reason}


def _inner(root: Path, path: Path) -> str:
    inner = path.relative_to(root).as_posix()
    return "" if inner == "." else inner
