"""Exercises of lesson 12: labels of a square, learning it, failing with straight lines, another activation."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfkit.course.answers import Mistake, describe, dice, kind, numbers, require_function, result_of
from tfkit.course.check import task
from tfkit.course.exercises.expect import entries

_HALF = 1 / np.sqrt(8)
_GOOD = 0.95
_LINE = 0.70  # the best line is right for 0.65 of the area; 512 points may be a little kinder

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Write the labels: 1 inside the inner square of half width 1/sqrt(8), else 0, one for each point.",
    "a.hint.1": "The middle of the square is (0.5, 0.5). How far is a point from it along each axis?",
    "a.hint.2": "Inside means: the distance is smaller than a along x *and* along y. `np.abs(points - 0.5) < a` tests both.",
    "a.hint.3": "`np.all(np.abs(points - 0.5) < a, axis=1)`, with a = 1 / np.sqrt(8).",
    "a.praise": "Half of the area, so both classes are equally frequent: guessing gives 0.5.",
    "a.either": "You label points that are inside along one axis only. Both must hold: use and, not or.",
    "a.circle": "That is a circle around the middle. The inner region is a square.",
    "a.turned": "Inside and outside are exchanged: 1 is inside.",
    "a.half": "Your square is too small: 1/sqrt(8) is half of its width, not the whole.",
    "a.whole": "Your square is too large: 1/sqrt(8) is already half of its width.",
    "a.diamond": "That is a square on its tip. The distances along the two axes must each be small, not their sum.",
    "a.numbers": "The labels should be 1 and 0, but there is {given:g} among yours.",
    "a.corner": "Your square begins at the corner. Its middle is (0.5, 0.5).",
    "a.shape": "There should be one label for each point, shape ({count},), but yours have the shape {shape}.",
    "a.values": "{count} of {all} labels are not right. For the point {point} it should be {wanted}.",
    "b.prompt": "Train a net that labels at least 0.95 of 512 new points rightly.",
    "b.hint.1": "Two hidden layers of ten units with relu, a sigmoid at the end, and binary cross-entropy.",
    "b.hint.2": "The net of the lesson has all it needs but time. Train it for longer than 40 epochs.",
    "b.hint.3": '`net = build("relu")`, compile it with Adam(0.01), then `net.fit(points, labels, epochs=200, verbose=0)`.',
    "b.praise": "It has found the square from 512 examples alone.",
    "b.kind": "The answer should be a trained model, or a function of points, but it is {kind}: {answer}.",
    "b.history": "That is the history which `fit` returns. Give the model itself: fit trains it in place.",
    "b.count": "{count} answers for 512 points: give one probability or label for each.",
    "b.constant": "Every point gets the same label. Was the net trained?",
    "b.low": "{right} of 512 points are right, that is {accuracy:.3f}. Train longer, or with a larger rate.",
    "b.turned": "Almost every label is the wrong way round. Is 1 the label of the inside?",
    "c.prompt": "Train a net without activations in its hidden layers, and see it fail: below 0.70.",
    "c.hint.1": 'The same layers as before, but leave out `activation="relu"`.',
    "c.hint.2": "The sigmoid at the end may stay. Train it as long as the other one.",
    "c.hint.3": "Dense(10), Dense(10), Dense(1, activation='sigmoid'), 200 epochs.",
    "c.praise": "Linear layers collapse into one, and one line cannot cut out a square.",
    "c.hidden": "A hidden layer has the activation {name}. Leave it out: hidden layers should be linear.",
    "c.shallow": "The net has {count} layers with weights. Take three, as in the net that works.",
    "c.untrained": "The weights are those of a new net. Train it as well: only then is the comparison fair.",
    "c.good": "{accuracy:.3f} of the points are right, which no straight line can do. Something is not linear here.",
    "c.model": "The answer should be a Keras model, but it is {kind}.",
    "d.prompt": "Say for each of four changes whether the net can still learn the square.",
    "d.hint.1": "Ask for each: is there something between the layers that is not a straight line?",
    "d.hint.2": "tanh bends, like relu. The linear activation does not. What does a sigmoid at the end do?",
    "d.hint.3": "Learns: 1 and 4. Fails: 2 and 3.",
    "d.praise": "It is the bend in the hidden layers that counts, whatever its form.",
    "d.1": "Change 1: tanh is bent as well. It learns the square as relu does.",
    "d.2": "Change 2: linear hidden layers collapse, whatever follows them.",
    "d.3": "Change 3: softmax over a single unit is always 1, so every point gets the same label.",
    "d.4": "Change 4: a sigmoid in the hidden layers is bent too. It learns, only more slowly.",
}


@cache
def square(seed: int, count: int = 512) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return points of the unit square `(count, 2)` and their labels `(count,)`: 1 in the inner square.

    Example:
        >>> points, labels = square(1)
        >>> points.shape, labels.shape
        ((512, 2), (512,))
    """
    points = np.random.default_rng(seed).random((count, 2)).astype("float32")
    return points, (np.abs(points - 0.5) < _HALF).all(1).astype("float32")


# What a learner may draw instead of the square.
_SLIPS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "either": lambda points: (np.abs(points - 0.5) < _HALF).any(1),
    "circle": lambda points: ((points - 0.5) ** 2).sum(1) < _HALF**2,
    "turned": lambda points: ~(np.abs(points - 0.5) < _HALF).all(1),
    "half": lambda points: (np.abs(points - 0.5) < _HALF / 2).all(1),
    "whole": lambda points: (np.abs(points - 0.5) < 2 * _HALF).all(1),
    "diamond": lambda points: np.abs(points - 0.5).sum(1) < _HALF,
    "corner": lambda points: (np.abs(points) < _HALF).all(1),
}


def _check_labels(answer: Any) -> None:
    function = require_function(answer)
    random = dice(12)
    for count in (512, 40):
        points, wanted = square(int(random.integers(1 << 30)), count)
        given = numbers(result_of(function, points), "one label for each point")
        if given.size == count == len(given):
            given = given.ravel()
        if given.shape != (count,):
            raise Mistake(_SAY["a.shape"].format(count=count, shape=given.shape))
        given = given.astype("float32")
        for name, slip in _SLIPS.items():
            if (given == slip(points)).all():
                raise Mistake(_SAY[f"a.{name}"])
        for other in set(given.tolist()) - {0.0, 1.0}:
            raise Mistake(_SAY["a.numbers"].format(given=other))
        wrong = np.flatnonzero(given != wanted)
        if wrong.size:
            point = points[wrong[0]].astype(float).round(3).tolist()
            told = {"count": wrong.size, "all": count, "point": point, "wanted": int(wanted[wrong[0]])}
            raise Mistake(_SAY["a.values"].format(**told))


def _labels(answer: Any, points: NDArray[Any]) -> NDArray[Any]:
    """Return the labels that a model or function gives to points."""
    if hasattr(answer, "predict"):
        given = answer.predict(points, verbose=0)
    elif callable(answer):
        given = result_of(answer, points)
    elif hasattr(answer, "history"):
        raise Mistake(_SAY["b.history"])
    else:
        raise Mistake(_SAY["b.kind"].format(kind=kind(answer), answer=describe(answer)))
    values = numbers(given, "probabilities")
    if values.shape == (len(points), 2):  # two classes, as softmax gives them
        return np.asarray(values[:, 1] > values[:, 0])
    values = values.ravel()
    if len(values) != len(points):
        raise Mistake(_SAY["b.count"].format(count=len(values)))
    return values > 0.5


def _accuracy(answer: Any) -> tuple[int, bool]:
    """Return how many of 512 new points are labelled rightly, and whether all got the same label."""
    points, labels = square(int(dice(120).integers(1 << 30)))
    given = _labels(answer, points)
    return int((given == labels).sum()), len(set(given.tolist())) == 1


def _check_net(answer: Any) -> None:
    if answer is None:
        numbers(answer, "a model")
    right, same = _accuracy(answer)
    if right < _GOOD * 512:
        if same:
            raise Mistake(_SAY["b.constant"])
        if right < 0.1 * 512:
            raise Mistake(_SAY["b.turned"])
        raise Mistake(_SAY["b.low"].format(right=right, accuracy=right / 512))


def _check_linear(answer: Any) -> None:
    layers = [layer for layer in getattr(answer, "layers", ()) if getattr(layer, "units", None)]
    if not layers:
        raise Mistake(_SAY["c.model"].format(kind=kind(answer)))
    if len(layers) < 3:
        raise Mistake(_SAY["c.shallow"].format(count=len(layers)))
    for layer in layers[:-1]:
        name = getattr(layer.activation, "__name__", "linear")
        if name != "linear":
            raise Mistake(_SAY["c.hidden"].format(name=name))
    biases = [np.asarray(layer.bias) for layer in layers if layer.bias is not None]
    if biases and not any(bias.any() for bias in biases):  # biases begin at 0
        raise Mistake(_SAY["c.untrained"])
    right, _ = _accuracy(answer)
    if right >= _LINE * 512:
        raise Mistake(_SAY["c.good"].format(accuracy=right / 512))


def _check_changes(answer: Any) -> None:
    if isinstance(answer, (list, tuple)):
        answer = [bool(one) if type(one) is int and one in (0, 1) else one for one in answer]
    entries("d", _SAY, [True, False, False, True])(answer)


TASKS = (
    task("a", _SAY, answer="label", check=_check_labels),
    task("b", _SAY, answer="net", check=_check_net),
    task("c", _SAY, answer="straight", check=_check_linear),
    task("d", _SAY, answer="learns", check=_check_changes),
)
