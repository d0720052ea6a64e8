"""Answers to the exercises of lesson 10."""

SETUP = """
y_hat = tf.constant([0.01, 0.03, 0.00, 0.04, 0.03, 0.05, 0.80, 0.02, 0.01, 0.01])
"""

RIGHT = {
    "a": [
        "tf.nn.softmax",
        "lambda z: tf.exp(z - tf.reduce_logsumexp(z, axis=1, keepdims=True))",
        "lambda z: (lambda e: e / e.sum(1, keepdims=True))(np.exp(z - np.max(z, axis=1, keepdims=True)))",
    ],
    "b": [
        "-tf.math.log(0.8)",
        "0.2231",
        "[0.22314355]",
        "-tf.reduce_sum(tf.math.xlogy(tf.one_hot(6, 10), y_hat))",
        "keras.losses.SparseCategoricalCrossentropy()(np.array([6]), y_hat[None])",
    ],
    "c": [
        "lambda z: tf.nn.softmax(z)[1]",
        "lambda z: np.exp(z[1]) / sum(np.exp(one) for one in z)",
        "lambda z: 1 / tf.reduce_sum(tf.exp(z - z[1]))",
    ],
    "d": ["[[0, 0, 0, 1, 0], [0, 0, 1, 0, 0]]", "tf.one_hot([3, 2], 5)", "(np.eye(5)[3], np.eye(5)[2])"],
}

WRONG = {
    "a": [
        ("lambda z: tf.exp(z) / tf.reduce_sum(tf.exp(z), axis=1, keepdims=True)", "overflows"),
        ("lambda z: tf.exp(z) / tf.reduce_sum(tf.exp(z))", "the whole table"),
        ("lambda z: tf.nn.softmax(z, axis=0)", "Your columns sum to 1"),
        ("lambda z: tf.exp(z)", "only the exponentials"),
        ("lambda z: tf.exp(z) / tf.reduce_sum(tf.exp(z), axis=1)", "keepdims=True"),
        ("lambda z: tf.exp(z - tf.reduce_max(z, axis=1, keepdims=True))", "Divide each row"),
        ("lambda z: tf.nn.log_softmax(z)", "the logarithm of the softmax"),
        ("lambda z: tf.nn.softmax(tf.clip_by_value(z, -80.0, 80.0))", "it should be"),
        (
            "lambda z: (lambda e: e / tf.reduce_sum(e, 1, keepdims=True))(tf.exp(z - tf.reduce_max(z)))",
            "[0.0, 0.0, 0.0]",
        ),
        ("lambda z: z / tf.reduce_sum(z, axis=1, keepdims=True)", "Take the exponential first"),
        ("lambda z: tf.exp(z) / tf.norm(tf.exp(z), axis=1, keepdims=True)", "the L1 norm"),
    ],
    "b": [
        ("0.8", "the probability itself"),
        ("float(np.log(0.8))", "The sign"),
        ("-np.log10(0.8)", "base 10"),
        ("-np.log(0.05)", "class 5"),
        ("-tf.reduce_sum(tf.one_hot(6, 10) * tf.math.log(y_hat))", "0 times log 0"),
        ("-tf.reduce_sum(tf.math.log(y_hat))", "minus infinity"),
        ("0.22", "four decimals"),
        ("2.302585", "not minus the logarithm"),
    ],
    "c": [
        ("lambda z: tf.exp(z[0]) / tf.reduce_sum(tf.exp(z))", "slip of the slide"),
        ("lambda z: tf.exp(z[2]) / tf.reduce_sum(tf.exp(z))", "z2 is z[1]"),
        ("lambda z: tf.exp(z[1])", "divide it by the sum"),
        ("lambda z: tf.exp(z[1]) / (tf.exp(z[0]) + tf.exp(z[2]))", "the second one too"),
        ("lambda z: tf.exp(z[1]) / (tf.exp(z[0]) + tf.exp(z[1]) + tf.exp(z[2]))", "any length"),
        ("lambda z: z[1] / tf.reduce_sum(z)", "exponential of each"),
        ("tf.nn.softmax", "Only the second"),
    ],
    "d": [
        ("[[0, 0, 1, 0, 0], [0, 0, 1, 0, 0]]", "that is id 2"),
        ("[[0, 0, 0, 1, 0], [0, 0, 0, 1, 0]]", "the fourth class"),
        ("tf.one_hot([3, 3], 5)", "the fourth class"),
        ("[tf.one_hot(2, 5), tf.one_hot(3, 5)]", "that is id 2"),
        ("tf.one_hot(3, 5)", "5 entries"),
        ("[3, 2]", "Vector 1"),
    ],
}
