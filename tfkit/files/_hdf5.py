"""HDF5 files by a process of their own: a damaged one keeps the library that reads them for ever, or crashes it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tfkit.files._weights import Weight, Weights
from tfkit.untrusted import parse_json, run_apart

_TIMEOUT_S = 60  # it may take far less of a processor, but the file may be far away
# -P: the folder in which the kernel was started may hold anybody's files, and is not for Python to import from.
_COMMAND = (sys.executable, "-P", "-m", "tfkit.files.hdf5_process")


def read_hdf5(path: Path, member: str = "") -> tuple[str | None, Weights]:
    """Return the description of a model in an HDF5 file, if there is one, and its weights.

    Args:
        path: The file, or an archive.
        member: The file in the archive.

    Raises:
        ValueError: If it cannot be read; the message says why.
    """
    found = _read(path, member)
    if "wrong" in found:
        raise ValueError(found["wrong"])
    weights = (
        (tuple(layers), Weight(name, tuple(shape), numbers)) for layers, name, shape, numbers in found["weights"]
    )
    return found["description"], Weights(weights)


def _read(path: Path, member: str) -> dict[str, Any]:
    try:
        done = run_apart([*_COMMAND, str(path.absolute()), *([member] if member else [])], _TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise ValueError(f"reading it did not end within {_TIMEOUT_S} seconds") from None
    if done.returncode == 0:
        found: dict[str, Any] = parse_json(done.stdout)
        return found
    if done.returncode == -getattr(signal, "SIGXCPU", 0):
        raise ValueError("it is damaged: reading it does not end")
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    raise ValueError(f"it is damaged: the process that read it ended ({lines[-1] if lines else done.returncode})")
