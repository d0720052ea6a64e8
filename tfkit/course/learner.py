"""Where a learner stands: which exercises were solved, kept in the folder of the lessons.

The file is written whole or not at all, and only where lessons were copied to, so that a check that somebody runs
elsewhere leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from tfkit.atomic import write_whole
from tfkit.untrusted import MIB, parse_json, read_regular

LIST = ".tfkit-lessons.json"  # what tells that lessons were copied to a folder; see tfkit.workbook
RIGHT = "right"  # the verdict that is the last
PROGRESS = ".tfkit-progress.json"
_VERSION = 1
_MOST_BYTES = MIB


def find_course(root: Path) -> Path | None:
    """Return the folder to which lessons were copied: the given one, or one in it.

    Example:
        >>> find_course(Path("nowhere"))
    """
    if (root / LIST).is_file():
        return root
    found = (path.parent for path in root.glob(f"*/{LIST}") if not path.parent.is_symlink())
    return min(found, default=None)


def read_progress(folder: Path) -> dict[str, str]:
    """Return the last verdict on each exercise that was tried, by names such as ``02.b``.

    A damaged file is set aside under another name and counts as none.

    Example:
        >>> read_progress(Path("nowhere"))
        {}
    """
    path = folder / PROGRESS
    try:
        found = parse_json(read_regular(path, _MOST_BYTES))
        return {str(name): str(status) for name, status in found["exercises"].items()}
    except OSError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        with contextlib.suppress(OSError):
            path.replace(path.with_name(f"{PROGRESS}.damaged"))
        return {}


def note_verdict(folder: Path, exercise: str, status: str) -> None:
    """Keep the verdict on an exercise, where `folder` holds lessons; what was right stays right."""
    if not (folder / LIST).is_file():
        return
    known = read_progress(folder)
    if known.get(exercise) in (status, RIGHT):
        return
    _write(folder, {**known, exercise: status})


def _write(folder: Path, exercises: Mapping[str, str]) -> None:
    data = json.dumps({"version": _VERSION, "exercises": exercises}, indent=1, sort_keys=True)
    with contextlib.suppress(OSError):  # a folder that cannot be written: a check never raises
        write_whole(folder / PROGRESS, data.encode())
