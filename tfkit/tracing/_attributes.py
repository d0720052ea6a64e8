"""The attributes of an operation as plain values, and the functions among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

Attributes = dict[str, Any]
Functions = dict[str, list[str]]  # attribute -> names of functions


class AttributeReader:
    """Reads attributes, each distinct set once: nodes with equal attributes share one dictionary."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[Attributes, Functions]] = {}

    def read(self, node: Any) -> tuple[Attributes, Functions]:
        """Return the attributes of a ``NodeDef`` without underscored ones and tensors, and its functions.

        The node is emptied of what differs between nodes with equal attributes.
        """
        key = self._key(node)
        if key not in self._known:
            # Sorted, because protobuf's own order differs from run to run.
            kept = [(name, value) for name, value in sorted(node.attr.items()) if not name.startswith("_")]
            plain = {name: _plain(value) for name, value in kept if value.WhichOneof("value") != "tensor"}
            functions = {name: names for name, value in kept if (names := list(_functions(value)))}
            self._known[key] = plain, functions
        return self._known[key]

    @staticmethod
    def _key(node: Any) -> Any:
        if node.op == "Const":  # its tensor may be large, and is no attribute for us
            return node.attr["dtype"].type
        node.ClearField("name")
        node.ClearField("input")
        node.ClearField("device")
        return node.SerializeToString()


def _functions(value: Any) -> Iterator[str]:
    if value.WhichOneof("value") == "func":
        yield value.func.name
    for function in value.list.func:
        yield function.name


def _plain(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "s":
        return value.s.decode("utf-8", "replace")
    if kind == "type":
        return tf.dtypes.as_dtype(value.type).name
    if kind == "shape":
        return _shape(value.shape)
    if kind == "func":
        return value.func.name
    if kind == "list":
        entries = value.list
        if entries.shape:
            return [_shape(shape) for shape in entries.shape]
        if entries.type:
            return [tf.dtypes.as_dtype(entry).name for entry in entries.type]
        texts = [entry.decode("utf-8", "replace") for entry in entries.s]
        return texts or [*entries.i, *entries.f, *entries.b, *(entry.name for entry in entries.func)]
    return getattr(value, kind) if kind in ("i", "f", "b") else None


def _shape(shape: Any) -> list[int | None] | None:
    return None if shape.unknown_rank else [None if axis.size < 0 else axis.size for axis in shape.dim]
