"""Odd tensors, odd operations, odd places to make them."""

import numpy as np
import tensorflow as tf

import tfkit
from tests.tracing.odd.case import NOTES, odd

THREE = (np.float32([1, 2, 3]),)


@odd(*THREE, ops="", graph="Mul", has_value=True)
def ragged_rows(x):
    return tf.reduce_sum(tf.RaggedTensor.from_row_lengths(x, [2, 0, 1]) * 2.0, axis=1)


@odd(*THREE, ops="Mul", graph="Mul", has_value=False)
def returns_a_ragged_tensor(x):
    return tf.RaggedTensor.from_row_lengths(x, [2, 0, 1]) * 2.0


@odd(np.float32([1, 2]), ops="SparseTensorDenseMatMul", graph="SparseTensorDenseMatMul")
def sparse_product(x):
    return tf.sparse.sparse_dense_matmul(tf.sparse.from_dense([[1.0, 0.0], [0.0, 2.0]]), tf.reshape(x, (2, 1)))


@odd(np.array(b"ab\x00\xff"), ops="StringJoin StringUpper", graph="StringJoin StringUpper")
def joined(text):
    return tf.strings.join([text, tf.strings.upper(text)])


@odd(np.array([1 + 2j, 3], np.complex64), ops="FFT", graph="FFT")
def spectrum(z):
    return tf.abs(tf.signal.fft(z))


@odd(np.float32([0.5, -0.5]), ops="QuantizeV2 Dequantize", graph="QuantizeV2 Dequantize")
def quantised(x):
    whole, low, high = tf.quantization.quantize(x, -1.0, 1.0, tf.qint8)
    return tf.cast(tf.quantization.dequantize(whole, low, high) > 0.0, tf.int32)


@odd(np.float16(3), ops="Cast*2", graph="Cast*2")
def half(x):
    return tf.cast(tf.cast(x, tf.bfloat16) * 2, tf.float16)


@odd(np.float32([-1, 0, 1, np.nan, np.inf, 1e-45]), ops="Log", graph="Log")
def no_numbers(x):
    return tf.math.log(x)


@odd(np.zeros((0, 3), np.float32), ops="Mul", graph="Mul")
def nothing(x):
    return x * 2.0


@odd(np.array(b"b"), ops="LookupTableFindV2", graph="LookupTableFindV2")
def looks_up(key):
    made = tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])
    return tf.lookup.StaticHashTable(made, -1).lookup(key)


@odd(2.0, ops="TensorListReserve TensorListSetItem*2", graph="TensorListReserve TensorListSetItem*2", has_value=False)
def makes_a_variant(x):
    handle = tf.raw_ops.TensorListReserve(
        element_shape=tf.constant([], tf.int32), num_elements=2, element_dtype=tf.float32
    )
    for place in range(2):
        handle = tf.raw_ops.TensorListSetItem(input_handle=handle, index=place, item=x)
    return handle


@odd(4, ops="Mul*4", graph="StatelessWhile")
def array_in_a_loop(n):
    written = tf.TensorArray(tf.int32, 0, dynamic_size=True)
    i = tf.constant(0)
    while i < n:
        written = written.write(i, i * i)
        i += 1
    return written.stack()


@odd(3.0, ops="Mul*3", graph="StatelessWhile")
def loops_by_tensorflow(x):
    return tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 2.0), (tf.constant(0), x))


@odd(3.0, ops="Exp", graph="StatelessIf Exp Sin")
def branches_by_tensorflow(x):
    return tf.cond(x > 1.0, lambda: tf.exp(x), lambda: tf.sin(x))


@odd(2, ops="", graph="StatelessCase")
def chosen(i):
    return tf.switch_case(i, [lambda: 10.0, lambda: 20.0, lambda: 30.0])


@odd(*THREE, ops="Mul*3", graph="StatelessWhile*2")
def map_and_scan(x):
    return tf.scan(lambda a, b: a + b, tf.map_fn(lambda v: v * v, x))


@odd(*THREE, ops="", graph="Mul*2")
def vectorised(x):
    return tf.vectorized_map(lambda v: v * v, x)


@odd(2.0, ops="double_it*2", graph="Mul*2")
def calls_a_function(x):
    @tf.function
    def double_it(y):
        return y * 2.0

    return double_it(double_it(x))


@odd(2.0, ops="power*3", graph="Pow*3")
def calls_a_function_that_is_traced_anew(x):
    @tf.function
    def power(y, n):
        NOTES.append(n)
        return y**n

    return [power(x, n) for n in (2, 3, 4)]


@odd(0.0, ops="compiled", graph="Exp Mul", has_value=True)
def calls_a_compiled_function(x):
    @tf.function(jit_compile=True)
    def compiled(y):
        return tf.exp(y) * 2.0

    return compiled(x)


@odd(2.0, ops="Mul", graph="Mul")
def runs_functions_eagerly(x):
    @tf.function
    def triple(y):
        return y * 3.0

    tf.config.run_functions_eagerly(True)
    try:
        return triple(x)
    finally:
        tf.config.run_functions_eagerly(False)


@odd(2.0, ops="Exp", graph="Exp")
def traces_inside(x):
    graph = tfkit.trace(lambda y: y * 2.0 + 1.0, 3.0)
    NOTES.append(([node.op for node in graph.nodes], graph.nodes[-1].outputs[0].value.text))
    return tf.exp(x)


@odd(2.0, ops="Exp Sin")
def records_inside(x):
    y = tf.exp(x)
    with tfkit.record() as inner:
        z = tf.sin(y)
    NOTES.append((inner.operations, [node.op for node in inner.graph.nodes]))
    return z


@odd(2.0, ops="Exp", graph="Exp")
def uses_a_session(x):
    with tf.Graph().as_default() as graph:
        given = tf.compat.v1.placeholder(tf.float32)
        answer = tf.sin(given) * 2.0
        with tf.compat.v1.Session(graph=graph) as session:
            NOTES.append(session.run(answer, {given: 0.5}))
    return tf.exp(x)


@odd(2.0, ops="Exp Sin", graph="Exp Sin")
def orders_by_control(x):
    y = tf.exp(x)
    with tf.control_dependencies([y]):
        return tf.sin(x)


@odd(2.0, ops="Exp Sin Cos", graph="Exp Sin Cos")
def odd_scopes(x):
    with tf.name_scope("a/b/"), tf.name_scope("c.d-e_"):
        y = tf.exp(x)
    with tf.name_scope("odd.name-"):
        y = tf.sin(y)
    with tf.name_scope("a/b/") as scope, tf.name_scope(scope):
        return tf.cos(y)


@odd(2.0, ops="Exp")
def scopes_that_no_graph_would_take(x):
    with tf.name_scope("../<script>&\"'\u2028"):
        return tf.exp(x)


@odd(1.0, ops="Identity*3", graph="Identity*3")
def same_names(x):
    for _ in range(3):
        with tf.name_scope("twice"):
            x = tf.identity(x, name="same")
    return x


@odd(2.0, ops="Exp", graph="Exp")
def leaves_the_graph(x):
    with tf.init_scope():
        NOTES.append((tf.executing_eagerly(), tf.square(3.0)))
    return tf.exp(x)


@odd(2.0, ops="Exp", graph="Exp")
def chooses_a_device(x):
    with tf.device("/CPU:0"):
        return tf.exp(x)


@odd(2.0, ops="Mul", graph="Mul")
def asks_a_strategy(x):
    return tf.distribute.MirroredStrategy(["CPU:0"]).run(lambda v: v * 3.0, args=(x,))


@odd(2.0, ops="RandomUniform", graph="RandomUniform", has_value=False)
def takes_chances(x):
    return x + tf.random.uniform(())


@odd(2.0, ops="StatelessRandomUniformV2", graph="StatelessRandomUniformV2")
def takes_stateless_chances(x):
    return x + tf.random.stateless_uniform((), (1, 2))


@odd(2.0, ops="RngReadAndSkip", has_value=False)
def has_a_generator_of_its_own(x):
    return x * tf.random.Generator.from_seed(3).normal(())


@odd(0.0, ops="AddV2*500", graph="AddV2*500")
def a_long_chain(x):
    for _ in range(500):
        x = x + 1.0
    return x


@odd(1.0, ops="Mul*300 AddN", graph="Mul*300 AddN")
def a_wide_hub(x):
    return tf.add_n([x * float(n) for n in range(300)])
