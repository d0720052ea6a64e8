"""Make the small data file that tfkit ships: ``python -m tfkit.course.make_small_data``.

It takes the first 200 training and the first 50 test images of each class, in the order of the full data
set, which must be on this machine. The same images give the same bytes on every run.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from tfkit.course.data import SMALL_FILE, load_fashion_mnist
from tfkit.course.idx import IdxArray

_TRAIN_PER_CLASS = 200
_TEST_PER_CLASS = 50


def make_small_data(target: Path = SMALL_FILE) -> Path:
    """Write the small data file from the full data set and return its path.

    Raises:
        DataError: If the full data set is not on this machine.
    """
    full = load_fashion_mnist("full")
    train = first_of_each_class(full.train_labels, _TRAIN_PER_CLASS)
    test = first_of_each_class(full.test_labels, _TEST_PER_CLASS)
    arrays = {
        "train_images": full.train_images[train],
        "train_labels": full.train_labels[train],
        "test_images": full.test_images[test],
        "test_labels": full.test_labels[test],
    }
    with zipfile.ZipFile(target, "w") as archive:
        for name, array in arrays.items():
            # A ZipInfo of its own carries a fixed date; that of `write` would be today's.
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, _npy(array), zipfile.ZIP_DEFLATED, compresslevel=9)
    return target


def first_of_each_class(labels: IdxArray, count: int) -> IdxArray:
    """Return the places of the first `count` labels of each class, in rising order.

    Example:
        >>> first_of_each_class(np.array([1, 1, 0, 1, 0]), 2).tolist()
        [0, 1, 2, 4]
    """
    return np.sort(np.concatenate([np.flatnonzero(labels == label)[:count] for label in np.unique(labels)]))


def _npy(array: IdxArray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    return buffer.getvalue()


if __name__ == "__main__":
    file = make_small_data()
    print(f"{file}: {file.stat().st_size:,} bytes")
