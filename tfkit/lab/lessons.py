"""The course as the panel shows it: the folder of the lessons, each lesson, and how far the learner is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfkit.course.catalogue import CATALOGUE
from tfkit.course.learner import LIST, RIGHT, read_progress

if TYPE_CHECKING:
    from tfkit.course.check import Exercise


def find_course(root: Path) -> Path | None:
    """Return the folder to which lessons were copied: the one that is shown, or one in it."""
    if (root / LIST).is_file():
        return root
    found = (path.parent for path in root.glob(f"*/{LIST}") if not path.parent.is_symlink())
    return min(found, default=None)


def describe(root: Path, *, teacher: bool = False) -> dict[str, Any]:
    """Return what the panel shows; ``folder`` is None where no lessons were copied to.

    Args:
        root: The folder that the file browser shows.
        teacher: Whether the exercises bring hints and solutions.
    """
    folder = find_course(root)
    if folder is None:
        return {"folder": None, "lessons": [], "next": None}
    progress = read_progress(folder)
    lessons = [_lesson(root, folder, number, progress, teacher) for number in CATALOGUE]
    unfinished = (one["number"] for one in lessons if one["path"] and not one["done"])
    return {"folder": _inner(root, folder), "lessons": lessons, "next": next(unfinished, None)}


def _lesson(root: Path, folder: Path, number: str, progress: dict[str, str], teacher: bool) -> dict[str, Any]:
    from tfkit.course.lessons import lesson

    found = lesson(number)
    exercises = [
        {"name": exercise.name, "prompt": exercise.prompt, "status": progress.get(exercise.name, "")}
        | (_help(exercise) if teacher else {})
        for exercise in found
    ]
    path = folder / found.notebook
    return {
        "number": number,
        "title": found.title,
        "path": _inner(root, path) if path.is_file() else None,
        "exercises": exercises,
        "done": bool(exercises) and all(exercise["status"] == RIGHT for exercise in exercises),
    }


def _help(exercise: Exercise) -> dict[str, Any]:
    solution = exercise.solution()
    return {"hints": exercise.task.hints, "solution": solution.code, "reason": solution.reason}


def _inner(root: Path, path: Path) -> str:
    inner = path.relative_to(root).as_posix()
    return "" if inner == "." else inner
