"""Write a file whole or not at all, and for good: also a process that is killed or a power cut leaves no half of it."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

_LEFT_S = 3600  # nobody writes for an hour: what is older was left behind by a process that was killed


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` so that whoever reads the file finds the old content or the new, never half of it.

    Raises:
        OSError: If it cannot be written; what was there before is untouched.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> write_whole(Path(folder.name, "a.txt"), b"all of it")
        >>> Path(folder.name, "a.txt").read_bytes(), os.listdir(folder.name)
        (b'all of it', ['a.txt'])
        >>> folder.cleanup()
    """
    with written_beside(path) as beside:
        beside.write_bytes(data)


@contextlib.contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """Yield an empty file beside `path`, with the same ending; after the block it takes the place of `path`.

    If the block raises, it is removed. If the process is killed, it stays, and is removed when somebody writes `path`
    an hour later.

    Raises:
        OSError: If it cannot be written; what was there before is untouched.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with written_beside(Path(folder, "a.txt")) as beside:
        ...         _ = beside.write_text("all of it")
        ...     os.listdir(folder)
        ['a.txt']
    """
    _remove_left_over(path)
    # Beside the target, because only within one file system a file takes another's place in one step.
    beside = path.with_name(f".{secrets.token_hex(4)}~{path.name}")
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))  # less what the user's umask takes
    try:
        with contextlib.suppress(OSError):  # there is none yet, or it is another user's
            beside.chmod(path.stat().st_mode & 0o777)
        yield beside
        put_in_place(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def put_in_place(file: Path, path: Path) -> None:
    """Let a file that is complete take the place of another one in the same folder, and wait until the disk has both.

    Without waiting, a power cut could leave the new name with nothing behind it.

    Raises:
        OSError: If it cannot; what was there before is untouched.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "a.part").write_text("all of it")
        ...     put_in_place(Path(folder, "a.part"), Path(folder, "a"))
        ...     os.listdir(folder)
        ['a']
    """
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())
    file.replace(path)
    with contextlib.suppress(OSError):  # not every system can do that for a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _remove_left_over(path: Path) -> None:
    """Remove what processes that were killed have left beside `path`."""
    ours = re.compile(rf"\.[0-9a-f]{{8}}~{re.escape(path.name)}")
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            if ours.fullmatch(entry.name) and time.time() - entry.stat().st_mtime > _LEFT_S:
                os.unlink(entry)
