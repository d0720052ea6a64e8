"""Run code that is not trusted in a process of its own, from which it can harm and see nothing.

With this module a job of `tfkit.course.grading.judge` is carried out without network, without the files of this
machine, in an empty home, and within limits. It needs Linux and the program ``unshare`` of util-linux.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfkit.course.data import find_fashion_mnist
from tfkit.course.download import FILES
from tfkit.errors import LessonError

GIB = 2**30
_ALLOWED = (
    *("PATH", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH"),
    *("OMP_NUM_THREADS", "TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS"),
)
# -P: the folder in which the grader was started may hold anybody's files, and is not for Python to import from.
_COMMAND = (sys.executable, "-P", "-m", "tfkit.course.grading.watch")
_NAMESPACES = ("--net", "--mount", "--pid", "--ipc", "--fork", "--kill-child")
_AS_ROOT_HERE = ("--user", "--map-root-user")
_NOBODY = 65534
_THREADS = 512  # TensorFlow starts some for each core
_MEMORY_CODE = 77  # what the process ends with that has no memory left to say more
_MARGIN_S = 60

# Everything that this module says to a teacher.
_SAY = {
    "no_system": "This system cannot grade: it needs Linux or macOS. On Windows, use WSL.",
    "not_linux": "it is not Linux",
    "no_unshare": "the program unshare of util-linux is missing",
    "time": "The notebook had not finished after {wall:g} seconds and was stopped. Look for a loop that never ends.",
    "cpu": "The notebook used more than {cpu:g} seconds of computing and was stopped. Look for a loop that never ends.",
    "memory": "The notebook needs more than {memory:.3g} GiB of memory.",
    "exit": "The notebook ended its own process (exit code {code}) before it could be judged.",
    "signal": "The notebook's process was ended by {name} before it could be judged; it may have lacked memory.",
    "broke": "The notebook could not be judged ({why}).",
    "nonsense": "The notebook's process gave a result that cannot be read.",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one notebook may take.

    Args:
        wall_s: Seconds from start to end.
        cpu_s: Seconds of computing, of all cores together.
        memory_bytes: Of data, in all processes together; TensorFlow alone takes 0.5 GiB.
        file_bytes: In each file that it writes.
    """

    wall_s: float = 300
    cpu_s: int = 600
    memory_bytes: int = 4 * GIB
    file_bytes: int = GIB // 4


class EndedEarlyError(Exception):
    """The process came to an end without a result; the message is one sentence for the table.

    Args:
        sentence: The message.
        why: What the system said.
    """

    def __init__(self, sentence: str, why: str = "") -> None:
        super().__init__(sentence)
        self.why = why


def why_not_isolated() -> str | None:
    """Return why this system cannot shut a process in, or None if it can; it is tried.

    Example:
        >>> isinstance(why_not_isolated(), str | None)
        True
    """
    if sys.platform != "linux":
        return _SAY["not_linux"]
    if shutil.which("unshare") is None:
        return _SAY["no_unshare"]
    try:
        run_shut_in({"action": "try"}, Limits(wall_s=60))
    except EndedEarlyError as error:
        return error.why or str(error)
    return None


def run_shut_in(
    job: Mapping[str, Any], limits: Limits, *, hidden: Sequence[Path] = (), unsafe: bool = False
) -> dict[str, Any]:
    """Carry out a job of `tfkit.course.grading.judge` in a process of its own and return what it says.

    Args:
        job: As JSON can hold it.
        limits: What the process may take.
        hidden: Folders that it must not see, even where its Python needs one around them.
        unsafe: Only limits, an empty home and a bare environment; it sees all files and the network.

    Raises:
        EndedEarlyError: If the process dies, is stopped, or gives no result.
        LessonError: On a system that cannot do even that.
    """
    if not hasattr(os, "fork"):
        raise LessonError(_SAY["no_system"])
    solutions = _package() / "course" / "solutions"
    with _folder(unsafe) as folder:
        folders = [f"{folder}/{name}" for name in ("home/learner", "tmp", "submission")]
        uid = None if unsafe else _lesser_user()
        order = {
            "job": job,
            "folders": folders,
            "uid": uid,
            "root": None if unsafe else {"visible": _visible(), "hidden": [str(path) for path in (*hidden, solutions)]},
            "wall_s": limits.wall_s,
            "cpu_s": limits.cpu_s,
            "memory_bytes": limits.memory_bytes,
            "file_bytes": limits.file_bytes,
            "processes": _THREADS + _running(os.getuid() if uid is None else uid),
            "memory_code": _MEMORY_CODE,
        }
        apart = [] if unsafe else ["unshare", *(() if uid else _AS_ROOT_HERE), *_NAMESPACES]
        end = _start([*apart, *_COMMAND], order, _environment(*folders), limits.wall_s + _MARGIN_S)
    return _said(end, limits)


def _said(end: dict[str, Any], limits: Limits) -> dict[str, Any]:
    how, code = end["end"], end.get("code", 0)
    if how != "done":
        name = signal.Signals(code).name if how == "signal" and code in set(signal.Signals) else code
        known = {"wall": limits.wall_s, "cpu": limits.cpu_s, "memory": limits.memory_bytes / GIB}
        sentence = _SAY["memory" if how == "exit" and code == _MEMORY_CODE else how]
        why = end.get("why", "")
        raise EndedEarlyError(sentence.format(**known, code=code, name=name, why=why), why)
    if not isinstance(end["said"], dict):
        raise EndedEarlyError(_SAY["nonsense"])
    return end["said"]


def _start(command: list[str], order: Mapping[str, Any], env: Mapping[str, str], timeout_s: float) -> dict[str, Any]:
    """Start the process that watches, and return what became of the order."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, env=dict(env), cwd="/", start_new_session=True
    ) as process:
        try:
            out, err = process.communicate(json.dumps(order).encode(), timeout=timeout_s)
        except subprocess.TimeoutExpired:
            return {"end": "time"}
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    try:
        end: dict[str, Any] = json.loads(out)
    except (ValueError, RecursionError):  # it could not start, or the notebook has found a way to end it
        lines = err.decode(errors="replace").strip().splitlines()
        return {"end": "broke", "why": lines[-1] if lines else f"exit code {process.returncode}"}
    return end


@contextlib.contextmanager
def _folder(unsafe: bool) -> Iterator[str]:
    """Give the folder in which the process may write: in the file system in memory that it gets, or on disk."""
    if not unsafe:
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="tfkit-grade-", ignore_cleanup_errors=True) as folder:
        for name in ("home/learner", "tmp", "submission"):
            Path(folder, name).mkdir(parents=True)
        yield folder


def _environment(home: str, scratch: str, _submission: str) -> dict[str, str]:
    """Return the few variables that the process gets; what else there is may be a secret."""
    data = find_fashion_mnist()
    kept = {name: os.environ[name] for name in _ALLOWED if name in os.environ}
    return {
        **kept,
        **({"TFKIT_DATA_DIR": str(data.absolute())} if data else {}),
        "HOME": home,
        "TMPDIR": scratch,
        "PYTHONPATH": os.pathsep.join([str(_package().parent), *_libraries()]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": f"{scratch}/matplotlib",  # so that the home stays empty
        "IPYTHONDIR": f"{scratch}/ipython",
        "KERAS_HOME": f"{scratch}/keras",
        "TFKIT_CACHE_DIR": "",  # the home is in memory, and gone afterwards
        "CUDA_VISIBLE_DEVICES": "",
    }


def _visible() -> list[str]:
    """Return what the process may read besides the system: this Python, its packages, tfkit, and the course's data."""
    data = find_fashion_mnist()
    places = [sys.prefix, sys.base_prefix, sys.exec_prefix, str(_package()), *_libraries()]
    if data:  # not the whole folder, which may well be the teacher's home
        names = tuple(file.file_name for file in FILES)
        places += [str(path.absolute()) for path in data.iterdir() if path.name.startswith(names)]
    return places


def _package() -> Path:
    return Path(__file__).resolve().parents[2]


def _libraries() -> list[str]:
    """Return where packages are installed; the user's own may lie outside this Python's folder."""
    return [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]


def _lesser_user() -> int | None:
    """Return the user that the real root becomes: what root owns it could change, and no limit would hold it.

    Others keep their own number, and get rights only in a user namespace.
    """
    if os.geteuid():
        return None
    known = [line.split() for line in Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()]
    mapped = any(int(first) <= _NOBODY < int(first) + int(count) for first, _, count in known)
    return _NOBODY if mapped else None


def _running(uid: int) -> int:
    """Return how many threads of a user are running: the limit of threads counts them, too."""
    count = 0
    for task in Path("/proc").glob("[0-9]*/task/[0-9]*"):
        with contextlib.suppress(OSError):
            count += task.stat().st_uid == uid
    return count
