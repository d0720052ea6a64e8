"""Each file of the corpus is drawn right or refused by name, within its limits, and nothing else happens."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.hostile.case import Case
from tests.hostile.corpus import CASES
from tests.hostile.doors import OF_BYTES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the watch over a process is Linux's own")


class Guarded:
    """A running `tests.hostile.guarded`."""

    def __init__(self, folder: Path, door: str, running: ExitStack) -> None:
        command = [sys.executable, "-m", "tests.hostile.guarded", str(folder), door]
        pipe = subprocess.PIPE
        self._process = running.enter_context(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))
        running.callback(self._process.stdin.close)
        os.environ["TFKIT_HOSTILE_PORT"] = str(self._read()["port"])

    def _read(self) -> dict[str, Any]:
        return json.loads(self._process.stdout.readline())

    def open(self, path: Path, case: Case) -> dict[str, Any]:
        print(json.dumps({"path": str(path), "cpu_s": case.limits.cpu_s}), file=self._process.stdin, flush=True)
        return self._read()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Case], tuple[Path, dict[str, Any]]]]:
    """A function that makes the file of a case and opens it in a process that is watched."""
    folder = tmp_path_factory.mktemp("hostile")
    outside = folder / "outside"
    outside.mkdir()
    (outside / "secret").write_text("hush")
    with h5py.File(outside / "secret.h5", "w") as file:
        file["x"] = np.ones(4, "f4")
    doors: dict[str, Guarded] = {}
    with ExitStack() as running:

        def open_(case: Case) -> tuple[Path, dict[str, Any]]:
            if case.door not in doors:
                doors[case.door] = Guarded(folder, case.door, running)
            path = case.write(folder)
            before = _inside(path.parent)
            found = doors[case.door].open(path, case)
            found["done"] += sorted(_inside(path.parent) - before)
            return path, found

        yield open_


def _inside(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*") if path.suffix != ".damaged"}  # a file set aside is not lost


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_file_of_a_stranger(case: Case, guarded: Any) -> None:
    path, found = guarded(case)
    assert found["end"] == ("refused" if case.nodes is None else "drawn"), found
    assert found["done"] == []
    size = sum(one.stat().st_blocks * 512 for one in [path, *path.rglob("*")] if one.is_file() and not one.is_symlink())
    assert found["bytes"] - size <= case.limits.megabytes * 2**20
    if case.nodes is None:
        assert case.door in OF_BYTES or repr(path.name)[1:-1] in found["text"]
        assert "hush" not in found["text"]
    else:
        assert found["nodes"] == case.nodes
    assert [words for words in case.said if words not in found["text"]] == []


def test_the_corpus_is_large_and_every_case_its_own() -> None:
    names = [case.name for case in CASES]
    assert len(names) >= 200
    assert len(set(names)) == len(names)
