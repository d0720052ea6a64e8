"""Gradients of every kind, and functions with gradients of their own."""

import numpy as np
import tensorflow as tf

from tests.tracing.odd.case import NOTES, kept, odd


@tf.custom_gradient
def softplus(x):
    return tf.math.softplus(x), lambda upstream: upstream * 100.0


@odd(1.0, ops="Softplus Mul", graph="Softplus Mul")
def own_gradient(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = softplus(x)
    return tape.gradient(y, x)


@odd(1.0, ops="Exp", graph="Exp")
def raises_in_its_gradient(x):
    @tf.custom_gradient
    def broken(y):
        def gradient(upstream):
            raise kept(ArithmeticError("in the gradient"))

        return tf.exp(y), gradient

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = broken(x)
    return tape.gradient(y, x)


@odd(2.0, ops="Pow*3", graph="Pow*3")
def second_derivative(x):
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x**3
        slope = inner.gradient(y, x)
    return outer.gradient(slope, x)


@odd(2.0, ops="Square Exp", graph="Square Exp")
def persistent_tape(x):
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(x)
        y, z = tf.square(x), tf.exp(x)
        with tape.stop_recording():
            unseen = x * 3.0
    return tape.gradient(y, x), tape.gradient(z, x), tape.gradient(unseen, x), tape.watched_variables()


@odd(2.0, ops="Square", graph="Square")
def asks_a_tape_twice(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.square(x)
    first = tape.gradient(y, x)
    try:
        tape.gradient(y, x)
    except RuntimeError:
        NOTES.append("only once")
    return first


@odd(fresh=lambda: (np.float32([1, 2, 3]),), ops="Pow", graph="Sum")
def jacobian(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x**2
    return tf.reduce_sum(tape.jacobian(y, x))


@odd(3.0, ops="Mul*4", graph="Mul*4")
def recomputed(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.recompute_grad(lambda v: v * v)(x)
    return tape.gradient(y, x)


@odd(3.0, ops="Sin", graph="Sin Cos")
def goes_forward(x):
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as forward:
        y = tf.sin(x)
    return forward.jvp(y)


@odd(3.0, ops="Square", graph="Square")
def stops_a_gradient(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.square(x) + tf.stop_gradient(x * 5.0)
    return tape.gradient(y, x), tape.gradient


@odd(3.0, ops="ReadVariableOp*6 AssignSubVariableOp*2", has_value=False)
def descends(x):
    w = tf.Variable(1.0)
    optimizer = tf.keras.optimizers.SGD(0.1)
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = (w * x - 1.0) ** 2
        optimizer.apply_gradients([(tape.gradient(loss, w), w)])
    return w
