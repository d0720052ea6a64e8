"""The doctor: what is wrong with a model and its data, or with a training, in plain words."""

from __future__ import annotations

from typing import Any

from tfkit.errors import GradientError
from tfkit.gradients._training_findings import of_history
from tfkit.gradients.findings import Findings
from tfkit.gradients.history import History
from tfkit.tracing._kinds import is_a


def diagnose(monitor_or_model: Any, x: Any = None, y: Any = None) -> Findings:
    """Return what is suspicious: of a model (with some of its data, if there is any), or of a watched training.

    Of a model: a loss that does not fit the last layer or the labels, inputs that are not scaled, layers in a row that
    are one layer, layers that cannot learn. Of a training: gradients that vanish or explode, dead units, steps that are
    too large or too small, numbers that are not finite. The model is not changed, nor called.

    Args:
        monitor_or_model: A `tfkit.GradientMonitor`, a `tfkit.History`, or a Keras model.
        x: Some inputs of the model, `(examples, ...)`.
        y: Their labels, `(examples, ...)`.

    Returns:
        A list, empty where nothing is suspicious. It shows itself in a notebook.

    Raises:
        GradientError: If it is none of these.

    Example:
        >>> import keras, tfkit
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax", name="out")])
        >>> model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        >>> [finding.code for finding in tfkit.diagnose(model)]
        ['softmax-and-logits']
    """
    history = monitor_or_model if isinstance(monitor_or_model, History) else getattr(monitor_or_model, "history", None)
    if isinstance(history, History):
        if x is not None or y is not None:
            raise GradientError("A training is diagnosed from what was seen of it: x and y go with a model.")
        return Findings(of_history(history))
    if not is_a(monitor_or_model, "keras", "Layer"):
        raise GradientError(
            f"diagnose takes a GradientMonitor, a History or a Keras model, not {monitor_or_model!r:.60}."
        )
    from tfkit.gradients._model_findings import of_model

    return Findings(of_model(monitor_or_model, x, y))
