"""TensorBoard in a notebook, as the kernel hands it over."""

import xml.etree.ElementTree as ET

import pytest
import tensorflow as tf

import tfkit
from tests.files.test_scalars import write
from tfkit import board
from tfkit.display import BOARD_MIME_TYPE
from tfkit.errors import FileError
from tfkit.version import SERVER_VARIABLE as SERVER


@pytest.fixture(autouse=True)
def nowhere(monkeypatch):
    """No Jupyter server around, whatever these tests are run from."""
    for name in ("JPY_SESSION_NAME", "VSCODE_PID", SERVER):
        monkeypatch.delenv(name, raising=False)


def forms(logdir):
    return tfkit.tensorboard(logdir)._repr_mimebundle_()


def test_the_page_is_told_the_folder_and_others_see_the_curves(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "runs" / "train", accuracy=[0.5, 0.75], loss=[1.0, 0.5, 0.25])
    write(tmp_path / "runs" / "validation", loss=[2.0])
    found = forms("runs")
    assert found[BOARD_MIME_TYPE] == {"version": 1, "logdir": str(tmp_path / "runs"), "name": "runs"}
    assert found["text/plain"].splitlines() == [
        "TensorBoard of 'runs':",
        "  train accuracy: 0.75 (step 1)",
        "  train loss: 0.25 (step 2)",
        "  validation loss: 2 (step 0)",
    ]
    picture = found["image/svg+xml"]
    ET.fromstring(picture)
    assert picture.count("polyline") == 2 and picture.count("<circle") == 1
    assert picture.index(">loss<") < picture.index(">accuracy<")  # what one looks for first


def test_runs_that_are_logged_at_steps_of_their_own_are_whole_lines(tmp_path):
    write(tmp_path / "train", loss=[float(step) for step in range(1000)])
    writer = tf.summary.create_file_writer(str(tmp_path / "validation"))
    with writer.as_default():
        for step in (97, 501, 903):
            tf.summary.scalar("loss", 1.0, step=step)
    writer.close()
    picture = forms(tmp_path)["image/svg+xml"]
    assert picture.count("<polyline") == 2 and "<circle" not in picture


def test_a_folder_without_curves_says_so(tmp_path):
    found = forms(tmp_path / "later")
    assert found["text/plain"].endswith("later': no curves yet")
    assert "no curves yet" in found["image/svg+xml"]


def test_the_picture_stays_small_however_much_there_is(tmp_path):
    for run in range(8):
        write(tmp_path / f"run{run}", **{f"tag{tag}": [float(step) for step in range(300)] for tag in range(9)})
    found = forms(tmp_path)
    assert len(found["image/svg+xml"].encode()) < 100_000
    assert "and 32 more" in found["text/plain"] and found["text/plain"].count("\n") < 50


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, ""),
        ({"JPY_SESSION_NAME": "a.ipynb", SERVER: tfkit.__version__}, ""),
        ({"JPY_SESSION_NAME": "a.ipynb"}, "The Jupyter server has no tfkit: run pip install"),
        (
            {"JPY_SESSION_NAME": "a.ipynb", SERVER: "0.0.1"},
            f"tfkit 0.0.1 and this kernel {tfkit.__version__}: bring both",
        ),
        ({"VSCODE_PID": "1"}, "Visual Studio Code has TensorBoard of its own"),
    ],
)
def test_where_the_real_one_cannot_stand_a_sentence_says_what_helps(tmp_path, monkeypatch, variables, said):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = forms(tmp_path)
    assert said in found["text/plain"]
    if said:
        assert said.split(":")[0] in found["image/svg+xml"]  # seen where text is not
        assert len(board.hint().split(". ")) == 1


def test_colab_has_its_own(tmp_path, monkeypatch):
    monkeypatch.setitem(board.sys.modules, "google.colab", object())
    assert "%tensorboard --logdir" in forms(tmp_path)["text/plain"]


def test_bad_folders_are_refused_by_name(tmp_path):
    (tmp_path / "events.out").write_text("")
    with pytest.raises(FileError, match="events.out' is a file: name the folder"):
        tfkit.tensorboard(tmp_path / "events.out")
    with pytest.raises(FileError, match="'gs://b/runs' is not on this machine"):
        tfkit.tensorboard("gs://b/runs")


def test_a_folder_that_cannot_be_read_is_said_in_the_output(tmp_path, monkeypatch):
    monkeypatch.setattr("tfkit.files._events._MOST_NAMES", 0)
    (tmp_path / "a").write_text("")
    assert "name the folder of the logs" in forms(tmp_path)["text/plain"]
