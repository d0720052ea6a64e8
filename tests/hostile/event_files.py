"""Event files and log folders of TensorBoard."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.hostile.case import BOMB, Cases
from tests.hostile.names import NAMES
from tests.hostile.saved_models import meta
from tests.hostile.wire import chunk, node, number, record

FILE = "events.out.tfevents.1"
cases = Cases()
_add = cases.holding(FILE)


def event(graph: bytes) -> bytes:
    return record(chunk(4, graph))


def summary(tag: str, plugin: str, *texts: bytes) -> bytes:
    tensor = number(1, 7) + b"".join(chunk(8, text) for text in texts)
    return record(chunk(5, chunk(1, chunk(1, tag) + chunk(9, chunk(1, chunk(1, plugin))) + chunk(8, tensor))))


HEAD = record(b"\x1a\x0dbrain.Event:2")
GRAPH = node("a") + node("b", "Neg", "a")
MODEL = json.dumps(
    {"class_name": "Sequential", "config": {"name": "m", "layers": [{"class_name": "Dense", "config": {"name": "d"}}]}}
).encode()

_add("an event with a graph", HEAD + event(GRAPH), 2)
_add("a thousand graphs in events", HEAD + event(GRAPH) * 1000, 2)
_add("no graph in events", HEAD * 100, said=["holds no graph"])
_add("a graph that is none", HEAD + event(b"\xff" * 50), said=["cannot be read", "GraphDef"])
_add("a graph without nodes in an event", HEAD + event(b""), said=["holds no graph"])
_add("a meta graph in an event", HEAD + record(chunk(9, meta(GRAPH))), 2)
_add("a model in an event", HEAD + summary("keras", "graph_keras_model", MODEL), 1)
_add("a model in an event that is no JSON", HEAD + summary("keras", "graph_keras_model", b"{"))
_add(
    "a model in an event 100,000 deep",
    lambda: HEAD + summary("keras", "graph_keras_model", b"[" * 100_000 + b"]" * 100_000),
    limits=BOMB,
)
_add("a profile that is none", HEAD + summary("run", "graph_run_metadata_graph", b"\xff" * 20))
_add("a profile", HEAD + summary("run", "graph_run_metadata_graph", chunk(4, chunk(2, GRAPH))), 2)
_add("a plugin that is code", HEAD + summary("x", "__import__('os').system('touch canary')", b"x") + event(GRAPH), 2)
_add("cut off behind a graph", HEAD + event(GRAPH) + event(GRAPH)[:20], 2)
_add("cut off in the first", (HEAD + event(GRAPH))[:40])
_add("a record without an end", struct.pack("<QI", 2**62, 0) + b"\x22")
_add("a record of one byte", HEAD + record(b"x") + event(GRAPH), 2)
_add("a record of nothing", struct.pack("<QI", 0, 0) + bytes(4) + HEAD)
_add("a record of 500 MB that is not there", struct.pack("<QI", 500 * 2**20, 0) + b"\x22" * 10, limits=BOMB)
_add("200,000 records", lambda: record(b"\x2a\x02\x0a\x00") * 200_000, said=["holds no graph"])
_add("a record of 100 MB of texts", lambda: HEAD + summary("x", "text", b"x" * (100 * 2**20)) + event(GRAPH), 2)
_add("a million summaries in a record", lambda: HEAD + record(chunk(5, chunk(1, b"") * 10**6)), said=["holds no graph"])
_add("noise in events", bytes(range(256)) * 40)
_add("empty events", b"", said=["holds no graph"])
for _title in ("script", "prototype", "slashes", "zero", "lines", "right to left", "dots"):
    _add(
        f"a tag named {_title}", HEAD + summary(NAMES[_title], "graph_run_metadata_graph", chunk(4, chunk(2, GRAPH))), 2
    )


def _folder(name: str, make: Callable[[Path], object], nodes: int | None = None, said: Iterable[str] = ()) -> None:
    def build(folder: Path) -> None:
        folder.mkdir()
        make(folder)

    cases.add(name, "logs", build, nodes=nodes, said=said)


def _many(folder: Path) -> None:
    for place in range(300):
        (folder / f"run {place}").mkdir()
        (folder / f"run {place}" / FILE).write_bytes(HEAD + event(GRAPH))


def _linked(target: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / "a.tfevents.1").write_bytes(HEAD + event(GRAPH))
        (folder / "b.tfevents.2").symlink_to(target)
        (folder / "more").symlink_to(target)

    return make


def _deep(folder: Path) -> None:
    inner = folder.joinpath(*["d"] * 500)
    inner.mkdir(parents=True)
    (inner / FILE).write_bytes(HEAD + event(GRAPH))


def _mixed(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        (folder / "a.tfevents.1").write_bytes(HEAD + event(GRAPH))
        make(folder / "b.tfevents.2")

    return build


_folder("300 runs", _many, 400)
_folder("logs with links to a secret", _linked("../../outside/secret"), 2)
_folder("logs with links to a device", _linked("/dev/zero"), 2)
_folder("logs with links to themselves", _linked("."), 2)
_folder("logs 500 deep", _deep, 2)
_folder("logs with a pipe", _mixed(os.mkfifo), 2)
_folder("logs with a folder called like a file", _mixed(Path.mkdir), 2)
_folder(
    "logs of which one is damaged", _mixed(lambda path: path.write_bytes(event(b"\xff" * 50))), None, ["b.tfevents.2"]
)
_folder("logs without a graph", lambda folder: (folder / FILE).write_bytes(HEAD))
