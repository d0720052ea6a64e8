"""Exercises of lesson 10: a softmax that does not overflow, a loss, a slip on a slide, counting from 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, numbers, require_function, result_of
from tfkit.course.check import task
from tfkit.course.exercises.expect import entries, function, number

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Write the softmax of each row, so that large logits do not break it.",
    "a.hint.1": "e to the power 1000 overflows. What happens to a softmax if the same number is taken from all logits of a row?",
    "a.hint.2": "Nothing: it cancels. So take each row's largest logit from the row first; keepdims keeps the shape.",
    "a.hint.3": "`e = tf.exp(z - tf.reduce_max(z, axis=1, keepdims=True))`, then `e / tf.reduce_sum(e, axis=1, keepdims=True)`.",
    "a.praise": "Rows that sum to 1, for logits of any size.",
    "a.overflow": "Your softmax of {logits} is {given}: the exponential overflows. Take from each row its own largest logit first.",
    "a.values": "Your softmax of {logits} is {given}; it should be {wanted}.",
    "a.keepdims": "The sums have the shape (n,) and cannot divide a table (n, k). keepdims=True keeps their second axis.",
    "a.shifted": "The largest logit is gone, and these are the exponentials. Divide each row by its sum as well.",
    "a.log": "That is the logarithm of the softmax.",
    "a.whole": "You divide by the sum of the whole table. Each row must sum to 1: axis=1 and keepdims=True.",
    "a.columns": "Your columns sum to 1. The classes lie along the rows: axis=1.",
    "a.exp": "These are only the exponentials. Divide each row by its sum.",
    "a.plain": "You divide the logits by their sum. Take the exponential first.",
    "a.l2": "You divide by the Euclidean norm. For probabilities it must be the plain sum (the L1 norm).",
    "b.prompt": "What is the cross-entropy loss of the ten probabilities if the picture is a 6?",
    "b.hint.1": "Only the probability of the true class counts: the one-hot label is 0 everywhere else.",
    "b.hint.2": "The sixth class counts from 0, so it is the seventh number, 0.8.",
    "b.hint.3": "Minus the natural logarithm of 0.8.",
    "b.praise": "0.2231. Had the model been sure, it would be 0.",
    "b.0.8": "That is the probability itself. The loss is minus its logarithm.",
    "b.-0.223144": "The sign: a logarithm of something below 1 is negative, and the loss is minus that.",
    "b.0.09691": "That is the logarithm to base 10. Use the natural one, tf.math.log.",
    "b.1.609438": "That is the loss for a probability of 0.2. The model gave 0.8 to the 6.",
    "b.2.995732": "You took the sixth number, which belongs to class 5. Classes are counted from 0.",
    "b.nan": "0 times log 0 is no number (NaN). Take the logarithm of the true class alone, or use tf.math.xlogy(y, y_hat).",
    "b.inf": "The logarithm of 0 is minus infinity. Only the probability of the true class counts.",
    "b.0.22": "Nearly. Give four decimals.",
    "b.other": "{answer} is not minus the logarithm of 0.8.",
    "c.prompt": "Write the second probability of a softmax as it should stand on the slide.",
    "c.hint.1": "The numerator belongs to the class: for the first it is e to the power z1.",
    "c.hint.2": "Python counts from 0, so z2 is `z[1]`.",
    "c.hint.3": "`tf.exp(z[1]) / tf.reduce_sum(tf.exp(z))`.",
    "c.praise": "With the slide's numerator the three probabilities would not sum to 1.",
    "c.slide": "That is the first class again, the slip of the slide. The numerator must be e to the power z2.",
    "c.third": "That is the third class. Python counts from 0: z2 is z[1].",
    "c.numerator": "The numerator is right; divide it by the sum over all classes.",
    "c.others": "The sum in the denominator goes over all classes, the second one too.",
    "c.three": "Your sum has three terms. z may have any length: add up all of them.",
    "c.plain": "Take the exponential of each number first.",
    "c.all": "You give all probabilities. Only the second was asked for.",
    "d.prompt": "Write two one-hot vectors of length 5: for class id 3, and for the third class.",
    "d.hint.1": "Class ids begin at 0. The id 3 is the fourth place.",
    "d.hint.2": "The third class has the id 2.",
    "d.hint.3": "`tf.one_hot(3, 5)` and `tf.one_hot(2, 5)`.",
    "d.praise": "Whenever somebody says 'class 3', ask whether they count from 0.",
    "d.1": "Vector 1, {answer}, should have its 1 where id 3 is, counted from 0.",
    "d.1.(0, 0, 1, 0, 0)": "Vector 1: that is id 2. Ids begin at 0, so id 3 is the fourth place.",
    "d.2": "Vector 2, {answer}, should have its 1 in the third place.",
    "d.2.(0, 0, 0, 1, 0)": "Vector 2: that is the fourth class. The third has the id 2.",
}


def _softmax(z: Any, axis: int | None = 1) -> Any:
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _tables(random: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for shape in ((2, 3), (4, 4), (1, 5)):
        yield (random.normal(0, 1.5, shape).astype("float32"),)


_matches = function(
    "a",
    _SAY,
    _softmax,
    _tables,
    mistakes={
        "whole": lambda z: _softmax(z, None),
        "columns": lambda z: _softmax(z, 0),
        "exp": np.exp,
        "shifted": lambda z: np.exp(z - z.max(axis=1, keepdims=True)),
        "log": lambda z: np.log(_softmax(z)),
        "plain": lambda z: z / z.sum(axis=1, keepdims=True),
        "l2": lambda z: np.exp(z) / np.sqrt((np.exp(z) ** 2).sum(axis=1, keepdims=True)),
    },
)


def _check_softmax(answer: Any) -> None:
    import tensorflow as tf

    call = require_function(answer)
    try:
        _matches(call)
    except tf.errors.InvalidArgumentError as error:
        raise Mistake(_SAY["a.keepdims"]) from error
    for logits in ([[1000.0, 0.0, 999.0], [0.0, 0.0, 0.0]], [[-1000.0, -1001.0, -1000.0], [3.0, 2.0, 1.0]]):
        with np.errstate(all="ignore"):
            given = numbers(result_of(call, tf.constant(logits)), "a table")
        for row, one, wanted in zip(logits, given, _softmax(np.array(logits)), strict=True):
            if not np.allclose(one, wanted, atol=1e-4):
                told = {"logits": row, "given": _short(one), "wanted": _short(wanted)}
                raise Mistake(_SAY["a.values" if np.isfinite(one).all() else "a.overflow"].format(**told))


def _short(row: Any) -> list[float]:
    return [round(float(value), 4) for value in row]


_is_loss = number("b", _SAY, -float(np.log(0.8)), tolerance=1e-3)


def _check_loss(answer: Any) -> None:
    if np.isnan(numbers(answer, "one number").astype(float)).any():
        raise Mistake(_SAY["b.nan"])
    if np.isinf(numbers(answer, "one number").astype(float)).all():
        raise Mistake(_SAY["b.inf"])
    _is_loss(answer)


_are_vectors = entries("d", _SAY, [(0, 0, 0, 1, 0), (0, 0, 1, 0, 0)])


def _check_vectors(answer: Any) -> None:
    if isinstance(answer, (list, tuple)):
        answer = [entry.numpy().tolist() if hasattr(entry, "numpy") else entry for entry in answer]
    elif hasattr(answer, "shape"):
        answer = numbers(answer, "two vectors").tolist()
    if isinstance(answer, list):
        answer = [tuple(int(n) if n in (0, 1) else n for n in one) if type(one) is list else one for one in answer]
    _are_vectors(answer)


def _exponentials(z: Any) -> Any:
    return np.exp(z.astype(float))


TASKS = (
    task("a", _SAY, answer="softmax", check=_check_softmax),
    task("b", _SAY, answer="loss_of_six", check=_check_loss),
    task(
        "c",
        _SAY,
        answer="second",
        check=function(
            "c",
            _SAY,
            lambda z: _exponentials(z)[1] / _exponentials(z).sum(),
            lambda random: ((random.normal(0, 1, count).astype("float32"),) for count in (3, 5)),
            mistakes={
                "slide": lambda z: _exponentials(z)[0] / _exponentials(z).sum(),
                "third": lambda z: _exponentials(z)[2] / _exponentials(z).sum(),
                "numerator": lambda z: _exponentials(z)[1],
                "others": lambda z: _exponentials(z)[1] / (_exponentials(z).sum() - _exponentials(z)[1]),
                "three": lambda z: _exponentials(z)[1] / _exponentials(z)[:3].sum(),
                "plain": lambda z: z[1] / z.sum(),
                "all": lambda z: _exponentials(z) / _exponentials(z).sum(),
            },
        ),
    ),
    task("d", _SAY, answer="vectors", check=_check_vectors),
)
