"""Answers to the exercises of lesson 12."""

SETUP = """
from tfkit.course.exercises.lesson_12 import square

a = 1 / np.sqrt(8)
points, labels = square(0)

def layers_of(hidden, last="sigmoid", count=2):
    inner = [keras.layers.Dense(10, activation=hidden) for _ in range(count)]
    return keras.Sequential([keras.Input((2,)), *inner, keras.layers.Dense(1, activation=last)])

def train(net, epochs=200):
    keras.utils.set_random_seed(0)
    net.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", steps_per_execution=16)
    net.fit(points, labels, epochs=epochs, verbose=0)
    return net

keras.utils.set_random_seed(0)
bent, straight_net, young = train(layers_of("relu")), train(layers_of(None), 30), train(layers_of("relu"), 2)
"""

RIGHT = {
    "a": [
        "lambda p: (np.abs(p[:, 0] - 0.5) < a) & (np.abs(p[:, 1] - 0.5) < a)",
        "lambda p: tf.cast(tf.reduce_max(tf.abs(p - 0.5), axis=1) < a, tf.float32)",
        "lambda p: (np.abs(p - 0.5).max(1, keepdims=True) < a).astype(int)",
        "lambda p: [1 if abs(x - 0.5) < a and abs(y - 0.5) < a else 0 for x, y in p]",
        "tf.function(lambda p: tf.reduce_all(tf.abs(p - 0.5) < a, axis=1))",
    ],
    "b": [
        "bent",
        "lambda p: np.stack([1 - bent(p)[:, 0], bent(p)[:, 0]], axis=1)",
        "lambda p: bent.predict(p, verbose=0)",
        "lambda p: np.all(np.abs(p - 0.5) < a, axis=1)",
    ],
    "c": [
        "straight_net",
        "train(keras.Sequential([keras.Input((2,)), keras.layers.Dense(8), keras.layers.Activation('linear'), keras.layers.Dense(8), keras.layers.Dense(1, activation='sigmoid')]), 2)",
    ],
    "d": [
        "(True, False, False, True)",
        "['true', 'false', 'False', True]",
        "np.array([1, 0, 0, 1]) == 1",
        "[1, 0, 0, 1]",
    ],
}

WRONG = {
    "a": [
        ("lambda p: np.any(np.abs(p - 0.5) < a, axis=1)", "not or"),
        ("lambda p: np.sum((p - 0.5) ** 2, axis=1) < a**2", "a circle"),
        ("lambda p: np.any(np.abs(p - 0.5) >= a, axis=1)", "exchanged"),
        ("lambda p: np.all(np.abs(p - 0.5) < a / 2, axis=1)", "half of its width"),
        ("lambda p: np.abs(p - 0.5) < a", "one label for each point"),
        ("lambda p: np.all(p < a, axis=1)", "the corner"),
        ("lambda p: np.zeros(len(p))", "labels are not right"),
        ("lambda p: np.all(np.abs(p - 0.5) < 2 * a, axis=1)", "too large"),
        ("lambda p: np.abs(p - 0.5).sum(axis=1) < a", "on its tip"),
        ("lambda p: np.where(np.all(np.abs(p - 0.5) < a, axis=1), 1, -1)", "there is -1"),
    ],
    "b": [
        ("straight_net", "points are right"),
        ("lambda p: np.zeros(len(p))", "same label"),
        ("young", "points are right"),
        ("lambda p: 1 - bent.predict(p, verbose=0)", "the wrong way round"),
        ("lambda p: bent.predict(p[:10], verbose=0)", "10 answers"),
        ("0.97", "a trained model"),
        ("train(layers_of('relu'), 1).history", "fit trains it in place"),
    ],
    "c": [
        ("bent", "relu"),
        ("layers_of(None)", "a new net"),
        ("layers_of(None, count=1)", "2 layers"),
        (
            "type('Net', (), {'layers': straight_net.layers, 'predict': lambda self, p, verbose=0: np.all(np.abs(p - 0.5) < a, axis=1)})()",
            "no straight line",
        ),
        ("0.5", "a Keras model"),
    ],
    "d": [
        ("[False, False, False, True]", "tanh is bent"),
        ("[True, True, False, True]", "collapse"),
        ("[True, False, True, True]", "always 1"),
        ("[True, False, False, False]", "more slowly"),
        ("[True]", "1 entries"),
    ],
}
