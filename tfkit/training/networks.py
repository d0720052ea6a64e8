"""Four networks for pictures of 28 x 28 pixels, each with a score for ten classes.

They take float pictures from 0 to 1 and return scores (logits), so that the largest names the class. Built with
``fused=False`` they consist of Keras's own layers alone: that is how they are saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers

from tfkit.errors import TrainingError
from tfkit.training.batches import SIDE
from tfkit.training.fused import FusedBatchNormalization
from tfkit.training.recipe import Recipe

CLASSES = 10


def build(recipe: Recipe, *, precision: str = "float32", fused: bool = True, synchronized: bool = False) -> keras.Model:
    """Return a new network; its weights come from Keras's random seed.

    Args:
        recipe: Its `network` is a name in `NETWORKS`.
        precision: The Keras dtype policy of its layers: "float32", "mixed_bfloat16" or "mixed_float16".
        fused: Whether batch normalisation is one operation (faster) or Keras's own layer.
        synchronized: Whether it takes the mean of all workers' pictures.

    Raises:
        TrainingError: If there is no such network.

    Example:
        >>> build(Recipe("mlp")).count_params()
        101770
    """
    if recipe.network not in NETWORKS:
        raise TrainingError(f"There is no network {recipe.network!r}. Choose one of: {', '.join(NETWORKS)}.")
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        inputs = keras.Input((SIDE, SIDE, 1), dtype="float32", name="picture")
        norm = partial(FusedBatchNormalization if fused else layers.BatchNormalization, synchronized=synchronized)
        outputs = NETWORKS[recipe.network](inputs, norm, recipe.width)
        scores = layers.Dense(CLASSES, dtype="float32", name="scores")(outputs)  # the loss wants all digits
        return keras.Model(inputs, scores, name=recipe.network)
    finally:
        keras.config.set_dtype_policy(before)


def multiplications(model: keras.Model) -> int:
    """Return how many multiplications one picture needs on its way forward, in convolutions and dense layers.

    A training step needs three times as many (forward, and back to inputs and to weights), and as many additions.

    Example:
        >>> multiplications(build(Recipe("softmax")))
        7840
    """
    return sum(_places(layer) * int(np.prod(layer.kernel.shape)) for layer in model.layers if hasattr(layer, "kernel"))


def _places(layer: Any) -> int:
    """Return at how many places of a picture a layer uses its kernel."""
    return int(np.prod(layer.output.shape[1:-1]))


def _softmax(x: Any, norm: Any, width: int) -> Any:
    return layers.Flatten()(x)


def _mlp(x: Any, norm: Any, width: int) -> Any:
    return layers.Dense(128, activation="relu", name="hidden")(layers.Flatten()(x))


def _cnn(x: Any, norm: Any, width: int) -> Any:
    x = _convolution(x, width, norm, pool=True)
    x = _convolution(x, 2 * width, norm, pool=True)
    return layers.Flatten()(_convolution(x, 4 * width, norm))


def _resnet(x: Any, norm: Any, width: int) -> Any:
    x = _convolution(x, width, norm, pool=True)
    x = _block(_convolution(x, 2 * width, norm), norm)
    x = layers.MaxPooling2D()(x)
    x = _block(_convolution(x, 4 * width, norm), norm)
    return layers.GlobalAveragePooling2D()(x)


def _convolution(x: Any, filters: int, norm: Any, *, pool: bool = False) -> Any:
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    if pool:  # before the rest, which then has a quarter of the work
        x = layers.MaxPooling2D()(x)
    return layers.ReLU()(norm(momentum=_MOMENTUM)(x))


def _block(x: Any, norm: Any) -> Any:
    """Two convolutions, and a way around them; the second starts at zero, so that the block starts as no change."""
    y = _convolution(x, x.shape[-1], norm)
    y = layers.Conv2D(x.shape[-1], 3, padding="same", use_bias=False, kernel_initializer="he_normal")(y)
    y = norm(momentum=_MOMENTUM, gamma_initializer="zeros")(y)
    return layers.ReLU()(layers.Add()([x, y]))


_MOMENTUM = 0.9  # Keras's 0.99 needs more steps than a short training has
NETWORKS: Mapping[str, Callable[[Any, Any, int], Any]] = {
    "softmax": _softmax,
    "mlp": _mlp,
    "cnn": _cnn,
    "resnet": _resnet,
}
