"""Functions of single operations and of the decks, with inputs at which they are smooth."""

import keras
import numpy as np
import tensorflow as tf


def _r(*shape, seed=0, low=0.3, high=1.5):
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)


def _scaled(function):
    """The sum of a result times fixed weights, so that no gradient is the same everywhere."""

    def total(*args):
        result = function(*args)
        weights = np.linspace(0.5, 1.5, result.shape.num_elements()).reshape(result.shape)
        return tf.reduce_sum(result * weights.astype(np.float32))

    return total


ONE = {
    name: (_scaled(getattr(tf.math, name)), (_r(3, 2),))
    for name in (
        *("abs", "asinh", "atan", "cos", "cosh", "digamma", "erf", "erfc", "exp", "expm1", "lgamma", "log", "log1p"),
        *("log_sigmoid", "negative", "reciprocal", "rsqrt", "sigmoid", "sin", "sinh", "softplus", "sqrt", "square"),
        *("tan", "tanh", "cumsum", "reduce_logsumexp", "reduce_max", "reduce_mean", "reduce_prod", "reduce_std"),
    )
}
NEURAL = {
    name: (_scaled(getattr(tf.nn, name)), (_r(3, 4, low=-1.4),))
    for name in ("relu", "elu", "selu", "gelu", "silu", "leaky_relu", "softmax", "log_softmax", "softsign")
}
TWO = {
    name: (_scaled(getattr(tf.math, name)), (_r(3, 2), _r(3, 2, seed=1)))
    for name in (
        *("add", "atan2", "divide", "maximum", "minimum", "multiply", "pow", "squared_difference", "subtract", "xlogy"),
        *("divide_no_nan",),
    )
}
OTHERS = {
    "matmul": (_scaled(tf.matmul), (_r(3, 4), _r(4, 2, seed=1))),
    "einsum": (_scaled(lambda a, b: tf.einsum("bij,bjk->bik", a, b)), (_r(2, 3, 4), _r(2, 4, 2, seed=1))),
    "conv2d": (_scaled(lambda x, k: tf.nn.conv2d(x, k, 1, "SAME")), (_r(1, 5, 5, 2), _r(3, 3, 2, 3, seed=1))),
    "max_pool": (_scaled(lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID")), (_r(1, 4, 4, 2),)),
    "avg_pool": (_scaled(lambda x: tf.nn.avg_pool2d(x, 2, 2, "VALID")), (_r(1, 4, 4, 2),)),
    "bias_add": (_scaled(tf.nn.bias_add), (_r(3, 4), _r(4, seed=1))),
    "concat": (_scaled(lambda a, b: tf.concat([a, b], 0)), (_r(2, 2), _r(1, 2, seed=1))),
    "split": (_scaled(lambda x: tf.split(x, 2, 1)[0] * tf.split(x, 2, 1)[1]), (_r(3, 4),)),
    "stack": (_scaled(lambda a, b: tf.stack([a, b])), (_r(3), _r(3, seed=1))),
    "unstack": (_scaled(lambda x: tf.unstack(x)[1] * tf.unstack(x)[0]), (_r(3, 2),)),
    "transpose": (_scaled(tf.transpose), (_r(3, 2),)),
    "reshape": (_scaled(lambda x: tf.reshape(x, [6])), (_r(3, 2),)),
    "slice": (_scaled(lambda x: x[1:, ::2]), (_r(3, 4),)),
    "pad": (_scaled(lambda x: tf.pad(x, [[1, 0], [0, 2]])), (_r(2, 2),)),
    "gather": (_scaled(lambda x: tf.gather(x, [2, 0, 2])), (_r(3, 2),)),
    "where": (_scaled(lambda x, y: tf.where(x > y, x * x, y)), (_r(5), _r(5, seed=1))),
    "tile": (_scaled(lambda x: tf.tile(x, [2, 1])), (_r(2, 2),)),
    "broadcast": (_scaled(lambda x, y: x * y), (_r(3, 1), _r(1, 4, seed=1))),
    "clip": (_scaled(lambda x: tf.clip_by_value(x, 0.5, 1.2)), (_r(6),)),
    "norm": (lambda x: tf.norm(x), (_r(3, 2),)),
    "sparse cross-entropy": (
        lambda z: tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits([0, 2], z)),
        (_r(2, 3),),
    ),
    "sigmoid cross-entropy": (
        lambda z: tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(tf.constant([0.0, 1.0]), z)),
        (_r(2),),
    ),
    "batch_normalization": (
        _scaled(lambda x: tf.nn.batch_normalization(x, *tf.nn.moments(x, [0]), None, None, 1e-3)),
        (_r(5, 3),),
    ),
    "layer normalisation": (_scaled(keras.layers.LayerNormalization()), (_r(3, 5),)),
    "depthwise convolution": (
        _scaled(lambda x, k: tf.nn.depthwise_conv2d(x, k, [1, 1, 1, 1], "VALID")),
        (_r(1, 4, 4, 2), _r(2, 2, 2, 1, seed=1)),
    ),
}


def d06(x):
    g = tf.cos(x**2) * tf.exp(x) + 2 * x
    return tf.exp(g) * tf.sin(g)


def d04(x):
    g = -3 * x + 4
    return 2 * g + 1


DECKS = {
    "D01": (lambda a, b, c, d: (a + b + c + d) ** 2, (1.0, 2.0, 3.0, 4.0)),
    "D02": (lambda x: (x**2) ** 2, (2.0,)),
    "D03": (lambda x: x * x * x, (2.0,)),
    "D04": (d04, (0.7,)),
    "D05": (lambda x: tf.exp(x**2 + 1), (1.0,)),
    "D06": (d06, (0.5,)),
    "D08": (lambda x, y, w, b: (w * x + b - y) ** 2, (6.7, 9.1, -0.34, 0.04)),
}
CASES = {**ONE, **NEURAL, **TWO, **OTHERS, **DECKS}
