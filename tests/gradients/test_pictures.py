"""Pictures for learning: the loss over two numbers, what a network makes of a picture, its filters."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tfkit.errors import FileError, GradientError


@pytest.fixture(scope="module")
def bowl():
    optimizers = {"SGD": keras.optimizers.SGD, "Adam": keras.optimizers.Adam}
    return tfkit.loss_surface(
        lambda w, b: w**2 + 4 * b**2, w=(-2, 2), b=(-1, 1), start=(1.0, 0.5), steps=5, optimizers=optimizers
    )


def test_the_losses_of_a_surface(bowl):
    assert bowl.losses.shape == (41, 41)
    assert bowl.losses[0, 0] == pytest.approx(8) and bowl.losses[20, 20] == pytest.approx(0, abs=1e-6)
    assert bowl.losses[0, 20] == pytest.approx(4)  # rows are the second number


def test_the_ways_are_those_of_the_optimizers(bowl):
    rate = bowl.rates.index(0.1)
    steps = bowl.paths["SGD"][rate]
    assert steps[0].tolist() == [1.0, 0.5]
    np.testing.assert_allclose(steps[1], [1 - 0.1 * 2, 0.5 - 0.1 * 4], rtol=1e-6)
    np.testing.assert_allclose(steps[2], [0.8 * 0.8, 0.1 * 0.2], rtol=1e-5)
    np.testing.assert_allclose(bowl.paths["Adam"][rate][1], [0.9, 0.4], rtol=1e-4)
    assert not np.isfinite(bowl.paths["SGD"][-1]).all() or np.abs(bowl.paths["SGD"][-1]).max() > 100


def test_forms_of_a_surface(bowl, tmp_path):
    assert set(bowl._repr_mimebundle_()) == {"application/vnd.tfkit.surface+json", "image/svg+xml", "text/plain"}
    assert bowl.to_svg() == bowl.to_svg() and "<style" not in bowl.to_svg() and "id=" not in bowl.to_svg()
    assert "<script" in bowl.save(tmp_path / "a.html").read_text("utf-8")
    assert bowl.save(tmp_path / "a.svg").read_text("utf-8") == bowl.to_svg()
    with pytest.raises(FileError, match=r"\.svg or \.html"):
        bowl.save(tmp_path / "a.png")


def test_no_surface_of_one_number():
    with pytest.raises(GradientError, match="two numbers"):
        tfkit.loss_surface(lambda w: w, w=(0, 1))
    with pytest.raises(GradientError, match="one number of two"):
        tfkit.loss_surface(lambda w, b: tf.stack([w, b]), w=(0, 1), b=(0, 1))


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Conv2D(20, 3, name="conv"),
        keras.layers.Flatten(name="flat"),
        keras.layers.Dense(4, name="out"),
    ]
    return keras.Sequential([keras.Input((8, 8, 1)), *layers], name="net")


def test_activations_of_a_picture(network):
    image = np.arange(64, dtype=np.float32).reshape(8, 8)
    found = tfkit.activations(network, image)
    assert [(row.name, len(row.pictures)) for row in found.rows] == [("conv", 12), ("flat", 0), ("out", 1)]
    first = network.layers[0](image[None, ..., None])[0, ..., 0]
    assert np.argmax(found.rows[0].pictures[0]) == np.argmax(first)
    assert found.to_svg().startswith("<svg") and "activations of net" in repr(found)


def test_filters(network):
    found = tfkit.filters(network)
    assert [(row.name, row.words) for row in found.rows] == [("conv", "(3, 3, 1, 20)"), ("out", "(720, 4)")]
    assert found.rows[0].pictures[0].shape == (3, 3)


def test_what_has_nothing_inside_is_refused(network):
    with pytest.raises(GradientError, match=r"shape \(3,\), and the model takes \(8, 8, 1\)"):
        tfkit.activations(network, np.ones(3))
    with pytest.raises(GradientError, match="needs a built model"):
        tfkit.activations(keras.layers.Dense(2), np.ones(3))
    with pytest.raises(GradientError, match="no kernel"):
        tfkit.filters(keras.layers.Flatten())
