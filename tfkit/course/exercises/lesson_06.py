"""Exercises of lesson 06: one step by hand, the update twice, the largest useful learning rate, a misprint."""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, dice, entries_of, numbers, require_function, result_of
from tfkit.course.check import task
from tfkit.course.exercises.expect import entries, is_close, number

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "For the second house, give z, the loss, and the two derivatives L'w and L'b.",
    "a.hint.1": "Go forward first: z = w x + b, then the loss (z - y)².",
    "a.hint.2": "Backward: the square brings 2 (z - y). From there to b it is times 1, to w times x.",
    "a.hint.3": "z = -0.34 · 4.6 + 0.04 = -1.524, so z - y = -7.424. Square it; then 2 · (-7.424) is L'b.",
    "a.praise": "Forward twice, backward twice: the whole of back-propagation on one house.",
    "a.1": "Entry 1, z = w x + b, is not {answer}. Give all three decimals.",
    "a.1.1.604": "Entry 1: the weight is negative, -0.34.",
    "a.2": "Entry 2, the loss, is the square of z - y.",
    "a.2.-7.424": "Entry 2: that is z - y. The loss is its square.",
    "a.3": "Entry 3: L'w = 2 (z - y) x.",
    "a.3.-34.1504": "Entry 3: the square's derivative has a factor 2.",
    "a.3.68.3008": "Entry 3: the sign. The prediction is too low, so a larger w would lower the loss.",
    "a.4": "Entry 4: L'b = 2 (z - y).",
    "a.4.-7.424": "Entry 4: the square's derivative has a factor 2.",
    "b.prompt": "Write the update twice: by hand, and with keras.optimizers.SGD.",
    "b.hint.1": "By hand: compute L'w and L'b, then return w - eta * L'w and b - eta * L'b.",
    "b.hint.2": "With Keras: two variables, a tape for the loss, then `optimizer.apply_gradients(zip(gradients, variables))`.",
    "b.hint.3": "`keras.optimizers.SGD(eta).apply_gradients([(dw, w), (db, b)])`, and return both variables.",
    "b.praise": "The same numbers: an optimiser is a few lines of arithmetic.",
    "b.two": "Function {which} should return two numbers, w and b.",
    "b.up": "Function {which} goes uphill: subtract the gradient instead of adding it.",
    "b.rate": "Function {which} takes the whole gradient as a step. Multiply it by eta.",
    "b.half": "Function {which} takes half a step: the derivative of the square has a factor 2.",
    "b.mixed": "Function {which}: L'w has the factor x, L'b has not.",
    "b.fixed": "Function {which} always takes the rate 0.01. Use the eta that it is given.",
    "b.still": "Function {which} returns w and b as they were. Return the new ones.",
    "b.values": "Function {which} makes w, b = {given}, but it is {wanted}.",
    "b.no_sgd": "Function 2 should use keras.optimizers.SGD.",
    "c.prompt": "Find the largest eta for which one step does not raise the loss of the first house.",
    "c.hint.1": "After a step the error z - y is the old one times a factor. Which values may that factor have?",
    "c.hint.2": "The factor is 1 - 2 eta (x² + 1). The loss does not grow as long as the factor is at least -1.",
    "c.hint.3": "1 - 2 eta (x² + 1) = -1 gives eta = 1 / (x² + 1), with x = 6.7.",
    "c.praise": "0.0218. With half of it the error would be gone in a single step, for this house.",
    "c.0.010896": "With this eta the error becomes 0 in one step. The loss still falls beyond it: how far?",
    "c.0.022277": "You left out the 1 that comes from b: x² + 1, not x².",
    "c.45.89": "That is x² + 1. The rate is 1 divided by it.",
    "c.0.01": "0.01 is the rate of the lesson. The loss falls with larger ones, too.",
    "c.0": "With eta = 0 nothing moves. There is a second eta, above 0, with the same loss.",
    "c.other": "With eta = {answer} the loss after the step is not the 128.55 from before. Look: `loss_after_step({answer})`.",
    "d.prompt": "Give the new loss if x is 6.7, the new loss if x is 0.67, and which x the slide must mean.",
    "d.hint.1": "Take the updated numbers, w = 1.179292 and b = 0.26676, and go forward once with each x.",
    "d.hint.2": "The slide says that the new loss is 0.868. Which of your two numbers is that?",
    "d.hint.3": "With 0.67: z is 1.0569, and (1.0569 - 9.1)² is about 64.69.",
    "d.praise": "A moved decimal point, found by doing the sum. You can check any slide like this.",
    "d.1": "Entry 1: with x = 6.7 the new z is 8.168, and y is 9.1.",
    "d.1.128.55": "Entry 1: that is the old loss. Use the updated w and b.",
    "d.2": "Entry 2: z = 1.179292 · 0.67 + 0.26676, then (z - 9.1)².",
    "d.3": "Entry 3: only one of the two gives the 0.868 that the slide prints.",
}

_X, _Y, _W, _B = 4.6, 5.9, -0.34, 0.04
_Z = _W * _X + _B
_STEP = (_Z, (_Z - _Y) ** 2, 2 * (_Z - _Y) * _X, 2 * (_Z - _Y))


def _check_updates(answer: Any) -> None:
    functions = [require_function(entry) for entry in entries_of(answer, 2, "functions")]
    random = dice(6)
    for _ in range(5):
        x, y, w, b = random.uniform(-3, 8, 4).tolist()
        house = x, y, w, b, float(random.uniform(0.002, 0.05))
        for which, function in enumerate(functions, start=1):
            _judge_update(which, result_of(function, *house), house)
    if not _names(functions[1]) & {"SGD", "apply_gradients"}:
        raise Mistake(_SAY["b.no_sgd"])


def _judge_update(which: int, result: Any, house: tuple[float, ...]) -> None:
    if not isinstance(result, (list, tuple)) and np.shape(result) != (2,):
        raise Mistake(_SAY["b.two"].format(which=which))
    given = [float(numbers(value, "a number").reshape(())) for value in result]
    x, y, w, b, eta = house
    error = w * x + b - y  # by which the model is wrong
    slopes = np.array([2 * error * x, 2 * error])
    start = np.array([w, b])
    wanted = start - eta * slopes
    if is_close(given, wanted, 1e-5):
        return
    known = {
        "up": start + eta * slopes,
        "rate": start - slopes,
        "half": start - eta * slopes / 2,
        "mixed": start - eta * slopes[1],
        "fixed": start - 0.01 * slopes,
        "still": start,
    }
    for name, wrong in known.items():
        if is_close(given, wrong, 1e-4):
            raise Mistake(_SAY[f"b.{name}"].format(which=which))
    told = {"given": np.round(given, 5).tolist(), "wanted": wanted.round(5).tolist()}
    raise Mistake(_SAY["b.values"].format(which=which, **told))


def _names(function: Any) -> set[str]:
    """Return the names that a function's code mentions, also in functions inside of it and in those that it calls."""
    if not isinstance(function, FunctionType):
        return {"SGD"}  # such as a bound method: its numbers were right
    names = _mentioned(function.__code__)
    called = (function.__globals__.get(name) for name in names)
    helpers = [one.__code__ for one in called if isinstance(one, FunctionType)]
    return names.union(*map(_mentioned, helpers))


def _mentioned(code: CodeType) -> set[str]:
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return {*code.co_names, *code.co_freevars}.union(*map(_mentioned, inner))


TASKS = (
    task("a", _SAY, answer="step", check=entries("a", _SAY, _STEP)),
    task("b", _SAY, answer="updates", check=_check_updates),
    task("c", _SAY, answer="largest_eta", check=number("c", _SAY, 1 / (6.7**2 + 1), tolerance=0.005)),
    task("d", _SAY, answer="evidence", check=entries("d", _SAY, [0.86859, 64.69, 6.7], tolerance=0.005)),
)
