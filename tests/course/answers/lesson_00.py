"""Answers to the exercises of lesson 00."""

RIGHT = {
    "a": [
        "[int(p) for p in tf.__version__.split('.')[:2]]",
        "np.array(tf.__version__.split('.')[:2], dtype=int)",
        "tf.constant([int(p) for p in tf.__version__.split('.')[:2]])",
    ],
    "b": ["2.5", "np.mean([3, 1, 4, 2])", "tf.Variable(2.5)", "tf.reduce_sum([3, 1, 4, 2]) / 4"],
    "c": ["['B', 'F', 'A', 'D', 'E', 'C']", "'b, f, a, d, e, c'", "dict(zip(range(1, 7), 'BFADEC'))"],
}

WRONG = {
    "a": [
        ("tf.__version__", "one text"),
        ("tf.__version__.split('.')[:2]", "still texts"),
        ("2.21", "decimal number"),
        ("tuple(int(p) for p in tf.__version__.split('.')[1::-1])", "turned round"),
        ("tuple(int(p) for p in (tf.__version__ + '.0').split('.')[:3])", "3 entries"),
        ("(2, 9999)", "not the version"),
        ("2", "pair of whole numbers"),
        ("((2, 21), (3, 15))", "pair of whole numbers"),
        ("print('2.21')", "None"),
    ],
    "b": [
        ("tf.reduce_mean([3, 1, 4, 2])", "cut off"),
        ("tf.reduce_sum([3, 1, 4, 2])", "the sum"),
        ("round(2.51)", "rounding"),
        ("tf.constant([3.0, 1, 4, 2])", "one number"),
        ("2.75", "2.75 is not the mean"),
        ("'2.5'", "a text"),
        ("tf.reduce_mean", "Call it"),
    ],
    "c": [
        ("'BFADCE'", "Statement 5"),
        ("'FBADEC'", "Statement 1"),
        ("'BFADE'", "5 letters"),
        ("'BFADEE'", "Letter E stands twice"),
        ("'BFADEX'", "from A to F"),
        ("[2, 6, 1, 4, 5, 3]", "six letters"),
        ("None", "six letters"),
    ],
}
