"""Exercises of lesson 16: a loss written and read back, two runs apart, the main part of a graph."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, describe, dice, kind, require_function
from tfkit.course.check import task
from tfkit.course.exercises.expect import is_close
from tfkit.graph import Graph

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Write a function that logs a list of losses as the scalar `loss`, one step for each.",
    "a.hint.1": "`tf.summary.create_file_writer(folder)` makes the writer; use it with `.as_default()` in a with block.",
    "a.hint.2": 'In the block: `tf.summary.scalar("loss", value, step=step)`. Steps count from 0: enumerate helps.',
    "a.hint.3": "`with tf.summary.create_file_writer(folder).as_default():`, then a loop over `enumerate(losses)`.",
    "a.praise": "What TensorBoard draws is what you wrote, number by number.",
    "a.nothing": "There is no event file with a scalar in the folder. Write with tf.summary.scalar inside `as_default()`.",
    "a.tag": "The scalar is called {given!r}. It should be called 'loss'.",
    "a.steps": "The steps are {given}. They should count from 0 to {last}.",
    "a.one_step": "All values have the step {given}, so TensorBoard shows one point. Give each its own step.",
    "a.values": "You logged {given}, but the losses were {wanted}.",
    "a.count": "{given} values were logged; there are {wanted} losses. Was the writer flushed?",
    "b.prompt": "Write a function that logs several runs into one folder, so that TensorBoard keeps them apart.",
    "b.hint.1": "TensorBoard takes each folder with an event file in it for a run, and names the run after the folder.",
    "b.hint.2": "Make a writer for each run, in a folder of its own below the given one.",
    "b.hint.3": '`tf.summary.create_file_writer(f"{folder}/{name}")` for each name and its losses.',
    "b.praise": "Two lines in one picture, each with its name.",
    "b.merged": "All runs went into one folder. TensorBoard takes them for one run; give each a folder of its own.",
    "b.tags": "The runs are told apart by the tag, {given}. Give all the tag 'loss' and each run its folder.",
    "b.names": "The runs are called {given}; they should be called {wanted}.",
    "b.values": "Run {name}: you logged {given}, but its losses were {wanted}.",
    "c.prompt": "Write a function that returns the names of the nodes which a given node needs, itself included.",
    "c.hint.1": "Everything that the loss needs can be reached from it against the arrows.",
    "c.hint.2": "`graph.ancestors(name)` gives these nodes. Each has an `id`.",
    "c.hint.3": "`{node.id for node in graph.ancestors(name)} | {name}`.",
    "c.praise": "What is left over is auxiliary: initializers, savers, summaries.",
    "c.list": "The function should return names, but it returns {kind}: {answer}.",
    "c.itself": "The node itself belongs to it as well.",
    "c.down": "You walked with the arrows, to what needs the node. Go against them: ancestors.",
    "c.all": "These are all nodes. Some of them are auxiliary.",
    "c.nodes": "Return the ids of the nodes, not the nodes themselves.",
    "c.direct": "You took only what the node needs directly. What those need is needed, too.",
    "c.extra": "{name} is not needed for it.",
    "c.missing": "{name} is needed for it, directly or on the way.",
}


def _curves(folder: str) -> Any:
    from tfkit.files.scalars import read_curves

    return read_curves(Path(folder))[0]


def _check_log(answer: Any) -> None:
    function = require_function(answer)
    random = dice(16)
    for count in (3, 6):
        losses = random.random(count).round(3).tolist()
        with tempfile.TemporaryDirectory() as folder:
            if function(folder, losses) is ...:
                raise Mistake("", not_attempted=True)
            curves = _curves(folder)
        if not curves:
            raise Mistake(_SAY["a.nothing"])
        curve = next((curve for curve in curves if curve.tag == "loss"), None)
        if curve is None:
            raise Mistake(_SAY["a.tag"].format(given=curves[0].tag))
        _judge_curve(curve, losses)


def _judge_curve(curve: Any, losses: list[float]) -> None:
    steps, values = list(curve.steps), np.asarray(curve.values, float)
    if len(set(steps)) == 1 and len(losses) > 1:
        raise Mistake(_SAY["a.one_step"].format(given=steps[0]))
    if len(values) != len(losses):
        raise Mistake(_SAY["a.count"].format(given=len(values), wanted=len(losses)))
    if steps != list(range(len(losses))):
        raise Mistake(_SAY["a.steps"].format(given=steps, last=len(losses) - 1))
    if not is_close(values, losses, 1e-4):
        raise Mistake(_SAY["a.values"].format(given=values.round(4).tolist(), wanted=losses))


def _check_runs(answer: Any) -> None:
    function = require_function(answer)
    random = dice(160)
    runs = {name: random.random(4).round(3).tolist() for name in ("slow", "fast", "third")}
    with tempfile.TemporaryDirectory() as folder:
        if function(folder, runs) is ...:
            raise Mistake("", not_attempted=True)
        curves = _curves(folder)
    found = {curve.run: curve for curve in curves}
    if not found:
        raise Mistake(_SAY["a.nothing"])
    tags = sorted({curve.tag for curve in curves})
    if len(found) == 1 and not set(found) & set(runs):
        raise Mistake(_SAY["b.tags"].format(given=", ".join(tags)) if len(tags) > 1 else _SAY["b.merged"])
    if set(found) != set(runs):
        raise Mistake(_SAY["b.names"].format(given=", ".join(sorted(found)), wanted=", ".join(sorted(runs))))
    if tags != ["loss"]:
        raise Mistake(_SAY["b.tags"].format(given=", ".join(tags)))
    for name, losses in runs.items():
        values = np.asarray(found[name].values, float)
        if not is_close(values, losses, 1e-4):
            raise Mistake(_SAY["b.values"].format(name=name, given=values.round(4).tolist(), wanted=losses))


def _old_graph(extra: bool) -> Graph:
    """Return a graph of TensorFlow 1 with a loss and what usually stands around it."""
    import tensorflow as tf

    from tfkit.tracing import tracer

    v1 = tf.compat.v1
    graph = tf.Graph()
    with graph.as_default():
        x = v1.placeholder(tf.float32, [None], name="x")
        w = v1.get_variable("w", initializer=0.5)
        error = tf.subtract(tf.multiply(w, x, name="product"), 1.0, name="error")
        if extra:
            error = tf.abs(error, name="size")
        loss = tf.reduce_mean(tf.square(error, name="square"), name="loss")
        v1.summary.scalar("MSE", loss)
        v1.global_variables_initializer()
    found: Graph = tracer(values=False)(graph)
    return found


def _check_main(answer: Any) -> None:
    function = require_function(answer)
    for graph, name in ((_old_graph(False), "loss"), (_old_graph(True), "loss"), (_old_graph(True), "error")):
        result = function(graph, name)
        if result is ...:
            raise Mistake("", not_attempted=True)
        if isinstance(result, Iterator):
            result = list(result)
        if isinstance(result, str) or not isinstance(result, Collection):
            raise Mistake(_SAY["c.list"].format(kind=kind(result), answer=describe(result)))
        if any(hasattr(one, "id") for one in result):
            raise Mistake(_SAY["c.nodes"])
        _judge_main(graph, name, set(map(str, result)))


def _judge_main(graph: Graph, name: str, given: set[str]) -> None:
    wanted = {node.id for node in graph.ancestors(name)} | {name}
    known = {
        "itself": wanted - {name},
        "down": {node.id for node in graph.descendants(name)},
        "all": {node.id for node in graph.nodes},
        "direct": {edge.source for edge in graph.edges if edge.target == name},
    }
    for key, wrong in known.items():
        if given and given | {name} == wrong | {name} and given != wanted:
            raise Mistake(_SAY[f"c.{key}"])
    for one in sorted(given - wanted):
        raise Mistake(_SAY["c.extra"].format(name=one))
    for one in sorted(wanted - given):
        raise Mistake(_SAY["c.missing"].format(name=one))


TASKS = (
    task("a", _SAY, answer="log_losses", check=_check_log),
    task("b", _SAY, answer="log_runs", check=_check_runs),
    task("c", _SAY, answer="main_part", check=_check_main),
)
