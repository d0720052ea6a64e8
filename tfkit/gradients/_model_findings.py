"""What a model and some data say before any training. The model is looked at, and neither changed nor called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from tfkit.drawing.style import short_number
from tfkit.gradients.findings import Finding

_WEIGHTED = (
    keras.layers.Dense,
    keras.layers.EinsumDense,
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
)
_BETWEEN = (keras.layers.Flatten, keras.layers.Reshape, keras.layers.Dropout, keras.layers.InputLayer)
_LARGE_INPUT = 20.0  # standard deviations and means of well-scaled inputs are about one
_UNEQUAL = 1000.0  # between the features of a table
_HIGH_RATES = {"SGD": 10.0, "Adam": 0.5, "AdamW": 0.5, "RMSprop": 0.5}
Array = np.ndarray[Any, Any]


def of_model(model: Any, x: Any, y: Any) -> Iterator[Finding]:
    """Yield what is suspicious of a model, and of data for it."""
    layers = list(_layers(model))
    inputs, labels = _array(x), _array(y)
    loss = _loss(model)
    last = _last(layers)
    yield from _of_loss(loss, last, layers)
    if labels is not None:
        yield from _of_labels(loss, last, labels)
    if inputs is not None:
        yield from _of_inputs(inputs, layers)
    yield from _of_layers(layers)
    yield from _of_training(model)


def _array(values: Any) -> Array | None:
    return None if values is None else np.asarray(values)


def _layers(model: Any) -> Iterator[Any]:
    """Yield the layers that compute, those of inner models among them, in order."""
    inner = getattr(model, "layers", None)
    if not inner:
        yield model
        return
    for layer in inner:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer


def _loss(model: Any) -> tuple[str, bool]:
    """Return the name of the loss in lower case and whether it takes logits; nothing where it is not known."""
    loss = getattr(model, "loss", None)
    if isinstance(loss, str):
        return _plain(keras.losses.get(loss).__name__ if callable(keras.losses.get(loss)) else loss), False
    if loss is None or isinstance(loss, (list, tuple, dict)):
        return "", False
    name = getattr(loss, "__name__", type(loss).__name__)
    logits = getattr(loss, "_fn_kwargs", {}).get("from_logits", getattr(loss, "from_logits", False))
    return _plain(name), bool(logits)


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _last(layers: list[Any]) -> Any:
    """Return the last layer with weights or an activation."""
    return next((layer for layer in reversed(layers) if isinstance(layer, _WEIGHTED) or _activation(layer)), None)


def _activation(layer: Any) -> str:
    """Return the name of a layer's activation; an activation may be a layer of its own."""
    if isinstance(layer, keras.layers.Softmax):
        return "softmax"
    if isinstance(layer, (keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.ELU, keras.layers.PReLU)):
        return "relu"
    return str(getattr(getattr(layer, "activation", None), "__name__", ""))


def _of_loss(loss: tuple[str, bool], last: Any, layers: list[Any]) -> Iterator[Finding]:
    name, logits = loss
    if not name or last is None:
        return
    activation, units = _activation(last), getattr(last, "units", None)
    makes_probabilities = activation in ("softmax", "sigmoid")
    if "crossentropy" in name and logits and makes_probabilities:
        yield Finding(
            f"{activation}-and-logits",
            last.name,
            f"its activation is {activation}, and the loss, with from_logits=True, takes {activation} once more",
            "Take the activation away, or from_logits=True.",
        )
    if "crossentropy" in name and not logits and not makes_probabilities and activation in ("linear", "relu", "tanh"):
        wanted = "sigmoid" if "binary" in name else "softmax"
        yield Finding(
            "logits-as-probabilities",
            last.name,
            f"its activation is {activation}, and the loss takes its outputs for probabilities",
            f"Say from_logits=True in the loss, or end with {wanted}.",
        )
    if activation == "softmax" and units == 1:
        yield Finding(
            "softmax-of-one",
            last.name,
            "softmax over a single unit is always 1",
            "Use sigmoid, or one unit for each class.",
        )
    if name.startswith("categorical") and units == 1:
        yield Finding(
            "one-unit-for-classes",
            last.name,
            "the loss compares classes, and there is one unit",
            "Use as many units as classes, or binary_crossentropy.",
        )
    if activation == "relu" and name in ("meansquarederror", "meanabsoluteerror") and len(layers) > 1:
        yield Finding(
            "relu-at-the-end",
            last.name,
            "the output of a regression goes through relu, which has no gradient where it is zero",
            "Use no activation, unless all targets are positive.",
        )


def _of_labels(loss: tuple[str, bool], last: Any, labels: Array) -> Iterator[Finding]:
    name, _ = loss
    units = getattr(last, "units", None)
    finite = labels if labels.dtype.kind in "iub" else labels[np.isfinite(labels)] if labels.dtype.kind == "f" else None
    if finite is None or not finite.size:
        return
    if finite.size < labels.size:
        yield Finding(
            "labels-not-finite", "y", f"{labels.size - finite.size:,} labels are NaN or infinite", "Remove them."
        )
    low, high = float(finite.min()), float(finite.max())
    if name == "sparsecategoricalcrossentropy":
        if labels.ndim > 1 and labels.shape[-1] > 1 and labels.shape[-1] == units:
            yield Finding(
                "one-hot-for-sparse",
                "y",
                f"the labels have the shape {labels.shape}, and the loss takes the number of the class",
                "Use categorical_crossentropy, or np.argmax(y, axis=-1).",
            )
        elif isinstance(units, int) and (high >= units or low < 0):
            yield Finding(
                "label-without-class",
                "y",
                f"the labels go from {low:g} to {high:g}, and there are {units} classes, numbered from 0",
                f"Give the last layer {int(high) + 1} units, or number the classes from 0.",
            )
    elif name == "categoricalcrossentropy":
        if labels.ndim == 1 or labels.shape[-1] == 1:
            yield Finding(
                "sparse-for-categorical",
                "y",
                f"the labels have the shape {labels.shape}, and the loss takes one number for each class",
                "Use sparse_categorical_crossentropy, or keras.utils.to_categorical(y).",
            )
        elif abs(float(labels.sum(axis=-1).mean()) - 1.0) > 0.01:
            yield Finding(
                "labels-do-not-sum-to-one",
                "y",
                f"the labels of an example sum to {float(labels.sum(axis=-1).mean()):.3g}",
                "Categorical cross-entropy takes one class: for several at once, use binary_crossentropy and sigmoid.",
            )
    elif name == "binarycrossentropy" and (low < 0 or high > 1):
        yield Finding(
            "labels-beyond-one",
            "y",
            f"the labels go from {low:g} to {high:g}, and binary cross-entropy takes 0 and 1",
            "Make them 0 and 1, for example with (y > 0).astype('float32').",
        )
    elif name in ("meansquarederror", "meanabsoluteerror") and units == 1 and labels.ndim > 1 and labels.shape[-1] != 1:
        yield Finding(
            "targets-broadcast",
            "y",
            f"the targets have the shape {labels.shape} and the output (examples, 1)",
            "One is stretched to the other: give both one shape.",
        )
    if labels.shape[0] > 1 and low == high and "crossentropy" in name:
        yield Finding("one-class", "y", f"all labels are {low:g}", "With one class there is nothing to learn: shuffle.")


def _of_inputs(inputs: Array, layers: list[Any]) -> Iterator[Finding]:
    if inputs.dtype.kind not in "fiu" or not inputs.size:
        return
    if any(isinstance(layer, (keras.layers.Embedding, keras.layers.Hashing)) for layer in layers):
        return
    numbers = inputs.astype(np.float64)
    finite = np.isfinite(numbers)
    if not finite.all():
        yield Finding(
            "inputs-not-finite",
            "x",
            f"{int((~finite).sum()):,} of the inputs are NaN or infinite",
            "Remove or fill them: one makes the whole batch NaN.",
        )
        numbers = np.where(finite, numbers, 0.0)
    scales = (keras.layers.Rescaling, keras.layers.Normalization, keras.layers.BatchNormalization)
    first = next((layer for layer in layers if not isinstance(layer, _BETWEEN)), None)
    if isinstance(first, scales):
        return
    size = float(np.sqrt(np.mean(numbers**2)))
    if size > _LARGE_INPUT:
        yield Finding(
            "inputs-not-scaled",
            "x",
            f"the inputs go from {short_number(float(numbers.min()))} to {short_number(float(numbers.max()))}",
            "Divide images by 255, or subtract the mean of each column and divide by its standard deviation.",
        )
    elif inputs.ndim == 2 and inputs.shape[0] > 2:
        spreads = numbers.std(axis=0)
        known = spreads[spreads > 0]
        if known.size > 1 and known.max() > _UNEQUAL * known.min():
            yield Finding(
                "features-not-alike",
                "x",
                f"the spread of one column is {short_number(float(known.max() / known.min()))} times that of another",
                "Subtract the mean of each column and divide by its standard deviation.",
            )


def _of_layers(layers: list[Any]) -> Iterator[Finding]:
    before: Any = None  # the last layer with weights, if nothing but a change of shape came after it
    for layer in layers:
        if isinstance(layer, _WEIGHTED):
            if before is not None and _activation(before) in ("", "linear"):
                yield Finding(
                    "stacked-linear",
                    f"{before.name}, {layer.name}",
                    f"{before.name} has no activation, so that both together compute what one linear layer could",
                    f"Give {before.name} an activation such as relu.",
                )
            before = layer
        elif not isinstance(layer, _BETWEEN):
            before = None
    shown = [layer for layer in layers if not isinstance(layer, keras.layers.InputLayer)]
    if shown and isinstance(shown[-1], keras.layers.Dropout):
        yield Finding(
            "dropout-at-the-end",
            shown[-1].name,
            "the outputs themselves are dropped at random",
            "Put the last dropout before the last layer with weights.",
        )


def _of_training(model: Any) -> Iterator[Finding]:
    if not getattr(model, "built", False):
        return
    weights = model.weights
    if weights and not model.trainable_weights:
        yield Finding(
            "nothing-trainable",
            model.name,
            f"none of its {len(weights)} weights can be trained",
            "Set trainable = True on the layers that are to learn, and compile again.",
        )
    optimizer = getattr(model, "optimizer", None)
    rate = _rate(optimizer)
    name = type(optimizer).__name__
    if rate is not None and (rate <= 0 or rate > _HIGH_RATES.get(name, np.inf)):
        yield Finding(
            "learning-rate",
            name,
            f"the learning rate is {rate:g}",
            "Begin with 0.001 for Adam and 0.01 for SGD.",
        )


def _rate(optimizer: Any) -> float | None:
    rate = getattr(optimizer, "_learning_rate", None)
    try:
        return None if rate is None or callable(rate) else float(np.asarray(rate))
    except (TypeError, ValueError):
        return None
