"""What our trainings take on one core, beside those that others teach, on the full Fashion-MNIST.

Each training runs in a fresh process on a core of its own. What counts is CPU seconds with the building of the network
and of its graph, without loading and without the test; images/s and the share of what the core reaches in a large
product of matrices are those of the steps alone, by the clock, which on an idle core is the same ("shared!" if it was
not). All are means over the seeds, which take turns, so that a noisy minute hits every row.
"""

import argparse
import json
import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.training_table import show

# TensorFlow counts the cores when it is loaded, so only functions that run in a child, on its core, import it.

FAST_BFLOAT16 = 1.2  # times float32 in a large product; a processor below this has none
EAGER_STEPS = 300


@dataclass(frozen=True)
class Ours:
    """A network of `tfkit.training`, for how many epochs, and settings other than those in `RECIPES`."""

    model: str
    epochs: int
    recipe: dict[str, Any] = field(default_factory=dict)


OURS = {
    "mlp": Ours("mlp", 5),
    "cnn": Ours("cnn", 2),
    "three": Ours("cnn", 8, {"width": 32}),
    "94": Ours("resnet", 5),
    "eight": Ours("resnet", 9),
}


@dataclass(frozen=True)
class Taught:
    """A training that others teach; `way` returns how to make its network, its data, the test's, and more for fit."""

    title: str
    way: Callable[[Any], tuple[Callable[[], Any], tuple[Any, Any], tuple[Any, Any], dict[str, Any]]]
    epochs: int


def tutorial(data: Any) -> tuple[Callable[[], Any], tuple[Any, Any], tuple[Any, Any], dict[str, Any]]:
    """https://www.tensorflow.org/tutorials/keras/classification, as it is written."""
    import keras

    def make() -> Any:
        model = keras.Sequential(
            [
                keras.layers.Flatten(input_shape=(28, 28)),
                keras.layers.Dense(128, activation="relu"),
                keras.layers.Dense(10),
            ]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
        return model

    return make, (data.train_images / 255.0, data.train_labels), (data.test_images / 255.0, data.test_labels), {}


def example(data: Any) -> tuple[Callable[[], Any], tuple[Any, Any], tuple[Any, Any], dict[str, Any]]:
    """https://keras.io/examples/vision/mnist_convnet/ with the clothes, for 12 epochs (15 there).

    There a tenth of the pictures is put aside and looked at after each epoch. Here it trains on all of them, as ours
    do: for about the same time, and to the good of its accuracy.
    """
    import keras

    layers = keras.layers

    def make() -> Any:
        model = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layers.Conv2D(32, 3, activation="relu"),
                layers.MaxPooling2D(2),
                layers.Conv2D(64, 3, activation="relu"),
                layers.MaxPooling2D(2),
                layers.Flatten(),
                layers.Dropout(0.5),
                layers.Dense(10, activation="softmax"),
            ]
        )
        model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
        return model

    def ready(images: Any, labels: Any) -> tuple[Any, Any]:
        return images.astype("float32")[..., None] / 255, keras.utils.to_categorical(labels, 10)

    training, test = ready(data.train_images, data.train_labels), ready(data.test_images, data.test_labels)
    return make, training, test, {"batch_size": 128}


TAUGHT = {
    "b": Taught("(b) tensorflow.org's tutorial", tutorial, 10),
    "c": Taught("(c) Keras's convnet example", example, 12),
}
ONCE = ("loading", "replicas")  # whatever the seed
ROWS = [*TAUGHT, "eager", *OURS, *ONCE]


def run_taught(taught: Taught, seed: int, epochs: int) -> dict[str, Any]:
    import keras

    from tfkit.course.data import load_fashion_mnist
    from tfkit.training.device import find_device, matmul_peak
    from tfkit.training.networks import multiplications

    make, training, test, options = taught.way(load_fashion_mnist("full"))
    keras.utils.set_random_seed(seed)
    ends = []
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()))
    start, wall = time.process_time(), time.perf_counter()
    model = make()
    model.fit(*training, epochs=epochs, verbose=0, callbacks=[note], **options)
    seconds, wall = time.process_time() - start, time.perf_counter() - wall
    if epochs > 1:  # in the first one the graph is built
        speed = len(training[0]) * (epochs - 1) / (ends[-1] - ends[0])
    else:
        speed = len(training[0]) / wall
    peak = matmul_peak(find_device(), "float32")
    return {
        "epochs": epochs,
        "accuracy": model.evaluate(*test, verbose=0)[1],
        "cpu_seconds": seconds,
        "wall_seconds": wall,
        "images_per_second": speed,
        "share": 2 * 3 * multiplications(model) * speed / peak,
        "peak_gflops": peak / 1e9,
        "precision": "float32",
    }


def run_ours(ours: Ours, seed: int, epochs: int, precision: str | None) -> dict[str, Any]:
    from tfkit.training.recipe import RECIPES
    from tfkit.training.train import train

    recipe = replace(RECIPES[ours.model], **ours.recipe)
    report = train(ours.model, epochs=epochs, seed=seed, recipe=recipe, precision=precision)
    return {
        "epochs": epochs,
        "accuracy": report.test_accuracy,
        "cpu_seconds": report.cpu_seconds,
        "wall_seconds": report.wall_seconds,
        "images_per_second": report.images_per_second,
        "share": report.gflops_per_second / report.peak_gflops,
        "peak_gflops": report.peak_gflops,
        "precision": report.precision,
        "step_seconds": report.step_seconds,
    }


def run_eager(seed: int) -> dict[str, Any]:
    """The tutorial's net in the loop of Keras's guide to writing one, without `tf.function`."""
    import keras
    import tensorflow as tf

    from tfkit.course.data import load_fashion_mnist

    make, (images, labels), *_ = tutorial(load_fashion_mnist("full"))
    keras.utils.set_random_seed(seed)
    model, optimizer = make(), keras.optimizers.Adam()
    loss_of, accuracy = (
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        keras.metrics.SparseCategoricalAccuracy(),
    )
    warm_up, batch = 20, 32
    count = (warm_up + EAGER_STEPS) * batch
    batches = tf.data.Dataset.from_tensor_slices((images[:count], labels[:count])).shuffle(1024).batch(batch)
    start = 0.0
    for step, (x, y) in enumerate(batches):
        if step == warm_up:
            start = time.process_time()
        with tf.GradientTape() as tape:
            scores = model(x, training=True)
            loss = loss_of(y, scores)
        optimizer.apply(tape.gradient(loss, model.trainable_weights), model.trainable_weights)
        accuracy.update_state(y, scores)
    step_seconds = (time.process_time() - start) / EAGER_STEPS
    return {"step_seconds": step_seconds, "epoch_seconds": step_seconds * len(images) / batch}


def run_loading() -> dict[str, Any]:
    from tests.benchmarks.loading import first_and_second_time

    return dict(first_and_second_time())


def run_replicas() -> dict[str, Any]:
    """How far the losses of two workers are from those of one, the most of the steps that can be compared."""
    from tests.training.teams import COMPARABLE_STEPS, alone_and_together

    found = {}
    for model, steps in COMPARABLE_STEPS.items():
        with tempfile.TemporaryDirectory() as folder:
            one, two = alone_and_together(Path(folder), model)
        found[model] = {"steps": steps, "difference": float(abs(two - one)[:steps].max())}
    return {"replicas": found}


def run_peaks() -> dict[str, Any]:
    from tfkit.training.device import find_device, matmul_peak

    device = find_device()
    return {"device": str(device), **{name: matmul_peak(device, name) / 1e9 for name in ("float32", "bfloat16")}}


def one(name: str, seed: int, epochs: int | None, float32: bool) -> dict[str, Any]:
    """What a child does."""
    if name in TAUGHT:
        return run_taught(TAUGHT[name], seed, epochs or TAUGHT[name].epochs)
    if name in OURS:
        return run_ours(OURS[name], seed, epochs or OURS[name].epochs, "float32" if float32 else None)
    others = {"eager": lambda: run_eager(seed), "loading": run_loading, "replicas": run_replicas, "peaks": run_peaks}
    return others[name]()


def child(name: str, seed: int, core: int, options: Sequence[str]) -> dict[str, Any]:
    """Return what a fresh process on a core finds out; an empty answer if it breaks."""
    command = [sys.executable, __file__, "--one", name, "--seed", str(seed), "--core", str(core), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"{name}, seed {seed}, broke:\n{done.stderr[-2000:]}", file=sys.stderr, flush=True)
        return {}
    answer = json.loads(done.stdout.splitlines()[-1])
    figures = ", ".join(f"{key} {answer[key]:.4g}" for key in ("accuracy", "cpu_seconds") if key in answer)
    print(f"{name}, seed {seed}, core {core}: {figures or answer}", file=sys.stderr, flush=True)
    return {"name": name, "seed": seed, "core": core, **answer}


def run_all(
    tasks: Sequence[tuple[str, int]],
    cores: Sequence[int],
    options: Sequence[str],
    keep: Callable[[list[dict[str, Any]]], object],
) -> list[dict[str, Any]]:
    """Run the tasks in their order, as many at a time as there are cores; `keep` is told what is known so far."""
    free: queue.SimpleQueue[int] = queue.SimpleQueue()
    for core in cores:
        free.put(core)
    found: list[dict[str, Any]] = []

    def work(task: tuple[str, int]) -> None:
        core = free.get()
        try:
            if answer := child(*task, core, options):
                found.append(answer)
                keep(found)
        finally:
            free.put(core)

    with ThreadPoolExecutor(len(cores)) as pool:
        list(pool.map(work, tasks))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, or, in a child, one line of JSON."""
    parser = argparse.ArgumentParser(description="Measure trainings on one core.")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", default="", help=f"some of {','.join(ROWS)}")
    parser.add_argument("--float32", action="store_true", help="ours in float32, as on an older processor")
    parser.add_argument("--json", type=Path, help="a file for all single results, kept while it runs")
    parser.add_argument("--core", type=int, default=0, help="the first core to use")
    parser.add_argument("--jobs", type=int, default=1, help="so many trainings at a time, on this core and the next")
    parser.add_argument("--epochs", type=int, help="so many in every training: to try whether all runs")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.one:
        os.sched_setaffinity(0, {asked.core})
        print(json.dumps(one(asked.one, asked.seed, asked.epochs, asked.float32)))
        return

    names = asked.rows.split(",") if asked.rows else ROWS
    if unknown := set(names) - set(ROWS):
        parser.error(f"there is no row {', '.join(sorted(unknown))}; choose from {', '.join(ROWS)}")
    options = ["--float32"] * asked.float32 + (["--epochs", str(asked.epochs)] if asked.epochs else [])
    peaks = child("peaks", 0, asked.core, [])
    if not peaks:
        sys.exit(1)
    is_slow = asked.float32 or peaks["bfloat16"] < FAST_BFLOAT16 * peaks["float32"]
    tasks = [(name, seed) for seed in range(asked.seeds) for name in ROWS if name in names]
    tasks = [(name, seed) for name, seed in tasks if seed == 0 or name not in ONCE]

    def keep(found: list[dict[str, Any]]) -> None:
        if asked.json is not None:
            rows = {name: asdict(row) for name, row in OURS.items()}
            asked.json.write_text(json.dumps({"peaks": peaks, "ours": rows, "results": found}, indent=1))

    found = run_all(tasks, range(asked.core, asked.core + asked.jobs), options, keep)
    print(f"{peaks['device']}: {peaks['float32']:.0f} GFLOP/s in float32, {peaks['bfloat16']:.0f} in bfloat16")
    print(f"seeds: {asked.seeds}")
    show(found, {name: taught.title for name, taught in TAUGHT.items()}, is_slow)
    if len(found) < len(tasks):
        sys.exit(f"{len(tasks) - len(found)} of {len(tasks)} broke and are left out")


if __name__ == "__main__":
    main()
