"""Functions of every kind that users write: what becomes of them. The table of them stands in ``odd/``."""

import functools
import gc
import inspect
import sys
import threading
import weakref
from collections import Counter

import keras
import numpy as np
import psutil
import pytest
import tensorflow as tf
from tensorflow.python.eager import context

import tfkit
from tests.tracing.odd import ODD
from tests.tracing.odd.case import RAISED, UNREADABLE, Odd, Outcome, seen
from tfkit.bodies import readable_name
from tfkit.errors import TraceError
from tfkit.parts import Kind, Mark
from tfkit.summaries import summarize

AS_TENSORS = (int, float, np.ndarray, np.generic)
RECORDED = [name for name, case in ODD.items() if case.ops is not None]
TRACED = [name for name, case in ODD.items() if case.graph is not None]


def floats(*numbers):
    return np.array(numbers, np.float32)


def eager(case: Odd):
    return tuple(tf.convert_to_tensor(arg) if issubclass(type(arg), AS_TENSORS) else arg for arg in case.args())


def plainly(case: Odd) -> Outcome:
    """Call an odd function as if tfkit were not there."""
    outcome, args = Outcome(), eager(case)
    with seen(outcome, args):
        outcome.result = case.function(*args)
    case.undo()
    return outcome


def with_its_graph(outcome: Outcome, recording):
    """Return the graph of a recording, and check that an exception carries it and is the one that was raised."""
    if outcome.error is None:
        return recording.graph
    if RAISED:
        assert outcome.error is RAISED[-1]
    carried = getattr(outcome.error, "tfkit_graph", recording.graph)  # not all take an attribute
    assert carried == recording.graph
    return carried


def names(operations):
    return Counter(readable_name(op) if op[:2] == "__" else op for op in operations.elements())


def test_there_are_many():
    assert len(RECORDED) >= 60 and len(TRACED) >= 60


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_it_does_what_it_does_and_the_graph_is_true(name):
    case, heard = ODD[name], []

    def bare(op_type, inputs, attrs, outputs, op_name=None, graph=None):
        if graph is None:
            heard.append(tf.compat.as_str(op_type))

    plain = plainly(case)
    recorded, args, recording = Outcome(), eager(case), tfkit.record()
    with seen(recorded, args):
        local = context.context()
        with recording:
            local.add_op_callback(bare)
            try:
                recorded.result = case.function(*args)
            finally:
                local.remove_op_callback(bare)
    case.undo()
    assert recorded.told == plain.told
    executed = Counter(recording.operations)
    assert executed - Counter(heard) == case.threads and not Counter(heard) - executed
    graph = with_its_graph(recorded, recording)
    assert {op: names(executed)[op] for op in case.ops} == case.ops
    found = Counter(node.op for node in graph.nodes) + Counter(node.label.rpartition("_")[0] for node in graph.nodes)
    found += Counter(node.label for node in graph.nodes if node.label != node.op)
    missing = case.ops - found
    assert set(missing) <= {"VarHandleOp"}, missing  # of which the graph makes a variable
    assert graph.to_svg().endswith("</svg>\n") and tfkit.Graph.from_wire(graph.to_wire()) == graph


@pytest.mark.parametrize("name", TRACED)
def test_traced_it_does_what_it_does_and_the_graph_is_true(name):
    case = ODD[name]
    is_python = not hasattr(case.function, "get_concrete_function")
    plain = plainly(case)
    traced, args = Outcome(), case.args()
    with seen(traced, args):
        traced.result = graph = tfkit.trace(case.function, *args)
    case.undo()
    if plain.error is not None:
        assert type(traced.error) is type(plain.error)
        if RAISED:
            assert traced.error is RAISED[-1]
        graph = getattr(traced.error, "tfkit_graph", None)
    elif traced.error is not None:
        raise traced.error
    for effect in ("notes", "printed", "warned", "random", "state") if is_python else ("state",):
        assert traced.effects[effect] == plain.effects[effect]
    if graph is None:
        return
    found = Counter(node.op for node in graph.nodes)
    assert {op: found[op] for op in case.graph} == case.graph
    if plain.error is None and case.has_value:
        ends = (node for node in graph.nodes if node.kind in (Kind.OUTPUT, Kind.INPUT, Kind.CONSTANT, Kind.VARIABLE))
        values = [output.value for node in ends for output in node.outputs]
        for tensor in tf.nest.flatten([*_tensors(plain.result)], expand_composites=True):
            assert summarize(tensor.numpy()) in values
    assert graph.to_svg().endswith("</svg>\n") and tfkit.Graph.from_wire(graph.to_wire()) == graph


def _tensors(result):
    """Yield what a function returned and TensorFlow can hold."""
    from tfkit.tracing._function import tensors_in

    return (tensor for tensor in tensors_in(result) if tensor.dtype not in UNREADABLE)


@pytest.mark.parametrize("way", ["recorded", "traced"])
def test_nothing_that_was_passed_is_kept(way):
    class Thing:
        pass

    def function(x, thing, array):
        thing.seen = x * 2.0
        return thing.seen + tf.reduce_sum(array[0])

    thing, array, x = Thing(), np.ones(1000), tf.constant(2.0, tf.float64)
    gone = [weakref.ref(thing), weakref.ref(array), weakref.ref(function)]
    if way == "recorded":
        with tfkit.record() as recording:
            function(x, thing, [array])
        graph = recording.graph
        del recording
    else:
        graph = tfkit.trace(function, x, thing, [array])
    assert graph.nodes
    del thing, array, function
    gc.collect()
    assert [ref() for ref in gone] == [None, None, None]


def test_the_function_of_an_exception_is_not_kept_either():
    def function(x):
        tf.exp(x)
        raise ValueError("mine")

    gone = weakref.ref(function)
    for call in (lambda f: tfkit.trace(f, 1.0), recorded_call):
        with pytest.raises(ValueError, match="mine") as caught:
            call(function)
        graph = caught.value.tfkit_graph
        assert graph.find(op="Exp")
        del caught
    del function
    gc.collect()
    assert gone() is None


def recorded_call(function):
    with tfkit.record():
        function(tf.constant(1.0))


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


@pytest.mark.parametrize("count", [10_000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_so_many_operations_take_no_more_memory_than_is_said(count):
    before = psutil.Process().memory_info().rss
    with tfkit.record() as recording:
        x = tf.constant(0.0)
        for _ in range(count):
            x = tf.add(x, 1.0)
    taken = (psutil.Process().memory_info().rss - before) / 2**20
    assert taken < 30 + 600 * count / 250_000  # as tfkit.record says
    assert len(recording.operations) == count and recording.dropped == 0 and x == float(count)


def test_large_tensors_are_let_go():
    alive = []

    def kept_bytes():
        gc.collect()
        return sum(size for ref, size in alive if ref() is not None)

    with tfkit.record() as recording:
        x = tf.zeros((8, 2**20))
        for _ in range(32):  # 1 GB in all
            x = x + 1.0
            alive.append((weakref.ref(x), x.shape.num_elements() * x.dtype.size))
        del x
        assert kept_bytes() <= 256 * 2**20
    values = [node.outputs[0].value for node in recording.graph.find(op="AddV2")]
    assert values[0].maximum == 1.0 and values[-1] is None and len(values) == 32
    del recording
    assert kept_bytes() == 0
