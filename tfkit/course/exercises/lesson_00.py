"""Exercises of lesson 00: the version, a mean that is cut off, and what became of old advice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, describe, kind, numbers
from tfkit.course.check import task

_FACTS = "BFADEC"

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Give the installed TensorFlow version as the pair (major, minor), two whole numbers.",
    "a.hint.1": "`tf.__version__` is a text such as '2.21.0'. Texts know how to cut themselves into pieces.",
    "a.hint.2": "`tf.__version__.split('.')` is a list of three texts. You need the first two, as numbers.",
    "a.hint.3": "Write `major, minor = tf.__version__.split('.')[:2]`, then turn each into a number with `int`.",
    "a.praise": "That is the version you have. Pairs of numbers compare in the right order, texts do not.",
    "a.text": "The answer is one text, {answer}. Cut it at the dots and keep two whole numbers.",
    "a.float": "The answer is the decimal number {answer}. As a decimal, 2.3 would be later than 2.21; give a pair.",
    "a.texts": "The pieces are still texts, {answer}. Turn each into a number with int.",
    "a.pair": "The answer should be a pair of whole numbers, but it is {kind}: {answer}.",
    "a.count": "The answer has {count} entries. Keep two: major and minor.",
    "a.swapped": "The order is turned round: major comes first, then minor.",
    "a.other": "{answer} is not the version installed here. Read it from tf.__version__ instead of typing it.",
    "b.prompt": "Mend the cell so that `mean` is the true mean of 3, 1, 4 and 2.",
    "b.hint.1": "Look at the type of the numbers: without a point they are whole numbers, and so is their mean.",
    "b.hint.2": "The true mean is 2.5, which a whole number cannot hold. Give TensorFlow decimal numbers.",
    "b.hint.3": "Write one number with a point, `tf.constant([3.0, 1, 4, 2])`, and take the mean again.",
    "b.praise": "2.5 it is. The type of a tensor decides what its results can hold.",
    "b.cut": "That is 2: the mean was cut off to a whole number, because the four numbers are whole numbers.",
    "b.sum": "That is 10, the sum. Divide it by how many numbers there are, or use tf.reduce_mean.",
    "b.many": "The answer has the shape {shape}. A mean is one number.",
    "b.rounded": "That is 3: rounding does not help. The mean has a half in it; keep decimal numbers all the way.",
    "b.other": "{answer} is not the mean of 3, 1, 4 and 2. Add the four and divide by four.",
    "c.prompt": "Match each old statement 1 to 6 with today's fact: six letters, in the order of the statements.",
    "c.hint.1": "Begin with the sure ones: a file ending, the name of an argument, and the engines under Keras.",
    "c.hint.2": "Sessions gave way to running at once (B). Placeholders gave way to plain arguments of a function (F).",
    "c.hint.3": "The first three letters are B, F, A. Left are C, D and E for a file, an argument, an address.",
    "c.praise": "All six. When an old page and this list disagree, you now know whom to believe.",
    "c.letters": "The answer should be six letters from A to F, but it is {kind}: {answer}.",
    "c.count": "The answer has {count} letters. There are six statements, so six are needed.",
    "c.twice": "Letter {letter} stands twice, but each fact belongs to one statement.",
    "c.1": "Statement 1 (sessions): look for the fact that says when an operation runs today.",
    "c.2": "Statement 2 (placeholders): look for the fact that says how data get into a graph today.",
    "c.3": "Statement 3 (the engines under Keras): two of those named are gone. Look for the list of today.",
    "c.4": "Statement 4 (.h5 files): look for the fact about another file ending.",
    "c.5": "Statement 5 (lr=0.005): look for the fact about the full name of an argument.",
    "c.6": "Statement 6 (an address on the web): look for the fact that needs no web at all.",
}


def _check_version(answer: Any) -> None:
    import tensorflow as tf

    if isinstance(answer, str):
        raise Mistake(_SAY["a.text"].format(answer=describe(answer)))
    if isinstance(answer, float):
        raise Mistake(_SAY["a.float"].format(answer=describe(answer)))
    if isinstance(answer, (list, tuple)) and any(isinstance(part, str) for part in answer):
        raise Mistake(_SAY["a.texts"].format(answer=describe(answer)))
    pair = numbers(answer, "the pair (major, minor)")
    if pair.ndim != 1 or pair.dtype.kind not in "iu":
        raise Mistake(_SAY["a.pair"].format(kind=kind(answer), answer=describe(answer)))
    if pair.size != 2:
        raise Mistake(_SAY["a.count"].format(count=pair.size))
    installed = [int(part) for part in tf.__version__.split(".")[:2]]
    if pair.tolist() == installed[::-1]:
        raise Mistake(_SAY["a.swapped"])
    if pair.tolist() != installed:
        raise Mistake(_SAY["a.other"].format(answer=tuple(pair.tolist())))


def _check_mean(answer: Any) -> None:
    mean = numbers(answer, "one number")
    if mean.size != 1:
        raise Mistake(_SAY["b.many"].format(shape=mean.shape))
    value = float(mean.reshape(()))
    for name, wrong in (("b.cut", 2), ("b.sum", 10), ("b.rounded", 3)):
        if value == wrong:
            raise Mistake(_SAY[name])
    if not np.isclose(value, 2.5, rtol=1e-3):
        raise Mistake(_SAY["b.other"].format(answer=f"{value:g}"))


def _check_facts(answer: Any) -> None:
    given = [answer[key] for key in sorted(answer)] if isinstance(answer, Mapping) else answer
    if not isinstance(given, (str, list, tuple)) or not all(isinstance(letter, str) for letter in given):
        raise Mistake(_SAY["c.letters"].format(kind=kind(answer), answer=describe(answer)))
    letters = [letter for letter in "".join(given).upper() if letter not in " ,;-"]
    if not set(letters) <= set(_FACTS):
        raise Mistake(_SAY["c.letters"].format(kind=kind(answer), answer=describe(answer)))
    if len(letters) != len(_FACTS):
        raise Mistake(_SAY["c.count"].format(count=len(letters)))
    for letter in letters:
        if letters.count(letter) > 1:
            raise Mistake(_SAY["c.twice"].format(letter=letter))
    for statement, (letter, fact) in enumerate(zip(letters, _FACTS, strict=True), start=1):
        if letter != fact:
            raise Mistake(_SAY[f"c.{statement}"])


TASKS = (
    task("a", _SAY, answer="version", check=_check_version),
    task("b", _SAY, answer="mean", check=_check_mean),
    task("c", _SAY, answer="facts", check=_check_facts),
)
