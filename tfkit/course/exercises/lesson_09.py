"""Exercises of lesson 09: the gradient of logistic regression, the logits bug, labels that are none, overflow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, describe, kind, numbers, require_function, result_of
from tfkit.course.check import task
from tfkit.course.exercises.expect import choice, function

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Write the gradient of the mean cross-entropy by theta, without a tape.",
    "a.hint.1": "Predictions first: `y_hat = tf.sigmoid(X @ theta)`, one for each row.",
    "a.hint.2": "For one row the gradient is x (y_hat - y). Multiply by the turned X to add up all rows.",
    "a.hint.3": "`tf.transpose(X) @ (y_hat - y) / n`, with n the number of rows.",
    "a.praise": "Nothing is left of the logarithm: sigmoid and cross-entropy are made for each other.",
    "a.sign": "The sign: it is y_hat - y, prediction minus truth.",
    "a.linear": "You left out the sigmoid: y_hat is not X @ theta.",
    "a.sum": "These are the gradients of the sum. The loss is a mean: divide by the number of rows.",
    "a.twice": "The slope of the sigmoid has cancelled against that of the logarithm. Leave out y_hat (1 - y_hat).",
    "a.features": "You divide by the number of features. The mean goes over the rows.",
    "a.flat": "The numbers are right, but theta is a column (d, 1), and its gradient has the same shape.",
    "a.residuals": "You give y_hat - y for each row. Multiply by the turned X.",
    "b.prompt": "Write the mean cross-entropy from z and y with TensorFlow's own function, without the bug of the slide.",
    "b.hint.1": "What does the function want as `logits`? It applies the sigmoid itself.",
    "b.hint.2": "Give it z, not tf.sigmoid(z).",
    "b.hint.3": "`tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=z))`.",
    "b.praise": "One sigmoid, not two. Nothing else in the program had to change.",
    "b.double": "The sigmoid is applied twice: logits are the numbers before it. Give z itself.",
    "b.both": "The sigmoid is applied twice, and the mean is missing. Begin with the first: give z itself.",
    "b.sum": "You add up the losses of all examples. Take their mean.",
    "b.each": "You give a loss for each example. Take their mean.",
    "b.swapped": "labels and logits are exchanged.",
    "b.negative": "The sign is turned round: a loss is large where the prediction is bad.",
    "c.prompt": "Why does the loss fall below 0 without end? Give the letter.",
    "c.hint.1": "Look at the labels of the slide: what values do they have?",
    "c.hint.2": "In -y log(y_hat) - (1 - y) log(1 - y_hat), what happens if y is -2 and y_hat goes to 0?",
    "c.hint.3": "The formula is only a loss for y from 0 to 1. The labels here are any real numbers.",
    "c.praise": "A formula keeps its promise only for the numbers it was made for.",
    "c.A": "With any learning rate the loss has no lowest point here. Look at the labels.",
    "c.B": "The formula is right, for labels that are 0 or 1.",
    "c.D": "Without random noise the loss would have no floor either.",
    "d.prompt": "Give a z for which the simple formula fails with y = 0, and a formula that is right there.",
    "d.hint.1": "In float32 the sigmoid of a large z is exactly 1. What is log(1 - 1)?",
    "d.hint.2": "z = 20 is large enough. For the formula, write log(1 + e^z) so that no large power is taken.",
    "d.hint.3": "`tf.maximum(z, 0.0) - z * y + tf.math.log1p(tf.exp(-tf.abs(z)))`.",
    "d.praise": "The exponent is never positive, so nothing can overflow. TensorFlow uses this very formula.",
    "d.pair": "The answer should be a number and a function, but it is {kind}: {answer}.",
    "d.fine": "At z = {z:g} the simple formula gives {loss:.4f}, and that is right. Take a larger z.",
    "d.infinite": "Take a number for z that a model may really give. It need not be very large.",
    "d.low": "At z = {z:g} and y = 0 the prediction is right, and the loss is nearly 0. Take a large positive z.",
    "d.borrowed": "The loss is right, but it is TensorFlow's own. Write the formula, with tf.maximum, tf.exp and a logarithm.",
    "d.overflow": "At z = {z:g}, y = {y:g} your formula gives {given}. Avoid the exponential of a large number.",
    "d.values": "At z = {z:g}, y = {y:g} your formula gives {given}; it should be {wanted:.6g}.",
}


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def _cases(random: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for rows, columns in ((2, 2), (6, 3), (40, 4)):
        y = random.integers(0, 2, (rows, 1)).astype("float32")
        yield (
            random.standard_normal((columns, 1)).astype("float32"),
            random.standard_normal((rows, columns)).astype("float32"),
            y,
        )


_check_gradient = function(
    "a",
    _SAY,
    lambda theta, X, y: X.T @ (_sigmoid(X @ theta) - y) / len(X),
    _cases,
    mistakes={
        "sign": lambda theta, X, y: X.T @ (y - _sigmoid(X @ theta)) / len(X),
        "linear": lambda theta, X, y: X.T @ (X @ theta - y) / len(X),
        "sum": lambda theta, X, y: X.T @ (_sigmoid(X @ theta) - y),
        "twice": lambda theta, X, y: (
            X.T @ ((_sigmoid(X @ theta) - y) * _sigmoid(X @ theta) * (1 - _sigmoid(X @ theta))) / len(X)
        ),
        "features": lambda theta, X, y: X.T @ (_sigmoid(X @ theta) - y) / X.shape[1],
        "flat": lambda theta, X, y: (X.T @ (_sigmoid(X @ theta) - y) / len(X)).ravel(),
        "residuals": lambda theta, X, y: _sigmoid(X @ theta) - y,
    },
)


def _entropy(z: Any, y: Any) -> Any:
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


_check_loss = function(
    "b",
    _SAY,
    lambda z, y: _entropy(z, y).mean(),
    lambda random: (
        (random.normal(0, 3, count).astype("float32"), random.integers(0, 2, count).astype("float32"))
        for count in (5, 30)
    ),
    mistakes={
        "double": lambda z, y: _entropy(_sigmoid(z), y).mean(),
        "both": lambda z, y: _entropy(_sigmoid(z), y),
        "sum": lambda z, y: _entropy(z, y).sum(),
        "each": _entropy,
        "swapped": lambda z, y: _entropy(y, z).mean(),
        "negative": lambda z, y: -_entropy(z, y).mean(),
    },
)


_OWN = "sigmoid_cross_entropy_with_logits"


def _check_overflow(answer: Any) -> None:
    import tensorflow as tf

    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        raise Mistake(_SAY["d.pair"].format(kind=kind(answer), answer=describe(answer)))
    large = float(numbers(answer[0], "a number").reshape(()))
    with np.errstate(all="ignore"):
        loss = float(-np.log(np.float32(1) - np.float32(1) / (np.float32(1) + np.exp(np.float32(-large)))))
    if not np.isfinite(large):
        raise Mistake(_SAY["d.infinite"])
    if large <= 0:
        raise Mistake(_SAY["d.low"].format(z=large))
    if np.isfinite(loss):
        raise Mistake(_SAY["d.fine"].format(z=large, loss=loss))
    formula = require_function(answer[1])
    for z, y in ((0.5, 1.0), (-2.0, 0.0), (large, 0.0), (100.0, 0.0), (-100.0, 1.0), (100.0, 1.0), (-1000.0, 0.0)):
        given = float(numbers(result_of(formula, tf.constant(z), tf.constant(y)), "a number").reshape(()))
        wanted = float(_entropy(z, y))
        if not np.isfinite(given):
            raise Mistake(_SAY["d.overflow"].format(z=z, y=y, given=given))
        if abs(given - wanted) > 1e-3 * max(1.0, wanted):
            raise Mistake(_SAY["d.values"].format(z=z, y=y, given=f"{given:.6g}", wanted=wanted))
    if _OWN in getattr(getattr(formula, "__code__", None), "co_names", ()):
        raise Mistake(_SAY["d.borrowed"])


TASKS = (
    task("a", _SAY, answer="gradient", check=_check_gradient),
    task("b", _SAY, answer="mended_loss", check=_check_loss),
    task("c", _SAY, answer="reason", check=choice("c", _SAY, "C", "A B C D")),
    task("d", _SAY, answer="safe", check=_check_overflow),
)
