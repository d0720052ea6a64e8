"""What is killed in test_killed.py: real processes that write, and say what they have written.

Run as a program this is a nursery: it has loaded TensorFlow, without using it, and makes a child for each line that it
is sent. So a child begins within milliseconds, and its moments can be chosen.
"""

import bisect
import gzip
import hashlib
import http.server
import json
import os
import random
import signal
import socketserver
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.servers import ROOT

EXERCISES = 20
REPORTS = 20
EPOCHS = 4
PIECE_BYTES = 4096


@dataclass
class Life:
    """What a child told, and how it ended: 0, or -9 for one that was killed."""

    told: list[list[Any]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    end: int = 0

    @property
    def was_killed(self) -> bool:
        return self.end == -signal.SIGKILL


class Nursery:
    """A process that makes children."""

    def __init__(self) -> None:
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.killing"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )

    def run(self, what: str, *how: str, words: float = float("inf"), delay_s: float = 0.0) -> Life:
        """Let a child do something, and kill it so long after it has told so many words."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps([what, *how]), file=self._process.stdin, flush=True)
        life, child, start = Life(), 0, 0.0
        for line in self._process.stdout:
            word = json.loads(line)
            if word[0] == "gone":
                life.end = word[1]
                return life
            if word[0] == "child":
                child, start = word[1], time.perf_counter()
                continue
            life.told.append(word)
            life.seconds.append(time.perf_counter() - start)
            if len(life.told) == words:
                time.sleep(delay_s)
                os.kill(child, signal.SIGKILL)  # it is ours, dead or alive, until the next one is asked for
        raise AssertionError("The nursery has died.")

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


def moments(life: Life, seed: int) -> Iterator[tuple[int, float]]:
    """Yield moments of a life like this one, without end: behind which word, and how long; see `Nursery.run`.

    Every other one is anywhere in its time, and the rest behind a word, that of writing if it tells of that: much of
    the time may be spent on what writes nothing.
    """
    chance = random.Random(seed)
    words = range(1, len(life.told))
    words = [word for word in words if life.told[word - 1] == ["writing"]] or list(words)
    while True:
        moment = chance.uniform(life.seconds[0], life.seconds[-1])
        word = bisect.bisect_right(life.seconds[:-1], moment)
        yield word, moment - life.seconds[word - 1]
        word = chance.choice(words)
        yield word, chance.random() * (life.seconds[word] - life.seconds[word - 1])


# What the children do.


def tell(*words: Any) -> None:
    os.write(1, f"{json.dumps(words)}\n".encode())  # less than a pipe takes in one piece


def progress(folder: str) -> None:
    """Solve one exercise after the other."""
    from tfkit.course.learner import note_verdict

    for number in range(EXERCISES):
        note_verdict(Path(folder), f"{number:02}.a", "right")
        tell("kept", number)


def history(file: str) -> None:
    """Save what was seen of a training, again and again, a report more each time."""
    from tfkit.gradients.history import History

    for count in range(1, REPORTS + 1):
        steps = np.arange(count * 500)
        rows = np.zeros(len(steps), np.float32)
        History("model", 1, steps, rows.astype(bool), rows).save(file)
        tell("kept", len(steps))


def download(folder: str, address: str, published: str) -> None:
    """Fetch four small files in small pieces."""
    from tfkit.course import download

    download._CHUNK_BYTES = PIECE_BYTES
    download.FILES = tuple(download.IdxFile(*entry) for entry in json.loads(published))
    download.fetch_fashion_mnist(folder, address=address, progress=lambda *now: tell("piece", *now))


def train(folder: str) -> None:
    """Train a small network on few pictures."""
    from tests.training.cases import few, recipe_of
    from tfkit.training import checkpoint, device
    from tfkit.training.train import train as train_it

    device._SIDES = {"cpu": 64, "gpu": 64}
    write = checkpoint.write_whole
    checkpoint.write_whole = lambda *file: (tell("writing"), write(*file))
    report = train_it(
        "softmax",
        epochs=EPOCHS,
        precision="float32",
        data=few(256),
        recipe=recipe_of("softmax"),
        logdir=Path(folder, "log"),
        report=Path(folder, "report.json"),
        progress=lambda now: tell("piece", now.epoch, now.done),
    )
    tell("losses", *report.losses)


CHILDREN: dict[str, Callable[..., None]] = {
    "progress": progress,
    "history": history,
    "download": download,
    "train": train,
}


def main() -> None:
    import keras  # noqa: F401 - loaded before a child begins, and not used
    import tensorflow  # noqa: F401

    import tfkit.training.train  # noqa: F401

    child = 0
    for line in sys.stdin:
        if child:
            os.waitpid(child, 0)  # only now, so that nobody else could get its number while it might be killed
        what, *how = json.loads(line)
        child = os.fork()
        if child == 0:
            with suppress(Exception):
                CHILDREN[what](*how)
                os._exit(0)
            os._exit(1)
        tell("child", child)
        found = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert found is not None
        tell("gone", found.si_status if found.si_code == os.CLD_EXITED else -found.si_status)


# The server from which is downloaded.


def published() -> tuple[list[list[str]], dict[str, bytes]]:
    """Return four small data files as they are published, and what the server sends for each."""
    chance, entries, packed = np.random.default_rng(3), [], {}
    for number in range(4):
        content = struct.pack(">4BI", 0, 0, 8, 1, 15_000) + chance.integers(0, 256, 15_000, np.uint8).tobytes()
        entries.append([f"file {number}", f"file-{number}", hashlib.sha256(content).hexdigest()])
        packed[f"/file-{number}.gz"] = gzip.compress(content, mtime=0)
    return entries, packed


@contextmanager
def dribbling(packed: dict[str, bytes]) -> Iterator[tuple[str, list[int]]]:
    """Serve files a little at a time; yield the address, and from where on each answer began."""
    starts: list[int] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = packed[self.path]
            start = int(self.headers.get("Range", "bytes=0-").partition("=")[2].rstrip("-"))
            starts.append(start)
            self.send_response(206 if start < len(content) else 416)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(max(len(content) - start, 0)))
            self.end_headers()
            with suppress(ConnectionError):  # who asked was killed
                for place in range(start, len(content), PIECE_BYTES // 2):
                    self.wfile.write(content[place : place + PIECE_BYTES // 2])
                    time.sleep(0.002)

        def log_message(self, *args: object) -> None:
            pass

    class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", starts
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    main()
