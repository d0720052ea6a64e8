"""What can go wrong in a step, in words: no memory for a batch, a loss that is no number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tfkit.errors import TfkitError, TrainingError
from tfkit.training.loop import Loop, loss_of


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that there is no memory, in Python's, TensorFlow's or JAX's words.

    Example:
        >>> is_out_of_memory(MemoryError()), is_out_of_memory(ValueError("x"))
        (True, False)
    """
    words = ("RESOURCE_EXHAUSTED", "ResourceExhausted", "out of memory", "OOM when allocating", "bad_alloc")
    return isinstance(error, MemoryError) or any(word in f"{type(error).__name__} {error}" for word in words)


def batch_that_fits(batch_size: int, try_step: Callable[[int], object]) -> int | None:
    """Return the largest of half the batch, a quarter and so on, with which a step can be made.

    Args:
        batch_size: The one that does not fit.
        try_step: Makes one step with a batch of the given size.

    Example:
        >>> def needs(size):
        ...     if size > 100:
        ...         raise MemoryError
        >>> batch_that_fits(1024, needs)
        64
    """
    while batch_size := batch_size // 2:
        try:
            try_step(batch_size)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        else:
            return batch_size
    return None


def where_it_broke(loop: Loop, pictures: Any, labels: NDArray[Any]) -> str:
    """Return where in the network the first value arises that is no number, for the batch that broke it."""
    if keras.backend.backend() != "tensorflow":
        return ""
    from tfkit.gradients.nan import find_nan

    def loss(images: Any) -> Any:
        return loss_of(loop.model(images, training=True), labels, loop.smoothing)

    try:
        origin = find_nan(loss, np.asarray(pictures))
    except TfkitError:
        return ""
    return f" {origin}" if origin is not None else ""


def no_number(epoch: int, step: int, where: str) -> TrainingError:
    """Return the error for a loss or a weight that is no number."""
    return TrainingError(
        f"The loss or a weight is no number any more, in step {step + 1:,} of epoch {epoch + 1}.{where} "
        "Lower the learning rates of the recipe (kernel_rate, rate), or look at the pictures."
    )
