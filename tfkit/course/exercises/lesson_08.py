"""Exercises of lesson 08: the loss in two dialects, what minimize() adds, minimize() today, a table to refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, describe, dice, entries_of, numbers, one_number, require_function, result_of
from tfkit.course.check import task
from tfkit.course.exercises.expect import is_close

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Write the mean squared error twice: for a graph of TensorFlow 1, and for today.",
    "a.hint.1": "The first predicts with `tf.matmul(w, tf.transpose(x)) + b`, where w is a row of shape (1, 3).",
    "a.hint.2": "The second predicts with `x @ w + b`, where w is a column (3, 1). Its shape is (n, 1), and y has the shape (n,).",
    "a.hint.3": "Bring both to one shape before subtracting: `tf.reshape(x @ w + b, [-1])`, or `tf.squeeze(..., 1)`.",
    "a.praise": "And no table of n x n differences: the shapes matched before you subtracted.",
    "a.broadcast": "Function {which} compares every prediction with every y: shapes (n, 1) and (n,) broadcast to (n, n).",
    "a.fit": "Function {which} joins shapes that do not fit. In it w has the shape {shape}, and x the shape (n, 3).",
    "a.sum": "Function {which} adds up the squares. Take their mean.",
    "a.no_square": "Function {which} does not square the differences; they cancel.",
    "a.absolute": "Function {which} gives the mean absolute error. Square the differences.",
    "a.shape": "Function {which} should give a single number, but its result has the shape {shape}.",
    "a.values": "Function {which} gives {given}, but it should be {wanted}.",
    "b.prompt": "How many operations does minimize() add to the graph?",
    "b.hint.1": "`len(graph.get_operations())` counts them.",
    "b.hint.2": "The lesson counted before it called minimize, and kept the number in `before`.",
    "b.hint.3": "`len(graph.get_operations()) - before`. If you have added something since, run the lesson from its start.",
    "b.praise": "One line of Python, and the whole way back stands in the graph.",
    "b.after": "That is how many there are afterwards. Subtract those that were there before.",
    "b.before": "That is how many there were before. How many came with minimize?",
    "b.few": "{given:g} are too few: each step of the way back is several operations.",
    "b.other": "{given:g} is not the number. Has your graph got more since? Run the lesson from its start, then count.",
    "c.prompt": "Write minimize(): one step of gradient descent for any loss and any list of variables.",
    "c.hint.1": "`loss_of` is a function without arguments. Call it inside a tape.",
    "c.hint.2": "`tape.gradient(loss, variables)` gives a list in the same order as `variables`.",
    "c.hint.3": "`for variable, slope in zip(variables, slopes): variable.assign_sub(rate * slope)`.",
    "c.praise": "Five lines for what was an optimiser, a train node and a session.",
    "c.uncalled": "loss_of is a function: call it, `loss = loss_of()`, inside the tape.",
    "c.outside": "The gradient is None: the tape has not seen the loss. Call loss_of() inside its block.",
    "c.still": "The variables have not changed. Did you use assign_sub, or an optimiser's apply_gradients?",
    "c.first": "Only the first variable has changed. Go through all of them.",
    "c.up": "The step goes uphill: subtract the slope.",
    "c.rate": "The step is not multiplied by rate.",
    "c.fixed_rate": "The step does not depend on `rate` as it should. Use the argument.",
    "c.values": "After a step the variables are {given}; they should be {wanted}.",
    "d.prompt": "Name the column that must not be used, and the letter of the reason.",
    "d.hint.1": "Read what each column means. One of them is not about the house or the place but about people.",
    "d.hint.2": "The column is called `b`. What would a bank do with a model that knows it?",
    "d.hint.3": "Column b is computed from the share of Black residents. Reason C says what is wrong with that.",
    "d.praise": "A model trained on it prices people by the colour of their neighbours. That is why this table is not here.",
    "d.pair": "The answer should be a pair such as ('rm', 'A'), but it is {answer}.",
    "d.unknown": "There is no column {column!r}. There are: {columns}.",
    "d.lstat": "`lstat` is worth a debate, too, but one column is worse: it is made from the race of the residents.",
    "d.chas": "`chas`, whether the house lies at the river, is harmless.",
    "d.column": "`{column}` may be used. Look for a column about who lives there.",
    "d.A": "Reason A is about digits. Rounding would cure that, and it would still be wrong to use the column.",
    "d.B": "Reason B is a real worry, but not with this column: no price stands in it.",
    "d.D": "Reason D: no number is missing in it.",
    "d.reason": "There is no reason {reason!r}. There are A, B, C and D.",
}

_COLUMNS = ("crim", "zn", "indus", "chas", "nox", "rm", "age", "dis", "rad", "tax", "ptratio", "b", "lstat")


def _check_losses(answer: Any) -> None:
    import tensorflow as tf

    old, new = (require_function(entry) for entry in entries_of(answer, 2, "functions"))
    random = dice(8)
    for count in (5, 8):
        w, b = random.uniform(-1, 1, 3).astype("float32"), np.float32(random.uniform(-1, 1))
        x, y = (random.standard_normal(shape).astype("float32") for shape in ((count, 3), (count,)))
        error = x @ w + b - y
        for which, function, run, weights in ((1, old, _in_graph, w[None]), (2, new, _eager, w[:, None])):
            try:
                given = run(function, weights, b, x, y)
            except (ValueError, tf.errors.InvalidArgumentError) as problem:
                raise Mistake(_SAY["a.fit"].format(which=which, shape=weights.shape)) from problem
            _judge_loss(which, given, error, (x @ w + b)[:, None] - y)


def _in_graph(function: Callable[..., Any], *values: Any) -> Any:
    """Return what a function gives in a session, when its arguments are placeholders and constants."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        w, b, x, y = values
        holes = v1.placeholder(tf.float32, [None, 3]), v1.placeholder(tf.float32, [None])
        cost = result_of(function, tf.constant(w), tf.constant(b), *holes)
        return session.run(cost, dict(zip(holes, (x, y), strict=True))) if hasattr(cost, "graph") else cost


def _eager(function: Callable[..., Any], *values: Any) -> Any:
    import tensorflow as tf

    return numbers(result_of(function, *map(tf.constant, values)), "a number")


def _judge_loss(which: int, given: Any, error: Any, table: Any) -> None:
    given = np.asarray(given)
    if given.size != 1:
        raise Mistake(_SAY["a.shape"].format(which=which, shape=given.shape))
    given, wanted = given.reshape(()), (error**2).mean()
    if is_close(given, wanted, 1e-3):
        return
    known = {
        "broadcast": (table**2).mean(),
        "sum": (error**2).sum(),
        "no_square": error.mean(),
        "absolute": np.abs(error).mean(),
    }
    for name, wrong in known.items():
        if is_close(abs(given), abs(wrong), 1e-3):
            raise Mistake(_SAY[f"a.{name}"].format(which=which))
    raise Mistake(_SAY["a.values"].format(which=which, given=f"{given:.4f}", wanted=f"{wanted:.4f}"))


def _counts() -> tuple[int, int]:
    """Return how many operations the lesson's graph has before and after minimize(), in this TensorFlow."""
    import tensorflow as tf

    v1 = tf.compat.v1
    graph = tf.Graph()
    with graph.as_default():
        x, y = v1.placeholder(tf.float32, [None, 3]), v1.placeholder(tf.float32, None)
        w = v1.get_variable("weights", initializer=tf.constant([[0.0, 0.0, 0.0]]))
        b = v1.get_variable("bias", initializer=tf.constant(0.0))
        cost = tf.reduce_mean(tf.square(y - (tf.matmul(w, tf.transpose(x)) + b)))
        before = len(graph.get_operations())
        v1.train.GradientDescentOptimizer(0.5).minimize(cost)
    return before, len(graph.get_operations())


def _check_count(answer: Any) -> None:
    given = one_number(answer, "one whole number")
    before, after = _counts()
    known = {float(after): "b.after", float(before): "b.before", float(after - before): ""}
    name = known.get(given, "b.few" if given < 30 else "b.other")
    if name:
        raise Mistake(_SAY[name].format(given=given))


def _check_minimize(answer: Any) -> None:
    import tensorflow as tf

    function = require_function(answer)
    random = dice(80)
    for rate in (0.1, 0.03):
        start = random.uniform(-2, 2, 3).astype("float32")
        u, v = tf.Variable(start[:2]), tf.Variable(start[2])
        loss_of, calls = _counted(u, v)
        try:
            function(loss_of, [u, v], rate)
        except TypeError as error:
            if "NoneType" in str(error) or not calls:
                raise Mistake(_SAY["c.outside" if calls else "c.uncalled"]) from error
            raise
        slopes = np.array([*(4 * (start[:2] - 1)), 6 * start[2]])
        _judge_minimized(np.array([*u.numpy(), v.numpy()]), start, slopes, rate)


def _counted(u: Any, v: Any) -> tuple[Callable[[], Any], list[Any]]:
    """Return a loss of two variables, and a list that grows by one with each call of it."""
    import tensorflow as tf

    calls: list[Any] = []

    def loss_of() -> Any:
        calls.append(None)
        return tf.reduce_sum((u - 1.0) ** 2) * 2 + v**2 * 3

    return loss_of, calls


def _judge_minimized(given: Any, start: Any, slopes: Any, rate: float) -> None:
    wanted = start - rate * slopes
    if is_close(given, wanted, 1e-3):
        return
    known = {
        "still": start,
        "first": np.array([*wanted[:2], start[2]]),
        "up": start + rate * slopes,
        "rate": start - slopes,
    }
    for name, wrong in known.items():
        if is_close(given, wrong, 1e-3):
            raise Mistake(_SAY[f"c.{name}"])
    if np.ptp((given - start) / slopes) < 1e-3:
        raise Mistake(_SAY["c.fixed_rate"])
    raise Mistake(_SAY["c.values"].format(given=_rounded(given), wanted=_rounded(wanted)))


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 4) for value in values]


def _check_audit(answer: Any) -> None:
    if not isinstance(answer, (list, tuple)) or len(answer) != 2 or not all(isinstance(one, str) for one in answer):
        raise Mistake(_SAY["d.pair"].format(answer=describe(answer)))
    column, reason = answer[0].strip().lower(), answer[1].strip().upper()
    if column not in _COLUMNS:
        raise Mistake(_SAY["d.unknown"].format(column=answer[0], columns=", ".join(_COLUMNS)))
    if column != "b":
        raise Mistake(_SAY.get(f"d.{column}", _SAY["d.column"]).format(column=column))
    if reason != "C":
        raise Mistake(_SAY.get(f"d.{reason}", _SAY["d.reason"]).format(reason=answer[1]))


TASKS = (
    task("a", _SAY, answer="losses", check=_check_losses),
    task("b", _SAY, answer="added", check=_check_count),
    task("c", _SAY, answer="minimize", check=_check_minimize),
    task("d", _SAY, answer="audit", check=_check_audit),
)
