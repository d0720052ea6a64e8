"""Read idx files, the form in which MNIST and its relatives come.

With this module one can turn an ``.idx`` or ``.gz`` file into a NumPy array. A file cannot make the reader
hang or fill the memory: what it is, and how much may come out of it, is settled before its body is read.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import stat
import zlib
from pathlib import Path
from typing import IO, Any, NoReturn, cast

import numpy as np
from numpy.typing import NDArray

from tfkit.errors import FileError

IdxArray = NDArray[Any]

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_AXES = 32  # every NumPy can hold that many
# A small .gz can claim to be huge. The largest relatives of MNIST in use need less than half of this.
_LARGEST_UNPACKED_BYTES = 2 * 1024**3
_CHUNK_BYTES = 1024**2


def load_idx(path: str | os.PathLike[str]) -> IdxArray:
    """Return the array in an idx file, packed with gzip or not.

    Args:
        path: The file. Its first bytes decide how it is read, not its name.

    Returns:
        An array in the machine's own byte order: uint8, int8, int16, int32, float32 or float64.

    Raises:
        FileError: If there is no such file, or it is no idx file, or bytes are missing or left over.

    Example:
        >>> import tempfile
        >>> with tempfile.NamedTemporaryFile() as file:
        ...     _ = file.write(bytes([0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 4]))
        ...     file.flush()
        ...     load_idx(file.name).tolist()
        [9, 0, 4]
    """
    return read_idx(path)[0]


def read_idx(path: str | os.PathLike[str]) -> tuple[IdxArray, str]:
    """Return the array in an idx file and the SHA-256 of the file's unpacked bytes.

    Raises:
        FileError: As `load_idx` does.

    Example:
        >>> read_idx(".")
        Traceback (most recent call last):
        tfkit.errors.FileError: '.' is a folder. Name one idx file in it.
    """
    file = _plain_file(path)
    try:
        with file.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if not packed:
                return _read(file, raw, file.stat().st_size)
            with gzip.open(raw) as unpacked:
                return _read(file, cast("IO[bytes]", unpacked), _LARGEST_UNPACKED_BYTES)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        _refuse(file, f"is a damaged gzip file ({error})")
    except OSError as error:
        raise FileError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error


def _plain_file(path: str | os.PathLike[str]) -> Path:
    """Return the path of a regular file; a folder or a pipe is refused before it is opened."""
    if not isinstance(path, (str, os.PathLike)):
        raise FileError(f"The path of an idx file is a text or a pathlib.Path, not {type(path).__name__}.")
    try:
        file = Path(path)
        found = file.stat()
    except FileNotFoundError as error:
        raise FileError(f"There is no file {str(path)!r}. Check its name and the folder it is in.") from error
    except (OSError, ValueError) as error:
        raise FileError(f"{str(path)!r} cannot be read: {error}.") from error
    if stat.S_ISDIR(found.st_mode):
        raise FileError(f"{str(path)!r} is a folder. Name one idx file in it.")
    if not stat.S_ISREG(found.st_mode):
        raise FileError(f"{str(path)!r} is not an ordinary file. Save its contents to a file first.")
    return file


def _read(path: Path, stream: IO[bytes], most_bytes: int) -> tuple[IdxArray, str]:
    """Return array and digest of one idx `stream`, of which at most `most_bytes` are asked for."""
    start = stream.read(4)
    if len(start) < 4 or start[:2] != b"\x00\x00" or start[2] not in _DTYPES or start[3] > _MOST_AXES:
        _refuse(path, f"is not an idx file: it begins with the bytes {start.hex(' ') or '(none)'}")
    dtype, axes = np.dtype(_DTYPES[start[2]]), start[3]
    sizes = stream.read(4 * axes)
    if len(sizes) < 4 * axes:
        _refuse(path, f"ends inside its header, which should give {axes} sizes")
    shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
    body = _read_body(path, stream, shape, dtype.itemsize, most_bytes)
    try:
        array = np.frombuffer(body, dtype).reshape(shape).astype(dtype.newbyteorder("="))
    except ValueError as error:  # for example a size of 0 beside sizes no array can have
        raise FileError(f"{str(path)!r} claims the impossible shape {shape}.") from error
    digest = hashlib.sha256(start + sizes)
    digest.update(body)
    return array, digest.hexdigest()


def _read_body(path: Path, stream: IO[bytes], shape: tuple[int, ...], item_bytes: int, most_bytes: int) -> bytearray:
    """Return exactly the bytes that a header announces; memory grows only with what really arrives."""
    expected = math.prod(shape) * item_bytes
    promise = f"its header announces {expected:,} bytes of data (shape {shape})"
    if expected > most_bytes:
        _refuse(path, f"cannot be whole: {promise}, more than the {most_bytes:,} there can be")
    body = bytearray()
    while len(body) < expected:
        chunk = stream.read(min(_CHUNK_BYTES, expected - len(body)))
        if not chunk:
            _refuse(path, f"is cut off: {promise}, but only {len(body):,} follow")
        body += chunk
    if stream.read(1):
        _refuse(path, f"is too long: {promise}, but more follow")
    return body


def _refuse(path: Path, what: str) -> NoReturn:
    raise FileError(f"{str(path)!r} {what}. Copy or download the file again.")
