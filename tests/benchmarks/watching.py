"""What it costs to watch a training: plain steps and watched ones in turns, in one process."""

import contextlib
import io
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np
import tensorflow as tf

from tests.benchmarks.measure import report
from tfkit.gradients.monitor import GradientMonitor

BATCH, TURNS = 128, 30
REACH = {1: 1.12, 10: 1.02, 50: 1.005}


def network() -> keras.Model:
    """A convolutional network of about 200,000 parameters."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(112, activation="relu"),
            layers.Dense(10),
        ]
    )
    model.compile(keras.optimizers.Adam(), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def data(steps: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.random((BATCH * steps, 28, 28, 1)).astype(np.float32), random.integers(0, 10, BATCH * steps)


class Turns(keras.callbacks.Callback):
    """Lets a fit run plain and watched steps in turns, and measures the CPU time of both, callbacks included."""

    def __init__(self, monitor: GradientMonitor, block: int) -> None:
        super().__init__()
        self.block, self.steps = block, 0
        # Keras is not to tell the monitor of plain steps.
        self.told, monitor.on_train_batch_end = monitor.on_train_batch_end, lambda batch, logs=None: None
        self.seconds = {True: [], False: []}

    def on_train_begin(self, logs=None):
        # The plain step is traced anew, so that both are equally fresh.
        self.watched = self.model.train_function
        self.model.make_train_function(force=True)
        self.plain = self.model.train_function
        self.start = time.process_time()

    def on_train_batch_begin(self, batch, logs=None):
        self.is_watched = (self.steps // self.block) % 2 == 1
        self.model.train_function = self.watched if self.is_watched else self.plain

    def on_train_batch_end(self, batch, logs=None):
        if self.is_watched:
            self.told(batch, logs)
        self.steps += 1
        if self.steps % self.block == 0:
            now = time.process_time()
            self.seconds[self.is_watched].append(now - self.start)
            self.start = now


def overhead(every: int) -> None:
    monitor = GradientMonitor(every, table=True)
    block = max(every, 5)
    turns = Turns(monitor, block)
    x, y = data(block * TURNS)
    with contextlib.redirect_stdout(io.StringIO()):
        network().fit(x, y, batch_size=BATCH, verbose=0, shuffle=False, callbacks=[monitor, turns])
    # The first two blocks of each trace and warm up; the least disturbed half of the others counts.
    found = {kind: np.sort(seconds[2:]) for kind, seconds in turns.seconds.items()}
    watched, plain = (float(np.mean(found[kind][: len(found[kind]) // 2])) / block for kind in (True, False))
    report(f"a step, watched every {every} steps", watched, plain, REACH[every])


def exactness() -> None:
    x, y = data(6)
    plain, watched, monitor = network(), network(), GradientMonitor(1, table=True)
    plain.fit(x, y, batch_size=BATCH, verbose=0, shuffle=False)
    before = network()
    with contextlib.redirect_stdout(io.StringIO()):
        watched.fit(x, y, batch_size=BATCH, verbose=0, shuffle=False, callbacks=[monitor])
    same = all(np.array_equal(a, b) for a, b in zip(plain.get_weights(), watched.get_weights(), strict=True))
    with tf.GradientTape() as tape:
        loss = before.compute_loss(x=x[:BATCH], y=y[:BATCH], y_pred=before(x[:BATCH], training=True))
    gradients = tape.gradient(loss, before.trainable_variables)
    pairs = zip(monitor.history.tracks, gradients, strict=True)
    error = max(abs(t.gradient_norm[0] / np.linalg.norm(g.numpy().astype(np.float64)) - 1) for t, g in pairs)
    print(f"weights with and without a monitor bitwise equal: {same}; norms against a tape: {error:.1e} (reach 1e-6)")


if __name__ == "__main__":
    exactness()
    for every in REACH:
        overhead(every)
