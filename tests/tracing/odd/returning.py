"""Functions that return what nobody expects."""

import collections
import dataclasses
import types

import tensorflow as tf

from tests.tracing.odd.case import odd


@odd(2.0, ops="Exp", graph="Exp")
def returns_nothing(x):
    tf.exp(x)


@odd(2.0, ops="", graph="Placeholder")
def returns_its_argument(x):
    return x


@odd(2.0, ops="", graph="")
def returns_no_tensor(x):
    return 1.0, "text", b"bytes", ..., NotImplemented, int, object()


@odd(2.0, ops="Exp Sin", graph="Exp Sin")
def returns_keys_that_have_no_order(x):
    return {1: tf.exp(x), "a": tf.sin(x), None: 3, (1, 2): {}}


@odd(2.0, ops="Exp", graph="Exp")
def returns_a_list_that_holds_itself(x):
    found = [tf.exp(x)]
    found.append(found)
    return found


@odd(2.0, ops="Exp", graph="Exp")
def returns_a_dictionary_that_holds_itself(x):
    found = {"a": tf.exp(x)}
    found["self"] = (found, [found])
    return found


@odd(2.0, ops="Exp", graph="Exp", has_value=False)
def returns_what_is_too_deep(x):
    found = tf.exp(x)
    for _ in range(50):
        found = [found]
    return found


@odd(2.0, ops="Exp", graph="Exp", has_value=False)
def returns_what_is_deeper_than_python_goes(x):
    found = tf.exp(x)
    for _ in range(5_000):
        found = [found]
    DEEP.append(found)


DEEP = collections.deque(maxlen=1)


@odd(2.0, ops="Exp", graph="Exp")
def returns_many(x):
    return [tf.exp(x), *range(20_000)]


Pair = collections.namedtuple("Pair", "first second")


@odd(2.0, ops="Exp Sin", graph="Exp Sin")
def returns_a_named_tuple(x):
    return Pair(tf.exp(x), Pair(tf.sin(x), None))


@dataclasses.dataclass
class Record:
    found: object


@odd(2.0, ops="Exp", graph="Exp", has_value=False)
def returns_a_dataclass(x):
    return Record(tf.exp(x))


class Mine(dict):
    pass


@odd(2.0, ops="Exp*2", graph="Exp*2")
def returns_dictionaries_of_other_classes(x):
    return Mine(b=tf.exp(x)), collections.defaultdict(list, a=tf.exp(x)), types.MappingProxyType({})


@odd(2.0, ops="Exp", graph="Exp", has_value=False)
def returns_a_set(x):
    return {1, "a"} if tf.exp(x) is not None else None


@odd(2.0, ops="Exp", graph="Exp", has_value=False)
def returns_a_function(x):
    y = tf.exp(x)
    return lambda: tf.sin(y)


@odd(2.0, ops="Exp", graph="Exp")
def returns_a_sparse_and_a_ragged_tensor(x):
    y = tf.reshape(tf.exp(x), (1,))
    return tf.SparseTensor([[0]], y, [3]), tf.RaggedTensor.from_row_lengths(y, [0, 1])


@odd(2.0, ops="AssignVariableOp", has_value=False)
def returns_a_variable(x):
    return tf.Variable(x)


@odd(2.0, ops="Exp", has_value=False)
def returns_an_exception(x):
    return ValueError(tf.exp(x).shape)
