"""Exercises of lesson 02: broadcast shapes, distances without a loop, a hidden table, a matrix times a vector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfkit.course.answers import (
    Mistake,
    describe,
    dice,
    entries_of,
    loops,
    numbers,
    require_function,
    require_shape,
    result_of,
)
from tfkit.course.check import task

# The pairs of exercise a and their sum's shape; None where there is no sum.
PAIRS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((4, 3), (3,)),
    ((4, 1), (3,)),
    ((2, 3), (2,)),
    ((), (5,)),
    ((2, 1, 3), (4, 1)),
    ((1,), (1, 1)),
)
_SHAPES: tuple[tuple[int, ...] | None, ...] = ((4, 3), (4, 3), None, (5,), (2, 4, 3), (1, 1))
_PLACES = {("argmin", 0): [0, 0], ("argmin", 1): [0, 0, 1], ("argmax", 0): [2, 1], ("argmax", 1): [1, 1, 0]}

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Predict the shape of six sums; write None for the pair that cannot be added.",
    "a.hint.1": "Write the two shapes under each other, aligned at the right, and fill the gaps at the left with 1.",
    "a.hint.2": "In each column the sizes must be equal, or one of them 1; the larger one is the result's.",
    "a.hint.3": "Pair 3 is (2, 3) over (1, 2): the last column has 3 and 2. The others fit; pair 5 gives (2, 4, 3).",
    "a.praise": "All six. You can now tell from shapes alone whether a line of code will run.",
    "a.entry": "Entry {number} should be a shape such as (4, 3), or None, but it is {answer}.",
    "a.legal": "Pair {number}, {left} and {right}, can be added. Align the shapes at the right and look again.",
    "a.illegal": "Pair {number}, {left} and {right}, cannot be added: aligned at the right, two sizes differ "
    "and neither is 1.",
    "a.rank": "Pair {number}, {left} and {right}: the sum has as many axes as the longer shape, not {axes}.",
    "a.shape": "Pair {number}, {left} and {right}: {answer} is not its shape. Take the larger size of each column.",
    "b.prompt": "Write a function that gives the squared distance of every row to a point, without a loop.",
    "b.hint.1": "`rows - point` subtracts the point from every row at once. That is broadcasting.",
    "b.hint.2": "Square the differences and add them up along the row: one number for each row is left.",
    "b.hint.3": "Square `rows - point`, then `tf.reduce_sum(..., axis=1)`: axis 1 runs along a row.",
    "b.praise": "Correct for three rows and for a thousand, and nowhere a loop.",
    "b.root": "These are the distances. The squared distances were asked for: leave out the square root.",
    "b.axis": "You add down the columns and get one number for each column. Add along the rows: axis=1.",
    "b.all": "You add up everything and get a single number. Give axis=1 to get one for each row.",
    "b.kept": "The numbers are right, but the shape is {shape}. Drop the axis of size 1 to get {wanted}.",
    "b.no_sum": "You give a number for each element, shape {shape}. Add up each row.",
    "b.no_square": "The differences are added up without being squared; some of them cancel.",
    "b.absolute": "You add up absolute differences. Square them instead.",
    "b.fixed": "For other rows than those of the lesson the shape is {shape} instead of {wanted}.",
    "b.values": "For rows {rows} and the point {point} you give {given}, but it is {wanted}.",
    "b.loop": "The numbers are right, but your function has a loop. Let broadcasting do the work.",
    "c.prompt": "Find a 3 x 2 table of the numbers 1, 2, 6, 7, 8, 9 that gives the four answers of the lesson.",
    "c.hint.1": "argmin along axis 0 is (0, 0): the smallest number of each column is in the first row.",
    "c.hint.2": "So 1 and 2 make the first row, 1 on the left. In row 2 the right one is larger; in row 3 the left.",
    "c.hint.3": "Row 3 has the largest number on the left, row 2 on the right: try [[1, 2], [7, 8], [9, 6]].",
    "c.praise": "This table gives all four answers. Five others do as well: can you find one?",
    "c.members": "Each of 1, 2, 6, 7, 8, 9 must stand in the table exactly once, but yours has {given}.",
    "c.place": "{function} along axis {axis} of your table is {given}, but it should be {wanted}.",
    "d.prompt": "Write a function that multiplies a matrix by a vector: shapes (2, 3) and (3,) to 2 numbers.",
    "d.hint.1": "tf.matmul wants matrices on both sides. A vector of 3 numbers can become a matrix with one column.",
    "d.hint.2": "`tf.expand_dims(vector, 1)` has the shape (3, 1), and (2, 3) times (3, 1) is (2, 1).",
    "d.hint.3": "Give back `tf.matmul(matrix, tf.expand_dims(vector, 1))`.",
    "d.praise": "Shapes (2, 1) and (2,) both count; which one you need depends on what comes next.",
    "d.elementwise": "You multiply element by element and get the shape {shape}. Each row must also be added up.",
    "d.row": "The numbers are right, but they lie in a row, shape {shape}. A column has the shape {wanted}.",
    "d.axis": "You add down the columns. Each number of the result belongs to one row of the matrix.",
    "d.total": "You give a single number. The result has one number for each row of the matrix.",
    "d.values": "For the matrix {matrix} and the vector {vector} you give {given}, but it is {wanted}.",
}


def _check_shapes(answer: Any) -> None:
    shapes = entries_of(answer, len(PAIRS), "shapes")
    for number, (given, (left, right), wanted) in enumerate(zip(shapes, PAIRS, _SHAPES, strict=True), start=1):
        shape = _shape(given, number)
        known = {"number": number, "left": left, "right": right, "answer": shape}
        if wanted is None and shape is not None:
            raise Mistake(_SAY["a.illegal"].format(**known))
        if wanted is not None and shape is None:
            raise Mistake(_SAY["a.legal"].format(**known))
        if wanted is not None and shape is not None and len(shape) != len(wanted):
            raise Mistake(_SAY["a.rank"].format(**known, axes=len(shape)))
        if shape != wanted:
            raise Mistake(_SAY["a.shape"].format(**known))


def _shape(given: Any, number: int) -> tuple[int, ...] | None:
    """Return a predicted shape, however it was written; None stands for "cannot be added"."""
    if given is None or (isinstance(given, str) and given.strip().lower() in ("none", "illegal", "error")):
        return None
    if hasattr(given, "as_list"):  # a TensorShape
        given = given.as_list()
    try:
        sizes = np.atleast_1d(numbers(given, "a shape"))
    except Mistake as mistake:
        raise Mistake(_SAY["a.entry"].format(number=number, answer=describe(given))) from mistake
    if sizes.ndim != 1 or (sizes.size and sizes.dtype.kind not in "iu"):
        raise Mistake(_SAY["a.entry"].format(number=number, answer=describe(given)))
    return tuple(int(size) for size in sizes)


def _check_distances(answer: Any) -> None:
    function = require_function(answer)
    random = dice(2)
    for count, width in ((3, 2), (4, 3), (1000, 5)):
        rows = random.integers(-4, 5, (count, width)).astype("float32")
        point = random.integers(-4, 5, width).astype("float32")
        _judge_distances(rows, point, numbers(result_of(function, rows, point), "one number for each row"))
    if loops(function):
        raise Mistake(_SAY["b.loop"])


def _judge_distances(rows: NDArray[Any], point: NDArray[Any], given: NDArray[Any]) -> None:
    difference = rows - point
    wanted = (difference**2).sum(1)
    if given.shape == wanted.shape and np.allclose(given, wanted, rtol=1e-4):
        return
    known = {
        "b.root": np.sqrt(wanted),
        "b.axis": (difference**2).sum(0),
        "b.all": (difference**2).sum(),
        "b.kept": wanted[:, None],
        "b.no_sum": difference**2,
        "b.no_square": difference.sum(1),
        "b.absolute": np.abs(difference).sum(1),
    }
    _name(known, given, shape=given.shape, wanted=wanted.shape)
    if given.shape != wanted.shape:
        raise Mistake(_SAY["b.fixed"].format(shape=given.shape, wanted=wanted.shape))
    worst = int(np.argmax(np.abs(given - wanted)))
    raise Mistake(
        _SAY["b.values"].format(
            rows=[rows[worst].tolist()], point=point.tolist(), given=f"{given[worst]:g}", wanted=f"{wanted[worst]:g}"
        )
    )


def _name(known: dict[str, Any], given: NDArray[Any], **words: Any) -> None:
    """Raise the mistake whose result is exactly what was given."""
    for name, result in known.items():
        if given.shape == np.shape(result) and np.allclose(given, result, rtol=1e-4):
            raise Mistake(_SAY[name].format(**words))


def _check_table(answer: Any) -> None:
    table = numbers(answer, "a table of 3 rows and 2 columns")
    require_shape(table, (3, 2))
    members = sorted(table.ravel().tolist())
    if members != [1, 2, 6, 7, 8, 9]:
        raise Mistake(_SAY["c.members"].format(given=members))
    for (function, axis), wanted in _PLACES.items():
        given = getattr(np, function)(table, axis=axis).tolist()
        if given != wanted:
            raise Mistake(_SAY["c.place"].format(function=function, axis=axis, given=given, wanted=wanted))


def _check_product(answer: Any) -> None:
    function = require_function(answer)
    random = dice(3)
    for rows, columns in ((2, 3), (4, 2), (3, 3)):
        matrix = random.integers(1, 6, (rows, columns)).astype("float32")
        vector = random.integers(1, 6, columns).astype("float32")
        _judge_product(matrix, vector, _multiplied(function, matrix, vector))


def _multiplied(function: Callable[..., Any], matrix: NDArray[Any], vector: NDArray[Any]) -> NDArray[Any]:
    """Return the function's result for tensors, because a learner's code may ask them for `.shape` and more."""
    import tensorflow as tf

    return numbers(result_of(function, tf.constant(matrix), tf.constant(vector)), "a column of numbers")


def _judge_product(matrix: NDArray[Any], vector: NDArray[Any], given: NDArray[Any]) -> None:
    wanted = matrix @ vector
    if given.shape in (wanted.shape, (wanted.size, 1)) and np.allclose(given.ravel(), wanted, rtol=1e-4):
        return
    known = {
        "d.elementwise": matrix * vector,
        "d.row": wanted[None, :],
        "d.axis": (matrix * vector).sum(0),
        "d.total": wanted.sum(),
    }
    _name(known, given, shape=given.shape, wanted=(wanted.size, 1))
    require_shape(given, (wanted.size, 1), wanted.shape)
    found: Sequence[float] = given.ravel().tolist()
    raise Mistake(
        _SAY["d.values"].format(matrix=matrix.tolist(), vector=vector.tolist(), given=found, wanted=wanted.tolist())
    )


TASKS = (
    task("a", _SAY, answer="shapes", check=_check_shapes),
    task("b", _SAY, answer="squared_distances", check=_check_distances),
    task("c", _SAY, answer="table", check=_check_table),
    task("d", _SAY, answer="times", check=_check_product),
)
