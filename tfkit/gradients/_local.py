"""Which derivatives of a single operation are one number for each element, and not a matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence

Shape = tuple[int | None, ...] | None

_MOST_ELEMENTS = 1000
_ELEMENTWISE = {
    *("Abs", "Acos", "Acosh", "Add", "AddN", "AddV2", "Asin", "Asinh", "Atan", "Atan2", "Atanh", "BiasAdd", "Ceil"),
    *("Cos", "Cosh", "Div", "DivNoNan", "Elu", "Erf", "Erfc", "Erfinv", "Exp", "Expm1", "Floor", "Identity"),
    *("LeakyRelu", "Lgamma", "Log", "Log1p", "Maximum", "Minimum", "Mul", "MulNoNan", "Neg", "Pow", "RealDiv"),
    *("Reciprocal", "Relu", "Relu6", "Rint", "Round", "Rsqrt", "SelectV2", "Selu", "Sigmoid", "Sign", "Sin", "Sinh"),
    *("Softplus", "Softsign", "Sqrt", "Square", "SquaredDifference", "Sub", "Tan", "Tanh", "Xdivy", "Xlogy", "Xlog1py"),
}


def local_places(op: str, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> list[int]:
    """Return the inputs of an operation by which its output has one derivative for each of their elements.

    Such a derivative is what the gradient function answers to a gradient of ones: that of a single number by
    anything, and that of an operation on single elements by an input of the output's shape.

    Example:
        >>> local_places("Mul", [(3,), ()], [(3,)]), local_places("Mean", [(3,), (1,)], [()])
        ([0], [0, 1])
        >>> local_places("MatMul", [(2, 3), (3, 2)], [(2, 2)])
        []
    """
    if len(outputs) != 1 or outputs[0] is None:
        return []
    small = [place for place, shape in enumerate(inputs) if _elements(shape) <= _MOST_ELEMENTS]
    if outputs[0] == ():
        return small
    return [place for place in small if op in _ELEMENTWISE and inputs[place] == outputs[0]]


def _elements(shape: Shape) -> float:
    return math.inf if shape is None or None in shape else math.prod(filter(None, shape)) if 0 not in shape else 0
