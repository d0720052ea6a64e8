"""Everything of ours that can bear a name, bearing each of some names, in all forms in which a notebook keeps it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import tfkit
from tests.gradients.test_history import made
from tests.hostile.names import NAMES
from tfkit.board import TensorBoard
from tfkit.course.check import Exercise, Hint, Solution, Status, Task, Verdict
from tfkit.course.lessons import Lesson
from tfkit.course.standing import LessonProgress, Progress
from tfkit.gradients._replay import bundle
from tfkit.gradients.findings import Finding, Findings
from tfkit.gradients.history import History
from tfkit.gradients.inside import Inside, Row
from tfkit.gradients.runs import compare_runs
from tfkit.gradients.surface import LossSurface
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Mark, Node, Output, Scope, Source, Summary
from tfkit.tracing.peek import peek
from tfkit.tracing.retraces import Retraces, Trace
from tfkit.training.table import epoch_table

MATHEMATICS = r"$\href{javascript:window.canary=1}{x}$ and \(\style{x}{y}\) and $$\cssId{z}{z}$$"
HOSTILE = [*NAMES.values(), MATHEMATICS]
# Some that mean nothing: what is shown of them tells what our pages consist of.
PLAIN = [f"name/{place}" if place % 2 else f"name {place}" for place in range(14)] + ["long " * 2000]
_KINDS = (Kind.VARIABLE, Kind.OP, Kind.LAYER, Kind.CONSTANT, Kind.INPUT, Kind.OUTPUT, Kind.FUNCTION)


def graph(names: Sequence[str]) -> Graph:
    """A node and a group for each name, and the name wherever there is place for one."""

    def node(place: int, name: str) -> Node:
        return Node(
            *(name, name, name, (name,), _KINDS[place % len(_KINDS)]),
            outputs=(Output((2,), name, name, Summary(2, name, 0.0, 1.0)),),
            attributes={name: name, "class": name},
            source=Source(name, 1, name, ((1, name),)),
            mark=Mark.FAILED,
            note=name,
        )

    nodes = tuple(itertools.starmap(node, enumerate(names)))
    scopes = tuple(Scope((name,), label=name, attributes={"class": name, name: name}) for name in names)
    edges = tuple(Edge(one, other) for one, other in itertools.pairwise(names))
    found = Graph("\n".join(names), nodes, edges, scopes)
    return found.with_overlay({name: place for place, name in enumerate(names)}, name=found.name, unit=found.name)


def history(names: Sequence[str]) -> History:
    """A watched training with a variable for each name."""
    found = made()
    tracks = (replace(found.tracks[place % 3], name=name, layer=name) for place, name in enumerate(names))
    metrics = dict.fromkeys(names, found.losses)
    return replace(found, name=names[0], tracks=tuple(tracks), metrics=metrics, notes=tuple(names))


def findings(names: Iterable[str]) -> Findings:
    return Findings(Finding(name, name, name, name) for name in names)


def surface(name: str) -> LossSurface:
    rate = np.zeros((1, 3, 2), np.float32)
    return LossSurface((name, name), ((0, 1), (0, 1)), np.eye(41, dtype=np.float32), (0.1,), {name: rate}, 0)


def changed(names: Sequence[str]) -> Any:
    """A comparison in which every name has other neighbours than before."""
    before = graph(names)
    after = replace(before, nodes=tuple(replace(node, op=f"{node.op}!") for node in before.nodes), overlay=None)
    return tfkit.diff(replace(before, overlay=None), after)


def _cards(names: Sequence[str], said: str) -> dict[str, Any]:
    """What says something to a learner; `said` are all names in one text."""
    task = Task("a", said, (said, said, said), said, print, said)
    lesson = LessonProgress(said, said, said, Path("x"), {said: Status.WRONG})
    return {
        "verdict": Verdict(said, Status.WRONG, said, 1),
        "hint": Hint(said, 1, said),
        "solution": Solution(said, said, said),
        "lesson": Lesson(said, said, said, {said: Exercise(said, task)}),
        "progress": Progress(Path("x"), Path(said.replace("\0", "")), (lesson,)),
        "no progress": Progress(Path(said.replace("\0", "")), None, ()),
        "table": epoch_table({name: [1.0] for name in names}),
        "findings": findings(names),
        "retraces": Retraces(names[0], len(names), tuple(Trace(name, name, name) for name in names)),
    }


def _pictures(names: Sequence[str]) -> dict[str, Any]:
    rows = tuple(Row(name, name, (np.zeros((2, 2), np.uint8),)) for name in names)
    one = history(names)
    return {
        "graph": graph(names),
        "diff": changed(names),
        "inside": Inside(names[0], rows),
        "runs": compare_runs(one, replace(one, name=names[1])),
        "surface": surface(names[0]),
        "peek": peek(np.array(names, object)),
        "peek at one": peek(np.array(NAMES["controls"] + NAMES["lone surrogate"])),
        "board": TensorBoard(names[0].replace("\0", "")),
    }


def bundles(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return all forms of everything, by what it is."""
    said = "\n".join(names)
    found = {key: value._repr_mimebundle_() for key, value in (_pictures(names) | _cards(names, said)).items()}
    return found | {"monitor": bundle(history(names), findings(names))}
