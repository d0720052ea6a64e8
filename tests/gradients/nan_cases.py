"""Twenty functions that make NaN or infinity, and where they do it."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

NAN = float("nan")


@dataclass(frozen=True)
class Case:
    name: str
    make: Any  # returns the function or model, and its arguments
    op: str
    phase: str
    line: str = ""  # a part of the user's line
    layer: str = ""


def sqrt_backward():
    def norm(x):
        return tf.sqrt(tf.reduce_sum(x**2))

    return norm, np.zeros(3, np.float32)


def log_forward():
    def loss(p):
        return -tf.reduce_mean(tf.math.log(p) * 0.5)

    return loss, np.float32([0.5, 0.0])


def log_of_negative():
    return (lambda x: tf.reduce_sum(tf.math.log(x))), np.float32([-1.0, 2.0])


def where_trap():
    def safe(x):
        return tf.reduce_sum(tf.where(x > 0.0, tf.math.log(x), 0.0))

    return safe, np.float32([0.0, 1.0])


def zero_by_zero():
    return (lambda x, y: tf.reduce_sum(x / y)), np.float32([0.0, 1.0]), np.float32([0.0, 1.0])


def acos_at_one():
    return (lambda x: tf.acos(x)), 1.0


def half_power():
    return (lambda x: tf.reduce_sum(tf.pow(x, 0.5))), np.float32([0.0, 2.0])


def overflow():
    def naive_softmax(z):
        e = tf.exp(z)
        return tf.reduce_sum(e / tf.reduce_sum(e))

    return naive_softmax, np.float32([1.0, 1000.0])


def half_precision():
    return (lambda x: tf.reduce_sum(tf.cast(x * x, tf.float32))), np.float16([300.0, 1.0])


def infinity_minus_infinity():
    def masked(x):
        scores = x + tf.constant([0.0, -np.inf])
        return tf.reduce_sum(scores - tf.reduce_min(scores))

    return masked, np.float32([1.0, 2.0])


def in_a_function():
    @tf.function
    def inner(x):
        return tf.math.log(x)

    return (lambda x: inner(x - 1.0) * 2.0), 1.0


def in_a_compiled_function():
    @tf.function(jit_compile=True)
    def inner(x):
        return tf.math.rsqrt(x)

    return (lambda x: inner(x) * 2.0), 0.0


def in_a_loop():
    def shrink(x):
        for _ in tf.range(4):
            x = tf.math.log(x)
        return x

    return shrink, 3.0


def in_a_branch():
    def choose(x):
        if x > 0.0:
            y = tf.math.log(x - 2.0)
        else:
            y = x
        return y

    return choose, 2.0


def backward_in_a_loop():
    def roots(x):
        for _ in tf.range(2):
            x = tf.sqrt(x)
        return x

    return roots, 0.0


def custom_gradient():
    @tf.custom_gradient
    def odd(x):
        return x * 1.0, lambda upstream: upstream * NAN

    return (lambda x: odd(x) * 2.0), 3.0


def _cnn(**options):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(4, 3, activation="relu", name="conv"),
            keras.layers.MaxPooling2D(name="pool"),
            keras.layers.Flatten(),
            keras.layers.Dense(3, name="out"),
        ]
    )
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), **options)
    return model


def swallowed_weights():
    model = _cnn()
    kernel, bias = model.get_layer("conv").get_weights()
    kernel[0, 0, 0, 1] = NAN
    model.get_layer("conv").set_weights([kernel, bias])
    return model, np.ones((2, 8, 8, 1), np.float32), np.array([0, 1])


def swallowed_weights_compiled():
    model = _cnn(jit_compile=True)
    model.get_layer("out").bias.assign([0.0, NAN, 0.0])
    return model, np.ones((2, 8, 8, 1), np.float32), np.array([0, 1])


def bad_data():
    x = np.ones((2, 8, 8, 1), np.float32)
    x[1, 3, 3, 0] = NAN
    return _cnn(), x, np.array([0, 1])


class Logarithm(keras.layers.Layer):
    def call(self, x):
        return tf.math.log(x)


def in_a_layer():
    model = keras.Sequential([keras.Input((3,)), Logarithm(name="logarithm"), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model, np.float32([[1.0, 0.0, 2.0]]), np.float32([[1.0]])


CASES = [
    Case("the square root of nothing", sqrt_backward, "Sqrt", "backward", "tf.sqrt(tf.reduce_sum(x**2))"),
    Case("the logarithm of nothing", log_forward, "Log", "forward", "tf.math.log(p) * 0.5"),
    Case("the logarithm of less than nothing", log_of_negative, "Log", "forward", "tf.math.log(x)"),
    Case("what where leaves out", where_trap, "Log", "backward", "tf.where(x > 0.0"),
    Case("nothing by nothing", zero_by_zero, "RealDiv", "forward", "x / y"),
    Case("the arc cosine at its end", acos_at_one, "Acos", "backward", "tf.acos(x)"),
    Case("a power of one half", half_power, "Pow", "backward", "tf.pow(x, 0.5)"),
    Case("an exponential", overflow, "Exp", "forward", "e = tf.exp(z)"),
    Case("half precision", half_precision, "Mul", "forward", "x * x"),
    Case("a mask less a mask", infinity_minus_infinity, "Sub", "forward", "scores - tf.reduce_min"),
    Case("in a tf.function", in_a_function, "Log", "forward", "return tf.math.log(x)"),
    Case("in a compiled function", in_a_compiled_function, "Rsqrt", "forward", "tf.math.rsqrt(x)"),
    Case("in a loop", in_a_loop, "Log", "forward", "x = tf.math.log(x)"),
    Case("in a branch", in_a_branch, "Log", "forward", "tf.math.log(x - 2.0)"),
    Case("on the way back through a loop", backward_in_a_loop, "Sqrt", "backward", "x = tf.sqrt(x)"),
    Case("a gradient of the user's own", custom_gradient, "IdentityN", "backward"),
    Case("a weight that the kernel swallows", swallowed_weights, "Placeholder", "variable"),
    Case("a weight of a compiled model", swallowed_weights_compiled, "Placeholder", "variable"),
    Case("a pixel", bad_data, "Placeholder", "input"),
    Case("in a layer", in_a_layer, "Log", "forward", "return tf.math.log(x)", "logarithm"),
]
