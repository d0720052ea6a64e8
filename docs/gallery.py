"""Ten graphs as pages of their own, and the page that leads to them.

    python docs/gallery.py           # renews gallery.md and the still pictures beside it
    python docs/gallery.py FOLDER    # the live pages and the still pictures, for the site

Everything here is what a user would write: build something, look at it, save it.
"""

import contextlib
import inspect
import os
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import tfkit

HERE = Path(__file__).parent
SITE = "https://tfkit-course.github.io/tfkit/"
IMAGE = keras.Input((28, 28), name="image")


def five_nodes() -> Any:
    """Two numbers.

    The first graph of most courses: a product, a sum, and the sum of both. Every box shows its value.
    """
    return tfkit.trace(lambda a, b: a * b + (a + b), 5, 3)


def house_price() -> Any:
    """The price of a house.

    Back-propagation through a squared error. Move a slider: all values and gradients follow, in the page itself.
    """

    def squared_error(size: Any, price: Any, w: Any, b: Any) -> Any:
        return (w * size + b - price) ** 2

    return tfkit.backprop(squared_error, 6.7, 9.1, -0.34, 0.04, wrt=["w", "b"])


def training_step() -> Any:
    """One step of training.

    The whole of it: a forward pass, the gradient that TensorFlow built for it, and what the optimizer does.
    """
    model = keras.Sequential([IMAGE, keras.layers.Flatten(), keras.layers.Dense(10, name="scores")], name="softmax")
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def train_step(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = loss_of(labels, model(images, training=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    return tfkit.trace(train_step, tf.TensorSpec((32, 28, 28)), tf.TensorSpec((32,), tf.int32))


def while_loop() -> Any:
    """A loop.

    Heron's square root. AutoGraph makes a loop of the graph from the while of Python; open it to see its body.
    """

    @tf.function
    def square_root(number: tf.Tensor) -> tf.Tensor:
        root = number
        while tf.abs(root * root - number) > 1e-4:
            root = (root + number / root) / 2.0
        return root

    return tfkit.trace(square_root, tf.constant(2.0))


def what_ran_until_the_error() -> Any:
    """An exception.

    Lines of eager code, and what they did until one of them failed: every operation, with what it was given.
    """
    weights = tf.Variable(tf.zeros((748, 10)), name="weights")
    with contextlib.suppress(tf.errors.InvalidArgumentError), tfkit.record() as recording:
        images = tf.random.stateless_uniform((32, 28, 28), seed=(1, 2))
        tf.nn.softmax(tf.reshape(images, (32, 784)) @ weights)
    return recording.graph


def resnet50() -> Any:
    """ResNet50.

    1,829 operations and 25 million parameters, grouped until a picture of them can be read. All of it opens.
    """
    return tfkit.trace(keras.applications.ResNet50(weights=None), tf.TensorSpec((1, 224, 224, 3)))


def before_and_after() -> Any:
    """Two versions of a model.

    What a change did: layers that came, went, or are of another shape, matched by structure and not by name.
    """

    def model(*hidden: keras.Layer) -> Any:
        layers = [IMAGE, keras.layers.Flatten(), *hidden, keras.layers.Dense(10, activation="softmax")]
        return tfkit.trace(keras.Sequential(layers, name="classifier"), tf.TensorSpec((1, 28, 28)))

    dense, dropout = keras.layers.Dense(128, activation="relu"), keras.layers.Dropout(0.2)
    return tfkit.diff(model(dense), model(keras.layers.Dense(64, activation="tanh"), dropout))


def went_wrong() -> Any:
    """A training that went wrong.

    The learning rate is thirty times too high. Nothing is raised and no number is odd, but a layer died; tfkit says so.
    """
    return _watched(learning_rate=0.3)


def went_right() -> Any:
    """The same training, well.

    Gradients, weights and updates of each variable while the loss goes down. Drag the line through the steps.
    """
    return _watched(learning_rate=0.01)


def loss_surface() -> Any:
    """A learning rate.

    The way of gradient descent and of momentum over the same valley. The slider changes the learning rate.
    """
    size, price = np.array([0.5, 1.0, 1.5, 2.0], np.float32), np.array([1.4, 2.1, 2.4, 3.2], np.float32)

    def squared_error(w: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean((w * size + b - price) ** 2)

    optimizers = {"SGD": keras.optimizers.SGD, "momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9)}
    ranges = {"w": (-1, 3), "b": (-2, 3)}
    return tfkit.loss_surface(squared_error, **ranges, start=(0, 2.8), optimizers=optimizers, learning_rate=0.03)


GALLERY: tuple[Callable[[], Any], ...] = (
    five_nodes,
    house_price,
    training_step,
    while_loop,
    what_ran_until_the_error,
    resnet50,
    before_and_after,
    went_wrong,
    went_right,
    loss_surface,
)


def _watched(learning_rate: float) -> Any:
    """Return a monitor that saw a small network learn Fashion-MNIST from a few hundred pictures."""
    data = tfkit.load_fashion_mnist()
    hidden = [keras.layers.Dense(64, activation="relu", name=f"hidden_{i}") for i in range(3)]
    last = keras.layers.Dense(10, activation="softmax", name="probabilities")
    model = keras.Sequential([IMAGE, keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), *hidden, last])
    model.compile(keras.optimizers.SGD(learning_rate, momentum=0.9), "sparse_categorical_crossentropy")
    monitor = tfkit.GradientMonitor(every=2)
    with contextlib.redirect_stdout(None):  # outside of a notebook a monitor prints what it sees
        model.fit(data.train_images, data.train_labels, batch_size=50, epochs=4, verbose=0, callbacks=[monitor])
    return monitor


def page() -> str:
    """Return the page of the site that shows all of them; GitHub shows it, too."""
    lines = ["# Gallery", "", "One file each, which needs no network. Open it: everything in it opens, too.", ""]
    lines += ['<div class="gallery">']
    for make in GALLERY:
        name, (title, _, words) = make.__name__, inspect.getdoc(make).partition("\n\n")
        picture = f'<img src="gallery/{name}.svg" alt="{escape(title)} Still picture." loading="lazy"/>'
        lines += [
            f'<figure><a href="{SITE}gallery/{name}.html">{picture}<b>{title}</b></a>',
            f"<figcaption>{words}</figcaption></figure>",
        ]
    return "\n".join([*lines, "</div>", ""])


def build(folder: Path, *suffixes: str) -> None:
    """Save each of them in these forms."""
    folder.mkdir(parents=True, exist_ok=True)
    for make in GALLERY:
        keras.utils.set_random_seed(1)
        made = make()
        for suffix in suffixes:
            made.save(folder / f"{make.__name__}{suffix}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        build(Path(sys.argv[1]), ".html", ".svg")
    else:
        build(HERE / "gallery", ".svg")
        (HERE / "gallery.md").write_text(page(), encoding="utf-8")
