"""Keep a data set unpacked, so that it loads at once the next time.

With this module one can put a cache before anything that loads arrays with known SHA-256. What the cache gives has
passed the same check as its source, every time: a file that is cut off, damaged or forged counts as none. Where
nothing can be kept, everything works as without a cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import mmap
import os
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tfkit.atomic import write_whole
from tfkit.course.idx import IdxArray

_UINT8 = 8  # the code of the type in an idx file


def cache_folder() -> Path | None:
    """Return where tfkit keeps what it can make again, or None for nowhere.

    ``TFKIT_CACHE_DIR`` names another folder, by its full path; set to nothing it turns the cache off.

    Example:
        >>> folder = cache_folder()
        >>> folder is None or folder.is_absolute()
        True
    """
    chosen = os.environ.get("TFKIT_CACHE_DIR")
    # os.path, because pathlib raises where a user has no home. Such a folder is not absolute, and none.
    folder = os.path.expanduser(_users_cache() if chosen is None else chosen)
    return Path(folder) if os.path.isabs(folder) else None


def _users_cache() -> str:
    if sys.platform == "win32":
        return os.path.join(os.environ.get("LOCALAPPDATA") or "~/AppData/Local", "tfkit", "cache")
    if sys.platform == "darwin":
        return "~/Library/Caches/tfkit"
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "tfkit")


def through_cache(
    file: Path, sources: Sequence[Path], digests: Sequence[str], load: Callable[[], list[IdxArray]]
) -> list[IdxArray]:
    """Return what `load` returns, or what an earlier call kept of it; the arrays are read-only then.

    Args:
        file: The cache. It belongs to `sources` as they are now: when one has moved or changed, `load` is called.
        sources: The files that `load` reads.
        digests: For each array the SHA-256 that it has as an idx file.
        load: Reads and checks `sources` and returns arrays of uint8; what it raises is raised.

    Example:
        >>> import tempfile
        >>> digest = hashlib.sha256(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9])).hexdigest()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     cache = Path(folder, "cache")
        ...     for answer in ([7, 9], [0, 0]):
        ...         through_cache(cache, [], [digest], lambda: [np.array(answer, np.uint8)])[0].tolist()
        [7, 9]
        [7, 9]
    """
    try:
        key = _key(sources)  # before they are read: what changes meanwhile is not what was kept
    except OSError:
        return load()
    with contextlib.suppress(OSError, ValueError, IndexError):
        if kept := _read(file, key, digests):
            return kept
    arrays = load()
    with contextlib.suppress(OSError, ValueError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, b"".join([key, *(part for array in arrays for part in (_header(array), array.data))]))
    return arrays


def _key(sources: Sequence[Path]) -> bytes:
    """Return 32 bytes that are others as soon as one of the files is another."""
    stats = [(str(file.absolute()), file.stat()) for file in sources]
    return hashlib.sha256(repr([(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]).encode()).digest()


def _header(array: IdxArray) -> bytes:
    return struct.pack(f">4B{array.ndim}I", 0, 0, _UINT8, array.ndim, *array.shape)


def _read(file: Path, key: bytes, digests: Sequence[str]) -> list[IdxArray] | None:
    """Return the arrays in a cache, or None if it is not exactly what was written for `key`.

    The file is mapped, not copied: that and a SHA-256 take two thirds of the time of reading and a SHA-256. As it
    is never written in place (see `write_whole`), only its owner could change what was checked.

    Raises:
        OSError: If it cannot be opened.
        ValueError, IndexError: If it is too short.
    """
    if not file.is_file():  # a pipe would keep us waiting
        return None
    with file.open("rb") as opened:
        if hasattr(os, "geteuid") and os.fstat(opened.fileno()).st_uid != os.geteuid():
            return None
        content = np.frombuffer(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
    arrays, start = [], len(key)
    if content[:start].tobytes() != key:
        return None
    for digest in digests:
        body = start + 4 + 4 * int(content[start + 3])
        shape = tuple(int(size) for size in np.frombuffer(content[start + 4 : body], ">u4"))
        end = body + math.prod(shape)
        if hashlib.sha256(content[start:end].data).hexdigest() != digest:
            return None
        arrays.append(content[body:end].reshape(shape))
        start = end
    return arrays if start == len(content) else None
