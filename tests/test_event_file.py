"""Graphs and curves written for TensorBoard."""

import errno
import sys
from pathlib import Path

import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import tfkit
from tests.drawing.cases import example, nested
from tfkit.errors import FileError
from tfkit.event_file import EventFile, graph_def
from tfkit.graph import Graph
from tfkit.parts import Edge, Node, Output, Scope


def test_a_graph_comes_back_as_it_was(tmp_path):
    graph = tfkit.trace(lambda x, w: tf.nn.relu(x @ w), tf.ones((2, 3)), tf.ones((3, 4)))
    read = tfkit.read_graph(graph.to_tensorboard(tmp_path / "new" / "folder"))
    assert sorted(node.op for node in read.nodes) == sorted(node.op for node in graph.nodes)
    assert len(read.edges) == len(graph.edges)
    assert {output.shape for node in read.nodes for output in node.outputs} >= {(2, 4)}


@pytest.mark.parametrize("graph", [example(), nested()], ids=lambda graph: graph.name)
def test_groups_become_the_names_by_which_tensorboard_groups(graph):
    names = [node.name for node in graph_def(graph).node]
    assert len(set(names)) == len(graph.nodes)
    groups = {"/".join(scope.path) for scope in graph.scopes}
    assert not groups & set(names)
    assert groups <= {name.rpartition("/")[0] for name in names} | {
        name.rpartition("/")[0].rpartition("/")[0] for name in names
    }


def test_names_that_break_tensorboard_are_changed_and_none_is_twice():
    nodes = [Node(str(place), "Op", label) for place, label in enumerate(["length", "a/b", "a:1", "a", "a", "^c", " "])]
    nodes.append(Node("inside", "Op", "b", scope=("a",)))
    edges = [Edge("0", "1", 1), Edge("0", "2", control=True)]
    written = graph_def(Graph("g", nodes, edges, [Scope(("a",))]))
    names = [node.name for node in written.node]
    assert names == ["length_", "a_b", "a_1", "a_2", "a_3", "_^c", "_", "a/b"]
    assert list(written.node[1].input) == ["length_:1"] and list(written.node[2].input) == ["^length_"]


def test_attributes_and_unknown_shapes_are_written():
    facts = {"flag": True, "count": 3, "rate": 0.5, "padding": "SAME", "list": [1, 2], "nothing": None, "huge": 2**70}
    outputs = (Output((None, 3), "float32", "/cpu:0"), Output(None, "float32"))
    (node,) = graph_def(Graph("g", [Node("a", "Op", "a", attributes=facts, outputs=outputs)])).node
    assert (node.attr["flag"].b, node.attr["count"].i, node.attr["rate"].f) == (True, 3, 0.5)
    assert (node.attr["padding"].s, node.attr["list"].s, node.device) == (b"SAME", b"[1, 2]", "/cpu:0")
    assert set(node.attr) == {"flag", "count", "rate", "padding", "list", "_output_shapes"}
    known, unknown = node.attr["_output_shapes"].list.shape
    assert [axis.size for axis in known.dim] == [-1, 3] and unknown.unknown_rank


def curves(folder):
    found = EventAccumulator(str(folder))
    found.Reload()
    return {tag: [(event.step, event.value) for event in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def test_tensorboard_reads_the_curves(tmp_path):
    log = EventFile(tmp_path / "new")
    log.write_scalars(10, {"loss": 0.5, "learning rate": 1.0})
    assert curves(tmp_path / "new") == {"loss": [(10, 0.5)], "learning rate": [(10, 1.0)]}  # while it is written
    log.write_scalars(20, {"loss": 0.25})
    assert curves(tmp_path / "new")["loss"] == [(10, 0.5), (20, 0.25)]


def test_one_that_goes_on_leaves_the_one_before(tmp_path):
    for step in (1, 2):
        EventFile(tmp_path).write_scalars(step, {"loss": step})
    assert len(list(tmp_path.iterdir())) == 2
    assert curves(tmp_path) == {"loss": [(1, 1.0), (2, 2.0)]}


def test_what_cannot_be_written_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FileError, match="Cannot write to .*file"):
        example().to_tensorboard(tmp_path / "file")
    monkeypatch.setattr(Path, "open", _no_space)
    with pytest.raises(FileError, match="No space left on device"):
        EventFile(tmp_path)
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.record_writer", None)
    with pytest.raises(FileError, match="pip install"):
        example().to_tensorboard(tmp_path)


def _no_space(*arguments):
    raise OSError(errno.ENOSPC, "No space left on device")
