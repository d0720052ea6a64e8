import keras
import pytest
import tensorflow as tf

import tfkit
from tfkit.errors import TraceError


def reasons(function):
    return [trace.reason for trace in tfkit.retraces(function).traces]


def test_every_kind_of_new_argument():
    @tf.function
    def f(x, n=1, training=False, *, mode="a"):
        return x * tf.cast(n, x.dtype) if tf.is_tensor(x) else tf.constant(x) * n

    one = tf.ones(2)
    f(one)
    f(tf.ones(3))
    f(one, 2)
    f(tf.ones(2, tf.int32))
    f(one, training=True)
    f(one, mode="b")
    f(1.0)
    f(tf.ones((2, 2)))
    f(one)  # known
    assert reasons(f) == [
        "the first call",
        "x has the shape (3,), and had (2,) before",
        "n is the Python value 2, and was 1 before",
        "x has the type int32, and had float32 before",
        "training is the Python value True, and was False before",
        "mode is the Python value 'b', and was 'a' before",
        "x is the Python value 1.0, and was (2,) int32 before",
        "x has the shape (2, 2), and had (3,) before",
    ]
    advice = [trace.advice for trace in tfkit.retraces(f).traces]
    assert "input_signature with tf.TensorSpec((None,), tf.float32)" in advice[1]
    assert "pass tf.constant(2)" in advice[2]
    assert "tf.cast(x, tf.float32)" in advice[3]
    assert "switch with few values" in advice[4]
    assert "as a tensor always" in advice[6]
    assert "tf.TensorSpec(None, tf.float32)" in advice[7]


def test_following_the_advice_helps():
    @tf.function(input_signature=[tf.TensorSpec((None,), tf.float32), tf.TensorSpec((), tf.int32)])
    def f(x, n):
        return x * tf.cast(n, tf.float32)

    for size in (2, 3, 4):
        f(tf.ones(size), tf.constant(size))
    assert reasons(f) == ["the first call"]
    assert repr(tfkit.retraces(f)).startswith("f was traced once.\n1. f(x: (None,) float32, n: () int32)")


def test_objects_and_structures():
    class Thing:
        value = 1.0

    @tf.function
    def f(thing, parts):
        return tf.constant(1.0)

    things = Thing(), Thing()
    f(things[0], [tf.ones(1)])
    f(things[1], [tf.ones(1)])
    f(things[1], {"a": tf.ones(1)})
    assert reasons(f)[1] == "thing is another object than before"
    assert reasons(f)[2] == "parts is {'a': (1,) float32}, and was [(1,) float32] before"


def test_methods_layers_and_jit():
    class Module(tf.Module):
        @tf.function
        def call(self, x):
            return x

    module = Module()
    module.call(tf.ones(1))
    module.call(tf.ones(2))
    assert len(reasons(module.call)) == 2
    jitted = tf.function(lambda x: x + 1, jit_compile=True, autograph=False)
    jitted(tf.ones(1))
    assert repr(tfkit.retraces(jitted)).startswith("function was traced once")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.predict(tf.ones((4, 2)), verbose=0)
    assert reasons(model.predict_function)[0] == "the first call"


def test_variables_made_in_a_first_call_take_one_more_trace():
    kept = []

    @tf.function
    def f(x):
        if not kept:
            kept.append(tf.Variable(1.0))
        return x + kept[0]

    f(1.0)
    found = tfkit.retraces(f)
    assert found.count == 2
    assert found.traces[1].reason.startswith("the first call made variables")
    f(2.0)
    assert tfkit.retraces(f).traces[2].reason == "x is the Python value 2.0, and was 1.0 before"


def test_not_called_yet():
    function = tf.function(lambda x: x)
    assert repr(tfkit.retraces(function)) == "function was not called yet: there is no trace."
    assert "<table>" not in tfkit.retraces(function)._repr_mimebundle_()["text/html"]


def test_the_table_escapes_what_users_wrote():
    @tf.function
    def f(x, mode):
        return x

    f(1.0, "<script>alert(1)</script>")
    html = tfkit.retraces(f)._repr_mimebundle_()["text/html"]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("wrong", [len, 3, None, lambda x: x])
def test_what_is_no_tf_function(wrong):
    with pytest.raises(TraceError, match=r"is no tf\.function.*Put @tf\.function"):
        tfkit.retraces(wrong)
