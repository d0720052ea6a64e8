"""Answers to the exercises of lesson 08."""

SETUP = """
v1 = tf.compat.v1
graph = tf.Graph()
with graph.as_default():
    x, y = v1.placeholder(tf.float32, [None, 3]), v1.placeholder(tf.float32, None)
    w = v1.get_variable("weights", initializer=tf.constant([[0.0, 0.0, 0.0]]))
    b = v1.get_variable("bias", initializer=tf.constant(0.0))
    cost = tf.reduce_mean(tf.square(y - (tf.matmul(w, tf.transpose(x)) + b)))
    before = len(graph.get_operations())
    v1.train.GradientDescentOptimizer(0.5).minimize(cost)
after = len(graph.get_operations())
old = lambda w, b, x, y: tf.reduce_mean(tf.square(y - (tf.matmul(w, tf.transpose(x)) + b)))
new = lambda w, b, x, y: tf.reduce_mean(tf.square(y - tf.reshape(x @ w + b, [-1])))
"""

_MINIMIZE = """
def minimize(loss_of, variables, rate):
    with tf.GradientTape() as tape:
        loss = loss_of()
    slopes = tape.gradient(loss, variables)
    for variable, slope in {pairs}:
        {step}
"""


def _minimize(step="variable.assign_sub(rate * slope)", pairs="zip(variables, slopes)"):
    return _MINIMIZE.format(step=step, pairs=pairs)


RIGHT = {
    "a": [
        "(old, lambda w, b, x, y: tf.reduce_mean((tf.squeeze(x @ w, 1) + b - y) ** 2))",
        "[lambda w, b, x, y: tf.reduce_mean((tf.linalg.matvec(x, w[0]) + b - y) ** 2), "
        "lambda w, b, x, y: keras.losses.MeanSquaredError()(y[:, None], x @ w + b)]",
    ],
    "b": ["after - before", "tf.constant(after - before)"],
    "c": [
        "def minimize(loss_of, variables, rate):\n    with tf.GradientTape() as tape:\n        loss = loss_of()\n"
        "    keras.optimizers.SGD(rate).apply_gradients(zip(tape.gradient(loss, variables), variables))",
        _minimize("variable.assign(variable - slope * rate)"),
    ],
    "d": ["('b', 'C')", "['B', 'c']"],
}

WRONG = {
    "a": [
        ("[old, lambda w, b, x, y: tf.reduce_mean((x @ w + b - y) ** 2)]", "every prediction with every y"),
        ("[old, lambda w, b, x, y: tf.reduce_sum((tf.squeeze(x @ w, 1) + b - y) ** 2)]", "Take their mean"),
        ("[lambda w, b, x, y: tf.square(y - (tf.matmul(w, tf.transpose(x)) + b)), new]", "a single number"),
        ("[old, lambda w, b, x, y: tf.reduce_mean(tf.abs(tf.squeeze(x @ w, 1) + b - y))]", "absolute error"),
        ("[lambda w, b, x, y: tf.reduce_mean(tf.square(y - (tf.matmul(w, x) + b))), new]", "do not fit"),
        ("[old, old]", "w has the shape (3, 1)"),
        ("[old, lambda w, b, x, y: tf.reduce_mean((tf.squeeze(x @ w, 1) - y) ** 2)]", "it should be"),
        ("old", "list of 2 functions"),
    ],
    "b": [
        ("after", "how many there are afterwards"),
        ("before", "how many there were before"),
        ("2", "too few"),
        ("after - before + 7", "from its start"),
        ("'57'", "a text"),
    ],
    "c": [
        (_minimize("variable.assign_add(rate * slope)"), "uphill"),
        (_minimize("variable - rate * slope"), "have not changed"),
        (_minimize().replace("loss_of()", "loss_of"), "call it"),
        (
            "def minimize(loss_of, variables, rate):\n    loss = loss_of()\n    with tf.GradientTape() as tape:\n        pass\n"
            "    for variable in variables:\n        variable.assign_sub(rate * tape.gradient(loss, variable))",
            "inside its block",
        ),
        (_minimize(pairs="[(variables[0], slopes[0])]"), "Only the first"),
        (_minimize("variable.assign_sub(slope)"), "not multiplied by rate"),
        (_minimize("variable.assign_sub(0.5 * slope)"), "Use the argument"),
        (_minimize("variable.assign(rate * slope)"), "they should be"),
    ],
    "d": [
        ("('lstat', 'C')", "one column is worse"),
        ("('b', 'A')", "about digits"),
        ("('b', 'B')", "no price stands in it"),
        ("('race', 'C')", "no column 'race'"),
        ("('tax', 'C')", "may be used"),
        ("'b'", "a pair such as"),
    ],
}
