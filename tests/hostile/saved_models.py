"""SavedModels: folders whose graphs name files, functions and classes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.hostile.case import USUAL, Cases, Limits
from tests.hostile.names import NAMES
from tests.hostile.wire import attr, calls, chunk, constant, function, node, number

cases = Cases()
SECRET = "../../outside/secret"  # from a case's folder; the tests watch it


def saved(*graphs: bytes, version: int = 1) -> bytes:
    return number(1, version) + b"".join(chunk(2, graph) for graph in graphs)


def meta(graph: bytes, *tags: str, rest: bytes = b"") -> bytes:
    return chunk(1, b"".join(chunk(4, tag) for tag in tags or ("serve",))) + chunk(2, graph) + rest


def signature(name: str, output: str) -> bytes:
    return chunk(5, chunk(1, name) + chunk(2, chunk(2, chunk(1, "y") + chunk(2, chunk(1, output)))))


def _add(
    name: str,
    content: bytes | None,
    nodes: int | None = None,
    said: Iterable[str] = (),
    more: Callable[[Path], object] | None = None,
    limits: Limits = USUAL,
) -> None:
    def make(folder: Path) -> None:
        folder.mkdir()
        if content is not None:
            (folder / "saved_model.pb").write_bytes(content)
        if more is not None:
            more(folder)

    cases.add(name, "model", make, nodes=nodes, said=said, limits=limits)


ONE = saved(meta(node("a") + node("b", "Neg", "a")))

_add("a saved model", ONE, 2)
_add("two graphs of one tag", saved(meta(node("a"), "serve"), meta(node("b"), "serve")), 2)
_add("a thousand graphs", saved(*(meta(node("a"), f"tag {place}") for place in range(1000))), 1000)
_add("no graph", saved())
_add("a graph without nodes", saved(meta(b"")), 0)
_add("another version", saved(meta(node("a")), version=2**40), 1)
_add("a signature of nothing", saved(meta(node("a"), rest=signature("serving_default", "nowhere:0"))), 1)
_add("a thousand signatures", saved(meta(node("a"), rest=b"".join(signature(f"s{i}", "a:0") for i in range(1000)))), 1)
_add(
    "signatures with odd names",
    saved(
        meta(
            node("a"),
            rest=b"".join(signature(name.encode("utf-8", "replace").decode(), "a:0") for name in NAMES.values()),
        )
    ),
    1,
)
_add(
    "a saver of nothing",
    saved(meta(node("a"), rest=chunk(3, chunk(1, "nowhere:0") + chunk(2, "a:0") + chunk(3, "^a")))),
    1,
)
_add(
    "a saver of everything",
    saved(meta(node("a") + node("b", "Neg", "a"), rest=chunk(3, chunk(1, "a:0") + chunk(2, "b:0") + chunk(3, "b")))),
    2,
)
_add(
    "assets elsewhere",
    saved(
        meta(
            node("a") + constant("file", 7, (), chunk(8, SECRET)),
            rest=chunk(6, chunk(1, chunk(1, "file:0")) + chunk(2, SECRET)),
        )
    ),
    2,
)
_add(
    "a table from a file",
    saved(
        meta(
            constant("file", 7, (), chunk(8, SECRET))
            + node("table", "HashTableV2")
            + node("init", "InitializeTableFromTextFileV2", "table", "file")
        )
    ),
    3,
)
_add(
    "files that are read and written",
    saved(
        meta(
            constant("file", 7, (), chunk(8, SECRET))
            + node("read", "ReadFile", "file")
            + node("write", "WriteFile", "file", "read")
            + node("list", "MatchingFiles", "file")
        )
    ),
    4,
)
_add(
    "Python in the graph",
    saved(meta(node("a", "PyFunc", attrs=attr("token", chunk(2, "pyfunc_0"))) + node("b", "EagerPyFunc", "a"))),
    2,
)
_add(
    "a saved object of an unknown class",
    saved(meta(node("a"), rest=chunk(7, chunk(1, chunk(4, chunk(1, "os.system") + chunk(3, "touch canary")))))),
    1,
)
_add("noise for Keras", ONE, 2, more=lambda folder: (folder / "keras_metadata.pb").write_bytes(b"\xff" * 1000))
_add("a damaged fingerprint", ONE, 2, more=lambda folder: (folder / "fingerprint.pb").write_bytes(b"\xff" * 1000))
_add("variables elsewhere", ONE, 2, more=lambda folder: (folder / "variables").symlink_to(Path(SECRET).parent))
_add("variables without an end", ONE, 2, more=lambda folder: (folder / "variables").symlink_to("/dev"))
_add("assets without an end", ONE, 2, more=lambda folder: (folder / "assets").symlink_to("."))
_add("a folder without a model", None)
_add("a model that is a folder", None, more=lambda folder: (folder / "saved_model.pb").mkdir())
_add("a model that is a pipe", None, more=lambda folder: os.mkfifo(folder / "saved_model.pb"))
_add("a model that is a link outside", None, more=lambda folder: (folder / "saved_model.pb").symlink_to(SECRET))
_add(
    "a model that is a link to a device", None, more=lambda folder: (folder / "saved_model.pb").symlink_to("/dev/zero")
)
_add(
    "a model that is a link to itself",
    None,
    more=lambda folder: (folder / "saved_model.pb").symlink_to("saved_model.pb"),
)
_add("a model in binary and in text", ONE, 2, more=lambda folder: (folder / "saved_model.pbtxt").write_text("}"))
_add("a model of functions only", saved(meta(function("f", node("x"), takes=("a",), gives={"y": "x:y:0"}))), 3)
_add(
    "a signature that calls a function that is not there",
    saved(meta(calls("call", "nowhere"), rest=signature("serving_default", "call:0"))),
    1,
)
