"""Which line of the user's code made an operation."""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
from functools import lru_cache
from typing import Any

from tfkit.parts import Source

_AROUND = 2  # lines of context on each side
_LONGEST = 200  # characters of a line
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_PATHS = sysconfig.get_paths()
_FOREIGN = tuple(os.path.realpath(_PATHS[key]) + os.sep for key in ("stdlib", "platstdlib", "purelib", "platlib"))


def source_of(frames: Any) -> Source | None:
    """Return the innermost line of the user's in an operation's ``traceback.get_user_frames()``.

    An operation that no line of the traced function made (``tfkit.trace(tf.concat, ...)``, a Keras layer)
    has the line that asked for the trace.
    """
    for frame in reversed(frames):
        if is_users(frame.filename):
            return source_at(frame.filename, frame.lineno)
    return None


def is_generated(filename: str) -> bool:
    """Return whether AutoGraph wrote this file from the user's."""
    return "__autograph_generated_file" in filename


@lru_cache(maxsize=4096)
def is_users(filename: str) -> bool:
    """Return whether a file is the user's: no part of Python, of an installed package or of tfkit."""
    if is_generated(filename) or (filename.startswith("<") and "ipython-input" not in filename):
        return False
    try:
        path = os.path.realpath(filename)
    except (OSError, ValueError):  # compiled under a name that no file can have, or the current folder is gone
        return False
    return not path.startswith((_PACKAGE, *_FOREIGN))


@lru_cache(maxsize=65536)
def source_at(filename: str, line: int) -> Source:
    """Return a line with its text and the lines around it, and its file under the name that the user knows it by."""
    text = linecache.getline(filename, line).strip()[:_LONGEST]
    return Source(_file(filename), line, text, _context(filename, line))


def _context(filename: str, line: int) -> tuple[tuple[int, str], ...]:
    """Return up to two lines before and two after a line, and the line itself, with their numbers."""
    first = max(line - _AROUND, 1)
    lines = linecache.getlines(filename)[first - 1 : line + _AROUND]
    texts = [text.rstrip().expandtabs()[:_LONGEST] for text in lines]
    told = [place for place, text in enumerate(texts) if text]
    if line - first not in told:  # the file has become shorter, or is gone
        return ()
    return tuple((first + place, texts[place]) for place in range(told[0], told[-1] + 1))


def _file(filename: str) -> str:
    """Name a notebook cell by its number, and a file by its path from the current folder where it is in it.

    IPython compiles each cell from a temporary file whose name differs from run to run.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    cells = getattr(getattr(shell, "compile", None), "_filename_map", {})
    if filename in cells:
        return f"cell [{cells[filename]}]"
    try:
        relative = os.path.relpath(filename)
    except (OSError, ValueError):  # the current folder is gone, or on another drive
        return filename
    return filename if relative.startswith("..") else relative
