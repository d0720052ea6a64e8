"""The loop on TensorFlow: one `tf.function` with the steps inside."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tfkit.training.batches import Plan, take
from tfkit.training.loop import loss_of, right_of
from tfkit.training.recipe import Recipe

_KINDS = (tf.int32, tf.bool, tf.int32, tf.int32)  # of the first arrays in a plan


class TensorFlowLoop:
    """See `tfkit.training.loop.Loop`."""

    def __init__(
        self, model: keras.Model, optimizer: keras.optimizers.Optimizer, rows: Any, labels: Any, recipe: Recipe
    ) -> None:
        self.model, self.optimizer, self.smoothing = model, optimizer, recipe.label_smoothing
        self._peak = recipe.kernel_rate
        self._strategy = tf.distribute.get_strategy()  # TensorFlow has one for a single process, too
        self._rows, self._labels = tf.constant(rows), tf.constant(labels.astype("int32"))  # on the GPU, if any

    def run(self, plan: Plan, first: int, last: int) -> tuple[NDArray[np.float32], float]:
        """Make the steps from `first` up to `last` of an epoch; return their losses, and the part that was right."""
        losses, right = self._steps(*map(tf.constant, plan.arrays(first, last)))
        return losses.numpy(), float(right)

    @tf.function(  # type: ignore[untyped-decorator]
        input_signature=[*(tf.TensorSpec((None, None), kind) for kind in _KINDS), tf.TensorSpec((None,))]
    )
    def _steps(self, order: Any, mirrored: Any, down: Any, right: Any, rates: Any) -> tuple[Any, Any]:
        count = tf.shape(order)[0]
        losses = tf.TensorArray(tf.float32, count)
        hits = 0.0
        for step in tf.range(count):
            self.optimizer.learning_rate.assign(self._peak * rates[step])
            batch = (order[step], mirrored[step], down[step], right[step])
            loss, hit = self._strategy.run(self._step, batch)
            losses = losses.write(step, self._strategy.reduce("MEAN", loss, axis=None))
            hits += self._strategy.reduce("MEAN", hit, axis=None)
        return losses.stack(), hits / tf.cast(count, tf.float32)

    def _step(self, order: Any, mirrored: Any, down: Any, right: Any) -> tuple[Any, Any]:
        pictures, labels = take(self._rows, order, mirrored, down, right), tf.gather(self._labels, order)
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            scores = self.model(pictures, training=True)
            loss = loss_of(scores, labels, self.smoothing)
            # Gradients of several workers are added up. Float16 has a small range; otherwise the scale is 1.
            scaled = self.optimizer.scale_loss(loss / self._strategy.num_replicas_in_sync)
        self.optimizer.apply(tape.gradient(scaled, [variable.value for variable in variables]), variables)
        return loss, right_of(scores, labels)
