"""The loop: many steps of training as one graph.

Both loops take the same plan and make the same steps; the one of the backend that Keras uses is chosen.
"""

from __future__ import annotations

from typing import Any, Protocol

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfkit.errors import TrainingError
from tfkit.training.batches import Plan
from tfkit.training.recipe import Recipe


class Loop(Protocol):
    """A network, its optimizer and its pictures, ready to make steps."""

    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    smoothing: float

    def run(self, plan: Plan, first: int, last: int) -> tuple[NDArray[np.float32], float]:
        """Make the steps from `first` up to `last` of an epoch; return their losses, and the part that was right."""


def make_loop(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, rows: Any, labels: Any, recipe: Recipe
) -> Loop:
    """Return the loop of Keras's backend. `rows` is what `rows_of` returns.

    Raises:
        TrainingError: If Keras uses a backend for which there is no loop.
    """
    optimizer.build(model.trainable_variables)
    backend = keras.backend.backend()
    if backend == "tensorflow":
        from tfkit.training._tensorflow import TensorFlowLoop

        return TensorFlowLoop(model, optimizer, rows, labels, recipe)
    if backend == "jax":
        from tfkit.training._jax import JaxLoop

        return JaxLoop(model, optimizer, rows, labels, recipe)
    raise TrainingError(f"Keras runs on {backend!r} here. Set KERAS_BACKEND to tensorflow or jax.")


def loss_of(scores: Any, labels: Any, label_smoothing: float) -> Any:
    """Return the mean cross-entropy of a batch, with a part of each truth spread over all classes.

    Example:
        >>> round(float(loss_of(np.zeros((1, 10), "float32"), np.array([3]), 0.1)), 4)  # ln 10
        2.3026
    """
    truth = ops.one_hot(labels, scores.shape[-1], dtype="float32")
    truth = truth * (1 - label_smoothing) + label_smoothing / scores.shape[-1]
    return ops.mean(ops.categorical_crossentropy(truth, scores, from_logits=True))


def right_of(scores: Any, labels: Any) -> Any:
    """Return the part of a batch whose largest score is that of the true class.

    Example:
        >>> float(right_of(np.eye(2, dtype="float32"), np.array([0, 0])))
        0.5
    """
    return ops.mean(ops.cast(ops.equal(ops.argmax(scores, axis=-1), labels), "float32"))
