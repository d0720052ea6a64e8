"""Files to graphs, without TensorFlow and without running anything that stands in them.

With `read_graph` one can look at a model that somebody sent: only its structure is read.
"""

from __future__ import annotations

import stat
from pathlib import Path

from tfkit.errors import FileError
from tfkit.graph import Graph

__all__ = ["read_graph"]


def read_graph(path: str | Path) -> Graph:
    """Return the graph that a file holds.

    Args:
        path: A model saved by Keras, ``.keras``.

    Returns:
        The layers as nodes; a nested model is a group.

    Raises:
        FileError: If there is no such file, it is of another kind, or it is damaged; the message names it.

    Example:
        >>> import tfkit
        >>> tfkit.read_graph("missing.keras")
        Traceback (most recent call last):
        ...
        tfkit.errors.FileError: 'missing.keras' does not exist.
    """
    file = Path(path)
    try:
        mode = file.stat().st_mode
    except (OSError, ValueError) as error:
        reason = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
        raise FileError(f"{str(path)!r} {reason}.") from error
    if not stat.S_ISREG(mode):
        raise FileError(f"{str(path)!r} is not a file but a {_kind(mode)}.")
    if file.suffix.lower() == ".keras":
        from tfkit.files._keras import read_keras

        return read_keras(file)
    raise FileError(f"{str(path)!r} is of a kind that tfkit does not read; it reads .keras.")


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "folder"
    return "pipe" if stat.S_ISFIFO(mode) else "device or socket"
