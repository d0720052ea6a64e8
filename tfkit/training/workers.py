"""Several workers: the parent process, which starts those of this machine and watches them.

TensorFlow's workers listen on all addresses of their machine, and do what they are told by whoever reaches their port:
they are for networks in which everybody is trusted.

The same command is given on each machine. It starts one child for each address in the list that belongs to the
machine, and ends all of them as soon as one is gone: the same command then goes on from the last checkpoint.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType

from tfkit.errors import TrainingError
from tfkit.training.interrupt import patient

LOST = 4  # the exit code of a worker that has lost another one
STOPPED = 130  # and of one that was asked to stop
READY = "TFKIT_WORKER_READY"  # the variable that makes a process a worker: where it says that it has found the others
WAIT_S = 60.0
_PAUSE_S = 0.05
_GO_ON = "The same command goes on from the last checkpoint."


@dataclass(frozen=True, slots=True)
class Address:
    """Where a worker listens.

    Example:
        >>> print(Address("::1", 5001))
        [::1]:5001
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def is_here(self) -> bool:
        """Return whether it belongs to this machine."""
        for family, kind, protocol, _, place in socket.getaddrinfo(self.host, 0, type=socket.SOCK_STREAM):
            try:
                with socket.socket(family, kind, protocol) as trial:
                    trial.bind(place)
            except OSError:
                continue
            return True
        return False

    def answers(self) -> bool:
        """Return whether somebody listens there."""
        try:
            socket.create_connection((self.host, self.port), timeout=1.0).close()
        except OSError:
            return False
        return True


def parse_workers(text: str) -> list[Address]:
    """Return the addresses in a list such as ``127.0.0.1:5001,127.0.0.1:5002``.

    Raises:
        TrainingError: If one of them is none, or is unknown here, or there are fewer than two.

    Example:
        >>> list(map(str, parse_workers("127.0.0.1:5001, [::1]:5002")))
        ['127.0.0.1:5001', '[::1]:5002']
    """
    found: list[Address] = []
    for entry in map(str.strip, text.split(",")):
        match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s:\[\]]+)):([0-9]{1,6})", entry)
        if match is None:
            raise TrainingError(f"A worker is HOST:PORT, as in 127.0.0.1:5001 or [::1]:5001, not {entry!r}.")
        address = Address(match[1] or match[2], int(match[3]))
        if not 1 <= address.port <= 65535:
            raise TrainingError(f"The port of worker {entry} is not from 1 to 65535.")
        try:
            numbers = {info[4][0] for info in socket.getaddrinfo(address.host, None, type=socket.SOCK_STREAM)}
        except OSError as error:
            raise TrainingError(f"The host of worker {entry} is not known here: {error}.") from error
        if numbers & {"0.0.0.0", "::"}:
            raise TrainingError(
                f"{address.host} stands for any host. Name the one at which others reach worker {entry}."
            )
        if address in found:
            raise TrainingError(f"Worker {entry} stands in the list twice.")
        found.append(address)
    if len(found) < 2:
        raise TrainingError("There is one worker only. Train without workers, or name two or more.")
    return found


def is_worker() -> bool:
    """Return whether this process was started as a worker.

    Example:
        >>> is_worker()
        False
    """
    return READY in os.environ


def launch(workers: Sequence[Address], command: Sequence[str], wait_s: float = WAIT_S) -> bool:
    """Start the workers of this machine and stay until they have ended; return whether they came to their end.

    Ctrl-C is passed on to them: they agree on a step, write a checkpoint, and this returns False.

    Args:
        workers: All of them, on this machine and on others.
        command: What each of them runs; its environment says which one it is.
        wait_s: How long they may take to find each other.

    Raises:
        TrainingError: If a worker does not come, or is gone before the end.
    """
    if os.name != "posix":
        raise TrainingError("Several workers need Linux or macOS.")
    mine = [place for place, worker in enumerate(workers) if worker.is_here()]
    if not mine:
        raise TrainingError(f"None of {', '.join(map(str, workers))} belongs to this machine.")
    for place in mine:
        if workers[place].answers():
            raise TrainingError(f"The port of worker {workers[place]} is in use. Name another one.")
    if len({workers[place].port for place in mine}) < len(mine):
        raise TrainingError("Workers on one machine need different ports: TensorFlow listens on all its addresses.")
    cluster = {"worker": list(map(str, workers))}
    hears, says = os.pipe()
    os.set_blocking(hears, False)
    children: dict[int, subprocess.Popen[bytes]] = {}
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        for place in mine:
            task = {"type": "worker", "index": place}
            children[place] = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,  # it ends with this process, and so the child knows that it is alone
                stdout=None if place == mine[0] else subprocess.DEVNULL,
                pass_fds=[says],
                start_new_session=True,  # so that Ctrl-C comes by way of this process only
                env={**os.environ, "TF_CONFIG": json.dumps({"cluster": cluster, "task": task}), READY: str(says)},
            )
        return _watch(workers, children, hears, wait_s)
    finally:
        for child in children.values():
            child.kill()  # TensorFlow takes no notice of anything less
            child.wait()
            if child.stdin is not None:
                child.stdin.close()
        os.close(hears)
        os.close(says)
        signal.signal(signal.SIGTERM, before)


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _watch(workers: Sequence[Address], children: dict[int, subprocess.Popen[bytes]], hears: int, wait_s: float) -> bool:
    found, told, end = 0, False, time.monotonic() + wait_s
    with patient() as asked_to_stop:
        while True:
            codes = {place: child.poll() for place, child in children.items()}
            if all(code in (0, STOPPED) for code in codes.values()):
                return STOPPED not in codes.values()
            _require_alive(workers, children, codes)
            if asked_to_stop() and not told:
                told = True
                for child in children.values():
                    child.send_signal(signal.SIGINT)
            found += _heard(hears)
            if found < len(children) and time.monotonic() > end:
                raise _not_together(workers, wait_s)
            time.sleep(_PAUSE_S)


def _heard(hears: int) -> int:
    """Return how many workers have said since the last time that they have found all others."""
    try:
        return len(os.read(hears, 64))
    except BlockingIOError:
        return 0


def _require_alive(
    workers: Sequence[Address], children: dict[int, subprocess.Popen[bytes]], codes: dict[int, int | None]
) -> None:
    if LOST in codes.values():
        time.sleep(10 * _PAUSE_S)  # the one that is gone may be a child of this process: its own code tells more
        codes = {place: child.poll() for place, child in children.items()}
    for place, code in codes.items():
        if code not in (None, 0, LOST, STOPPED):
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            raise TrainingError(f"Worker {workers[place]} {how}. {_GO_ON}")
    if LOST in codes.values():
        raise TrainingError(f"A worker on another machine is gone; its name stands above. {_GO_ON}")


def _not_together(workers: Sequence[Address], wait_s: float) -> TrainingError:
    silent = [worker for worker in workers if not worker.answers()]
    # Those of this machine may only be slow to load; another machine's is the one to look after.
    far = [worker for worker in silent if not worker.is_here()]
    if silent:
        names = ", ".join(map(str, far or silent))
        return TrainingError(f"After {wait_s:g} seconds there is no answer from worker {names}.")
    return TrainingError(
        f"All workers answer, but have not come together within {wait_s:g} seconds. "
        "Does each machine have the same list?"
    )
