"""The checks that most exercises are made of: one number, a row of entries, a function.

Each builder returns a check. What it tells a learner stands in the lesson's own catalogue: ``c.7840`` is what the
answer 7840 to exercise c is told, ``a.2.8`` what an 8 as second entry of exercise a is told. A function is compared
with a right one on data of the check's own, and with wrong ones, whose names are the names of their sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfkit.course.answers import Mistake, describe, dice, entries_of, numbers, one_number, require_function, result_of

Say = Mapping[str, str]
Check = Callable[[Any], None]
Function = Callable[..., Any]

_SAY = {
    "entry": "Entry {number}, {answer}, is not right.",
    "choice": "{answer} is none of the choices: {choices}.",
    "shape": "For {arguments} your function gives the shape {shape}; it should give {wanted}.",
    "values": "For {arguments} your function gives {given}, but it should give {wanted}.",
}


def number(letter: str, say: Say, wanted: float, *, tolerance: float = 1e-4) -> Check:
    """Return a check for one number.

    Args:
        letter: The exercise within its lesson.
        say: Its lesson's catalogue: ``c.7840`` for a known wrong answer, ``c.other`` for any other.
        wanted: The right answer.
        tolerance: How far from it an answer may be, as a part of it; whole numbers must be exact.

    Example:
        >>> check = number("c", {"c.7840": "Without the bias?", "c.other": "{answer} is not it."}, 7850)
        >>> check(7850)
    """

    def check(answer: Any) -> None:
        value = one_number(answer)
        if is_close(value, wanted, 0 if isinstance(wanted, int) else tolerance):
            return
        for key, sentence in say.items():
            if key.startswith(f"{letter}.") and _is_number(key[2:]) and is_close(value, float(key[2:]), tolerance):
                raise Mistake(sentence)
        raise Mistake(say[f"{letter}.other"].format(answer=f"{value:g}"))

    return check


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_close(given: Any, wanted: Any, tolerance: float = 1e-4) -> bool:
    """Return whether numbers of the same shape are equal but for rounding.

    Example:
        >>> is_close(1.00001, 1), is_close([1.0, 2.0], 1.0)
        (True, False)
    """
    one, other = np.asarray(given), np.asarray(wanted)
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=tolerance, atol=tolerance * 1e-2))


def entries(letter: str, say: Say, wanted: Sequence[Any], *, tolerance: float = 1e-3) -> Check:
    """Return a check for a list whose entries are numbers, texts, truth values, None, or lists of these.

    Args:
        letter: The exercise within its lesson.
        say: Its lesson's catalogue: ``a.2.8`` for the known wrong entry 8 at place 2, ``a.2`` for any other there.
        wanted: The right entries.
        tolerance: How far a decimal number may be from the right one, as a part of it.

    Example:
        >>> entries("a", {}, [2, (4, 3), "yes"])(["2", [4, 3], "Yes"])
    """

    def check(answer: Any) -> None:
        given = _as_list(answer, len(wanted))
        for place, (one, right) in enumerate(zip(given, wanted, strict=True), start=1):
            if not is_same(one, right, tolerance):
                said = describe(_plain(one)).strip("'\"")
                sentence = say.get(f"{letter}.{place}.{said}") or say.get(f"{letter}.{place}") or _SAY["entry"]
                raise Mistake(sentence.format(number=place, answer=said))

    return check


def _as_list(answer: Any, count: int) -> list[Any]:
    if isinstance(answer, str) and len(answer) == count:
        return list(answer)  # six letters may be written as one word
    if isinstance(answer, Mapping):
        answer = list(answer.values())
    if hasattr(answer, "numpy") or isinstance(answer, np.ndarray):
        answer = np.asarray(answer).tolist()
    return entries_of(answer, count, "entries")


def _plain(value: Any) -> Any:
    """Return what a value says, without its type: an array becomes a list, a shape a tuple."""
    if hasattr(value, "as_list"):
        return tuple(value.as_list())
    if hasattr(value, "numpy") or isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value).tolist()
    if isinstance(value, list):
        return tuple(value)
    return value


def is_same(given: Any, wanted: Any, tolerance: float = 1e-3) -> bool:
    """Return whether a learner's entry says the same as the right one, however it was written.

    Example:
        >>> is_same("7", 7), is_same([2, 3], (2, 3)), is_same("true", True), is_same(None, 0)
        (True, True, True, False)
    """
    given = _plain(given)
    if wanted is None:
        return given is None or (isinstance(given, str) and given.strip().lower() == "none")
    if isinstance(wanted, (tuple, list)):
        return (
            isinstance(given, (tuple, list))
            and len(given) == len(wanted)
            and all(is_same(one, other, tolerance) for one, other in zip(given, wanted, strict=True))
        )
    if isinstance(wanted, (str, bool)):
        return str(given).strip().lower() == str(wanted).lower()
    try:
        return not isinstance(given, bool) and is_close(float(given), float(wanted), tolerance)
    except (TypeError, ValueError):
        return False


def choice(letter: str, say: Say, right: str, choices: str) -> Check:
    """Return a check for one word or letter out of several.

    Args:
        letter: The exercise within its lesson.
        say: Its lesson's catalogue: ``c.B`` for the wrong choice B.
        right: The right choice.
        choices: All of them, with spaces between.

    Example:
        >>> choice("c", {"c.B": "Not this one."}, "A", "A B")("a")
    """
    known = {name.lower(): name for name in choices.split()}

    def check(answer: Any) -> None:
        name = known.get(str(answer).strip("`'\" ").lower())
        if name is None:
            raise Mistake(_SAY["choice"].format(answer=describe(answer), choices=", ".join(known.values())))
        if name != right:
            raise Mistake(say[f"{letter}.{name}"])

    return check


def function(
    letter: str,
    say: Say,
    reference: Function,
    cases: Callable[[np.random.Generator], Iterable[tuple[Any, ...]]],
    *,
    mistakes: Mapping[str, Function] | None = None,
    tolerance: float = 1e-3,
) -> Check:
    """Return a check for a function: it must give what a right one gives, on data of the check's own.

    Args:
        letter: The exercise within its lesson.
        say: Its lesson's catalogue.
        reference: A function that is right, of NumPy arrays and numbers.
        cases: Makes the arguments of each call from random numbers. Arrays and decimal numbers reach the learner's
            function as tensors.
        mistakes: Functions that are wrong in a known way, by the names of their sentences.
        tolerance: How far a number may be from the right one, as a part of it.

    Example:
        >>> check = function("b", {}, lambda x: 2 * x, lambda random: [(1.0,), (random.normal(),)])
        >>> check(lambda x: x + x)
    """

    def check(answer: Any) -> None:
        call = require_function(answer)
        for arguments in cases(dice(ord(letter))):
            given = numbers(result_of(call, *map(_tensor, arguments)), say.get(f"{letter}.wanted", "numbers"))
            _judge(letter, say, reference, mistakes or {}, arguments, given, tolerance)

    return check


def _judge(
    letter: str,
    say: Say,
    reference: Function,
    mistakes: Mapping[str, Function],
    arguments: tuple[Any, ...],
    given: NDArray[Any],
    tolerance: float,
) -> None:
    wanted = np.asarray(reference(*arguments))
    if is_close(given, wanted, tolerance) or (
        wanted.size == 1 == given.size and is_close(given.ravel(), wanted.ravel())
    ):
        return
    for name, wrong in mistakes.items():
        with np.errstate(all="ignore"):
            if is_close(given, wrong(*arguments), tolerance):
                raise Mistake(say[f"{letter}.{name}"])
    told = ", ".join(describe(_plain(value)) for value in arguments)
    if given.shape != wanted.shape:
        raise Mistake(_SAY["shape"].format(arguments=told, shape=given.shape, wanted=wanted.shape))
    values = {"given": describe(_rounded(given)), "wanted": describe(_rounded(wanted))}
    raise Mistake(_SAY["values"].format(arguments=told, **values))


def _rounded(array: NDArray[Any]) -> Any:
    return (array if array.dtype.kind in "biu" else np.round(array.astype(float), 5)).tolist()


def _tensor(value: Any) -> Any:
    """Return an argument as a learner's code expects it: it may ask a tensor for `.shape` and a tape for its slope."""
    if not isinstance(value, (np.ndarray, float)):
        return value
    import tensorflow as tf

    return tf.constant(value, None if isinstance(value, np.ndarray) else tf.float32)
