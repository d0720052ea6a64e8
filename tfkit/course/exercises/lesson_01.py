"""Exercises of lesson 01: five tensors, mixed types, a variable changed in place, truncated random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, dice, entries_of, kind, numbers, require_function
from tfkit.course.check import task

# What each tensor of exercise a must be: its type, and its shape or only its rank.
_TENSORS: tuple[tuple[str, tuple[int, ...] | int], ...] = (
    ("int32", ()),
    ("float32", (3,)),
    ("int64", (3, 2)),
    ("float64", 3),
    ("bool", (2, 3)),
)
_COUNT = 10_000
_STDDEV = 3.0
_LENGTH = 6  # of the variable in the lesson

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Make five tensors of given type and shape.",
    "a.hint.1": "`tf.constant(value, dtype)` makes any of them; without a type, 5 is int32 and 5.0 is float32.",
    "a.hint.2": "Count the brackets: the rank is how deep they are nested. `tf.zeros((2, 3, 4), tf.float64)` has rank 3.",
    "a.hint.3": "Two of them: `tf.constant(5)` and `tf.ones((2, 3), tf.bool)`. The others follow the same two ways.",
    "a.praise": "Type and shape are all that TensorFlow must know of a tensor before it computes.",
    "a.plain": "Entry {number} is {kind} and has no type of its own. Put tf.constant(...) around it.",
    "a.dtype": "Entry {number} has the type {given}; {wanted} was asked for. Give the type as second argument.",
    "a.rank": "Entry {number} has the rank {given}; {wanted} was asked for. The rank counts the axes.",
    "a.shape": "Entry {number} has the shape {given}; {wanted} was asked for.",
    "b.prompt": "Mend three expressions whose types do not match, with tf.cast.",
    "b.hint.1": "TensorFlow never changes a type by itself. `tf.cast(x, tf.float32)` makes a new tensor of that type.",
    "b.hint.2": "Cast before you compute: in 1 and 2 `count` must become float32, in 3 `price` must become int32.",
    "b.hint.3": "The first one is `tf.cast(count, tf.float32) * price`; `tf.reduce_mean(...)` needs the same cast inside.",
    "b.praise": "You decide where numbers change their type, and nothing is cut off behind your back.",
    "b.late": "Entry 2 is 2: the mean of whole numbers is whole. Cast `count` before you take the mean.",
    "b.type": "Entry 3 should hold whole numbers (int32), but its type is {given}. Cast `price`, not `count`.",
    "b.rounded": "Entry 3 is rounded. tf.cast cuts off what stands after the point.",
    "b.value": "Entry {number} is {given}. It should be {wanted}.",
    "c.prompt": "Write a function that adds 1 to every number of a variable, in place.",
    "c.hint.1": "`variable + 1` makes a new tensor and leaves the variable as it was.",
    "c.hint.2": "A variable has methods that change it: assign, assign_add and assign_sub.",
    "c.hint.3": "assign_add wants as many numbers as there are: `variable.assign_add(tf.ones_like(variable))`.",
    "c.praise": "The variable is still the same object, with new numbers in it. That is what training does to weights.",
    "c.same": "The variable still holds {values}. `variable + 1` makes a new tensor; change it with assign_add.",
    "c.shape": "The variable holds six numbers here, and what you add to it or write into it has another shape.",
    "c.size": "Your function works for six numbers, and fails for four. Make what you add as long as the variable.",
    "c.values": "From {before} your function makes {after}. Every number should grow by 1.",
    "d.prompt": "Draw 10,000 truncated normal numbers from a normal distribution with mean 0 and standard deviation 3.",
    "d.hint.1": "tf.random has one function for each distribution: normal, truncated_normal, uniform.",
    "d.hint.2": "Its first argument is the shape, here `(10000,)`. The width is called stddev.",
    "d.hint.3": "Try `tf.random.truncated_normal((10000,), stddev=3.0)`.",
    "d.praise": "Not one lies beyond 6, which is twice the standard deviation: those were drawn again.",
    "d.count": "You drew {count:,} numbers; 10,000 were asked for.",
    "d.normal": "{count} of your numbers lie beyond 6 = 2 x 3. With standard deviation 3 a truncated normal never does.",
    "d.clipped": "{count} of your numbers are exactly 6 or -6. They were cut to the border instead of drawn again.",
    "d.narrow": "None of your numbers lies beyond {most:.1f}, so their standard deviation is not 3. Give stddev=3.0.",
    "d.flat": "Your numbers are spread evenly. Normal numbers gather around 0.",
    "d.moved": "Your numbers have the mean {mean:.2f}. It should be near 0; what makes them wide is stddev.",
}


def _check_tensors(answer: Any) -> None:
    given_tensors = entries_of(answer, len(_TENSORS), "tensors")
    for number, (given, (dtype, wanted)) in enumerate(zip(given_tensors, _TENSORS, strict=True), start=1):
        if not hasattr(given, "dtype") or not hasattr(given, "shape"):
            raise Mistake(_SAY["a.plain"].format(number=number, kind=kind(given)))
        found = str(getattr(given.dtype, "name", given.dtype))
        if found != dtype:
            raise Mistake(_SAY["a.dtype"].format(number=number, given=found, wanted=dtype))
        shape = tuple(given.shape)
        if isinstance(wanted, int):
            if len(shape) != wanted:
                raise Mistake(_SAY["a.rank"].format(number=number, given=len(shape), wanted=wanted))
        elif shape != wanted:
            raise Mistake(_SAY["a.shape"].format(number=number, given=shape, wanted=wanted))


def _check_casts(answer: Any) -> None:
    found = [numbers(entry, "numbers") for entry in entries_of(answer, 3, "tensors")]
    if found[1].shape == () and found[1] == 2:
        raise Mistake(_SAY["b.late"])
    if found[2].dtype.kind == "f":
        raise Mistake(_SAY["b.type"].format(given=found[2].dtype))
    if found[2].tolist() == [1, 4, 6]:
        raise Mistake(_SAY["b.rounded"])
    wanted = (np.array([0.5, 3.0, 8.0]), np.array(7 / 3), np.array([1, 3, 6]))
    for number, (given, right) in enumerate(zip(found, wanted, strict=True), start=1):
        if given.shape != right.shape or not np.allclose(given, right, rtol=1e-3):
            raise Mistake(_SAY["b.value"].format(number=number, given=given.tolist(), wanted=right.round(4).tolist()))


def _check_increase(answer: Any) -> None:
    import tensorflow as tf

    function = require_function(answer)
    random = dice(1)
    for before in (
        [3.0, 1.0, 4.0, 1.0, 5.0, 9.0],
        random.integers(-9, 10, 4).tolist(),
        random.integers(-9, 10, 7).tolist(),
    ):
        variable = tf.Variable(np.asarray(before, "float32"))
        try:
            function(variable)
        except (tf.errors.InvalidArgumentError, ValueError) as error:
            raise Mistake(_SAY["c.size" if len(before) != _LENGTH else "c.shape"]) from error
        after = variable.numpy().tolist()
        if after == list(before):
            raise Mistake(_SAY["c.same"].format(values=before))
        if after != [value + 1 for value in before]:
            raise Mistake(_SAY["c.values"].format(before=before, after=after))


def _check_draws(answer: Any) -> None:
    draws = numbers(answer, "10,000 numbers").astype(float).ravel()
    if draws.size != _COUNT:
        raise Mistake(_SAY["d.count"].format(count=draws.size))
    sizes, border = np.abs(draws), 2 * _STDDEV
    if (sizes > border + 1e-5).any():
        raise Mistake(_SAY["d.normal"].format(count=int((sizes > border + 1e-5).sum())))
    if (sizes == border).sum() > 10:
        raise Mistake(_SAY["d.clipped"].format(count=int((sizes == border).sum())))
    if abs(draws.mean()) > 0.3:
        raise Mistake(_SAY["d.moved"].format(mean=draws.mean()))
    if sizes.max() < border - 0.5:
        raise Mistake(_SAY["d.narrow"].format(most=sizes.max()))
    if draws.std() > _STDDEV:  # cut at two, it is 0.88 of three; an even spread has 3.46
        raise Mistake(_SAY["d.flat"])


TASKS = (
    task("a", _SAY, answer="tensors", check=_check_tensors),
    task("b", _SAY, answer="mended", check=_check_casts),
    task("c", _SAY, answer="increase", check=_check_increase),
    task("d", _SAY, answer="draws", check=_check_draws),
)
