"""The learner's own copy of the lessons, and the teacher's: brought to a folder, and never written over.

A list of what was copied, with a digest of each file, stands in the folder. A lesson that still is what was
copied may be renewed; one that was changed there is kept, and a newer one is put beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from tfkit.atomic import write_whole
from tfkit.course.catalogue import CATALOGUE
from tfkit.course.learner import LIST
from tfkit.course.solved import solved_notebook
from tfkit.errors import FileError
from tfkit.untrusted import MIB, parse_json, read_regular

_MOST_BYTES = MIB  # of the list
SOLVED_LIST = ".tfkit-solutions.json"  # what the teacher's edition has instead of the learner's list


@dataclass(frozen=True)
class Copied:
    """What `copy_lessons` did, as names of files."""

    folder: Path
    new: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = [f"{len(self.new)} lessons copied to {self.folder}."] if self.new else []
        said += [f"{name} holds your changes and was kept." for name in self.kept]
        said += [f"The newer lesson stands beside it as {name}." for name in self.beside]
        return "\n".join(said) or f"The lessons in {self.folder} are up to date."


def lessons() -> list[Path]:
    """Return the notebooks of the course, in order, and its appendices.

    Raises:
        FileError: If this installation carries none.

    Example:
        >>> [path.name[:2] for path in lessons()][:1]
        ['00']
    """
    inside = Path(str(files("tfkit") / "notebooks"))
    beside = inside.parents[1] / "notebooks"  # in a clone
    found = sorted((inside if inside.is_dir() else beside).glob("[0-9A][0-9]_*.ipynb"))
    if not found:
        raise FileError(f"There are no lessons in {inside}: install tfkit-course again.")
    return found


def copy_lessons(folder: str | Path) -> Copied:
    """Bring the lessons to a folder, keeping whatever the learner has changed there.

    Args:
        folder: Made if it is not there.

    Raises:
        FileError: If the folder cannot be written.
    """
    return _bring(Path(folder), {lesson.name: lesson.read_bytes() for lesson in lessons()}, LIST)


def copy_solutions(folder: str | Path) -> Copied:
    """Bring the teacher's edition to a folder: each lesson with its exercises solved, under a name of its own.

    Args:
        folder: Made if it is not there. No learner works in it.

    Raises:
        FileError: If the folder holds the learner's edition, or cannot be written.
        LessonError: In an edition of the course without solutions.
    """
    target = Path(folder)
    if (target / LIST).exists() or target.resolve() == lessons()[0].parent.resolve():
        raise FileError(
            f"{str(target)!r} holds the learner's lessons. Name another folder for the solutions, so that no learner "
            "finds them there: tfkit lessons tfkit-solutions --solutions"
        )
    books = {
        f"{lesson.stem}.solutions.ipynb": solved_notebook(lesson.read_text(encoding="utf-8"), lesson.name[:2]).encode()
        for lesson in lessons()
        if lesson.name[:2] in CATALOGUE
    }
    return _bring(target, books, SOLVED_LIST)


def _bring(target: Path, books: Mapping[str, bytes], list_name: str) -> Copied:
    try:
        target.mkdir(parents=True, exist_ok=True)
        return _copy(target, books, target / list_name)
    except OSError as error:
        raise FileError(f"The lessons cannot be copied to {str(target)!r}: {error.strerror or error}.") from error


def _copy(target: Path, books: Mapping[str, bytes], list_path: Path) -> Copied:
    copied = _read_list(list_path)
    new, kept, beside = [], [], []
    for name, data in books.items():
        path, digest = target / name, _digest(data)
        if _is_unchanged(path, copied.get(name), digest):
            if not path.exists() or path.read_bytes() != data:
                write_whole(path, data)
                new.append(name)
        elif copied.get(name) != digest:  # changed here, and there is a newer one
            kept.append(name)
            newer = _name_beside(target, path.stem, copied)
            write_whole(target / newer, data)
            beside.append(newer)
            copied[newer] = digest
        copied[name] = digest
    write_whole(list_path, json.dumps(copied, indent=1, sort_keys=True).encode())
    return Copied(target, tuple(new), tuple(kept), tuple(beside))


def _is_unchanged(path: Path, *digests: str | None) -> bool:
    return not path.exists() or _digest(path.read_bytes()) in digests


def _name_beside(target: Path, stem: str, copied: dict[str, str]) -> str:
    """Return a name that is free, or whose file the learner has left as it came."""
    names = (f"{stem}.new{number}.ipynb" for number in ("", *range(2, 1000)))
    return next(name for name in names if _is_unchanged(target / name, copied.get(name)))


def _read_list(path: Path) -> dict[str, str]:
    """Return the digests noted before; a damaged list means only that no lesson is taken for unchanged."""
    try:
        found: Any = parse_json(read_regular(path, _MOST_BYTES))
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in found.items()} if isinstance(found, dict) else {}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
