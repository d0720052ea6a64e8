"""Answers to the exercises of lesson 06."""

SETUP = """
def by_hand(x, y, w, b, eta):
    error = w * x + b - y
    return w - eta * 2 * error * x, b - eta * 2 * error

def with_sgd(x, y, w, b, eta):
    w, b = tf.Variable(w), tf.Variable(b)
    with tf.GradientTape() as tape:
        loss = (w * x + b - y) ** 2
    keras.optimizers.SGD(eta).apply_gradients(zip(tape.gradient(loss, [w, b]), [w, b]))
    return w, b

def sgd_step(w, b, loss_of, optimizer):
    with tf.GradientTape() as tape:
        loss = loss_of()
    optimizer.apply_gradients(zip(tape.gradient(loss, [w, b]), [w, b]))
"""

_HELPED = """
def helped(x, y, w, b, eta):
    w, b = tf.Variable(w), tf.Variable(b)
    optimizer = keras.optimizers.deserialize({"class_name": "SGD", "config": {"learning_rate": eta}})
    sgd_step(w, b, lambda: (w * x + b - y) ** 2, optimizer)
    return [w.numpy(), b.numpy()]

updates = [by_hand, helped]
"""

RIGHT = {
    "a": ["[-1.524, 55.1158, -68.3008, -14.848]", "tf.constant([-1.524, 7.424**2, -2 * 7.424 * 4.6, -14.848])"],
    "b": [
        "(by_hand, with_sgd)",
        _HELPED,
        "[lambda x, y, w, b, eta: np.array([w - eta * 2 * (w * x + b - y) * x, b - eta * 2 * (w * x + b - y)]), with_sgd]",
    ],
    "c": ["0.02179", "tf.constant(1 / 45.89)", "[0.0218]"],
    "d": ["[0.8686, 64.6908, 6.7]", "(0.869, 64.7, '6.7')"],
}

WRONG = {
    "a": [
        ("[-1.524, 55.1158, -34.1504, -7.424]", "factor 2"),
        ("[-1.524, -7.424, -68.3008, -14.848]", "The loss is its square"),
        ("[-1.524, 55.1158, 68.3008, 14.848]", "the sign"),
        ("[1.604, 18.45, 39.5, 8.6]", "negative"),
        ("[-2.238, 128.55, -151.93, -22.676]", "is not -2.238"),
    ],
    "b": [
        (
            "[lambda x, y, w, b, eta: (w + eta * 2 * (w * x + b - y) * x, b + eta * 2 * (w * x + b - y)), with_sgd]",
            "uphill",
        ),
        ("[lambda x, y, w, b, eta: (w - 2 * (w * x + b - y) * x, b - 2 * (w * x + b - y)), with_sgd]", "by eta"),
        (
            "[lambda x, y, w, b, eta: (w - eta * (w * x + b - y) * x, b - eta * (w * x + b - y)), with_sgd]",
            "half a step",
        ),
        ("[lambda x, y, w, b, eta: by_hand(x, y, w, b, 0.01), with_sgd]", "always takes the rate 0.01"),
        ("[by_hand, lambda x, y, w, b, eta: (w, b)]", "as they were"),
        ("[by_hand, by_hand]", "should use keras.optimizers.SGD"),
        ("[by_hand, lambda x, y, w, b, eta: w]", "return two numbers"),
        ("by_hand", "list of 2 functions"),
    ],
    "c": [
        ("1 / (2 * (6.7**2 + 1))", "0 in one step"),
        ("1 / 6.7**2", "x² + 1, not x²"),
        ("6.7**2 + 1", "1 divided by it"),
        ("0.022", "loss_after_step(0.022)"),
        ("0", "nothing moves"),
    ],
    "d": [
        ("[0.8686, 64.69, 0.67]", "0.868 that the slide prints"),
        ("[128.55, 64.69, 6.7]", "the old loss"),
        ("[0.8686, 81.3, 6.7]", "Entry 2"),
        ("[0.8686, 64.69]", "2 entries"),
    ],
}
