"""Muon for convolution kernels, AdamW for the rest.

Muon makes the step of a matrix orthogonal: all directions in it are equally long, so that what few pictures ask for
is learnt as fast as what most do (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/).
Keras's Muon leaves convolution kernels to AdamW, because they have four axes; here such a kernel is a matrix, with
one column for each filter.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfkit.training.recipe import Recipe


class KernelMuon(keras.optimizers.Muon):  # type: ignore[misc]
    """Keras's Muon, for convolution kernels instead of matrices.

    A kernel that sees a single channel is left to AdamW: a stem for grey pictures has too few rows.

    Example:
        >>> kernel = keras.Variable(keras.ops.ones((3, 3, 2, 4)))
        >>> KernelMuon(0.1, weight_decay=None).apply([keras.ops.ones((3, 3, 2, 4))], [kernel])
        >>> bool((kernel < 1)[0, 0, 0, 0])
        True
    """

    def _should_use_adamw(self, variable: Any) -> bool:
        return len(variable.shape) != 4 or variable.shape[2] == 1

    def _muon_update_step(self, gradient: Any, variable: Any, lr: Any, m: Any) -> None:
        self.assign(m, self.momentum * m + gradient)
        ahead = gradient + self.momentum * m if self.nesterov else m
        matrix = ops.reshape(ahead, (-1, variable.shape[-1]))
        step = self.lr_adjust(self.zeropower_via_newtonschulz5(matrix, self.ns_steps))
        self.assign_sub(variable, lr * ops.reshape(step, variable.shape))


def make_optimizer(recipe: Recipe, precision: str = "float32") -> keras.optimizers.Optimizer:
    """Return the optimizer of a recipe. Its learning rate is set before each step.

    In float16 it scales the loss, because small slopes would be zero there.

    Example:
        >>> type(make_optimizer(Recipe("cnn", kernel_rate=0.5))).__name__
        'KernelMuon'
    """
    optimizer = KernelMuon(
        recipe.kernel_rate,
        adam_lr_ratio=recipe.rate / recipe.kernel_rate,
        adam_beta_2=0.99,
        weight_decay=recipe.weight_decay,
        adam_weight_decay=recipe.weight_decay,
    )
    return keras.optimizers.LossScaleOptimizer(optimizer) if precision == "float16" else optimizer
