"""A recipe refuses what cannot be meant; the learning rate rises and falls in straight lines."""

from dataclasses import replace

import numpy as np
import pytest

from tfkit.errors import TrainingError
from tfkit.training.networks import NETWORKS
from tfkit.training.recipe import RECIPES, Recipe, for_device, one_cycle, with_batch_size


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("batch_size", value) for value in (0, -1, 60_001, 2.0, True, "8", None)),
        *(("shift", value) for value in (-1, 3, 1.0, False)),
        *(("width", value) for value in (0, 1025, 16.0, True)),
        *(("kernel_rate", value) for value in (0, 0.0, -1, np.inf, "0.1")),
        *(("rate", value) for value in (-0.1, np.nan, True, None)),
        *(("weight_decay", value) for value in (-1e-9, np.inf)),
        *(("label_smoothing", value) for value in (-0.1, 1, 1.5, np.nan)),
        *(("warm_up", value) for value in (-0.1, 1.0, [0.1])),
        *(("flip", value) for value in (1, "no", None)),
    ],
)
def test_a_bad_value_is_refused_by_its_name(name, value):
    with pytest.raises(TrainingError, match=name):
        Recipe("mlp", **{name: value})


def test_the_ends_of_what_is_allowed_are_allowed():
    Recipe("mlp", batch_size=60_000, rate=0, weight_decay=0, label_smoothing=0, shift=2, warm_up=0)


def test_every_network_has_its_recipe():
    assert list(RECIPES) == list(NETWORKS)
    assert all(recipe.network == name for name, recipe in RECIPES.items())


def test_a_gpu_takes_four_times_the_batch_and_twice_the_rates():
    recipe = Recipe("cnn", batch_size=100, kernel_rate=0.1, rate=0.01, width=8)
    assert for_device(recipe, "cpu") == recipe
    assert for_device(recipe, "gpu") == replace(recipe, batch_size=400, kernel_rate=0.2, rate=0.02)


def test_a_smaller_batch_takes_smaller_rates():
    recipe = Recipe("cnn", batch_size=400, kernel_rate=0.2, rate=0.02, warm_up=0.3)
    assert with_batch_size(recipe, 100) == replace(recipe, batch_size=100, kernel_rate=0.1, rate=0.01)
    for size in (0, 70_000, 1.5):
        with pytest.raises(TrainingError, match="batch_size is a whole number from 1 to 60,000"):
            with_batch_size(recipe, size)


def test_the_rate_rises_to_its_peak_and_falls_to_zero():
    rates = one_cycle(np.linspace(0, 1, 101), warm_up=0.25)
    peak = int(rates.argmax())
    assert rates.dtype == np.float32 and 0 < rates[0] < 0.05 and rates[-1] == 0
    assert peak in (24, 25) and rates[peak] == pytest.approx(1, abs=0.03) and rates.max() <= 1
    assert np.diff(rates[:25]) == pytest.approx(0.04) and np.diff(rates[25:]) == pytest.approx(-1 / 75, abs=1e-6)


def test_without_warming_up_the_rate_only_falls():
    assert one_cycle(np.array([0, 0.5, 1]), warm_up=0).tolist() == pytest.approx([0.02, 0.5, 0])
