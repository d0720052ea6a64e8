"""Everything in tfkit that opens a file which somebody else may have made, by name; and a first time for each.

A door returns ``{"nodes": how many things it found, "text": what there is to read}`` or raises a ``TfkitError``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_MOST_TEXT = 3000  # nodes of which the text is told

Found = dict[str, Any]


def _graph(path: Path) -> Found:
    import tfkit

    return _seen(tfkit.read_graph(path))


def _seen(graph: Any) -> Found:
    """Draw a graph in every form, and read again what was drawn."""
    from tfkit.graph import Graph

    wire, svg = graph.to_wire(), graph.to_svg()
    told: Found = {"nodes": len(graph.nodes), "text": ""}
    if len(graph.nodes) <= _MOST_TEXT:
        ElementTree.fromstring(svg)
        if Graph.from_wire(wire).to_wire() != wire:
            raise AssertionError("the packed graph is another one")
        told["text"] = graph.to_text()[:200_000]
    return told


def _idx(path: Path) -> Found:
    import tfkit

    return {"nodes": tfkit.load_idx(path).size, "text": ""}


def _progress(path: Path) -> Found:
    from tfkit.course.learner import read_progress

    found = read_progress(path.parent)
    return {"nodes": len(found), "text": json.dumps(found)[:2000]}


def _notebook(path: Path) -> Found:
    from tfkit.course.grading.submissions import Submission, code_cells, lesson_of, read_notebook

    cells = code_cells(read_notebook(Submission("ada", path, path.name)), path.name)
    return {"nodes": len(cells), "text": str(lesson_of(cells, path.name))}


def _history(path: Path) -> Found:
    from tfkit.gradients._replay import svg
    from tfkit.gradients.history import History

    found = History.load(path)
    ElementTree.fromstring(svg(found))
    return {"nodes": int(found.steps.size), "text": found.name}


def _wire(path: Path) -> Found:
    from tfkit.graph import Graph

    return _seen(Graph.from_wire(path.read_bytes()))


def _checkpoint(path: Path) -> Found:
    from tfkit.training.checkpoint import Checkpoint

    found = Checkpoint.load(path.parent)
    return {"nodes": len(found.values) if found else 0, "text": ""}


DOORS: dict[str, Callable[[Path], Found]] = {
    "graph": _graph,
    "idx": _idx,
    "progress": _progress,
    "notebook": _notebook,
    "history": _history,
    "wire": _wire,
    "checkpoint": _checkpoint,
}

OF_BYTES = {"wire"}  # they know no file that could be named

# Good files of each door and kind, opened once so that all that reading needs is loaded.
FIRST = (
    *("one node", "text", "a saved model", "a circle of layers", "a model in HDF5", "an event with a graph"),
    *("an array", "a packed graph", "progress", "a notebook", "a history", "a checkpoint of a training"),
)
