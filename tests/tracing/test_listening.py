"""What a recording hears: variables, threads, recordings in recordings; and how much of it is kept."""

import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tests.tracing.test_eager import sources_of, value
from tfkit.parts import Kind


def test_a_variable_that_is_read_without_an_operation():
    v, w = tf.Variable(2.0, name="v"), tf.Variable(3.0, name="w")
    with tfkit.record() as rec:
        tf.exp(v)
        tf.multiply(w, v)
        tf.multiply(v, v)
    graph = rec.graph
    assert rec.operations == ["Exp", "Mul", "Mul"]
    assert sources_of(graph, "Exp") == ["v"]
    assert sources_of(graph, "Mul") == ["w", "v"]
    assert sources_of(graph, "Mul_1") == ["v", "v"]
    assert (graph["v"].kind, value(graph, "v")) == (Kind.VARIABLE, "2")


def test_a_variable_that_is_made_in_the_block_is_one_node():
    with tfkit.record() as rec:
        w = tf.Variable([1.0, 2.0], name="w")
        y = tf.reduce_sum(w * 3.0)
        w.assign_sub([0.5, 0.5])
        tf.exp(w)
    graph = rec.graph
    assert rec.operations[:2] == ["VarHandleOp", "AssignVariableOp"]
    (variable,) = (node for node in graph.nodes if node.kind == Kind.VARIABLE)
    assert (variable.label, variable.outputs[0].shape, value(graph, variable.id)) == ("w", (2,), "[0.5 1.5]")
    assert graph.find(op="VarHandleOp") == ()
    for operation in ("AssignVariableOp", "ReadVariableOp|Mul", "AssignSubVariableOp", "Exp"):
        assert variable in graph.ancestors(graph.find(op=operation)[0].id)
    order = [(graph[edge.source].op, graph[edge.target].op) for edge in graph.edges if edge.control]
    assert ("AssignSubVariableOp", "Exp") in order
    assert y.numpy() == 9


def test_a_layer_that_is_built_in_the_block_has_its_variables():
    with tfkit.record() as rec:
        keras.layers.Dense(2, name="dense")(tf.ones((1, 3)))
    variables = [node for node in rec.graph.nodes if node.kind == Kind.VARIABLE]
    assert {(node.label, node.outputs[0].shape) for node in variables} == {("kernel", (3, 2)), ("bias", (2,))}
    (product,) = rec.graph.find(op="MatMul")
    assert {"kernel"} == {node.label for node in rec.graph.ancestors(product.id) if node.kind == Kind.VARIABLE}


def test_changes_of_a_variable_come_before_what_reads_it_later():
    v = tf.Variable(2.0, name="v")
    with tfkit.record() as rec:
        before = v + 1.0
        v.assign_add(5.0)
        after = tf.exp(v) + before
    graph = rec.graph
    order = [(edge.source, edge.target) for edge in graph.edges if edge.control]
    assert ("AssignAddVariableOp", "Exp") in order
    assert sources_of(graph, "AssignAddVariableOp")[0] == "v"
    assert after.numpy() == pytest.approx(np.exp(7) + 3)
    assert value(graph, "v") == "7"


def test_threads_that_start_inside_are_heard():
    def work(x):
        tf.sin(x)

    class Own(threading.Thread):
        def run(self):
            tf.cos(1.0)

    with tfkit.record() as rec:
        threads = [threading.Thread(target=work, args=(1.0,)), Own()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(rec.operations) == ["Cos", "Sin"]
    assert all("run" not in vars(thread) for thread in threads)


def test_a_thread_that_outlives_the_block_is_heard_no_more():
    go, done = threading.Event(), threading.Event()

    def work():
        tf.sin(1.0)
        done.set()
        go.wait(10)
        tf.cos(1.0)

    thread = threading.Thread(target=work)
    with tfkit.record() as rec:
        thread.start()
        done.wait(10)
    go.set()
    thread.join()
    assert rec.operations == ["Sin"]


def test_recordings_in_recordings():
    with tfkit.record() as outer:
        tf.exp(1.0)
        with tfkit.record() as inner:
            tf.sin(1.0)
        tf.cos(1.0)
    assert (outer.operations, inner.operations) == (["Exp", "Sin", "Cos"], ["Sin"])


def test_a_recording_that_a_generator_leaves_open():
    def numbers():
        with tfkit.record() as rec:
            yield rec
            yield tf.exp(1.0)

    generator = numbers()
    first = next(generator)
    with tfkit.record() as second:
        next(generator)
        generator.close()
        tf.sin(1.0)
    assert first.operations == ["Exp"]
    assert second.operations == ["Exp", "Sin"]


def test_inside_a_function_that_is_traced_nothing_is_executed():
    found = []

    @tf.function
    def function(x):
        with tfkit.record() as rec:
            y = tf.exp(x)
        found.append(rec)
        return y

    function(1.0)
    assert found[0].operations == []
    assert found[0].graph.nodes == ()


def test_values_are_bounded_and_so_is_the_number_of_nodes(monkeypatch):
    from tfkit.tracing import _listening

    monkeypatch.setattr(_listening, "_MOST_EVENTS", 5)
    with tfkit.record() as rec:
        for number in range(8):
            tf.exp(float(number))
    assert len(rec.operations) == 8
    assert rec.dropped == 3
    assert repr(rec) == "Recording(8 operations, the last 3 of them not in the graph)"
    monkeypatch.setattr(_listening, "_MOST_KEPT", 100)
    with tfkit.record() as rec:
        x = tf.ones(60)
        tf.exp(x)
    assert rec.graph["Exp"].outputs[0].value is None


def test_a_deleted_variable_and_an_open_recording():
    with tfkit.record() as rec:
        v = tf.Variable(1.0)
        tf.exp(v)
        assert rec.operations[-1] == "Exp"
        assert "Exp" in {node.op for node in rec.graph.nodes}
        del v
        tf.sin(1.0)
    assert "Sin" in {node.op for node in rec.graph.nodes}
