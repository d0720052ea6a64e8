# ruff: noqa: E501 - a training a line
"""How often the doctor is right: 30 sick and 30 healthy trainings, small and seeded, each diagnosed afterwards.

    python -m tests.benchmarks.doctor

A sick run is told right if the finding that belongs to it is among those that are made; any finding about a healthy
one is a false alarm. `tests/gradients/test_diagnose.py` runs some of them.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import tfkit

L = keras.layers
LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@dataclass(frozen=True)
class Run:
    """One training: what makes the model, what its data are, and the code that is to be found (none: healthy)."""

    name: str
    make: Callable[[], Any]
    data: Callable[[], tuple[Any, Any]]
    sick: str = ""
    epochs: int = 6
    batch: int = 32


def blobs(classes: int = 3, features: int = 8, count: int = 256, scale: float = 1.0, shift: int = 0):
    """Points around a centre for each class."""
    random = np.random.default_rng(0)
    centres = random.normal(0, 2, (classes, features))
    y = random.integers(0, classes, count)
    x = centres[y] + random.normal(0, 1, (count, features))
    return (x / 2 * scale).astype(np.float32), (y + shift).astype(np.int64)


def two(**options: Any):
    x, y = blobs(2, **options)
    return x, y.astype(np.float32)[:, None]


def line(scale: float = 1.0, features: int = 4):
    random = np.random.default_rng(1)
    x = random.normal(0, 1, (256, features))
    y = x @ random.normal(0, 1, (features, 1)) + 0.1 * random.normal(0, 1, (256, 1))
    return (x * scale).astype(np.float32), y.astype(np.float32)


def pictures(scale: float = 1.0):
    random = np.random.default_rng(2)
    y = random.integers(0, 3, 192)
    x = random.random((192, 12, 12, 1)) * 0.3
    for place, label in enumerate(y):
        x[place, 3 * label + 1 : 3 * label + 4, 3:9] += 0.6
    return (x * scale).astype(np.float32), y


def sentences():
    random = np.random.default_rng(3)
    x = random.integers(0, 20, (256, 10))
    return x, (x[:, :5].sum(1) > x[:, 5:].sum(1)).astype(np.float32)[:, None]


def one_hot():
    x, y = blobs()
    return x, keras.utils.to_categorical(y)


def dense(*units: int, activation: str = "relu", end: int = 3, last: Any = None, inputs: int = 8, **options: Any):
    """Return what makes a network of dense layers."""

    def make(loss: Any = LOGITS, optimizer: Any = None):
        keras.utils.set_random_seed(0)
        layers = [
            keras.Input((inputs,)),
            *(L.Dense(n, activation, name=f"d{i}", **options) for i, n in enumerate(units)),
        ]
        model = keras.Sequential([*layers, L.Dense(end, last, name="out")])
        model.compile(optimizer() if optimizer else keras.optimizers.Adam(0.005), loss)
        return model

    return make


def with_(make: Any, **how: Any):
    return lambda: make(**how)


def stack(layers: Callable[[], list[Any]], loss: Any = LOGITS, optimizer: Any = None):
    def make():
        keras.utils.set_random_seed(0)
        model = keras.Sequential(layers())
        model.compile(optimizer() if optimizer else keras.optimizers.Adam(0.005), loss)
        return model

    return make


def sgd(rate: float, **options: Any):
    return lambda: keras.optimizers.SGD(rate, **options)


def adam(rate: float):
    return lambda: keras.optimizers.Adam(rate)


def cnn(*more: Callable[[], Any], loss: Any = LOGITS, optimizer: Any = None, last: Any = None):
    return stack(
        lambda: [
            keras.Input((12, 12, 1)),
            *(one() for one in more),
            L.Conv2D(8, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(16, activation="relu"),
            L.Dense(3, last),
        ],
        loss,
        optimizer,
    )


def frozen_base():
    keras.utils.set_random_seed(0)
    base = keras.Sequential([keras.Input((8,)), L.Dense(16, "relu"), L.Dense(16, "relu")])
    base.trainable = False
    model = keras.Sequential([keras.Input((8,)), base, L.Dense(3)])
    model.compile(keras.optimizers.Adam(0.01), LOGITS)
    return model


def residual():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8,))
    hidden = L.Dense(16, "relu")(inputs)
    hidden = hidden + L.Dense(16, "relu")(hidden)
    model = keras.Model(inputs, L.Dense(3)(hidden))
    model.compile(keras.optimizers.Adam(0.005), LOGITS)
    return model


def frozen():
    model = dense(16)()
    model.trainable = False
    model.compile("sgd", LOGITS)
    return model


def dead():
    return dense(32, 32, bias_initializer=keras.initializers.Constant(-30.0))()


def bad(x: Any, y: Any):
    x = x.copy()
    x[3, 2] = np.nan
    return x, y


DEEP_SIGMOID = (16,) * 7
BINARY = keras.losses.BinaryCrossentropy
SICK = [
    Run("softmax, and logits in the loss", dense(16, last="softmax"), blobs, "softmax-and-logits"),
    Run("the same, of pictures", cnn(last="softmax"), pictures, "softmax-and-logits"),
    Run("sigmoid, and logits in the loss", with_(dense(16, end=1, last="sigmoid"), loss=BINARY(from_logits=True)), two, "sigmoid-and-logits"),
    Run("no softmax before the loss", with_(dense(16), loss="sparse_categorical_crossentropy"), blobs, "logits-as-probabilities"),
    Run("no sigmoid before the loss", with_(dense(16, end=1), loss="binary_crossentropy"), two, "logits-as-probabilities"),
    Run("softmax over one unit", with_(dense(16, end=1, last="softmax"), loss="binary_crossentropy"), two, "softmax-of-one"),
    Run("numbers of classes for one-hot", with_(dense(16, last="softmax"), loss="categorical_crossentropy"), blobs, "sparse-for-categorical"),
    Run("one-hot for numbers of classes", with_(dense(16, last="softmax"), loss="sparse_categorical_crossentropy"), one_hot, "one-hot-for-sparse"),
    Run("classes from one", dense(16), lambda: blobs(shift=1), "label-without-class"),
    Run("labels of plus and minus one", with_(dense(16, end=1, last="sigmoid"), loss="binary_crossentropy"), lambda: (two()[0], 2 * two()[1] - 1), "labels-beyond-one"),
    Run("pictures up to 255", cnn(), lambda: pictures(255.0), "inputs-not-scaled"),
    Run("a table in thousands", dense(16), lambda: blobs(scale=5000.0), "inputs-not-scaled"),
    Run("one column in thousandths", dense(16), lambda: (blobs()[0] * np.float32([1] * 7 + [1e-5]), blobs()[1]), "features-not-alike"),
    Run("two linear layers", dense(16, activation=None), blobs, "stacked-linear"),
    Run("three linear layers", dense(16, 16, activation=None), blobs, "stacked-linear"),
    Run("a frozen model", frozen, blobs, "nothing-trainable"),
    Run("a deep network of sigmoids", dense(*DEEP_SIGMOID, activation="sigmoid"), blobs, "vanishing"),
    Run("a deeper one", with_(dense(*(16,) * 10, activation="sigmoid"), optimizer=sgd(0.1)), blobs, "vanishing"),
    Run("small weights in a row", dense(*(16,) * 6, activation="tanh", kernel_initializer=keras.initializers.RandomNormal(stddev=0.02, seed=0)), blobs, "vanishing"),
    Run("units that begin dead", dead, blobs, "dead-units"),
    Run("units that die", with_(dense(32, 32), optimizer=sgd(30.0)), blobs, "dead-units"),
    Run("a regression that explodes", with_(dense(16, 16, end=1, inputs=4), loss="mse", optimizer=sgd(0.9)), lambda: line(3.0), "non-finite"),
    Run("one that diverges slowly", with_(dense(end=1, inputs=4), loss="mse", optimizer=sgd(1.2)), line, "exploding"),
    Run("Adam with steps of one", with_(dense(16, 16), optimizer=adam(1.0)), blobs, "learning-rate"),
    Run("steps that are too large", with_(dense(16, 16), optimizer=adam(0.3)), blobs, "steps-too-large"),
    Run("steps that are too small", with_(dense(16, 16), optimizer=sgd(1e-7)), blobs, "steps-too-small"),
    Run("the same with Adam", with_(dense(16, 16), optimizer=adam(1e-8)), blobs, "steps-too-small"),
    Run("NaN in the data", dense(16), lambda: bad(*blobs()), "inputs-not-finite"),
    Run("one class alone", dense(16), lambda: (blobs()[0], np.zeros(256, np.int64)), "one-class"),
    Run("targets of another shape", with_(dense(16, end=1, inputs=4), loss="mse"), lambda: (line()[0], np.repeat(line()[1], 2, 1)), "targets-broadcast"),
]  # fmt: skip
HEALTHY = [
    Run("two layers", dense(16), blobs),
    Run("three layers", dense(32, 16), blobs),
    Run("tanh", dense(16, 16, activation="tanh"), blobs),
    Run("one layer of sigmoids", dense(16, activation="sigmoid"), blobs),
    Run("selu", dense(16, 16, activation="selu", kernel_initializer="lecun_normal"), blobs),
    Run("gelu", dense(16, 16, activation="gelu"), blobs),
    Run("SGD", with_(dense(16), optimizer=sgd(0.05)), blobs),
    Run("SGD with momentum", with_(dense(16, 16), optimizer=sgd(0.02, momentum=0.9)), blobs),
    Run("Adam, slower", with_(dense(16, 16), optimizer=adam(0.001)), blobs, epochs=10),
    Run("softmax and probabilities", with_(dense(16, last="softmax"), loss="sparse_categorical_crossentropy"), blobs),
    Run("one-hot labels", with_(dense(16, last="softmax"), loss="categorical_crossentropy"), one_hot),
    Run("two classes", with_(dense(16, end=1, last="sigmoid"), loss="binary_crossentropy"), two),
    Run("two classes, logits", with_(dense(16, end=1), loss=BINARY(from_logits=True)), two),
    Run("linear regression", with_(dense(end=1, inputs=4), loss="mse", optimizer=sgd(0.05)), line),
    Run("a regression", with_(dense(16, end=1, inputs=4), loss="mse"), line),
    Run("a regression by absolute errors", with_(dense(16, end=1, inputs=4), loss="mae"), line),
    Run("logistic regression", with_(dense(end=1, last="sigmoid"), loss="binary_crossentropy", optimizer=sgd(0.1)), two),
    Run("softmax regression", with_(dense(), optimizer=sgd(0.1)), blobs),
    Run("pictures", cnn(), pictures),
    Run("pictures, rescaled in the model", cnn(lambda: L.Rescaling(1 / 255)), lambda: pictures(255.0)),
    Run("pictures, normalised in batches", stack(lambda: [keras.Input((12, 12, 1)), L.Conv2D(8, 3), L.BatchNormalization(), L.ReLU(), L.GlobalAveragePooling2D(), L.Dense(3)]), pictures, epochs=10),
    Run("dropout", stack(lambda: [keras.Input((8,)), L.Dense(32, "relu"), L.Dropout(0.3), L.Dense(3)]), blobs),
    Run("activations as layers", stack(lambda: [keras.Input((8,)), L.Dense(16), L.ReLU(), L.Dense(3), L.Softmax()], "sparse_categorical_crossentropy"), blobs),
    Run("words", stack(lambda: [keras.Input((10,)), L.Embedding(20, 4), L.Flatten(), L.Dense(8, "relu"), L.Dense(1, "sigmoid")], "binary_crossentropy"), sentences),
    Run("a recurrent network", stack(lambda: [keras.Input((10,)), L.Embedding(20, 4), L.GRU(8), L.Dense(1, "sigmoid")], "binary_crossentropy"), sentences),
    Run("a base that is frozen", frozen_base, blobs),
    Run("a residual network", residual, blobs),
    Run("clipped gradients", with_(dense(16), optimizer=sgd(0.1, clipnorm=1.0)), blobs),
    Run("small batches", with_(dense(16), optimizer=sgd(0.01)), blobs, epochs=2, batch=4),
    Run("one large batch", with_(dense(16), optimizer=adam(0.01)), blobs, epochs=20, batch=256),
]  # fmt: skip


def diagnosed(run: Run) -> list[str]:
    """Return the codes of all findings about a run: of the model with its data, and of its training."""
    model, (x, y) = run.make(), run.data()
    found = [finding.code for finding in tfkit.diagnose(model, x, y)]
    monitor = tfkit.GradientMonitor(every=2)
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.suppress(ValueError, tf.errors.OpError),
    ):  # labels that do not fit
        model.fit(x, y, epochs=run.epochs, batch_size=run.batch, verbose=0, callbacks=[monitor])
    return found + [finding.code for finding in monitor.findings]


def main() -> None:
    right, alarms = 0, 0
    for run in (*SICK, *HEALTHY):
        codes = diagnosed(run)
        good = run.sick in codes if run.sick else not codes
        right += bool(good and run.sick)
        alarms += bool(codes and not run.sick)
        print(
            f"{'right' if good else 'WRONG'}  {run.name:45} {run.sick or 'healthy':25} {', '.join(codes)}", flush=True
        )
    print(f"{right} of {len(SICK)} sick runs told right, {alarms} false alarms at {len(HEALTHY)} healthy ones")


if __name__ == "__main__":
    main()
