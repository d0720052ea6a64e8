"""Exercises of lesson 07: the loop's body, counting updates, fitting a line, a learning rate that explodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, dice, numbers, one_number, require_function, result_of
from tfkit.course.check import task
from tfkit.course.exercises.expect import entries, is_close

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Write one step of the loop: both variables move against their gradient, in place.",
    "a.hint.1": "Compute the loss inside a tape, then ask the tape for the gradients by a and by b.",
    "a.hint.2": "`da, db = tape.gradient(loss, [a, b])`, and then each variable has a method that subtracts in place.",
    "a.hint.3": "The last two lines are `a.assign_sub(lr * da)` and `b.assign_sub(lr * db)`.",
    "a.praise": "This is the body of every training loop.",
    "a.still": "Neither variable has changed. `a - lr * da` makes a new tensor; use assign_sub.",
    "a.only_a": "Only a has moved. In the text of one lecture the line for b is missing, too: without it the slope is never learnt.",
    "a.only_b": "Only b has moved. The intercept a needs its own line.",
    "a.up": "The variables move uphill. Subtract the gradient: assign_sub, not assign_add.",
    "a.rate": "The step is the whole gradient. Multiply it by lr.",
    "a.sum": "The step is {count} times too long: take the mean of the squares, not their sum.",
    "a.half": "Your step is half as long as it should be: the derivative of a square has a factor 2.",
    "a.fixed": "Your step always takes the rate 0.5. Use the lr that it is given.",
    "a.values": "After a step a, b are {given}, but they should be {wanted}. The line is a + b x.",
    "b.prompt": "How many updates do 100 epochs make with 96 examples, for batches of 1, 32 and 96?",
    "b.hint.1": "Every batch makes one update. How many batches are there in an epoch?",
    "b.hint.2": "96 examples in batches of 32 are 3 batches. An epoch has 3 updates then.",
    "b.hint.3": "Batches of 1: 96 updates in each of the 100 epochs. Batches of 96: one.",
    "b.praise": "Small batches: many rough steps. One big batch: few exact ones.",
    "b.1": "Entry 1: batches of 1 make 96 updates in each of 100 epochs.",
    "b.1.96": "Entry 1: 96 is the number for one epoch. There are 100 epochs.",
    "b.1.100": "Entry 1: each example is a batch of its own, so an epoch makes 96 updates.",
    "b.2": "Entry 2: 96 / 32 = 3 updates in an epoch.",
    "b.2.3": "Entry 2: 3 is the number for one epoch. There are 100 epochs.",
    "b.2.3200": "Entry 2: 32 is the size of a batch, not the number of batches.",
    "b.3": "Entry 3: all examples are in one batch, so an epoch makes a single update.",
    "b.3.9600": "Entry 3: a batch of 96 is one update, not 96.",
    "c.prompt": "Write a function that fits a line by gradient descent and returns a and b, within 0.001 of least squares.",
    "c.hint.1": "Begin with two variables at 0 and repeat the step of exercise a many times.",
    "c.hint.2": "If it is not near enough: more steps, or a larger rate. With lr = 0.5, 500 steps are plenty.",
    "c.hint.3": "`for step in range(500): train_step(a, b, x, y, 0.5)`, then `return a, b`.",
    "c.praise": "Gradient descent and least squares agree, as they must: the valley has one lowest point.",
    "c.two": "Your function should return two numbers, a and b.",
    "c.swapped": "You return the slope first. a, the intercept, comes first.",
    "c.near": "a, b = {given} are near, but least squares gives {wanted}. Take more steps, or a larger rate.",
    "c.far": "a, b = {given} are far from {wanted}. Does the loss fall in your loop?",
    "c.fixed": "On other data your function gives the same numbers. Use x and y.",
    "d.prompt": "Find a learning rate with which the loss explodes.",
    "d.hint.1": "Try rates larger than 0.5 and look at the loss after 100 steps.",
    "d.hint.2": "The border lies where a step jumps as far up the other side as it was: a little below 0.8 here.",
    "d.hint.3": "Try 1.0, and print the loss every ten steps.",
    "d.praise": "Each step lands higher on the other side of the valley. In real training it looks just like this.",
    "d.falls": "With {rate:g} the loss still falls, to {loss:.4f} after 100 steps. Take a larger rate.",
    "d.negative": "A negative rate walks uphill, and 0 stands still; that is no jump over the valley. Find a positive one.",
    "d.slow": "With {rate:g} the loss does not fall much, but it has not exploded either. A little more.",
}


def _line(a: float, b: float, random: np.random.Generator, count: int = 96) -> tuple[Any, Any]:
    x = random.uniform(0, 1, count).astype("float32")
    return x, (a + b * x + random.normal(0, 0.1, count)).astype("float32")


def _check_step(answer: Any) -> None:
    import tensorflow as tf

    function = require_function(answer)
    random = dice(7)
    for lr in (0.5, 0.1):
        x, y = _line(random.uniform(-1, 1), random.uniform(-1, 1), random, count=20)
        start = random.uniform(-1, 1, 2).astype("float32")
        a, b = tf.Variable(start[0]), tf.Variable(start[1])
        function(a, b, tf.constant(x), tf.constant(y), lr)
        error = start[0] + start[1] * x - y
        slopes = np.array([2 * error.mean(), 2 * (error * x).mean()])
        _judge_step(np.array([a.numpy(), b.numpy()]), start, lr, slopes, len(x))


def _judge_step(given: Any, start: Any, lr: float, slopes: Any, count: int) -> None:
    wanted = start - lr * slopes
    if is_close(given, wanted, 1e-3):
        return
    known = {
        "still": start,
        "only_a": np.array([wanted[0], start[1]]),
        "only_b": np.array([start[0], wanted[1]]),
        "up": start + lr * slopes,
        "rate": start - slopes,
        "sum": start - lr * slopes * count,
        "half": start - lr * slopes / 2,
        "fixed": start - 0.5 * slopes,
    }
    for name, wrong in known.items():
        if is_close(given, wrong, 1e-3):
            raise Mistake(_SAY[f"a.{name}"].format(count=count))
    raise Mistake(_SAY["a.values"].format(given=_rounded(given), wanted=_rounded(wanted)))


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 4) for value in values]


def _check_fit(answer: Any) -> None:
    import tensorflow as tf

    function = require_function(answer)
    random = dice(70)
    found = []
    for a, b in ((-0.25, 0.5), (0.7, -0.4)):
        x, y = _line(a, b, random)
        result = result_of(function, tf.constant(x), tf.constant(y))
        if not isinstance(result, (list, tuple)) and np.shape(result) != (2,):
            raise Mistake(_SAY["c.two"])
        found.append(np.array([float(numbers(value, "a number").reshape(())) for value in result]))
        _judge_fit(found, np.polyfit(x, y, 1)[::-1])


def _judge_fit(found: list[Any], wanted: Any) -> None:
    given = found[-1]
    error = np.abs(given - wanted).max()
    if error <= 1e-3:
        return
    if len(found) == 2 and is_close(*found):
        raise Mistake(_SAY["c.fixed"])
    if np.abs(given[::-1] - wanted).max() <= 1e-2:
        raise Mistake(_SAY["c.swapped"])
    sentence = _SAY["c.near" if error < 0.2 else "c.far"]
    raise Mistake(sentence.format(given=given.round(4).tolist(), wanted=wanted.round(4).tolist()))


def _check_explosion(answer: Any) -> None:
    rate = one_number(answer)
    if rate <= 0:
        raise Mistake(_SAY["d.negative"])
    x, y = _line(-0.25, 0.5, np.random.default_rng(0))
    numbers_ = np.zeros(2)
    with np.errstate(all="ignore"):
        for _ in range(100):
            error = numbers_[0] + numbers_[1] * x - y
            numbers_ = numbers_ - rate * np.array([2 * error.mean(), 2 * (error * x).mean()])
        loss = float(np.mean((numbers_[0] + numbers_[1] * x - y) ** 2))
    if loss < 0.05:
        raise Mistake(_SAY["d.falls"].format(rate=rate, loss=loss))
    if loss < 10:
        raise Mistake(_SAY["d.slow"].format(rate=rate))


TASKS = (
    task("a", _SAY, answer="train_step", check=_check_step),
    task("b", _SAY, answer="updates", check=entries("b", _SAY, [9600, 300, 100])),
    task("c", _SAY, answer="fit_line", check=_check_fit),
    task("d", _SAY, answer="too_large", check=_check_explosion),
)
