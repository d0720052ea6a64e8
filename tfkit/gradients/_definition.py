"""Graphs as TensorFlow writes them down, changed into others."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import tensorflow as tf


def without(definition: Any, names: Container[str]) -> Any:
    """Return a ``GraphDef`` without the operations of these names.

    What a function is fed instead has to go: reading a variable is something that TensorFlow does in any case.
    """
    kept = tf.compat.v1.GraphDef(versions=definition.versions, library=definition.library)
    for node in definition.node:
        if node.name not in names:
            added = kept.node.add()
            added.CopyFrom(node)
            added.attr.pop("_class", None)  # that it is where another operation is, which may be gone
            inputs = [name for name in node.input if not (name[0] == "^" and name[1:] in names)]
            if len(inputs) < len(node.input):
                del added.input[:]
                added.input.extend(inputs)
    return kept
