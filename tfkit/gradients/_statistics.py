"""Statistics of gradients and weights, computed where the step is: in the graph, compiled or not.

What is found goes into two small variables, a row a report, from which Python reads it now and then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

from tfkit.gradients.history import BINS
from tfkit.tracing._kinds import variable_in

NUMBERS = ("gradient_norm", "clipped_norm", "weight_norm", "update_ratio", "dead")
COUNTS = ("gradient_nonfinite", "weight_nonfinite")
Array = np.ndarray[Any, Any]


class Recorder:
    """What one optimizer does to its variables.

    Args:
        optimizer: The optimizer that applies gradients, inside of any that scales the loss.
        variables: Those that it updates.
        every: A report is made of the first step, and then after so many.
        rows: How many reports are kept until they are read.
    """

    def __init__(self, optimizer: Any, variables: Sequence[Any], every: int, rows: int) -> None:
        self.optimizer = optimizer
        self.variables = list(variables)
        self.every = every
        self.rows = rows
        self.seen = 0  # steps of which the reports were read
        count = len(self.variables)
        with tf.init_scope(), tf.device("CPU"):
            # Not tf.Variable: a distribution strategy would make one for each replica.
            self.step = ResourceVariable(np.int64(0), trainable=False)
            self.at = ResourceVariable(np.zeros(rows, np.int64), trainable=False)  # the step of each row
            self.numbers = ResourceVariable(np.zeros((rows, count, len(NUMBERS)), np.float32), trainable=False)
            self.counts = ResourceVariable(np.zeros((rows, count, len(COUNTS) + 2 * BINS), np.int32), trainable=False)

    def around(self, gradients: Sequence[Any], apply: Callable[[], Any]) -> Any:
        """Call `apply`, which updates the variables by `gradients`, and note what it did."""
        before = [tf.identity(variable_in(variable)) for variable in self.variables]
        result = apply()
        self.step.assign_add(1)
        step = self.step.read_value()
        tf.cond(
            tf.equal((step - 1) % self.every, 0),
            lambda: self._report(step, gradients, before),
            lambda: tf.constant(False),
        )
        return result

    def _report(self, step: Any, gradients: Sequence[Any], before: Sequence[Any]) -> Any:
        row = tf.cast(((step - 1) // self.every) % self.rows, tf.int32)
        dense = [tf.cast(tf.convert_to_tensor(gradient), tf.float32) for gradient in gradients]
        found = [
            _statistics(gradient, clipped, tf.cast(weight, tf.float32), tf.cast(variable_in(variable), tf.float32))
            for gradient, clipped, weight, variable in zip(
                dense, self._clipped(dense), before, self.variables, strict=True
            )
        ]
        _put(self.numbers, row, tf.stack([numbers for numbers, _ in found]), self.rows)
        _put(self.counts, row, tf.stack([counts for _, counts in found]), self.rows)
        _put(self.at, row, step, self.rows)
        return tf.constant(True)

    def _clipped(self, gradients: list[Any]) -> list[Any]:
        """Return the gradients after the optimizer's own clipping, the same ones where it does none."""
        clips = (getattr(self.optimizer, name, None) for name in ("clipnorm", "global_clipnorm", "clipvalue"))
        return list(self.optimizer._clip_gradients(gradients)) if any(clips) else gradients

    def read(self) -> list[tuple[int, Array, Array]]:
        """Return the reports that were not read yet: step, numbers and counts of each variable."""
        at = self.at.numpy()
        fresh = sorted((int(step), row) for row, step in enumerate(at) if step > self.seen)
        if not fresh:
            return []
        numbers, counts = self.numbers.numpy(), self.counts.numpy()
        self.seen = fresh[-1][0]
        return [(step, numbers[row].copy(), counts[row].copy()) for step, row in fresh]


def _put(variable: Any, row: Any, value: Any, rows: int) -> None:
    if rows == 1:
        variable.assign(value[tf.newaxis])
    else:
        variable.scatter_nd_update([[row]], value[tf.newaxis])


def _statistics(gradient: Any, clipped: Any, before: Any, after: Any) -> tuple[Any, Any]:
    """Return the numbers and the counts of one variable, in the order of `NUMBERS` and `COUNTS`."""
    weight_norm, change = tf.norm(before), tf.norm(after - before)
    gradient_norm = tf.norm(gradient)
    # By a variable of nothing but zeros, as biases begin, an update has no size.
    ratio = tf.where(tf.equal(weight_norm, 0.0), np.nan, change / weight_norm)
    numbers = [
        gradient_norm,
        gradient_norm if clipped is gradient else tf.norm(clipped),
        weight_norm,
        ratio,
        _dead(gradient),
    ]
    odd = [tf.math.count_nonzero(~tf.math.is_finite(tensor), dtype=tf.int32) for tensor in (gradient, after)]
    return tf.stack(numbers), tf.concat([tf.stack(odd), _by_exponent(gradient), _by_exponent(after)], 0)


def _dead(gradient: Any) -> Any:
    """Return the share of units, which are the last axis, that got no gradient."""
    if gradient.shape.rank == 0:
        return tf.constant(np.nan, tf.float32)
    alive = tf.reduce_any(tf.not_equal(gradient, 0.0), axis=list(range(gradient.shape.rank - 1)))
    return 1.0 - tf.reduce_mean(tf.cast(alive, tf.float32))


def _by_exponent(tensor: Any) -> Any:
    """Return counts by the exponent of the float, which stands in its bits; non-finite ones are not counted.

    ``tf.raw_ops.Bincount`` is the one histogram that can be compiled.
    """
    bits = tf.bitcast(tf.reshape(tensor, [-1]), tf.int32)
    exponent = tf.bitwise.bitwise_and(tf.bitwise.right_shift(bits, 23), 255) - 127
    place = tf.where(exponent == 128, BINS, tf.clip_by_value(exponent + 25, 0, BINS - 1))
    return tf.raw_ops.Bincount(arr=place, size=BINS, weights=tf.zeros([0], tf.int32))
