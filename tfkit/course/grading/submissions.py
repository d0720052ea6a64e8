"""Find the notebooks that were handed in, and read them as what they are: files by somebody else.

With this module a grader gets every notebook below a folder, who handed it in, and which lesson it answers.
Nothing of a notebook is run here, and no link is followed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfkit.course.catalogue import CATALOGUE
from tfkit.errors import FileError
from tfkit.untrusted import open_regular, parse_json

SIZE_BYTES = 20_000_000
# A call such as tfkit.lesson("05") that is not behind a # of the same line.
_CALL = re.compile(r"^[^#\n]*\blesson\(\s*[\"']?(\d{1,2})[\"']?\s*\)", re.MULTILINE)
_TWO_DIGITS = re.compile(r"(?<!\d)\d\d(?!\d)")

# Everything that this module says to a teacher.
_SAY = {
    "missing": "{path!r} does not exist.",
    "none": "There is no notebook in {paths}.",
    "link": "{name!r} is a link. Links are not followed: they could lead to the work of others.",
    "unread": "{name!r} cannot be read: {why}.",
    "size": "{name!r} has {size:.0f} MB. A notebook may have {limit:.0f} MB; clear its outputs and hand it in again.",
    "damaged": "{name!r} is damaged: it is not a notebook of format 4.",
}


@dataclass(frozen=True, slots=True)
class Submission:
    """One notebook that was handed in.

    Args:
        learner: Who handed it in.
        path: Where it is.
        name: What messages and tables call it: its place below the folder that was given.
    """

    learner: str
    path: Path
    name: str


def find_submissions(paths: Iterable[str | os.PathLike[str]]) -> list[Submission]:
    """Return the notebooks that the paths name or hold, each once, in order.

    A learner's name is that of the folder below the given one; without such a folder, what stands in the
    notebook's own name before the lesson's number. A link is listed, too, and cannot be read.

    Raises:
        FileError: If a path does not exist, or there is no notebook at all.

    Example:
        >>> find_submissions(["nowhere"])
        Traceback (most recent call last):
        ...
        tfkit.errors.FileError: 'nowhere' does not exist.
    """
    found: dict[Path, Submission] = {}
    given = [Path(path) for path in paths]
    for path in given:
        if not path.exists():
            raise FileError(_SAY["missing"].format(path=str(path)))
        root = path.resolve()  # the teacher's own link may be one
        for place in sorted(_notebooks(root)) if root.is_dir() else [root]:
            inside = place.relative_to(root).parts or (root.name,)
            learner = inside[0] if len(inside) > 1 else learner_in(root.name if place == root else inside[0])
            found.setdefault(place, Submission(_text(learner), place, _text("/".join(inside))))
    if not found:
        raise FileError(_SAY["none"].format(paths=", ".join(repr(str(path)) for path in given)))
    return list(found.values())


def _notebooks(folder: Path) -> Iterator[Path]:
    """Yield what may be a notebook, and each folder that is a link or closed, so that nobody is left out unseen."""
    closed: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=lambda error: closed.append(Path(error.filename))):
        # Hidden ones are no work of the learner: .ipynb_checkpoints, and the ._ files of a Mac.
        folders[:] = [name for name in folders if not name.startswith(".")]
        shown = [name for name in names if not name.startswith(".") and name.lower().endswith(".ipynb")]
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        yield from (Path(place, name) for name in [*shown, *links])
    yield from closed


def _text(name: str) -> str:
    """Return a file's name as text that any file and terminal can take; it may be bytes that are no text."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def learner_in(file_name: str) -> str:
    """Return the part of a notebook's name that tells who handed it in.

    Example:
        >>> learner_in("ada_02_operations.ipynb"), learner_in("homework.ipynb")
        ('ada', 'homework')
    """
    stem = Path(file_name).stem
    number = _number_in(stem)
    return (stem[: number.start()].rstrip(" _-.") if number else "") or stem


def _number_in(stem: str) -> re.Match[str] | None:
    """Return where the number of a lesson stands."""
    return next((match for match in _TWO_DIGITS.finditer(stem) if match.group() in CATALOGUE), None)


def read_notebook(submission: Submission) -> str:
    """Return the text of a notebook.

    Raises:
        FileError: If it is a link, too large, or no file that can be read; one sentence says so.
    """
    name = submission.name
    if submission.path.is_symlink():
        raise FileError(_SAY["link"].format(name=name))
    try:
        with open_regular(submission.path, follow=False) as file:
            size = os.fstat(file.fileno()).st_size
            if size > SIZE_BYTES:
                raise FileError(_SAY["size"].format(name=name, size=size / 1e6, limit=SIZE_BYTES / 1e6))
            return file.read(SIZE_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(_SAY["damaged"].format(name=name)) from error
    except OSError as error:
        raise FileError(_SAY["unread"].format(name=name, why=error.strerror or error)) from error


def code_cells(text: str, name: str = "the notebook") -> list[str]:
    r"""Return the code of a notebook, cell by cell. What is stored as output is not looked at.

    Raises:
        FileError: If the text is not that of a notebook.

    Example:
        >>> code_cells('{"cells": [{"cell_type": "code", "source": ["a = 1\\n", "a"], "outputs": []}]}')
        ['a = 1\na']
    """
    try:
        cells: list[dict[str, Any]] = parse_json(text)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return [source if isinstance(source, str) else "".join(source) for source in sources]
    except (ValueError, KeyError, TypeError) as error:
        raise FileError(_SAY["damaged"].format(name=name)) from error


def lesson_of(cells: Sequence[str], file_name: str) -> str | None:
    """Return the number of the lesson that a notebook answers: what it asks for itself, else what its name says.

    Example:
        >>> lesson_of(['lesson = tfkit.lesson("02")'], "homework.ipynb"), lesson_of([], "ada_14.ipynb")
        ('02', '14')
    """
    asked = (f"{int(number):02}" for cell in cells for number in _CALL.findall(cell))
    named = _number_in(Path(file_name).stem)
    return next((number for number in asked if number in CATALOGUE), named.group() if named else None)
