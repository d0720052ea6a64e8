"""What is installed, what is missing, and the command that cures it.

Nothing heavy is imported: versions come from the packages' metadata, devices from a child process.
"""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from tfkit.accelerator import QUESTION, explain, gather
from tfkit.inspection import Inspection, State
from tfkit.stranger import CURE, find_stranger

__all__ = ["Inspection", "State", "examine"]

_LAB = 'pip install "tfkit-course[lab]"'
_PACKAGES = (
    ("tensorflow", (2, 19), True, "pip install tensorflow"),
    ("keras", (3, 15), True, "pip install --upgrade keras"),
    ("graphviz", (0, 20), True, "pip install graphviz"),
    ("jupyterlab", (4, 6, 2), False, _LAB),
    ("jupyter_server", (2, 21), False, _LAB),
    ("ipywidgets", (8, 1), False, _LAB),
)
_JUPYTER = (
    ("labextension", "share/jupyter/labextensions/tfkit-course/package.json", "JupyterLab shows still pictures"),
    (
        "server half",
        "etc/jupyter/jupyter_server_config.d/tfkit-course.json",
        "no course panel, no TensorBoard in Jupyter",
    ),
)
_DEVICES = QUESTION
_TIMEOUT_S = 120


def examine() -> Iterator[Inspection]:
    """Yield one finding for each thing that tfkit needs or can use."""
    yield _python()
    yield _stranger()
    yield from (_package(*package) for package in _PACKAGES)
    yield _tensorboard()
    yield from _devices()
    yield _front_end()
    yield from _in_jupyter()
    yield _dot()
    yield _data()


def _python() -> Inspection:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info < (3, 14)
    return Inspection("python", State.OK if fits else State.MISSING, version, "" if fits else "use Python 3.11 to 3.13")


def _stranger() -> Inspection:
    found = find_stranger()
    if found is None:
        return Inspection("other tfkit", State.OK, "not installed")
    return Inspection("other tfkit", State.MISSING, f"an unrelated package: {found}", " && ".join(CURE))


def _package(name: str, floor: tuple[int, ...], needed: bool, cure: str) -> Inspection:
    lacking = State.MISSING if needed else State.OPTIONAL
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Inspection(name, lacking, "not installed", cure)
    numbers = tuple(int(part) for part in version.split(".")[: len(floor)] if part.isdigit())
    if numbers < floor:
        return Inspection(name, State.MISSING, f"{version}, older than {'.'.join(map(str, floor))}", cure)
    return Inspection(name, State.OK, version)


def _tensorboard() -> Inspection:
    """The core reads its formats only. Its server, which JupyterLab starts, breaks before 2.21 with setuptools 82."""
    floor = (2, 21) if find_spec("jupyterlab") else (2, 19)
    return _package("tensorboard", floor, False, "pip install --upgrade tensorboard")


def _devices() -> Iterator[Inspection]:
    """Ask a child process: TensorFlow is slow to load, and may take the whole memory of a GPU."""
    command = [sys.executable, "-P", "-c", _DEVICES]
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0"}  # it is to say what it misses
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, env=env)
    except (OSError, subprocess.TimeoutExpired) as error:
        yield Inspection("devices", State.MISSING, f"TensorFlow did not answer: {error}", "pip install tensorflow")
        return
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        yield Inspection("devices", State.MISSING, f"TensorFlow does not load: {last}", "pip install tensorflow")
        return
    devices, _, answer = done.stdout.strip().partition("\n")
    yield Inspection("devices", State.OK, devices.replace("device:", ""))
    yield explain(gather(answer, done.stderr))


def _front_end() -> Inspection:
    if (files("tfkit") / "static" / "graph.js").is_file():
        return Inspection("graph view", State.OK, "built")
    return Inspection("graph view", State.MISSING, "not built", "npm ci && npm run build in widgets/, or install again")


def _in_jupyter() -> Iterator[Inspection]:
    """Look for what pip puts where Jupyter finds it, without and with --user."""
    places = [Path(sys.prefix), Path(site.getuserbase())]
    for name, file, without in _JUPYTER:
        if any((place / file).is_file() for place in places):
            yield Inspection(name, State.OK, "installed")
        else:
            yield Inspection(name, State.OPTIONAL, f"not installed: {without}", _LAB)


def _dot() -> Inspection:
    found = shutil.which("dot")
    if found:
        return Inspection("dot", State.OK, found)
    return Inspection(
        "dot", State.OPTIONAL, "not installed (only to_svg(engine='dot') needs it)", "apt-get install graphviz"
    )


def _data() -> Inspection:
    from tfkit.course.data import find_fashion_mnist

    found = find_fashion_mnist()
    if found is not None:
        return Inspection("full data", State.OK, str(found))
    return Inspection("full data", State.OPTIONAL, "not found (lessons use the small one)", "tfkit data fetch")
