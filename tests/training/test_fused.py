"""Batch normalisation as one operation is Keras's layer: the same weights, outputs, statistics and slopes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.cases import few, first_weights
from tfkit.training.fused import FusedBatchNormalization
from tfkit.training.networks import build
from tfkit.training.recipe import RECIPES


@pytest.fixture
def pair():
    layers = [FusedBatchNormalization(momentum=0.9), keras.layers.BatchNormalization(momentum=0.9)]
    for layer in layers:
        layer.build((None, 5, 5, 4))
        layer.set_weights(
            [np.float32(values) for values in ([1, 2, 0.5, -1], [0, 1, 2, 3], [0, 1, 0, 2], [1, 2, 3, 4])]
        )
    return layers


X = np.random.default_rng(0).normal(1, 3, (6, 5, 5, 4)).astype("float32")


def test_weights_are_keras_own_in_their_order(pair):
    fused, plain = ([weight.path.rpartition("/")[2] for weight in layer.weights] for layer in pair)
    assert fused == plain == ["gamma", "beta", "moving_mean", "moving_variance"]


@pytest.mark.parametrize("training", [True, False])
def test_outputs_slopes_and_statistics_agree(pair, training):
    found = []
    for layer in pair:
        x = tf.constant(X)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=training)
            loss = tf.reduce_sum(y**3)
        found.append([y, *layer.weights, *tape.gradient(loss, [x, layer.gamma.value, layer.beta.value])])
    fused, plain = (list(map(keras.ops.convert_to_numpy, values)) for values in found)
    # The variance that moves is that of a sample here, divided by n - 1.
    more = (1 - 0.9) * X.var((0, 1, 2)) / (X[..., 0].size - 1) if training else 0
    fused[4] = fused[4] - more
    for one, other in zip(fused, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5 * abs(other).max())
    assert np.array_equal(plain[3], [0, 1, 0, 2]) != training


def test_a_frozen_layer_uses_what_it_knows(pair):
    for layer in pair:
        layer.trainable = False
    fused, plain = (keras.ops.convert_to_numpy(layer(X, training=True)) for layer in pair)
    np.testing.assert_allclose(fused, plain, atol=1e-5)
    assert pair[0].get_weights()[2].tolist() == [0, 1, 0, 2]


def test_it_takes_half_the_bits(pair):
    layer = FusedBatchNormalization(dtype="mixed_bfloat16")
    y = layer(tf.cast(X, "bfloat16"), training=True)
    assert y.dtype == tf.bfloat16 and layer.moving_mean.dtype == "float32"
    normal = (X - X.mean((0, 1, 2))) / X.std((0, 1, 2))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(keras.ops.cast(y, "float32")), normal, atol=0.05)


def test_whole_networks_agree_in_training_and_after_it():
    pictures = few(64).train_images[..., None].astype("float32") / 255
    fused, plain = build(RECIPES["resnet"]), build(RECIPES["resnet"], fused=False)
    assert [weight.shape for weight in fused.weights] == [weight.shape for weight in plain.weights]
    for model in (fused, plain):
        model.set_weights(first_weights(model))
    for training in (True, False):
        scores = [keras.ops.convert_to_numpy(model(pictures, training=training)) for model in (fused, plain)]
        np.testing.assert_allclose(*scores, rtol=1e-3, atol=1e-3)
    for one, other in zip(fused.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
