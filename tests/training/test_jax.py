"""JAX makes the same steps as TensorFlow, and all that is around them works there, too."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.training.cases import few, loop_of, plan_of, recipe_for

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jax")
    command = [sys.executable, "-m", "tests.training.on_jax", str(folder)]
    env = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["backend"] == "jax"
    return {**found, "folder": folder}


@pytest.mark.parametrize("network", ["mlp", "cnn"])
def test_the_losses_are_those_of_tensorflow(told, network):
    losses, _ = loop_of(network).run(plan_of(recipe_for(network)), 0, 3)
    np.testing.assert_allclose(told[network], losses, atol=1e-4)
    assert np.ptp(losses) > 0.02


def test_float16_makes_nearly_the_same_steps(told):
    np.testing.assert_allclose(told["float16"], told["mlp"], atol=0.02)


def test_pieces_are_the_whole(told):
    losses, same = told["pieces"]
    assert losses == told["mlp"] and same


def test_a_training_that_was_stopped_goes_on_to_the_same_end(told):
    finished, losses, whole, report = told["stopped"]
    assert not finished and report["finished"] and len(losses) == 2
    assert losses == whole
    assert "jax" in report["versions"] and report["precision"] == "float32"
    network = keras.models.load_model(told["folder"] / "net.keras")
    called = network.predict(few().test_images[..., None] / np.float32(255), verbose=0).argmax(1)
    assert np.mean(called == few().test_labels) == report["test_accuracy"]


def test_weights_that_break_are_told(told):
    assert "a weight is no number any more, in step 1 of epoch 1. Lower the learning rates" in told["broken"]
