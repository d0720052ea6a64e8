"""Notebooks that want to get at something: they get nothing, and the one of the honest neighbour is graded as ever."""

import json
import os
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import tfkit
from tests.course.grading import attacks
from tests.course.grading.test_grade import RIGHT, START, TABLE, WRONG_TABLE, hand_in, marks, needs_isolation, notebook
from tests.course.grading.test_isolation import PIPE
from tests.rights import IS_ROOT
from tfkit.course.grading import isolation, system_calls
from tfkit.course.grading.grade import FAILED, grade

PACKAGE = Path(tfkit.__file__).parent
LIBRARY = Path(sysconfig.get_path("purelib"))
SECRET = "hush-d41d8cd9"
GRADER = """
import json, sys
from tfkit.course.grading.grade import grade
from tfkit.course.grading.isolation import Limits
limits = Limits(wall_s=6, memory_bytes=3 * 2**28)
print(json.dumps(grade([sys.argv[1]], seed=7, limits=limits).to_dict()))
"""
# Root gives its rights away, others have none: two ways to be shut in.
WAYS = {"root": (), "user": ("unshare", "--user", "--map-user=1000", "--map-group=1000")}


@dataclass(frozen=True)
class Afterwards:
    """What is left when all have been graded: the rows by learner, and what changed, came in, or still runs."""

    rows: dict[str, dict[str, Any]]
    changed: list[str]
    requests: list[str]
    running: list[bytes]


def listing(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return all that a folder holds, file by file."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        data = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_nlink, data)
    return found


def notebooks(known: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the cells of each attacker, and of two who are honest."""
    before = (START, attacks.TOOLS, f"globals().update({known!r})", attacks.GUARD + "guarded = True")
    if_so = "table = [[1, 2], [7, 8], [9, 6]] if ({}) else {}\nlesson.c.check(table)"
    found: dict[str, tuple[str, ...]] = {"ada": RIGHT, "zoe": RIGHT}
    for name, tries in attacks.REFUSED.items():
        found[f"refused {name}"] = (*before, f"loot = won({tries!r})", if_so.format("loot == []", "str(loot)"))
    for name, (code, _) in attacks.ENDS.items():
        found[f"ends {name}"] = (*before, f"if guarded:\n{indented(code)}", WRONG_TABLE)
    found["fills"] = (*before, attacks.FILLS, if_so.format("filled", "str(full)"))
    look = "not any(map(os.path.exists, ('/dev/shm/owned', os.path.expanduser('~/.bashrc'), 'numpy.py')))"
    found["looks for traps"] = (*before, if_so.format(look, "os.listdir('/dev/shm')"))
    return found


def indented(code: str) -> str:
    return "".join(f"    {line}\n" for line in code.strip().splitlines())


@pytest.fixture(scope="module", params=list(WAYS))
def afterwards(request: pytest.FixtureRequest, isolated: None, tmp_path_factory: pytest.TempPathFactory) -> Afterwards:
    """Let all be graded by a process of its own, in a home in which there is something to get."""
    if not IS_ROOT and request.param == "root":
        pytest.skip("only root can give away the rights of root; the way of every other user is tested")
    folder = tmp_path_factory.mktemp("grading")
    home, out, word = folder / "home", folder / "out", f"tfkit-test-{os.getpid()}-{request.param}"
    for place in (home / ".ssh" / "id_rsa", home / ".netrc", home / ".bashrc", out / "points.json"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(SECRET)
    with ExitStack() as open_now:
        ends = {name: open_now.enter_context(end) for name, end in listening(folder, word)}
        known = {
            "home": str(home),
            "other": str(folder / "in" / "ada" / "02_operations.ipynb"),
            "results": str(out / "points.json"),
            "package": str(PACKAGE),
            "library": str(LIBRARY),
            "tcp": ends["TCP"].getsockname()[1],
            "udp": ends["UDP"].getsockname()[1],
            "unix": str(folder / "unix"),
            "abstract": word,
            "secret": SECRET,
            "word": word,
            # No limit of processes holds for the real root, whom a user namespace only calls a user.
            "forks": request.param == "root" or not IS_ROOT,
        }
        for name, cells in notebooks(known).items():
            hand_in(folder, *cells, name=f"{name}/02_operations.ipynb")
        before = listing(folder)
        way = () if not IS_ROOT else WAYS[request.param]
        command = [*way, sys.executable, "-c", GRADER, str(folder / "in")]
        secrets = {"HOME": str(home), "JUPYTERHUB_API_TOKEN": SECRET, "AWS_SECRET_ACCESS_KEY": SECRET}
        env = {**os.environ, **secrets, "PYTHONPATH": str(PACKAGE.parent)}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        assert SECRET not in done.stdout + done.stderr
        requests = [name for name, end in ends.items() if has_come(end)]
    after = listing(folder)
    return Afterwards(
        rows={row["learner"]: row for row in json.loads(done.stdout)["results"]},
        changed=[name for name in before.keys() | after.keys() if before.get(name) != after.get(name)],
        requests=requests,
        running=[line for path in Path("/proc").glob("[0-9]*/cmdline") if word.encode() in (line := read(path))],
    )


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def listening(folder: Path, word: str) -> Iterator[tuple[str, socket.socket]]:
    yield "TCP", socket.create_server(("127.0.0.1", 0))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    yield "UDP", udp
    for name, address in (("unix", str(folder / "unix")), ("abstract", f"\0{word}")):
        end = socket.socket(socket.AF_UNIX)
        end.bind(address)
        end.listen()
        yield name, end


def has_come(end: socket.socket) -> bool:
    """Return whether anybody has knocked."""
    end.setblocking(False)
    try:
        if end.type == socket.SOCK_DGRAM:
            end.recv(1)
        else:
            end.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def test_the_watch_over_requests_sees_one(tmp_path: Path) -> None:
    """Else `requests` would be empty whatever happens."""
    for name, end in listening(tmp_path, f"tfkit-watch-{os.getpid()}"):
        with end, socket.socket(end.family, end.type) as other:
            assert not has_come(end)
            other.connect(end.getsockname())
            other.send(b"x")
            assert has_come(end), name


def test_the_honest_get_all_they_deserve(afterwards: Afterwards) -> None:
    for learner in ("ada", "zoe"):  # before all attacks, and after them
        row = afterwards.rows[learner]
        assert (row["points"], row["error"]) == (3, None)
        assert [mark["status"] for mark in row["exercises"].values()] == ["right"] * 3 + ["not attempted"]


@pytest.mark.parametrize("kind", list(attacks.REFUSED))
def test_every_attempt_is_refused(afterwards: Afterwards, kind: str) -> None:
    row = afterwards.rows[f"refused {kind}"]
    assert row["error"] is None
    assert row["exercises"]["02.c"]["status"] == "right", row["exercises"]["02.c"]["message"]


@pytest.mark.parametrize("kind", list(attacks.ENDS))
def test_what_ends_badly_ends_only_itself(afterwards: Afterwards, kind: str) -> None:
    row, word = afterwards.rows[f"ends {kind}"], attacks.ENDS[kind][1]
    assert row["points"] == 0
    if word is not None:
        assert row["error"] and word in row["error"]
        assert {mark["status"] for mark in row["exercises"].values()} == {FAILED}


def test_the_disk_is_small(afterwards: Afterwards) -> None:
    mark = afterwards.rows["fills"]["exercises"]["02.c"]
    assert mark["status"] == "right", mark["message"]


def test_nothing_is_left(afterwards: Afterwards) -> None:
    assert afterwards.changed == []
    assert afterwards.requests == []
    assert afterwards.running == []
    for name in ("owned.py", "sitecustomize.py", "usercustomize.py", "owned.pth"):
        assert b"OWNED" not in read(LIBRARY / name)
    assert b"OWNED" not in read(PACKAGE / "course" / "check.py") and not (PACKAGE / "owned.py").exists()
    row = afterwards.rows["looks for traps"]  # graded after the one that leaves them
    assert row["exercises"]["02.c"]["status"] == "right", row["exercises"]["02.c"]["message"]


@needs_isolation
def test_answers_that_lie_are_wrong(tmp_path: Path) -> None:
    for number, lie in enumerate(attacks.LIARS.values()):
        hand_in(tmp_path, START, lie, "lesson.c.check(table)", name=f"{number:02}x/02_operations.ipynb")
    found = grade([tmp_path / "in"], seed=7).results
    for row, lie in zip(found, attacks.LIARS, strict=True):
        assert row.error is None and row.points == 0, lie
        assert row.exercises["02.c"].status in ("wrong", "error in your code"), lie


@needs_isolation
def test_who_looks_for_the_grader_in_its_own_process_can_forge_a_card_but_only_that_one(tmp_path: Path) -> None:
    """What SECURITY.md says is not promised. The card is that of the cheat; it is words, and it is cut."""
    card = {f"02.{letter}": {"status": "right", "message": "=cmd()" + "x" * 9000} for letter in "abcd"}
    code = f"json.dumps({{'token': token, 'end': 'done', 'said': {card!r}}}).encode()"
    hand_in(tmp_path, START, PIPE.format(what=code, then="os._exit(0)"), name="eve/02.ipynb")
    hand_in(tmp_path, *RIGHT, name="zoe/02.ipynb")
    table = grade([tmp_path / "in"], seed=7)
    eve, zoe = table.results
    assert eve.points == 4 and zoe.points == 3
    assert max(len(mark.message) for mark in eve.exercises.values()) <= 2000
    assert "cmd" not in table.to_csv()


BAD_CARDS = {
    "deep": "('[' * 900 + ']' * 900)",
    "a number": "'3'",
    "other words": "'\"excellent\"'",
}


@needs_isolation
@pytest.mark.parametrize("status", BAD_CARDS.values(), ids=list(BAD_CARDS))
def test_a_card_that_is_no_card_is_a_sentence(tmp_path: Path, status: str) -> None:
    """Also one that can be read, but not be written again."""
    cards = '\',\'.join(\'"02.%s": {"message": "", "status": %s}\' % (letter, ' + status + ") for letter in 'abcd')"
    code = '(\'{"token": "%s", "end": "done", "said": {%s}}\' % (token, ' + cards + ")).encode()"
    folder = hand_in(tmp_path, START, PIPE.replace("{what}", code).replace("{then}", "os._exit(0)"))
    (row,) = grade([folder], seed=7).results
    assert row.error and "cannot be" in row.error and row.points == 0


NAMES = [
    "=cmd|' -C calc'!A0_02.ipynb",
    "@SUM(1)_02.ipynb",
    "<script>alert(1)<!script>_02.ipynb",
    'a\nb,c"d_02.ipynb',
    "\x1b[2J\x07_02.ipynb",
    "-o_02.ipynb",
    "x..%2f..%2fetc_02.ipynb",
    "x\\..\\..\\x_02.ipynb",
    "\u202etxt_02.ipynb",
    "x" * 200 + "_02.ipynb",
    os.fsdecode(b"\xff\xfe_02.ipynb"),
]


def test_names_of_files_are_only_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "why_not_isolated", lambda: None)
    (tmp_path / "in").mkdir()
    for name in NAMES:
        (tmp_path / "in" / name).write_text("{")
    said: list[str] = []
    table = grade([tmp_path / "in"], seed=7, report=said.append)
    assert len(table.results) == len(NAMES)
    assert all(name.isprintable() for name in said)
    for end in ("csv", "json"):
        text = table.save(tmp_path / f"t.{end}").read_text(encoding="utf-8")
        assert all(letter.isprintable() or letter == "\n" for letter in text)
    rows = (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + len(NAMES)
    assert not any(row.lstrip('"').startswith(tuple("=+-@")) for row in rows)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "t.csv", "t.json"]


def test_a_table_is_not_written_through_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "why_not_isolated", lambda: None)
    (tmp_path / "ada_02.ipynb").write_text(notebook(TABLE)[:-1])
    (tmp_path / "theirs").write_text("untouched")
    (tmp_path / "t.csv").symlink_to(tmp_path / "theirs")
    grade([tmp_path / "ada_02.ipynb"], seed=7).save(tmp_path / "t.csv")
    assert (tmp_path / "theirs").read_text() == "untouched"


@needs_isolation
def test_of_the_folder_of_the_data_only_the_data_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o755)
    for file in isolation.FILES:
        (tmp_path / f"{file.file_name}.gz").write_bytes(b"data")
    (tmp_path / "diary.txt").write_text(SECRET)
    monkeypatch.setenv("TFKIT_DATA_DIR", str(tmp_path))
    holds = f"len(os.listdir({str(tmp_path)!r})) == {len(isolation.FILES)}"
    cell = f"import os\ntable = [[1, 2], [7, 8], [9, 6]] if {holds} else 0\nlesson.c.check(table)"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada_02.ipynb").write_text(notebook(START, cell))
    assert marks(tmp_path / "in")["02.c"] == "right"


def test_where_the_kernel_has_other_calls_it_refuses() -> None:
    with pytest.raises(OSError, match="the system calls of vax are not known"):
        system_calls._program("vax")
    for machine in ("x86_64", "aarch64"):
        assert len(system_calls._program(machine)) < 100


@needs_isolation
@pytest.mark.skipif(
    not IS_ROOT, reason="compares root with a user that root makes; without root every test here runs as a user"
)
def test_both_ways_are_taken() -> None:
    """The two ways of `afterwards` are really two."""
    code = "from tfkit.course.grading.isolation import _lesser_user; print(_lesser_user())"
    env = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    found = [
        subprocess.run([*way, sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout
        for way in WAYS.values()
    ]
    assert found == ["65534\n", "None\n"]
