"""The check of exercises in which pictures of clothes are named: how many of the test pictures are right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfkit.course.answers import Mistake, kind, numbers
from tfkit.course.data import FashionMnist, load_fashion_mnist

# Everything that this check says to a learner.
_SAY = {
    "count": "There are {count:,} predictions. The test set has {wanted:,} images.",
    "kind": "Give the {wanted:,} predicted classes, or the ({wanted}, 10) probabilities, or the model, not {kind}.",
    "shape": "The predictions have the shape {shape}. Give ({wanted},) classes or ({wanted}, 10) probabilities.",
    "range": "A class is a number from 0 to 9, but the predictions go from {least:g} to {most:g}.",
    "labels": "These are the true labels themselves. Predict from the images.",
    "one_class": "All {wanted:,} images got the same class, {name}. Was the model trained, and on numbers from 0 to 1?",
    "low": "{correct:,} of {wanted:,} are right, an accuracy of {accuracy:.3f}. It should be {least:.2f} or more: train on.",
}


def clothes(
    least: float, load: Callable[[], FashionMnist] = lambda: load_fashion_mnist("small")
) -> Callable[[Any], None]:
    """Return a check for predictions of Fashion-MNIST: class numbers, scores of ten classes, or the model itself.

    Args:
        least: The accuracy to reach.
        load: Gives the data set of which the test images are predicted.

    Example:
        >>> data = load_fashion_mnist("small")
        >>> clothes(0.5)(np.where(np.arange(500) < 300, data.test_labels, 0))
    """

    def check(answer: Any) -> None:
        data = load()
        wanted = len(data.test_labels)
        classes = _classes(_predictions(answer, data), wanted)
        right = classes == data.test_labels
        accuracy, correct = float(right.mean()), int(right.sum())
        if correct == wanted:
            raise Mistake(_SAY["labels"])
        if len(set(classes.tolist())) == 1:
            raise Mistake(_SAY["one_class"].format(wanted=wanted, name=data.class_names[classes[0]]))
        if accuracy < least:
            raise Mistake(_SAY["low"].format(correct=correct, wanted=wanted, accuracy=accuracy, least=least))

    return check


def _predictions(answer: Any, data: FashionMnist) -> NDArray[Any]:
    """Return what was predicted; a Keras model or a function is asked for it, with prepared test images."""
    rows = data.test_images.reshape(-1, 784).astype("float32") / 255
    if hasattr(answer, "predict"):
        shape = tuple(getattr(answer, "input_shape", ()))
        images = rows if shape in ((), (None, 784)) else rows.reshape(-1, *[size or 1 for size in shape[1:]])
        return numbers(answer.predict(images, verbose=0), "predictions")
    if callable(answer):
        return numbers(answer(rows), "predictions")
    if isinstance(answer, (str, bytes, dict)):
        raise Mistake(_SAY["kind"].format(wanted=len(rows), kind=kind(answer)))
    return numbers(answer, f"{len(rows)} class numbers from 0 to 9")


def _classes(given: NDArray[Any], wanted: int) -> NDArray[Any]:
    """Return class numbers from class numbers or from ten scores each."""
    if given.ndim == 0:
        raise Mistake(_SAY["kind"].format(wanted=wanted, kind="a single number"))
    if len(given) != wanted:
        raise Mistake(_SAY["count"].format(count=len(given), wanted=wanted))
    if given.shape == (wanted, 10):
        return np.asarray(given.argmax(axis=1))
    if given.shape not in ((wanted,), (wanted, 1)):
        raise Mistake(_SAY["shape"].format(shape=given.shape, wanted=wanted))
    classes = given.ravel()
    if classes.dtype.kind == "b" or classes.min() < 0 or classes.max() > 9 or (classes != classes.round()).any():
        raise Mistake(_SAY["range"].format(least=float(classes.min()), most=float(classes.max())))
    return np.asarray(classes, dtype=int)
