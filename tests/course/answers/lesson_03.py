"""Answers to the exercises of lesson 03."""

_NAMED = """
def named(x, w, b, y):
    with tf.name_scope({model!r}):
        s = tf.add(tf.multiply(x, w, name={product!r}), b, name="sum")
    with tf.name_scope("loss"):
        return {last}
"""
_SQUARE = 'tf.square(tf.subtract(s, y, name="error"), name="square")'


def _named(model="model", product="product", last=_SQUARE):
    return _NAMED.format(model=model, product=product, last=last)


RIGHT = {
    "a": [
        "def puzzle(x, y, z):\n    p = tf.multiply(y, x)\n    return tf.add(p, tf.subtract(x, z) * p)",
        "tf.function(lambda a, b, c: (lambda t: (a - c) * t + t)(a * b))",
    ],
    "b": ["['d_add', 'b', 'a']", "{'a', 'b', 'd_add'}", "'a, b, d_add'", "['a:0', 'b:0', 'd_add:0']"],
    "c": [
        "(True, False, False, True, True)",
        "['True', 'False', 'False', 'True', 'True']",
        "np.array([1, 0, 0, 1, 1]) > 0",
    ],
    "d": [
        "tf.function(lambda x, w, b, y: tf.square(tf.subtract(tf.add(tf.multiply(x, w, name='model/product'), b, "
        "name='model/sum'), y, name='loss/error'), name='loss/square'))",
        _named() + "\nnamed = tf.function(named)",
    ],
}

WRONG = {
    "a": [
        ("lambda a, b, c: (a * b) * (a - c) + a * b", "computes Mul twice"),
        ("def puzzle(a, b, c):\n    t = a * b\n    return t * (c - a) + t", "the other way round"),
        ("lambda a, b, c: (a * b) * (a - c)", "no AddV2"),
        ("def puzzle(a, b, c):\n    t = a * b\n    return t * (a - c) + a", "Follow the arrows"),
        ("def puzzle(a, b, c):\n    t = a * b\n    return t * (a - c) + t + t", "1 more AddV2"),
        ("lambda a, b: a * b", "TypeError"),
        ("23", "the function itself"),
    ],
    "b": [
        ("['a', 'b', 'c_mul', 'd_add']", "c_mul does not run"),
        ("['a', 'b', 'c_mul', 'd_add', 'e_add']", "does not run"),
        ("['d_add']", "a runs too"),
        ("['a', 'b', 'd']", "no operation 'd'"),
        ("8", "list of names"),
    ],
    "c": [
        ("[True, True, False, True, True]", "does not make it the default"),
        ("[True, False, True, True, True]", "another graph than g1"),
        ("[True, False, False, True, False]", "the old default comes back"),
        ("[True, False]", "2 entries"),
        ("True", "list of 5 entries"),
    ],
    "d": [
        ("lambda x, w, b, y: tf.square(x * w + b - y)", "no node model/product"),
        (_named(model="net"), "no node model/product"),
        (_named(last="tf.multiply(tf.subtract(s, y, name='error'), s - y, name='square')"), "the operation Square"),
        (_named(last="tf.square(tf.subtract(s, x, name='error'), name='square')"), "instead of 1"),
        (
            "lambda x, w, b, y: tf.square(tf.subtract(tf.add(tf.multiply(x, w, name='product'), b, name='sum'), y))",
            "outside of its group",
        ),
    ],
}
