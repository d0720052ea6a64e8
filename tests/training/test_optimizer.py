"""Muon moves a convolution kernel by an orthogonal step; AdamW moves all the rest."""

import keras
import numpy as np
import pytest

from tests.training.cases import recipe_of
from tfkit.training.optimizer import KernelMuon, make_optimizer

A, B, C = 3.4445, -4.7750, 2.0315  # of Jordan et al.


def newton_schulz(matrix):
    """Return what five rounds make of a matrix: nearly its U V^T."""
    x = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = x / np.linalg.norm(x)
    for _ in range(5):
        square = x @ x.T
        x = A * x + (B * square + C * square @ square) @ x
    return x if matrix.shape[0] <= matrix.shape[1] else x.T


def slopes(shape, count=3):
    return np.random.default_rng(0).normal(0, 0.1, (count, *shape))


@pytest.mark.parametrize("shape", [(3, 3, 2, 8), (3, 3, 8, 16), (1, 1, 4, 12)])
def test_a_kernels_step_is_newton_schulz_of_its_matrix(shape):
    kernel = keras.Variable(np.ones(shape, "float32"))
    optimizer = KernelMuon(0.1, weight_decay=0.02)
    expected, momentum = np.ones(shape), np.zeros(shape)
    for slope in slopes(shape):
        optimizer.apply([slope.astype("float32")], [kernel])
        momentum = 0.95 * momentum + slope
        matrix = (slope + 0.95 * momentum).reshape(-1, shape[-1])
        step = newton_schulz(matrix) * 0.2 * np.sqrt(max(matrix.shape))
        expected = expected - 0.1 * 0.02 * expected - 0.1 * step.reshape(shape)
        np.testing.assert_allclose(keras.ops.convert_to_numpy(kernel), expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(3, 3, 4, 8), (3, 3, 16, 64)])
def test_all_directions_of_a_step_are_equally_long(shape):
    kernel = keras.Variable(np.zeros(shape, "float32"))
    rows, columns = np.prod(shape[:-1]), shape[-1]
    uneven = (slopes(shape, 1)[0].reshape(rows, columns) * np.geomspace(1, 0.1, columns)).reshape(shape)
    KernelMuon(1.0, weight_decay=None).apply([uneven.astype("float32")], [kernel])
    step = keras.ops.convert_to_numpy(kernel).reshape(rows, columns) / (0.2 * np.sqrt(max(rows, columns)))
    lengths = np.linalg.svd(step, compute_uv=False)
    assert lengths.min() > 0.6 and lengths.max() < 1.3
    before = np.linalg.svd(uneven.reshape(rows, columns), compute_uv=False)
    assert before.max() / before.min() > 4


@pytest.mark.parametrize("shape", [(6, 4), (4,), (3, 3, 1, 8)], ids=["dense", "bias", "grey"])
def test_everything_else_follows_adamw(shape):
    recipe = recipe_of("cnn", kernel_rate=0.1, rate=0.02, weight_decay=0.05)
    ours = make_optimizer(recipe)
    # The decay is a part of the kernels' rate for all.
    theirs = keras.optimizers.AdamW(0.02, weight_decay=0.05 * 0.1 / 0.02, beta_2=0.99)
    pair = [keras.Variable(np.ones(shape, "float32")) for _ in range(2)]
    for step, slope in enumerate(slopes(shape, 4)):
        ours.learning_rate.assign(0.1 / (step + 1))
        theirs.learning_rate.assign(0.02 / (step + 1))
        for optimizer, variable in zip((ours, theirs), pair, strict=True):
            optimizer.apply([slope.astype("float32")], [variable])
        np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, pair), atol=1e-6)
    assert abs(keras.ops.convert_to_numpy(pair[0]) - 1).mean() > 0.01


def test_float16_scales_the_loss_and_its_rate_is_that_of_muon():
    optimizer = make_optimizer(recipe_of("mlp"), "float16")
    variable = keras.Variable(np.ones((2, 2), "float32"))
    optimizer.build([variable])
    assert float(optimizer.scale_loss(1.0)) == 2.0**15
    optimizer.learning_rate.assign(0.0)
    optimizer.apply([np.full((2, 2), 2.0**15, "float32")], [variable])
    assert keras.ops.convert_to_numpy(variable).tolist() == [[1, 1], [1, 1]]
    optimizer.learning_rate.assign(0.5)
    optimizer.apply([np.full((2, 2), 2.0**15, "float32")], [variable])
    assert optimizer.inner_optimizer.learning_rate.numpy() == 0.5
    assert (keras.ops.convert_to_numpy(variable) < 0.99).all()
