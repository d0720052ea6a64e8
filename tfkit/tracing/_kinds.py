"""What kind of thing an object of Keras or TensorFlow is, asked by names, so that neither is imported for it."""

from __future__ import annotations

from typing import Any


def is_a(obj: Any, package: str, name: str) -> bool:
    """Return whether an object is of a class of this name in a package, or of one made from it.

    Example:
        >>> import keras
        >>> is_a(keras.layers.ReLU(), "keras", "Layer"), is_a(keras.layers.ReLU, "keras", "Layer")
        (True, False)
    """
    return any(kind.__module__.partition(".")[0] == package and kind.__name__ == name for kind in type(obj).__mro__)


def variable_in(holder: Any) -> Any:
    """Return TensorFlow's variable in a variable of Keras; anything else is returned as it is.

    Example:
        >>> variable_in("kernel")
        'kernel'
    """
    return getattr(holder, "value", holder) if type(holder).__module__.startswith("keras") else holder
