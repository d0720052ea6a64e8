"""The device that trains: its name, how fast it multiplies, and in which precision a network runs fastest on it."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}  # to Keras's policies
_BFLOAT16_SINCE = (8, 0)  # compute capability of Ampere
_FLOAT16_SINCE = (7, 0)  # of Volta: the first with tensor cores
_SIDES = {"cpu": 1536, "gpu": 8192}  # of the matrices whose product is timed


@dataclass(frozen=True, slots=True)
class Device:
    """What trains.

    Args:
        name: As its maker calls it.
        kind: "cpu" or "gpu".
        precisions: What is worth trying on it, names in `PRECISIONS`.
    """

    name: str
    kind: str
    precisions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind.upper()})"


def find_device() -> Device:
    """Return the first GPU that Keras's backend can use, else the processor.

    TensorFlow is told to take a GPU's memory as it needs it, not all of it at once.

    Example:
        >>> find_device().kind in ("cpu", "gpu")
        True
    """
    found = _jax_gpu() if keras.backend.backend() == "jax" else _tensorflow_gpu()
    if found is None:
        cores = _cores()
        return Device(f"{_processor()}, {cores} core{'s' * (cores > 1)}", "cpu", ("float32", "bfloat16"))
    name, capability = found
    return Device(name, "gpu", _precisions(capability))


def _precisions(capability: tuple[int, int] | None) -> tuple[str, ...]:
    """Return what a generation of GPUs can do; one that we do not know is asked for both."""
    if capability is None or capability >= _BFLOAT16_SINCE:
        return ("float32", "bfloat16")
    return ("float32", "float16") if capability >= _FLOAT16_SINCE else ("float32",)


def _tensorflow_gpu() -> tuple[str, tuple[int, int] | None] | None:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:  # TensorFlow has begun to compute, and what it took it has
            break
    if not gpus:
        return None
    details = tf.config.experimental.get_device_details(gpus[0])
    return str(details.get("device_name", gpus[0].name)), details.get("compute_capability")


def _jax_gpu() -> tuple[str, tuple[int, int] | None] | None:
    import jax

    device = jax.devices()[0]
    if device.platform == "cpu":
        return None
    major, _, minor = str(getattr(device, "compute_capability", "")).partition(".")
    return str(device.device_kind), (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine() or "processor"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))  # those that this process may use
    return os.cpu_count() or 1


def matmul_peak(device: Device, precision: str) -> float:
    """Return how many multiplications and additions a second the device makes in a large matrix product.

    Twice the third power of the side, by the seconds of the quickest of several products. No network is faster,
    so this is the line to measure one against.

    Example:
        >>> matmul_peak(find_device(), "float32") > 1e6
        True
    """
    side = _SIDES[device.kind]
    matrix = ops.cast(np.random.default_rng(0).standard_normal((side, side), dtype="float32"), precision)

    def product() -> object:
        return float(ops.cast(ops.matmul(matrix, matrix)[0, 0], "float32"))  # waits until it is there

    return 2 * side**3 / _quickest(product)


def step_seconds(step: Callable[[], object]) -> float:
    """Return how long a step of training takes, after a first one that builds the graph.

    Half as many bits are twice as fast on a processor that can multiply them, and far slower on one that cannot;
    the names of processors do not tell, a stopwatch does.

    Example:
        >>> 0 <= step_seconds(lambda: None) < 1
        True
    """
    return _quickest(step, 3)


def _quickest(work: Callable[[], Any], rounds: int = 5) -> float:
    """Return the least seconds of `work`, which runs once more before: the first time is special."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
