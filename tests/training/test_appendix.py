"""The appendix writes the training out in plain Keras and TensorFlow; `train` makes the same steps."""

import linecache
import re
from dataclasses import replace

import keras
import numpy as np
import pytest

from tests.lesson_code import code_cells
from tests.training.cases import few
from tfkit.training.recipe import RECIPES
from tfkit.training.train import train

BATCH, EPOCHS = 32, 2


@pytest.fixture
def appendix():
    """Return the names of the appendix, with few pictures; what it only measures is not run."""
    names = {"few": few}
    for cell in code_cells("A1"):
        if not re.search(r"NBVAL_IGNORE_OUTPUT|plt\.|tfkit\.train", cell.source):
            source = cell.source.replace("= tfkit.load_fashion_mnist(size)", "= few()")
            linecache.cache[cell.id] = (len(source), None, source.splitlines(keepends=True), cell.id)  # for AutoGraph
            exec(compile(source, cell.id, "exec"), names)
            names |= {"epochs": EPOCHS, "batch": BATCH}
    return names


def test_the_appendix_makes_the_steps_of_train(appendix):
    recipe = replace(RECIPES["resnet"], batch_size=BATCH, kernel_rate=0.01, rate=0.0015)  # small steps compare well
    seen = []
    train(
        "resnet",
        epochs=EPOCHS,
        precision="float32",
        data=few(),
        recipe=recipe,
        progress=lambda now: seen.append(now.loss),
    )
    keras.utils.set_random_seed(0)
    net = appendix["resnet"]("float32")
    optimizer = appendix["KernelMuon"](
        recipe.kernel_rate,
        adam_lr_ratio=recipe.rate / recipe.kernel_rate,
        adam_beta_2=0.99,
        weight_decay=recipe.weight_decay,
        adam_weight_decay=recipe.weight_decay,
    )
    epoch = appendix["better_epoch"](net, optimizer, recipe.kernel_rate, recipe.label_smoothing)
    written_out = np.concatenate([epoch(number) for number in range(EPOCHS)])
    assert len(written_out) == len(seen) == EPOCHS * 256 // BATCH
    np.testing.assert_allclose(written_out[:4], seen[:4], rtol=0, atol=1e-5)
    np.testing.assert_allclose(written_out, seen, rtol=2e-2)
