"""A training that runs: it prepares a loop, makes the steps, and keeps what is needed to go on later."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tfkit.errors import TrainingError
from tfkit.event_file import EventFile
from tfkit.training.batches import Plan, draw_plan, rows_of, take
from tfkit.training.checkpoint import Checkpoint, Standing, restore, values_of
from tfkit.training.device import PRECISIONS, Device, step_seconds
from tfkit.training.interrupt import patient
from tfkit.training.loop import Loop, make_loop
from tfkit.training.networks import build
from tfkit.training.optimizer import make_optimizer
from tfkit.training.recipe import Recipe
from tfkit.training.team import Team
from tfkit.training.trouble import batch_that_fits, is_out_of_memory, no_number, where_it_broke

_PIECES = 20  # of an epoch; between two of them there is time for a word and for Ctrl-C


@dataclass(frozen=True, slots=True)
class Asked:
    """What a training was asked for; a checkpoint belongs to one of these.

    Args:
        recipe: Its settings.
        epochs: How many, or None if `minutes` decide.
        minutes: How long, or None if `epochs` decide.
        seed: Where chance begins.
        precision: None if the device decides.
        pictures: How many there are to train on.
        checksum: Of the pictures.
    """

    recipe: Recipe
    epochs: int | None
    minutes: float | None
    seed: int
    precision: str | None
    pictures: int
    checksum: int

    @property
    def steps(self) -> int:
        """How many batches an epoch has."""
        return self.pictures // self.recipe.batch_size


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is.

    Args:
        epoch: The epoch that runs, from 1.
        epochs: How many there are.
        done: Which part of this epoch is over.
        loss: The mean loss of the last steps.
        accuracy: The part of the last steps' pictures that was right.
        images_per_second: By the clock.
    """

    epoch: int
    epochs: int
    done: float
    loss: float
    accuracy: float
    images_per_second: float


class Run:
    """A training between its first step and its last.

    Args:
        asked: What to do.
        images: `(pictures, 28, 28)` uint8.
        labels: `(pictures,)`.
        device: What trains.
        folder: For checkpoints and curves, or None.
        team: Who trains together.

    Raises:
        TrainingError: If the folder holds another training, or there is no memory for a batch.
        FileError: If the folder cannot be read or written.
    """

    def __init__(
        self,
        asked: Asked,
        images: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        device: Device,
        folder: Path | None,
        team: Team,
    ) -> None:
        self.asked, self._folder, self._team = asked, folder, team
        team.require_share(asked.recipe.batch_size)
        before = None if folder is None else Checkpoint.load(folder)
        if before is not None and folder is not None:
            before.require(asdict(asked), folder)
        team.require_same(-1 if before is None else before.standing.step, "checkpoint")
        self._log = None if folder is None or not team.leads else EventFile(folder)
        self.device = device
        self._labels = labels
        self._clock = _Clock()
        self._rows = rows_of(images)
        if before is None:
            self.loop, self.standing = self._begin()
        else:
            self.loop, self.standing = self._loop(before.standing.precision), before.standing
            restore(self.loop.model, self.loop.optimizer, before.values)
        self._values = self._now()

    def _begin(self) -> tuple[Loop, Standing]:
        """Time a step in each precision, and take the quickest; its variables get their first values back."""
        asked, plan = self.asked, self._plan(0, 1)
        loops, seconds, values = {}, {}, {}
        for precision in (asked.precision,) if asked.precision else self.device.precisions:
            loops[precision] = loop = self._loop(precision)
            values[precision] = values_of(loop.model, loop.optimizer)
            with self._words_for_no_memory():
                seconds[precision] = self._team.mean(step_seconds(partial(loop.run, plan, 0, 1)))
        best = min(seconds, key=lambda precision: seconds[precision])
        restore(loops[best].model, loops[best].optimizer, values[best])
        if asked.minutes is None:
            epochs = asked.epochs or 1
        else:
            left = 60 * asked.minutes - self._team.mean(self._clock.wall())
            epochs = max(1, math.floor(left / (seconds[best] * asked.steps)))
        return loops[best], Standing(epochs, best, seconds)

    def _loop(self, precision: str, recipe: Recipe | None = None) -> Loop:
        recipe = recipe or self.asked.recipe
        keras.utils.set_random_seed(self.asked.seed)
        with self._team.scope():
            model = build(recipe, precision=PRECISIONS[precision], synchronized=self._team.count > 1)
            return make_loop(model, make_optimizer(recipe, precision), self._rows, self._labels, recipe)

    def _plan(self, epoch: int, epochs: int) -> Plan:
        """Return this worker's part of an epoch."""
        asked = self.asked
        plan = draw_plan(asked.recipe, asked.pictures, asked.seed, epoch, epochs)
        return plan.part(self._team.index, self._team.count)

    def to_the_end(self, progress: Callable[[Progress], None] | None) -> bool:
        """Make all steps that are left; return False if Ctrl-C came before the end.

        Raises:
            TrainingError: If the loss is no number any more.
            FileError: If the disk is full.
        """
        standing, steps = self.standing, self.asked.steps
        with patient() as wished:

            def asked_to_stop() -> bool:
                return self._team.mean(wished()) > 0  # whoever is asked, all stop at the same step

            while standing.step < standing.epochs * steps and not asked_to_stop():
                self._epoch(progress, asked_to_stop)
                self._keep()
        return standing.step == standing.epochs * steps

    def _epoch(self, progress: Callable[[Progress], None] | None, asked_to_stop: Callable[[], bool]) -> None:
        """Make the steps of an epoch that are left, in pieces."""
        standing, steps = self.standing, self.asked.steps
        epoch, first = divmod(standing.step, steps)
        plan = self._plan(epoch, standing.epochs)
        piece = math.ceil(steps / _PIECES)
        while first < steps and not asked_to_stop():
            last = min(first + piece, steps)
            losses, right, seconds = self._piece(plan, epoch, first, last)
            standing.step += last - first
            standing.run_seconds += seconds
            standing.loss_sum += float(losses.sum())
            first = last
            if progress is not None:
                speed = losses.size * self.asked.recipe.batch_size / seconds
                progress(Progress(epoch + 1, standing.epochs, last / steps, float(losses.mean()), right, speed))
        if first == steps:
            standing.losses.append(standing.loss_sum / steps)
            standing.loss_sum = 0.0
            if self._log is not None:
                rate = float(plan.rates[-1]) * self.asked.recipe.kernel_rate
                self._log.write_scalars(standing.step, {"loss": standing.losses[-1], "learning rate": rate})

    def _piece(self, plan: Plan, epoch: int, first: int, last: int) -> tuple[NDArray[np.float32], float, float]:
        start = time.perf_counter()
        with self._words_for_no_memory():
            losses, right = self.loop.run(plan, first, last)
        seconds = time.perf_counter() - start
        after = self._now()
        if not all(np.isfinite(values).all() for values in (losses, *after)):
            # The last step may break the weights only, and leave no loss to tell.
            broken = first + next((step for step, loss in enumerate(losses) if not np.isfinite(loss)), last - first - 1)
            restore(self.loop.model, self.loop.optimizer, self._values)
            self.loop.run(plan, first, broken)  # the same steps again, up to the one that broke it
            *moves, _ = (array[0] for array in plan.arrays(broken, broken + 1))
            truth = self._labels[plan.order[broken]]
            raise no_number(epoch, broken, where_it_broke(self.loop, take(self._rows, *moves), truth))
        self._values = after
        return losses, right, seconds

    def _now(self) -> list[NDArray[Any]]:
        """Return the values of all variables; all workers ask, because some are means of what all have."""
        return values_of(self.loop.model, self.loop.optimizer)

    def _keep(self) -> None:
        """Write down where the training stands."""
        self._clock.add_to(self.standing)
        if self._folder is not None and self._team.leads:
            Checkpoint(asdict(self.asked), self.standing, self._values).save(self._folder)

    @contextmanager
    def _words_for_no_memory(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            size = self.asked.recipe.batch_size
            fits = batch_that_fits(size, self._try_batch) if self._team.count == 1 else None
            cure = f"One of {fits} fits." if fits else "Take a smaller one, or close other programs."
            raise TrainingError(f"There is no memory for a batch of {size} pictures. {cure}") from error

    def _try_batch(self, size: int) -> None:
        recipe = replace(self.asked.recipe, batch_size=size)
        plan = draw_plan(recipe, self.asked.pictures, 0, 0, 1)
        self._loop("float32", recipe).run(plan, 0, 1)


class _Clock:
    """Seconds since it was last asked, by the clock and of all cores together."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def wall(self) -> float:
        return time.perf_counter() - self._wall

    def add_to(self, standing: Standing) -> None:
        standing.wall_seconds += self.wall()
        standing.cpu_seconds += time.process_time() - self._cpu
        self._wall, self._cpu = time.perf_counter(), time.process_time()
