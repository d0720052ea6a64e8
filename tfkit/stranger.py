"""Notice the unrelated package of the same import name.

On PyPI the name ``tfkit`` belongs to another project. Installed beside ours (the distribution
``tfkit-course``), it writes over our files; this module says so, with the two commands that cure it.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

CURE = ("pip uninstall -y tfkit", "pip install --force-reinstall --no-deps tfkit-course")
_METADATA = "tfkit-[0-9]*.dist-info"  # ours is tfkit_course-*.dist-info


def find_stranger(paths: list[str] | None = None) -> Path | None:
    """Return the metadata folder of the unrelated distribution, if it is installed where Python looks.

    Args:
        paths: Where to look, `sys.path` by default.

    Example:
        >>> find_stranger([]) is None
        True
    """
    for place in sys.path if paths is None else paths:
        folder = Path(place or ".")
        if folder.name in ("site-packages", "dist-packages"):  # nothing is installed elsewhere
            for found in folder.glob(_METADATA):
                return found
    return None


def message(found: Path) -> str:
    """Return the sentence that names the stranger and its cure."""
    return (
        f"The unrelated package {found.name.removesuffix('.dist-info')!r} is installed in {found.parent} and writes "
        f"over the files of tfkit-course. Run: {CURE[0]} && {CURE[1]}"
    )


def warn_about_stranger() -> None:
    """Warn if the stranger is installed; a few milliseconds, once for each import of tfkit."""
    found = find_stranger()
    if found is not None:
        warnings.warn(message(found), stacklevel=3)
