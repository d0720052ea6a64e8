"""Seconds on a GPU until 94 % of the test pictures are named rightly, by Keras on JAX: for GPUs without TensorFlow.

Where the data set is, pack it into a file (30 MB) and take that and this repository to the machine with the GPU:

    python tests/benchmarks/gpu.py --pack fashion_mnist.npz

There, with Python 3.11 or newer; TensorFlow is not needed:

    python3 -m venv /tmp/gpu
    /tmp/gpu/bin/pip install "jax[cuda12]" keras numpy
    PYTHONPATH=. /tmp/gpu/bin/python tests/benchmarks/gpu.py --data fashion_mnist.npz --epochs 8,12,16

Where jax is installed but no network is, `pip download --no-deps keras optree namex` elsewhere, and install from there.

A schedule is trained to its end, and the seconds are those of its steps and plans. The compiling, once for all seeds
and schedules, is told apart, and the test is not counted. `--door` trains the shortest of them once more by `train`,
in whose figures the compiling is contained, once for each length of a piece. On a processor JAX is slow; this shows
that all runs:

    python tests/benchmarks/gpu.py --epochs 1 --pictures 512 --batch 64 --seeds 1
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # pytest looks for doctests here, too, and its children are to train on TensorFlow
    os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np

from tfkit.course.data import CLASS_NAMES, FashionMnist, load_fashion_mnist
from tfkit.training.batches import draw_plan, rows_of
from tfkit.training.checkpoint import restore, values_of
from tfkit.training.device import PRECISIONS, find_device, matmul_peak
from tfkit.training.loop import Loop, make_loop
from tfkit.training.networks import build, multiplications
from tfkit.training.optimizer import make_optimizer
from tfkit.training.recipe import RECIPES, Recipe
from tfkit.training.train import train

ACCURACY, SECONDS = 0.94, 3.0  # what we want to stay within, on an H200
ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")
TEST_BATCH = 1000


def pack(file: Path) -> None:
    data = load_fashion_mnist("full")
    np.savez_compressed(file, **{name: getattr(data, name) for name in ARRAYS})


def load(file: Path | None, pictures: int | None) -> FashionMnist:
    """Return the data, or the first few pictures of both parts."""
    if file is None:
        data = load_fashion_mnist("full")
    else:
        with np.load(file, allow_pickle=False) as stored:
            data = FashionMnist(*(stored[name] for name in ARRAYS), CLASS_NAMES, str(file))
    return data if pictures is None else replace(data, **{name: getattr(data, name)[:pictures] for name in ARRAYS})


def settings(text: str) -> dict[str, Any]:
    """Return settings of a recipe, from ``kernel_rate=0.2,width=32``."""
    kinds = {entry.name: type(getattr(Recipe("mlp"), entry.name)) for entry in fields(Recipe)}
    pairs = (part.partition("=")[::2] for part in text.split(",") if part)
    return {name: value == "True" if kinds[name] is bool else kinds[name](value) for name, value in pairs}


def begin(recipe: Recipe, precision: str, seed: int) -> tuple[keras.Model, keras.optimizers.Optimizer]:
    keras.utils.set_random_seed(seed)
    return build(recipe, precision=PRECISIONS[precision]), make_optimizer(recipe, precision)


def run(loop: Loop, recipe: Recipe, count: int, seed: int, epochs: int) -> float:
    """Make all steps of a training; return its seconds."""
    start = time.perf_counter()
    for epoch in range(epochs):
        plan = draw_plan(recipe, count, seed, epoch, epochs)
        loop.run(plan, 0, len(plan.order))  # returns when the losses are there
    return time.perf_counter() - start


def compile_seconds(loop: Loop, recipe: Recipe, count: int) -> float:
    """Return how long an epoch takes longer the first time than the second."""
    first = run(loop, recipe, count, 0, 1)
    return first - run(loop, recipe, count, 0, 1)


def accuracy_of(trained: keras.Model, recipe: Recipe, data: FashionMnist) -> float:
    """Test the network as it is saved: in float32, of Keras's own layers."""
    network = build(recipe, fused=False)
    network.set_weights(trained.get_weights())
    right = 0
    for first in range(0, len(data.test_labels), TEST_BATCH):
        pictures = data.test_images[first : first + TEST_BATCH, ..., None].astype("float32") / 255
        called = network.predict_on_batch(pictures).argmax(axis=1)
        right += int((called == data.test_labels[first : first + TEST_BATCH]).sum())
    return right / len(data.test_labels)


def measure(asked: argparse.Namespace, recipe: Recipe, data: FashionMnist) -> None:
    device, count = find_device(), len(data.train_labels)
    peak = matmul_peak(device, asked.precision)
    print(f"{device}, keras {keras.__version__} on {keras.backend.backend()}")
    print(f"{peak / 1e12:.2f} TFLOP/s in a large product of matrices in {asked.precision}", flush=True)
    loop = make_loop(*begin(recipe, asked.precision, 0), rows_of(data.train_images), data.train_labels, recipe)
    print(f"{recipe}\ncompiling {compile_seconds(loop, recipe, count):.1f} s", flush=True)
    flops = 2 * 3 * multiplications(loop.model)
    for epochs in asked.epochs:
        seconds, accuracies = [], []
        for seed in range(asked.seeds):
            model, optimizer = begin(recipe, asked.precision, seed)
            optimizer.build(model.trainable_variables)
            restore(loop.model, loop.optimizer, values_of(model, optimizer))
            seconds.append(run(loop, recipe, count, seed, epochs))
            accuracies.append(accuracy_of(loop.model, recipe, data))
        took, accuracy = statistics.fmean(seconds), statistics.fmean(accuracies)
        speed = epochs * (count // recipe.batch_size) * recipe.batch_size / took
        beyond = "   <- beyond" * (took > SECONDS or accuracy < ACCURACY)
        print(
            f"{epochs:>3} epochs  {took:7.2f} s ({min(seconds):.2f} to {max(seconds):.2f})  "
            f"{accuracy:.2%} ({min(accuracies):.2%} to {max(accuracies):.2%})  {speed:,.0f} images/s  "
            f"{flops * speed / peak:.1%} of the product   reach {SECONDS:g} s, {ACCURACY:.0%}{beyond}",
            flush=True,
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure a training by Keras on JAX.")
    parser.add_argument("--pack", type=Path, help="write the data set into this .npz file, and end")
    parser.add_argument("--data", type=Path, help="such a file; otherwise the data set of this machine")
    parser.add_argument("--model", default="resnet", choices=RECIPES)
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--epochs", default="12", help="one or several, as in 8,12,16")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--precision", default="bfloat16", choices=PRECISIONS)
    parser.add_argument("--recipe", default="", help="other settings, as in kernel_rate=0.2,rate=0.03,width=32")
    parser.add_argument("--pictures", type=int, help="so many of each part only")
    parser.add_argument("--door", action="store_true", help="also the report of `train`")
    asked = parser.parse_args(arguments)
    if asked.pack is not None:
        pack(asked.pack)
        return
    asked.epochs = [int(part) for part in asked.epochs.split(",")]
    data = load(asked.data, asked.pictures)
    recipe = replace(RECIPES[asked.model], batch_size=asked.batch, **settings(asked.recipe))
    measure(asked, recipe, data)
    if asked.door:
        print(train(asked.model, epochs=min(asked.epochs), recipe=recipe, precision=asked.precision, data=data))


if __name__ == "__main__":
    main()
