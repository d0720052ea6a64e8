"""Who trains together: one process alone, or several that make each step in common.

With several, each takes its part of a batch, and TensorFlow adds up the gradients of all before the step
(`tf.distribute.MultiWorkerMirroredStrategy`). So all have the same weights at any time, and what is measured is
measured together.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from tfkit.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Team:
    """A process and its place among those that train together.

    Args:
        names: The address of each.
        index: Which of them this one is; the first one writes what is to be kept.
        strategy: TensorFlow's, or None for one that trains alone.

    Example:
        >>> Team().count, Team().leads, Team().mean(2.5)
        (1, True, 2.5)
    """

    names: tuple[str, ...] = ("here",)
    index: int = 0
    strategy: Any = None

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.names)

    @property
    def leads(self) -> bool:
        """Whether this is the one that writes."""
        return self.index == 0

    def scope(self) -> AbstractContextManager[Any]:
        """Return the block in which networks and optimizers are made, so that all have the same."""
        scope: AbstractContextManager[Any] = nullcontext() if self.strategy is None else self.strategy.scope()
        return scope

    def mean(self, value: float) -> float:
        """Return the mean of what all of them say; each has to ask, and waits for the others."""
        if self.strategy is None:
            return value
        import tensorflow as tf

        # Not `strategy.run`: it starts a thread, and with Python 3.13 it then sleeps a second before it sees that end.
        said = self.strategy.experimental_distribute_values_from_function(lambda _: tf.constant(value, tf.float32))
        return float(self.strategy.reduce("MEAN", said, axis=None))

    def require_same(self, value: float, what: str) -> None:
        """Check that all say the same.

        Raises:
            TrainingError: If they do not.
        """
        mean = self.mean(value)
        if mean != value:
            raise TrainingError(
                f"The workers have not the same {what} ({value:g} here, {mean:g} in the mean). They need the same "
                "command, and a log folder that all of them see."
            )

    def require_share(self, batch_size: int) -> None:
        """Check that each can take an equal part of a batch.

        Raises:
            TrainingError: If it cannot be shared equally.
        """
        if batch_size % self.count:
            raise TrainingError(f"A batch of {batch_size} pictures cannot be shared equally by {self.count} workers.")
