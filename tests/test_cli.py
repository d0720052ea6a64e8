import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import asdict, replace
from pathlib import Path

import keras
import pytest

from tfkit import cli, doctor
from tfkit.course import data
from tfkit.course.data import load_fashion_mnist
from tfkit.course.solution import read_solutions
from tfkit.doctor import Inspection, State
from tfkit.training import device, train
from tfkit.training.checkpoint import Checkpoint
from tfkit.training.recipe import RECIPES, with_batch_size
from tfkit.training.run import Progress


def run(capsys, *arguments):
    try:
        code = cli.main(arguments)
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(
    "command", [(), ("lab",), ("lessons",), ("graph",), ("doctor",), ("data",), ("data", "fetch"), ("train",)]
)
def test_help(capsys, command):
    code, out, _ = run(capsys, *command, "--help")
    assert code == 0 and "usage: tfkit" in out


@pytest.mark.parametrize(
    "wrong",
    [
        *((), ("paint",), ("lessons",), ("graph",), ("lab", "--port", "x"), ("lab", "--port", "70000")),
        *(("train",), ("train", "mlp"), ("train", "--model", "mlp", "--epochs", "0")),
        ("train", "--model", "mlp", "--epochs", "1", "--minutes", "1"),
    ],
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
    monkeypatch.setattr(doctor, "examine", lambda: [Inspection("thing", state, "found", "cure")])
    assert run(capsys, "doctor")[0] == code


@pytest.fixture
def few_pictures(monkeypatch, tmp_path):
    """The full data are the small ones here, and the current folder is an empty one."""
    monkeypatch.setattr(train, "load_fashion_mnist", lambda size: load_fashion_mnist("small"))
    monkeypatch.setattr(device, "_SIDES", {"cpu": 64, "gpu": 64})
    monkeypatch.chdir(tmp_path)


SOFTMAX = ("train", "--model", "softmax", "--precision", "float32", "--epochs")


def test_train_writes_what_it_is_asked_for_and_goes_on_from_its_folder(capsys, tmp_path, few_pictures):
    asked = (*SOFTMAX, "2", "--seed", "4", "--held-out", "500", "--save", "net.keras", "--report", "r.json")
    code, out, err = run(capsys, *asked)
    assert code == 0 and out.startswith("softmax, 7,850 parameters, seed 4: 2 epochs\n")
    assert "% of the held-out pictures named rightly" in out
    assert [line.partition(" loss")[0] for line in err.splitlines()] == ["epoch 1/2", "epoch 2/2"]
    assert json.loads((tmp_path / "r.json").read_text())["seed"] == 4
    assert keras.models.load_model(tmp_path / "net.keras").count_params() == 7850
    assert (tmp_path / "runs" / "softmax" / "checkpoint.npz").is_file()
    again, same, silent = run(capsys, *asked)
    assert (again, same.splitlines()[-2:], silent) == (0, out.splitlines()[-2:], "")


def test_train_takes_minutes_a_width_a_batch_and_a_folder(capsys, tmp_path, few_pictures):
    asked = ("--minutes", "1e-9", "--width", "2", "--batch", "500", "--logdir", "mine", "--precision", "float32")
    code, out, _ = run(capsys, "train", "--model", "cnn", *asked)
    parameters = 9 * (2 + 2 * 4 + 4 * 8) + 2 * (2 + 4 + 8) + 7 * 7 * 8 * 10 + 10
    assert code == 0 and out.startswith(f"cnn, {parameters:,} parameters, seed 0: 1 epoch\n")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    recipe = replace(with_batch_size(RECIPES["cnn"], 500), width=2)
    assert Checkpoint.load(tmp_path / "mine").asked["recipe"] == asdict(recipe)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("--model", "vgg"), "There is no model 'vgg'. Choose one of: softmax, mlp, cnn, resnet."),
        (("--model", "mlp", "--seed", "-1"), "seed is a whole number"),
        (("--model", "mlp", "--minutes", "nan"), "minutes is a number above 0, not nan."),
        (("--model", "mlp", "--precision", "int8"), "There is no precision 'int8'."),
        (("--model", "mlp", "--held-out", "2000"), "held_out is a whole number from 0 to 1,999, not 2000."),
        (("--model", "mlp", "--save", "net.h5"), "'net.h5' should end with .keras."),
        (("--model", "mlp", "--width", "5000"), "width is a whole number from 1 to 1,024, not 5000."),
    ],
)
def test_train_refuses_in_one_line_and_leaves_nothing(capsys, tmp_path, few_pictures, wrong, words):
    code, out, err = run(capsys, "train", *wrong)
    assert (code, out) == (1, "") and err.startswith(f"tfkit: {words}") and err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_train_does_not_go_on_from_another_training(capsys, few_pictures):
    assert run(capsys, *SOFTMAX, "1", "--logdir", "mine")[0] == 0
    code, _, err = run(capsys, *SOFTMAX, "2", "--logdir", "mine")
    assert code == 1 and err == (
        "tfkit: 'mine' holds another training (epochs 1 there, 2 here). Name another log folder.\n"
    )


def test_train_that_is_interrupted_is_130_and_goes_on(capsys, few_pictures, monkeypatch):
    with monkeypatch.context() as stopping:
        stopping.setattr(cli._Line, "progress", lambda line, now: signal.raise_signal(signal.SIGINT))
        code, out, _ = run(capsys, *SOFTMAX, "2")
    assert code == 130 and "stopped before the end" in out
    code, out, _ = run(capsys, *SOFTMAX, "2")
    assert code == 0 and "seed 0: 2 epochs\n" in out


def test_train_that_is_interrupted_twice_is_130_at_once(capsys, tmp_path, few_pictures, monkeypatch):
    def twice(line, now):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(cli._Line, "progress", twice)
    assert run(capsys, *SOFTMAX, "2")[:2] == (130, "")
    assert not list(tmp_path.rglob("checkpoint.npz"))


@pytest.mark.parametrize("terminal", [True, False])
def test_train_writes_one_line_over_on_a_terminal(capsys, monkeypatch, terminal):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    line = cli._Line()
    line.progress(Progress(2, 3, 0.5, 0.25, 0.75, 12345.6))
    line.progress(Progress(2, 3, 1.0, 0.2, 0.8, 12345.6))
    half = f"\r{'epoch 2/3 =====     | loss 0.250, accuracy 0.750, 12,346 images/s':<78}"
    whole = f"{'epoch 2/3 loss 0.200, accuracy 0.800, 12,346 images/s':<78}\n"
    assert capsys.readouterr().err == (f"{half}\r{whole}" if terminal else whole)


def test_train_learns_from_the_full_data(tmp_path, full_data):
    command = [sys.executable, "-m", "tfkit.cli", *SOFTMAX, "1", "--report", "r.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["test_accuracy"] > 0.8 and report["data"] != "shipped with tfkit"
    assert done.stdout.startswith("softmax, 7,850 parameters, seed 0: 1 epoch\n")
    assert done.stderr.splitlines()[-1].startswith("epoch 1/1 loss")


def test_the_command_starts_without_anything_heavy():
    code = "import sys; from tfkit.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "assert not {'tensorflow', 'keras', 'jupyterlab'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
