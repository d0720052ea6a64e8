"""Exercises of lesson 18: operations on chosen devices, a fair stopwatch, the final project."""

from __future__ import annotations

import contextlib
import time
import timeit
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, dice, kind, numbers, require_function, result_of
from tfkit.course.check import task
from tfkit.course.data import find_fashion_mnist, load_fashion_mnist
from tfkit.course.exercises.pictures import clothes

_TARGETS = {"full": 0.87, "small": 0.83}
_CLOCKS = [f"{name}{unit}" for name in ("perf_counter", "time", "monotonic", "process_time") for unit in ("", "_ns")]

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Write a function that computes x + 1, x * 2 and x - 3, each on its own given device.",
    "a.hint.1": "`with tf.device(name):` places what is computed in its block.",
    "a.hint.2": "Three blocks, one for each name in `devices`; put the three results into a list.",
    "a.hint.3": "`with tf.device(devices[0]): first = x + 1`, and so on; return [first, second, third].",
    "a.praise": "Each operation ran where you wanted it. On a machine with a GPU the names are the only change.",
    "a.three": "The function should return a list of three tensors, but it returns {kind}.",
    "a.plain": "Result {number} is no tensor: it was computed by NumPy or Python, on no device.",
    "a.unplaced": "Result {number} was placed by TensorFlow itself. Compute it inside `with tf.device(...)`.",
    "a.device": "Result {number} is on {given}; it should be on {wanted}.",
    "a.one_block": "All results are on {given}: each needs a block of its own.",
    "a.values": "Result {number} is {given}; it should be {wanted}.",
    "b.prompt": "Write a function that says how many times longer `slow()` takes than `fast()`, measured fairly.",
    "b.hint.1": "The first call of a function includes building its graph. Call each once before you measure.",
    "b.hint.2": "A call may return before the work is done. `result.numpy()` waits for it.",
    "b.hint.3": "A helper: call once and ask for .numpy(); then take the time of several calls, each with .numpy().",
    "b.praise": "Warmed up, and waited for: now the number means something.",
    "b.warm": "You give {given:.2f}, and it is {wanted:.2f}: the first calls, which build the graph, were measured too.",
    "b.sync": "You give {given:.2f}, and it is {wanted:.2f}: you did not wait for the results. Ask for .numpy() in the timed part.",
    "b.both": "You give {given:.2f}, and it is {wanted:.2f}: warm up first, and wait for the results.",
    "b.turned": "You divided the other way round: slow by fast.",
    "b.difference": "You give a difference of times. Divide them.",
    "b.values": "You give {given:.2f}, but it is {wanted:.2f}.",
    "b.clock": "Your function does not use Python's clock. Use time.perf_counter().",
    "c.prompt": "Train a network on Fashion-MNIST that names at least 0.87 of the full test set rightly, or 0.83 of the small one.",
    "c.hint.1": "A CNN as in lesson 15 is a good start. Which size of data does this machine have?",
    "c.hint.2": "With all 60,000 pictures four epochs are enough. With the small set: dropout, and 15 to 20 epochs.",
    "c.hint.3": "16 and 32 filters, dropout 0.3, Adam(0.003), batch size 64; 4 epochs, or 18 on the small set.",
    "c.praise": "That is the whole way: from a tensor to a network that knows clothes. Write the result card.",
}


def _check_places(answer: Any) -> None:
    """Build the function's graph: there the wanted devices stand, also those that this machine has not."""
    import tensorflow as tf

    function = require_function(getattr(answer, "python_function", answer))  # the body of a tf.function
    for devices in (("/CPU:0", "/GPU:0", "/CPU:1"), ("/GPU:1", "/CPU:0", "/GPU:0")):
        value = float(dice(18).integers(2, 9))
        with tf.Graph().as_default():
            x = tf.constant(value)
            results = result_of(function, x, list(devices))
            if not isinstance(results, (list, tuple)) or len(results) != 3:
                raise Mistake(_SAY["a.three"].format(kind=kind(results)))
            _judge_places(results, devices)
        _judge_values(function, value)


def _judge_places(results: Any, devices: tuple[str, ...]) -> None:
    found = []
    for number, result in enumerate(results, start=1):
        if not hasattr(result, "op"):
            raise Mistake(_SAY["a.plain"].format(number=number))
        found.append("/" + result.op.device.split("/")[-1].removeprefix("device:"))
    for number, (given, wanted) in enumerate(zip(found, devices, strict=True), start=1):
        if given == "/":
            raise Mistake(_SAY["a.unplaced"].format(number=number))
        if given != wanted:
            if len(set(found)) == 1:
                raise Mistake(_SAY["a.one_block"].format(given=given))
            raise Mistake(_SAY["a.device"].format(number=number, given=given, wanted=wanted))


def _judge_values(function: Callable[..., Any], value: float) -> None:
    import tensorflow as tf

    results = function(tf.constant(value), ["/CPU:0"] * 3)
    for number, (result, wanted) in enumerate(zip(results, (value + 1, value * 2, value - 3), strict=True), start=1):
        given = float(numbers(result, "a number").reshape(()))
        if given != wanted:
            raise Mistake(_SAY["a.values"].format(number=number, given=given, wanted=wanted))


@dataclass
class _Work:
    """A function as a stopwatch meets it: dear at the first call, and done only when it is asked for its number."""

    clock: list[float]
    call_s: float
    work_s: float
    first_s: float
    calls: int = field(default=0)

    def __call__(self) -> _Work:
        self.clock[0] += self.call_s + (self.first_s if self.calls == 0 else 0)
        self.calls += 1
        return self

    def numpy(self) -> np.float32:
        self.clock[0] += self.work_s
        return np.float32(1)

    def __float__(self) -> float:
        return float(self.numpy())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self.numpy(), dtype)


def _check_stopwatch(answer: Any) -> None:
    function = require_function(answer)
    for slow, fast in ((0.06, 0.02), (0.05, 0.01)):
        clock = [100.0]
        works = _Work(clock, 0.001, slow, 0.5), _Work(clock, 0.001, fast, 0.9)
        with _clock_of(function, clock):
            result = result_of(function, *works)
        given, wanted = float(numbers(result, "a ratio").reshape(())), (slow + 0.001) / (fast + 0.001)
        if not all(work.calls for work in works) or clock[0] == 100.0 or not np.isfinite(given):
            raise Mistake(_SAY["b.clock"])
        _judge_ratio(given, wanted, works)


def _judge_ratio(given: float, wanted: float, works: tuple[_Work, _Work]) -> None:
    if abs(given - wanted) < 0.02 * wanted:
        return
    if abs(given - 1 / wanted) < 0.02:
        raise Mistake(_SAY["b.turned"])
    slow, fast = works
    count = slow.calls
    cold = (slow.first_s + count * (slow.call_s + slow.work_s)) / (fast.first_s + count * (fast.call_s + fast.work_s))
    both = (slow.first_s + count * slow.call_s) / (fast.first_s + count * fast.call_s)
    known = {"warm": cold, "sync": 1.0, "both": both}
    for name, wrong in known.items():
        if abs(given - wrong) < 0.02 * wrong:
            raise Mistake(_SAY[f"b.{name}"].format(given=given, wanted=wanted))
    if abs(given) < 0.5:
        raise Mistake(_SAY["b.difference"])
    raise Mistake(_SAY["b.values"].format(given=given, wanted=wanted))


@contextlib.contextmanager
def _clock_of(function: Any, clock: list[float]) -> Iterator[None]:
    """Let a function read another clock, so that what it measures does not depend on how busy the machine is."""
    real = {name: getattr(time, name) for name in _CLOCKS}
    places: list[tuple[Any, str]] = [(vars(time), name) for name in _CLOCKS]
    places.append((vars(timeit), "default_timer"))
    own = function.__globals__ if isinstance(function, FunctionType) else {}
    places += [(own, name) for name, value in own.items() if any(value is one for one in real.values())]
    before = [(scope, name, scope[name]) for scope, name in places]
    defaults = {one: one.__defaults__ for one in (timeit.timeit, timeit.repeat, timeit.Timer.__init__)}
    try:
        for one, values in defaults.items():
            one.__defaults__ = tuple(
                (lambda: clock[0]) if value is real["perf_counter"] else value for value in values or ()
            )
        for scope, name in places:
            value = scope[name]
            scope[name] = (lambda: round(clock[0] * 1e9)) if value.__name__.endswith("_ns") else (lambda: clock[0])
        yield
    finally:
        for one, values in defaults.items():
            one.__defaults__ = values
        for scope, name, value in before:
            scope[name] = value


def _check_project(answer: Any) -> None:
    """Ask for more where the full data set is."""
    size = "small" if find_fashion_mnist() is None else "full"
    clothes(_TARGETS[size], lambda: load_fashion_mnist(size))(answer)


TASKS = (
    task("a", _SAY, answer="place", check=_check_places),
    task("b", _SAY, answer="times_longer", check=_check_stopwatch),
    task("c", _SAY, answer="project", check=_check_project),
)
