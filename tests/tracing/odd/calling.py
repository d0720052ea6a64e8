"""Callables and signatures of every kind."""

import functools
import types
from unittest import mock

import numpy as np
import tensorflow as tf

from tests.tracing.odd.case import NOTES, odd


class Called:
    def __call__(self, x):
        return x - 1.0

    def method(self, x):
        return x - 2.0

    @classmethod
    def of_class(cls, x):
        return x - 3.0

    @staticmethod
    def static(x):
        return x - 4.0


class Slotted:
    __slots__ = ("by",)

    def __init__(self):
        self.by = 5.0

    def __call__(self, x):
        return x - self.by


class Meta(type):
    def __call__(cls, x):
        return x - 6.0


class MadeByMeta(metaclass=Meta):
    pass


class Knows:
    @functools.singledispatchmethod
    def does(self, x):
        return x - 7.0


ONE = {"ops": "Sub", "graph": "Sub"}
odd(1.0, name="a_callable_object", **ONE)(Called())
odd(1.0, name="a_bound_method", **ONE)(Called().method)
odd(1.0, name="a_class_method", **ONE)(Called.of_class)
odd(1.0, name="a_static_method", **ONE)(Called.static)
odd(1.0, name="an_object_with_slots", **ONE)(Slotted())
odd(1.0, name="a_method_of_single_dispatch", **ONE)(Knows().does)
odd(1.0, name="a_partial_of_a_partial", **ONE)(functools.partial(functools.partial(tf.subtract), y=8.0))
odd(-1.5, name="a_builtin", ops="Abs", graph="Abs")(abs)
odd(1.0, name="a_mock", ops="Exp", graph="Exp")(mock.Mock(side_effect=lambda x: tf.exp(x)))
odd(1.0, name="a_magic_mock", ops="Exp", graph="Exp")(mock.MagicMock(side_effect=lambda x: tf.exp(x)))
odd(1.0, name="a_lambda_beside_another", ops="Sin", graph="Sin")((lambda x: tf.sin(x), lambda x: tf.cos(x))[0])
odd(1.0, name="a_compiled_function", graph="Exp Mul")(tf.function(lambda x: tf.exp(x) * 2.0, jit_compile=True))
odd(np.float32([1, 2]), name="a_partial_of_tensorflow", ops="ConcatV2", graph="ConcatV2")(
    functools.partial(lambda values, x: tf.concat([values, x], 0), np.float32([3]))
)


@odd(1.0, 2.0, 3.0, ops="Mul AddV2", graph="Mul AddV2")
def odd_parameters(a, b, /, *rest, keyword=2.0, **more):
    return a * b + rest[0] if not more else keyword


@odd(1.0, ops="AddN", graph="AddN", undo=lambda: has_a_default_that_changes.__defaults__[0].clear())
def has_a_default_that_changes(x, known=[]):  # noqa: B006 - that is what is odd here
    known[:] = [*known[:1], 1.0]
    NOTES.append(len(known))
    return tf.add_n([x, x])


def _loudly(function):
    @functools.wraps(function)
    def loud(*args, **kwargs):
        NOTES.append(("before", len(args), sorted(kwargs)))
        try:
            return function(*args, **kwargs)
        finally:
            NOTES.append("after")

    return loud


@odd(1.0, ops="Exp", graph="Exp")
@_loudly
@_loudly
def decorated(x):
    return tf.exp(x)


def _that_wraps_itself():
    def wraps_itself(x):
        return tf.exp(x)

    wraps_itself.__wrapped__ = wraps_itself
    return wraps_itself


odd(1.0, ops="Exp", graph="Exp")(_that_wraps_itself())
_made = {}
exec(compile("def without_source(x):\n    return tf.exp(x) * 2.0\n", "<nowhere>", "exec"), {"tf": tf}, _made)
odd(1.0, ops="Exp Mul", graph="Exp Mul")(_made["without_source"])
exec(compile("def of_another_file(x):\n    return tf.exp(x)\n", __file__, "exec"), {"tf": tf}, _made)
odd(1.0, ops="Exp")(_made["of_another_file"])
_code = _made["without_source"].__code__.replace(co_filename="no\0file.py")
odd(1.0, name="of_an_impossible_file", ops="Exp Mul", graph="Exp Mul")(types.FunctionType(_code, {"tf": tf}))


@odd(2.0, ops="Mul AddV2", graph="Mul AddV2")
def changes_a_closure(x):
    total = x

    def add():
        nonlocal total
        total = total + x * x

    add()
    return total


@odd(2.0, ops="Exp Sin", graph="Exp Sin")
def modern_syntax(x):
    if (y := tf.exp(x)) is None:
        return None
    match {"kind": "sin", "many": [1, 2]}:
        case {"kind": "sin", "many": [first, *_]} if first:
            z = tf.sin(y)
        case _:
            z = y
    del y
    return z


@odd(2.0, ops="Mul*3", graph="Mul*3")
def loops_with_breaks(x):
    for place in range(10):
        if place == 3:
            break
        if place == 100:
            continue
        x = x * 2.0
    else:
        x = tf.exp(x)
    while True:
        return x


@odd(2.0, ops="Exp", name="a_function_of_a_type", graph="Exp")
def _typed(x: "Nowhere[int]") -> "Nothing":  # noqa: F821 - that is what is odd here
    return tf.exp(x)


odd(2.0, ops="Exp", name="a_method_put_on_an_object", graph="Exp")(
    types.MethodType(lambda self, x: tf.exp(x), types.SimpleNamespace())
)
