"""Exercises of lesson 04: assign puzzles, two repairs, the weight of a constant, a script moved to TensorFlow 2."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, dice, numbers, one_number, require_function, result_of
from tfkit.course.check import task
from tfkit.course.exercises.expect import entries, function, is_close

_FACTOR = 10_000

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Predict what the four programs print: two numbers, then a list of three, then a list of two.",
    "a.hint.1": "`w.assign(100)` only adds a node to the graph. It changes w when a session runs it, not before.",
    "a.hint.2": "Each run of `w.assign(2 * w)` starts from what the run before left in w.",
    "a.hint.3": "Program 3 doubles 2 three times, and prints after each time: 4 comes first.",
    "a.praise": "In old code nothing happens until a session runs it, and then it happens each time.",
    "a.1.100": "Program 1: the assignment was built and never run, so w is still what its initializer made it.",
    "a.1": "Program 1: w was initialized with 2 and no assignment was run.",
    "a.2.2": "Program 2 runs the assignment, so w changes before it is printed.",
    "a.2": "Program 2 runs `w.assign(100)` and prints w after it.",
    "a.3.(4, 4, 4)": "Program 3: a variable keeps its number between runs, so the second run doubles 4.",
    "a.3.(2, 4, 8)": "Program 3 prints what the assignment gives, after doubling; the first number is no longer 2.",
    "a.3": "Program 3 doubles w in each of its three runs, starting from 2. {answer} is something else.",
    "a.4.(12, -3)": "Program 4: the 5 is taken from what w is by then, and that is 12.",
    "a.4": "Program 4: w is 2; 10 is added, then 5 is taken away.",
    "b.prompt": "Write the end of the program: initialize the variable, feed the placeholder, return the value of y.",
    "b.hint.1": "Before `return` another line may stand in the session. What must run before a variable is read?",
    "b.hint.2": "Run `w.initializer` first. The numbers for the placeholder go into `feed_dict` of the run.",
    "b.hint.3": "`session.run(w.initializer)`, then `return session.run(y, feed_dict={x: values})`.",
    "b.praise": "Initialize once, feed at every run: with this you can repair most old scripts.",
    "b.unfed": "The placeholder was not fed: give `feed_dict={x: values}` to the run.",
    "b.cold": "The variable was not initialized: run `w.initializer` first, in a line of its own.",
    "b.graph": "Your function returned a tensor of the graph, not its value. Give back what `session.run(...)` returns.",
    "b.together": "Your run fetches the initializer too. Run it in a line of its own, before the line that returns.",
    "b.bypass": "The numbers are right, but no session has run. Keep the program, and mend its end.",
    "b.fixed": "Your function gives {given} for {values}. Did you write the numbers into the program? Feed `values`.",
    "c.prompt": "By what factor is the graph with the constant bigger than the one with the variable, for n = 1000?",
    "c.hint.1": "`len(graph.as_graph_def().SerializeToString())` is the size of a graph in bytes.",
    "c.hint.2": "One number takes 8 bytes here, and 1000 x 1000 of them stand in the graph with the constant.",
    "c.hint.3": "Divide the two sizes that the function in the lesson gives for n = 1000.",
    "c.praise": "More than ten thousand times, and it grows with the data. The variable's graph does not.",
    "c.turned": "You divided the small one by the big one. Turn the fraction round.",
    "c.small": "That is a factor of {given:,.0f}. For n = 1000 it is above 10,000: did you use a smaller n?",
    "c.bytes": "{given:,.0f} is the size of the graph in bytes. Divide it by the size of the other one.",
    "c.big": "A factor of {given:,.0f} is too much: 8,000,000 bytes stand against some hundred.",
    "d.prompt": "Write the script as a TensorFlow 2 function: no session, no placeholder, no initializer.",
    "d.hint.1": "The placeholder becomes an argument of the function, and the fetch becomes what it returns.",
    "d.hint.2": "A `tf.Variable` has its first value at once; nothing need be run for it.",
    "d.hint.3": "Two lines: `w = tf.Variable([[1.0], [2.0]])` and `return tf.reduce_sum(tf.matmul(x, w))`.",
    "d.praise": "Seven lines became two, and they compute the same.",
    "d.session": "Your function still opens a session. Return the result of tf.reduce_sum(tf.matmul(x, w)) itself.",
    "d.no_sum": "You give the products. The script adds them up with tf.reduce_sum.",
    "d.elementwise": "You multiply element by element. The script uses the matrix product, tf.matmul.",
}


def _check_mended(answer: Any) -> None:
    import tensorflow as tf

    function_ = require_function(answer)
    random = dice(4)
    for values in ([1.0, 2.0, 3.0], random.integers(-9, 10, 3).astype(float).tolist()):
        try:
            result = result_of(function_, values)
        except tf.errors.InvalidArgumentError as error:
            raise Mistake(_SAY["b.unfed"]) from error
        except tf.errors.FailedPreconditionError as error:
            raise Mistake(_SAY["b.cold"]) from error
        if isinstance(result, (list, tuple)) and any(entry is None for entry in result):
            raise Mistake(_SAY["b.together"])
        if hasattr(result, "graph"):
            raise Mistake(_SAY["b.graph"])
        given = numbers(result, "three numbers")
        if not is_close(given, np.asarray(values) + 5):
            raise Mistake(_SAY["b.fixed"].format(given=given.tolist(), values=values))
    if "Session" not in getattr(getattr(answer, "__code__", None), "co_names", ("Session",)):
        raise Mistake(_SAY["b.bypass"])


def _check_factor(answer: Any) -> None:
    given = one_number(answer)
    if given < 1:
        raise Mistake(_SAY["c.turned"])
    if given < _FACTOR / 2:  # the names of the nodes make the small graph a little longer or shorter
        raise Mistake(_SAY["c.small"].format(given=given))
    if given > 1e6:
        raise Mistake(_SAY["c.bytes"].format(given=given))
    if given > 4e4:
        raise Mistake(_SAY["c.big"].format(given=given))


_WEIGHTS = np.array([[1.0], [2.0]], "float32")

_matches = function(
    "d",
    _SAY,
    lambda x: (x @ _WEIGHTS).sum(),
    lambda random: ((random.integers(-4, 5, (rows, 2)).astype("float32"),) for rows in (2, 1, 5)),
    mistakes={"no_sum": lambda x: x @ _WEIGHTS, "elementwise": lambda x: (x * _WEIGHTS.T).sum(0)},
)


def _check_ported(answer: Any) -> None:
    _matches(answer)
    if "Session" in getattr(getattr(answer, "__code__", None), "co_names", ()):
        raise Mistake(_SAY["d.session"])


TASKS = (
    task("a", _SAY, answer="printed", check=entries("a", _SAY, [2, 100, (4, 8, 16), (12, 7)])),
    task("b", _SAY, answer="mended", check=_check_mended),
    task("c", _SAY, answer="factor", check=_check_factor),
    task("d", _SAY, answer="ported", check=_check_ported),
)
