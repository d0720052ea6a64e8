"""Exercises of lesson 05: local derivatives, slopes by hand, a tape of one's own, a gradient that is None."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, dice, entries_of, kind, numbers, require_function, result_of
from tfkit.course.check import task
from tfkit.course.exercises.expect import choice, entries, is_close

_POINTS = 20


def _deep(x: float) -> tuple[float, float, float]:
    """Return g and its slope, and the slope of e^g sin g, for g = cos(x^2) e^x + 2x."""
    g = math.cos(x * x) * math.exp(x) + 2 * x
    slope = (math.cos(x * x) - 2 * x * math.sin(x * x)) * math.exp(x) + 2
    return g, slope, math.exp(g) * (math.sin(g) + math.cos(g)) * slope


# For each slope of exercise b: how many numbers it takes, the right one, and wrong ones by the name of their sentence.
_SLOPES: tuple[tuple[int, Callable[..., float], dict[str, Callable[..., float]]], ...] = (
    (4, lambda a, b, c, d: 2 * (a + b + c + d), {"outer": lambda a, b, c, d: (a + b + c + d) ** 2}),
    (1, lambda x: 4 * x**3, {"inner": lambda x: 2 * x**2, "product": lambda x: 2 * x * 2 * x}),
    (1, lambda x: 3 * x**2, {"one_edge": lambda x: x**2}),
    (1, lambda x: -6.0, {"inner": lambda x: 2.0, "sum": lambda x: -1.0, "outer": lambda x: -3.0}),
    (1, lambda x: 2 * x * math.exp(x * x + 1), {"inner": lambda x: math.exp(x * x + 1), "outer": lambda x: 2 * x}),
    (
        1,
        lambda x: _deep(x)[2],
        {
            "inner": lambda x: math.exp(_deep(x)[0]) * (math.sin(_deep(x)[0]) + math.cos(_deep(x)[0])),
            "rule": lambda x: math.exp(_deep(x)[0]) * math.cos(_deep(x)[0]) * _deep(x)[1],
        },
    ),
)

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Give the local derivative on each of the four marked arrows.",
    "a.hint.1": "A local derivative asks one operation only: if this input grows a little, how much does the output?",
    "a.hint.2": "The square of u has the local derivative 2u, with the number that u has there.",
    "a.hint.3": "Arrow 1: u is x = 3, so 6. Arrow 2: u is y = 9. For a product a * b, the derivative by a is b.",
    "a.praise": "Four small questions, each about one operation. The chain rule multiplies the answers.",
    "a.1.3": "Arrow 1: 3 is the value of x. The square's derivative there is 2 times x.",
    "a.1.4": "Arrow 1: 4 was right for x = 2. Here x is 3.",
    "a.1.9": "Arrow 1: 9 is the value of the square. Its derivative is 2x.",
    "a.1.108": "Arrow 1: 108 is the derivative through both squares. The first one alone was asked for.",
    "a.1": "Arrow 1: the derivative of x squared is 2x, and x is 3.",
    "a.2.6": "Arrow 2: the number that is squared here is y, and y is 9, not 3.",
    "a.2.8": "Arrow 2: 8 was right for x = 2. Here y is 9.",
    "a.2.108": "Arrow 2: 108 is the derivative through both squares. The second one alone was asked for.",
    "a.2": "Arrow 2: the derivative of y squared is 2y, and y is 9.",
    "a.3.5": "Arrow 3: 5 is the value of a. If a grows by a little, the product grows by b times that.",
    "a.3": "Arrow 3: the derivative of a * b by a is b.",
    "a.4.3": "Arrow 4: 3 is the value of b. The derivative by b is the other factor.",
    "a.4": "Arrow 4: the derivative of a * b by b is a.",
    "b.prompt": "Write the six slopes as Python functions, in closed form.",
    "b.hint.1": "Go from outside to inside: derivative of the outer function, times that of the inner one.",
    "b.hint.2": "1: 2 (a + b + c + d). 2: x to the fourth. 5: e^g stays e^g, times the slope of g.",
    "b.hint.3": "6: with g' = (cos(x²) - 2x sin(x²)) e^x + 2 it is e^g (sin g + cos g) g'. 4 is -6 everywhere.",
    "b.praise": "All six agree at twenty points each.",
    "b.number": "Slope {number} is {kind}. Write a function, such as `lambda x: ...`, also where the slope is a fixed number.",
    "b.outer": "Slope {number}: the derivative of the outer function is missing or wrong.",
    "b.inner": "Slope {number}: multiply by the derivative of the inner function too. That is the chain rule.",
    "b.product": "Slope {number}: the outer square has the slope 2y with y = x², so 2x² times 2x.",
    "b.one_edge": "Slope {number}: x is used three times. The slope has one part for each use, and they add up.",
    "b.sum": "Slope {number}: local derivatives along a path are multiplied, not added.",
    "b.rule": "Slope {number}: e^g sin g is a product, so its derivative has two parts.",
    "b.values": "Slope {number}: at {point} you give {given}, but it is {wanted}.",
    "c.prompt": "Finish the class: products, exp, and the way back.",
    "c.hint.1": "Each new Number remembers its parents, each with a local derivative: for a product, the other value.",
    "c.hint.2": "exp has one parent, and its local derivative is its own value. In backward, add: `self.gradient += gradient`.",
    "c.hint.3": "backward: add the gradient to your own, then for each parent call parent.backward(gradient * local).",
    "c.praise": "This is what GradientTape does, in fifteen lines.",
    "c.class": "The answer should be the class Number itself, but it is {kind}.",
    "c.plain": "{formula} gives {kind}. It should give a new Number, which knows its parents.",
    "c.forward": "{formula} should have the value {wanted}, but yours has {given}.",
    "c.none": "After backward(), the gradient of {name} is still 0. Pass the gradient on to the parents.",
    "c.overwritten": "In {formula} the number {name} is used twice, and you keep only one part. Write += instead of =.",
    "c.local": "In {formula} the gradient of {name} is {given}, but it is {wanted}. Check the local derivatives.",
    "d.prompt": "Walk backward from the output, and name the first variable that has no gradient.",
    "d.hint.1": "The output is `back / 10`: if `back` grows a little, so does the output. Go on from there.",
    "d.hint.2": "Look at the types: one of the four has no fractions, so it cannot grow a little.",
    "d.hint.3": "Casting to int32 cuts the fraction off, so a small change of `scaled` changes nothing.",
    "d.praise": "Whole numbers move in jumps, and a jump has no slope. TensorFlow says None instead of 0.",
    "d.scaled": "`scaled` has none either, but on the way back you pass another one without a gradient first.",
    "d.back": "`back` still has one: the output is a tenth of it. Go one step further back.",
    "d.x": "x is the last on the way back, and it has none. The way was cut before: where?",
}


def _check_slopes(answer: Any) -> None:
    functions = entries_of(answer, len(_SLOPES), "functions")
    random = dice(5)
    for number, (entry, (count, right, wrong)) in enumerate(zip(functions, _SLOPES, strict=True), start=1):
        if isinstance(entry, (int, float)):
            raise Mistake(_SAY["b.number"].format(number=number, kind=kind(entry)))
        slope = require_function(entry)
        points = [tuple(random.uniform(-1.5, 1.5, count).tolist()) for _ in range(_POINTS)]
        given = [float(numbers(result_of(slope, *point), "one number").reshape(())) for point in points]
        wanted = [right(*point) for point in points]
        if is_close(given, wanted, 1e-3):
            continue
        for name, mistake in wrong.items():
            if is_close(given, [mistake(*point) for point in points], 1e-3):
                raise Mistake(_SAY[f"b.{name}"].format(number=number))
        worst = int(np.argmax(np.abs(np.subtract(given, wanted))))
        told = ", ".join(f"{value:.3f}" for value in points[worst])
        values = {"given": f"{given[worst]:.4f}", "wanted": f"{wanted[worst]:.4f}"}
        raise Mistake(_SAY["b.values"].format(number=number, point=told, **values))


# Formulas of a and b for exercise c, each with its value and its slopes by a and b.
_FORMULAS: tuple[tuple[str, Callable[..., Any], Callable[[float, float], tuple[float, float, float]]], ...] = (
    ("a + b", lambda a, b: a + b, lambda a, b: (a + b, 1, 1)),
    ("a * b", lambda a, b: a * b, lambda a, b: (a * b, b, a)),
    ("(a + b).exp()", lambda a, b: (a + b).exp(), lambda a, b: (math.exp(a + b),) * 3),
    ("a * a + b", lambda a, b: a * a + b, lambda a, b: (a * a + b, 2 * a, 1)),
    (
        "(a * b) * (a * b + a)",
        lambda a, b: (lambda t: t * (t + a))(a * b),
        lambda a, b: (a * b * (a * b + a), 2 * a * b * b + 2 * a * b, 2 * a * a * b + a * a),
    ),
)


def _check_tape(answer: Any) -> None:
    if not isinstance(answer, type):
        raise Mistake(_SAY["c.class"].format(kind=kind(answer)))
    if (answer(1.0) * answer(1.0)) is ...:
        raise Mistake("", not_attempted=True)
    random = dice(50)
    for formula, compute, solve in _FORMULAS:
        values = (2.0, 3.0), tuple(random.uniform(0.5, 1.5, 2).tolist())
        for a, b in values:
            numbers_ = {"a": answer(a), "b": answer(b)}
            result = compute(**numbers_)
            if result is ...:
                raise Mistake("", not_attempted=True)
            if not hasattr(result, "backward"):
                raise Mistake(_SAY["c.plain"].format(formula=formula, kind=kind(result)))
            value, *slopes = solve(a, b)
            given = result.value
            if not is_close(float(given), value, 1e-4):
                raise Mistake(_SAY["c.forward"].format(formula=formula, wanted=f"{value:g}", given=f"{float(given):g}"))
            result.backward()
            for (name, number), slope in zip(numbers_.items(), slopes, strict=True):
                _judge_gradient(formula, name, float(number.gradient), slope)


def _judge_gradient(formula: str, name: str, given: float, wanted: float) -> None:
    if is_close(given, wanted, 1e-4):
        return
    if given == 0:
        raise Mistake(_SAY["c.none"].format(name=name))
    if formula.count(name) > 1 and abs(given) < abs(wanted):
        raise Mistake(_SAY["c.overwritten"].format(formula=formula, name=name))
    raise Mistake(_SAY["c.local"].format(formula=formula, name=name, given=f"{given:g}", wanted=f"{wanted:g}"))


TASKS = (
    task("a", _SAY, answer="local", check=entries("a", _SAY, [6, 18, 3, 5])),
    task("b", _SAY, answer="slopes", check=_check_slopes),
    task("c", _SAY, answer="Number", check=_check_tape),
    task("d", _SAY, answer="lost_at", check=choice("d", _SAY, "whole", "x scaled whole back")),
)
