"""TensorFlow 1 graphs and sessions: deck 002 as a script, traced from its first line to its last."""

import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tfkit.errors import TraceError
from tfkit.parts import Kind, Mark, ScopeKind

v1 = tf.compat.v1


@pytest.fixture
def graph():
    with tf.Graph().as_default() as made:
        yield made


@pytest.fixture(params=["resource variables", "reference variables"])
def any_variables(request):
    """A TensorFlow 1 script has variables of the old kind, unless it asks for the new one."""
    before = v1.resource_variables_enabled()
    (v1.enable_resource_variables if request.param.startswith("resource") else v1.disable_resource_variables)()
    yield
    (v1.enable_resource_variables if before else v1.disable_resource_variables)()


def ran(traced):
    return {node.id for node in traced.nodes if node.mark == Mark.RAN}


def value(traced, node_id):
    return traced[node_id].outputs[0].value.text


def first_graph():
    a = tf.constant(5, name="a")
    b = tf.constant(3, name="b")
    c = tf.multiply(a, b, name="c_mul")
    d = tf.add(a, b, name="d_add")
    return a, b, c, d, tf.add(c, d, name="e_add")


def test_the_first_graph(graph):
    *_, e = first_graph()
    traced = tfkit.trace(graph, fetches=[e])
    assert [node.op for node in traced.nodes] == ["Const", "Const", "Mul", "AddV2", "AddV2"]
    assert value(traced, "e_add") == "23"
    assert traced["e_add"].kind == Kind.OUTPUT
    assert ran(traced) == {"a", "b", "c_mul", "d_add", "e_add"}


def test_a_run_starts_at_the_fetch_and_works_backward(graph):
    _a, _b, _c, d, _e = first_graph()
    traced = tfkit.trace(graph, fetches=[d])
    assert ran(traced) == {"a", "b", "d_add"}
    assert {node.id for node in traced.nodes if node.mark == Mark.NOT_RUN} == {"c_mul", "e_add"}
    assert traced["c_mul"].outputs[0].value is None


def test_what_ran_is_what_tensorflow_says_ran(graph):
    *_, d, _e = first_graph()
    metadata = v1.RunMetadata()
    options = v1.RunOptions(trace_level=v1.RunOptions.FULL_TRACE)
    off = v1.ConfigProto(
        graph_options=v1.GraphOptions(optimizer_options=v1.OptimizerOptions(opt_level=v1.OptimizerOptions.L0))
    )
    off.graph_options.rewrite_options.disable_meta_optimizer = True
    with v1.Session(graph=graph, config=off) as session:
        session.run(d, options=options, run_metadata=metadata)
    executed = {node.node_name for device in metadata.step_stats.dev_stats for node in device.node_stats}
    assert {node.id for node in tfkit.trace(graph, fetches=[d]).nodes} & executed == {"a", "b", "d_add"}
    assert ran(tfkit.trace(graph, fetches=[d])) == {"a", "b", "d_add"}


def test_many_fetches_in_one_step(graph):
    tensors = first_graph()
    traced = tfkit.trace(graph, fetches=list(tensors))
    assert [value(traced, tensor.op.name) for tensor in tensors] == ["5", "3", "15", "8", "23"]


def test_products_both_ways(graph):
    t, u = tf.constant(42.0), tf.constant(37.0)
    tu, ut = tf.multiply(t, u), tf.multiply(u, t)
    traced = tfkit.trace(graph, fetches={"tu": tu, "ut": [ut]})
    assert [value(traced, tensor.op.name) for tensor in (tu, ut)] == ["1554", "1554"]


def test_rank_shape_and_type(graph):
    rank = tf.rank(tf.constant([[4], [9], [16], [25]]))
    cube = tf.constant([[[1, 2, 3], [4, 5, 6]], [[1, 1, 1], [2, 2, 2]]], name="cube")
    cast = tf.cast(tf.constant([1.0, 2.0, 3.0]), tf.int64)
    traced = tfkit.trace(graph, fetches=[rank, cube, cast])
    assert value(traced, rank.op.name) == "2"
    assert traced["cube"].outputs[0].shape == (2, 2, 3)
    assert (traced[cast.op.name].outputs[0].dtype, value(traced, cast.op.name)) == ("int64", "[1 2 3]")


def test_name_scopes_are_groups(graph):
    with tf.name_scope("myprefix"):
        tf.constant(4, dtype=tf.int32, name="input1")
        tf.constant(4.0, dtype=tf.float64, name="input2")
    traced = tfkit.trace(graph)
    assert [node.id for node in traced.nodes] == ["myprefix/input1", "myprefix/input2"]
    assert [(scope.path, scope.kind) for scope in traced.scopes] == [(("myprefix",), ScopeKind.NAME)]
    assert {node.mark for node in traced.nodes} == {Mark.NONE}  # nothing ran


def test_random_constants_have_values_in_their_range(graph):
    drawn = tf.random.truncated_normal([1000], seed=1), tf.random.uniform([1000], 2.0, 3.0, seed=1)
    traced = tfkit.trace(graph, fetches=drawn)
    normal, uniform = (traced[tensor.op.name].outputs[0].value for tensor in drawn)
    assert normal.minimum >= -2 and normal.maximum <= 2
    assert uniform.minimum >= 2 and uniform.maximum < 3


@pytest.mark.usefixtures("any_variables")
def test_an_assignment_that_is_not_run_changes_nothing(graph):
    w = v1.get_variable("scalar", initializer=tf.constant(2))
    assigned = w.assign(100)
    with v1.Session(graph=graph) as session:
        before = tfkit.trace(graph, fetches=[w.initializer])
        assert w.initializer.name in ran(before)
        not_run = tfkit.trace(graph, fetches=[w])
        assert session.run(w) == 2
        assert not_run[assigned.op.name].mark == Mark.NOT_RUN
        tfkit.trace(graph, fetches=[assigned])
        assert session.run(w) == 100


@pytest.mark.usefixtures("any_variables")
def test_an_assignment_doubles_each_time(graph):
    w = v1.get_variable("scalar", initializer=tf.constant(2))
    w_times_two = w.assign(2 * w)
    with v1.Session(graph=graph) as session:
        session.run(w.initializer)
        seen = []
        for _ in range(3):
            tfkit.trace(graph, fetches=[w_times_two])
            seen.append(int(session.run(w)))
    assert seen == [4, 8, 16]


@pytest.mark.usefixtures("any_variables")
def test_assign_add_and_assign_sub(graph):
    w = v1.get_variable("scalar", initializer=tf.constant(2))
    add, sub = w.assign_add(10), w.assign_sub(5)
    with v1.Session(graph=graph) as session:
        session.run(v1.variables_initializer([w]))
        seen = []
        for assigned in (add, sub):
            tfkit.trace(graph, fetches=[assigned])
            seen.append(int(session.run(w)))
    assert seen == [12, 7]


def test_a_variable_that_was_not_initialised(graph):
    w = v1.get_variable("scalar", initializer=tf.constant(2))
    with pytest.raises(tf.errors.FailedPreconditionError) as caught:
        tfkit.trace(graph, fetches=[w])
    assert "run(initialiser)" in caught.value.__notes__[0]
    assert [node.kind for node in caught.value.tfkit_graph.nodes if "VarHandleOp" in node.op] == [Kind.VARIABLE]
    with pytest.raises(ValueError, match="already exists"):
        v1.get_variable("scalar", initializer=tf.constant(2))


def test_placeholders(graph):
    a = v1.placeholder(tf.float32, shape=[3], name="a")
    c = a + tf.constant([5, 5, 5], tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="You must feed a value") as caught:
        tfkit.trace(graph, fetches=[c])
    assert caught.value.tfkit_graph["a"].mark == Mark.FAILED
    traced = tfkit.trace(graph, fetches=[c], feed_dict={a: [1, 2, 3]})
    assert value(traced, c.op.name) == "[6. 7. 8.]"
    assert (traced["a"].kind, traced["a"].note) == (Kind.INPUT, "fed")


def test_placeholders_of_any_shape(graph):
    x, y = v1.placeholder(tf.float32, name="x"), v1.placeholder(tf.float32, name="y")
    z = tf.add(x, y, name="z")
    assert value(tfkit.trace(graph, fetches=[z], feed_dict={x: 3, y: 4.5}), "z") == "7.5"
    assert value(tfkit.trace(graph, fetches="z:0", feed_dict={"x:0": [1, 3], "y:0": [2, 4]}), "z") == "[3. 7.]"


def test_what_is_fed_needs_nothing(graph):
    _a, _b, c, _d, e = first_graph()
    traced = tfkit.trace(graph, fetches=[e], feed_dict={c: 100})
    assert value(traced, "e_add") == "108"
    assert traced["c_mul"].note == "fed"
    with tf.Graph().as_default() as other:
        square = tf.square(tf.exp(tf.constant(1.0, name="one"), name="exp"), name="square")
        traced = tfkit.trace(other, fetches=[square], feed_dict={"exp:0": 3.0})
    assert ran(traced) == {"exp", "square"}  # the run does not go behind what is fed
    assert value(traced, "square") == "9"


def test_matmul_needs_equal_ranks(graph):
    a, b = tf.constant([[1, 2, 3], [4, 5, 6]]), tf.constant([1, 0, 1])
    with pytest.raises(ValueError, match="Shape must be rank 2 but is rank 1"):
        tf.matmul(a, b)
    c = tf.matmul(a, tf.expand_dims(b, 1))
    traced = tfkit.trace(graph, fetches=[c])
    assert (traced[c.op.name].outputs[0].shape, value(traced, c.op.name)) == ((2, 1), "[[ 4] [10]]")


def test_several_graphs(graph):
    other = tf.Graph()
    with other.as_default():
        inside = tf.constant(1, name="inside")
    outside = tf.constant(5, name="outside")
    assert [node.id for node in tfkit.trace(other).nodes] == ["inside"]
    assert [node.id for node in tfkit.trace(graph).nodes] == ["outside"]
    with pytest.raises(TraceError, match=r"fetches: .*inside.* is no tensor or operation of this graph"):
        tfkit.trace(graph, fetches=[inside])
    with pytest.raises(TraceError, match="feed_dict: "):
        tfkit.trace(graph, fetches=[outside], feed_dict={inside: 1})


def regression(loss_of):
    x = v1.placeholder(tf.float32, shape=[None, 3], name="x")
    y_true = v1.placeholder(tf.float32, shape=None, name="y_true")
    w = v1.get_variable("weights", dtype=tf.float32, initializer=tf.constant([[0.0, 0.0, 0.0]]))
    b = v1.get_variable("bias", dtype=tf.float32, initializer=tf.constant(0.0))
    cost = loss_of(tf.matmul(w, tf.transpose(x)) + b, y_true)
    train = v1.train.GradientDescentOptimizer(0.5).minimize(cost)
    return x, y_true, w, b, cost, train


def data():
    x = np.random.default_rng(0).standard_normal((2000, 3))
    return x, np.matmul([0.3, 0.5, 0.1], x.T) - 0.2


@pytest.mark.usefixtures("any_variables")
def test_linear_regression(graph):
    x, y_true, w, b, cost, train = regression(lambda z, y: tf.reduce_mean(tf.square(y - z)))
    x_data, y_data = data()
    fed = {x: x_data, y_true: y_data}
    with v1.Session(graph=graph) as session:
        session.run(v1.global_variables_initializer())
        for _ in range(10):
            traced = tfkit.trace(graph, fetches=[train], feed_dict=fed)
        found = session.run([w, b, cost], fed)
    np.testing.assert_allclose(found[0], [[0.3, 0.5, 0.1]], atol=1e-5)
    np.testing.assert_allclose(found[1], -0.2, atol=1e-5)
    assert found[2] < 1e-9
    assert traced["gradients/MatMul_grad/MatMul"].mark == Mark.RAN
    assert traced["init"].mark == Mark.NOT_RUN
    assert "gradients" in {scope.path[0] for scope in traced.scopes}


def test_logistic_regression(graph):
    def cross_entropy(z, y):
        y_hat = tf.sigmoid(z)
        return tf.reduce_mean(-y * tf.math.log(y_hat) - (1 - y) * tf.math.log(1 - y_hat))

    x, y_true, _w, _b, cost, train = regression(cross_entropy)
    x_data, _ = data()
    likely = 1 / (1 + np.exp(-(x_data @ [0.3, 0.5, 0.1] - 0.2)))
    labels = np.random.default_rng(1).random(2000) < likely
    fed = {x: x_data, y_true: labels}
    with v1.Session(graph=graph) as session:
        session.run(v1.global_variables_initializer())
        first = tfkit.trace(graph, fetches=[cost, train], feed_dict=fed)
        for _ in range(30):
            session.run(train, fed)
        last = session.run(cost, fed)
    cost_at_first = first[cost.op.name].outputs[0].value.mean
    assert cost_at_first == pytest.approx(np.log(2), abs=1e-4)
    assert last < cost_at_first


def test_saving_and_restoring(graph, tmp_path):
    w = v1.get_variable("weights", initializer=tf.constant([1.0, 2.0]))
    saver = v1.train.Saver()
    with v1.Session(graph=graph) as session:
        session.run(w.initializer)
        saver.save(session, str(tmp_path / "model.ckpt"))
    with v1.Session(graph=graph) as session:
        saver.restore(session, str(tmp_path / "model.ckpt"))
        traced = tfkit.trace(graph, fetches=[w])
    read = next(node for node in traced.nodes if node.kind == Kind.OUTPUT)
    assert read.outputs[0].value.text == "[1. 2.]"
    assert {node.mark for node in traced.find("save")} == {Mark.NOT_RUN}


def test_summaries_are_auxiliary_operations(graph):
    *_, e = first_graph()
    summary = v1.summary.scalar("Loss", e)
    traced = tfkit.trace(graph, fetches=[summary, e])
    assert traced[summary.op.name].op == "ScalarSummary"
    assert value(traced, "e_add") == "23"


def test_old_loops_and_branches_are_drawn_and_run(graph):
    enabled = v1.control_flow_v2_enabled()
    v1.disable_control_flow_v2()
    try:
        (count,) = tf.while_loop(lambda i: i < 5, lambda i: [i + 1], [tf.constant(0)])
        chosen = tf.cond(count > 3, lambda: count * 2, lambda: count - 1)
    finally:
        (v1.enable_control_flow_v2 if enabled else v1.disable_control_flow_v2)()
    traced = tfkit.trace(graph, fetches=[chosen])
    assert value(traced, chosen.op.name) == "10"
    assert {"Enter", "Merge", "Switch", "NextIteration", "Exit"} <= {node.op for node in traced.nodes}
    assert traced.to_svg()


def test_new_loops_and_branches_are_opened_in_place(graph):
    (count,) = tf.while_loop(lambda i: i < 5, lambda i: [i + 1], [tf.constant(0)])
    chosen = tf.cond(count > 3, lambda: count * 2, lambda: count - 1)
    traced = tfkit.trace(graph, fetches=[chosen])
    assert value(traced, chosen.op.name) == "10"
    assert {"cond", "then", "else", "body"} <= {scope.path[-1] for scope in traced.scopes}
    assert all(node.mark == Mark.RAN for node in traced.nodes)


def test_the_run_happens_in_the_users_session(graph):
    w = v1.get_variable("w", initializer=tf.constant(3.0))
    double = tf.multiply(w, 2.0, name="double")
    with v1.Session(graph=graph) as session:
        session.run(w.initializer)
        assert value(tfkit.trace(graph, fetches=[double]), "double") == "6"
    assert v1.get_default_session() is None


def test_options(graph):
    *_, e = first_graph()
    bare = tfkit.tracer(values=False)(graph, fetches=[e])
    assert bare["e_add"].outputs[0].value is None
    assert bare["e_add"].mark == Mark.RAN
    measured = tfkit.tracer(profile=True)(graph, fetches=[e])
    assert measured["e_add"].cost.time_s > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fetches": ["nothing:0"]}, "fetches: 'nothing:0' is no tensor"),
        ({"feed_dict": {"a:0": 1}}, "feed_dict without fetches"),
        ({"fetches": ["a:0"], "feed_dict": 3}, "feed_dict must be a dictionary"),
        ({"fetches": [3]}, "fetches: 3 is no tensor"),
        ({"x": 1}, r"A tf.Graph is traced with fetches=.*, not with x"),
    ],
)
def test_wrong_arguments(graph, arguments, message):
    first_graph()
    with pytest.raises(TraceError, match=message):
        tfkit.trace(graph, **arguments)


def test_values_need_something_to_run(graph):
    first_graph()
    with pytest.raises(TraceError, match="nothing runs without them"):
        tfkit.tracer(values=True)(graph)


def test_an_empty_graph(graph):
    assert tfkit.trace(graph).nodes == ()
    assert tfkit.trace(graph).to_svg()
