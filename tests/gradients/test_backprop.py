"""Values and gradients on the graph: the decks' numbers, both engines, every kind of object, and what is refused."""

import math
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tests.gradients.op_cases import CASES
from tfkit.errors import GradientError, TfkitError
from tfkit.graph import Graph

v1 = tf.compat.v1
# What only one of the engines has, or what only one of them knows a gradient of, though nothing is behind it.
HELPERS = {
    *("Const", "Placeholder", "Identity", "IdentityN", "StopGradient", "ZerosLike", "OnesLike", "Variable"),
    *("ReadVariableOp", "Reshape", "Squeeze"),
}


def house(x, y, w, b):
    z = w * x + b
    return (z - y) ** 2


def value(graph, node_id):
    return graph[node_id].outputs[0].value.minimum


def gradient(graph, node_id):
    return graph[node_id].outputs[0].gradient.minimum


def test_the_numbers_of_the_house_stand_on_the_graph():
    bp = tfkit.backprop(house, 6.7, 9.1, -0.34, 0.04, wrt=["w", "b"])
    graph = bp.graph
    assert value(graph, "add") == pytest.approx(-2.238, abs=1e-6)
    assert bp.output == pytest.approx(128.550244, rel=1e-6)
    assert gradient(graph, "w") == pytest.approx(-151.9292, rel=1e-6)
    assert gradient(graph, "b") == pytest.approx(-22.676, rel=1e-6)
    assert {"grad -151.9292", "grad -22.676", "= 128.5502"} <= set(bp.graph.to_svg().replace("<", ">").split(">"))
    bp.descend(0.01)
    assert value(bp.graph, "w") == pytest.approx(1.179292, rel=1e-6)
    assert value(bp.graph, "b") == pytest.approx(0.26676, rel=1e-6)
    assert value(bp.graph, "add") == pytest.approx(8.1680164, rel=1e-6)
    assert bp.output == pytest.approx(0.868593, rel=2e-6)


def test_edges_have_the_derivative_and_the_share():
    edges = {(e.source, e.target): e for e in tfkit.backprop(house, 6.7, 9.1, -0.34, 0.04).graph.edges}
    assert edges["w", "mul"].local.minimum == pytest.approx(6.7)
    assert edges["w", "mul"].gradient.minimum == pytest.approx(-151.9292, rel=1e-6)
    assert edges["y", "sub"].local.minimum == -1


def test_what_is_used_twice_is_the_sum_of_its_shares():
    graph = tfkit.backprop(lambda x: x * x * x, 2.0).graph
    shares = [edge.gradient.minimum for edge in graph.edges if edge.source == "x"]
    assert sorted(shares) == [4, 4, 4]
    assert gradient(graph, "x") == sum(shares) == 12


@pytest.mark.parametrize("name", CASES)
def test_the_engines_agree_on_every_tensor(name):
    function, args = CASES[name]
    traced = tfkit.backprop(function, *args)
    unrolled = tfkit.backprop(function, *args, unroll=True)
    assert unrolled.output == pytest.approx(traced.output, rel=1e-5)
    assert list(unrolled.gradients) == list(traced.gradients)
    for label, found in traced.gradients.items():
        np.testing.assert_allclose(unrolled.gradients[label], found, rtol=2e-4, atol=1e-6)

    def rounded(graph: Graph):
        """Values and gradients of all operations; each engine has its own order and names."""
        found = []
        for node in graph.nodes:
            for output in node.outputs:
                known = output.gradient is not None and output.value.mean is not None
                if known and node.op not in HELPERS:
                    found.append((node.op, output.value.mean, output.gradient.mean))
        return sorted(found)

    one, other = rounded(traced.graph), rounded(unrolled.graph)
    assert [op for op, *_ in one] == [op for op, *_ in other]
    for (_, *a), (_, *b) in zip(one, other, strict=True):
        assert a == pytest.approx(b, rel=2e-3, abs=2e-5)


def test_a_loop_is_unrolled_with_a_gradient_in_each_round():
    def power(x):
        for _ in tf.range(3):
            x = x * x
        return x

    graph = tfkit.backprop(power, 1.1).graph
    rounds = [node for node in graph.nodes if node.op == "Mul"]
    assert [round(node.outputs[0].gradient.minimum, 4) for node in rounds] == [7.0862, 2.9282, 1]
    assert tfkit.backprop(power, 1.1, unroll=False).graph.find(op="StatelessWhile|While")


def test_a_branch_is_followed():
    def choose(x):
        if x > 0.0:
            y = x * x
        else:
            y = -x
        return y

    bp = tfkit.backprop(choose, 3.0)
    assert bp.gradients["x"] == 6
    assert bp.set(x=-2.0).gradients["x"] == -1


def test_functions_inside_are_taken_apart():
    @tf.function
    def square(x):
        return x * x

    graph = tfkit.backprop(lambda x: square(x) + square(x), 3.0).graph
    assert [node.scope for node in graph.nodes if node.op == "Mul"] == [("square",), ("square_1",)]
    assert gradient(graph, "x") == 12


def test_other_numbers_are_tried_and_nothing_of_the_users_changes():
    weight = tf.Variable(3.0, name="w")
    bp = tfkit.backprop(lambda x: weight * x * weight, 2.0)
    assert bp.inputs == {"x": 2, "w": 3} and bp.gradients == {"x": 9, "w": 12}
    assert bp.set(w=5.0, x=1.0).gradients == {"x": 25, "w": 10}
    assert weight.numpy() == 3.0
    weight.assign(1.0)
    assert tfkit.backprop(lambda x: weight * x, 2.0).gradients["x"] == 1


def test_a_function_that_assigns_works_on_a_copy():
    count = tf.Variable(1.0, name="count")

    def step(x):
        count.assign_add(x)
        return count * x

    bp = tfkit.backprop(step, 3.0)
    assert bp.output == bp.set(x=3.0).output == 12
    assert count.numpy() == 1
    (remark,) = bp.remarks
    assert "assigns to count" in remark


def test_random_numbers_are_drawn_once():
    bp = tfkit.backprop(lambda x: x * tf.random.uniform([]), 1.0)
    first = bp.output
    assert bp.set(x=2.0).output == pytest.approx(2 * first)
    assert "drawn once" in bp.remarks[0]


def test_a_keras_model_with_a_loss():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(1)])
    x = np.random.default_rng(0).random((5, 3)).astype(np.float32)
    before = model.get_weights()
    bp = tfkit.backprop(model, x, loss=lambda y: tf.reduce_mean(y**2))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(x) ** 2)
    wanted = tape.gradient(loss, model.trainable_variables)
    found = [found for label, found in bp.gradients.items() if label != "input"]
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert {scope.label for scope in bp.graph.scopes} >= {"sequential", "dense", "dense_1"} or bp.graph.scopes


def test_an_embedding_has_a_dense_gradient():
    table = tf.Variable(np.ones((4, 2), np.float32), name="table")
    bp = tfkit.backprop(
        lambda i: tf.reduce_sum(tf.nn.embedding_lookup(table, i) ** 2), np.array([1, 1, 3]), wrt=[table]
    )
    assert bp.gradients["table"].tolist() == [[0, 0], [4, 4], [0, 0], [2, 2]]


def test_a_concrete_function_and_a_tf_function():
    function = tf.function(lambda x: x * x)
    assert tfkit.backprop(function, 3.0).gradients["x"] == 6
    concrete = function.get_concrete_function(tf.TensorSpec([], tf.float32))
    assert list(tfkit.backprop(concrete, 3.0).gradients.values()) == [6]
    with pytest.raises(GradientError, match="graph already"):
        tfkit.backprop(concrete, 3.0, unroll=True)


@pytest.mark.parametrize("resource", [True, False])
def test_a_graph_of_tensorflow_1(resource):
    graph = tf.Graph()
    with graph.as_default():
        x = v1.placeholder(tf.float32, [], name="x")
        w = v1.get_variable("w", initializer=2.0, use_resource=resource)
        loss = (x * w - 1.0) ** 2
        operations = len(graph.get_operations())
        with pytest.raises(GradientError, match="in a session"):
            tfkit.backprop(graph, fetches=loss, feed_dict={x: 3.0})
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            bp = tfkit.backprop(graph, fetches=loss, feed_dict={x: 3.0})
            assert bp.gradients["w"] == 30 and bp.gradients["x"] == 20
            assert bp.set(w=1.0).output == 4
            assert session.run(w) == 2
            with pytest.raises(GradientError, match="'x' is not fed"):
                tfkit.backprop(graph, fetches=loss)
    with pytest.raises(GradientError, match="which one tensor"):
        tfkit.backprop(graph)
    assert operations <= len(graph.get_operations())
    assert not [op for op in graph.get_operations() if "grad" in op.name.lower()]


def test_the_steps_go_forward_and_back():
    steps = tfkit.backprop(house, 6.7, 9.1, -0.34, 0.04).steps
    assert [step.node for step in steps] == ["mul", "add", "sub", "pow", "pow", "sub", "add", "mul"]
    assert steps[0].text == "mul = Mul(w, x) = -2.278"
    assert steps[-1].text.startswith("mul has the gradient -22.676; to w: 6.7 · -22.676 = -151.9292")
    assert str(steps[0]) == "forward: mul = Mul(w, x) = -2.278"


def test_what_a_notebook_keeps():
    bundle = tfkit.backprop(house, 6.7, 9.1, -0.34, 0.04)._repr_mimebundle_()
    payload = bundle["application/vnd.tfkit.graph+json"]
    assert payload["check"]["ok"] and "agree" in payload["check"]["words"]
    assert "live" not in payload  # no kernel here
    assert "agree" in bundle["text/plain"] and "grad -151.9292" in bundle["image/svg+xml"]


def test_a_graph_with_gradients_is_written_and_read(tmp_path):
    bp = tfkit.backprop(house, 6.7, 9.1, -0.34, 0.04)
    assert Graph.from_wire(bp.graph.to_wire()) == bp.graph
    assert "gradients checked" in bp.save(tmp_path / "a.html").read_text("utf-8")
    assert bp.save(tmp_path / "a.svg").read_text("utf-8") == bp.graph.to_svg()


def test_colouring_by_the_gradient():
    overlay = tfkit.backprop(house, 6.7, 9.1, -0.34, 0.04).graph.with_overlay("gradient norm").overlay
    assert overlay.values["w"] == pytest.approx(151.9292, rel=1e-6)


def test_not_a_number_is_shown_as_what_it_is():
    graph = tfkit.backprop(lambda x: tf.math.log(x), -1.0).graph
    assert graph.nodes[-1].outputs[0].value.nan == 1
    assert "nan" in graph.to_text()
    assert Graph.from_wire(graph.to_wire()) == graph


def test_nothing_is_kept_alive():
    class Owner:
        def __call__(self, x):
            return x * x

    owner = Owner()
    gone = weakref.ref(owner)
    bp = tfkit.backprop(owner, 2.0)
    assert bp.output == 4
    del owner, bp
    import gc

    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("unroll", [False, True])
def test_by_what_cannot_change_there_is_no_gradient(unroll):
    bp = tfkit.backprop(
        lambda x: x * tf.constant(3.0) * (tf.ones([]) + 1.0) + tf.cast(7, tf.float32), 5.0, unroll=unroll
    )
    assert bp.output == 37 and bp.gradients == {"x": 6}
    with_gradient = {node.op for node in bp.graph.nodes if node.outputs[0].gradient is not None}
    assert with_gradient == {"Placeholder", "Mul", "AddV2"}
    assert all(edge.gradient is None for edge in bp.graph.edges if bp.graph[edge.source].outputs[0].gradient is None)
    assert all(node.outputs[0].value is not None for node in bp.graph.nodes)


def test_a_captured_tensor_has_a_gradient_in_both_engines_and_whole_numbers_are_gone_through():
    held = tf.constant([1.0, 2.0])

    def function(x, count):
        return tf.reduce_sum(held * x * tf.cast(count, tf.float32))

    traced, unrolled = (tfkit.backprop(function, 3.0, np.int32(4), unroll=unroll) for unroll in (False, True))
    for bp in (traced, unrolled):
        assert {str(node.outputs[0].gradient) for node in bp.graph.nodes if node.op == "Cast"} != {"None"}
        assert bp.gradients["x"] == 12
    assert traced.gradients["tensor"].tolist() == [12, 12]
    with pytest.raises(GradientError, match="no input or variable 'tensor': there are x"):
        unrolled.set(tensor=[1.0, 1.0])


REFUSED = [
    (lambda x: x * x, (3,), {}, r"x is 3 \(int32\).*pass 3\.0"),
    (lambda x: x * x, (np.array([1, 2]),), {"wrt": "x"}, "astype"),
    (lambda x: x * tf.ones(3), (3.0,), {}, r"shape \(3,\).*loss="),
    (lambda x: (x, x), (3.0,), {}, "2 values"),
    (lambda x: 3.0, (3.0,), {}, "no tensor"),
    (lambda x: tf.cast(x, tf.int32), (3.0,), {}, "int32"),
    (lambda: tf.constant(3.0) ** 2, (), {}, "takes no float.*as an argument"),
    (lambda x: tf.stop_gradient(x) * 2.0, (3.0,), {}, "cut at StopGradient.*stops gradients"),
    (lambda x: tf.cast(tf.cast(x, tf.int32), tf.float32), (3.0,), {}, "cut at Cast"),
    (lambda x, y: y * 2.0, (3.0, 1.0), {"wrt": "x"}, "nothing leads from it"),
    (lambda x: x * x, (3.0,), {"wrt": "z"}, "uses no 'z'; it uses x"),
    (lambda x: x * x, (3.0,), {"loss": 3}, "loss must be a function"),
    (lambda x: x * x, (tf.TensorSpec([], tf.float32),), {}, "needs numbers"),
    (lambda x: x * x, (3.0,), {"fetches": 1}, "for a tf.Graph"),
    (
        lambda x: tf.reduce_sum(tf.raw_ops.AdjustHue(images=x, delta=0.1)),
        (np.ones((1, 1, 3), np.float32),),
        {},
        "no gradient",
    ),
    (4, (3.0,), {}, "Cannot differentiate 4"),
]


@pytest.mark.parametrize(("function", "args", "options", "words"), REFUSED, ids=[words for *_, words in REFUSED])
def test_what_cannot_be_is_refused_with_a_cure(function, args, options, words):
    with pytest.raises(TfkitError, match=words):
        tfkit.backprop(function, *args, **options)


def test_bad_numbers_are_refused():
    bp = tfkit.backprop(house, 6.7, 9.1, -0.34, 0.04)
    with pytest.raises(GradientError, match=r"no input or variable 'q': there are x, y, w, b"):
        bp.set(q=1.0)
    with pytest.raises(GradientError, match=r"shape \(\)"):
        bp.set(x=[1.0, 2.0])
    with pytest.raises(GradientError, match="no float32"):
        bp.set(x="much")
    assert bp.output == pytest.approx(128.55, rel=1e-4)


def test_keras_on_something_else_is_refused(monkeypatch):
    layer = keras.layers.Dense(1)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(GradientError, match="runs on jax"):
        tfkit.backprop(layer, np.ones((1, 2), np.float32), loss=tf.reduce_sum)


def test_the_users_exception_comes_through():
    with pytest.raises(ZeroDivisionError) as caught:
        tfkit.backprop(lambda x: x * (1 // 0), 2.0)
    assert caught.value.tfkit_graph.nodes[0].id == "x"
    assert math.isfinite(tfkit.backprop(lambda x: x, tf.constant(2.0)).output)
