"""Pictures for a step of training: chosen, moved and mirrored inside the graph.

The rows of all pictures lie one below another in one tensor of bytes, with a dark margin around each picture. A batch
is a look-up of its rows, which chooses pictures and moves them down, and a product with matrices of zeros and ones,
which moves and mirrors their columns. Chance is NumPy's: the same seed gives the same batches on every backend.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfkit.training.recipe import Recipe, one_cycle

SIDE = 28
MARGIN = 2
_SIZE = SIDE + 2 * MARGIN  # rows of a picture with its margin, and bytes of a row
_ALONG = np.arange(SIDE, dtype="int32")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is decided before an epoch begins: by chance, in arrays of shape `(steps, batch size)`, and by the recipe.

    Args:
        order: Which picture.
        mirrored: Whether it is mirrored, after it has moved.
        down: By how many pixels it moves down.
        right: By how many pixels it moves to the right.
        rates: `(steps,)`, the learning rate as a part of its peak.
    """

    order: NDArray[np.int32]
    mirrored: NDArray[np.bool_]
    down: NDArray[np.int32]
    right: NDArray[np.int32]
    rates: NDArray[np.float32]

    def part(self, index: int, parts: int) -> Plan:
        """Return the share of one of several workers: an equal part of each batch.

        Example:
            >>> draw_plan(Recipe("mlp", batch_size=4), count=8, seed=0, epoch=0, epochs=1).part(1, 2).order.shape
            (2, 2)
        """
        width = self.order.shape[1] // parts
        share = np.s_[:, index * width : (index + 1) * width]
        return Plan(self.order[share], self.mirrored[share], self.down[share], self.right[share], self.rates)

    def arrays(self, first: int, last: int) -> tuple[NDArray[Any], ...]:
        """Return the arrays for the steps from `first` up to `last`, as they stand above."""
        return tuple(getattr(self, entry.name)[first:last] for entry in fields(self))


def draw_plan(recipe: Recipe, count: int, seed: int, epoch: int, epochs: int) -> Plan:
    """Return the plan of one of several epochs over `count` pictures.

    The last few pictures, which fill no batch, wait for another epoch. Chance decides in which epochs a picture is
    mirrored, the even or the odd ones, so that two epochs in a row show both sides of it (Jordan, 2024,
    https://arxiv.org/abs/2404.00498).

    Example:
        >>> plan = draw_plan(Recipe("mlp", batch_size=2, shift=1), count=5, seed=0, epoch=0, epochs=1)
        >>> plan.order.shape, bool((abs(plan.down) <= 1).all())
        ((2, 2), True)
    """
    chance = np.random.default_rng([seed, epoch])
    shape = (count // recipe.batch_size, recipe.batch_size)
    order = chance.permutation(count)[: shape[0] * shape[1]].reshape(shape).astype("int32")
    mirrored = _mirrored_at_first(count, seed)[order] ^ (epoch % 2 == 1) if recipe.flip else np.zeros(shape, bool)
    down, right = chance.integers(-recipe.shift, recipe.shift + 1, (2, *shape), dtype="int32")
    done = (epoch + np.arange(shape[0]) / shape[0]) / epochs
    return Plan(order, mirrored, down, right, one_cycle(done, recipe.warm_up))


def _mirrored_at_first(count: int, seed: int) -> NDArray[np.bool_]:
    return np.random.default_rng(seed).random(count) < 0.5


def rows_of(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pictures of shape `(n, 28, 28)` as rows of bytes, each picture with a margin of zeros.

    Example:
        >>> rows_of(np.zeros((3, 28, 28), "uint8")).shape
        (96, 32)
    """
    margin = (MARGIN, MARGIN)
    return np.pad(images, ((0, 0), margin, margin)).reshape(-1, _SIZE)


def take(rows: Any, order: Any, mirrored: Any, down: Any, right: Any) -> Any:
    """Return a batch of shape `(n, 28, 28, 1)`, float32 from 0 to 1.

    Args:
        rows: What `rows_of` returns, as a tensor.
        order: `(n,)` int32, which pictures.
        mirrored: `(n,)` bool, which of them are mirrored.
        down: `(n,)` int32, by how many pixels each moves, at most `MARGIN` in either direction.
        right: Like `down`.

    Example:
        >>> rows, one = rows_of(np.full((1, 28, 28), 255, "uint8")), np.ones(1, "int32")
        >>> picture = take(rows, one - 1, one == 0, one, one)
        >>> float(picture[0, 0, 0, 0]), float(picture[0, 1, 1, 0])
        (0.0, 1.0)
    """
    picked = ops.take(rows, order[:, None] * _SIZE + MARGIN - down[:, None] + _ALONG, axis=0)
    columns = ops.where(mirrored[:, None], SIDE - 1 - _ALONG, _ALONG) + MARGIN - right[:, None]
    chosen = ops.transpose(ops.one_hot(columns, _SIZE, dtype="float32"), (0, 2, 1))
    return ops.matmul(ops.cast(picked, "float32") / 255, chosen)[..., None]
