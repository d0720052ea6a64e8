import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import keras
import pytest

from tfkit import cli, doctor
from tfkit.course import data
from tfkit.course.solution import read_solutions
from tfkit.doctor import Finding, State


def run(capsys, *arguments):
    try:
        code = cli.main(arguments)
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("command", [(), ("lab",), ("lessons",), ("graph",), ("doctor",), ("data",), ("data", "fetch")])
def test_help(capsys, command):
    code, out, _ = run(capsys, *command, "--help")
    assert code == 0 and "usage: tfkit" in out


@pytest.mark.parametrize(
    "wrong", [(), ("paint",), ("lessons",), ("graph",), ("lab", "--port", "x"), ("lab", "--port", "70000")]
)
def test_wrong_usage_is_2(capsys, wrong):
    code, _, err = run(capsys, *wrong)
    assert code == 2 and "usage" in err


def test_an_error_is_one_line_and_1(capsys):
    code, out, err = run(capsys, "graph", "missing.keras")
    assert (code, out, err) == (1, "", "tfkit: 'missing.keras' does not exist.\n")


def test_graph_prints_and_writes(capsys, tmp_path):
    keras.Sequential([keras.Input((4,), name="x"), keras.layers.Dense(2, name="y")]).save(tmp_path / "m.keras")
    code, out, _ = run(capsys, "graph", str(tmp_path / "m.keras"))
    assert code == 0 and "Dense(x)" in out
    code, out, _ = run(capsys, "graph", str(tmp_path / "m.keras"), "-o", str(tmp_path / "m.svg"))
    assert code == 0 and (tmp_path / "m.svg").read_text().startswith("<svg")


def test_a_reader_may_stop_reading(tmp_path):
    nodes = "".join(f"node {{ name: 'n{place}' op: 'NoOp' }}\n" for place in range(5000))
    (tmp_path / "g.pbtxt").write_text(nodes)
    command = [sys.executable, "-m", "tfkit.cli", "graph", str(tmp_path / "g.pbtxt")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline() == "'g', 5,000 nodes, 0 edges\n"
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 0


def test_lessons_copies(capsys, tmp_path):
    code, out, _ = run(capsys, "lessons", str(tmp_path / "mine"))
    assert code == 0 and "lessons copied" in out
    assert (tmp_path / "mine" / "00_setup.ipynb").is_file()


def test_lessons_with_solutions_are_the_teachers(capsys, tmp_path):
    code, out, _ = run(capsys, "lessons", str(tmp_path / "teacher"), "--solutions")
    assert code == 0 and "lessons copied" in out
    assert "facts = ..." not in (tmp_path / "teacher" / "00_setup.solutions.ipynb").read_text()


def test_an_edition_for_exams_says_that_it_has_no_solutions(capsys, tmp_path, monkeypatch):
    read_solutions.cache_clear()
    monkeypatch.setattr("tfkit.course.solution.files", lambda package: tmp_path)
    code, _, err = run(capsys, "lessons", str(tmp_path / "teacher"), "--solutions")
    assert (code, err) == (1, "tfkit: This edition of the course has no solutions.\n")
    assert not (tmp_path / "teacher").exists()


def test_lab_opens_jupyterlab_on_the_first_lesson(capsys, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(cli, "_become", lambda command: started.append(command) or 0)
    code, _, _ = run(capsys, "lab", str(tmp_path / "mine"), "--port", "9999", "--no-browser")
    (command,) = started
    assert code == 0 and command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={tmp_path / 'mine'}" in command
    assert "--LabApp.default_url=/lab/tree/00_setup.ipynb" in command
    assert {"--ServerApp.port=9999", "--no-browser", "--ServerApp.ip=127.0.0.1"} <= set(command)


def test_lab_is_the_server_itself_and_ends_with_it(tmp_path):
    command = [sys.executable, "-m", "tfkit.cli", "lab", str(tmp_path / "mine"), "--no-browser", "--port", "0"]
    folders = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    env = {**os.environ, **folders, "PYTHONPATH": str(Path(cli.__file__).parents[1])}
    with (tmp_path / "log").open("w") as log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as server:
        try:
            told = tmp_path / "RUNTIME" / f"jpserver-{server.pid}.json"  # it bears the number of the process
            deadline = time.monotonic() + 90
            while not told.exists() and server.poll() is None and time.monotonic() < deadline:
                time.sleep(0.2)
            assert told.exists(), (tmp_path / "log").read_text()
            found = json.loads(told.read_text())
            assert Path(found["root_dir"]) == tmp_path / "mine"
            with urllib.request.urlopen(f"{found['url']}lab?token={found['token']}", timeout=30) as page:
                assert page.status == 200
        finally:
            server.terminate()
        assert server.wait(30) is not None
    assert not told.exists()


def test_lab_without_jupyterlab_says_the_cure(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(cli.importlib.util, "find_spec", lambda name: None)
    code, _, err = run(capsys, "lab", str(tmp_path))
    assert code == 1 and 'pip install "tfkit-course[lab]"' in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("terminal", [True, False])
def test_data_fetch_reports_to_a_terminal_and_prints_the_folder(capsys, monkeypatch, terminal):
    def fetch(progress):
        progress("a.gz", 500_000, 1_000_000)
        progress("a.gz", 1_000_000, 1_000_000)
        return "the folder"

    monkeypatch.setattr(data, "fetch_fashion_mnist", fetch)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    code, out, err = run(capsys, "data", "fetch")
    assert (code, out) == (0, "the folder\n")
    assert err == ("\ra.gz: 0.5 of 1.0 MB\ra.gz: 1.0 of 1.0 MB\n" if terminal else "")


@pytest.mark.parametrize(("state", "code"), [(State.OK, 0), (State.OPTIONAL, 0), (State.MISSING, 1)])
def test_the_doctors_exit_code(capsys, monkeypatch, state, code):
    monkeypatch.setattr(doctor, "examine", lambda: [Finding("thing", state, "found", "cure")])
    assert run(capsys, "doctor")[0] == code


def test_the_command_starts_without_anything_heavy():
    code = "import sys; from tfkit.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "assert not {'tensorflow', 'keras', 'jupyterlab'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
