"""Answers to the exercises of lesson 13."""

SETUP = """
good = ["keras.optimizers.SGD(learning_rate=0.005)", "keras.Input((2,))", "model.layers[0].output.shape",
        "model.compile(keras.optimizers.Adam(0.001), 'mse')", "model.fit(x, y, verbose=0)", "model.predict(x, verbose=0)",
        "model.save('model.keras')", "model.save_weights('w.weights.h5')"]

def but(number, line):
    return [line if place == number else one for place, one in enumerate(good, start=1)]
"""

_CALLBACK = """
class StopAt(keras.callbacks.Callback):
    def __init__(self, target):
        super().__init__()
        self.target = target
    def on_epoch_end(self, epoch, logs=None):
        if {condition}:
            {action}
"""


def _stop(condition='logs["accuracy"] >= self.target', action="self.model.stop_training = True"):
    return _CALLBACK.format(condition=condition, action=action)


RIGHT = {
    "a": ["(202, 26, 78)", "[1010 // 5, np.ceil(808 / 32), tf.constant(78)]"],
    "b": [
        _stop('self.target <= (logs or {}).get("accuracy", 0)'),
        "def StopAt(target):\n    class Stop(keras.callbacks.Callback):\n        def on_epoch_end(self, epoch, logs=None):\n"
        "            self.model.stop_training = logs['accuracy'] >= target\n    return Stop()",
        _stop() + "Base = StopAt\nclass StopAt(Base):\n    pass\n",
    ],
    "c": [
        "lambda model, x, y: (lambda e: tf.stack([tf.reduce_mean(e**2), tf.reduce_mean(tf.abs(e))]))(model(x)[:, 0] - y)",
        "def evaluate_by_hand(model, x, y):\n    error = tf.squeeze(model(x), 1) - y\n"
        "    return [tf.reduce_mean(error**2), tf.reduce_mean(tf.abs(error))]",
        "lambda model, x, y: np.array([keras.losses.MeanSquaredError()(y[:, None], model(x)), keras.losses.MeanAbsoluteError()(y[:, None], model(x))])",
    ],
    "d": [
        "tuple(good)",
        "but(6, 'model(x)')",
        'but(4, \'model.compile(optimizer="adam", loss="mse")\')',
        "but(2, 'keras.layers.Input(shape=(2,))')",
    ],
}

WRONG = {
    "a": [
        ("[808, 26, 78]", "How many are kept"),
        ("[202, 25, 75]", "rounded down"),
        ("[202, 32, 96]", "only 808"),
        ("[202, 26, 26]", "three times"),
        ("[202]", "1 entries"),
    ],
    "b": [
        (_stop(action="self.stop_training = True"), "belongs to the model"),
        (_stop("True"), "loss"),
        (_stop('logs["accuracy"] > self.target'), "use >="),
        (_stop('logs["accuracy"] >= self.target - 0.1'), "although the target"),
        (_stop('logs["loss"] >= self.target'), "goes on"),
        (_stop("False"), "goes on"),
        (_stop('logs["val_accuracy"] >= self.target'), "KeyError"),
        ("class StopAt:\n    def __init__(self, target):\n        pass", "should be a keras callback"),
        ("0.9", "the class StopAt itself"),
        (_stop('logs["loss"] < 1 - self.target'), "goes on"),
        (_stop().replace("on_epoch_end", "on_epoch_begin"), "known at its end"),
    ],
    "c": [
        (
            "lambda model, x, y: (np.mean((model(x) - y) ** 2), np.mean(np.abs(model(x) - y)))",
            "compared with every y",
        ),
        (
            "lambda model, x, y: (lambda e: (np.sqrt(np.mean(e**2)), np.mean(np.abs(e))))(np.ravel(model(x)) - y)",
            "the root",
        ),
        (
            "lambda model, x, y: (lambda e: (np.mean(np.abs(e)), np.mean(e**2)))(np.ravel(model(x)) - y)",
            "mse, then mae",
        ),
        ("lambda model, x, y: (lambda e: (np.sum(e**2), np.sum(np.abs(e))))(np.ravel(model(x)) - y)", "These are sums"),
        ("lambda model, x, y: model.evaluate(x, y, verbose=0)", "You call evaluate"),
        ("lambda model, x, y: np.mean((model.predict(x, verbose=0)[:, 0] - y) ** 2)", "return two numbers"),
        ("lambda model, x, y: (0.0, 0.0)", "evaluate gives"),
    ],
    "d": [
        ("but(1, 'keras.optimizers.SGD(lr=0.005)')", "still the old one"),
        ("but(1, 'keras.optimizers.SGD(0.05)')", "learning rate 0.005"),
        ("but(2, 'keras.Input(shape=2)')", "Line 2 still stops"),
        ("but(5, 'model.fit(x, y, workers=1, verbose=0)')", "TypeError"),
        ("but(6, 'model.predict(y, verbose=0)')", "Line 6"),
        ("but(4, 'model.compile(keras.optimizers.Adam(0.001))')", "the loss is missing"),
        ("but(7, 'model.save(\"model.h5\")')", "as a .keras file"),
        ("but(8, 'model.save_weights(\"weights.h5\")')", "Line 8 still stops"),
        ("but(3, 'model.layers[0].input.shape')", "Line 3"),
        ("good[:4]", "has 4 entries"),
        ("[1] * 8", "as text"),
    ],
}
