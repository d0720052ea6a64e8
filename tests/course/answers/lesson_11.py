"""Answers to the exercises of lesson 11."""

SETUP = """
layers = keras.layers

def dense(units, activation=None, **options):
    return layers.Dense(units, activation=activation, **options)

def sequential(*parts):
    return keras.Sequential([keras.Input((3,)), *parts])

def layer_64(activation="sigmoid", kernel=keras.regularizers.L1(0.01), bias=keras.regularizers.L2(0.01), start=2.0, units=64):
    return layers.Dense(units, activation=activation, kernel_regularizer=kernel, bias_regularizer=bias,
                        bias_initializer=keras.initializers.Constant(start))
"""

RIGHT = {
    "a": [
        "net = keras.Sequential()\nnet.add(keras.Input((3,)))\nnet.add(dense(4, 'relu'))\nnet.add(dense(2, 'softmax'))",
        "x = keras.Input((3,))\nnet = keras.Model(x, dense(2, 'softmax')(dense(4, 'relu')(x)))",
        "sequential(dense(4), layers.Activation('relu'), dense(2), layers.Softmax())",
        "net = keras.Sequential([dense(4, tf.nn.relu), dense(2, tf.nn.softmax)])\nnet.build((None, 3))",
    ],
    "b": ["(9, 12, 4, 25)", "np.array([9, 12, 4, 25])", "[2 * 3 + 3, 3 * 3 + 3, 3 + 1, 25]"],
    "c": [
        "def collapse(weights):\n    x = np.zeros((1, len(weights[0][0])))\n    for w, b in weights:\n        x = x @ w + b\n"
        "    return np.linalg.multi_dot([w for w, _ in weights]), x",
        "def collapse(weights):\n    W, b = weights[0]\n    for w, c in weights[1:]:\n        W, b = W @ w, b @ w + c\n    return W, b",
        "def collapse(weights):\n    (w1, b1), (w2, b2), (w3, b3) = weights\n"
        "    return [tf.constant(w1) @ w2 @ w3, ((b1[None] @ w2 + b2) @ w3 + b3)]",
    ],
    "d": [
        "layer_64(tf.sigmoid)",
        "dense(64, keras.activations.sigmoid, kernel_regularizer='l1', bias_regularizer='l2', bias_initializer=keras.initializers.Constant(2))",
        "dense(64, 'sigmoid', kernel_regularizer=keras.regularizers.L1L2(l1=0.01), bias_regularizer=keras.regularizers.l2(0.01), bias_initializer=lambda shape, dtype=None: tf.fill(shape, 2.0))",
    ],
}

WRONG = {
    "a": [
        ("sequential(dense(4), dense(2, 'softmax'))", "has no relu"),
        ("sequential(dense(4, 'relu'), dense(2))", "has no softmax"),
        ("sequential(dense(4, 'relu'), dense(2, 'sigmoid'))", "has a sigmoid"),
        ("sequential(dense(2, 'relu'), dense(4, 'softmax'))", "2 and 4"),
        ("sequential(dense(2, 'softmax'))", "it has 1"),
        ("keras.Sequential([keras.Input((4,)), dense(4, 'relu'), dense(2, 'softmax')])", "it takes 4"),
        ("keras.Sequential([dense(4, 'relu'), dense(2, 'softmax')])", "Begin with keras.Input"),
        ("sequential(dense(4, 'relu', use_bias=False), dense(2, 'softmax'))", "no bias"),
        ("dense(4)", "a Keras model"),
        ("sequential(dense(4, 'sigmoid'), dense(2, 'softmax'))", "another activation than relu"),
        ("sequential(dense(4, 'softmax'), dense(2, 'relu'))", "are exchanged"),
        (
            "x = [keras.Input((1,)) for _ in range(3)]\n"
            "net = keras.Model(x, dense(2, 'softmax')(dense(4, 'relu')(layers.Concatenate()(x))))",
            "instead of three inputs",
        ),
    ],
    "b": [
        ("[6, 9, 3, 18]", "a bias, too"),
        ("[7, 12, 4, 23]", "a bias of its own"),
        ("[9, 12, 4, 24]", "not 24"),
        ("25", "list of 4 entries"),
    ],
    "c": [
        ("lambda weights: (weights[0][0] @ weights[1][0] @ weights[2][0], weights[2][1])", "the last bias only"),
        (
            "lambda weights: (weights[0][0] @ weights[1][0] @ weights[2][0], weights[1][1] @ weights[2][0] + weights[2][1])",
            "part of b1 is missing",
        ),
        ("lambda weights: (weights[0][0] @ weights[1][0] @ weights[2][0], 0.0)", "it should be"),
        ("lambda weights: weights[2]", "The matrix is not"),
        (
            "lambda weights: (weights[0][0] @ weights[1][0] @ weights[2][0], sum(b for _, b in weights))",
            "biases as they are",
        ),
        (
            "def collapse(weights):\n    (w1, b1), (w2, b2), (w3, b3) = weights\n"
            "    return b1 @ w2 @ w3 + b2 @ w3 + b3, w1 @ w2 @ w3",
            "the matrix, then the bias",
        ),
        (
            "def collapse(weights):\n    (w1, b1), (w2, b2), (w3, b3) = weights\n"
            "    return w1 @ w2 @ w3, b1 @ w2 @ w3 + b2 @ w3",
            "part of b3 is missing",
        ),
        ("lambda weights: weights[0][0] @ weights[1][0] @ weights[2][0]", "a matrix and a bias"),
    ],
    "d": [
        ("layer_64(activation=None)", "it is linear"),
        ("layer_64(kernel=keras.regularizers.L2(0.01), bias=keras.regularizers.L1(0.01))", "exchanged"),
        ("layer_64(start=0.0)", "they start at 0"),
        ("layer_64(kernel=None)", "it is with none"),
        ("layer_64(bias=keras.regularizers.L2(0.1))", "l2(0.1)"),
        ("layer_64(units=10)", "it has 10"),
        ("64", "a Dense layer"),
        ("layers.Conv2D(64, 3)", "it is a Conv2D"),
        ("dense(64, 'sigmoid', kernel_initializer=keras.initializers.Constant(2))", "the biases that should"),
        ("dense(64, 'sigmoid', use_bias=False)", "has no biases"),
    ],
}
