"""Answers to the exercises of lesson 09."""

SETUP = """
entropy = tf.nn.sigmoid_cross_entropy_with_logits
safe_loss = lambda z, y: tf.maximum(z, 0.0) - z * y + tf.math.log1p(tf.exp(-tf.abs(z)))
"""

RIGHT = {
    "a": [
        "lambda theta, X, y: tf.linalg.matmul(X, tf.sigmoid(X @ theta) - y, transpose_a=True) / X.shape[0]",
        "lambda theta, X, y: tf.reduce_mean(X * (tf.sigmoid(X @ theta) - y), axis=0)[:, None]",
        "lambda theta, X, y: np.transpose(X) @ (1 / (1 + np.exp(-X @ theta)) - y) / len(X)",
    ],
    "b": [
        "lambda z, y: tf.reduce_mean(entropy(y, z))",
        "lambda z, y: keras.losses.BinaryCrossentropy(from_logits=True)(y, z)",
    ],
    "c": ["'C'", "'c'", "' C '"],
    "d": [
        "(tf.constant(20.0), lambda z, y: np.logaddexp(0, z) - z * y)",
        "[100, lambda z, y: tf.nn.softplus(z) - z * y]",
        "[20.0, safe_loss]",
    ],
}

WRONG = {
    "a": [
        ("lambda theta, X, y: tf.transpose(X) @ (y - tf.sigmoid(X @ theta)) / len(X)", "prediction minus truth"),
        ("lambda theta, X, y: tf.transpose(X) @ (X @ theta - y) / len(X)", "left out the sigmoid"),
        ("lambda theta, X, y: tf.transpose(X) @ (tf.sigmoid(X @ theta) - y)", "divide by the number of rows"),
        ("lambda theta, X, y: tf.sigmoid(X @ theta) - y", "Multiply by the turned X"),
        ("lambda theta, X, y: X @ (tf.sigmoid(X @ theta) - y)", "your function gives"),
        ("lambda theta, X, y: tf.transpose(X) @ (tf.sigmoid(X @ theta) - y) / X.shape[1]", "over the rows"),
        (
            "lambda theta, X, y: tf.reshape(tf.transpose(X) @ (tf.sigmoid(X @ theta) - y), [-1]) / len(X)",
            "a column (d, 1)",
        ),
        ("lambda theta, X, y: tf.zeros((2, 3))", "it should give"),
    ],
    "b": [
        ("lambda z, y: tf.reduce_mean(entropy(labels=y, logits=tf.sigmoid(z)))", "applied twice"),
        ("lambda z, y: entropy(labels=y, logits=tf.sigmoid(z))", "the mean is missing"),
        ("lambda z, y: tf.reduce_sum(entropy(labels=y, logits=z))", "add up the losses"),
        ("lambda z, y: entropy(labels=y, logits=z)", "for each example"),
        ("lambda z, y: tf.reduce_mean(entropy(labels=z, logits=y))", "exchanged"),
        ("lambda z, y: keras.losses.BinaryCrossentropy()(y, z)", "it should give"),
    ],
    "c": [
        ("'A'", "no lowest point"),
        ("'B'", "The formula is right"),
        ("'D'", "no floor either"),
        ("'E'", "none of the choices"),
    ],
    "d": [
        ("(5.0, safe_loss)", "Take a larger z"),
        ("(-50.0, safe_loss)", "large positive z"),
        ("(np.inf, safe_loss)", "may really give"),
        (
            "(50.0, lambda z, y: -y * tf.math.log(tf.sigmoid(z)) - (1 - y) * tf.math.log(1 - tf.sigmoid(z)))",
            "your formula gives",
        ),
        ("(50.0, lambda z, y: tf.math.log(1 + tf.exp(z)) - z * y)", "exponential of a large number"),
        ("(50.0, lambda z, y: tf.maximum(z, 0.0) - z * y)", "it should be"),
        ("(50.0, lambda z, y: tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=z))", "TensorFlow's own"),
        ("50.0", "a number and a function"),
    ],
}
