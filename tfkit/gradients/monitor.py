"""Training watched from inside: a Keras callback that changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from tfkit.errors import GradientError
from tfkit.gradients._statistics import COUNTS, NUMBERS, Recorder
from tfkit.gradients._watching import Watch
from tfkit.gradients.findings import Findings
from tfkit.gradients.history import BINS, History, Track, stacked
from tfkit.tracing._backend import refuse_other_backend

if TYPE_CHECKING:
    from tfkit.display import MimeBundle

_LOOP_ROWS = 4096  # reports that are kept in a loop of the user's own, where nobody reads them in between


class GradientMonitor(keras.callbacks.Callback):  # type: ignore[misc] # Keras carries no types
    """Watch gradients, weights and updates of every variable while a model is trained.

    The training is what it is without: statistics are computed beside it, in the same compiled step, and the weights
    come out equal to the last bit. In a notebook it shows itself while ``fit`` runs; elsewhere it prints a line a
    report.

    Args:
        every: How many steps lie between two reports; the first step is reported.
        logdir: A folder into which everything is also written for TensorBoard, while the training runs.
        table: Whether to print a table of all reports when the training ends, and nothing before.

    Raises:
        GradientError: If `every` is less than 1, or Keras does not run on TensorFlow.

    Example:
        >>> import keras, numpy as np, tfkit
        >>> keras.utils.set_random_seed(0)
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="dense")], name="net")
        >>> model.compile("sgd", "mse")
        >>> monitor = tfkit.GradientMonitor(every=2, table=True)
        >>> x = np.ones((8, 2), np.float32)
        >>> _ = model.fit(x, x[:, :1], batch_size=2, verbose=0, callbacks=[monitor])  # doctest: +NORMALIZE_WHITESPACE
        step        loss  |gradient|      update
           1        2.24        5.18      0.0781
           3        1.99        4.58      0.0759
        >>> monitor.history
        History('net', 2 reports, to step 3, 2 variables)
    """

    def __init__(self, every: int = 10, logdir: str | Path | None = None, *, table: bool = False) -> None:
        super().__init__()
        refuse_other_backend("GradientMonitor watches", GradientError)
        if not isinstance(every, (int, np.integer)) or every < 1:
            raise GradientError(f"every={every!r}: it is a number of steps, at least 1.")
        self.every = int(every)
        self.logdir = None if logdir is None else Path(logdir)
        self.table = table
        self._log = _Log(self.every)
        self._watch: Watch | None = None
        self._outputs: Any = None
        self._steps = 0  # of this fit that were run
        self._last_batch = -1
        self._expected = False
        self._before: Any = None

    @property
    def history(self) -> History:
        """What was seen so far."""
        self._drain({})
        return self._log.history()

    @property
    def findings(self) -> Findings:
        """What the doctor says of it; see `tfkit.diagnose`."""
        from tfkit.gradients.diagnose import diagnose

        return diagnose(self)

    def save(self, path: str | Path) -> Path:
        """Write what was seen to a file.

        Args:
            path: Ends in ``.json`` (see `History.load`), ``.html`` (a page that replays it) or ``.svg``.

        Raises:
            FileError: If the suffix is another one or the file cannot be written.
        """
        from tfkit.gradients._replay import save

        return save(self.history, self.findings, path)

    def to_tensorboard(self, logdir: str | Path) -> Path:
        """Write what was seen into a folder for TensorBoard: scalars and histograms of each variable.

        Raises:
            FileError: If the folder cannot be written.
        """
        from tfkit.gradients._events import EventWriter

        writer = EventWriter(logdir)
        history = self.history
        writer.write(history, 0)
        writer.close()
        return Path(logdir)

    @contextmanager
    def watch(self, optimizer: Any) -> Iterator[GradientMonitor]:
        """Watch a loop of one's own: ``with monitor.watch(optimizer):`` around its steps.

        The steps may stand in a ``tf.function``, if it is called in the block for the first time.

        Args:
            optimizer: A Keras optimizer.

        Raises:
            GradientError: If it is none, or this monitor is watching already.
        """
        if not isinstance(optimizer, keras.optimizers.Optimizer):
            raise GradientError(f"watch needs a Keras optimizer, and not a {type(optimizer).__name__}.")
        if self._watch is not None:
            raise GradientError("This monitor is watching already.")
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        self._begin(str(optimizer.name), Watch(self.every, _LOOP_ROWS, inner))
        assert self._watch is not None
        try:
            with self._watch.open():
                yield self
        finally:
            if not self._watch.recorders:
                self._log.notes["No step was seen: a tf.function that was called before is not traced again."] = None
            self._end()

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin to watch; Keras calls this."""
        model = self.model
        steps = model.steps_per_execution if isinstance(model.steps_per_execution, int) else 1
        self._begin(str(model.name), Watch(self.every, max(1, -(-steps // self.every) + (steps > 1))))
        model.make_train_function(force=True)
        self._before, self._steps, function = model.train_function, 0, model.train_function

        def watched(iterator: Any) -> Any:
            if not self._expected:  # a fit after one that was interrupted, and of which this monitor is no part
                self._end()
                return model.train_function(iterator)
            self._expected = False
            try:
                with self._watch.open():  # type: ignore[union-attr]
                    return function(iterator)
            except BaseException:
                self._end()
                raise

        model.train_function = watched

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Say that the next step is one of this fit; Keras calls this."""
        self._expected = True

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Read what was reported, if anything was; Keras calls this."""
        before, self._steps = self._steps, self._steps + self._executed(batch)
        if -(-before // self.every) < -(-self._steps // self.every):
            self._drain(logs or {})

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Begin to count batches; Keras calls this."""
        self._last_batch = -1

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Leave the model as it was; Keras calls this."""
        self._end()

    def _executed(self, batch: int) -> int:
        """Return how many steps one batch of Keras' was: with ``steps_per_execution`` only the last is told."""
        count, self._last_batch = batch - self._last_batch, batch
        return count

    def _begin(self, name: str, watch: Watch) -> None:
        if self._watch is not None:
            self._end()
        from tfkit.gradients._replay import outputs

        self._watch = watch
        self._log.begin(name)
        self._outputs = outputs(self)

    def _end(self) -> None:
        """Take everything away that was put anywhere."""
        if self._watch is None:
            return
        self._drain({})
        self._log.notes |= self._watch.notes
        self._watch = None
        model, before, self._before = self.model, self._before, None
        if before is not None:
            model.train_function = None
            model.make_train_function(force=True)
        self._outputs.end(self)

    def _drain(self, logs: Mapping[str, Any]) -> None:
        """Take over the reports that were not read yet."""
        if self._watch is None:
            return
        self._log.notes |= self._watch.notes
        if self._before is not None and hasattr(self.model.optimizer, "inner_optimizer"):
            applied = sum(int(recorder.step.numpy()) for recorder in self._watch.recorders.values())
            self._log.skip(self._steps - applied)
        if self._log.take(list(self._watch.recorders.values()), logs):
            self._outputs.report(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> MimeBundle:
        from tfkit.gradients._replay import bundle

        return bundle(self.history, self.findings, is_running=self._watch is not None)

    def __repr__(self) -> str:
        return f"GradientMonitor(every={self.every}, {self._log.history()!r})"


class _Log:
    """Reports as they come, to be put together when somebody asks."""

    def __init__(self, every: int) -> None:
        self.name = ""
        self.every = every
        self.notes: dict[str, None] = {}
        self.steps: list[int] = []
        self.skipped: list[bool] = []
        self.logs: list[dict[str, float]] = []
        self.fits: list[int] = []
        self.rows: list[dict[str, tuple[Any, Any]]] = []  # of each report: numbers and counts by variable
        self.facts: dict[str, tuple[str, tuple[int, ...]]] = {}  # layer and shape of each variable
        self._past = 0  # steps of the fits before this one
        self._fresh_skips = False  # whether there were any since the last report
        self._skipped = 0  # steps that a loss-scaling optimizer dropped

    def begin(self, name: str) -> None:
        self.name = self.name or name
        self.fits.append(len(self.steps))
        self._past = self.steps[-1] if self.steps else 0

    def skip(self, count: int) -> None:
        """Note how many steps were dropped so far; the next report is marked."""
        self._fresh_skips = count > self._skipped
        self._skipped = max(count, self._skipped)

    def take(self, recorders: list[Recorder], logs: Mapping[str, Any]) -> bool:
        """Take over what the recorders have; return whether it was anything."""
        found: dict[int, dict[str, tuple[Any, Any]]] = defaultdict(dict)
        for recorder in recorders:
            names = [self._name(variable) for variable in recorder.variables]
            for step, numbers, counts in recorder.read():
                found[step] |= {name: (numbers[place], counts[place]) for place, name in enumerate(names)}
        known = {name: float(np.asarray(value)) for name, value in logs.items() if np.ndim(value) == 0}
        for step in sorted(found):
            self.steps.append(self._past + step)
            self.skipped.append(self._fresh_skips)
            self._fresh_skips = False
            self.logs.append({})
            self.rows.append(found[step])
        if found:
            self.logs[-1] = known
        return bool(found)

    def _name(self, variable: Any) -> str:
        name = str(getattr(variable, "path", variable.name)).removesuffix(":0")
        layer = name.rpartition("/")[0].rpartition("/")[2] or name
        self.facts.setdefault(name, (layer, tuple(variable.shape)))
        return name

    def history(self) -> History:
        names = sorted({name for logs in self.logs for name in logs} - {"loss"})
        return History(
            self.name,
            self.every,
            np.array(self.steps, np.int64),
            np.array(self.skipped, bool),
            self._logged("loss"),
            {name: self._logged(name) for name in names},
            tuple(self._track(name) for name in self.facts),
            tuple(self.fits),
            (*self.notes, *self._said_of_skips()),
        )

    def _said_of_skips(self) -> list[str]:
        if not self._skipped:
            return []
        return [f"{self._skipped:,} steps were skipped by loss scaling, because a gradient was not finite."]

    def _logged(self, name: str) -> Any:
        return np.array([logs.get(name, np.nan) for logs in self.logs], np.float32)

    def _track(self, name: str) -> Track:
        layer, shape = self.facts[name]
        nothing = np.full(len(NUMBERS), np.nan, np.float32), np.zeros(len(COUNTS) + 2 * BINS, np.int32)
        rows = [row.get(name, nothing) for row in self.rows]
        numbers = stacked((one for one, _ in rows), (len(NUMBERS),), np.float32)
        counts = stacked((one for _, one in rows), (len(COUNTS) + 2 * BINS,), np.int32)
        columns = dict(zip(NUMBERS, numbers.T, strict=True)) | dict(zip(COUNTS, counts.T, strict=False))
        gradient, weight = counts[:, len(COUNTS) :][:, :BINS], counts[:, len(COUNTS) + BINS :]
        return Track(name, layer, shape, gradient_histogram=gradient, weight_histogram=weight, **columns)
