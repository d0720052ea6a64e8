"""Which reader a file is given to: by what it begins with, or else by its name."""

import os
import shutil
import socket
import warnings

import keras
import pytest
import tensorflow as tf

import tfkit
from tfkit.errors import FileError


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="only")], name="model")
    model.save(folder / "m.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(folder / "m.h5")
    tf.train.Checkpoint(model=model).save(str(folder / "checkpoints" / "ckpt"))
    return folder


@pytest.mark.parametrize(("source", "name"), [("m.h5", "x.keras"), ("m.keras", "x.h5"), ("m.keras", "x.pb")])
def test_a_wrong_name_does_not_matter(saved, tmp_path, source, name):
    shutil.copy(saved / source, tmp_path / name)
    assert [node.label for node in tfkit.read_graph(tmp_path / name).nodes][1:] == ["only"]


@pytest.mark.parametrize("begins", ["", "\n  ", "# a comment\n# and one more\n"])
def test_text_is_read_whatever_it_is_called(tmp_path, begins):
    with tf.Graph().as_default() as graph:
        tf.constant(1.0, name="x")
    tf.io.write_graph(graph.as_graph_def(), str(tmp_path), "graph.pb")  # as text, if nobody says otherwise
    path = tmp_path / "graph.pb"
    path.write_text(begins + path.read_text())
    assert [node.id for node in tfkit.read_graph(path).nodes] == ["x"]


def test_many_comments_are_no_trouble(tmp_path):
    path = tmp_path / "graph.pb"
    path.write_bytes(b"#" * 10_000)
    with pytest.raises(FileError, match=r"graph\.pb"):
        tfkit.read_graph(path)


@pytest.mark.parametrize("name", ["", "checkpoint", "ckpt-1.index", "ckpt-1.data-00000-of-00001"])
def test_a_checkpoint_has_no_graph_and_the_message_says_so(saved, name):
    with pytest.raises(FileError, match="holds a checkpoint of TensorFlow, which has the values of variables and no"):
        tfkit.read_graph(saved / "checkpoints" / name)


@pytest.mark.parametrize("name", ["m.tflite", "m.bin"])
def test_tensorflow_lite_is_refused_with_the_reason(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x1c\x00\x00\x00TFL3" + bytes(100))
    with pytest.raises(FileError, match="TensorFlow Lite model, which tfkit does not read: .* Open the SavedModel"):
        tfkit.read_graph(tmp_path / name)


@pytest.mark.parametrize("name", ["m.onnx", "m", "m.pb.gz", "m.txt"])
def test_other_kinds_are_refused_with_those_that_are_read(tmp_path, name):
    (tmp_path / name).write_bytes(b"anything")
    with pytest.raises(FileError, match="of a kind that tfkit does not read; it reads .pb"):
        tfkit.read_graph(tmp_path / name)


def test_what_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.pb")
    (tmp_path / "loop.pb").symlink_to(tmp_path / "loop.pb")
    (tmp_path / "folder.keras").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket.keras"))
        for path, message in (
            (tmp_path / "pipe.pb", "not a file but a pipe"),
            (tmp_path / "socket.keras", "not a file but a device or socket"),
            ("/dev/zero", "not a file but a device"),
            (tmp_path / "loop.pb", "cannot be read"),
            (tmp_path / "missing.pb", "does not exist"),
            ("\0.pb", "cannot be read"),
            (tmp_path / "folder.keras", "a folder without a SavedModel"),
        ):
            with pytest.raises(FileError, match=message):
                tfkit.read_graph(path)
