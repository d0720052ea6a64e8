"""The TensorBoards of one Jupyter server: at most two at a time, each for one log folder, ended when nobody looks."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from logging import Logger
from pathlib import Path
from typing import Any

MOST = 2  # at a time; each takes 85 MB and more
IDLE_S = 600.0
_LOOK_AGAIN_S = 30.0
_PATIENCE_S = 30.0  # for a TensorBoard to listen
_READING_S = 8.0  # for the first look at the logs, before an unfinished one is shown
_MOST_NAMES = 50_000  # that are looked at in a log folder
# -P: the folder in which the server was started may hold anybody's files, and is not for Python to import from.
_COMMAND = (sys.executable, "-P", "-m", "tfkit.lab.board_process")


class State(StrEnum):
    """How a board stands; the page shows it as ``data-state``."""

    WAITING = "waiting"  # for a first log
    STARTING = "starting"
    READY = "ready"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(eq=False)
class Board:
    """One log folder and, while somebody looks at it, its TensorBoard.

    Attributes:
        folder: The logs.
        name: What the user calls the folder.
        id: The same for the same folder, also after the server was restarted.
        secret: What its process must be sent with each request.
        port: Where it listens; None while it does not.
        used: When it was last asked for something, in seconds of the monotonic clock.
    """

    folder: Path
    name: str
    id: str = field(init=False)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    port: int | None = None
    used: float = field(default_factory=time.monotonic)
    state: State = State.STOPPED
    message: str = ""
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)
    _started: float = 0.0
    _has_read: bool = False
    _noting: threading.Thread = field(default_factory=threading.Thread, repr=False)
    _said: deque[str] = field(default_factory=lambda: deque(maxlen=20), repr=False)

    def __post_init__(self) -> None:
        self.id = sha256(str(self.folder).encode("utf-8", "surrogateescape")).hexdigest()[:16]

    @property
    def is_running(self) -> bool:
        """Whether there is a process of it."""
        return self._process is not None

    def start(self) -> None:
        """Start its process, which says itself when it is ready."""
        self._started, self.port, self._has_read = time.monotonic(), None, False
        self._said.clear()
        process = self._process = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl+C is for the server, which then ends it
        )
        self._noting = threading.Thread(target=self._note, args=(process,), daemon=True)
        for thread in (threading.Thread(target=self._hear, args=(process,), daemon=True), self._noting):
            thread.start()
        asked = {"logdir": str(self.folder), "secret": self.secret}
        assert process.stdin
        with contextlib.suppress(OSError):  # it has ended already, which `look` finds
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
        self._set(State.STARTING, "TensorBoard is starting.")

    def stop(self, message: str, state: State = State.STOPPED) -> None:
        """End its process."""
        process, self._process, self.port = self._process, None, None
        if process is not None:
            threading.Thread(target=_end, args=(process,)).start()
        self._set(state, message)

    def look(self, log: Logger) -> None:
        """Bring the state up to date."""
        if self._process is None:
            return
        code, age = self._process.poll(), time.monotonic() - self._started
        if code is not None:
            self._noting.join(1)  # its last words may still be on their way
            cause = next((line for line in reversed(self._said) if line.strip()), f"exit code {code}")
            log.error("TensorBoard for %s ended with code %s:\n%s", self.folder, code, "\n".join(self._said))
            self.stop(f"TensorBoard has ended ({cause.strip()[:200]}). The log of the server says more.", State.FAILED)
        elif self.port is None and age > _PATIENCE_S:
            log.error("TensorBoard for %s did not start in %s s:\n%s", self.folder, _PATIENCE_S, "\n".join(self._said))
            self.stop(
                f"TensorBoard did not start within {_PATIENCE_S:.0f} seconds: the machine may be busy, or "
                "tensorboard may be broken (tfkit doctor looks).",
                State.FAILED,
            )
        elif self.port is not None and (self._has_read or age > _READING_S):
            self._set(State.READY, "")
        elif self.port is not None:
            self._set(State.STARTING, "TensorBoard reads the logs.")

    def to_dict(self) -> dict[str, Any]:
        """Return what the page is told."""
        facts = {"id": self.id, "logdir": str(self.folder), "name": self.name}
        return {**facts, "state": self.state, "message": self.message}

    def _set(self, state: State, message: str) -> None:
        self.state, self.message = state, message

    def _hear(self, process: subprocess.Popen[str]) -> None:
        """Take in what the process says of itself."""
        assert process.stdout
        for line in process.stdout:
            try:
                fact = json.loads(line)
            except ValueError:
                continue  # something else that is loaded there prints
            if process is self._process and isinstance(fact, dict):
                self.port = fact.get("port", self.port)
                self._has_read = fact.get("read", self._has_read)

    def _note(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr
        for line in process.stderr:
            self._said.append(line.rstrip())


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    with contextlib.suppress(OSError):  # something was left to be written to one that is gone
        process.stdin.close()  # which ends it, see board_process
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Boards:
    """All boards of a server.

    Args:
        log: The server's.
        schedule: Runs a function after some seconds.
    """

    def __init__(self, log: Logger, schedule: Callable[[float, Callable[[], None]], Any]) -> None:
        self._log = log
        self._schedule = schedule
        self._boards: dict[str, Board] = {}
        self._is_watching = False

    async def open(self, folder: Path, name: str) -> Board:
        """Return the board of a folder; it is started unless it runs, or there is nothing to show yet."""
        fresh = Board(folder, name)
        board = self._boards.setdefault(fresh.id, fresh)
        board.used = time.monotonic()
        board.look(self._log)
        if board.is_running:
            return board
        state, message = await asyncio.to_thread(look_into, folder, name)
        if not board.is_running:  # nor was it started meanwhile
            if state == State.READY:
                self._make_room()
                self._log.info("TensorBoard for %s is started.", folder)
                board.start()
                self._watch()
            else:
                board.state, board.message = state, message
        return board

    def find(self, board_id: str) -> Board | None:
        """Return a board, its state up to date."""
        board = self._boards.get(board_id)
        if board is not None:
            board.look(self._log)
        return board

    def all(self) -> list[Board]:
        """Return all boards, their states up to date."""
        for board in self._boards.values():
            board.look(self._log)
        return list(self._boards.values())

    def stop_idle(self) -> None:
        """End what nobody has asked for anything in ten minutes."""
        for board in self._boards.values():
            if board.is_running and time.monotonic() - board.used > IDLE_S:
                self._log.info("TensorBoard for %s is stopped: nobody looked at it.", board.folder)
                board.stop("Stopped, because nobody looked at it for ten minutes.")

    def _make_room(self) -> None:
        running = sorted((board for board in self._boards.values() if board.is_running), key=lambda board: board.used)
        for board in running[: max(len(running) - MOST + 1, 0)]:
            self._log.info("TensorBoard for %s is stopped: at most %s run at a time.", board.folder, MOST)
            board.stop(f"Stopped to make room: at most {MOST} TensorBoards run at a time.")

    def _watch(self) -> None:
        """Look from time to time, as long as one runs."""
        if not self._is_watching:
            self._is_watching = True
            self._schedule(_LOOK_AGAIN_S, self._watch_again)

    def _watch_again(self) -> None:
        self._is_watching = False
        self.stop_idle()
        if any(board.is_running for board in self.all()):
            self._watch()


def look_into(folder: Path, name: str) -> tuple[State, str]:
    """Return whether there is something for TensorBoard in a folder, and if not, a sentence with the cure.

    Example:
        >>> look_into(Path("nowhere"), "nowhere")[0]
        <State.WAITING: 'waiting'>
    """
    waiting = "It is shown as soon as the first logs come."
    try:
        if not folder.is_dir():
            if folder.exists():
                return State.FAILED, f"{name!r} is a file: name the folder in which it stands."
            return State.WAITING, f"There is no folder {name!r} on the machine of the Jupyter server yet. {waiting}"
        os.listdir(folder)
    except OSError as error:
        return State.FAILED, f"{name!r} cannot be read ({error.strerror or error}): allow it with chmod u+rx."
    count = 0
    for _, _, names in os.walk(folder):
        if any("tfevents" in name for name in names):
            return State.READY, ""
        count += len(names)
        if count > _MOST_NAMES:
            return State.FAILED, f"{name!r} holds more than {_MOST_NAMES:,} files: name the folder of the logs in it."
    return State.WAITING, f"There are no logs of TensorBoard in {name!r} yet. {waiting}"
