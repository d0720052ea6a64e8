"""Answers to the exercises of lesson 18."""

SETUP = """
import time
from tfkit.course.data import find_fashion_mnist

size = "small" if find_fashion_mnist() is None else "full"
data = tfkit.load_fashion_mnist(size)
count = len(data.test_labels)
pictures = data.train_images[..., None].astype("float32") / 255

def cnn():
    layers = [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(16, 3, activation="relu"), keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(32, 3, activation="relu"), keras.layers.MaxPooling2D(),
        keras.layers.Flatten(), keras.layers.Dropout(0.3),
    ]
    return keras.Sequential([*layers, keras.layers.Dense(10, "softmax")])

mostly_right = np.where(np.arange(count) < 0.9 * count, data.test_labels, 0)
"""

_PLACE = """
def place(x, devices):
    with tf.device(devices[0]):
        a = x + 1
    with tf.device(devices[{second}]):
        b = {double}
    {third}
        c = x - 3
    return a, b, c
"""
_TIME = """
def times_longer(slow, fast):
    def seconds(work):
        {warm}
        start = time.perf_counter()
        for _ in range(5):
            {timed}
        return time.perf_counter() - start
    return {last}
"""


def _place(second=1, double="x * 2", third="with tf.device(devices[2]):"):
    return _PLACE.format(second=second, double=double, third=third)


def _time(warm="work().numpy()", timed="work().numpy()", last="seconds(slow) / seconds(fast)"):
    return _TIME.format(warm=warm, timed=timed, last=last)


RIGHT = {
    "a": [
        _place(),
        _place().replace("def place", "@tf.function\ndef place"),
        "def place(x, devices):\n    results = []\n    for name, f in zip(devices, (lambda v: v + 1, lambda v: v * 2, lambda v: v - 3)):\n"
        "        with tf.device(name):\n            results.append(f(x))\n    return results",
        "def place(x, devices):\n    with tf.device(devices[0]):\n        a = tf.add(x, 1)\n        with tf.device(devices[1]):\n"
        "            b = tf.multiply(x, 2)\n            with tf.device(devices[2]):\n                return [a, b, tf.subtract(x, 3)]",
    ],
    "b": [
        _time(),
        _time("float(work())", "np.asarray(work())"),
        _time().replace("perf_counter", "perf_counter_ns"),
        "from time import perf_counter\n"
        + _time("work().numpy(); work()").replace("time.perf_counter", "perf_counter"),
        "def times_longer(slow, fast):\n    import timeit\n    slow().numpy(), fast().numpy()\n"
        "    return timeit.timeit(lambda: slow().numpy(), number=3) / timeit.timeit(lambda: fast().numpy(), number=3)",
    ],
    "c": ["mostly_right", "lambda rows: mostly_right", "tf.one_hot(mostly_right, 10)"],
}

WRONG = {
    "a": [
        ("lambda x, devices: [x + 1, x * 2, x - 3]", "placed by TensorFlow itself"),
        (_place(second=2), "it should be on /GPU:0"),
        (_place(double="x * 3"), "it should be"),
        (
            "def place(x, devices):\n    with tf.device(devices[0]):\n        return [x + 1, x * 2, x - 3]",
            "a block of its own",
        ),
        ("def place(x, devices):\n    with tf.device(devices[0]):\n        return x + 1", "list of three tensors"),
        ("lambda x, devices: [1, 2, 3]", "is no tensor"),
    ],
    "b": [
        (_time(warm="pass"), "the first calls"),
        (_time(timed="work()"), "did not wait"),
        (_time(warm="pass", timed="work()"), "warm up first"),
        (_time(last="seconds(fast) / seconds(slow)"), "slow by fast"),
        (_time(last="seconds(slow) - seconds(fast)"), "Divide them"),
        ("lambda slow, fast: 3.0", "Python's clock"),
    ],
    "c": [
        ("np.zeros(count, int)", "same class"),
        ("data.test_labels", "true labels"),
        ("np.where(np.arange(count) < 0.6 * count, data.test_labels, 0)", "should be 0.8"),
        ("mostly_right[:100]", "100 predictions"),
    ],
}
