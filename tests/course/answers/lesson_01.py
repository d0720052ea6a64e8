"""Answers to the exercises of lesson 01."""

SETUP = "count, price = tf.constant([1, 2, 4]), tf.constant([0.5, 1.5, 2.0])"

_REST = "tf.ones((3, 2), tf.int64), tf.ones((1, 1, 1), tf.float64), tf.ones((2, 3), tf.bool)]"

RIGHT = {
    "a": [
        "[tf.constant(5), tf.constant([2.0, 5, 7]), tf.zeros((3, 2), tf.int64), "
        "tf.fill((2, 2, 2), tf.constant(1, tf.float64)), tf.zeros((2, 3), 'bool')]",
        "(tf.Variable(5), tf.zeros(3), tf.cast([[1, 2], [3, 4], [5, 6]], tf.int64), np.ones((4, 1, 2)), "
        "tf.zeros((2, 3)) > 0)",
    ],
    "b": [
        "[tf.cast(count, 'float32') * price, tf.reduce_mean(tf.cast(count, tf.float32)), "
        "count + tf.cast(price, tf.int32)]",
        "(price * tf.cast(count, price.dtype), tf.reduce_sum(tf.cast(count, tf.float64)) / 3, "
        "(tf.cast(price, tf.int64) + tf.cast(count, tf.int64)).numpy())",
    ],
    "c": [
        "lambda variable: variable.assign(variable + 1)",
        "lambda variable: variable.assign_sub(-tf.ones(variable.shape))",
        "tf.function(lambda variable: variable.assign_add(tf.ones_like(variable)))",
        "def increase(variable):\n    for i in range(variable.shape[0]):\n        variable[i].assign(variable[i] + 1)",
    ],
    "d": [
        "tf.random.truncated_normal([10_000], 0.0, 3.0)",
        "3 * tf.random.truncated_normal((100, 100))",
        "keras.random.truncated_normal((10000,), stddev=3.0).numpy()",
    ],
}

WRONG = {
    "a": [
        ("[5, tf.zeros(3), " + _REST, "has no type of its own"),
        ("[tf.constant(5.0), tf.zeros(3), " + _REST, "int32 was asked for"),
        ("[tf.constant([5]), tf.zeros(3), " + _REST, "the shape (1,)"),
        ("[tf.constant(5), tf.constant([2, 5, 7]), " + _REST, "float32 was asked for"),
        (
            "[tf.constant(5), tf.zeros(3), tf.zeros((3, 2), tf.int64), tf.zeros(3, tf.float64), tf.ones((2, 3), 'bool')]",
            "counts the axes",
        ),
        ("tf.zeros((2, 3))", "list of 5 tensors"),
        ("[tf.constant(5)]", "1 entries"),
    ],
    "b": [
        (
            "[tf.cast(count, tf.float32) * price, tf.cast(tf.reduce_mean(count), tf.float32), "
            "count + tf.cast(price, tf.int32)]",
            "before you take the mean",
        ),
        ("[tf.cast(count, tf.float32) * price, 7 / 3, tf.cast(count, tf.float32) + price]", "Cast `price`"),
        ("[tf.cast(count, tf.float32) * price, tf.reduce_mean(count), [1, 3, 6]]", "whole numbers is whole"),
        ("[tf.cast(count, tf.float32) * price, 7 / 3, [1, 4, 6]]", "rounded"),
        ("[count * tf.cast(price, tf.int32), 7 / 3, [1, 3, 6]]", "Entry 1"),
        ("[1, 2]", "should be 3 tensors"),
    ],
    "c": [
        ("lambda variable: variable + 1", "makes a new tensor"),
        ("lambda variable: variable.assign([4.0, 2, 5, 2, 6, 10][: variable.shape[0]])", "should grow by 1"),
        ("lambda variable: variable.assign_add(variable)", "should grow by 1"),
        ("lambda variable: variable.assign([4.0, 2, 5, 2, 6, 10])", "fails for four"),
        ("lambda variable: variable.assign_add(tf.ones(6))", "fails for four"),
        ("lambda variable: variable.assign_add(1)", "another shape"),
        ("def increase(variable):\n    variable += 1", "assign_add"),
        ("tf.Variable([4.0, 2, 5, 2, 6, 10])", "the function itself"),
    ],
    "d": [
        ("tf.random.normal((10000,), stddev=3.0)", "beyond 6"),
        ("tf.clip_by_value(tf.random.normal((10000,), stddev=3.0), -6, 6)", "drawn again"),
        ("tf.random.truncated_normal((10000,))", "stddev=3.0"),
        ("tf.random.truncated_normal((10000,), 3.0)", "the mean 3.0"),
        ("tf.random.uniform((10000,), -6, 6)", "spread evenly"),
        ("tf.random.truncated_normal((1000,), stddev=3.0)", "1,000 numbers"),
        ("tf.abs(tf.random.truncated_normal((10000,), stddev=3.0))", "the mean"),
    ],
}
