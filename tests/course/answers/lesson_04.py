"""Answers to the exercises of lesson 04."""

SETUP = """
v1 = tf.compat.v1

def graph_size(n, kind):
    graph = tf.Graph()
    with graph.as_default():
        if kind == "constant":
            tf.constant(np.random.default_rng(0).random((n, n)))
        else:
            v1.get_variable("w", (n, n), initializer=v1.zeros_initializer())
    return len(graph.as_graph_def().SerializeToString())
"""

_PROGRAM = """
def mended(values):
    with tf.Graph().as_default():
        x = v1.placeholder(tf.float32, (3,))
        w = v1.get_variable("w", initializer=tf.constant([5.0, 5.0, 5.0]))
        y = x + w
        with v1.Session() as session:
            {first}
            return {last}
"""
_PORTED = """
def ported(x):
    graph = tf.Graph()
    with graph.as_default():
        w = tf.constant([[1.0], [2.0]])
        z = tf.reduce_sum(tf.matmul(x.numpy(), w))
        with v1.Session() as session:
            return session.run(z)
"""


def _mended(first="session.run(w.initializer)", last="session.run(y, {x: values})"):
    return _PROGRAM.format(first=first, last=last)


RIGHT = {
    "a": [
        "[2, 100, [4, 8, 16], [12, 7]]",
        "(2, 100.0, (4, 8, 16), (12, 7))",
        "[tf.constant(2), 100, np.array([4, 8, 16]), [12, 7]]",
    ],
    "b": [
        _mended("session.run(v1.global_variables_initializer())", "session.run(y, feed_dict={x: values}).tolist()"),
        _mended("session.run(v1.variables_initializer([w]))", "y.eval({x: values})"),
        _mended("w.load([5.0, 5.0, 5.0], session)"),
    ],
    "c": [
        "graph_size(1000, 'constant') / graph_size(1000, 'variable')",
        "tf.constant(8_000_078 / 718)",
        "graph_size(1000, 'constant') // graph_size(1000, 'variable')",
    ],
    "d": [
        "tf.function(lambda x: tf.reduce_sum(x @ tf.constant([[1.0], [2.0]])))",
        "lambda x: tf.reduce_sum(x[:, 0] + 2 * x[:, 1])",
        "lambda x: np.sum(np.matmul(x, [[1.0], [2.0]]))",
    ],
}

WRONG = {
    "a": [
        ("[100, 100, [4, 8, 16], [12, 7]]", "never run"),
        ("[2, 2, [4, 8, 16], [12, 7]]", "runs the assignment"),
        ("[2, 100, [4, 4, 4], [12, 7]]", "keeps its number"),
        ("[2, 100, [2, 4, 8], [12, 7]]", "after doubling"),
        ("[2, 100, [4, 8, 16], [12, -3]]", "by then"),
        ("[2, 100]", "2 entries"),
    ],
    "b": [
        (_mended(last="session.run(y)"), "was not fed"),
        (_mended(first="pass"), "not initialized"),
        (_mended(last="y"), "not its value"),
        (_mended(first="pass", last="session.run([w.initializer, y], {x: values})"), "a line of its own"),
        ("lambda values: np.array(values) + 5", "no session has run"),
        (_mended(last="session.run(y, {x: [1.0, 2.0, 3.0]})"), "Feed `values`"),
        ("[6.0, 7.0, 8.0]", "the function itself"),
    ],
    "c": [
        ("graph_size(1000, 'variable') / graph_size(1000, 'constant')", "Turn the fraction"),
        ("graph_size(100, 'constant') / graph_size(100, 'variable')", "a smaller n"),
        ("graph_size(1000, 'constant')", "in bytes"),
        ("graph_size(1000, 'constant') / 8 / 10", "too much"),
        ("[8000078, 718]", "one number"),
    ],
    "d": [
        (_PORTED, "opens a session"),
        ("lambda x: tf.matmul(x, [[1.0], [2.0]])", "adds them up"),
        ("lambda x: tf.reduce_sum(x * [1.0, 2.0], axis=0)", "element by element"),
        ("lambda x: tf.reduce_sum(x)", "it should give"),
        ("lambda x: tf.reduce_sum(tf.matmul(x, [1.0, 2.0]))", "InvalidArgumentError"),
    ],
}
