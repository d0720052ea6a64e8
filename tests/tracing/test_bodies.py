"""Bodies of functions in traced graphs: opened in place, with their values, lines and costs."""

import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tfkit.parts import Kind, Mark, ScopeKind


def value(graph, node_id):
    found = graph[node_id].outputs[0].value
    return None if found is None else found.text


def functions(graph):
    return {scope.path: scope.label for scope in graph.scopes if scope.kind == ScopeKind.FUNCTION}


def test_a_nested_function_is_opened_with_its_values():
    @tf.function
    def inner(x, y):
        return x * y + 1.0

    @tf.function
    def outer(x):
        return inner(x, x) - inner(x, 2.0)

    graph = tfkit.trace(outer, 3.0)
    assert set(functions(graph).values()) == {"inner"}
    assert len(functions(graph)) == 2
    assert value(graph, "PartitionedCall/mul") == "9"
    assert value(graph, "PartitionedCall_1/mul") == "6"
    assert value(graph, "PartitionedCall") == "10"
    assert graph["PartitionedCall/mul"].source.text == "return x * y + 1.0"


def test_the_branch_that_was_taken_has_values():
    v = tf.Variable(3.0)

    def function(x):
        if x > 0.0:
            y = x * v
        else:
            y = x - v
        return y

    graph = tfkit.trace(function, 2.0)
    assert value(graph, "cond/then/mul") == "6"
    assert value(graph, "cond/else/sub") is None
    assert graph["cond/then/mul"].source.text == "y = x * v"
    assert graph["cond"].kind == Kind.FUNCTION
    assert value(tfkit.trace(function, -2.0), "cond/else/sub") == "-5"
    (variable,) = [node for node in graph.nodes if node.kind == Kind.VARIABLE]
    assert variable in graph.ancestors("cond/then/mul")


def test_a_loop_has_the_values_of_its_last_iteration():
    def function(n):
        i = tf.constant(0)
        total = tf.constant(0)
        while i < n:
            i += 1
            total += i
        return total

    graph = tfkit.trace(function, 4)
    assert graph["while"].note == "4 iterations; inside, the values of the last one"
    assert sorted(node.outputs[0].value.text for node in graph.nodes if node.op == "LoopVariable")[-1] == "6"
    assert "10" in {value(graph, node.id) for node in graph.nodes if node.scope == ("while", "body")}
    assert functions(graph) == {("while",): "while", ("while", "cond"): "cond", ("while", "body"): "body"}
    assert tfkit.trace(function, 0)["while"].note == "0 iterations"


def test_variables_of_a_loop_have_the_users_names():
    def table(n):
        rows, total = tf.constant(0), tf.constant(0.0)
        while rows < n:
            columns = tf.constant(0)
            while columns < rows:
                total += tf.cast(rows * columns, tf.float32)
                columns += 1
            rows += 1
        return total

    graph = tfkit.trace(table, 4)
    variables = graph.find(op="LoopVariable")
    outer, inner = ({node.label for node in variables if node.scope.count("body") == depth} for depth in (0, 1))
    assert {"rows", "total"} <= outer
    assert {"columns", "total"} <= inner
    assert "columns" not in outer
    assert value(graph, graph.nodes[-1].id) is not None
    with tfkit.record() as rec:
        tf.function(table)(tf.constant(3))
    assert {"rows", "columns", "total"} <= {node.label for node in rec.graph.nodes}


def test_values_are_bounded_by_leaving_out_the_largest(monkeypatch):
    monkeypatch.setattr("tfkit.tracing._run._MOST_BYTES", 5000)

    @tf.function
    def inner(x):
        return tf.reduce_sum(tf.exp(tf.ones((2000,)) * x))

    graph = tfkit.trace(lambda x: tf.reduce_sum(tf.zeros((500,)) + x) + inner(x), 2.0)
    notes = {node.op: node.note for node in graph.nodes if node.note}
    assert notes.keys() == {"Fill", "Exp", "Mul"}
    assert set(notes.values()) == {"no value: it takes 0 MB, and all values together may take 0 MB"}
    assert value(graph, graph.find(op="Exp")[0].id) is None
    assert value(graph, graph.find(op="Sum")[0].id) == "1000"
    assert graph.nodes[-1].outputs[0].value.text.startswith("15778")


def test_a_case_shows_all_branches():
    def function(i):
        return tf.switch_case(i, [lambda: tf.constant(1.0) * 2.0, lambda: tf.exp(1.0), lambda: tf.zeros(())])

    graph = tfkit.trace(function, 1)
    assert {path[-1] for path in functions(graph)} == {"indexed_case", "branch 0", "branch 1", "branch 2"}
    assert value(graph, "switch_case/indexed_case") == f"{np.e:.6g}"
    taken = [node for node in graph.nodes if "branch 1" in node.scope]
    assert taken and all(node.outputs[0].value for node in taken)


def test_a_body_that_must_not_run_twice_has_no_values_inside():
    v = tf.Variable(1.0)

    @tf.function
    def bump(x):
        v.assign_add(x)
        return tf.identity(v + 0.0)

    graph = tfkit.trace(lambda x: bump(x) * 2.0, 5.0)
    assert v.numpy() == 6.0  # the trace ran the function once, and once only
    assert value(graph, "StatefulPartitionedCall") == "6"
    inside = [node for node in graph.nodes if node.id.startswith("StatefulPartitionedCall/") and node.op == "AddV2"]
    assert inside and all(node.outputs[0].value is None for node in inside)


def test_random_numbers_inside_a_function_are_not_drawn_again():
    @tf.function
    def noise(x):
        return x + tf.random.normal(())

    graph = tfkit.trace(lambda x: noise(x) * 1.0, 5.0)
    assert graph["StatefulPartitionedCall"].outputs[0].value is not None
    assert all(
        node.outputs[0].value is None for node in graph.nodes if node.op == "AddV2" and "/" in node.id and node.outputs
    )


def test_functions_of_a_data_set_are_drawn():
    def function():
        dataset = tf.data.Dataset.range(3).map(lambda x: x * x).filter(lambda x: x > 0)
        return dataset.reduce(tf.constant(0, tf.int64), lambda total, x: total + x)

    graph = tfkit.trace(function)
    assert {"MapDataset", "FilterDataset", "ReduceDataset"} <= {node.op for node in graph.nodes}
    inside = {node.op for node in graph.nodes if any("MapDataset" in part for part in node.scope)}
    assert "Mul" in inside


def test_a_gradient_of_a_loop_and_a_custom_gradient():
    @tf.custom_gradient
    def clipped(x):
        return tf.identity(x), lambda upstream: tf.clip_by_value(upstream, -1.0, 1.0)

    def function(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in tf.range(3):
                y = clipped(y * 2.0)
        return tape.gradient(y, x)

    graph = tfkit.trace(function, 1.0)
    assert len([path for path in functions(graph) if path[-1] == "body"]) == 2  # forward and backward
    assert graph.to_svg()


def test_a_failure_inside_a_branch_is_marked_there():
    def function(x):
        y = tf.exp(x)
        if tf.reduce_sum(y) > 0.0:
            y = tf.matmul(y, tf.ones((4, 5)))
        return y

    for traced in (function, tf.function(function)):
        with pytest.raises(ValueError, match="Dimensions must be equal, but are 3 and 4") as caught:
            tfkit.trace(traced, np.ones((2, 3), np.float32))
        graph = caught.value.tfkit_graph
        (failed,) = [node for node in graph.nodes if node.mark == Mark.FAILED]
        assert failed.op == "MatMul"
        assert failed.note == "Dimensions must be equal, but are 3 and 4 (inputs: (2, 3) float32, (4, 5) float32)"
        assert failed.source.text == "y = tf.matmul(y, tf.ones((4, 5)))"
        assert {
            node.op for node in graph.nodes if (node.id, failed.id) in {(e.source, e.target) for e in graph.edges}
        } == {
            "Exp",
            "Const",
        }


def test_a_failure_of_a_run_is_marked():
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        tfkit.trace(lambda x, i: tf.gather(x * 2.0, i), np.arange(3.0), 7)
    (failed,) = [node for node in caught.value.tfkit_graph.nodes if node.mark == Mark.FAILED]
    assert failed.op == "GatherV2"
    assert "is not in [0, 3)" in failed.note


def test_an_operation_that_tensorflow_gave_up_and_went_on_is_no_failure():
    def function(x):
        try:
            tf.matmul(x, tf.ones((4, 5)))
        except ValueError:
            x = x + 1.0
        raise KeyError("mine")

    with pytest.raises(KeyError) as caught:
        tfkit.trace(function, np.ones((2, 3), np.float32))
    assert [node.op for node in caught.value.tfkit_graph.nodes if node.mark == Mark.FAILED] == []


def test_a_layer_that_refuses_its_input_is_marked():
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="incompatible") as caught:
        tfkit.trace(lambda x: model(x * 2.0), np.ones((2, 3), np.float32))
    (failed,) = [node for node in caught.value.tfkit_graph.nodes if node.mark == Mark.FAILED]
    assert failed.kind == Kind.LAYER
    assert "(2, 3) float32" in failed.note


def test_a_keyboard_interrupt_leaves_nothing_behind():
    from tensorflow.python.framework.func_graph import FuncGraph

    before = FuncGraph._create_op_internal

    def function(x):
        tf.exp(x)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        tfkit.trace(function, 1.0)
    assert "Exp" in {node.op for node in caught.value.tfkit_graph.nodes}
    assert FuncGraph._create_op_internal is before


def test_a_profile_has_time_and_memory_of_every_operation():
    v = tf.Variable(tf.ones((50, 50)))

    @tf.function
    def step(x):
        return tf.tanh(x @ v)

    def function(x):
        for _ in tf.range(3):
            x = step(x)
        return tf.reduce_sum(x)

    graph = tfkit.tracer(profile=True)(function, np.ones((50, 50), np.float32))
    product = next(node for node in graph.nodes if node.op == "MatMul")
    assert product.cost.time_s > 0
    assert product.cost.memory_bytes >= 50 * 50 * 4
    assert graph["x"].cost is None  # what is fed takes nothing
    assert v.numpy().sum() == 2500
    assert all(node.cost is None for node in tfkit.trace(function, np.ones((50, 50), np.float32)).nodes)


def test_a_profile_needs_numbers():
    with pytest.raises(tfkit.errors.TraceError, match="profile=True needs a number"):
        tfkit.tracer(profile=True)(lambda x: x + 1.0, tf.TensorSpec((2,)))
