"""The loop on JAX: one compiled `scan` over the steps. State goes in and comes out; nothing is changed in place."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from numpy.typing import NDArray

from tfkit.training.batches import Plan, take
from tfkit.training.loop import loss_of, right_of
from tfkit.training.recipe import Recipe


class JaxLoop:
    """See `tfkit.training.loop.Loop`."""

    def __init__(
        self, model: keras.Model, optimizer: keras.optimizers.Optimizer, rows: Any, labels: Any, recipe: Recipe
    ) -> None:
        self.model, self.optimizer, self.smoothing = model, optimizer, recipe.label_smoothing
        self._rows, self._labels = jnp.asarray(rows), jnp.asarray(labels.astype("int32"))
        self._peak = recipe.kernel_rate
        self._rate_at = [variable is optimizer.learning_rate for variable in optimizer.variables].index(True)
        self._steps = jax.jit(self._scan)

    def run(self, plan: Plan, first: int, last: int) -> tuple[NDArray[np.float32], float]:
        """Make the steps from `first` up to `last` of an epoch; return their losses, and the part that was right."""
        kept = (self.model.trainable_variables, self.model.non_trainable_variables, self.optimizer.variables)
        before = [[variable.value for variable in variables] for variables in kept]
        after, (losses, hits) = self._steps(before, self._rows, self._labels, plan.arrays(first, last))
        for variables, values in zip(kept, after, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        return np.asarray(losses), float(np.mean(hits))

    def _scan(self, state: Any, rows: Any, labels: Any, plan: Any) -> Any:
        def loss_and_more(trainable: Any, others: Any, pictures: Any, truth: Any, optimizer_state: Any) -> Any:
            scores, others = self.model.stateless_call(trainable, others, pictures, training=True)
            loss = loss_of(scores, truth, self.smoothing)
            with keras.StatelessScope(zip(self.optimizer.variables, optimizer_state, strict=True)):
                scaled = self.optimizer.scale_loss(loss)
            return scaled, (loss, right_of(scores, truth), others)

        def step(state: Any, batch: Any) -> Any:
            trainable, others, optimizer_state = state
            *batch, rate = batch
            optimizer_state = list(optimizer_state)
            optimizer_state[self._rate_at] = self._peak * rate
            pictures, truth = take(rows, *batch), labels[batch[0]]
            slopes, (loss, hit, others) = jax.grad(loss_and_more, has_aux=True)(
                trainable, others, pictures, truth, optimizer_state
            )
            trainable, optimizer_state = self.optimizer.stateless_apply(optimizer_state, slopes, trainable)
            return (trainable, others, optimizer_state), (loss, hit)

        return jax.lax.scan(step, tuple(state), plan)
