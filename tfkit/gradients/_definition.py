"""Graphs as TensorFlow writes them down, changed into others."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import context

_WIDER = {dtype.as_datatype_enum: tf.float64.as_datatype_enum for dtype in (tf.float32, tf.float16, tf.bfloat16)} | {
    tf.complex64.as_datatype_enum: tf.complex128.as_datatype_enum
}


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


def used_tensors(definition: Any) -> set[str]:
    """Return the names of the tensors that operations of a ``GraphDef`` take."""
    inputs = (name for node in definition.node for name in node.input if name[0] != "^")
    return {name if ":" in name else f"{name}:0" for name in inputs}


def as_float64(definition: Any) -> Any:
    """Return a ``GraphDef`` that computes with float64 where it did with float32 or less; constants keep their value.

    Its functions have names of their own: TensorFlow knows those of the original under theirs.
    """
    changed = type(definition)()
    changed.CopyFrom(definition)
    functions = {function.signature.name: f"{function.signature.name}_float64" for function in changed.library.function}
    for node in changed.node:
        _widen(node, functions)
    for function in changed.library.function:
        function.signature.name = functions[function.signature.name]
        for node in function.node_def:
            _widen(node, functions)
        for argument in (*function.signature.input_arg, *function.signature.output_arg):
            argument.type = _WIDER.get(argument.type, argument.type)
    for gradient in changed.library.gradient:
        gradient.function_name = functions.get(gradient.function_name, gradient.function_name)
        gradient.gradient_func = functions.get(gradient.gradient_func, gradient.gradient_func)
    for function in changed.library.function:  # importing alone does not make them known
        if not context.context().has_function(function.signature.name):
            context.context().add_function_def(function)
    return changed


def _widen(node: Any, functions: Mapping[str, str]) -> None:
    node.op = functions.get(node.op, node.op)
    for value in node.attr.values():
        kind = value.WhichOneof("value")
        if kind == "type":
            value.type = _WIDER.get(value.type, value.type)
        elif kind == "tensor" and value.tensor.dtype in _WIDER:
            array = tf.make_ndarray(value.tensor).astype("float64")
            value.tensor.CopyFrom(tf.make_tensor_proto(array))
        elif kind == "func":
            value.func.name = functions.get(value.func.name, value.func.name)
        elif kind == "list":
            value.list.type[:] = [_WIDER.get(entry, entry) for entry in value.list.type]
            for function in value.list.func:
                function.name = functions.get(function.name, function.name)


def shifted(definition: Any, names: Sequence[str], dtype: Any) -> tuple[Any, list[str]]:
    """Return a ``GraphDef`` that adds something to each of these tensors, and the names of what is added.

    Everything that takes such a tensor takes the sum instead.
    """
    changed = type(definition)()
    changed.CopyFrom(definition)
    sums = {name: f"tfkit_sum_{place}" for place, name in enumerate(names)}
    for node in changed.node:
        for place, name in enumerate(node.input):
            whole = name if ":" in name else f"{name}:0"
            if whole in sums:
                node.input[place] = sums[whole]
    added = []
    for place, name in enumerate(names):
        added.append(f"tfkit_shift_{place}:0")
        changed.node.add(name=f"tfkit_shift_{place}", op="Placeholder").attr["dtype"].type = dtype.as_datatype_enum
        total = changed.node.add(name=sums[name], op="AddV2", input=[name, f"tfkit_shift_{place}"])
        total.attr["T"].type = dtype.as_datatype_enum
    return changed, added
