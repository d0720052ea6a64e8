"""Keras can compute with something else than TensorFlow; what traces or watches TensorFlow has to refuse then."""

from __future__ import annotations

import sys

from tfkit.errors import TfkitError


def refuse_other_backend(does: str, error: type[TfkitError]) -> None:
    """Raise `error` where Keras, which is loaded, runs on another backend; `does` says who needs TensorFlow for what.

    Example:
        >>> import keras
        >>> refuse_other_backend("tfkit traces", TfkitError)
    """
    backend = sys.modules["keras"].backend.backend()
    if backend != "tensorflow":
        raise error(
            f"Keras runs on {backend} here, and {does} TensorFlow: set the environment variable KERAS_BACKEND to "
            "tensorflow before Keras is imported."
        )
