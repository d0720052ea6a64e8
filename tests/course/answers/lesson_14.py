"""Answers to the exercises of lesson 14."""

SETUP = """
data = tfkit.load_fashion_mnist("small")
rows = data.train_images.reshape(-1, 784).astype("float32") / 255
test_rows = data.test_images.reshape(-1, 784).astype("float32") / 255
"""

_MODEL = (
    "(lambda m: (m.compile('adam', 'sparse_categorical_crossentropy'), "
    "m.fit(rows, data.train_labels, epochs={epochs}, verbose=0), m)[-1])"
    "(keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, activation='softmax')]))"
)
_NEAREST = "((test_rows[:, None] - rows[None, ::4]) ** 2).sum(-1).argmin(1)"
_MOSTLY_RIGHT = "np.where(np.arange(500) < 400, data.test_labels, 0)"

RIGHT = {
    "a": [
        "lambda data: [int.from_bytes(data[i : i + 4], 'big') for i in range(4, 4 + 4 * data[3], 4)]",
        "lambda data: np.frombuffer(data, '>i4', count=data[3], offset=4)",
        "lambda data: tf.constant(__import__('struct').unpack_from(f'>{data[3]}I', data, 4))",
    ],
    "b": [
        "lambda images: tf.cast(tf.reshape(images, (-1, 784)), tf.float32) / 255",
        "lambda images: np.array([image.ravel() for image in images], 'float32') / np.float32(255)",
        "lambda images: (images / 255).reshape(len(images), 28 * 28).astype(np.float32)",
    ],
    "c": ["7850", "tf.constant(7850)", "785 * 10.0", "np.int64(784 * 10 + 10)"],
    "d": [
        _MODEL.format(epochs=20),
        _MODEL.format(epochs=20) + ".predict(test_rows, verbose=0)",
        "keras.Sequential([" + _MODEL.format(epochs=15) + "])",
        f"list({_MOSTLY_RIGHT})",
    ],
}

WRONG = {
    "a": [
        ("lambda data: tuple(np.frombuffer(data, '<u4', count=data[3], offset=4).tolist())", "turned round"),
        ("lambda data: tuple(np.frombuffer(data[: 4 + 4 * data[3]], '>u4').tolist())", "Skip them"),
        ("lambda data: tuple(int.from_bytes(data[4 + 4*i : 8 + 4*i], 'big') for i in range(3))", "announces 1 axes"),
        ("lambda data: (60000, 28, 28)", "announces 1 axes"),
        ("lambda data: int(np.prod(np.frombuffer(data[4 : 4 + 4 * data[3]], '>u4')))", "one number"),
        ("lambda data: tuple(data[7 + 4 * i] for i in range(data[3]))", "you give"),
        ("lambda data: str(data[3])", "should give a shape"),
        ("lambda data: data.shape", "AttributeError"),
    ],
    "b": [
        ("lambda images: images.reshape(-1, 784).astype('float32')", "Divide by 255"),
        ("lambda images: images.astype('float32') / 255", "rows of 784"),
        ("lambda images: images.reshape(784, -1).astype('float32') / 255", "became columns"),
        ("lambda images: images.reshape(-1, 784) / 255", "float64"),
        ("lambda images: images.reshape(-1, 784) // 255", "whole numbers"),
        ("lambda images: (images / images.max()).reshape(-1, 784).astype('float32')", "dark image"),
        ("lambda images: images.reshape(-1, 784).astype('float32') / 256", "255"),
        ("lambda images: images.transpose(0, 2, 1).reshape(-1, 784).astype('float32') / 255", "another order"),
        ("lambda images: images.reshape(-1, 784).astype('float32') / 127.5 - 1", "not the pixels divided"),
    ],
    "c": [
        ("784 * 10", "bias"),
        ("785", "ten classes"),
        ("784 + 10", "multiplied"),
        ("784 * 10 + 1", "Each of the ten classes"),
        ("78500", "not the number"),
        ("'7850'", "a text"),
        ("(7840, 10)", "one number"),
    ],
    "d": [
        ("np.zeros(500, int)", "same class"),
        ("data.test_labels", "true labels"),
        ("data.train_labels", "2,000 predictions"),
        ("np.arange(500) % 10", "should be 0.78"),
        ("np.array(data.class_names)[data.test_labels]", "class numbers"),
        ("data.test_labels + 1", "from 0 to 9"),
        ("np.zeros((500, 11))", "shape (500, 11)"),
        ("0.85", "single number"),
        (f"rows[::4][{_NEAREST}].argmax(1)", "from 0 to 9"),
        ("keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)])", "should be 0.78"),
    ],
}
