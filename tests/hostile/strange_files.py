"""What is no file, no model, or not to be had: pipes, devices, sockets, links, holes, odd paths."""

from __future__ import annotations

import os
import pickle
import socket
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.hostile.case import BOMB, Cases
from tests.hostile.names import NAMES
from tests.hostile.wire import node

cases = Cases()
_add = cases.add
SECRET = "../outside/secret"  # from a case's folder; the tests watch it
GRAPH = node("a") + node("b", "Neg", "a")
KINDS = ("graph.pb", "graph.pbtxt", "saved_model.pb", "model.keras", "model.h5", "events.out.tfevents.1")


def _holes(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(8 * 2**30)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        before = os.getcwd()
        os.chdir(path.parent)  # the path of a socket is short
        try:
            made.bind(path.name)
        finally:
            os.chdir(before)


def _linked(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def _link_to_graph(path: Path) -> None:
    (path.parent / "real.pb").write_bytes(GRAPH)
    path.symlink_to("real.pb")


for _kind in KINDS:
    _add(f"a pipe called {_kind}", _kind, os.mkfifo, said=["pipe"])
    _add(f"8 GB of holes called {_kind}", _kind, _holes)
    _add(f"nothing called {_kind}", _kind, Path.touch)
    _add(f"a link to a device called {_kind}", _kind, _linked("/dev/zero"), said=["device"])
    _add(f"a picture called {_kind}", _kind, lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100)))
    _add(f"a pickle called {_kind}", _kind, lambda path: path.write_bytes(pickle.dumps(os.system)))
    _add(f"a page called {_kind}", _kind, lambda path: path.write_text("<!DOCTYPE html><script>1</script>"))
    _add(f"a program called {_kind}", _kind, lambda path: path.write_text("#!/bin/sh\ntouch canary\n"))
_add("a socket", "graph.pb", _socket, said=["device or socket"])
_add("a link to itself", "graph.pb", _linked("graph.pb"))
_add("a link to nowhere", "graph.pb", _linked("nowhere"), said=["does not exist"])
_add("a link to a graph", "graph.pb", _link_to_graph, 2)
_add("a link to the noise of a device", "graph.pb", _linked("/dev/urandom"))
_add("a link to a process", "graph.pb", _linked("/proc/self/mem"))
_add("a file of the kernel", "graph.pb", _linked("/proc/self/environ"))
_add("nothing at all", "graph.pb", lambda path: None, said=["does not exist"])
_add("an empty folder", "folder", Path.mkdir, said=["without a SavedModel"])
_add("a folder called like a graph", "graph.pb", Path.mkdir)
_add("an ending in capitals", "GRAPH.PB", lambda path: path.write_bytes(GRAPH), 2)
_add("two endings", "graph.keras.pb", lambda path: path.write_bytes(GRAPH), 2)
_add("a graph called like a model", "graph.keras", lambda path: path.write_bytes(GRAPH))
_add("no ending", "graph", lambda path: path.write_bytes(GRAPH), said=["of a kind that tfkit does not read"])
_add("a name of 250 letters", "n" * 247 + ".pb", lambda path: path.write_bytes(GRAPH), 2)
_add(
    "a small device",
    "model.tflite",
    lambda path: path.write_bytes(b"\x1c\0\0\0TFL3" + bytes(50)),
    said=["TensorFlow Lite"],
)
_add("a checkpoint", "ckpt.index", lambda path: path.write_bytes(bytes(48)), said=["checkpoint"])
_add(
    "another network",
    "model.onnx",
    lambda path: path.write_bytes(b"\x08\x07\x12\x07pytorch"),
    said=["of a kind that tfkit does not read"],
)
_add("weights of another framework", "model.pt", lambda path: path.write_bytes(b"PK\x03\x04" + bytes(50)))
_add("a script", "model.py", lambda path: path.write_text("open('canary', 'w')"))
for _title, _name in NAMES.items():
    _bytes = len(_name.encode("utf-8", "replace"))
    if 0 < _bytes < 200 and not {"/", "\0", "\ud800"} & set(_name):
        _add(f"a file named {_title}", f"{_name}.pb", lambda path: path.write_bytes(GRAPH), 2)
        _add(f"a damaged file named {_title}", f"{_name}.pb", lambda path: path.write_bytes(b"\xff"))


def _gzip_bomb(size: int, head: bytes = b"") -> bytes:
    packing = zlib.compressobj(9, wbits=31)
    parts = [packing.compress(head)]
    zeros = bytes(2**20)
    parts += [packing.compress(zeros) for _ in range(size >> 20)]
    return b"".join([*parts, packing.flush()])


idx = Cases("idx")
_idx = idx.holding("images.idx")


def _head(code: int, *sizes: int) -> bytes:
    return struct.pack(f">4B{len(sizes)}I", 0, 0, code, len(sizes), *sizes)


_idx("an array", _head(8, 3) + b"abc", 3)
_idx("an array of no axis", _head(8) + b"a", 1)
_idx("an array of nothing", _head(8, 0), 0)
_idx("an array of nothing times much", _head(8, 0, 2**32 - 1, 2**32 - 1))
_idx("an array of 255 axes", bytes([0, 0, 8, 255]) + b"\0\0\0\1" * 255 + b"a")
_idx("an array of exabytes", _head(14, 2**32 - 1, 2**32 - 1) + b"a", limits=BOMB)
_idx("an array that overflows", _head(14, *[2**32 - 1] * 30) + b"a", limits=BOMB)
_idx("an array of an unknown type", _head(7, 3) + b"abc")
_idx("an array cut off", _head(8, 300) + b"abc")
_idx("an array with more behind it", _head(8, 3) + b"abcd")
_idx("a bomb behind an array", lambda: _gzip_bomb(500 * 2**20, _head(8, 3) + b"abc"), limits=BOMB)
_idx("a bomb that says it is small", lambda: _gzip_bomb(500 * 2**20, _head(8, 2**20)), limits=BOMB)
_idx("a damaged gzip", b"\x1f\x8b" + bytes(50))
_idx("a gzip in a gzip", lambda: _gzip_bomb(0, _gzip_bomb(0, _head(8, 3) + b"abc")))
idx.add("a pipe of pictures", "images.idx", os.mkfifo)
idx.add("8 GB of holes of pictures", "images.idx", _holes)
idx.add("a link of pictures to a device", "images.idx", _linked("/dev/zero"))
