"""Optimizers watched while functions that use them are traced, or run eagerly; nothing stays installed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from tfkit.gradients._statistics import Recorder
from tfkit.tracing._replace import replaced


class Watch:
    """The recorders of all optimizers that were seen.

    Args:
        every: How many steps lie between two reports.
        rows: How many reports each recorder keeps until they are read.
        only: The one optimizer that is watched; None for all.
    """

    def __init__(self, every: int, rows: int, only: Any = None) -> None:
        self.every = every
        self.rows = rows
        self.only = only
        self.recorders: dict[tuple[int, ...], Recorder] = {}
        self.notes: dict[str, None] = {}

    @contextmanager
    def open(self) -> Iterator[None]:
        """See what optimizers do in a block: what is traced there goes on to be seen."""
        with replaced(keras.optimizers.Optimizer, "_backend_apply_gradients", self._around):
            yield

    def _around(self, original: Callable[..., Any]) -> Callable[..., Any]:
        # The gradients that come here are unscaled and whole, and clipping is still to be done.
        @functools.wraps(original)
        def noted(optimizer: Any, gradients: Any, variables: Any) -> Any:
            if self.only not in (None, optimizer) or not _is_first_replica():
                return original(optimizer, gradients, variables)
            self._note(optimizer)
            recorder = self._recorder(optimizer, variables)
            return recorder.around(gradients, lambda: original(optimizer, gradients, variables))

        return noted

    def _recorder(self, optimizer: Any, variables: Any) -> Recorder:
        key = (id(optimizer), *map(id, variables))
        if key not in self.recorders:
            self.recorders[key] = Recorder(optimizer, variables, self.every, self.rows)
        return self.recorders[key]

    def _note(self, optimizer: Any) -> None:
        """Say what a reader of the numbers has to know."""
        for name in ("clipnorm", "global_clipnorm", "clipvalue"):
            if getattr(optimizer, name, None):
                self.notes[f"The optimizer clips ({name}={getattr(optimizer, name)}): both norms are shown."] = None
        steps = optimizer.gradient_accumulation_steps
        if steps:
            self.notes[f"Gradients are accumulated over {steps} steps: between them no variable changes."] = None
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            self.notes["Gradients are those of the first replica, before they are summed over all."] = None


def _is_first_replica() -> bool:
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return True
    return bool(tf.get_static_value(tf.convert_to_tensor(context.replica_id_in_sync_group)) == 0)
