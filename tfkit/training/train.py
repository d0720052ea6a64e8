"""Train a network on Fashion-MNIST: from a name to a report.

The way of a training: what was asked for, and a checkpoint if there is one; the device and its precision; epochs,
each a plan and the steps in it; at the end the network in Keras's own layers, which is tested and saved.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tfkit.atomic import written_beside
from tfkit.course.data import FashionMnist, load_fashion_mnist
from tfkit.errors import FileError, TrainingError
from tfkit.training.batches import SIDE
from tfkit.training.device import PRECISIONS, Device, find_device, matmul_peak
from tfkit.training.networks import CLASSES, build, multiplications
from tfkit.training.recipe import RECIPES, Recipe, for_device
from tfkit.training.report import Report, mistakes_of
from tfkit.training.run import Asked, Progress, Run
from tfkit.training.team import Team

_TEST_BATCH = 1000


def train(
    model: str = "cnn",
    *,
    epochs: int | None = None,
    minutes: float | None = None,
    seed: int = 0,
    logdir: str | Path | None = None,
    save: str | Path | None = None,
    report: str | Path | None = None,
    recipe: Recipe | None = None,
    precision: str | None = None,
    held_out: int = 0,
    data: FashionMnist | None = None,
    progress: Callable[[Progress], None] | None = None,
    team: Team | None = None,
) -> Report:
    """Train a network on Fashion-MNIST and return what came out of it.

    A training with a log folder goes on where it was interrupted: call it again with the same arguments. Ctrl-C
    writes a checkpoint and returns the report so far.

    Args:
        model: "softmax", "mlp", "cnn" or "resnet".
        epochs: How often it sees all training pictures; 10 if neither this nor `minutes` is given.
        minutes: Instead of `epochs`: as many whole epochs as fit, at least one, by the time of a few steps.
        seed: Where chance begins; the same seed makes the same batches.
        logdir: A folder for checkpoints and TensorBoard's curves; without it nothing is kept.
        save: A ``.keras`` file for the trained network. It consists of Keras's own layers and opens without tfkit.
        report: A ``.json`` file for the report.
        recipe: Other settings than those in `RECIPES`, which a GPU takes with larger batches.
        precision: "float32", "bfloat16" or "float16"; without it a step of each is timed.
        held_out: So many training pictures are left out, and the network is measured on them, not on the test
            pictures: to choose settings.
        data: Other pictures than the full Fashion-MNIST.
        progress: Called several times in an epoch.
        team: The workers that train together, of which this process is one; see `tfkit.training.member.work`.

    Raises:
        TrainingError: If it cannot be trained as asked, or the loss is no number any more.
        DataError: If the full data are not there, or damaged.
        FileError: If a file cannot be written or read.

    Example:
        >>> from tfkit import load_fashion_mnist
        >>> result = train("softmax", epochs=2, precision="float32", data=load_fashion_mnist("small"))
        >>> result.epochs, result.test_accuracy > 0.5
        (2.0, True)
    """
    device = find_device()
    recipe = _recipe(model, recipe, device)
    _check(epochs, minutes, seed, precision)
    _check_path(logdir)
    _check_target(save, ".keras")
    _check_target(report, ".json")
    data = load_fashion_mnist("full") if data is None else data
    _check_data(data)
    count = _check_held_out(held_out, data, recipe)
    folder = None if logdir is None else Path(logdir)
    epochs = epochs if epochs or minutes else 10
    pictures = np.ascontiguousarray(data.train_images[:count])
    asked = Asked(recipe, epochs, minutes, seed, precision, count, zlib.crc32(pictures.data))

    team = team or Team()
    run = Run(asked, pictures, data.train_labels[:count], device, folder, team)
    finished = run.to_the_end(progress)

    network = _in_own_layers(run.loop.model, recipe)
    result = Report(
        model=recipe.network,
        parameters=sum(math.prod(weight.shape) for weight in network.trainable_weights),
        seed=seed,
        finished=finished,
        data=data.source,
        versions=_versions(),
        **_figures(run, network, team),
        **_tested(network, data, held_out),
    )
    if save is not None and team.leads:
        _save(network, Path(save))
    if report is not None and team.leads:
        result.save(report)
    team.mean(0)  # nobody leaves before all are done
    return result


def _recipe(model: str, recipe: Recipe | None, device: Device) -> Recipe:
    if not isinstance(model, str) or model not in RECIPES:
        raise TrainingError(f"There is no model {model!r}. Choose one of: {', '.join(RECIPES)}.")
    if recipe is not None and not isinstance(recipe, Recipe):
        raise TrainingError(f"recipe is a Recipe, not {type(recipe).__name__}.")
    if recipe is not None and recipe.network != model:
        raise TrainingError(f"The recipe is for {recipe.network!r}, the model is {model!r}.")
    return recipe or for_device(RECIPES[model], device.kind)


def _check(epochs: int | None, minutes: float | None, seed: int, precision: str | None) -> None:
    if epochs is not None and minutes is not None:
        raise TrainingError("Give epochs or minutes, not both.")
    if epochs is not None and (type(epochs) is not int or epochs < 1):
        raise TrainingError(f"epochs is a whole number from 1 up, not {epochs!r}.")
    if minutes is not None and not (type(minutes) in (int, float) and 0 < minutes < math.inf):
        raise TrainingError(f"minutes is a number above 0, not {minutes!r}.")
    if type(seed) is not int or not 0 <= seed < 2**32:
        raise TrainingError(f"seed is a whole number from 0 to {2**32 - 1:,}, not {seed!r}.")
    if precision is not None and (not isinstance(precision, str) or precision not in PRECISIONS):
        raise TrainingError(f"There is no precision {precision!r}. Choose one of: {', '.join(PRECISIONS)}.")


def _check_path(path: object) -> None:
    if path is not None and not isinstance(path, (str, Path)):
        raise FileError(f"A path is a text or a pathlib.Path, not {path!r}.")


def _check_target(path: str | Path | None, ending: str) -> None:
    """Refuse before the training what could not be written after it."""
    _check_path(path)
    if path is None:
        return
    target = Path(path)
    if target.suffix != ending:
        raise FileError(f"{str(path)!r} should end with {ending}.")
    if target.is_dir():
        raise FileError(f"{str(path)!r} cannot be written: it is a folder.")
    if not target.absolute().parent.is_dir():
        raise FileError(f"{str(path)!r} cannot be written: {str(target.absolute().parent)!r} is no folder.")


def _check_data(data: FashionMnist) -> None:
    if not isinstance(data, FashionMnist):
        raise TrainingError(f"data is what load_fashion_mnist returns, not {type(data).__name__}.")
    for images, labels in ((data.train_images, data.train_labels), (data.test_images, data.test_labels)):
        if images.shape != (len(labels), SIDE, SIDE) or images.dtype != np.uint8 or len(labels) == 0:
            raise TrainingError(f"{len(labels):,} pictures of {SIDE} x {SIDE} bytes were expected, not {images.shape}.")
        if not 0 <= labels.min() <= labels.max() < CLASSES:
            raise TrainingError(f"The labels of data are from 0 to {CLASSES - 1}.")


def _check_held_out(held_out: int, data: FashionMnist, recipe: Recipe) -> int:
    """Return how many pictures are left for training."""
    count = len(data.train_labels)
    if type(held_out) is not int or not 0 <= held_out < count:
        raise TrainingError(f"held_out is a whole number from 0 to {count - 1:,}, not {held_out!r}.")
    if count - held_out < recipe.batch_size:
        raise TrainingError(f"{count - held_out:,} pictures are less than one batch of {recipe.batch_size}.")
    return count - held_out


def _figures(run: Run, network: keras.Model, team: Team) -> dict[str, Any]:
    standing, asked = run.standing, run.asked
    images = standing.step * asked.recipe.batch_size
    seconds = max(standing.run_seconds, 1e-9)
    flops = 2 * 3 * multiplications(network)  # a product and a sum each; forward, to the inputs, to the weights
    return {
        "epochs": standing.step / asked.steps,
        "losses": tuple(standing.losses),
        "cpu_seconds": team.mean(standing.cpu_seconds) * team.count,
        "wall_seconds": standing.wall_seconds,
        "images_per_second": images / seconds,
        "gflops_per_second": images * flops / seconds / 1e9,
        "peak_gflops": matmul_peak(run.device, standing.precision) * team.count / 1e9,
        "device": str(run.device),
        "precision": standing.precision,
        "step_seconds": standing.step_seconds,
    }


def _tested(network: keras.Model, data: FashionMnist, held_out: int) -> dict[str, Any]:
    """Return how many of the pictures it names rightly that it was not trained on, and which mistakes it makes."""
    images, labels = data.test_images, data.test_labels
    if held_out:
        images, labels = data.train_images[-held_out:], data.train_labels[-held_out:]
    called = _classes(network, images)
    accuracy = float(np.mean(called == labels))
    return {
        "test_accuracy": None if held_out else accuracy,
        "held_out_accuracy": accuracy if held_out else None,
        "mistakes": mistakes_of(labels, called, data.class_names),
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in ("tfkit-course", "keras", keras.backend.backend()):
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def _in_own_layers(trained: keras.Model, recipe: Recipe) -> keras.Model:
    """Return the network as it is saved and tested: in float32, of Keras's own layers."""
    model = build(recipe, fused=False)
    model.set_weights(trained.get_weights())
    return model


def _classes(network: keras.Model, images: NDArray[np.uint8]) -> NDArray[np.int64]:
    parts: list[Any] = []
    for first in range(0, len(images), _TEST_BATCH):
        pictures = images[first : first + _TEST_BATCH, ..., None].astype("float32") / 255
        parts.append(network.predict_on_batch(pictures).argmax(axis=1))
    return np.concatenate(parts)


def _save(network: keras.Model, target: Path) -> None:
    try:
        with written_beside(target) as beside:
            network.save(beside)
    except OSError as error:
        raise FileError(f"Cannot write the network {str(target)!r}: {error.strerror or error}.") from error
