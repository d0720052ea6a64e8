"""What TensorBoard reads: an event file with graphs (as a ``GraphDef``) and points of curves in it."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfkit.errors import FileError
from tfkit.graph import Graph
from tfkit.parts import Edge, Node

# As names of nodes they break TensorBoard's graph, which keeps nodes in plain JavaScript objects (tensorboard#1283).
_RESERVED = {"length", "constructor", "prototype", "__proto__", "toString", "valueOf", "hasOwnProperty"}
_VERSION = "brain.Event:2"


class EventFile:
    """A new event file in a log folder; files that are there stay, and TensorBoard reads them all.

    Args:
        folder: Made if it is not there.

    Raises:
        FileError: If it cannot be written, or TensorBoard is not installed.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     EventFile(folder).write_scalars(1, {"loss": 0.5})
        ...     len(list(Path(folder).iterdir()))
        1
    """

    def __init__(self, folder: str | Path) -> None:
        self._path = Path(folder, f"events.out.tfevents.{time.time():.6f}.{socket.gethostname()}.tfkit")
        self._write(file_version=_VERSION)

    def write_graph(self, graph: Graph) -> None:
        """Add a graph."""
        self._write(graph_def=graph_def(graph).SerializeToString())

    def write_scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Add a point to each curve."""
        points = [{"tag": name, "simple_value": value} for name, value in values.items()]
        self._write(step=step, summary={"value": points})

    def _write(self, **content: Any) -> None:
        try:
            from tensorboard.compat.proto.event_pb2 import Event
            from tensorboard.summary.writer.record_writer import RecordWriter
        except ImportError as error:
            raise FileError('Writing for TensorBoard needs it: pip install "tfkit-course[lab]".') from error
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                RecordWriter(file).write(Event(wall_time=time.time(), **content).SerializeToString())
        except OSError as error:
            raise FileError(f"Cannot write to {str(self._path.parent)!r}: {error.strerror or error}.") from error


def graph_def(graph: Graph) -> Any:
    """Return a graph as TensorFlow's message; groups become the names of nodes, by which TensorBoard groups them."""
    from tensorboard.compat.proto.graph_pb2 import GraphDef

    names = _names(graph)
    inputs: dict[str, list[Edge]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        inputs[edge.target].append(edge)
    definition = GraphDef()
    for node in graph.nodes:
        written = definition.node.add(name=names[node.id], op=node.op or "Unknown")
        for edge in sorted(inputs[node.id], key=lambda edge: (edge.control, edge.target_input)):
            output = f":{edge.source_output}" if edge.source_output and not edge.control else ""
            written.input.append(f"{'^' * edge.control}{names[edge.source]}{output}")
        if node.outputs:
            written.device = node.outputs[0].device
        _write_attributes(written.attr, node)
    return definition


def _names(graph: Graph) -> dict[str, str]:
    """Return the name of each node: its groups and its label, each different, none that of a group."""
    taken = Counter("/".join(map(_part, scope.path)) for scope in graph.scopes)
    names = {}
    for node in graph.nodes:
        plain = name = "/".join(map(_part, (*node.scope, node.label)))
        while taken[name]:
            name = f"{plain}_{taken[plain]}"
            taken[plain] += 1
        taken[name] += 1
        names[node.id] = name
    return names


def _part(name: str) -> str:
    clean = name.replace("/", "_").replace(":", "_").strip().encode("utf-8", "replace").decode() or "_"
    if clean.startswith("^"):  # in the list of inputs it marks a control edge
        clean = f"_{clean}"
    return f"{clean}_" if clean in _RESERVED else clean


def _write_attributes(written: Any, node: Node) -> None:
    for key, value in node.attributes.items():
        if isinstance(value, bool):
            written[key].b = value
        elif isinstance(value, int) and abs(value) < 2**63:
            written[key].i = value
        elif isinstance(value, float):
            written[key].f = value
        elif isinstance(value, str):
            written[key].s = value.encode("utf-8", "replace")
        elif isinstance(value, list | tuple | Mapping):
            written[key].s = str(value).encode("utf-8", "replace")
    for output in node.outputs:
        shape = written["_output_shapes"].list.shape.add(unknown_rank=output.shape is None)
        for size in output.shape or ():
            shape.dim.add(size=-1 if size is None else size)
