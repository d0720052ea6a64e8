"""Batch normalisation as one operation.

Keras 3 builds it from mean, variance and arithmetic, in float32, each step of which reads and writes the whole
tensor. TensorFlow has one operation for all of it, which also takes bfloat16.
"""

from __future__ import annotations

from typing import Any

import keras


class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Keras's layer, computed by one operation where the backend is TensorFlow; elsewhere as Keras does it.

    Weights, and their order, are those of Keras's layer.

    Example:
        >>> layer = FusedBatchNormalization()
        >>> float(keras.ops.max(layer(keras.ops.ones((2, 3, 3, 1)), training=True)))
        0.0
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise, and follow the moving mean and variance in training."""
        if keras.backend.backend() != "tensorflow" or self.synchronized:
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        training = bool(training and self.trainable)
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma,
            offset=self.beta,
            mean=[] if training else self.moving_mean,
            variance=[] if training else self.moving_variance,
            epsilon=self.epsilon,
            is_training=training,
        )
        if training:
            self.moving_mean.assign(self.moving_mean * self.momentum + mean * (1 - self.momentum))
            self.moving_variance.assign(self.moving_variance * self.momentum + variance * (1 - self.momentum))
        return y
