"""The origin of NaN and infinity is found, forward and backward, in what is compiled, and what kernels swallow."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tests.gradients.nan_cases import CASES
from tfkit.errors import TfkitError


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_origin_is_found(case):
    function, *args = case.make()
    origin = tfkit.find_nan(function, *args)
    assert origin is not None
    assert (origin.op, origin.phase, origin.layer) == (case.op, case.phase, case.layer or origin.layer)
    assert case.line in (origin.source.text if origin.source else "")


def test_there_are_twenty_cases():
    assert len({case.name for case in CASES}) == 20


def test_what_an_origin_says():
    origin = tfkit.find_nan(lambda x: tf.math.log(x), np.float32([4.0, 0.0]))
    assert str(origin).startswith("The first infinity was made by Log")
    assert "x from 0 to 4" in str(origin)
    assert origin.graph.find(mark="failed")[0].op == "Log"
    assert set(origin._repr_mimebundle_()) >= {"image/svg+xml", "text/plain"}


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (lambda x: x * x, (2.0,)),
        (lambda x: tf.reduce_sum(tf.nn.softmax(x + tf.constant([0.0, -np.inf]))), (np.float32([1.0, 2.0]),)),
        (lambda x: tf.math.argmax(x), (np.float32([1.0, 2.0]),)),
        (lambda x: (x, x * 2.0), (np.float32([1.0, 2.0]),)),
    ],
)
def test_what_is_finite_has_no_origin(function, args):
    assert tfkit.find_nan(function, *args) is None


def test_a_healthy_model_has_no_origin_and_stays_as_it_is():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization(), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    before = model.get_weights()
    assert tfkit.find_nan(model, np.ones((4, 3), np.float32), np.ones((4, 1), np.float32)) is None
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_a_training_step_of_ones_own_is_seen_on_its_way_back():
    weight = tf.Variable([0.0, 1.0], name="w")
    optimizer = keras.optimizers.SGD(0.1)

    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.sqrt(weight) * x)
        gradient = tape.gradient(loss, weight)
        optimizer.apply([gradient], [weight])
        return loss

    origin = tfkit.find_nan(step, np.float32([1.0, 1.0]))
    assert (origin.phase, origin.op) == ("backward", "Reciprocal") or "Sqrt" in origin.op
    assert weight.numpy().tolist() == [0.0, 1.0]


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TfkitError, match="pass a function"):
        tfkit.find_nan(3)
