"""A process that opens files of strangers, each in a child of its own that may do nothing else.

``python -m tests.hostile.guarded FOLDER DOOR`` takes one line of JSON for each file and answers with one. It warms up
first, so that a child has nothing left to import, and then reports of each child: what came of the file, what that
took, and all that Python's audit events (https://docs.python.org/3/library/audit_events.html), the watched folder
``FOLDER/outside`` and a listening port saw beside the reading of the file itself.
"""

from __future__ import annotations

import codecs
import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from tests.hostile.corpus import CASES
from tests.hostile.doors import DOORS, FIRST

_WALL_S = 60
_OPEN, _ACCESS, _NONBLOCK = 0x20, 0x1, 0o4000  # of Linux's inotify
# What reading and drawing may do besides opening the file; what is compiled is run only by an "exec".
_HARMLESS = (
    "compile",
    "builtins.id",
    "sys._getframe",
    "object.",
    "gc.",
    "mmap.__new__",
    "array.__new__",
    "glob.glob",
    "os.walk",
)
_WITH_PATH = (
    "open",
    "pathlib.Path.glob",
    "os.listdir",
    "os.scandir",
    "os.rename",
    "os.chmod",
    "os.remove",
    "tempfile.mkstemp",
)


def main(folder: Path, door: str) -> None:
    """Answer each line of the input."""
    from tfkit.files import _hdf5, hdf5_process

    # What tfkit leaves to a process of its own is done here, where it is watched.
    _hdf5._read = lambda path, member: hdf5_process.answer(str(path), member)
    outside = _Watched(folder / "outside")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        for name in ("utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32-be", "utf-32-le"):
            codecs.lookup(name)
        for case in CASES:
            if case.name in FIRST and case.door == door:
                DOORS[door](case.write(folder / "first"))
        print(json.dumps({"port": server.getsockname()[1]}), flush=True)
        for line in sys.stdin:
            answer = _open(json.loads(line), door)
            answer["done"] += outside.seen()
            if select.select([server], [], [], 0)[0]:
                server.accept()[0].close()
                answer["done"].append("called out")
            print(json.dumps(answer), flush=True)


def _open(asked: dict[str, Any], door: str) -> dict[str, Any]:
    """Let a child open a file; return what came of it, what it took, and what else it did."""
    receiving, sending = os.pipe()
    before = _resident_bytes()
    child = os.fork()
    if child == 0:
        os.close(receiving)
        _be_the_child(Path(asked["path"]), door, asked["cpu_s"], sending)
    os.close(sending)
    said, latest = b"", time.monotonic() + _WALL_S
    while select.select([receiving], [], [], max(0.0, latest - time.monotonic()))[0]:
        part = os.read(receiving, 2**16)
        if not part:
            break
        said += part
    else:
        os.kill(child, signal.SIGKILL)
    os.close(receiving)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    came = json.loads(said) if code == 0 else {"end": f"signal {-code}" if code < 0 else f"exit {code}", "done": []}
    took = {"cpu_s": usage.ru_utime + usage.ru_stime, "bytes": usage.ru_maxrss * 1024 - before}
    return {**came, **took}


def _be_the_child(path: Path, door: str, cpu_s: int, sending: int) -> None:
    done: list[str] = []
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    os.chdir(path.parent)
    own = str(path.parent.resolve())
    listening = True

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if not listening or event.startswith(_HARMLESS):
            return
        if event in _WITH_PATH:
            place = arguments[0]
            if isinstance(place, int) or str(place) == str(path) or os.path.realpath(place).startswith(own):
                return
        done.append(f"{event} {str(arguments)[:200]}")

    sys.addaudithook(note)
    from tfkit.errors import TfkitError

    try:
        came = DOORS[door](path)
        came["end"] = "drawn"
    except TfkitError as error:
        came = {"end": "refused", "text": str(error)}
    except BaseException as error:
        came = {"end": f"{type(error).__name__}", "text": str(error)[:500]}
    listening = False
    if door == "graph":  # what would run a model is not even loaded
        done += [f"imported {name}" for name in ("keras", "tensorflow") if name in sys.modules]
    with os.fdopen(sending, "wb") as pipe:
        pipe.write(json.dumps({**came, "done": done[:20]}).encode())
    os._exit(0)


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


class _Watched:
    """A folder of which the system tells whenever something in it is opened (inotify(7))."""

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._handle = libc.inotify_init1(_NONBLOCK)
        if self._handle < 0 or libc.inotify_add_watch(self._handle, os.fsencode(folder), _OPEN | _ACCESS) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def seen(self) -> list[str]:
        """Return a word if anything in the folder was opened since the last time."""
        try:
            return ["looked outside"] if os.read(self._handle, 2**16) else []
        except BlockingIOError:
            return []


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
