"""TensorBoard's event files and log folders: the graphs in them.

An event file is a row of records, each with its length, a checksum of that, the data and a checksum
(https://www.tensorflow.org/tutorials/load_data/tfrecord). The last one may be cut off: a run still writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from google.protobuf.message import DecodeError

from tfkit.errors import FileError, GraphError
from tfkit.files._graph_def import read_graph_def
from tfkit.files._layers import layers_of
from tfkit.files._protobuf import meta_graph_of
from tfkit.files._schema import parse
from tfkit.files._side import side_by_side
from tfkit.files._values import text
from tfkit.graph import Graph
from tfkit.untrusted import parse_json

_HEAD, _FOOT = 12, 4  # bytes of length and checksum before the data, of the checksum behind it
_MOST_RECORD = 512 * 2**20
_MOST_FILES = 200  # that are read
_MOST_NAMES = 50_000  # that are looked at
_GRAPH_FIELDS = (b"\x22", b"\x4a", b"\x2a")  # graph_def, meta_graph_def, summary


def read_events(path: Path) -> Graph:
    """Return the graphs of one event file, side by side.

    Raises:
        FileError: If there is none in it.
    """
    graphs = _graphs(path)
    if not graphs:
        raise FileError(f"{str(path)!r} holds no graph: {_HOW}.")
    return side_by_side(path.parent.name or path.name, graphs)


_HOW = (
    "write one with tf.summary.graph(concrete_function.graph), keras.callbacks.TensorBoard(folder, write_graph=True) "
    "or tf.compat.v1.summary.FileWriter(folder, graph)"
)


def read_log_folder(folder: Path, files: list[Path]) -> Graph:
    """Return the graphs of a log folder; of several runs each is a group named by its folder.

    Raises:
        FileError: If there is no graph in any of its files.
    """
    runs: dict[str, Graph] = {}
    for file in files[:_MOST_FILES]:
        run = file.parent.relative_to(folder).as_posix()
        for kind, graph in _graphs(file).items():
            runs[kind if run == "." else f"{run} {kind}"] = graph
    if not runs:
        raise FileError(f"{str(folder)!r}: none of its {len(files)} event files holds a graph; {_HOW}.")
    return side_by_side(folder.resolve().name, runs)


def event_files(folder: Path) -> list[Path]:
    """Return the event files of a folder and the folders in it, the oldest first; links are not followed.

    Raises:
        FileError: If there is so much in it that it can be no log folder.
    """
    found, count = list[Path](), 0
    for outer, _, names in os.walk(folder):
        count += len(names)
        if count > _MOST_NAMES:
            raise FileError(
                f"{str(folder)!r} holds more than {_MOST_NAMES:,} files: name the folder of the logs in it."
            )
        found += [Path(outer, name) for name in names if ".tfevents." in name]
    found = [path for path in found if path.is_file() and not path.is_symlink()]
    return sorted(found, key=lambda path: (path.stat().st_mtime, str(path)))


def _graphs(path: Path) -> dict[str, Graph]:
    """Return the graphs of a file by kind, of each kind the last; a meta graph only where there is no plain one."""
    found: dict[str, Graph] = {}
    try:
        with path.open("rb") as file:
            for record in records(file):
                found.update(_in_event(parse("Event", record)))
    except (DecodeError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise FileError(f"{str(path)!r} holds a graph that cannot be read: {str(error)[:300]}.") from error
    except GraphError as error:
        raise FileError(f"{str(path)!r} holds a graph that is not consistent: {error}") from error
    if "graph" in found:
        found.pop("meta graph", None)
    return found


def _in_event(event: Any) -> Iterator[tuple[str, Graph]]:
    if event.graph:
        yield "graph", read_graph_def(event.graph, "graph")
    if event.meta_graph:
        yield "meta graph", meta_graph_of(event.meta_graph, "graph")
    for value in event.summary.value:
        plugin, data = text(value.metadata.plugin.name), value.tensor.string_val
        if plugin == "graph_keras_model" and data:
            yield "layers", layers_of(parse_json(data[0]), "layers")
        elif plugin in ("graph_run_metadata_graph", "graph_run_metadata") and data:
            traced = [graph.before for graph in parse("RunMetadata", data[0]).function if graph.before]
            for place, graph in enumerate(traced):
                yield text(value.tag) + f" {place}" * (len(traced) > 1), read_graph_def(graph, text(value.tag))


def records(file: BinaryIO) -> Iterator[bytes]:
    """Yield the records that may hold a graph; the others, and a last one that is cut off, are passed over."""
    while len(head := file.read(_HEAD)) == _HEAD:
        size = int.from_bytes(head[:8], "little")
        if not 0 < size <= _MOST_RECORD:
            raise DecodeError(f"a record of {size:,} bytes")
        data = file.read(size)
        if len(data) < size or len(file.read(_FOOT)) < _FOOT:
            return
        if any(field in data[:64] for field in _GRAPH_FIELDS):
            yield data
