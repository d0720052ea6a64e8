"""Answers to the exercises of lesson 10."""

RIGHT = {
    "a": [
        "tf.nn.softmax",
        "lambda z: tf.exp(z - tf.reduce_logsumexp(z, axis=1, keepdims=True))",
        "lambda z: (lambda e: e / e.sum(1, keepdims=True))(np.exp(z - np.max(z, axis=1, keepdims=True)))",
    ],
    "b": ["-tf.math.log(0.8)", "0.2231", "[0.22314355]"],
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
        ("lambda z: z / tf.reduce_sum(z, axis=1, keepdims=True)", "Take the exponential first"),
        ("lambda z: tf.exp(z) / tf.norm(tf.exp(z), axis=1, keepdims=True)", "the L1 norm"),
    ],
    "b": [
        ("0.8", "the probability itself"),
        ("float(np.log(0.8))", "The sign"),
        ("-np.log10(0.8)", "base 10"),
        ("-np.log(0.05)", "class 5"),
        ("2.302585", "not minus the logarithm"),
    ],
    "c": [
        ("lambda z: tf.exp(z[0]) / tf.reduce_sum(tf.exp(z))", "slip of the slide"),
        ("lambda z: tf.exp(z[2]) / tf.reduce_sum(tf.exp(z))", "z2 is z[1]"),
        ("lambda z: tf.exp(z[1])", "divide it by the sum"),
        ("lambda z: tf.exp(z[1]) / (tf.exp(z[0]) + tf.exp(z[2]))", "the second one too"),
        ("tf.nn.softmax", "Only the second"),
    ],
    "d": [
        ("[[0, 0, 1, 0, 0], [0, 0, 1, 0, 0]]", "that is id 2"),
        ("[[0, 0, 0, 1, 0], [0, 0, 0, 1, 0]]", "the fourth class"),
        ("tf.one_hot([3, 3], 5)", "the fourth class"),
        ("tf.one_hot(3, 5)", "5 entries"),
        ("[3, 2]", "Vector 1"),
    ],
}
