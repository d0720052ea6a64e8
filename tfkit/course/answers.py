"""Read a learner's answer in whatever form it comes: number, list, tuple, array or tensor.

With this module a check can ask for "numbers of this shape" and need not care how they were spelt. What
cannot be read is a `Mistake`: one sentence to the learner that names what is wrong.
"""

from __future__ import annotations

import contextlib
import dis
import reprlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfkit.course.time_limit import TimeIsUp

_DEPTH = 3
_MOST_NUMBERS = 1_000_000
_MOST_ENTRIES = 1000
# What a function does whose body is only `...` or `pass`.
_IDLE = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "COPY_FREE_VARS"}

_SEED = ContextVar("seed of the checks' own data", default=0)

# Everything that this module says to a learner.
_SAY = {
    "none": "The answer is None. A cell that ends in print(...), or a function without return, gives None.",
    "function": "The answer is a function. Call it, and give what it returns.",
    "iterator": "The answer is {kind}, which is used up by reading it. Put list(...) around it.",
    "not_numbers": "The answer should be {wanted}, but it is {kind}: {answer}.",
    "long": "The answer should be {wanted}, but it has {count:,} entries.",
    "ragged": "The answer should be {wanted}, but its rows have different lengths.",
    "one": "The answer should be {wanted}, but it is {kind}: {answer}.",
    "count": "The answer has {count} entries. There should be {wanted}.",
    "shape": "The answer should have the shape {wanted}, but it has {shape}.",
    "not_function": "The answer should be the function itself, but it is {kind}. Write its name without brackets.",
    "returns_none": "Your function returns None. Let its last line begin with return.",
}


class Mistake(Exception):
    """One sentence to the learner on what is wrong with an answer."""

    def __init__(self, sentence: str, *, not_attempted: bool = False) -> None:
        super().__init__(sentence)
        self.not_attempted = not_attempted


def dice(number: int) -> np.random.Generator:
    """Return the random numbers of a check: the same for every learner, and others when answers are graded.

    Example:
        >>> bool(dice(5).integers(100) == dice(5).integers(100))
        True
    """
    return np.random.default_rng([number, _SEED.get()])


@contextlib.contextmanager
def other_data(seed: int) -> Iterator[None]:
    """Let the checks in this block use data that no lesson shows, so that only what works in general is right.

    Example:
        >>> with other_data(7):
        ...     graded = dice(5).integers(1_000_000)
        >>> bool(graded == dice(5).integers(1_000_000))
        False
    """
    token = _SEED.set(seed)
    try:
        yield
    finally:
        _SEED.reset(token)


def blanks(answer: Any) -> int:
    """Return how many places of an answer still hold the blank ``...``.

    Example:
        >>> blanks([(2, 3), ..., ...])
        2
    """
    return sum(value is ... for value in _entries(answer, _DEPTH))


def _entries(answer: Any, depth: int) -> Iterator[Any]:
    yield answer
    if depth and type(answer) in (list, tuple, dict) and len(answer) <= _MOST_ENTRIES:
        for value in answer.values() if type(answer) is dict else answer:
            yield from _entries(value, depth - 1)


def describe(answer: Any, width: int = 60) -> str:
    """Return a short text for any object, also for one whose own text cannot be made.

    Example:
        >>> describe(range(1_000_000), 10)
        'ran...000)'
    """
    short = reprlib.Repr()
    short.maxlist = short.maxtuple = short.maxdict = 20
    short.maxstring = short.maxother = width
    try:
        text = str(answer) if isinstance(answer, BaseException) else short.repr(answer)
    except TimeIsUp:
        raise
    except BaseException:
        text = f"<{type(answer).__name__}>"
    text = " ".join(text.split())
    return text if len(text) <= width else f"{text[: width - 3]}..."


def kind(answer: Any) -> str:
    """Return what an answer is, in a learner's words.

    Example:
        >>> kind("7850"), kind((1, 2))
        ('a text', 'a tuple')
    """
    words = {
        "str": "a text",
        "int": "a whole number",
        "float": "a decimal number",
        "bool": "a truth value",
        "NoneType": "None",
        "dict": "a dictionary",
        "ndarray": "an array",
        "EagerTensor": "a tensor",
        "function": "a function",
    }
    name = type(answer).__name__
    return words.get(name, f"a{'n' * (name[:1] in tuple('aeiouAEIOU'))} {name}")


def numbers(answer: Any, wanted: str) -> NDArray[Any]:
    """Return an answer as an array of numbers.

    Args:
        answer: A number, a list, a tuple, an array, a tensor or a variable.
        wanted: What the learner is told to give, for example ``"a list of six shapes"``.

    Raises:
        Mistake: If it is None, an iterator, ragged, or anything else than numbers.

    Example:
        >>> numbers([1, 2], "two numbers").tolist()
        [1, 2]
    """
    if answer is None:
        raise Mistake(_SAY["none"])
    if isinstance(answer, FunctionType):
        raise Mistake(_SAY["function"])
    if isinstance(answer, Iterator):
        raise Mistake(_SAY["iterator"].format(kind=kind(answer)))
    if not hasattr(answer, "shape") and hasattr(answer, "__len__") and len(answer) > _MOST_NUMBERS:
        # NumPy would walk through a range of thousands of millions, and nothing could stop it.
        raise Mistake(_SAY["long"].format(wanted=wanted, count=len(answer)))
    try:
        array = np.asarray(answer)
    except ValueError as error:
        raise Mistake(_SAY["ragged"].format(wanted=wanted)) from error
    if array.dtype.kind not in "biuf":
        raise Mistake(_SAY["not_numbers"].format(wanted=wanted, kind=kind(answer), answer=describe(answer)))
    return array


def one_number(answer: Any, wanted: str = "one number") -> float:
    """Return an answer that is a single finite number.

    Raises:
        Mistake: If it is several, none, a truth value, or anything that `numbers` refuses.

    Example:
        >>> one_number([7850])
        7850.0
    """
    array = numbers(answer, wanted)
    if array.size != 1 or array.dtype.kind == "b" or not np.isfinite(array).all():
        raise Mistake(_SAY["one"].format(wanted=wanted, kind=kind(answer), answer=describe(answer)))
    return float(array.reshape(()))


def entries_of(answer: Any, count: int, what: str) -> list[Any]:
    """Return the entries of an answer that is a list or a tuple of this length.

    Raises:
        Mistake: If it is something else, or shorter, or longer.

    Example:
        >>> entries_of((1, "two"), 2, "entries")
        [1, 'two']
    """
    if not isinstance(answer, (list, tuple)):
        wanted = f"a list of {count} {what}"
        raise Mistake(_SAY["one"].format(wanted=wanted, kind=kind(answer), answer=describe(answer)))
    if len(answer) != count:
        raise Mistake(_SAY["count"].format(count=len(answer), wanted=f"{count} {what}"))
    return list(answer)


def require_shape(array: NDArray[Any], *allowed: tuple[int, ...]) -> None:
    """Raise a `Mistake` unless an array has one of the allowed shapes.

    Example:
        >>> require_shape(np.zeros((2, 1)), (2,), (2, 1))
    """
    if array.shape not in allowed:
        raise Mistake(_SAY["shape"].format(wanted=" or ".join(map(str, allowed)), shape=array.shape))


def require_function(answer: Any) -> Callable[..., Any]:
    """Return an answer that can be called.

    Raises:
        Mistake: If it is something else, or a function that nobody has filled in yet.

    Example:
        >>> require_function(len)("four")
        4
    """
    if answer is None:
        raise Mistake(_SAY["none"])
    if not callable(answer):
        raise Mistake(_SAY["not_function"].format(kind=kind(answer)))
    if isinstance(answer, FunctionType) and _is_idle(answer):
        raise Mistake("", not_attempted=True)
    function: Callable[..., Any] = answer
    return function


def _is_idle(function: FunctionType) -> bool:
    """Return whether a function does nothing but give back None or the blank."""
    steps = {step.opname for step in dis.get_instructions(function)}
    return steps <= _IDLE and function.__code__.co_consts[-1] in (None, ...)


def result_of(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a learner's function gives for copies of the arguments.

    Raises:
        Mistake: If it gives nothing, or still the blank.

    Example:
        >>> result_of(max, 2, 3)
        3
    """
    given = [value.copy() if isinstance(value, np.ndarray) else value for value in arguments]
    result = function(*given)
    if blanks(result):
        raise Mistake("", not_attempted=True)
    if result is None:
        raise Mistake(_SAY["returns_none"])
    return result


def loops(function: Any) -> bool:
    """Return whether a function's own Python code repeats something with ``for`` or ``while``.

    Example:
        >>> loops(lambda rows: [row for row in rows]), loops(lambda rows: rows + 1)
        (True, False)
    """
    code = getattr(function, "__code__", None)
    return code is not None and _loops(code)


def _loops(code: Any) -> bool:
    steps = {step.opname for step in dis.get_instructions(code)}
    inner = (constant for constant in code.co_consts if hasattr(constant, "co_code"))
    return any("FOR_ITER" in step or "JUMP_BACKWARD" in step for step in steps) or any(map(_loops, inner))
