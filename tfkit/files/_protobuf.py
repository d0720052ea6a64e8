"""Files that hold a ``GraphDef``: plain, as text, inside a ``MetaGraphDef`` or inside a SavedModel."""

from __future__ import annotations

import mmap
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError

from tfkit.errors import FileError, GraphError
from tfkit.files._bookkeeping import bookkeeping_apart
from tfkit.files._graph_def import graph_of
from tfkit.files._scan import GRAPH, META_GRAPH, SAVED_MODEL, fields, without_large_tensors
from tfkit.files._schema import parse
from tfkit.files._side import side_by_side
from tfkit.files._values import text
from tfkit.graph import Graph
from tfkit.parts import ScopeKind

_PARSED_WHOLE = 64 * 2**20  # bytes; of a larger file the big tensors are left out first
_MOST_TEXT = 4 * 2**20  # bytes; protobuf reads text at about 2 MB a second
_MOST_FUNCTIONS = 50_000
_DEEPEST_TEXT = 100  # braces in braces
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|#[^\n]*')  # what stands in it is no brace


def read_protobuf(path: Path) -> Graph:
    """Return the graph in a binary file.

    Raises:
        FileError: If there is none in it.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        if size == 0:
            raise FileError(f"{str(path)!r} is empty.")
        # A file that shrinks while it is mapped takes the process with it, so only what is too large is.
        # The map is left to the garbage collector: an error that is under way still holds pieces of it.
        is_small = size <= _PARSED_WHOLE
        data = file.read(_PARSED_WHOLE) if is_small else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return _understood(path, memoryview(data))


def read_text(path: Path) -> Graph:
    """Return the graph in a text file (``.pbtxt``).

    Raises:
        FileError: If there is none in it, or the file is too large for text.
    """
    size = path.stat().st_size
    if size > _MOST_TEXT:
        raise FileError(
            f"{str(path)!r} has {size >> 20} MB of text, and tfkit reads at most {_MOST_TEXT >> 20} MB of it: write "
            "the graph in binary form, with tf.io.write_graph(graph, folder, 'graph.pb', as_text=False)."
        )
    from google.protobuf import text_format

    written = path.read_bytes()
    try:
        return _from_message(path, memoryview(_binary(written.decode("utf-8"))), path.stem)
    except (DecodeError, text_format.Error, ValueError, RecursionError, GraphError) as error:
        raise FileError(f"{str(path)!r} is no graph in protobuf's text form: {str(error)[:300]}.") from error


def _binary(written: str) -> bytes:
    """Return a text proto in binary form."""
    from google.protobuf import text_format
    from tensorboard.compat.proto import graph_pb2, meta_graph_pb2

    _refuse_depth(written)
    written = re.sub(r"\A(\s*#[^\n]*\n)+", "", written)
    if written.lstrip().startswith("saved_model_schema_version"):
        written = written.partition("meta_graphs")[2].strip().removeprefix(":").strip()
        written = written.removeprefix("{").rpartition("}")[0]
        return bytes(text_format.Parse(written, meta_graph_pb2.MetaGraphDef()).SerializeToString())
    whole = graph_pb2.GraphDef if written.lstrip().startswith(("node", "library", "versions")) else None
    message = (whole or meta_graph_pb2.MetaGraphDef)()
    return bytes(text_format.Parse(written, message).SerializeToString())


def _refuse_depth(written: str) -> None:
    """Refuse what would break the parser, which calls itself for every brace."""
    depth = deepest = 0
    for char in _QUOTED.sub("", written):
        if char in "{<":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "}>":
            depth -= 1
    if deepest > _DEEPEST_TEXT:
        raise ValueError(f"messages are nested {deepest} deep, at most {_DEEPEST_TEXT} are read")


def _understood(path: Path, data: memoryview) -> Graph:
    try:
        return _from_message(path, data, path.parent.name if path.name == "saved_model.pb" else path.stem)
    except (DecodeError, ValueError, RecursionError, GraphError, OverflowError, MemoryError) as error:
        raise FileError(f"{str(path)!r} holds no TensorFlow graph that can be read: {str(error)[:300]}.") from error


def _from_message(path: Path, data: memoryview, name: str) -> Graph:
    """Tell the three kinds of message apart by their first field, and read them."""
    number, _, payload, end = next(fields(data), (0, 0, None, 0))
    if number == 1 and payload is None:  # the version of a SavedModel
        return read_saved_model(parse("SavedModel", _lean(data, SAVED_MODEL)), name)
    if payload is not None and (number != 1 or not _is_node(data[payload:end])):
        meta = parse("MetaGraph", _lean(data, META_GRAPH))
        if (meta.graph.node or meta.graph.library.function) and all(node.op for node in meta.graph.node):
            return _meta_graph(meta, name)
    _refuse_many_functions(data)
    graph = parse("GraphDef", _lean(data, GRAPH))
    if not graph.node and not graph.library.function:
        raise DecodeError("there is no node in it")
    if not all(node.op for node in graph.node):
        raise DecodeError("there is a node in it that does not say what it does")
    return graph_of(graph, name)


def _refuse_many_functions(data: memoryview) -> None:
    """Refuse a library of which each function, though of two bytes, would take a kilobyte once it is parsed."""
    libraries = (data[payload:end] for number, _, payload, end in fields(data) if number == 2 and payload is not None)
    if sum(1 for library in libraries for _ in islice(fields(library), _MOST_FUNCTIONS + 1)) > _MOST_FUNCTIONS:
        raise DecodeError(f"tfkit reads at most {_MOST_FUNCTIONS:,} functions, and there are more in it")


def _is_node(data: memoryview) -> bool:
    """Return whether this is a ``NodeDef``: name, operation (text, both), inputs, device and attributes."""
    if len(data) > _PARSED_WHOLE:
        return True
    try:
        node = parse("NodeDef", data)
    except DecodeError:
        return False
    return bool(node.op) and all(32 < byte < 127 for byte in node.op)


def _lean(data: memoryview, spec: Any) -> bytes:
    return bytes(data) if len(data) <= _PARSED_WHOLE else without_large_tensors(data, spec)


def read_saved_model(saved: Any, name: str) -> Graph:
    """Return the graph of a SavedModel; of several meta graphs each is a group named by its tags.

    Raises:
        google.protobuf.message.DecodeError: If it holds none.
    """
    graphs: dict[str, Graph] = {}
    for place, meta in enumerate(saved.meta_graph):
        tags = ", ".join(map(text, meta.info.tag)) or f"graph {place}"
        graphs[tags if tags not in graphs else f"{tags} ({place})"] = _meta_graph(meta, name)
    if not graphs:
        raise DecodeError("there is no meta graph in it")
    return side_by_side(name, graphs)


def meta_graph_of(data: bytes, name: str) -> Graph:
    """Return the graph of a binary ``MetaGraphDef``.

    Raises:
        google.protobuf.message.DecodeError: If `data` is none.
    """
    return _meta_graph(parse("MetaGraph", data), name)


def _meta_graph(meta: Any, name: str) -> Graph:
    signatures = {
        text(entry.value.name).rpartition(":")[0]: text(signature.key)
        for signature in meta.signature
        for entry in signature.value.output
    }
    named = filter(None, (meta.saver.filename, meta.saver.save, meta.saver.restore))
    saver = {text(name).partition(":")[0] for name in named}
    return bookkeeping_apart(_with_signatures(graph_of(meta.graph, name, set(signatures)), signatures), saver)


def _with_signatures(graph: Graph, signatures: Mapping[str, str]) -> Graph:
    """Return the graph with the function that a signature calls named by the signature (``serving_default``)."""
    known = {node.id for node in graph.nodes}
    names = {graph[node_id].scope: key for node_id, key in signatures.items() if node_id in known}
    scopes = (
        replace(scope, label=names[scope.path]) if scope.path in names and scope.kind == ScopeKind.FUNCTION else scope
        for scope in graph.scopes
    )
    return replace(graph, scopes=tuple(scopes))
