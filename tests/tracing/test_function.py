import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tfkit.errors import TfkitError, TraceError
from tfkit.parts import Kind


def ops(graph):
    return [node.op for node in graph.nodes]


def values(graph):
    return {node.label: node.outputs[0].value and node.outputs[0].value.text for node in graph.nodes}


def expression(a, b):
    return a * b + (a + b)


def test_deck_002s_first_graph_has_five_nodes_and_its_values():
    graph = tfkit.trace(expression, 5, 3)
    assert ops(graph) == ["Placeholder", "Placeholder", "Mul", "AddV2", "AddV2"]
    assert [str(node.kind) for node in graph.nodes] == ["input", "input", "op", "op", "output"]
    assert values(graph) == {"a": "5", "b": "3", "mul": "15", "add": "8", "add_1": "23"}
    assert len(graph.edges) == 6 and graph.name == "expression"


@pytest.mark.parametrize("make", [
    lambda: (expression, 5.0, 3.0),
    lambda: (tf.function(expression), 5.0, 3.0),
    lambda: (tf.function(expression).get_concrete_function(*[tf.TensorSpec((), tf.float32)] * 2), 5.0, 3.0),
    lambda: (tf.function(expression), tf.TensorSpec((), tf.float32), tf.TensorSpec((), tf.float32)),
], ids=["python", "tf.function", "concrete", "specs"])  # fmt: skip
def test_the_same_function_gives_the_same_graph_whichever_way_it_comes(make):
    graph = tfkit.trace(*make())
    expected = tfkit.trace(expression, 5.0, 3.0)
    assert graph.name == expected.name == "expression"
    assert ops(graph) == ops(expected)
    assert [(e.source, e.target, e.target_input) for e in graph.edges] == [
        (e.source, e.target, e.target_input) for e in expected.edges
    ]


def test_options_never_meet_the_users_keywords():
    graph = tfkit.trace(tf.concat, values=[[1, 2], [3]], axis=0)
    assert ops(graph) == ["Const", "Const", "Const", "ConcatV2"]
    assert graph.nodes[-1].outputs[0].value.text == "[1 2 3]"

    def odd(obj, *, values, profile, name):
        return obj * values + profile + name

    assert tfkit.trace(odd, 2, values=3, profile=4, name=5).nodes[-1].outputs[0].value.text == "15"


def test_numbers_and_arrays_become_inputs_and_nothing_else_does():
    def function(number, array, flag, text, sequence, *rest):
        assert flag is True and text == "same" and sequence == [1.0]
        return number + array * sequence[0] + rest[0]

    graph = tfkit.trace(function, 1.0, np.ones(2, np.float32), True, "same", [1.0], 2.0)
    inputs = [node.label for node in graph.nodes if node.kind == Kind.INPUT]
    assert inputs == ["number", "array", "rest_0"]


def test_an_eager_tensor_or_variable_among_the_arguments_has_the_parameters_name():
    def function(x, w):
        return x * w

    graph = tfkit.trace(function, tf.constant([1.0, 2.0]), tf.Variable(3.0))
    found = [(node.label, node.kind, node.outputs[0].value.text) for node in graph.nodes[:2]]
    assert found == [("x", Kind.INPUT, "[1. 2.]"), ("w", Kind.VARIABLE, "3")]


def test_a_tensor_from_outside_is_a_constant_and_a_named_variable_keeps_its_name():
    tensor, weight = tf.constant([1.0, 2.0]), tf.Variable(3.0, name="weight")
    graph = tfkit.trace(lambda w: w * tensor, weight)
    kinds = {node.label: node.kind for node in graph.nodes}
    assert (kinds["weight"], kinds["tensor"]) == (Kind.VARIABLE, Kind.CONSTANT)


def test_a_number_beside_arrays_has_their_type():
    graph = tfkit.trace(lambda x, y: x + y, np.array([1.0, 2.0]), 5.0)
    assert {node.outputs[0].dtype for node in graph.nodes} == {"float64"}
    assert graph.nodes[-1].outputs[0].value.text == "[6. 7.]"


def test_without_values_shapes_stay_and_values_do_not():
    weight = tf.Variable(3.0)
    graph = tfkit.tracer(values=False)(lambda a, b: expression(a, b) * weight + 1.0, 5.0, 3.0)
    assert set(values(graph).values()) == {None}
    graph = tfkit.trace(lambda x: tf.nn.relu(x), tf.TensorSpec((None, 4), tf.float32))
    assert graph.nodes[-1].outputs[0].shape == (None, 4)


def test_values_cannot_be_had_from_a_shape():
    with pytest.raises(TraceError, match="a number or an array for every input"):
        tfkit.tracer(values=True)(lambda x: x + 1.0, tf.TensorSpec((), tf.float32))


def test_if_and_for_on_tensors_are_operations():
    def function(x):
        if x > 0:
            x = x * 2
        for _ in tf.range(3):
            x = x + 1
        return x

    graph = tfkit.trace(function, 5)
    kinds = {node.op: node.kind for node in graph.nodes}
    assert kinds["StatelessIf"] == Kind.FUNCTION and "StatelessWhile" in kinds
    (result,) = (node for node in graph.nodes if node.kind == Kind.OUTPUT)
    assert "13" in [output.value.text for output in result.outputs if output.value]


def test_name_scopes_are_groups_and_what_tensorflow_names_after_an_operation_is_not():
    def function(x):
        with tf.name_scope("myprefix"):
            return tf.reduce_sum(x * 2.0)

    graph = tfkit.trace(function, np.ones(3, np.float32))
    assert [scope.path for scope in graph.scopes] == [("myprefix",)]
    assert {node.label for node in graph.nodes if node.scope == ("myprefix",)} >= {"mul", "Sum"}


def test_a_variable_is_one_node_with_its_name_shape_and_value():
    weight = tf.Variable([[1.0], [2.0]], name="weight")
    graph = tfkit.trace(lambda x: tf.matmul(x, weight) + weight[0], np.ones((3, 2), np.float32))
    (node,) = (node for node in graph.nodes if node.kind == Kind.VARIABLE)
    assert (node.label, node.outputs[0].shape, node.outputs[0].dtype) == ("weight", (2, 1), "float32")
    assert node.outputs[0].value.text == "[[1.] [2.]]" and node.attributes["trainable"] is True


def test_a_traced_call_happens_once_and_has_its_effects_once():
    counter = tf.Variable(0)
    calls = []

    def function(x):
        calls.append(x)
        counter.assign_add(1)
        return x + counter

    graph = tfkit.trace(function, 10)
    assert len(calls) == 1 and counter.numpy() == 1
    assert graph.nodes[-1].outputs[0].value.text == "11"
    assert any(edge.control for edge in graph.edges)


def test_variables_made_inside_are_allowed():
    graph = tfkit.trace(lambda x: x * tf.Variable(3.0, name="slope"), 2.0)
    assert [node.label for node in graph.nodes if node.kind == Kind.VARIABLE] == ["slope"]
    assert graph.nodes[-1].outputs[0].value.text == "6"


@pytest.mark.parametrize("result", [None, "text", object(), {"y": 1}])
def test_a_function_may_return_anything(result):
    def function(x):
        tf.add(x, 1.0)
        return result

    assert "AddV2" in ops(tfkit.trace(function, 1.0))


def test_an_exception_comes_through_as_itself_with_the_graph_up_to_there():
    class Boom(Exception):
        pass

    boom = Boom("x")

    def function(x):
        y = x * 2.0
        if y > 3.0:
            y = y + 1.0
        raise boom

    with pytest.raises(Boom) as caught:
        tfkit.trace(function, 1.0)
    assert caught.value is boom
    assert "Mul" in ops(boom.tfkit_graph)


def test_shapes_that_do_not_fit_raise_tensorflows_own_error():
    with pytest.raises(ValueError, match="Dimensions must be equal") as caught:
        tfkit.trace(tf.matmul, np.ones((2, 3), np.float32), np.ones((4, 5), np.float32))
    (failed,) = [n for n in caught.value.tfkit_graph.nodes if n.mark == "failed"]
    assert (failed.op, failed.note) == (
        "MatMul",
        "Dimensions must be equal, but are 3 and 4 (inputs: (2, 3) float32, (4, 5) float32)",
    )


def test_an_error_that_only_shows_with_numbers_comes_with_the_whole_graph():
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        tfkit.trace(lambda x, i: tf.gather(x, i), np.arange(3.0), 7)
    assert "GatherV2" in ops(caught.value.tfkit_graph)


def test_bound_methods_and_module_methods():
    class Module(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable(2.0)

        def plain(self, x):
            return x * self.w

        @tf.function
        def compiled(self, x):
            return x * self.w

    module = Module()
    for method in (module.plain, module.compiled):
        graph = tfkit.trace(method, 3.0)
        assert graph.nodes[-1].outputs[0].value.text == "6"
        assert [n.label for n in graph.nodes if n.kind == Kind.INPUT] == ["x"]


def test_a_function_of_a_saved_model_has_values_and_no_source(tmp_path):
    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 2])])
        def total(self, x):
            return tf.reduce_sum(x)

    module = Module()
    tf.saved_model.save(module, tmp_path, signatures=module.total)
    loaded = tf.saved_model.load(tmp_path).signatures["serving_default"]
    graph = tfkit.trace(loaded, np.ones((3, 2), np.float32))
    assert graph.name == "signature_wrapper_total" and {node.source for node in graph.nodes} == {None}
    assert "6" in [output.value.text for node in graph.nodes for output in node.outputs if output.value]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RecursionError])
def test_even_a_stop_comes_through(stop):
    def function(x):
        raise stop

    with pytest.raises(stop):
        tfkit.trace(function, 1.0)


def test_a_concrete_function_without_arguments_shows_shapes():
    concrete = tf.function(expression).get_concrete_function(*[tf.TensorSpec((2,), tf.float32)] * 2)
    assert tfkit.trace(concrete).nodes[-1].outputs[0].shape == (2,)


def test_a_concrete_function_is_called_as_its_python_function_is():
    number = tf.TensorSpec(())
    minus = tf.function(lambda x, y: x - y).get_concrete_function(number, number)
    of_dict = tf.function(lambda pair: pair["b"] - pair["a"]).get_concrete_function({"a": number, "b": number})
    times = tf.function(lambda x, n: x * n).get_concrete_function(number, 3)
    calls = (
        (minus, (5.0, 1.0), {}, "4"),
        (minus, (5, 1), {}, "4"),
        (minus, (), {"y": 1.0, "x": 5.0}, "4"),
        (minus, (5.0,), {"y": np.float32(1)}, "4"),
        (of_dict, ({"b": tf.constant(5.0), "a": tf.constant(1.0)},), {}, "4"),
        (times, (2.0,), {}, "6"),  # n is part of it
    )
    for concrete, args, kwargs, value in calls:
        graph = tfkit.trace(concrete, *args, **kwargs)
        assert [node.outputs[0].value.text for node in graph.nodes if node.kind == Kind.OUTPUT] == [value]
    for args, kwargs in (((1.0,), {}), ((1.0,), {"z": 1.0}), ((1.0, 2.0, 3.0), {}), (("text", 1.0), {})):
        with pytest.raises(
            TraceError, match=r"cannot be called so|x is 'text', which TensorFlow cannot make a tensor of float32"
        ):
            tfkit.trace(minus, *args, **kwargs)


def test_a_signature_takes_its_names_in_any_order(tmp_path):
    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None,), name="z"), tf.TensorSpec((), name="a")])
        def minus(self, z, a):
            return {"out": z - a}

    module = Module()
    tf.saved_model.save(module, tmp_path, signatures=module.minus)
    loaded = tf.saved_model.load(tmp_path).signatures["serving_default"]
    graph = tfkit.trace(loaded, z=np.array([5.0], np.float32), a=tf.constant(1.0))
    assert "[4.]" in [output.value.text for node in graph.nodes for output in node.outputs if output.value]


@pytest.mark.parametrize("thing", [3, "text", None, int, [1]])
def test_what_cannot_be_traced_is_named_with_what_can(thing):
    with pytest.raises(TfkitError, match="Cannot trace .*pass a Python function"):
        tfkit.trace(thing)


def test_two_outputs_of_one_operation_are_told_apart():
    graph = tfkit.trace(lambda x: tf.add(*tf.split(x, 2)), np.arange(4.0))
    assert sorted(e.source_output for e in graph.edges if graph[e.source].op == "Split") == [0, 1]


def test_constants_say_their_value_even_without_a_run():
    graph = tfkit.trace(lambda x: x + 42.0, tf.TensorSpec((), tf.float32))
    (constant,) = (node for node in graph.nodes if node.kind == Kind.CONSTANT)
    assert constant.outputs[0].value.text == "42"
