"""Keras layers, models and TensorFlow modules, called as nobody meant them to be."""

import keras
import numpy as np
import tensorflow as tf

from tests.tracing.odd.case import NOTES, odd

ROWS = (np.ones((2, 3), np.float32),)


def _dense(units=2, **options):
    return keras.layers.Dense(units, kernel_initializer="ones", **options)


@odd(*ROWS, ops="MatMul*2", graph="MatMul*2")
def calls_a_layer_twice(x):
    layer = _dense(3)
    return layer(layer(x))


@odd(*ROWS, ops="MatMul", graph="MatMul")
def calls_a_layer_in_bfloat16(x):
    return _dense(dtype="mixed_bfloat16")(x)


@odd(*ROWS, ops="MatMul", graph="MatMul", undo=lambda: keras.config.set_dtype_policy("float32"))
def changes_the_policy(x):
    keras.config.set_dtype_policy("mixed_float16")
    return _dense()(x)


@odd(*ROWS, ops="MatMul")
def gives_a_layer_what_does_not_fit(x):
    layer = _dense(name="named")
    layer(x)
    return layer(tf.ones((2, 5)))


class Forgot(keras.layers.Layer):
    def __init__(self):
        NOTES.append("no super().__init__()")

    def call(self, x):
        return x


@odd(*ROWS, ops="", graph="")
def calls_a_layer_that_was_never_initialised(x):
    return object.__new__(Forgot)(x)


class Moody(keras.layers.Layer):
    """Raises what it is asked for beside its call."""

    def call(self, x, *, factor=1.0, mode=None):
        NOTES.append(mode)
        return tf.exp(x) * factor

    def count_params(self):
        raise ZeroDivisionError("not counted")

    @property
    def units(self):
        raise ZeroDivisionError("no units")


@odd(*ROWS, ops="Exp Mul", graph="Exp Mul")
def calls_a_moody_layer(x):
    return Moody()(x, factor=3.0, mode={"any": ["thing"]})


class Broken(keras.layers.Layer):
    def call(self, x):
        tf.exp(x)
        raise KeyError("in a layer")


@odd(*ROWS, ops="Exp", graph="Exp")
def calls_a_layer_that_raises(x):
    return Broken()(x)


class Several(keras.layers.Layer):
    def call(self, inputs, state=None):
        return {"sum": inputs["a"] + inputs["b"][0], "none": None}, [state]


@odd(2.0, ops="AddV2", graph="AddV2")
def calls_a_layer_with_a_structure(x):
    return Several()({"a": x, "b": (x,)}, state=x)


@odd(np.ones((2, 4, 3), np.float32), ops="", has_value=False)
def calls_a_stateful_recurrence(x):
    layer = keras.layers.SimpleRNN(2, stateful=True, kernel_initializer="ones", recurrent_initializer="zeros")
    first, second = layer(x), layer(x)
    layer.reset_state()
    return first, second


class Trained(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = _dense(1)

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        NOTES.append("a step")
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self(x) - y) ** 2)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"loss": loss}


@odd(*ROWS, ops="MatMul*4", has_value=False)
def trains_in_its_own_way(x):
    keras.utils.set_random_seed(3)
    model = Trained()
    model.compile("sgd", run_eagerly=True)
    history = model.fit(x, tf.ones((2, 1)), epochs=2, batch_size=2, verbose=0)
    return history.history["loss"]


class Module(tf.Module):
    def __init__(self):
        super().__init__("module")
        self.w = tf.Variable(2.0, name="w")

    @tf.Module.with_name_scope
    def __call__(self, x):
        return x * self.w


odd(*ROWS, name="a_module", ops="Mul", graph="Mul")(Module())


@odd(*ROWS, ops="MatMul", graph="MatMul")
def builds_under_a_strategy(x):
    with tf.distribute.OneDeviceStrategy("/CPU:0").scope():
        layer = _dense()
        return layer(x)


@odd(*ROWS, ops="MatMul", graph="MatMul")
def drops_units_and_normalises(x):
    y = keras.layers.BatchNormalization()(x, training=True)
    return _dense()(keras.layers.Dropout(0.5)(y, training=False))


@odd(*ROWS, ops="", graph="")
def builds_a_model_without_calling_it(x):
    inputs = keras.Input((3,), name="a name with spaces")
    model = keras.Model(inputs, [_dense(name="first")(inputs), inputs])
    NOTES.append(model.count_params())
    return [tuple(output.shape) for output in model.outputs]


class Doubling(keras.layers.Wrapper):
    def call(self, x):
        return self.layer(x) + self.layer(x)


@odd(*ROWS, ops="MatMul*2", graph="MatMul*2")
def wraps_a_layer(x):
    return Doubling(_dense())(x)


def _patched_call(self, *args, **kwargs):
    NOTES.append("patched")
    return CALL(self, *args, **kwargs)


CALL = keras.layers.Layer.__call__


@odd(*ROWS, ops="MatMul", undo=lambda: setattr(keras.layers.Layer, "__call__", CALL))
def patches_keras_for_ever(x):
    keras.layers.Layer.__call__ = _patched_call
    return _dense()(x)
