"""An HDF5 file read for the process that waits: ``python -m tfkit.files.hdf5_process FILE [MEMBER]``.

What is in it goes to the output, as JSON: the description of a model, if there is one, and the facts of its weights;
or what is wrong with it. With MEMBER the file is an archive, and that is in it.
"""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from typing import Any

import h5py

from tfkit.files._weights import walk_weights
from tfkit.untrusted import MIB, limit_process

CPU_S = 4
MOST_DESCRIPTION = 32 * MIB  # ten thousand layers need about ten megabytes
_MEMORY_BYTES = 2**31  # of addresses, beyond the file's own size


def answer(path: str, member: str = "") -> dict[str, Any]:
    """Return what `read` does, or ``{"wrong": what is wrong with the file}``."""
    try:
        return read(path, member)
    except Exception as error:  # h5py and zipfile raise nearly anything at what is damaged
        return {"wrong": str(error) or type(error).__name__}


def read(path: str, member: str = "") -> dict[str, Any]:
    """Return ``{"description": text or None, "weights": [[names of layers, name, shape, numbers], ...]}``.

    Raises:
        ValueError: If the description is none; h5py raises others where the file is damaged.
    """
    if member:
        with zipfile.ZipFile(path) as archive:
            return _found(io.BytesIO(archive.read(member)))
    return _found(path)


def _found(source: Any) -> dict[str, Any]:
    with h5py.File(source, "r") as file:
        written = file.attrs.get("model_config")
        if isinstance(written, bytes):
            written = written.decode()
        if not isinstance(written, str | None):
            raise ValueError("its description of a model is no text")
        if len(written or "") > MOST_DESCRIPTION:
            raise ValueError(f"it holds a model description of more than {MOST_DESCRIPTION // MIB} MB")
        weights = [[layers, weight.name, weight.shape, weight.numbers] for layers, weight in walk_weights(file)]
        return {"description": written, "weights": weights}


def _limit(path: str) -> None:
    """Limit this process: the library for HDF5 never asks Python, so that nothing else could end it."""
    limit_process(CPU=CPU_S, AS=_MEMORY_BYTES + os.path.getsize(path))


if __name__ == "__main__":
    _limit(sys.argv[1])
    print(json.dumps(answer(*sys.argv[1:])))
