"""The lessons are run without a network, and nothing else is."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
NOWHERE = "192.0.2.1"  # an address that is kept for examples, and never answers

LOOPBACK = """
import socket
with socket.create_server(("localhost", 0)) as server:
    with socket.create_connection(("localhost", server.getsockname()[1])) as client:
        server.accept()[0].sendall(b"hello")
        print(client.recv(5))
"""
CHILD = f"""
import subprocess, sys
code = "import socket; socket.create_connection(('{NOWHERE}', 80), timeout=0.1)"
done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
print(done.stderr.splitlines()[-1])
"""
UNIX = """
left, right = socket.socketpair()
left.sendall(b"hello")
print(right.recv(5))
"""
# What a cell does, and what it must print; None where it must fail.
CELLS = [
    (LOOPBACK, "b'hello'\n"),
    (f"socket.create_connection(('{NOWHERE}', 80), timeout=0.1)", None),
    ("socket.getaddrinfo('example.org', 80)", None),
    ("import urllib.request\nurllib.request.urlopen('http://example.org', timeout=0.1)", None),
    (f"socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('{NOWHERE}', 9))", None),
    (f"try:\n    socket.create_connection(('{NOWHERE}', 80), 0.1)\nexcept OSError:\n    pass", None),
    (CHILD, f"RuntimeError: A lesson reached for '{NOWHERE}'. Lessons work offline: ship what they need with tfkit.\n"),
    (UNIX, "b'hello'\n"),
]
AFTERWARDS = f"""
import os, socket, pytest
def test_the_process_of_the_tests_keeps_its_network_and_its_path():
    assert os.environ.get("PYTHONPATH") == {{path!r}}
    with pytest.raises(OSError):
        socket.create_connection(("{NOWHERE}", 80), timeout=0.1)
"""


def notebook() -> nbformat.NotebookNode:
    book = nbformat.v4.new_notebook()
    for source, printed in CELLS:
        outputs = [nbformat.v4.new_output("stream", text=printed)] if printed else []
        book.cells.append(nbformat.v4.new_code_cell(source.strip(), outputs=outputs, execution_count=1))
    return book


@pytest.mark.parametrize("path", [None, "/somewhere"])
def test_a_cell_that_reaches_for_the_network_fails(tmp_path: Path, path: str | None) -> None:
    shutil.copytree(NOTEBOOKS, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.ipynb", "__pycache__"))
    nbformat.write(notebook(), tmp_path / "a.ipynb")
    (tmp_path / "test_afterwards.py").write_text(AFTERWARDS.format(path=path))
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    # As in this project: modules are searched for doctests, and that must not load the hook.
    # -r: no summary, in which CI would see each error a second time.
    options = ["--nbval", "--doctest-modules", "-v", "-rN", "--color=no", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "a.ipynb", "."],
        cwd=tmp_path,
        env=env | ({"PYTHONPATH": path} if path else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    said = re.sub(r"\x1b\[[\d;]*m", "", done.stdout)
    verdicts = re.findall(r"Cell \d+ (PASSED|FAILED)", said)
    assert verdicts == ["PASSED" if printed else "FAILED" for _, printed in CELLS], said
    assert said.count("\nRuntimeError: A lesson reached for") == verdicts.count("FAILED")
    assert "test_the_process_of_the_tests_keeps_its_network_and_its_path PASSED" in said
