"""Answers to the exercises of lesson 15."""

SETUP = """
data = tfkit.load_fashion_mnist("small")
pictures = data.train_images[..., None].astype("float32") / 255
test_pictures = data.test_images[..., None].astype("float32") / 255

def mlp():
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(128, "relu")]
    return keras.Sequential([*layers, keras.layers.Dense(10, "softmax")])

def cnn():
    layers = [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(16, 3, activation="relu"), keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(32, 3, activation="relu"), keras.layers.MaxPooling2D(),
        keras.layers.Flatten(), keras.layers.Dropout(0.3),
    ]
    return keras.Sequential([*layers, keras.layers.Dense(10, "softmax")])

def train(net, epochs=12):
    keras.utils.set_random_seed(0)
    net.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    net.fit(pictures, data.train_labels, batch_size=64, epochs=epochs, verbose=0)
    return net
"""

_LOOP = """
def convolve(picture, kernel):
    k = kernel.shape[0]
    rows, columns = picture.shape[0] - k + 1, picture.shape[1] - k + 1
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            result[i, j] = {value}
    return {last}
"""


def _loop(value="np.sum(picture[i : i + k, j : j + k] * kernel)", last="result"):
    return _LOOP.format(value=value, last=last)


RIGHT = {
    "a": [
        "((12, 12, 24), (6, 6, 24), 864)",
        "[[12, 12, 24], tf.TensorShape((6, 6, 24)), 6 * 6 * 24]",
        "[(12, 12, 24), (6, 6, 24), (864,)]",
    ],
    "b": ["(888, 12810, 101770)", "[888.0, np.int64(12810), tf.constant(101770)]"],
    "c": [
        "lambda picture, kernel: tf.nn.conv2d(picture[None, ..., None], kernel[..., None, None], 1, 'VALID')[0, ..., 0]",
        _loop(last="tf.constant(result)"),
        _loop("(picture[i : i + k, j : j + k] * kernel).sum()"),
        "lambda picture, kernel: (np.lib.stride_tricks.sliding_window_view(picture, kernel.shape) * kernel).sum((2, 3))",
        "lambda picture, kernel: np.array([[np.sum(picture.numpy()[i : i + len(kernel), j : j + len(kernel)] * kernel) "
        "for j in range(picture.shape[1] - len(kernel) + 1)] for i in range(picture.shape[0] - len(kernel) + 1)])",
    ],
    "d": [
        "train(cnn()).predict(test_pictures, verbose=0).argmax(axis=1)",
        "train(mlp(), 20)",
    ],
}

WRONG = {
    "a": [
        ("[(14, 14, 24), (7, 7, 24), 1176]", "would need padding"),
        ("[(23, 23, 24), (11, 11, 24), 2904]", "without the strides"),
        ("[(12, 12, 24), (6, 6, 12), 432]", "does not touch the channels"),
        ("[(12, 12, 24), (6, 6, 24), 36]", "each has 24 numbers"),
        ("[(12, 12), (6, 6), 36]", "The channels come last"),
        ("[(12, 12, 24)]", "1 entries"),
        ("[(None, 12, 12, 24), (None, 6, 6, 24), 864]", "leave out the axis of the batch"),
        ("[(24, 12, 12), (24, 6, 6), 864]", "channels come last"),
    ],
    "b": [
        ("[864, 12810, 101770]", "a bias, too"),
        ("[37, 12810, 101770]", "There are 24"),
        ("[888, 8330, 101770]", "16 channels"),
        ("[888, 12810, 101632]", "a bias, too"),
        ("888", "list of 3 entries"),
    ],
    "c": [
        (_loop("np.sum(picture[i : i + k, j : j + k] * kernel[::-1, ::-1])"), "You turn the filter"),
        (
            "lambda picture, kernel: tf.nn.conv2d(picture[None, ..., None], kernel[..., None, None], 1, 'SAME')[0, ..., 0]",
            "as large as the picture",
        ),
        (_loop(last="result.T"), "Rows and columns"),
        (_loop("np.mean(picture[i : i + k, j : j + k] * kernel)"), "Add the products"),
        (_loop("picture[i, j] * kernel[0, 0]"), "your function gives"),
        ("lambda picture, kernel: picture @ kernel", "ValueError"),
        (_loop("picture[i : i + k, j : j + k].sum()"), "do not multiply them"),
    ],
    "d": [
        ("np.zeros(500, int)", "same class"),
        ("data.test_labels", "true labels"),
        ("train(mlp(), 1)", "should be 0.81"),
        ("data.train_labels", "2,000 predictions"),
    ],
}
