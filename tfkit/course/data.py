"""Fashion-MNIST: 28 x 28 grey pictures of ten kinds of clothes.

With this module one can load a small balanced part, which is shipped with tfkit, or the full data set from
this machine's disk, checked against known sums. Nothing here starts a download; `fetch_fashion_mnist` does.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tfkit.course.cache import cache_folder, through_cache
from tfkit.course.download import FILES, IdxFile, fetch_fashion_mnist, keras_folder
from tfkit.course.idx import IdxArray, load_idx, read_idx
from tfkit.errors import DataError

__all__ = ["CLASS_NAMES", "FashionMnist", "fetch_fashion_mnist", "find_fashion_mnist", "load_fashion_mnist", "load_idx"]

CLASS_NAMES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
SMALL_FILE = Path(__file__).with_name("fashion_mnist_small.npz")
_CACHE_FILE = "fashion-mnist.idx"
_DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
_CURES = (
    "One of these gets it: run `tfkit data fetch` (about 30 MB, once); "
    "or on Debian and Ubuntu `sudo apt install dataset-fashion-mnist`; "
    "or set TFKIT_DATA_DIR to a folder that holds the four idx files."
)


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class FashionMnist:
    """Pictures of clothes and what they show. The arrays are read-only.

    Args:
        train_images: `(images, 28, 28)` uint8, 0 (black) to 255 (white).
        train_labels: `(images,)` uint8, places in `class_names`.
        test_images: Like `train_images`, for measuring what was learnt.
        test_labels: Like `train_labels`.
        class_names: The ten kinds of clothes.
        source: Where the pictures came from.

    Example:
        >>> data = load_fashion_mnist("small")
        >>> data.class_names[data.train_labels[0]]
        'Ankle boot'
    """

    train_images: IdxArray
    train_labels: IdxArray
    test_images: IdxArray
    test_labels: IdxArray
    class_names: tuple[str, ...]
    source: str

    def __repr__(self) -> str:
        train, test = len(self.train_images), len(self.test_images)
        classes = len(self.class_names)
        return f"FashionMnist({train:,} training and {test:,} test images of 28 x 28 pixels, {classes} classes)"


def load_fashion_mnist(size: str = "small", path: str | os.PathLike[str] | None = None) -> FashionMnist:
    """Return Fashion-MNIST, or the small part of it that is shipped with tfkit.

    The full set is kept unpacked (55 MB) in your cache folder, so that the next time it is there at once. It is
    checked each time. ``TFKIT_CACHE_DIR`` names another folder; set to nothing, none is kept.

    Args:
        size: ``"small"`` has 2,000 training and 500 test images, as many of each class;
            ``"full"`` has 60,000 and 10,000.
        path: For ``"full"``, the folder to read, and no other. Without it these are searched:
            the folder named by ``TFKIT_DATA_DIR``, that of Debian's package ``dataset-fashion-mnist``,
            and the Keras cache.

    Raises:
        DataError: If `size` is another word, or the full data are not there or not as published.

    Example:
        >>> load_fashion_mnist("small")
        FashionMnist(2,000 training and 500 test images of 28 x 28 pixels, 10 classes)
    """
    if size == "full":
        return _load_full(path)
    if size != "small":
        raise DataError(f'There is no size {size!r} of Fashion-MNIST. Use "small" or "full".')
    if path is not None:
        raise DataError('The small data are shipped with tfkit; a path goes with size "full".')
    return _load_small(SMALL_FILE)


def _load_small(file: Path) -> FashionMnist:
    try:
        with np.load(file, allow_pickle=False) as stored:
            arrays = [stored[idx_file.name] for idx_file in FILES]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"The shipped data file {str(file)!r} is missing or damaged. Install tfkit anew.") from error
    return _together(arrays, "shipped with tfkit")


def find_fashion_mnist() -> Path | None:
    """Return the first folder that holds all four files of the full data, or None; nothing is read or checked.

    Example:
        >>> find_fashion_mnist() is None or find_fashion_mnist().is_dir()
        True
    """
    return next((folder for folder in _folders() if _files_in(folder)), None)


def _load_full(path: str | os.PathLike[str] | None) -> FashionMnist:
    folders = list(_folders()) if path is None else [_folder(path)]
    for folder in folders:
        if files := _files_in(folder):
            return _together(_arrays(files), str(folder))
    searched = ", ".join(repr(str(folder)) for folder in folders)
    raise DataError(f"The full Fashion-MNIST is not in {searched}. {_CURES}")


def _arrays(files: list[Path]) -> list[IdxArray]:
    def load() -> list[IdxArray]:
        return [_checked(file, idx_file) for file, idx_file in zip(files, FILES, strict=True)]

    cache = cache_folder()
    if cache is None:
        return load()
    return through_cache(cache / _CACHE_FILE, files, [idx_file.sha256 for idx_file in FILES], load)


def _files_in(folder: Path) -> list[Path]:
    """Return the four files, or nothing if one is missing."""
    found = [file for idx_file in FILES if (file := _find(folder, idx_file))]
    return found if len(found) == len(FILES) else []


def _folder(path: str | os.PathLike[str]) -> Path:
    if not isinstance(path, (str, os.PathLike)):
        raise DataError(f"The path of the data is a text or a pathlib.Path, not {type(path).__name__}.")
    return Path(path).expanduser()


def _folders() -> Iterator[Path]:
    """Yield where full data may be, the learner's own choice first."""
    chosen = os.environ.get("TFKIT_DATA_DIR")
    if chosen:
        yield Path(chosen).expanduser() / "fashion-mnist"
        yield Path(chosen).expanduser()
    yield _DEBIAN_FOLDER
    yield keras_folder()


def _find(folder: Path, idx_file: IdxFile) -> Path | None:
    candidates = (folder / f"{idx_file.file_name}{suffix}" for suffix in (".gz", ""))
    return next((file for file in candidates if _is_file(file)), None)


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except (OSError, ValueError):  # a name that no file can have, or a folder we may not enter
        return False


def _checked(file: Path, idx_file: IdxFile) -> IdxArray:
    array, digest = read_idx(file)
    if digest != idx_file.sha256:
        raise DataError(
            f"{str(file)!r} does not hold the published Fashion-MNIST (its SHA-256 is {digest[:12]}..., "
            f"it should be {idx_file.sha256[:12]}...). Remove that file. {_CURES}"
        )
    return array


def _together(arrays: list[IdxArray], source: str) -> FashionMnist:
    for array in arrays:
        array.setflags(write=False)
    train_images, train_labels, test_images, test_labels = arrays
    return FashionMnist(train_images, train_labels, test_images, test_labels, CLASS_NAMES, source)
