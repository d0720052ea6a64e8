"""Files are written whole or not at all, and by no other way than tfkit.atomic."""

import ast
import os
import time
from collections import Counter
from pathlib import Path

import pytest

from tfkit import atomic
from tfkit.atomic import put_in_place, write_whole, written_beside

PACKAGE = Path(atomic.__file__).parent


def test_a_file_is_replaced_and_keeps_who_may_read_it(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o640)
    write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_who_may_read_a_new_file_is_the_users_own_choice(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        with written_beside(tmp_path / "a") as beside:
            assert beside.stat().st_mode & 0o777 == mode
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("error", [OSError("no room"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_whatever_goes_wrong_leaves_the_old_file_and_nothing_else(monkeypatch, tmp_path, step, error):
    def fail(*_):
        raise error

    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(Path, step, fail)
    with pytest.raises(type(error)):
        write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_the_disk_has_the_content_before_the_name_and_the_name_before_it_is_over(monkeypatch, tmp_path):
    steps, sync, replace = [], os.fsync, Path.replace

    def noted(handle):
        name = Path(os.readlink(f"/proc/self/fd/{handle}")).name
        steps.append("folder" if name == tmp_path.name else "file")
        sync(handle)

    if not Path("/proc/self/fd").exists():
        pytest.skip("without /proc (macOS, Windows) the order in which the disk is waited for cannot be seen")
    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(Path, "replace", lambda *paths: (steps.append("replace"), replace(*paths)))
    write_whole(tmp_path / "a", b"new")
    assert steps == ["file", "replace", "folder"]


def test_what_a_killed_process_left_is_removed_an_hour_later_and_nothing_else(tmp_path):
    names = [".0123abcd~a", ".0123abcd~b", ".0123abc~a", ".0123abcd~a.txt", "0123abcd~a", ".a"]
    old = time.time() - 3700
    for name in names:
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (old, old))
    (tmp_path / ".89ab0123~a").write_bytes(b"somebody writes it now")
    write_whole(tmp_path / "a", b"new")
    assert set(os.listdir(tmp_path)) == {*names[1:], ".89ab0123~a", "a"}


def test_a_file_that_is_complete_takes_the_place_of_another(tmp_path):
    (tmp_path / "a.part").write_bytes(b"new")
    (tmp_path / "a").write_bytes(b"old")
    put_in_place(tmp_path / "a.part", tmp_path / "a")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"new"}


# Who writes without tfkit.atomic, how often, and why that is right.
WRITERS = {
    "atomic.py": {"os.open": 1, "write_bytes": 1, "open": 1, "replace": 1},
    "course/download.py": {"open": 1},  # the part of a download, with which the next one goes on
    "event_file.py": {"open": 1},  # one record behind the other, as TensorBoard reads them
    "course/learner.py": {"replace": 1},  # sets a damaged file aside, whole
    "training/checkpoint.py": {"savez": 1},  # into memory
    "course/make_small_data.py": {"ZipFile": 1},  # for who makes a release
    "course/grading/watch.py": {"write_text": 2, "fdopen": 1},  # in the folder that ends with the job
    "course/grading/namespaces.py": {"symlink_to": 2},  # there, too
}
ALWAYS = {"write_text", "write_bytes", "savefig", "savez", "savez_compressed", "savetxt", "symlink_to", "mkstemp"}
ALWAYS |= {"NamedTemporaryFile", "copy2", "copyfile", "copytree", "move"}
BY_MODE = {"open", "fdopen", "File", "ZipFile"}


def _writes(call: ast.Call) -> str | None:
    """Return what a call is named if it puts something into a file, or a file into a place."""
    name, words = ast.unparse(call.func), ast.unparse(call)
    last = name.rpartition(".")[2]
    if "os.devnull" in words:
        return None
    if name == "os.open":
        return name if any(flag in words for flag in ("O_WRONLY", "O_RDWR", "O_CREAT")) else None
    if last in BY_MODE:
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        modes = {arg.value for arg in given if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
        return last if any(set(mode) <= set("rwaxbt+") and set(mode) & set("wax+") for mode in modes) else None
    if last in ("replace", "rename") and isinstance(call.func, ast.Attribute):
        return last if len(call.args) == 1 or name.startswith("os.") else None  # that of a text takes two
    return last if last in ALWAYS else None


def test_nothing_else_writes_files():
    found = {}
    for path in PACKAGE.rglob("*.py"):
        calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
        writes = Counter(filter(None, map(_writes, calls)))
        if writes:
            found[path.relative_to(PACKAGE).as_posix()] = dict(writes)
    assert found == WRITERS


@pytest.mark.parametrize(
    "line",
    [
        "Path('a').write_text('b')",
        "open('a', 'w')",
        "path.open(mode='ab')",
        "h5py.File(path, 'r+')",
        "os.open(path, os.O_WRONLY | os.O_CREAT)",
        "os.replace(a, b)",
        "path.replace(other)",
        "np.savez(path, a=a)",
        "figure.savefig(path)",
        "shutil.copy2(a, b)",
    ],
)
def test_another_writer_would_be_found(line):
    assert _writes(ast.parse(line).body[0].value)
