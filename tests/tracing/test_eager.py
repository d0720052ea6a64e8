"""Eager code recorded: exact, complete, and without a trace of having been looked at."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import op_callbacks

import tfkit
from tfkit.errors import TraceError
from tfkit.parts import Kind, Mark, ScopeKind


def recorded(block):
    with tfkit.record() as rec:
        block()
    return rec


def value(graph, node_id):
    return graph[node_id].outputs[0].value.text


def sources_of(graph, node_id):
    return [
        e.source for e in sorted(graph.edges, key=lambda e: e.target_input) if e.target == node_id and not e.control
    ]


def test_operations_are_those_that_tensorflow_reports():
    heard = []

    def bare(op_type, inputs, attrs, outputs, op_name=None, graph=None):
        if graph is None:
            heard.append(op_type)

    def block():
        x = tf.constant(2.0)
        for _ in range(3):
            x = tf.exp(x) * 0.1 + x**2
        return tf.reduce_sum(tf.stack([x, x]))

    op_callbacks.add_op_callback(bare)
    try:
        rec = recorded(block)
    finally:
        op_callbacks.remove_op_callback(bare)
    assert rec.operations == heard
    assert len(heard) > 12
    assert repr(rec) == f"Recording({len(heard)} operations)"


def test_values_edges_and_lines():
    x, y = tf.constant(5.0), tf.constant(3.0)
    with tfkit.record() as rec:
        c = x * y
        d = x + y
        e = c + d
    assert rec.operations == ["Mul", "AddV2", "AddV2"]
    graph = rec.graph
    assert value(graph, "AddV2_1") == str(int(e.numpy())) == "23"
    assert sources_of(graph, "Mul") == ["x", "y"]  # what the user calls them
    assert sources_of(graph, "AddV2_1") == ["Mul", "AddV2"]
    assert graph["AddV2"].source.text == "d = x + y"
    assert graph["x"].kind == Kind.CONSTANT
    assert graph["Mul"].attributes == {"T": "float32"}


def test_layers_are_groups():
    keras.utils.set_random_seed(0)
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="deep")], name="inner")
    dense = keras.layers.Dense(3, name="dense")
    x = tf.ones((1, 3))
    dense(x), inner(x)
    with tfkit.record() as rec:
        inner(dense(dense(x)))
    layers = {scope.path: scope.attributes for scope in rec.graph.scopes if scope.kind == ScopeKind.LAYER}
    assert layers.keys() == {("dense",), ("dense_1",), ("inner",), ("inner", "deep")}
    assert layers["inner", "deep"]["class"] == "Dense"
    assert rec.graph["dense/MatMul"].scope == ("dense",)
    assert [node.op for node in rec.graph.nodes].count("MatMul") == 3
    assert {node.label for node in rec.graph.nodes if node.kind == Kind.VARIABLE} >= {"kernel", "bias"}


def test_name_scopes_are_groups():
    with tfkit.record() as rec, tf.name_scope("outer"), tf.name_scope("inner"):
        tf.exp(1.0)
    assert rec.graph["outer/inner/Exp"].scope == ("outer", "inner")


def test_a_function_is_one_operation_with_its_body_opened():
    v = tf.Variable(2.0, name="v")

    @tf.function
    def step(x):
        if x > 0.0:
            return x * v
        return x

    with tfkit.record() as rec:
        step(tf.constant(3.0))
        step(tf.constant(4.0))
    graph = rec.graph
    assert len(rec.operations) == 2
    assert value(graph, "step") == "6" and value(graph, "step_1") == "8"
    assert {"step", "step_1"} <= {scope.path[0] for scope in graph.scopes if scope.kind == ScopeKind.FUNCTION}
    assert "v" in {node.id for node in graph.ancestors("step/cond/then/mul")}
    assert graph["step/cond/then/mul"].source.text == "return x * v"


def test_gradients_are_operations_too():
    v = tf.Variable(3.0, name="v")
    with tfkit.record() as rec:
        with tf.GradientTape() as tape:
            y = tf.tanh(v) * 2.0
        gradient = tape.gradient(y, v)
    assert "TanhGrad" in rec.operations
    assert value(rec.graph, "TanhGrad") == f"{gradient.numpy():.6g}"


def test_the_exception_is_the_users_own_and_carries_the_graph():
    boom = KeyError("mine")

    def block():
        tf.exp(1.0)
        raise boom

    with pytest.raises(KeyError) as caught, tfkit.record() as rec:
        block()
    assert caught.value is boom
    assert boom.tfkit_graph == rec.graph
    assert rec.operations == ["Exp"]
    assert {node.mark for node in rec.graph.nodes} == {Mark.NONE}


FAILURES = {
    "MatMul": (lambda: tf.matmul(tf.ones((2, 3)), tf.Variable(tf.ones((4, 5)))), "(2, 3) float32, (4, 5) float32"),
    "AddV2": (lambda: tf.ones((2, 3)) + tf.ones((4, 5)), "Incompatible shapes: [2,3] vs. [4,5]"),
    "GatherV2": (lambda: tf.gather([1, 2], 7), "7 is not in [0, 2)"),
    "ConcatV2": (lambda: tf.concat([tf.ones(2), tf.ones((2, 2))], 0), "(2,) float32, (2, 2) float32"),
    "Reshape": (lambda: tf.reshape(tf.ones(3), (2, 2)), "3 values, but the requested shape has 4"),
}


@pytest.mark.parametrize("op", FAILURES)
def test_the_operation_that_failed_is_marked_with_what_it_was_given(op):
    block, words = FAILURES[op]
    with pytest.raises((tf.errors.InvalidArgumentError, ValueError)) as caught, tfkit.record() as rec:
        block()
    graph = caught.value.tfkit_graph
    (failed,) = [node for node in graph.nodes if node.mark == Mark.FAILED]
    assert failed.op == op
    assert words in failed.note
    assert "[Op:" not in failed.note and "{{" not in failed.note
    assert sources_of(graph, failed.id)
    assert op in failed.source.text or "lambda" in failed.source.text
    assert rec.graph is graph


def test_a_function_that_fails_while_it_is_traced():
    @tf.function
    def function(x):
        y = tf.exp(x)
        return tf.matmul(y, tf.ones((4, 5)))

    with pytest.raises(ValueError, match="Dimensions must be equal") as caught, tfkit.record():
        function(tf.ones((2, 3)))
    (failed,) = [node for node in caught.value.tfkit_graph.nodes if node.mark == Mark.FAILED]
    assert failed.op == "MatMul"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, StopIteration])
def test_interrupts_leave_nothing_behind(error):
    def block():
        tf.exp(1.0)
        raise error

    with pytest.raises(error), tfkit.record() as rec:
        block()
    tf.exp(2.0)
    assert rec.operations == ["Exp"]
    assert len(rec.graph.nodes) == 2


def test_tensors_of_every_kind():
    def block():
        ragged = tf.ragged.constant([[1, 2], [3]])
        tf.reduce_sum(ragged, axis=1)
        tf.sparse.to_dense(tf.sparse.from_dense([[0, 1], [2, 0]]))
        tf.strings.join(["a", "b"])
        tf.complex(1.0, 2.0) * tf.complex(0.0, 1.0)
        array = tf.TensorArray(tf.float32, 2).write(0, 1.0).write(1, 2.0)
        array.stack()
        list(tf.data.Dataset.range(3).map(lambda x: x * x))
        tf.py_function(lambda x: x + 1, [tf.constant(1.0)], tf.float32)
        tf.numpy_function(np.sin, [1.0], tf.float64)
        tf.random.normal((2,))
        tf.cast([1.5, 2.5], tf.bfloat16)

    rec = recorded(block)
    graph = rec.graph
    assert {"StringJoin", "EagerPyFunc", "Cast", "IteratorGetNext"} <= set(rec.operations)
    assert graph.to_svg() and graph.to_text()
    assert value(graph, "StringJoin") == "'ab'"


def test_training_step_by_step():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    with tfkit.record() as rec:
        model.fit(np.ones((4, 2)), np.ones((4, 1)), batch_size=4, verbose=0)
    assert "MatMul" in rec.operations
    assert any("Assign" in op for op in rec.operations)
    assert rec.graph.to_svg()


def test_a_long_loop_is_unrolled():
    x = tf.constant(0.0)
    with tfkit.record() as rec:
        for _ in range(5000):
            x = tf.add(x, 1.0)
    assert len(rec.operations) == 5000
    assert value(rec.graph, "AddV2_4999") == "5000"


def test_where_nothing_is_executed_eagerly_the_message_says_what_to_do():
    with tf.Graph().as_default(), pytest.raises(TraceError, match=r"only put into a graph: show it with tfkit.trace\("):
        tfkit.record().__enter__()
    assert tf.executing_eagerly()
