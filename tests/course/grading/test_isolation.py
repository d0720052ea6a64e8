"""What a notebook can see and take while it is graded, and how its process comes to its end."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import tfkit
from tests.course.grading.test_grade import RIGHT, START, TABLE, hand_in, judged, marks, needs_isolation
from tests.rights import IS_ROOT
from tfkit import cli
from tfkit.course.grading import isolation
from tfkit.course.grading.grade import FAILED, Mark, grade
from tfkit.course.grading.isolation import GIB, Limits
from tfkit.course.grading.namespaces import outermost
from tfkit.errors import LessonError

PACKAGE = str(Path(tfkit.__file__).parent)
TOOLS = """
import os, socket
def refused(attempt):
    try:
        attempt()
    except OSError:
        return True
    return False
def read(path):
    with open(path) as file:
        return file.read()
"""


# The process of a notebook holds the pipe for its result, and an answer that wants to find it does.
PIPE = """
import json, os, sys
def squared_distances(rows, point):
    frame = sys._getframe()
    while "sending" not in frame.f_locals:
        frame = frame.f_back
    pipe, token = frame.f_locals["sending"], frame.f_locals["token"]
    while True:
        os.write(pipe, {what})
        {then}
lesson.b.check(squared_distances)
"""
FORGED = "json.dumps({'token': token, 'end': '?', 'said': {'02.a': 3}}).encode()"
ENDS = {
    "loop": ("while True: pass", "had not finished after 3 seconds"),
    "exit": ("import os; os._exit(0)", "ended its own process (exit code 0)"),
    "kill": ("import os; os.kill(os.getpid(), 9)", "ended by SIGKILL"),
    "crash": ("import ctypes; ctypes.string_at(0)", "ended by SIGSEGV"),
    "nonsense": (PIPE.format(what="b'[1]'", then="return rows"), "cannot be read"),
    "flood": (PIPE.format(what="bytes(65536)", then="continue"), "had not finished after 3 seconds"),
    "forged": (PIPE.format(what=FORGED, then="os._exit(0)"), "cannot be read"),
}


@needs_isolation
@pytest.mark.parametrize(("cell", "said"), ENDS.values(), ids=list(ENDS))
def test_a_process_that_dies_is_a_sentence(tmp_path: Path, cell: str, said: str) -> None:
    table = grade([hand_in(tmp_path, *RIGHT, cell)], seed=7, limits=Limits(wall_s=3))
    (row,) = table.results
    assert row.error and said in row.error
    assert set(row.exercises.values()) == {Mark(FAILED, row.error)} and len(row.exercises) == 4
    assert row.points == 0 and table.failures == 1


@needs_isolation
def test_computing_is_limited(tmp_path: Path) -> None:
    (row,) = grade([hand_in(tmp_path, START, "while True: pass")], seed=7, limits=Limits(cpu_s=2)).results
    assert row.error and "more than 2 seconds of computing" in row.error


@needs_isolation
def test_memory_files_and_threads_are_limited(tmp_path: Path) -> None:
    tries = """
import signal, threading, time
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
failed = []
def attempt(action):
    try:
        action()
    except (MemoryError, OSError, RuntimeError) as error:
        failed.append(type(error))
def start():
    for _ in range(10_000):
        threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
attempt(lambda: bytearray(2**30))
attempt(lambda: open("big", "wb").write(bytes(2**20)))
attempt(start)
"""
    folder = hand_in(tmp_path, *judged("failed == [MemoryError, OSError, RuntimeError]", tries))
    assert marks(folder, limits=Limits(memory_bytes=GIB * 3 // 4, file_bytes=2**19))["02.c"] == "right"


@needs_isolation
@pytest.mark.parametrize(
    "holds",
    [
        "os.listdir(os.environ['HOME']) == [] and os.listdir() == ['02_operations.ipynb']",
        "'TFKIT_TEST_SECRET' not in os.environ and 'hush' not in read('/proc/self/environ')",
        "not os.path.exists({theirs!r}) and not os.path.exists({folder!r})",
        "not refused(lambda: None) and refused(lambda: socket.create_connection(('127.0.0.1', {port}), 2))",
        "refused(lambda: open({package!r} + '/course/check.py', 'a')) and refused(lambda: open('/usr/x', 'w'))",
        "refused(lambda: open('/proc/sys/kernel/core_pattern', 'w')) and refused(lambda: read('/proc/1/environ'))",
        "int(read('/proc/self/status').split('CapEff:')[1].split()[0], 16) == 0",
        "{{entry for entry in os.listdir('/proc') if entry.isdigit()}} == {{'1', str(os.getpid())}}",
        "os.listdir({package!r} + '/course/solutions') == [] and not os.path.exists('/etc/shadow')",
        "len(tfkit.load_fashion_mnist('small').train_images) == 2000",
        "os.system('ls / > listing') == 0 and 'usr' in read('listing') and plt.get_backend().lower() == 'agg'",
    ],
    ids=["home", "secret", "others", "network", "write", "system", "rights", "processes", "solutions", "data", "works"],
)
def test_what_the_process_sees(tmp_path: Path, holds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFKIT_TEST_SECRET", "hush")
    theirs = tmp_path / "ben" / "02.ipynb"
    theirs.parent.mkdir()
    theirs.write_text("the work of another")
    plot = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()" if "plt" in holds else ""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        holds = holds.format(theirs=str(theirs), folder=str(tmp_path), package=PACKAGE, port=port)
        assert marks(hand_in(tmp_path, *judged(holds, TOOLS, plot)))["02.c"] == "right"


@needs_isolation
def test_submissions_in_a_visible_folder_are_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    visible = isolation._visible()
    monkeypatch.setattr(isolation, "_visible", lambda: [*visible, str(tmp_path)])
    tmp_path.chmod(0o755)
    (tmp_path / "beside").mkdir()
    holds = f"sorted(os.listdir({str(tmp_path)!r})) == ['beside', 'in'] and os.listdir({str(tmp_path / 'in')!r}) == []"
    assert marks(hand_in(tmp_path, *judged(holds, TOOLS)))["02.c"] == "right"


@needs_isolation
def test_nothing_that_was_started_goes_on(tmp_path: Path) -> None:
    word = f"tfkit-test-{os.getpid()}"
    start = f"import subprocess\nsubprocess.Popen(['sh', '-c', 'sleep 60; true {word}'], start_new_session=True)"
    assert marks(hand_in(tmp_path, START, start, TABLE))["02.c"] == "right"
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert len(running) > 1 and not any(word.encode() in line for line in running)


@needs_isolation
@pytest.mark.skipif(not IS_ROOT, reason="makes a user out of root; without root, every test here runs as a user")
def test_who_is_not_root_is_shut_in_by_a_user_namespace(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    holds = "os.getuid() == 0 and refused(lambda: os.setgroups([])) and refused(lambda: open('/usr/x', 'w'))"
    folder = hand_in(tmp_path, *judged(holds, TOOLS))
    out = tmp_path / "out" / "points.csv"
    command = [sys.executable, "-m", "tfkit.cli", "grade", str(folder), "-o", str(out)]
    env = {**os.environ, "PYTHONPATH": str(Path(PACKAGE).parent)}
    as_user = [str(shutil.which("unshare")), "--user", "--map-user=1000", "--map-group=1000"]
    done = subprocess.run([*as_user, *command], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "ada,0,0,1,0,1,4,no" in out.read_text()


def test_without_isolation_it_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(isolation, "why_not_isolated", lambda: "it is a toaster")
    folder, out = hand_in(tmp_path, *RIGHT), tmp_path / "out.json"
    with pytest.raises(LessonError, match=r"cannot be run safely here: it is a toaster.*--unsafe"):
        grade([folder])
    assert cli.main(["grade", str(folder), "-o", str(out)]) == 1
    assert "--unsafe" in capsys.readouterr().err and not out.exists()


def test_the_trial_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "linux":
        monkeypatch.setattr(isolation, "_NAMESPACES", ("--no-such-option",))
        assert "unshare" in str(isolation.why_not_isolated())
        monkeypatch.setenv("PATH", "")
        assert isolation.why_not_isolated() == "the program unshare of util-linux is missing"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert isolation.why_not_isolated() == "it is not Linux"


def test_unsafe_still_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "why_not_isolated", lambda: "it is a toaster")
    monkeypatch.setenv("TFKIT_TEST_SECRET", "hush")
    monkeypatch.setattr(isolation.tempfile, "tempdir", str(tmp_path))
    holds = "os.listdir(os.environ['HOME']) == [] and 'TFKIT_TEST_SECRET' not in os.environ"
    assert marks(hand_in(tmp_path, *judged(holds, TOOLS)), unsafe=True)["02.c"] == "right"
    folder = hand_in(tmp_path, START, "while True: pass")
    (row,) = grade([folder], seed=7, unsafe=True, limits=Limits(wall_s=2)).results
    assert row.error and "had not finished after 2 seconds" in row.error
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_outermost() -> None:
    assert outermost(["/a/b", "/a", "/a-b", "/c/d"]) == ["/a", "/a-b", "/c/d"]
