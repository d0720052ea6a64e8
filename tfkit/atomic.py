"""Write a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` so that whoever reads the file finds the old content or the new, never half of it.

    Raises:
        OSError: If it cannot be written; what was there before is untouched.

    Example:
        >>> folder = tempfile.TemporaryDirectory()
        >>> write_whole(Path(folder.name, "a.txt"), b"all of it")
        >>> Path(folder.name, "a.txt").read_bytes(), os.listdir(folder.name)
        (b'all of it', ['a.txt'])
        >>> folder.cleanup()
    """
    # Beside the target, because only within one file system a file takes another's place in one step.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)  # mkstemp lets nobody else read
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
