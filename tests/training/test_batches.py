"""A batch is what a loop over its pixels gives; a plan shows each picture once in an epoch."""

from itertools import product

import keras
import numpy as np
import pytest

from tests.training.cases import batch_of, few, moved, plan_of, recipe_of
from tfkit.training.batches import MARGIN, draw_plan, rows_of, take
from tfkit.training.recipe import one_cycle


def test_every_shift_with_and_without_a_mirror():
    image = np.random.default_rng(0).integers(1, 256, (1, 28, 28), dtype="uint8")
    moves = list(product([False, True], range(-MARGIN, MARGIN + 1), range(-MARGIN, MARGIN + 1)))
    mirrored, down, right = (np.array(column) for column in zip(*moves, strict=True))
    found = take(rows_of(image), np.zeros(len(moves), "int32"), mirrored, down, right)
    expected = [moved(image[0], *move) for move in moves]
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(found)[..., 0], expected)


def test_random_plans_choose_and_move_as_a_loop_does():
    images = few(64).train_images
    for epoch in range(3):
        plan = plan_of(recipe_of("mlp", shift=2, flip=True, batch_size=16), 64, epoch)
        assert set(plan.down.flat) == set(plan.right.flat) == {-2, -1, 0, 1, 2} and set(plan.mirrored.flat) == {0, 1}
        for step in range(4):
            *moves, _ = (array[0] for array in plan.arrays(step, step + 1))
            found = keras.ops.convert_to_numpy(take(rows_of(images), *moves))
            np.testing.assert_array_equal(found, batch_of(images, plan, step))


def test_an_epoch_shows_each_picture_once():
    plan = plan_of(recipe_of("mlp"), 256)
    assert plan.order.shape == (8, 32) and sorted(plan.order.flat) == list(range(256))
    cut = plan_of(recipe_of("mlp"), 250).order
    assert cut.shape == (7, 32) and len(set(cut.flat)) == 7 * 32 and cut.max() < 250


def test_two_epochs_in_a_row_show_both_sides_of_each_picture():
    sides = []
    for epoch in range(3):
        plan = plan_of(recipe_of("resnet", flip=True), 256, epoch)
        sides.append(np.empty(256, bool))
        sides[epoch][plan.order] = plan.mirrored
    np.testing.assert_array_equal(sides[0], ~sides[1])
    np.testing.assert_array_equal(sides[0], sides[2])
    assert 90 < sides[0].sum() < 166


def test_chance_is_the_seed_and_the_epoch():
    def drawn(seed, epoch):
        return draw_plan(recipe_of("resnet", shift=1, flip=True), 256, seed, epoch, 4)

    plans = [drawn(0, 0), drawn(0, 1), drawn(1, 0)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        for name in ("order", "mirrored", "down", "right"):
            assert not np.array_equal(getattr(plans[one], name), getattr(plans[other], name))
    for one, again in zip(plans[0].arrays(0, 8), drawn(0, 0).arrays(0, 8), strict=True):
        np.testing.assert_array_equal(one, again)


def test_a_recipe_without_moves_has_none():
    plan = plan_of(recipe_of("mlp", shift=0, flip=False))
    assert not plan.mirrored.any() and not plan.down.any() and not plan.right.any()


def test_the_rates_of_all_epochs_are_one_cycle():
    recipe = recipe_of("mlp")
    rates = [draw_plan(recipe, 256, 0, epoch, 3).rates for epoch in range(3)]
    np.testing.assert_allclose(np.concatenate(rates), one_cycle(np.arange(24) / 24, recipe.warm_up), rtol=1e-6)


@pytest.mark.parametrize("parts", [1, 2, 4])
def test_the_shares_of_workers_are_the_whole(parts):
    plan = plan_of(recipe_of("resnet", shift=1, flip=True))
    shares = [plan.part(index, parts) for index in range(parts)]
    for name in ("order", "mirrored", "down", "right"):
        together = np.concatenate([getattr(share, name) for share in shares], axis=1)
        np.testing.assert_array_equal(together, getattr(plan, name))
    assert all(np.array_equal(share.rates, plan.rates) for share in shares)
