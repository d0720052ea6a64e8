"""Every intermediate gradient against central differences in float64, for the decks and many operations."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tests.gradients.op_cases import CASES, DECKS
from tfkit.errors import GradientError


@pytest.mark.parametrize("name", CASES)
def test_gradients_agree_with_finite_differences(name):
    function, args = CASES[name]
    check = tfkit.check_gradients(function, *args)
    assert check.ok and check.worst.error <= 1e-6, str(check)
    assert check.precision == "float64"
    assert len(check.table) >= len(args)


def test_there_are_more_than_forty_types_of_operations():
    operations = set()
    for function, args in CASES.values():
        graph = tfkit.backprop(function, *args).graph
        operations |= {node.op for node in graph.nodes if node.outputs and node.outputs[0].gradient}
    assert len(operations - {"Const", "Placeholder"}) > 40


def test_a_wrong_gradient_is_named():
    @tf.custom_gradient
    def cube(x):
        return x * x * x, lambda upstream: upstream * 2.0 * x * x  # it is 3 x²

    check = tfkit.check_gradients(lambda x: cube(x) + x, 2.0)
    assert not check.ok
    assert check.worst.node == "x"
    assert check.worst.error == pytest.approx(4 / 13, rel=1e-3)
    assert "do not agree" in check.words and "x" in check.words


def test_kinks_are_counted_and_left_out():
    check = tfkit.check_gradients(lambda x: tf.reduce_sum(tf.nn.relu(x)), np.float32([1.0, 0.0, -1.0]))
    assert check.ok
    assert {row.node: row.kinks for row in check.table}["x"] == 1


def test_variables_are_cast_and_stay_as_they_are():
    weight = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="w")
    check = tfkit.check_gradients(lambda x: tf.reduce_sum(tf.tanh(x @ weight)), np.float32([[0.1, 0.2]]))
    assert check.ok and check.precision == "float64"
    assert weight.dtype == tf.float32 and weight.numpy().tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_a_loop_is_checked_as_a_whole():
    def power(x):
        for _ in tf.range(3):
            x = x * x
        return x

    check = tfkit.check_gradients(power, 1.1)
    assert check.ok and check.precision == "float64" and check.worst.node == "x"


def test_dropout_is_the_same_each_time():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    x = np.ones((3, 4), np.float32)
    assert tfkit.check_gradients(lambda x: tf.reduce_sum(model(x, training=True) ** 2), x).ok


def test_where_there_is_no_float64_it_says_so():
    def fused(x):
        found = tf.raw_ops.FusedBatchNormV3(
            x=x, scale=[1.0, 2.0], offset=[0.0, 0.0], mean=[0.0, 0.0], variance=[1.0, 1.0], is_training=False
        )
        return tf.reduce_mean(found.y**2)

    check = tfkit.check_gradients(fused, np.random.default_rng(0).random((2, 3, 3, 2)).astype(np.float32))
    assert check.precision == "float32, tolerance 1e-3"


def test_at_most_64_elements_of_a_tensor_are_moved():
    check = tfkit.check_gradients(lambda x: tf.reduce_sum(x**2), np.ones((10, 10), np.float32))
    assert {row.elements for row in check.table if row.shape == (10, 10)} == {64}


def test_the_same_refusals_as_of_backprop():
    with pytest.raises(GradientError, match=r"pass 3\.0"):
        tfkit.check_gradients(lambda x: x * x, 3)


@pytest.mark.parametrize("name", DECKS)
def test_what_a_check_shows(name):
    function, args = DECKS[name]
    check = tfkit.backprop(function, *args).check
    assert repr(check).startswith("GradientCheck(ok=True")
    assert str(check).count("\n") == len(check.table)
