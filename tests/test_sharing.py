"""A machine that several people share: what another user of it gets of what tfkit opens and writes."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.course.grading.test_grade import START, TABLE, notebook
from tests.rights import IS_ROOT
from tests.servers import Server, serve, write_scalars
from tfkit.course.grading import isolation
from tfkit.course.grading.grade import grade

pytestmark = pytest.mark.skipif(os.name != "posix", reason="asks for the rights of files as Unix has them")
_OTHER = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")
needs_another_user = pytest.mark.skipif(
    not IS_ROOT or shutil.which(_OTHER[0]) is None,
    reason="only root can be somebody else, by setpriv of util-linux; for others the files' rights are looked at",
)


@pytest.fixture(scope="module")
def scratch() -> Iterator[Path]:
    """A folder for temporary files that all users may enter, as /tmp is; those of pytest are closed."""
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o1777)
        yield Path(name)


@pytest.fixture(scope="module")
def server(scratch: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that was asked for all that it does: a TensorBoard, a graph, a kernel."""
    folder = tmp_path_factory.mktemp("home")
    write_scalars(folder / "runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(scratch))
        with serve(folder, tmp_path_factory.mktemp("user")) as running:
            running.open_board("runs")
            assert running.ask("tfkit/graph?path=runs").status == 422
            session = {"path": "a.ipynb", "name": "", "type": "notebook", "kernel": {"name": "python3"}}
            assert running.ask("api/sessions", "POST", session).status == 201
            yield running


def processes(server: Server) -> list[psutil.Process]:
    own = psutil.Process(server.process.pid)
    return [own, *own.children(recursive=True)]


def open_to_others(folder: Path) -> list[Path]:
    """Return what stands in a folder and could be entered, read or written by others than its owner."""
    return [path for path in folder.iterdir() if stat.S_IMODE(path.lstat().st_mode) & 0o077]


def as_another(*command: str) -> str:
    """Return what a command says that is run by nobody."""
    return subprocess.run([*_OTHER, *command], capture_output=True, text=True, check=False, timeout=30, cwd="/").stdout


def test_every_port_is_of_this_machine_alone(server: Server) -> None:
    ports = [one for process in processes(server) for one in process.net_connections("inet")]
    listening = [one.laddr.ip for one in ports if one.status == psutil.CONN_LISTEN]
    assert len(listening) >= 2  # that of Jupyter, and that of TensorBoard
    assert set(listening) == {"127.0.0.1"}
    named = [one.laddr for process in processes(server) for one in process.net_connections("unix") if one.laddr]
    assert [place for place in named if open_to_others(Path(place).parent)] == []


def test_no_temporary_file_is_open_to_others(server: Server, scratch: Path) -> None:
    Path(scratch, "mine").touch(mode=0o644)
    assert open_to_others(scratch) == [scratch / "mine"]  # one is seen if there is one
    Path(scratch, "mine").unlink()
    assert open_to_others(scratch) == []
    assert open_to_others(server.user / "runtime") in ([], list((server.user / "runtime").glob("jpserver-*-open.html")))
    assert not stat.S_IMODE((server.user / "runtime").stat().st_mode) & 0o077  # the folder around that page is closed


def test_a_notebook_that_is_graded_without_walls_is_still_not_shown_to_others(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation.tempfile, "tempdir", str(scratch))
    look = "import os, stat\nmode = stat.S_IMODE(os.stat(os.path.dirname(os.getcwd())).st_mode)"
    cell = "table = [[1, 2], [7, 8], [9, 6]] if mode == 0o700 else mode\nlesson.c.check(table)"
    (tmp_path / "ada_02.ipynb").write_text(notebook(START, look, cell))
    (row,) = grade([tmp_path], seed=7, unsafe=True).results
    assert row.exercises["02.c"].status == "right", row.exercises["02.c"].message
    assert TABLE and list(scratch.glob("tfkit-grade-*")) == []


@needs_another_user
def test_another_user_gets_nothing_of_the_files(server: Server, scratch: Path) -> None:
    Path(scratch, "mine").write_text("shown")
    Path(scratch, "mine").chmod(0o644)
    look = ("find", str(scratch), "-mindepth", "1", "(", "-readable", "-o", "-writable", ")")
    assert as_another(*look).split() == [str(scratch / "mine")]  # the other one can look at all
    Path(scratch, "mine").unlink()
    assert as_another(*look) == ""
    for process in processes(server):
        assert as_another("cat", f"/proc/{process.pid}/environ") == ""


@needs_another_user
@pytest.mark.skipif(
    shutil.which("bash") is None, reason="asks by a shell that knows TCP, since nobody may run this Python"
)
def test_another_user_gets_nothing_at_the_ports(server: Server) -> None:
    (board,) = [one for one in processes(server) if "tfkit.lab.board_process" in one.cmdline()]
    (port,) = [one.laddr.port for one in board.net_connections("inet") if one.status == psutil.CONN_LISTEN]
    said = as_another("bash", "-c", asks(port, "/data/runs"))
    assert "403" in said.splitlines()[0] and "answers to its Jupyter server only" in said
    place = int(server.url.split(":")[2].split("/")[0])
    for path in ("tfkit/lessons", "tfkit/tensorboard", "tfkit/graph?path=runs", "api/contents"):
        said = as_another("bash", "-c", asks(place, f"/user/ada/{path}"))
        assert "403" in said.splitlines()[0], said


def asks(port: int, path: str) -> str:
    """Return what bash is to do to ask for something without a login."""
    request = rf"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    return f"exec 3<>/dev/tcp/127.0.0.1/{port}; printf '{request}' >&3; cat <&3"
