"""Download the full Fashion-MNIST, once, and prove that it arrived whole.

A download that was cut off goes on where it stopped. A file gets its final name only after its unpacked
bytes have the published sum, so a folder never holds half a file under a whole file's name.
"""

from __future__ import annotations

import http.client
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tfkit.atomic import put_in_place
from tfkit.course.idx import read_idx
from tfkit.errors import DataError, FileError

Progress = Callable[[str, int, int | None], None]

ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"
_ATTEMPTS = 4
_TIMEOUT_S = 30
_CHUNK_BYTES = 1024**2
_LARGEST_FILE_BYTES = 64 * 1024**2  # the largest of the four packed files has 26 MB


@dataclass(frozen=True, slots=True)
class IdxFile:
    """One published file; `sha256` is that of the unpacked bytes, because repackaged .gz files differ."""

    name: str
    file_name: str
    sha256: str


FILES = (
    IdxFile(
        "train_images", "train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
    ),
    IdxFile(
        "train_labels", "train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
    ),
    IdxFile(
        "test_images", "t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
    ),
    IdxFile(
        "test_labels", "t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
    ),
)


def default_folder() -> Path:
    """Return where a download goes: below ``TFKIT_DATA_DIR`` if that is set, else the Keras cache.

    Example:
        >>> default_folder().name
        'fashion-mnist'
    """
    chosen = os.environ.get("TFKIT_DATA_DIR")
    return Path(chosen).expanduser() / "fashion-mnist" if chosen else keras_folder()


def keras_folder() -> Path:
    """Return where Keras itself keeps its copy of Fashion-MNIST.

    Example:
        >>> keras_folder().parent.name
        'datasets'
    """
    keras = os.environ.get("KERAS_HOME") or "~/.keras"
    return Path(keras).expanduser() / "datasets" / "fashion-mnist"


def fetch_fashion_mnist(
    directory: str | os.PathLike[str] | None = None, *, progress: Progress | None = None, address: str = ADDRESS
) -> Path:
    """Download the four files of Fashion-MNIST, check them, and return their folder.

    Files that are already there and whole are not downloaded again.

    Args:
        directory: Where to put them; without it, where `load_fashion_mnist` finds them.
        progress: Called with file name, bytes so far and bytes in all (None if not known).
        address: The folder on the web to get them from.

    Raises:
        DataError: If a file does not arrive, or is not the published one.
        FileError: If the folder cannot be written.

    Example (30 MB from the web; the tests fetch from a server of their own)::

        fetch_fashion_mnist("data")
    """
    folder = default_folder() if directory is None else Path(directory).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for idx_file in FILES:
            _fetch(idx_file, folder / f"{idx_file.file_name}.gz", address.rstrip("/"), progress or _silent)
    except OSError as error:
        raise FileError(f"The folder {str(folder)!r} cannot be written: {error.strerror or error}.") from error
    return folder


def _silent(name: str, done_bytes: int, all_bytes: int | None) -> None:
    pass


def _fetch(idx_file: IdxFile, target: Path, address: str, progress: Progress) -> None:
    if target.exists() and _is_published(target, idx_file):
        return
    part = target.with_name(f"{target.name}.part")
    resumed = part.exists()
    _download(f"{address}/{target.name}", part, progress)
    if resumed and not _is_published(part, idx_file):
        part.unlink()  # what an earlier attempt left was not the beginning of this file
        _download(f"{address}/{target.name}", part, progress)
    if not _is_published(part, idx_file):
        part.unlink()
        raise DataError(f"What {address} sends as {target.name} is not the published file. Try again later.")
    put_in_place(part, target)


def _is_published(file: Path, idx_file: IdxFile) -> bool:
    try:
        return read_idx(file)[1] == idx_file.sha256
    except FileError:
        return False


def _download(url: str, part: Path, progress: Progress) -> None:
    """Fill `part` with the rest of `url`; try again from where the connection broke."""
    reason = ""
    for _ in range(_ATTEMPTS):
        try:
            if _append(url, part, progress):
                return
            reason = "the connection broke off"
        except urllib.error.HTTPError as error:
            if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # everything is here already; the sum decides
            reason = f"the server answers {error.code} {error.reason}"
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
            reason = str(getattr(error, "reason", error))
    raise DataError(
        f"{url} could not be downloaded: {reason}. Check the network and run `tfkit data fetch` again; "
        "it goes on where it stopped."
    )


def _append(url: str, part: Path, progress: Progress) -> bool:
    """Ask for what `part` lacks, and return whether all of it came."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
        have = have if _continues_at(response, have) else 0
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() else None
        with part.open("ab") as file:
            file.truncate(have)
            while chunk := response.read(_CHUNK_BYTES):
                file.write(chunk)
                have += len(chunk)
                if have > _LARGEST_FILE_BYTES:
                    raise DataError(f"{url} sends more than {_LARGEST_FILE_BYTES:,} bytes; it is not the data set.")
                progress(part.name.removesuffix(".part"), have, total)
    return total is None or have >= total


def _continues_at(response: http.client.HTTPResponse, have: int) -> bool:
    """Return whether the server sends the bytes from `have` on; one that knows no ranges sends all."""
    answer = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return response.status == http.client.PARTIAL_CONTENT and answer is not None and int(answer[1]) == have
