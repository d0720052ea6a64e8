"""Real Jupyter servers for tests and benchmarks, each of a user who has never used one before.

All stand under an address that is not the root, as on a hub.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
BASE = "/user/ada/"
_SERVER = "from jupyter_server.serverapp import main; main()"
_LAB = "from jupyterlab.labapp import main; main()"


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

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
    """A running Jupyter server: its address, its token, the folder that it shows, and that of its user."""

    url: str
    token: str
    folder: Path
    user: Path
    process: subprocess.Popen[bytes]

    def ask(self, path: str, method: str = "GET", data: Any = None, **headers: str) -> Answer:
        """Ask for something as the user who has the token."""
        body = None if data is None else json.dumps(data).encode()
        return fetch(self.url + path, method, body, Authorization=f"token {self.token}", **headers)

    def address(self, notebook: str = "") -> str:
        """Return the address of a notebook, or of the launcher, in a workspace that nobody has used."""
        tree = f"/tree/{notebook}" if notebook else ""
        return f"{self.url}lab/workspaces/{secrets.token_hex(4)}{tree}?reset&token={self.token}"

    def open_board(self, logdir: str) -> dict[str, Any]:
        """Open a TensorBoard and wait until it is ready."""
        board: dict[str, Any] = {}

        def is_ready() -> bool:
            board.update(self.ask("tfkit/tensorboard", "POST", {"logdir": logdir}).json)
            return bool(board["state"] == "ready")

        wait_until(is_ready)
        return board

    def inner(self, board: dict[str, Any], path: str = "") -> str:
        """Return the address of something in a TensorBoard, below that of the server."""
        return str(board["url"]).removeprefix(urlsplit(self.url).path) + path

    @property
    def log(self) -> str:
        return (self.user / "log.txt").read_text()

    def connection(self, session: dict[str, Any]) -> str:
        """Return the file that says how the kernel of a session is reached."""
        return str(self.user / "runtime" / f"kernel-{session['kernel']['id']}.json")


@contextmanager
def serve_lab(folder: Path, user: Path, *options: str, entry: Sequence[str] = ()) -> Iterator[Server]:
    """Start a JupyterLab that has the extension as it was built last; `entry` is a program that starts it."""
    shutil.copytree(ROOT / "tfkit" / "labextension", user / "share" / "labextensions" / "tfkit-course")
    settings = user / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
    with serve(folder, user, "--LabApp.expose_app_in_browser=True", *options, program=_LAB, entry=entry) as server:
        yield server


@contextmanager
def serve(
    folder: Path,
    user: Path,
    *options: str,
    program: str = _SERVER,
    base: str = BASE,
    prelude: str = "",
    python: str = sys.executable,
    entry: Sequence[str] = (),
) -> Iterator[Server]:
    """Start a server for one folder; `prelude` is code that it runs before, `entry` a program that starts it."""
    token = secrets.token_hex(16)
    command = [
        *(*entry, python, "-c", f"{prelude}\n{program}", "--no-browser", f"--IdentityProvider.token={token}"),
        *("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", "--ServerApp.allow_root=True"),
        *(f"--ServerApp.root_dir={folder}", f"--ServerApp.base_url={base}", *options),
    ]
    with (user / "log.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=user, env=_environment(user), stdout=log, stderr=log)
        try:
            server = Server(_address(process, user), token, folder, user, process)
            wait_until(lambda: _answers(server.url))  # it says where it is shortly before it is there
            yield server
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:  # Jupyter waits for ever for a thread of anyio whose request was cut off
                process.kill()
                process.wait()


def _environment(user: Path) -> dict[str, str]:
    """Return an environment with nothing of the real user in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JPY_", "TFKIT_SERVER"))}
    paths = {
        "IPYTHONDIR": user / "ipython",
        "JUPYTER_CONFIG_DIR": user / "config",
        "JUPYTER_DATA_DIR": user / "data",
        "JUPYTER_RUNTIME_DIR": user / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": user / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": user / "workspaces",
        "JUPYTER_PATH": user / "share",
    }
    return {**kept, **{name: str(path) for name, path in paths.items()}}


def _address(process: subprocess.Popen[bytes], user: Path) -> str:
    """Wait until a server says where it is."""
    told: list[str] = []

    def is_told() -> bool:
        for file in (user / "runtime").glob("jpserver-*.json"):
            with suppress(ValueError):  # it is written just now
                told.append(json.loads(file.read_text())["url"])
        return bool(told) or process.poll() is not None

    wait_until(is_told, 90)
    assert told, f"The server did not start:\n{(user / 'log.txt').read_text()[-3000:]}"
    return told[0]


def _answers(url: str) -> bool:
    try:
        return fetch(f"{url}api").status == 200
    except urllib.error.URLError:
        return False


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that nobody listens on now."""
    with ExitStack() as open_now:
        trials = [open_now.enter_context(socket.socket()) for _ in range(count)]
        for trial in trials:
            trial.bind(("127.0.0.1", 0))
        return [trial.getsockname()[1] for trial in trials]


def wait_until(is_so: Callable[[], bool], limit_s: float = 60) -> None:
    """Wait until something is so, and fail when it takes too long."""
    deadline = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def write_scalars(folder: Path, count: int = 20) -> Path:
    """Write a curve as TensorFlow does."""
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        for step in range(count):
            tf.summary.scalar("loss", 1 / (1 + step), step=step)
    writer.close()
    return folder
