"""Files read as graphs for the page, each by a process of its own, and kept while they do not change."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import OrderedDict
from logging import Logger
from pathlib import Path

from tornado.web import HTTPError

from tfkit.untrusted import run_apart

TIMEOUT_S = 60
_AT_ONCE = 2
_KEPT = 8
# -P: the folder in which the server was started may hold anybody's files, and is not for Python to import from.
_COMMAND = (sys.executable, "-P", "-m", "tfkit.lab.graph_process")


class GraphFiles:
    """The graphs of files that were asked for last."""

    def __init__(self, log: Logger) -> None:
        self._log = log
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._kept: OrderedDict[tuple[Path, str], str] = OrderedDict()

    async def read(self, path: Path, stamp: str, name: str) -> str:
        """Return what the page draws a file from.

        Args:
            path: Of the file or folder.
            stamp: Changes when the file does.
            name: What the user calls it.

        Raises:
            HTTPError: 422, if it cannot be read; the message says why.
        """
        key = (path, stamp)
        if key not in self._kept:
            async with self._turns:
                self._kept[key] = await asyncio.to_thread(self._run, path, name)
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]

    def _run(self, path: Path, name: str) -> str:
        try:
            done = run_apart([*_COMMAND, str(path)], TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._log.error("%s was not read within %s s.", path, TIMEOUT_S)
            raise HTTPError(422, f"{name!r} was not read within {TIMEOUT_S} seconds.") from None
        if done.returncode:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            said = lines[-1] if lines else f"the process that read it ended with code {done.returncode}"
            self._log.error("%s cannot be read as a graph: %s", path, said)
            raise HTTPError(422, said.replace(repr(str(path)), repr(name)))
        return done.stdout.decode("ascii").strip()


def stamp_of(path: Path) -> str:
    """Return a mark that changes when a file does."""
    status = path.stat()
    return f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"
