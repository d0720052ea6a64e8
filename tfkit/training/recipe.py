"""What to train, and how: a few numbers, and the course of the learning rate.

The numbers were chosen on a part of the 60,000 training pictures (50,000 or 55,000), by the accuracy on the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tfkit.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training.

    Args:
        network: A name in `NETWORKS`.
        batch_size: Pictures in a step.
        kernel_rate: The highest learning rate of the convolution kernels, which learn with Muon.
        rate: The highest learning rate of all other variables, which learn with AdamW.
        weight_decay: By how much a step shrinks all weights, as a part of the kernels' learning rate.
        label_smoothing: The part of the truth that is spread over all classes.
        shift: By how many pixels a picture is moved at most, in each direction: 0 to 2.
        flip: Whether each picture is mirrored in every second epoch.
        warm_up: The part of the steps in which the learning rate rises.
        width: Filters of the first convolution; the later ones have two and four times as many.

    Example:
        >>> Recipe("mlp").batch_size
        256
    """

    network: str
    batch_size: int = 256
    kernel_rate: float = 0.1
    rate: float = 0.015
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    shift: int = 0
    flip: bool = True
    warm_up: float = 0.2
    width: int = 16

    def __post_init__(self) -> None:
        _check_whole("batch_size", self.batch_size, 1, 60_000)
        _check_whole("shift", self.shift, 0, 2)
        _check_whole("width", self.width, 1, 1024)
        for name in ("kernel_rate", "rate", "weight_decay", "label_smoothing", "warm_up"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not math.isfinite(value) or value < 0:
                raise TrainingError(f"{name} is a number from 0 up, not {value!r}.")
        if self.kernel_rate == 0:
            raise TrainingError("kernel_rate is a number above 0: the other rates are measured by it.")
        if type(self.flip) is not bool:
            raise TrainingError(f"flip is True or False, not {self.flip!r}.")
        if self.label_smoothing >= 1 or self.warm_up >= 1:
            raise TrainingError("label_smoothing and warm_up are parts of a whole, less than 1.")


def for_device(recipe: Recipe, kind: str) -> Recipe:
    """Return a recipe for a kind of device: a GPU is kept busy by batches four times as large.

    Example:
        >>> for_device(Recipe("cnn", batch_size=128), "gpu").batch_size
        512
    """
    return with_batch_size(recipe, _GPU_BATCH * recipe.batch_size) if kind == "gpu" else recipe


def with_batch_size(recipe: Recipe, batch_size: int) -> Recipe:
    """Return a recipe with other batches, and with learning rates that suit them.

    Rates grow with the square root of the batch (Malladi et al., 2022, https://arxiv.org/abs/2205.10287).

    Example:
        >>> with_batch_size(Recipe("cnn", batch_size=100, rate=0.01), 400).rate
        0.02
    """
    _check_whole("batch_size", batch_size, 1, 60_000)
    grown = math.sqrt(batch_size / recipe.batch_size)
    return replace(recipe, batch_size=batch_size, kernel_rate=grown * recipe.kernel_rate, rate=grown * recipe.rate)


def _check_whole(name: str, value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise TrainingError(f"{name} is a whole number from {least} to {most:,}, not {value!r}.")


def one_cycle(done: NDArray[np.floating], warm_up: float) -> NDArray[np.float32]:
    """Return the learning rate as a part of its peak: it rises evenly, and then falls evenly to zero.

    Large steps in the middle find the way, small ones at the end settle (Smith and Topin, 2018,
    https://arxiv.org/abs/1708.07120; here with straight lines).

    Args:
        done: Which part of the training is over, 0 to 1.
        warm_up: The part of the training in which the rate rises.

    Example:
        >>> one_cycle(np.array([0, 0.1, 0.2, 0.6, 1.0]), warm_up=0.2).astype(float).round(2).tolist()
        [0.02, 0.52, 1.0, 0.5, 0.0]
    """
    rising = done / max(warm_up, 1e-9) + _START
    falling = (1 - done) / (1 - warm_up)
    return np.asarray(np.minimum(rising, falling), np.float32)


_GPU_BATCH = 4
_START = 0.02  # the first step is not of length zero

RECIPES: Mapping[str, Recipe] = {
    "softmax": Recipe("softmax", batch_size=128, rate=0.002, label_smoothing=0.0, shift=0, flip=False),
    "mlp": Recipe("mlp", batch_size=128, rate=0.004, label_smoothing=0.0, shift=0, flip=False),
    "cnn": Recipe("cnn", batch_size=128),
    "resnet": Recipe("resnet", width=24),
}
