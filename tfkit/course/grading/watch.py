"""Watch over code that is not trusted: what `tfkit.course.grading.isolation` starts with ``python -m``.

An order comes as JSON on the input, and what became of it goes as JSON to the output. In between this process
shuts itself in, starts a second one that gives up its rights and runs what was handed in, and ends with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import secrets
import signal
import sys
import time
from pathlib import Path
from typing import Any

from tfkit.course.grading import namespaces
from tfkit.course.grading.system_calls import filter_calls

_MOST_SAID_BYTES = 1_000_000
_PIPE_BYTES = 2**20  # more than a pipe holds
_LOOK_EVERY_S = 0.02
_GRACE_S = 5  # from the signal that may be ignored to the one that may not
_WEIGH_EVERY_S = 0.2
_WHY_LETTERS = 500


def main() -> int:
    """Carry out the order on the input; return the exit code."""
    order: dict[str, Any] = json.load(sys.stdin)
    with contextlib.suppress(OSError):  # should memory run short, these processes are the first to go
        Path("/proc/self/oom_score_adj").write_text("900", encoding="ascii")
    os.umask(0o022)  # the folders on the way to what is visible are for the lesser user, too
    try:
        if order["root"]:
            namespaces.enter_own_root(**order["root"], own=order["folders"])
        if order["uid"] is not None:
            for folder in order["folders"]:
                os.chown(folder, order["uid"], order["uid"])
    except OSError as error:
        print(json.dumps({"end": "broke", "why": error.strerror or str(error)}))
        return 1
    print(json.dumps(_carry_out(order)))
    return 0


def _carry_out(order: dict[str, Any]) -> dict[str, Any]:
    token = secrets.token_hex(16)
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiving)
        _be_the_learner(order, sending, token)
    os.close(sending)
    os.set_blocking(receiving, False)
    end, said = _watch(child, receiving, order)
    with contextlib.suppress(OSError):
        os.killpg(child, signal.SIGKILL)  # what it has started and left behind
    return _read(said, token) or end


def _be_the_learner(order: dict[str, Any], sending: int, token: str) -> None:
    """Give up every right, carry out the job, report, and end."""
    code, me, reply = 1, os.getpid(), {}
    try:
        _shut_in(order)
        from tfkit.course.grading.judge import answer

        reply = {"token": token, "end": "done", "said": answer(order["job"])}
    except MemoryError:
        code = order["memory_code"]
    except BaseException as error:
        reply = {"token": token, "end": "broke", "why": f"{type(error).__name__}: {error}"[:_WHY_LETTERS]}
    try:
        if reply and os.getpid() == me:  # the learner's code may have split this process in two
            with os.fdopen(sending, "wb") as pipe:
                pipe.write(json.dumps(reply).encode())
            code = 0
    finally:
        os._exit(code)  # whatever the learner's code has put up for the end is not run


def _shut_in(order: dict[str, Any]) -> None:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.umask(0o077)
    for name, soft, hard in (
        ("CORE", 0, 0),
        ("CPU", order["cpu_s"], order["cpu_s"] + _GRACE_S),
        ("DATA", order["memory_bytes"], order["memory_bytes"]),
        ("FSIZE", order["file_bytes"], order["file_bytes"]),
        ("NPROC", order["processes"], order["processes"]),
    ):
        _limit(getattr(resource, f"RLIMIT_{name}"), soft, hard)
    if order["root"]:
        namespaces.give_up_rights(order["uid"])
        filter_calls()
    else:
        namespaces.keep_rights_low()
    os.chdir(order["folders"][-1])
    if "name" in order["job"]:
        Path(order["job"]["name"]).write_text(order["job"]["text"], encoding="utf-8")


def _limit(which: int, soft: int, hard: int) -> None:
    """Set a limit, or a lower one that is already there."""
    _, most = resource.getrlimit(which)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(which, (soft, hard))


def _watch(child: int, receiving: int, order: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Wait for a process; return how it ended and what it said."""
    said, cpu_s = b"", order["cpu_s"]
    latest, weighed = time.monotonic() + order["wall_s"], time.monotonic()
    while True:
        ended, status, usage = os.wait4(child, os.WNOHANG)
        with contextlib.suppress(BlockingIOError):  # one look only: somebody may write without end
            part = os.read(receiving, _PIPE_BYTES)
            said += part if len(said) < _MOST_SAID_BYTES else b""
        if ended:
            code = os.waitstatus_to_exitcode(status)
            if code < 0 and (-code == signal.SIGXCPU or usage.ru_utime + usage.ru_stime >= cpu_s):
                return {"end": "cpu"}, said
            return {"end": "signal" if code < 0 else "exit", "code": abs(code)}, said
        now = time.monotonic()
        if now > latest:
            return _stopped(child, {"end": "time"})
        if order["root"] and now > weighed + _WEIGH_EVERY_S:  # else other people's processes are to be seen here, too
            if (
                _memory("status", "Rss") > order["memory_bytes"]
                and _memory("smaps_rollup", "Pss_") > order["memory_bytes"]
            ):
                return _stopped(child, {"end": "exit", "code": order["memory_code"]})
            weighed = time.monotonic()
        time.sleep(_LOOK_EVERY_S)


def _stopped(child: int, end: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    os.kill(child, signal.SIGKILL)
    os.wait4(child, 0)
    return end, b""


def _memory(table: str, word: str) -> int:
    """Return the bytes that all processes hold, but for files: their limits count each of them alone, and no shared.

    Args:
        table: Of ``/proc``: ``status`` is quick and counts what is shared once for each, ``smaps_rollup`` divides it.
        word: What the names of its rows begin with.
    """
    kilobytes = 0
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            for line in (place / table).read_text(encoding="utf-8", errors="replace").splitlines():
                name, _, value = line.partition(":")
                if name.lower() in (f"{word}anon".lower(), f"{word}shmem".lower()):
                    kilobytes += int(value.split()[0])
    return kilobytes * 1024


def _read(said: bytes, token: str) -> dict[str, Any] | None:
    """Return what was said if it is ours; the pipe may hold anything, because the learner's code can reach it."""
    try:
        found = json.loads(said)
        if not secrets.compare_digest(found["token"], token):
            return {"end": "nonsense"}
        if found["end"] == "broke":
            return {"end": "broke", "why": str(found["why"])[:_WHY_LETTERS]}
        return {"end": "done", "said": found["said"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"end": "nonsense"} if said else None


if __name__ == "__main__":
    sys.exit(main())
