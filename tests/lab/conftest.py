"""A real Jupyter server under an address that is not the root, as a hub has it, with the extension in it."""

import json
import os
import secrets
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import wait_until

BASE = "/user/ada/"
_START = "from jupyter_server.serverapp import main; main()"


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        return str(self.json["message"])


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def fetch(url: str, method: str = "GET", data: bytes | None = None, **headers: str) -> Answer:
    """Send one request; headers are written with underscores."""
    request = urllib.request.Request(url, data, method=method)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with _OPENER.open(request, timeout=60) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


@dataclass(frozen=True)
class Server:
    """A running Jupyter server."""

    url: str
    base: str
    token: str
    folder: Path
    process: subprocess.Popen[bytes]
    log_file: Path

    def ask(self, path: str, method: str = "GET", data: Any = None, **headers: str) -> Answer:
        """Ask for something as the user who has the token."""
        body = None if data is None else json.dumps(data).encode()
        return fetch(self.url + path, method, body, Authorization=f"token {self.token}", **headers)

    def open_board(self, logdir: str, until: str = "ready", limit_s: float = 30) -> dict[str, Any]:
        """Open a TensorBoard and wait until it stands as wanted."""
        board: dict[str, Any] = {}

        def is_so() -> bool:
            board.update(self.ask("tfkit/tensorboard", "POST", {"logdir": logdir}).json)
            return bool(board["state"] == until)

        wait_until(is_so, limit_s)
        return board

    def inner(self, board: dict[str, Any], path: str = "") -> str:
        """Return the address of something in a TensorBoard, below that of the server."""
        return str(board["url"]).removeprefix(self.base) + path

    @property
    def log(self) -> str:
        return self.log_file.read_text()


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """A function that starts a server for one folder; see `serve`."""
    with ExitStack() as running:

        def start(folder: Path, *options: str, **how: str) -> Server:
            return running.enter_context(serve(folder, tmp_path_factory.mktemp("user"), *options, **how))

        yield start


@contextmanager
def serve(
    folder: Path, user: Path, *options: str, base: str = BASE, prelude: str = "", python: str = sys.executable
) -> Iterator[Server]:
    """Start a server for one folder; the user's own things stand in another. `prelude` is code that it runs before."""
    token = secrets.token_hex(16)
    names = {f"JUPYTER_{name}_DIR": str(user / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JPY_", "TFKIT_"))}
    command = [
        *(python, "-c", f"{prelude}\n{_START}", "--no-browser", f"--IdentityProvider.token={token}"),
        *("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", "--ServerApp.allow_root=True"),
        *(f"--ServerApp.root_dir={folder}", f"--ServerApp.base_url={base}", *options),
    ]
    with (user / "log.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=user, env=kept | names, stdout=log, stderr=log)
        try:
            runtime = user / "runtime"
            wait_until(lambda: process.poll() is not None or any(runtime.glob("jpserver-*.json")), 60)
            assert process.poll() is None, (user / "log.txt").read_text()
            url = json.loads(next(runtime.glob("jpserver-*.json")).read_text())["url"]
            wait_until(lambda: answers(url))  # it says where it is shortly before it is there
            yield Server(url, base, token, folder, process, user / "log.txt")
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(120)


def answers(url: str) -> bool:
    """Return whether there is a server."""
    try:
        return fetch(f"{url}api").status == 200
    except urllib.error.URLError:
        return False


def write_scalars(folder: Path, count: int = 20) -> Path:
    """Write a curve as TensorFlow does."""
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        for step in range(count):
            tf.summary.scalar("loss", 1 / (1 + step), step=step)
    writer.close()
    return folder


@pytest.fixture(scope="session")
def server(start_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server for a folder with logs in ``runs``."""
    folder = tmp_path_factory.mktemp("home")
    write_scalars(folder / "runs" / "first")
    return start_server(folder)
