"""TensorBoard's event files and log folders, as TensorFlow writes them."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tests.hostile.event_files import GRAPH, HEAD, MODEL, event, summary
from tests.hostile.wire import chunk
from tfkit.errors import FileError
from tfkit.parts import Kind

v1 = tf.compat.v1


def only_file(folder):
    (file,) = folder.rglob("*.tfevents.*")
    return file


def test_a_graph_that_a_session_wrote(tmp_path):
    with tf.Graph().as_default() as graph:
        a, b = tf.constant(5, name="a"), tf.constant(3, name="b")
        tf.multiply(a, b, name="c_mul")
        v1.summary.FileWriter(str(tmp_path), graph).close()
    read = tfkit.read_graph(only_file(tmp_path))
    assert {"a", "b", "c_mul"} <= {node.id for node in read.nodes}
    folder = tfkit.read_graph(tmp_path)
    assert (folder.nodes, folder.edges) == (read.nodes, read.edges)


@tf.function
def step(x):
    return tf.nn.relu(x) * 2.0


def test_graphs_of_tensorflow_2(tmp_path):
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        tf.summary.scalar("loss", 1.0, 0)
        tf.summary.graph(step.get_concrete_function(tf.TensorSpec((2,))).graph)
        tf.summary.image("picture", np.zeros((1, 4, 4, 1)), 0)
    writer.close()
    assert "Relu" in {node.op for node in tfkit.read_graph(tmp_path).nodes}


def test_a_trace_that_was_exported(tmp_path):
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        tf.summary.trace_on(graph=True)
        step(tf.ones(3))
        tf.summary.trace_export("my trace", step=0)
    writer.close()
    assert "Relu" in {node.op for node in tfkit.read_graph(tmp_path).nodes}


def test_the_layers_that_the_callback_of_keras_wrote(tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="dense"), keras.layers.ReLU(name="relu")])
    model.compile("sgd", "mse")
    callback = keras.callbacks.TensorBoard(str(tmp_path))
    model.fit(np.zeros((8, 4)), np.zeros((8, 3)), verbose=0, callbacks=[callback])
    graph = tfkit.read_graph(tmp_path)
    assert {"dense", "relu"} <= {node.label for node in graph.nodes if node.kind == Kind.LAYER}


@pytest.mark.parametrize("plugin", ["graph_run_metadata_graph", "graph_run_metadata"])
def test_graphs_of_each_kind_in_one_file_are_groups(tmp_path, plugin):
    traces = chunk(4, chunk(2, GRAPH)) * 2
    written = event(GRAPH) + summary("keras", "graph_keras_model", MODEL) + summary("run", plugin, traces)
    (tmp_path / "events.out.tfevents.1").write_bytes(HEAD + written)
    read = tfkit.read_graph(tmp_path)
    assert [scope.path for scope in read.scopes] == [("graph",), ("layers",), ("run 0",), ("run 1",)]
    assert [(edge.source, edge.target) for edge in read.edges if edge.source[:3] == "run"] == [
        ("run 0/a", "run 0/b"),
        ("run 1/a", "run 1/b"),
    ]


def test_layers_that_do_not_fit_together_are_refused_by_name(tmp_path):
    inner = {
        "class_name": "Sequential",
        "config": {"name": "a", "layers": [{"class_name": "D", "config": {"name": "b"}}]},
    }
    layers = [{"class_name": "D", "config": {"name": "a/b"}}, inner]
    model = json.dumps({"class_name": "Sequential", "config": {"layers": layers}}).encode()
    (tmp_path / "events.out.tfevents.1").write_bytes(HEAD + summary("keras", "graph_keras_model", model))
    with pytest.raises(FileError, match=r"tfevents\.1' holds a graph that is not consistent: .*'a/b'"):
        tfkit.read_graph(tmp_path)


def test_runs_are_groups(tmp_path):
    for run in ("first", "second"):
        with tf.Graph().as_default() as graph:
            tf.constant(1, name=run)
            v1.summary.FileWriter(str(tmp_path / run), graph).close()
    read = tfkit.read_graph(tmp_path)
    assert {scope.path[0].split()[0] for scope in read.scopes} == {"first", "second"}
    assert {"first", "second"} <= {node.label for node in read.nodes}


def test_a_file_that_is_still_being_written(tmp_path):
    with tf.Graph().as_default() as graph:
        tf.constant(1, name="a")
        v1.summary.FileWriter(str(tmp_path), graph).close()
    file = only_file(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:30])
    assert {"a"} <= {node.id for node in tfkit.read_graph(file).nodes}


def test_without_a_graph_the_message_says_how_to_write_one(tmp_path):
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        tf.summary.scalar("loss", 1.0, 0)
    writer.close()
    for path in (tmp_path, only_file(tmp_path)):
        with pytest.raises(FileError, match=r"tf\.summary\.graph"):
            tfkit.read_graph(path)


def test_a_folder_of_everything_is_no_log_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tfkit.files._events._MOST_NAMES", 5)
    for number in range(6):
        (tmp_path / f"file_{number}").touch()
    with pytest.raises(FileError, match=f"{tmp_path.name}' holds more than 5 files: name the folder of the logs"):
        tfkit.read_graph(tmp_path)


def test_links_are_not_followed(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    with tf.Graph().as_default() as graph:
        tf.constant(1, name="a")
        v1.summary.FileWriter(str(outside), graph).close()
    (inside / only_file(outside).name).symlink_to(only_file(outside))
    with pytest.raises(FileError, match="without event files"):
        tfkit.read_graph(inside)
