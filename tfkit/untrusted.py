"""Read what somebody else may have made, without hanging on it and without filling the memory.

With this module one can open a small file of which nothing is known: a pipe or a device is refused, and how much may
come out of it is settled first. What the reader then says about the file is its own affair.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

MIB = 2**20
# Bytes that a value of JSON takes in Python at most, by what stands before it.
_COST_BYTES = {b"{": 240, b"[": 72, b",": 64}


def open_regular(path: Path, *, follow: bool = True) -> BinaryIO:
    """Open an ordinary file for reading.

    Args:
        path: The file.
        follow: Whether it may be a link.

    Raises:
        OSError: If it cannot be opened, or is a pipe, a device, a folder: those could keep the reader for ever.

    Example:
        >>> open_regular(Path(os.devnull))
        Traceback (most recent call last):
        OSError: [Errno 22] not an ordinary file: '/dev/null'
    """
    wanted = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, wanted if follow else wanted | getattr(os, "O_NOFOLLOW", 0))
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not an ordinary file", str(path))
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: Path, most_bytes: int, *, follow: bool = True) -> bytes:
    """Return what an ordinary file holds.

    Raises:
        OSError: As `open_regular`.
        ValueError: If there is more in it than `most_bytes`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "a.json")
        ...     _ = file.write_bytes(b"[1, 2]")
        ...     read_regular(file, 100)
        b'[1, 2]'
    """
    with open_regular(path, follow=follow) as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise ValueError(f"it has more than {most_bytes / MIB:.3g} MB")
    return data


def parse_json(text: bytes | str, *, most_memory: int = 150 * MIB) -> Any:
    """Return what a text of JSON says.

    Args:
        text: UTF-8, UTF-16 or UTF-32 where it is bytes.
        most_memory: Bytes that the values may take, by an estimate that is made before any of them is.

    Raises:
        ValueError: If it is no JSON, is nested too deep, or says too much.

    Example:
        >>> parse_json(b'{"a": [1]}')
        {'a': [1]}
        >>> parse_json("[" * 100_000)
        Traceback (most recent call last):
        ValueError: it is nested too deep
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if sum(cost * data.count(sign) for sign, cost in _COST_BYTES.items()) > most_memory:
        raise ValueError(f"its values would take more than {most_memory // MIB} MB of memory")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def gunzip(data: bytes, most_bytes: int) -> bytes:
    """Return what is packed in `data`.

    Raises:
        ValueError: If it is not gzip, is cut off, or holds more than `most_bytes`.

    Example:
        >>> import gzip
        >>> gunzip(gzip.compress(b"abc"), 3)
        b'abc'
    """
    unpacking = zlib.decompressobj(wbits=31)
    try:
        found = unpacking.decompress(data, most_bytes + 1)
    except zlib.error as error:
        raise ValueError(f"it is not gzip ({error})") from error
    if len(found) > most_bytes:
        raise ValueError(f"more than {most_bytes // MIB} MB are packed in it")
    if not unpacking.eof:
        raise ValueError("it is cut off")
    return found


def run_apart(command: Sequence[str], timeout_s: float) -> subprocess.CompletedProcess[bytes]:
    """Run a program that reads a file for this process, and return what it said.

    Raises:
        subprocess.TimeoutExpired: If it takes longer; it is ended.

    Example:
        >>> import sys
        >>> run_apart((sys.executable, "-c", "print(1)"), 60).stdout.split()
        [b'1']
    """
    # OpenBLAS reserves addresses for each of its threads, and those are limited there.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        command, capture_output=True, timeout=timeout_s, check=False, stdin=subprocess.DEVNULL, env=environment
    )


def limit_process(**wanted: int) -> None:
    """Have the system end this process when it takes too much, where the system can do that.

    Args:
        wanted: By the names of ``setrlimit(2)``: ``CPU`` in seconds, ``AS`` in bytes of addresses. A stricter limit
            that is set already stays.

    Example:
        >>> limit_process(AS=2**60)
    """
    with suppress(ImportError):  # Windows
        import resource

        for name, value in wanted.items():
            which = getattr(resource, f"RLIMIT_{name}")
            _, most = resource.getrlimit(which)
            resource.setrlimit(which, (value if most == resource.RLIM_INFINITY else min(value, most), most))
