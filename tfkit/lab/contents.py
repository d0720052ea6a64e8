"""The files that a Jupyter server shows: from a path in its file browser to one on this machine, and not beyond."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tornado.web import HTTPError


def root_of(contents: Any) -> Path:
    """Return the folder that the file browser shows.

    Raises:
        HTTPError: 501, if its files are not on this machine.
    """
    root = getattr(contents, "root_dir", "")
    if not root or not Path(root).is_dir():
        raise HTTPError(501, "The files of this Jupyter server are not on its own disk: tfkit cannot read them.")
    return Path(root).resolve()


def locate(contents: Any, path: str) -> Path:
    """Return where a file or folder of the file browser is.

    Args:
        contents: The server's contents manager.
        path: Below its root, with ``/``.

    Raises:
        HTTPError: 404, if it is not there or hidden, or leads out of the root, also by a link.
    """
    root, wanted = root_of(contents), path.strip("/")
    missing = HTTPError(404, f"There is no file {path!r} in the folder that this Jupyter server shows.")
    if "\0" in wanted:
        raise missing
    inner = Path(wanted)
    is_hidden = any(part.startswith(".") for part in inner.parts) and not getattr(contents, "allow_hidden", False)
    if inner.is_absolute() or ".." in inner.parts or is_hidden:
        raise missing
    try:
        found = (root / inner).resolve(strict=True)
    except (OSError, RuntimeError):  # a circle of links
        raise missing from None
    if not found.is_relative_to(root):
        raise missing
    return found
