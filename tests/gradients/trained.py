"""Small models and data that the tests train."""

import contextlib
import io

import keras
import numpy as np

import tfkit


def data(count=64):
    random = np.random.default_rng(0)
    y = random.integers(0, 3, count)
    x = random.normal(0, 1, (count, 6)) + y[:, None]
    return x.astype(np.float32), y


def model(optimizer="sgd", **options):
    keras.utils.set_random_seed(0)
    found = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(8, "relu", name="hidden"), keras.layers.Dense(3, name="out")], name="net"
    )
    found.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), **options)
    return found


def fit(net, *callbacks, epochs=2, batch_size=8, **options):
    """Train, and keep what is printed."""
    x, y = data()
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        net.fit(
            x, y, epochs=epochs, batch_size=batch_size, verbose=0, shuffle=False, callbacks=list(callbacks), **options
        )
    return told.getvalue()


def watched(net, every=1, **options):
    """Train and return the monitor."""
    monitor = tfkit.GradientMonitor(every=every)
    fit(net, monitor, **options)
    return monitor


def track(monitor, name):
    return next(found for found in monitor.history.tracks if found.name.endswith(name))
