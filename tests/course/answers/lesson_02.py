"""Answers to the exercises of lesson 02."""

RIGHT = {
    "a": [
        "[[4, 3], [4, 3], None, [5], [2, 4, 3], [1, 1]]",
        "((4, 3), (4, 3), 'illegal', 5, (2, 4, 3), (1, 1))",
        "[tf.TensorShape((4, 3)), np.array([4, 3]), None, (5,), tf.constant([2, 4, 3]), (1, 1)]",
    ],
    "b": [
        "lambda rows, point: np.sum((rows - point) ** 2, axis=1)",
        "lambda rows, point: tf.reduce_sum(tf.math.squared_difference(rows, point), 1)",
        "lambda rows, point: tf.norm(rows - point, axis=-1) ** 2",
        "tf.function(lambda rows, point: tf.einsum('ij,ij->i', rows - point, rows - point))",
    ],
    "c": [
        "np.array([[1, 2], [6, 9], [8, 7]])",
        "tf.constant([[1.0, 2], [6, 8], [9, 7]])",
        "((1, 2), (7, 9), (8, 6))",
    ],
    "d": [
        "tf.linalg.matvec",
        "lambda matrix, vector: matrix @ vector[:, None]",
        "lambda matrix, vector: tf.reshape(tf.matmul(matrix, tf.reshape(vector, (-1, 1))), [-1])",
        "lambda matrix, vector: np.dot(matrix, vector)",
        "lambda matrix, vector: tf.reduce_sum(matrix * vector, axis=1, keepdims=True)",
    ],
}

WRONG = {
    "a": [
        ("[(4, 3), (4, 1), None, (5,), (2, 4, 3), (1, 1)]", "Pair 2"),
        ("[(4, 3), (4, 3), (2, 3), (5,), (2, 4, 3), (1, 1)]", "cannot be added"),
        ("[None, (4, 3), None, (5,), (2, 4, 3), (1, 1)]", "can be added"),
        ("[(4, 3), (4, 3), None, (), (2, 4, 3), (1, 1)]", "as many axes"),
        ("[(4, 3), (4, 3), None, (5,)]", "4 entries"),
        ("[(4, 3), 'four', None, (5,), (2, 4, 3), (1, 1)]", "Entry 2"),
        ("(x for x in ())", "list of 6 shapes"),
    ],
    "b": [
        ("lambda rows, point: tf.norm(rows - point, axis=1)", "square root"),
        ("lambda rows, point: np.sum((rows - point) ** 2, axis=0)", "axis=1"),
        ("lambda rows, point: tf.reduce_sum((rows - point) ** 2)", "single number"),
        ("lambda rows, point: np.sum((rows - point) ** 2, axis=1, keepdims=True)", "Drop the axis"),
        ("lambda rows, point: (rows - point) ** 2", "Add up each row"),
        ("lambda rows, point: np.sum(rows - point, axis=1)", "without being squared"),
        ("lambda rows, point: np.abs(rows - point).sum(1)", "absolute"),
        ("lambda rows, point: np.zeros(3)", "you give 0"),
        ("lambda rows, point: np.sum((rows - point) ** 2, axis=1)[:3]", "instead of (4,)"),
        ("lambda rows, point: [sum((r - point) ** 2) for r in rows]", "has a loop"),
        ("lambda rows, point: [].append(rows)", "returns None"),
        ("np.zeros(3)", "the function itself"),
    ],
    "c": [
        ("[[2, 7], [1, 8], [6, 9]]", "argmin along axis 0"),
        ("[[1, 2], [8, 7], [9, 6]]", "argmin along axis 1"),
        ("[[1, 2], [6, 7], [9, 8]]", "argmax along axis 0"),
        ("[[1, 2], [7, 8], [9, 9]]", "exactly once"),
        ("[[1, 7, 9], [2, 8, 6]]", "shape (3, 2)"),
        ("[[1, 2], [7, 8], [9]]", "different lengths"),
    ],
    "d": [
        ("lambda matrix, vector: matrix * vector", "element by element"),
        ("lambda matrix, vector: tf.reshape(tf.linalg.matvec(matrix, vector), (1, -1))", "lie in a row"),
        ("lambda matrix, vector: tf.reduce_sum(matrix * vector, axis=0)", "down the columns"),
        ("lambda matrix, vector: tf.reduce_sum(matrix * vector)", "single number"),
        ("lambda matrix, vector: tf.reduce_sum(matrix, axis=1)", "you give"),
        ("lambda matrix, vector: tf.constant([4, 10])", "you give"),
        ("lambda matrix, vector: tf.matmul(matrix, vector)", "InvalidArgumentError"),
    ],
}
