"""What both loops share: the loss, what is right, and the choice of a loop."""

import keras
import numpy as np
import pytest

from tests.training.cases import recipe_of, rows_and_labels
from tfkit.errors import TrainingError
from tfkit.training.loop import loss_of, make_loop, right_of
from tfkit.training.networks import build
from tfkit.training.optimizer import make_optimizer

SCORES = np.random.default_rng(0).normal(0, 3, (6, 10)).astype("float32")
LABELS = np.array([0, 9, 3, 3, 5, 1])


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_loss_is_the_mean_cross_entropy(smoothing):
    chances = np.exp(SCORES) / np.exp(SCORES).sum(1, keepdims=True)
    truth = np.eye(10)[LABELS] * (1 - smoothing) + smoothing / 10
    expected = -(truth * np.log(chances)).sum(1).mean()
    assert float(loss_of(SCORES, LABELS, smoothing)) == pytest.approx(expected, rel=1e-5)


def test_right_is_the_part_whose_largest_score_is_true():
    called = SCORES.argmax(1)
    called[:2] = (called[:2] + 1) % 10
    assert float(right_of(SCORES, called)) == pytest.approx(4 / 6)


def test_a_backend_without_a_loop_says_which_have_one(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    recipe = recipe_of("softmax")
    with pytest.raises(TrainingError, match="'torch'.*KERAS_BACKEND to tensorflow or jax"):
        make_loop(build(recipe), make_optimizer(recipe), *rows_and_labels(64), recipe)
