"""Functions that raise, in every way that there is."""

import contextlib
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf

from tests.tracing.odd.case import NOTES, kept, odd


class Own(BaseException):
    pass


class Slots(Exception):
    __slots__ = ("code",)


class Refuses(Exception):
    def __setattr__(self, name, value):
        if name[:2] != "__":  # Python's own, as contextlib sets them
            raise PermissionError("not on me")
        super().__setattr__(name, value)

    def __str__(self):
        raise ZeroDivisionError("no text")

    def __bool__(self):
        raise ZeroDivisionError("no truth")


def _raises(kind):
    def function(x):
        y = tf.exp(x)
        raise kept(kind("mine", 3)) if y is not None else None

    function.__name__ = f"raises_{kind.__name__}"
    odd(1.0, ops="Exp", graph="Exp")(function)


for _kind in (ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, StopIteration, Own, Slots, Refuses):
    _raises(_kind)


@odd(1.0, ops="Exp", graph="Exp")
def raises_a_group(x):
    tf.exp(x)
    raise kept(ExceptionGroup("many", [ValueError("a"), ExceptionGroup("inner", [KeyError("b")])]))


@odd(1.0, ops="Exp*2", graph="Exp*2")
def raises_from_another(x):
    try:
        tf.exp(x)
        raise LookupError("first")
    except LookupError as error:
        tf.exp(x)
        raise kept(RuntimeError("second")) from error


@odd(1.0, ops="Exp", graph="Exp")
def raises_while_another_is_handled(x):
    try:
        {}["nowhere"]
    except KeyError:
        tf.exp(x)
        raise kept(TypeError("second"))  # noqa: B904 - that is what is odd here


@odd(1.0, ops="Exp", graph="Exp")
def raises_from_none(x):
    try:
        {}["nowhere"]
    except KeyError:
        tf.exp(x)
        raise kept(TypeError("second")) from None


@odd(1.0, ops="Exp Sin", graph="Exp Sin")
def raises_in_finally(x):
    try:
        tf.exp(x)
        raise ValueError("lost")
    finally:
        tf.sin(x)
        raise kept(OSError("instead"))


@odd(1.0, ops="Exp", graph="Exp")
def raises_with_a_note(x):
    error = kept(ValueError("noted"))
    error.add_note("a note of the user's")
    error.field = tf.exp(x) is not None
    raise error


@odd(1.0, ops="Exp", graph="Exp")
def raises_what_is_its_own_cause(x):
    tf.exp(x)
    first, second = kept(tf.errors.UnknownError(None, None, "a")), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    raise first


@odd(1.0, ops="Exp", graph="Exp")
def raises_an_old_exception_again(x):
    error = kept(ArithmeticError("old"))
    with contextlib.suppress(ArithmeticError):
        raise error
    tf.exp(x)
    raise error


@odd(2.0, ops="Exp Sin", graph="Exp Sin")
def catches_and_goes_on(x):
    try:
        tf.exp(x)
        raise KeyError("a")
    except* KeyError as group:
        NOTES.append(len(group.exceptions))
    return tf.sin(x)


@odd(1.0, ops="Exp", graph="Exp")
def asserts(x):
    assert tf.exp(x) is None, "an assertion of the user's"


@odd(-1.0, ops="Exp")
def asserts_by_tensorflow(x):
    tf.exp(x)
    tf.debugging.assert_positive(x, "x must be positive")


@odd(1.0, ops="Exp")
def asks_tensorflow_for_the_impossible(x):
    tf.exp(x)
    return tf.reshape(tf.stack([x, x, x]), (2, 2))


@odd(fresh=lambda: (np.ones((2, 3), np.float32), np.ones((4, 5), np.float32)), ops="Exp", graph="Exp", has_value=False)
def tries_what_fails_and_goes_on(x, y):
    try:
        return tf.matmul(x, y)
    except (ValueError, tf.errors.InvalidArgumentError):
        return tf.exp(x)


@odd(1.0, ops="Exp", threads="Sin")
def raises_in_a_thread(x):
    def work():
        tf.sin(x)
        raise ValueError("in a thread")

    before = threading.excepthook
    threading.excepthook = lambda told: NOTES.append((told.exc_type, str(told.exc_value), told.thread.name))
    thread = threading.Thread(target=work, name="worker")
    thread.start()
    thread.join()
    threading.excepthook = before
    return tf.exp(x)


@odd(1.0, ops="Exp", threads="Sin")
def raises_what_a_future_brings(x):
    def work():
        tf.sin(x)
        raise kept(ValueError("in a pool"))

    tf.exp(x)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


@odd(1.0, ops="Exp", graph="Exp")
def leaves_by_sys_exit(x):
    tf.exp(x)
    sys.exit(3)


@odd(1.0, ops="Exp", graph="Exp")
def warns(x):
    warnings.warn("a warning of the user's", UserWarning, stacklevel=1)
    return tf.exp(x)


@odd(1.0, ops="Exp", graph="Exp", has_value=False)
def ends_without_end(x):
    tf.exp(x)

    def deeper(n):
        return deeper(n + 1)

    try:
        deeper(0)
    except RecursionError:
        NOTES.append("too deep")


@odd(3.0, ops="Mul*4", graph="Mul*4")
def recurses(x, n=4):
    return x if n == 0 else x * recurses(x, n - 1)


@odd(3.0, ops="Mul*3 AddV2*3", graph="Mul*3 AddV2*3")
def recurses_by_turns(x, n=6):
    def even(x, n):
        return x if n == 0 else 2.0 * odd_one(x, n - 1)

    def odd_one(x, n):
        return 1.0 + even(x, n - 1)

    return even(x, n)


@odd(0.0, ops="AddV2*100", graph="AddV2*100")
def recurses_deeply(x):
    def deeper(x, n):
        return x if n == 0 else deeper(x + 1.0, n - 1)

    return deeper(x, 100)
