"""Exercises of lesson 11: a net from its drawing, counting parameters, three layers as one, options of a layer."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, dice, kind, numbers, require_function, result_of
from tfkit.course.check import task
from tfkit.course.exercises.expect import entries, is_close

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Build the net of the drawing: three inputs, four units with relu, two units with softmax.",
    "a.hint.1": "The inputs are `keras.Input((3,))`; each row of units is one Dense layer.",
    "a.hint.2": 'The units of a Dense layer come first, then `activation="relu"`.',
    "a.hint.3": 'A list for Sequential: Input((3,)), Dense(4, "relu" as activation), Dense(2, "softmax" as activation).',
    "a.praise": "List, add() or functional: the net is the same.",
    "a.model": "The answer should be a Keras model, but it is {kind}.",
    "a.unbuilt": "The model has no weights yet, because it does not know its input. Begin with keras.Input((3,)).",
    "a.inputs": "The net should take 3 numbers, but it takes {given}.",
    "a.layers": "The net should have two layers with weights, but it has {given}.",
    "a.units": "The layers should have 4 and 2 units, but they have {given}.",
    "a.bias": "A layer has no bias. Leave use_bias as it is.",
    "a.no_relu": "The first layer has no relu. Without it the two layers are only one.",
    "a.no_softmax": "The last layer has no softmax: its outputs do not sum to 1.",
    "a.sigmoid": "The last layer has a sigmoid. Two probabilities that sum to 1 need a softmax.",
    "a.hidden": "The first layer has another activation than relu.",
    "a.exchanged": "The activations are exchanged: relu belongs to the first layer, softmax to the last.",
    "a.three": "Take one input of three numbers, keras.Input((3,)), instead of three inputs.",
    "a.values": "The net computes something else than relu, then softmax.",
    "b.prompt": "Count the parameters of the 2-3-3-1 net: for each layer, and in all.",
    "b.hint.1": "A layer has a weight for each pair of input and unit, and a bias for each unit.",
    "b.hint.2": "The first layer: 2 · 3 weights and 3 biases.",
    "b.hint.3": "9 for the first, 3 · 3 + 3 for the second, 3 · 1 + 1 for the third. Add them up.",
    "b.praise": "So count_params() holds no secret.",
    "b.1": "Layer 1: 2 · 3 weights and 3 biases.",
    "b.1.6": "Layer 1: you counted the weights. Each of the three units has a bias, too.",
    "b.1.7": "Layer 1: every unit has a bias of its own, so there are three.",
    "b.2": "Layer 2: 3 · 3 weights and 3 biases.",
    "b.2.9": "Layer 2: you counted the weights. Each unit has a bias, too.",
    "b.3": "Layer 3: 3 weights and one bias.",
    "b.3.3": "Layer 3: the single unit has a bias, too.",
    "b.4": "The sum of the three layers is not {answer}.",
    "c.prompt": "Write a function that makes one weight matrix and one bias out of three linear layers.",
    "c.hint.1": "Write the three steps into one formula: ((x W1 + b1) W2 + b2) W3 + b3.",
    "c.hint.2": "Multiply it out. x is multiplied by W1 W2 W3; the rest is the bias.",
    "c.hint.3": "`b1 @ w2 @ w3 + b2 @ w3 + b3` is the bias.",
    "c.praise": "Without activations, a hundred layers are one.",
    "c.pair": "Your function should return a matrix and a bias.",
    "c.matrix": "The matrix is not W1 W2 W3, in this order.",
    "c.last": "You took the last bias only. The first two pass through the layers behind them.",
    "c.first": "The part of b1 is missing: it passes through W2 and W3.",
    "c.third": "The part of b3 is missing: the last bias is added as it is.",
    "c.sum": "You added the biases as they are. b1 passes through W2 and W3, b2 through W3.",
    "c.order": "The order is the matrix, then the bias.",
    "c.bias": "The matrix is right; the bias is {given}, but it should be {wanted}.",
    "d.prompt": "Make the layer: 64 units, sigmoid, l1(0.01) on the kernel, l2(0.01) on the bias, bias starting at 2.",
    "d.hint.1": "All options are arguments of Dense: kernel_regularizer, bias_regularizer, bias_initializer.",
    "d.hint.2": "Regularizers come from keras.regularizers, start values from keras.initializers.",
    "d.hint.3": "`bias_initializer=keras.initializers.Constant(2.0)`, `kernel_regularizer=keras.regularizers.L1(0.01)`.",
    "d.praise": "Five options, all where they belong.",
    "d.layer": "The answer should be a Dense layer, but it is {kind}.",
    "d.units": "The layer should have 64 units, but it has {given}.",
    "d.activation": "The activation should be the sigmoid, but it is {given}.",
    "d.no_bias": "The layer has no biases. Leave use_bias as it is.",
    "d.start": "The weights of the kernel start at 2. It is the biases that should: bias_initializer.",
    "d.bias": "The biases should start at 2, but they start at {given:g}.",
    "d.kernel": "The kernel should be regularized with l1(0.01), but it is with {given}.",
    "d.other": "The bias should be regularized with l2(0.01), but it is with {given}.",
    "d.swapped": "The regularizers are exchanged: l1 belongs to the kernel, l2 to the bias.",
}


def _check_net(answer: Any) -> None:
    if not hasattr(answer, "get_weights") or not hasattr(answer, "layers"):
        raise Mistake(_SAY["a.model"].format(kind=kind(answer)))
    weights = answer.get_weights()
    if not weights:
        raise Mistake(_SAY["a.unbuilt"])
    kernels = [weight for weight in weights if weight.ndim == 2]
    if len(getattr(answer, "inputs", None) or [None]) > 1:
        raise Mistake(_SAY["a.three"])
    if kernels[0].shape[0] != 3:
        raise Mistake(_SAY["a.inputs"].format(given=kernels[0].shape[0]))
    if len(kernels) != 2:
        raise Mistake(_SAY["a.layers"].format(given=len(kernels)))
    units = [kernel.shape[1] for kernel in kernels]
    if units != [4, 2]:
        raise Mistake(_SAY["a.units"].format(given=" and ".join(map(str, units))))
    if len(weights) != 4:
        raise Mistake(_SAY["a.bias"])
    _judge_net(answer)


def _judge_net(model: Any) -> None:
    """Compare what a net computes with other weights, and leave it with its own."""
    random = dice(11)
    own = model.get_weights()
    w1, b1, w2, b2 = weights = [random.normal(0, 1, weight.shape).astype("float32") for weight in own]
    x = random.normal(0, 1, (6, 3)).astype("float32")
    try:
        model.set_weights(weights)
        given = np.asarray(model(x))
    finally:
        model.set_weights(own)
    z = x @ w1 + b1
    last = np.maximum(z, 0) @ w2 + b2
    others = (np.tanh(z), 1 / (1 + np.exp(-z)), _softmax(z))
    known = {
        "": _softmax(last),
        "no_relu": _softmax(z @ w2 + b2),
        "no_softmax": last,
        "sigmoid": 1 / (1 + np.exp(-last)),
    }
    name = next((name for name, result in known.items() if is_close(given, result, 1e-3)), "values")
    if any(is_close(given, _softmax(hidden @ w2 + b2), 1e-3) for hidden in others):
        name = "hidden"
    if is_close(given, np.maximum(_softmax(z) @ w2 + b2, 0), 1e-3):
        name = "exchanged"
    if name:
        raise Mistake(_SAY[f"a.{name}"])


def _softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _check_collapse(answer: Any) -> None:
    function = require_function(answer)
    random = dice(110)
    for sizes in ((2, 3, 3, 1), (3, 2, 4, 2)):
        layers = [
            [random.normal(0, 1, (before, after)).astype("float32"), random.normal(0, 1, after).astype("float32")]
            for before, after in pairwise(sizes)
        ]
        result = result_of(function, layers)
        if not isinstance(result, (list, tuple)) or len(result) != 2:
            raise Mistake(_SAY["c.pair"])
        matrix, bias = (numbers(one, "a matrix and a bias") for one in result)
        _judge_collapse(matrix, bias, layers)


def _judge_collapse(matrix: Any, bias: Any, layers: Any) -> None:
    (w1, b1), (w2, b2), (w3, b3) = layers
    wanted = b1 @ w2 @ w3 + b2 @ w3 + b3
    if is_close(bias, w1 @ w2 @ w3, 1e-3) and is_close(matrix.reshape(-1), wanted, 1e-3):
        raise Mistake(_SAY["c.order"])
    if not is_close(matrix, w1 @ w2 @ w3, 1e-3):
        raise Mistake(_SAY["c.matrix"])
    bias = bias.reshape(-1)
    if is_close(bias, wanted, 1e-3):
        return
    known = {"last": b3, "first": b2 @ w3 + b3, "third": wanted - b3, "sum": b1 + b2 + b3 if len(b2) == 3 else None}
    for name, wrong in known.items():
        if wrong is not None and is_close(bias, wrong, 1e-3):
            raise Mistake(_SAY[f"c.{name}"])
    told = {"given": bias.astype(float).round(4).tolist(), "wanted": wanted.astype(float).round(4).tolist()}
    raise Mistake(_SAY["c.bias"].format(**told))


def _check_layer(answer: Any) -> None:
    if not hasattr(answer, "bias_initializer") or not hasattr(answer, "units"):
        raise Mistake(_SAY["d.layer"].format(kind=kind(answer)))
    if answer.units != 64:
        raise Mistake(_SAY["d.units"].format(given=answer.units))
    x = np.linspace(-3, 3, 7).astype("float32")
    if not np.allclose(answer.activation(x), 1 / (1 + np.exp(-x)), atol=1e-5):
        raise Mistake(_SAY["d.activation"].format(given=getattr(answer.activation, "__name__", "another one")))
    if not answer.use_bias:
        raise Mistake(_SAY["d.no_bias"])
    start = np.asarray(answer.bias_initializer((64,)))
    if not np.allclose(start, 2) and np.allclose(np.asarray(answer.kernel_initializer((64, 64))), 2):
        raise Mistake(_SAY["d.start"])
    if not np.allclose(start, 2):
        raise Mistake(_SAY["d.bias"].format(given=float(start.mean())))
    kernel, bias = _penalty(answer.kernel_regularizer), _penalty(answer.bias_regularizer)
    if (kernel, bias) == ("l2(0.01)", "l1(0.01)"):
        raise Mistake(_SAY["d.swapped"])
    if kernel != "l1(0.01)":
        raise Mistake(_SAY["d.kernel"].format(given=kernel))
    if bias != "l2(0.01)":
        raise Mistake(_SAY["d.other"].format(given=bias))


def _penalty(regularizer: Any) -> str:
    """Return a regularizer by what it does to two numbers, however it was made."""
    if regularizer is None:
        return "none"
    one, two = (float(regularizer(np.array([value], "float32"))) for value in (1.0, 2.0))
    form = {2.0: "l1", 4.0: "l2"}.get(round(two / one, 2), "something else") if one else "nothing"
    return f"{form}({one:g})"


TASKS = (
    task("a", _SAY, answer="net", check=_check_net),
    task("b", _SAY, answer="counts", check=entries("b", _SAY, [9, 12, 4, 25])),
    task("c", _SAY, answer="collapse", check=_check_collapse),
    task("d", _SAY, answer="layer", check=_check_layer),
)
