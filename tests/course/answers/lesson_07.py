"""Answers to the exercises of lesson 07."""

SETUP = """
def train_step(a, b, x, y, lr):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((a + b * x - y) ** 2)
    da, db = tape.gradient(loss, [a, b])
    a.assign_sub(lr * da)
    b.assign_sub(lr * db)
"""

_STEP = """
def train_step(a, b, x, y, lr):
    with tf.GradientTape() as tape:
        loss = {loss}
    da, db = tape.gradient(loss, [a, b])
    {first}
    {second}
"""
_FIT = """
def fit_line(x, y):
    a, b = tf.Variable(0.0), tf.Variable(0.0)
    for _ in range({steps}):
        train_step(a, b, {data}, 0.5)
    return {last}
"""


def _step(loss="tf.reduce_mean((a + b * x - y) ** 2)", first="a.assign_sub(lr * da)", second="b.assign_sub(lr * db)"):
    return _STEP.format(loss=loss, first=first, second=second)


def _fit(steps=300, data="x, y", last="a, b"):
    return _FIT.format(steps=steps, data=data, last=last)


RIGHT = {
    "a": [
        _step("tf.reduce_mean(tf.square(y - a - b * x))", "a.assign(a - lr * da)", "return b.assign_add(-lr * db)"),
        _step(
            "keras.ops.mean((y - (a + b * x)) ** 2)",
            "keras.optimizers.SGD(lr).apply_gradients([(da, a), (db, b)])",
            "pass",
        ),
    ],
    "b": ["(9600, 300, 100)", "[96 * 100, 3 * 100.0, tf.constant(100)]"],
    "c": [
        _fit(last="[float(a), float(b)]"),
        "def fit_line(x, y):\n    X = np.stack([np.ones_like(x), x], 1)\n    return np.linalg.lstsq(X, y, rcond=None)[0]",
    ],
    "d": ["1.0", "tf.constant(5.0)", "0.9"],
}

WRONG = {
    "a": [
        (_step(second="pass"), "Only a has moved"),
        (_step("tf.reduce_mean((a + b * x - y) ** 2)", "a.assign_add(lr * da)", "b.assign_add(lr * db)"), "uphill"),
        (_step(first="a = a - lr * da", second="b = b - lr * db"), "Neither variable"),
        (_step(first="a.assign_sub(da)", second="b.assign_sub(db)"), "Multiply it by lr"),
        (_step("tf.reduce_sum((a + b * x - y) ** 2)"), "20 times too long"),
        (_step("tf.reduce_mean(tf.abs(a + b * x - y))"), "they should be"),
        (_step(first="pass"), "Only b has moved"),
        (_step(first="a.assign_sub(lr * da / 2)", second="b.assign_sub(lr * db / 2)"), "half as long"),
        (_step(first="a.assign_sub(0.5 * da)", second="b.assign_sub(0.5 * db)"), "always takes the rate 0.5"),
        (_step("tf.reduce_mean((a * x + b - y) ** 2)"), "The line is a + b x"),
    ],
    "b": [
        ("[96, 3, 1]", "for one epoch"),
        ("[9600, 3200, 100]", "size of a batch"),
        ("[9600, 300, 9600]", "one update, not 96"),
        ("[9600, 300]", "2 entries"),
    ],
    "c": [
        (_fit(steps=20), "Take more steps"),
        (_fit(last="b, a"), "the slope first"),
        ("lambda x, y: (0.5, 0.5)", "far from"),
        (_fit(last="a"), "return two numbers"),
        ("(-0.25, 0.5)", "the function itself"),
    ],
    "d": [
        ("0.5", "still falls"),
        ("0.0", "0 stands still"),
        ("-1.0", "negative rate"),
        ("0.77", "A little more"),
        ("[0.5, 1.0]", "one number"),
        ("np.inf", "decimal number: inf"),
    ],
}
