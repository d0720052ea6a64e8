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
    "b": [
        "['double', 'product', 'b', 'a']",
        "{'a', 'b', 'product', 'double'}",
        "'a, b, product, double'",
        "('a:0', 'b:0', 'product:0', 'double:0')",
        "np.array(['a', 'b', 'product', 'double'])",
    ],
    "c": [
        "(True, False, False, True, True)",
        "['True', 'False', 'False', 'True', 'True']",
        "np.array([1, 0, 0, 1, 1]) > 0",
        "[1, 0, 0, 1, 1]",
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
        ("lambda a, b, c: (a * b) * (a - c)", "your graph has 0"),
        ("def puzzle(a, b, c):\n    t = a * b\n    return t * (a - c) + a", "Follow the arrows"),
        ("def puzzle(a, b, c):\n    t = a * b\n    return t * (a - c) + t + t", "1 more AddV2"),
        ("def puzzle(a, b, c):\n    t = a * b\n    return t * (b - c) + t", "into the Sub"),
        ("def puzzle(a, b, c):\n    t = a * b", "begin with return"),
        ("lambda a, b: a * b", "TypeError"),
        ("23", "the function itself"),
    ],
    "b": [
        ("['a', 'b', 'product', 'rest', 'double']", "rest does not run"),
        ("['a', 'b', 'c', 'product', 'rest', 'double', 'total']", "does not run"),
        ("['product', 'double']", "a runs too"),
        ("['a', 'b', 'product']", "what is asked for"),
        ("['a', 'b', 'Mul', 'double']", "no operation 'Mul'"),
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
