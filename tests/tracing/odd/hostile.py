"""Objects that answer everything that is asked of them by raising."""

import collections

import numpy as np
import tensorflow as tf

from tests.tracing.odd.case import NOTES, odd


def _refuse(self, *args):
    raise ZeroDivisionError("not me")


class Hostile:
    """Only ``value`` may be touched."""

    def __init__(self, value=2.0):
        object.__setattr__(self, "value", value)

    __repr__ = __str__ = __eq__ = __len__ = __bool__ = __iter__ = __array__ = __getattr__ = __hash__ = _refuse
    __float__ = __index__ = __setattr__ = __getitem__ = __dir__ = __format__ = _refuse


class HostileCallable(Hostile):
    def __call__(self, x):
        return x * 2.0


class Anything:
    """Has whatever it is asked for."""

    def __getattr__(self, name):
        return self if not name.startswith("__") else object.__getattribute__(self, name)

    def __call__(self, x):
        return x * 3.0


class LiesAboutItsClass:
    @property
    def __class__(self):
        raise ZeroDivisionError("no class")

    value = 4.0


class Numbers:
    def __array__(self, dtype=None, copy=None):
        NOTES.append("asked for numbers")
        return np.float32([1, 2])


odd(2.0, name="a_hostile_callable", ops="Mul")(HostileCallable())
odd(2.0, name="a_callable_with_every_attribute", ops="Mul", graph="Mul")(Anything())


@odd(fresh=lambda: (2.0, Hostile()), ops="Mul", graph="Mul")
def takes_a_hostile_object(x, thing):
    return x * thing.value


@odd(fresh=lambda: (2.0, LiesAboutItsClass()), ops="Mul")  # AutoGraph asks for its class
def takes_a_liar(x, thing):
    return x * thing.value


@odd(2.0, ops="Mul", has_value=False, graph="Mul")
def returns_a_hostile_object(x):
    return Hostile(x * 2.0)


@odd(2.0, ops="Exp", graph="Exp")
def tries_to_use_a_hostile_object(x):
    thing = Hostile()
    for use in (repr, len, bool, float, tf.convert_to_tensor):
        try:
            use(thing)
        except ZeroDivisionError as error:
            NOTES.append(str(error))
    return tf.exp(x)


@odd(np.float32([1, 2]), ops="AddV2", graph="AddV2")
def adds_what_turns_into_numbers(x):
    return x + Numbers()


class Ordered(collections.OrderedDict):
    def __iter__(self):
        NOTES.append("iterated")
        return super().__iter__()

    keys = values = items = _refuse


@odd(2.0, ops="Exp", graph="Exp", has_value=False)
def returns_a_dictionary_that_refuses(x):
    found = Ordered()
    found["a"] = tf.exp(x)
    HELD.append(found)
    return len(HELD)


HELD = collections.deque(maxlen=1)


class Point(tf.experimental.ExtensionType):
    x: tf.Tensor
    y: tf.Tensor


@odd(fresh=lambda: (Point(tf.constant(2.0), tf.constant(3.0)),), ops="Mul", graph="Mul")
def takes_a_type_of_its_own(point):
    return point.x * point.y


@odd(fresh=lambda: ({"a": tf.constant(1.0), 2: tf.constant(2.0)},), ops="Sub", graph="Sub")
def takes_keys_that_have_no_order(pair):
    return pair["a"] - pair[2]
