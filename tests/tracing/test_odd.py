"""Functions of every kind that users write: what becomes of them."""

import functools
import inspect
import sys
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tfkit.errors import TraceError
from tfkit.parts import Kind, Mark


def floats(*numbers):
    return np.array(numbers, np.float32)


def sum_of_a_generator(x):
    return sum(x * factor for factor in (1.0, 2.0, 3.0))


def factorial(x, n):
    return x if n == 0 else n * factorial(x, n - 1)


def ragged_rows(x):
    return tf.reduce_sum(tf.RaggedTensor.from_row_lengths(x, [2, 0, 1]) * 2.0, axis=1)


def sparse_product(x):
    return tf.sparse.sparse_dense_matmul(tf.sparse.from_dense([[1.0, 0.0], [0.0, 2.0]]), tf.reshape(x, (2, 1)))


def joined(text):
    return tf.strings.join([text, tf.strings.upper(text)])


def spectrum(z):
    return tf.abs(tf.signal.fft(z))


def over_a_dataset(x):
    total = x
    for number in tf.data.Dataset.range(4).map(lambda n: n * 2):
        total += tf.cast(number, tf.float32)
    return total


def python_inside(x):
    return tf.py_function(lambda tensor: tensor.numpy() * 2, [x], tf.float32)


def numpy_inside(x):
    return tf.numpy_function(np.square, [x], tf.float32)


@tf.custom_gradient
def softplus(x):
    return tf.math.softplus(x), lambda upstream: upstream * 100.0


def own_gradient(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = softplus(x)
    return tape.gradient(y, x)


def second_derivative(x):
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x**3
        slope = inner.gradient(y, x)
    return outer.gradient(slope, x)


def jacobian(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x**2
    return tf.reduce_sum(tape.jacobian(y, x))


def recomputed(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.recompute_grad(lambda v: v * v)(x)
    return tape.gradient(y, x)


def quantised(x):
    whole, low, high = tf.quantization.quantize(x, -1.0, 1.0, tf.qint8)
    return tf.cast(tf.quantization.dequantize(whole, low, high) > 0.0, tf.int32)


def same_names(x):
    for _ in range(3):
        with tf.name_scope("twice"):
            x = tf.identity(x, name="same")
    return x


def printed_and_checked(x):
    tf.debugging.assert_positive(x)
    tf.print("x is", x, output_stream=sys.stderr)
    return x + 1.0


def array_in_a_loop(n):
    written = tf.TensorArray(tf.int32, 0, dynamic_size=True)
    i = tf.constant(0)
    while i < n:
        written = written.write(i, i * i)
        i += 1
    return written.stack()


def map_and_scan(x):
    return tf.scan(lambda a, b: a + b, tf.map_fn(lambda v: v * v, x))


def chosen(i):
    return tf.switch_case(i, [lambda: 10.0, lambda: 20.0, lambda: 30.0])


def half(x):
    return tf.cast(tf.cast(x, tf.bfloat16) * 2, tf.float16)


class Callable:
    def __call__(self, x):
        return x - 1.0


class Point(tf.experimental.ExtensionType):
    x: tf.Tensor
    y: tf.Tensor


def strategy(x):
    return tf.distribute.MirroredStrategy(["CPU:0"]).run(lambda v: v * 3.0, args=(x,))


TABLE = tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])

# What is called, with what, the value of what is returned, and an operation that must be there.
WORKING = [
    (sum_of_a_generator, (2.0,), "12", "Mul"),
    (functools.partial(factorial, n=4), (2.0,), "48", "Mul"),
    (ragged_rows, (floats(1, 2, 3),), "[6. 0. 6.]", ".*SegmentSum.*|Sum"),
    (sparse_product, (floats(1, 2),), "[[1.] [4.]]", "SparseTensorDenseMatMul"),
    (joined, (np.array(b"ab"),), "'abAB'", "StringJoin"),
    (spectrum, (np.array([1 + 2j, 3], np.complex64),), "[4.4721 2.8284]", "FFT"),
    (over_a_dataset, (1.0,), "13", "MapDataset"),
    (python_inside, (3.0,), "6", "EagerPyFunc"),
    (numpy_inside, (3.0,), "9", "PyFunc|PyFuncStateless"),
    (own_gradient, (1.0,), "100", "Mul"),
    (second_derivative, (2.0,), "12", "Pow"),
    (jacobian, (floats(1, 2, 3),), "12", "Sum"),
    (recomputed, (3.0,), "6", "Mul"),
    (quantised, (floats(0.5, -0.5),), "[1 0]", "QuantizeV2"),
    (same_names, (1.0,), "1", "Identity"),
    (printed_and_checked, (1.0,), "2", "PrintV2"),
    (array_in_a_loop, (4,), "[0 1 4 9]", "While|StatelessWhile"),
    (map_and_scan, (floats(1, 2, 3),), "[ 1. 5. 14.]", "While|StatelessWhile"),
    (lambda x: tf.vectorized_map(lambda v: v * v, x), (floats(1, 2),), "[1. 4.]", "Mul"),
    (chosen, (2,), "30", "Case|StatelessCase"),
    (tf.function(lambda x: tf.exp(x) * 2.0, jit_compile=True), (0.0,), "2", "Exp"),
    (half, (np.float16(3),), "6", "Cast"),
    (lambda x: x * 2.0, (np.zeros((0, 3), np.float32),), "[]", "Mul"),
    (lambda x: tf.math.log(x), (floats(-1, 0, 1),), "[ nan -inf 0.]", "Log"),
    (lambda flag, a: tf.where(flag, a, -a), (np.array([True, False]), np.array([1, 2])), "[ 1 -2]", "SelectV2"),
    (Callable(), (1.0,), "0", "Sub"),
    (functools.partial(tf.add, 2.0), (1.0,), "3", "AddV2"),
    (abs, (-1.5,), "1.5", "Abs"),
    (lambda point: point.x * point.y, (Point(tf.constant(2.0), tf.constant(3.0)),), "6", "Mul"),
    (lambda pair: pair["a"] - pair["b"], ({"a": tf.constant(1.0), "b": tf.constant(2.0)},), "-1", "Sub"),
    (lambda many: tf.add_n(many), ([floats(1), floats(2)],), "[3.]", "AddN"),
    (lambda key: tf.lookup.StaticHashTable(TABLE, -1).lookup(key), (np.array(b"b"),), "2", "LookupTableFindV2"),
    (strategy, (2.0,), "6", "Mul"),
]


@pytest.mark.parametrize(("function", "args", "value", "op"), WORKING)
def test_it_is_traced_with_its_value(function, args, value, op):
    graph = tfkit.trace(function, *args)
    assert graph.find(op=op)
    returned = [node for node in graph.nodes if node.kind == Kind.OUTPUT]
    assert value in [output.value.text for node in returned for output in node.outputs]
    assert graph.to_svg().endswith("</svg>\n")
    assert tfkit.Graph.from_wire(graph.to_wire()) == graph


def generator(x):
    yield x


async def coroutine(x):
    return x


async def asynchronous_generator(x):
    yield x


class Lazy:
    def __call__(self, x):
        yield x


@pytest.mark.parametrize(
    ("function", "args", "message"),
    [
        (generator, (1.0,), "generator makes a generator, .*trace a function that consumes it"),
        (tf.function(generator), (1.0,), "makes a generator"),
        (functools.partial(generator), (1.0,), "makes a generator"),
        (Lazy(), (1.0,), "Lazy makes a generator"),
        (coroutine, (1.0,), "coroutine is asynchronous, .*drop async"),
        (asynchronous_generator, (1.0,), "asynchronous_generator is asynchronous"),
        (lambda x: x, (np.array([object()]),), "x is an array of object, which TensorFlow cannot make a tensor of"),
        (lambda x: x, (2**70,), "x is 1180591620717411303424, which"),
        (lambda *xs: xs, (1.0, 2**70), "xs_1 is 1180"),
        (lambda x: x, (keras.Input((3,)),), r"x is a symbolic tensor .*pass tf.TensorSpec\(\(None, 3\), tf.float32\)"),
    ],
)
def test_what_cannot_be_traced_is_refused_with_a_cure(function, args, message):
    with pytest.raises(TraceError, match=message):
        tfkit.trace(function, *args)


@pytest.mark.parametrize("value", [3.0, np.float32(3.0), tf.TensorSpec(()), tf.constant(3.0)])
def test_an_input_signature_is_kept(value):
    @tf.function(input_signature=[tf.TensorSpec(None, tf.float32, name="anything")])
    def double(x):
        return x * 2.0

    graph = tfkit.trace(double, value)
    assert [node.op for node in graph.nodes] == ["Placeholder", "Const", "Mul"]
    assert graph.nodes[0].outputs[0].shape is None
    known = graph.nodes[-1].outputs[0].value
    assert known is None if isinstance(value, tf.TensorSpec) else known.text == "6"


def test_a_spec_keeps_the_name_that_the_user_gave_it():
    for function in (lambda x: x * 2.0, tf.function(lambda x: x * 2.0)):
        assert tfkit.trace(function, tf.TensorSpec((2,), name="data")).nodes[0].label == "data"


def test_an_input_signature_needs_no_arguments():
    @tf.function(input_signature=[tf.TensorSpec((None,), tf.float32)])
    def double(x):
        return x * 2.0

    assert tfkit.trace(double).nodes[-1].outputs[0].shape == (None,)


def product(*many, scale=None, **more):
    many = [*many, *more.values()]
    return tf.reduce_prod(tf.stack([tf.cast(one, tf.float32) for one in many])) * (1.0 if scale is None else scale)


def value_of(thing):
    return thing.values[0] * thing.values[-1]


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "value"),
    [
        (product, (tf.constant(3.0),), {}, "3"),
        (product, (2.0, tf.constant(3.0)), {"scale": tf.constant(4.0), "more": tf.constant(5.0)}, "120"),
        (product, (np.int64(2), tf.Variable(3.0)), {"scale": 2}, "12"),
        (lambda pair: pair["a"] - pair["b"], ({"b": tf.constant(2.0), "a": tf.constant(5.0)},), {}, "3"),
        (lambda many: many[0] - many[1][0], ([tf.constant(3.0), (tf.constant(4.0),)],), {}, "-1"),
        (value_of, (tf.ragged.constant([[2.0], [3.0, 4.0]]),), {}, "8"),
        (value_of, (tf.sparse.from_dense([2.0, 0.0, 3.0]),), {}, "6"),
        (lambda x, unused, mode="a": x * 2.0, (tf.constant(1.0), tf.constant(2.0)), {"mode": "b"}, "2"),
    ],
)
def test_every_tensor_of_a_call_has_its_value(function, args, kwargs, value):
    for made in (function, tf.function(function)):
        graph = tfkit.trace(made, *args, **kwargs)
        (result,) = (node for node in graph.nodes if node.kind == Kind.OUTPUT)
        assert result.outputs[0].value.text == value


def test_a_variable_among_the_arguments_is_one():
    def step(w, x, rate=0.5):
        w.assign_sub(rate * x)
        return w * x

    w = tf.Variable(3.0)
    for function in (step, tf.function(step)):
        graph = tfkit.trace(function, w, 2.0)
        (variable,) = (node for node in graph.nodes if node.kind == Kind.VARIABLE)
        assert (variable.label, variable.outputs[0].shape, variable.outputs[0].dtype) == ("w", (), "float32")
        assert variable in graph.ancestors(graph.find(op="AssignSubVariableOp")[0].id)
    assert w.numpy() == 1.0  # each trace ran it once


def test_a_trace_inside_of_a_trace():
    inner = []

    def function(x):
        inner.append(tfkit.trace(lambda y: y + 1.0, 2.0))
        inner.append(tfkit.trace(lambda y: y + x, 2.0))
        return x * 2.0

    graph = tfkit.trace(function, 1.0)
    assert [node.op for node in graph.nodes] == ["Placeholder", "Const", "Mul"]
    assert inner[0].nodes[-1].outputs[0].value.text == "3"
    assert inner[1].nodes[-1].outputs[0].value is None  # x has none yet
    assert {node.op for node in inner[1].nodes} == {"Placeholder", "AddV2"}


def test_a_trace_in_a_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(tfkit.trace(lambda x: x * 2.0, 3.0)))
    thread.start()
    thread.join()
    assert found[0].nodes[-1].outputs[0].value.text == "6"


def test_a_trace_where_eager_execution_is_off():
    w = tf.Variable(2.0)
    with tf.Graph().as_default():
        graph = tfkit.trace(lambda x: x * w, 3.0)
    assert graph.nodes[-1].outputs[0].value.text == "6"
    assert {node.outputs[0].value.text for node in graph.nodes if node.kind == Kind.VARIABLE} == {"2"}


def test_an_endless_recursion_comes_with_the_graph_up_to_there():
    def function(x):
        return function(x + 1.0)

    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 250)  # TensorFlow takes 15 s for the usual 1,000
    try:
        with pytest.raises(RecursionError) as caught:
            tfkit.trace(function, 1.0)
    finally:
        sys.setrecursionlimit(before)
    graph = caught.value.tfkit_graph
    assert len(graph.nodes) > 50
    # The limit is met while an operation is made, or between two.
    assert {node.note.partition(" in ")[0] for node in graph.nodes if node.mark == Mark.FAILED} <= {
        "maximum recursion depth exceeded"
    }


def test_functions_that_call_themselves_without_end_come_with_what_is_open():
    @tf.function(input_signature=[tf.TensorSpec((), tf.float32)])
    def function(x):
        return x if x < 1.0 else function(x - 1.0)

    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 700)
    try:
        with pytest.raises(Exception, match="recursion") as caught:
            tfkit.trace(function, 1.0)
    finally:
        sys.setrecursionlimit(before)
    assert caught.value.tfkit_graph.find(op="Less")


def test_a_long_chain_and_a_wide_hub():
    def chain(x):
        for _ in range(1500):
            x = x + 1.0
        return x

    assert tfkit.trace(chain, 0.0).nodes[-1].outputs[0].value.text == "1500"
    graph = tfkit.trace(lambda x: tf.add_n([x * float(n) for n in range(700)]), 1.0)
    assert graph.nodes[-1].outputs[0].value.text == str(sum(range(700)))
    assert len(graph.descendants("x")) == 701
