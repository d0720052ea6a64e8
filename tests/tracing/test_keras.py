import keras
import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tfkit.errors import TraceError
from tfkit.parts import Kind, Mark, ScopeKind


@pytest.fixture
def classifier():
    keras.backend.clear_session()
    return keras.Sequential([
        keras.layers.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def layers(graph):
    return {scope.label: scope for scope in graph.scopes if scope.kind == ScopeKind.LAYER}


def test_layers_are_groups_with_their_class_and_parameters(classifier):
    found = layers(tfkit.trace(classifier))
    assert list(found) == ["sequential", "flatten", "dense", "dense_1"]
    assert found["dense"].attributes == {"class": "Dense", "parameters": 50240, "units": 64, "activation": "relu"}
    assert found["dense_1"].attributes["parameters"] == 650


def test_two_layers_whose_scopes_look_alike_are_told_apart(classifier):
    graph = tfkit.trace(classifier)
    for label, units in (("dense", 64), ("dense_1", 10)):
        path = layers(graph)[label].path
        (matmul,) = (node for node in graph.nodes if node.op == "MatMul" and node.scope == path)
        assert matmul.outputs[0].shape == (None, units)


def test_the_overview_is_the_chain_of_layers(classifier):
    graph = tfkit.trace(classifier).collapse(max_boxes=40)
    assert [node.label for node in graph.nodes] == ["input", "flatten", "dense", "dense_1"]
    assert [node.outputs[0].shape for node in graph.nodes[:-1]] == [(None, 28, 28), (None, 784), (None, 64)]


def test_a_call_on_real_images_has_values(classifier):
    graph = tfkit.trace(classifier, np.zeros((2, 28, 28), np.float32))
    value = graph.nodes[-1].outputs[0].value
    assert (value.size, round(value.mean, 6)) == (20, 0.1)
    weights = [node for node in graph.nodes if node.kind == Kind.VARIABLE]
    assert [node.label for node in weights] == ["kernel", "bias", "kernel", "bias"]
    assert [node.scope for node in weights] == [
        layers(graph)[label].path for label in ("dense", "dense", "dense_1", "dense_1")
    ]


def test_training_reaches_the_model_and_the_model_stays_as_it_was():
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    before = [w.numpy() for w in model.weights]
    assert "Dropout" in {s.attributes["class"] for s in layers(tfkit.trace(model, training=True)).values()}
    assert "Dropout" not in {s.attributes.get("class") for s in layers(tfkit.trace(model)).values()}
    assert all((a == b.numpy()).all() for a, b in zip(before, model.weights, strict=True))


def test_nothing_stays_installed_also_when_the_call_fails(classifier):
    original = keras.layers.Layer.__call__
    with pytest.raises(ValueError) as caught:
        tfkit.trace(classifier, np.zeros((2, 3), np.float32))
    assert keras.layers.Layer.__call__ is original
    assert caught.value.tfkit_graph is not None


def test_functional_models_with_several_inputs_and_a_shared_layer():
    left, right = keras.Input((8,), name="left"), keras.Input((8,), name="right")
    tower = keras.layers.Dense(4, name="tower")
    model = keras.Model([left, right], keras.layers.Add()([tower(left), tower(right)]))
    graph = tfkit.trace(model)
    assert [node.label for node in graph.nodes if node.kind == Kind.INPUT] == ["left", "right"]
    assert [scope.label for scope in graph.scopes].count("tower") == 2
    assert [node.label for node in graph.nodes if node.kind == Kind.VARIABLE] == ["kernel", "bias"]


def test_a_layer_and_a_subclassed_model_need_an_example():
    class Doubler(keras.Model):
        def call(self, x):
            return x * 2.0

    for layer in (keras.layers.Dense(3), Doubler()):
        with pytest.raises(TraceError, match="pass an example"):
            tfkit.trace(layer)
        assert tfkit.trace(layer, np.ones((1, 2), np.float32)).nodes


def test_a_python_function_around_a_model_shows_its_layers_too(classifier):
    def loss(x, y):
        return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, classifier(x)))

    graph = tfkit.trace(loss, np.zeros((2, 28, 28), np.float32), np.array([1, 2]))
    assert "dense_1" in layers(graph)
    assert graph.nodes[-1].outputs[0].value.text.startswith("2.30")


def test_a_gradient_step_can_be_traced(classifier):
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, classifier(x)))
        return tape.gradient(loss, [v.value for v in classifier.trainable_variables])

    graph = tfkit.trace(step, tf.TensorSpec((None, 28, 28)), tf.TensorSpec((None,), tf.int64))
    assert len(graph.nodes) > 40
    assert len(graph.to_svg()) < 150_000


def attention():
    x = keras.Input((5, 8))
    attended = keras.layers.MultiHeadAttention(2, 4, name="heads")(x, x)
    return keras.Model(x, keras.layers.LayerNormalization(name="norm")(attended + x))


def named_inputs_and_outputs():
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    both = keras.layers.Concatenate(name="both")([a, b])
    return keras.Model({"a": a, "b": b}, {"out": keras.layers.Dense(1, name="out")(both), "aux": a})


def model_in_model():
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="deep")], name="inner")
    x = keras.Input((4,))
    return keras.Model(x, inner(inner(x)), name="outer")


def masked():
    embedding = keras.layers.Embedding(10, 4, mask_zero=True, name="embedding")
    return keras.Sequential([keras.Input((5,), dtype="int32"), embedding, keras.layers.LSTM(3, name="lstm")])


def half_precision():
    layers = (keras.layers.Dense(3, dtype="mixed_float16", name=name) for name in ("one", "two"))
    return keras.Sequential([keras.Input((4,)), *layers])


def both_ways():
    return keras.Sequential([keras.Input((5, 3)), keras.layers.Bidirectional(keras.layers.GRU(2), name="both")])


@pytest.mark.parametrize(
    ("model", "labels"),
    [
        (attention, {"heads": 1, "query": 1, "key": 1, "value": 1, "attention_output": 1, "norm": 1}),
        (named_inputs_and_outputs, {"both": 1, "out": 1}),
        (model_in_model, {"outer": 1, "inner": 2, "deep": 2}),
        (masked, {"embedding": 1, "lstm": 1, "lstm_cell": 2}),  # in the loop's body, and once to learn its shape
        (half_precision, {"one": 1, "two": 1}),
        (both_ways, {"both": 1, "forward_gru": 1, "backward_gru": 1}),
    ],
)
def test_layers_are_found_wherever_they_are_called(model, labels):
    graph = tfkit.trace(model())
    found = [scope.label for scope in graph.scopes if scope.kind == ScopeKind.LAYER]
    assert {label: found.count(label) for label in labels} == labels
    assert graph.to_svg()


def test_an_input_that_a_layer_refuses_is_told_at_the_layer():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="dense")], name="model")
    with pytest.raises(ValueError, match="expected axis -1") as caught:
        tfkit.trace(model, np.ones((2, 5), np.float32))
    (failed,) = (node for node in caught.value.tfkit_graph.nodes if node.mark == Mark.FAILED)
    assert failed.note.startswith("Input 0 with name")
    assert failed.note.endswith("(inputs: (2, 5) float32)")
    assert "\x1b" not in failed.note
