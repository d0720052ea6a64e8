"""Few pictures, quick recipes, and what a batch is, written out in NumPy."""

from dataclasses import replace
from functools import cache
from typing import Any

import keras
import numpy as np

from tfkit.course.data import FashionMnist, load_fashion_mnist
from tfkit.training.batches import Plan, draw_plan, rows_of
from tfkit.training.checkpoint import restore, values_of
from tfkit.training.loop import Loop, make_loop
from tfkit.training.networks import build
from tfkit.training.optimizer import make_optimizer
from tfkit.training.recipe import RECIPES, Recipe

NETWORKS = tuple(RECIPES)


def few(train: int = 256, test: int = 100) -> FashionMnist:
    small = load_fashion_mnist("small")
    return replace(
        small,
        train_images=small.train_images[:train],
        train_labels=small.train_labels[:train],
        test_images=small.test_images[:test],
        test_labels=small.test_labels[:test],
    )


def recipe_of(network: str, **settings: Any) -> Recipe:
    return replace(RECIPES[network], **{"batch_size": 32, **settings})


def plan_of(recipe: Recipe, count: int = 256, epoch: int = 0) -> Plan:
    return draw_plan(recipe, count, seed=7, epoch=epoch, epochs=1)


def rows_and_labels(count: int = 256) -> tuple[Any, Any]:
    data = few(count)
    return rows_of(data.train_images), data.train_labels


def first_weights(model: keras.Model) -> list[Any]:
    """Return first weights that no backend's chance decides."""
    chance = np.random.default_rng(1)
    weights = []
    for weight in model.weights:
        shape, name = weight.shape, weight.path.rpartition("/")[2]
        if name == "kernel":
            weights.append(chance.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape))
        else:
            weights.append(np.ones(shape) if name in ("gamma", "moving_variance") else np.zeros(shape))
    return [weight.astype("float32") for weight in weights]


def recipe_for(network: str) -> Recipe:
    """Return a recipe in which everything happens, for pictures that are few."""
    moves = {"shift": 2, "flip": True, "label_smoothing": 0.1}
    return recipe_of(network, batch_size=16, kernel_rate=0.01, rate=0.005, width=8, **moves)


@cache
def _made(network: str, precision: str) -> tuple[Loop, list[Any]]:
    recipe = recipe_for(network)
    model = build(recipe, precision="float32" if precision == "float32" else f"mixed_{precision}")
    model.set_weights(first_weights(model))
    loop = make_loop(model, make_optimizer(recipe, precision), *rows_and_labels(), recipe)
    return loop, values(loop)


def loop_of(network: str, precision: str = "float32") -> Loop:
    """Return a loop before its first step; what is compiled is shared by all tests."""
    loop, first_values = _made(network, precision)
    restore(loop.model, loop.optimizer, first_values)
    return loop


def values(loop: Loop) -> list[Any]:
    return values_of(loop.model, loop.optimizer)


def moved(image: Any, mirrored: bool, down: int, right: int) -> Any:
    """Return a picture moved, then mirrored, one pixel after the other; what comes in from outside is dark."""
    side = len(image)
    found = np.zeros((side, side), "float32")
    for y in range(side):
        for x in range(side):
            from_y, from_x = y - down, (side - 1 - x if mirrored else x) - right
            if 0 <= from_y < side and 0 <= from_x < side:
                found[y, x] = image[from_y, from_x] / np.float32(255)
    return found


def batch_of(images: Any, plan: Plan, step: int) -> Any:
    moves = zip(*(array[step] for array in (plan.order, plan.mirrored, plan.down, plan.right)), strict=True)
    return np.stack([moved(images[place], *rest) for place, *rest in moves])[..., None]
