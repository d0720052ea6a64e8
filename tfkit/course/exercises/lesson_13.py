"""Exercises of lesson 13: steps and sizes, a callback that stops, evaluate() by hand, eight old lines."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, describe, dice, entries_of, kind, numbers, require_function, result_of
from tfkit.course.check import task
from tfkit.course.exercises.expect import entries, is_close

# The lines of exercise d as they stand in old code.
OLD = (
    "keras.optimizers.SGD(lr=0.005)",
    "keras.Input(2)",
    "model.layers[0].output_shape",
    "model.compile(tf.train.AdamOptimizer(0.001), 'mse')",
    "model.fit(x, y, workers=2, verbose=0)",
    "model.predict(x, y)",
    "model.save('model')",
    "model.save_weights('weights.ckpt')",
)

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Predict: examples kept for validation, steps in an epoch, updates in all.",
    "a.hint.1": "validation_split=0.2 takes the last fifth of the examples away before anything is trained.",
    "a.hint.2": "The steps of an epoch are the training examples divided by the batch size, rounded up.",
    "a.hint.3": "1010 / 5 = 202 are kept, 808 are left, and 808 / 32 = 25.25.",
    "a.praise": "The last batch of an epoch is smaller, and it counts.",
    "a.1": "Entry 1: a fifth of 1010 is not {answer}.",
    "a.1.808": "Entry 1: that is how many are trained on. How many are kept?",
    "a.2": "Entry 2: 808 examples in batches of 32 are not {answer} steps.",
    "a.2.25": "Entry 2: rounded down. The eight examples that are left make a batch, too.",
    "a.2.32": "Entry 2: 1010 / 32 is about 32, but only 808 examples are trained on.",
    "a.3": "Entry 3: three epochs make three times the steps of one.",
    "b.prompt": "Write a callback that stops the training when the accuracy reaches a target.",
    "b.hint.1": "A callback is a class that inherits from keras.callbacks.Callback. Keras calls its methods.",
    "b.hint.2": "on_epoch_end(self, epoch, logs) gets the metrics in `logs`. `self.model.stop_training = True` stops.",
    "b.hint.3": 'In on_epoch_end: `if logs["accuracy"] >= self.target: self.model.stop_training = True`.',
    "b.praise": "A few lines, and Keras asks you after every epoch.",
    "b.class": "The answer should be the class StopAt itself, but it is {kind}.",
    "b.callback": "StopAt(0.9) should be a keras callback: class StopAt(keras.callbacks.Callback).",
    "b.method": "The accuracy of an epoch is known at its end. Write the method on_epoch_end(self, epoch, logs=None).",
    "b.early": "It stops at an accuracy of {accuracy:.2f}, although the target is {target:.2f}.",
    "b.never": "It goes on at an accuracy of {accuracy:.2f}, although the target is {target:.2f}.",
    "b.self": "You set stop_training of the callback. It belongs to the model: self.model.stop_training.",
    "b.equal": "An accuracy of exactly {target:.2f} should stop it, too: use >=.",
    "b.loss": "It looks at the loss. The target is an accuracy.",
    "c.prompt": "Write evaluate() for a model with mse and mae: return both, as two numbers.",
    "c.hint.1": "Predict first. Then compare with y: the mean of the squares, and the mean of the sizes.",
    "c.hint.2": "Predictions have the shape (n, 1), y has (n,). Bring both to one shape before you subtract.",
    "c.hint.3": "`error = model.predict(x, verbose=0).ravel() - y`, then np.mean(error**2) and np.mean(np.abs(error)).",
    "c.praise": "The same numbers as evaluate(). A metric is nothing more than that.",
    "c.evaluate": "You call evaluate. Do by hand what it does: predict, then compare with y.",
    "c.two": "Your function should return two numbers: mse and mae.",
    "c.broadcast": "Every prediction was compared with every y: (n, 1) minus (n,) is a table. Use ravel().",
    "c.root": "The first number is the root of the mse. Leave the root out.",
    "c.swapped": "The order is mse, then mae.",
    "c.sum": "These are sums. Take the means.",
    "c.values": "You give {given}, and evaluate gives {wanted}.",
    "d.prompt": "Mend eight old lines, each as text, so that they run today.",
    "d.hint.1": "The migration table of the lesson has all of them. Try each line in a cell of its own; the error names it.",
    "d.hint.2": "Arguments were renamed (lr), became tuples (2), or are gone (workers, y). Optimisers live in keras.",
    "d.hint.3": "Files: 'model.keras' and 'weights.weights.h5'. Shapes: `model.layers[0].output.shape`.",
    "d.praise": "All eight run. You can now take most old notebooks to today's Keras.",
    "d.text": "Line {number} is {kind}. Write it as text, between quotes.",
    "d.same": "Line {number} is still the old one.",
    "d.fails": "Line {number} still stops with {error}",
    "d.1": "Line 1 should make SGD with the learning rate 0.005.",
    "d.2": "Line 2 should announce two numbers for each example.",
    "d.3": "Line 3 should give the output shape of the first layer, (None, 3).",
    "d.4": "Line 4 should compile the model with Adam, learning rate 0.001.",
    "d.4.loss": "Line 4: the loss is missing. It was 'mse'.",
    "d.5": "Line 5 should fit the model.",
    "d.6": "Line 6 should give one prediction for each row of x.",
    "d.7": "Line 7 should save the model as a .keras file.",
    "d.8": "Line 8 should save the weights as a .weights.h5 file.",
}


class _Drive:
    """Calls a callback as fit does, epoch by epoch, without training anything."""

    def __init__(self, callback: Any) -> None:
        self.model = SimpleNamespace(stop_training=False)
        self.callback = callback
        callback.set_params({"epochs": 9, "steps": 1, "verbose": 0})
        callback.set_model(self.model)
        callback.on_train_begin({})

    def stops_after(self, epoch: int, accuracy: float) -> bool:
        logs = {"accuracy": accuracy, "loss": 0.4}
        self.callback.on_epoch_begin(epoch, {})
        self.callback.on_train_batch_end(0, dict(logs))
        self.callback.on_epoch_end(epoch, dict(logs))
        return bool(self.model.stop_training)


def _check_callback(answer: Any) -> None:
    import keras

    if not callable(answer):
        raise Mistake(_SAY["b.class"].format(kind=kind(answer)))
    for target in (0.9, round(float(dice(13).uniform(0.55, 0.8)), 2)):
        callback = answer(target)
        if not isinstance(callback, keras.callbacks.Callback):
            raise Mistake(_SAY["b.callback"])
        own = {
            name
            for one in (callback, *type(callback).__mro__)
            if one is not keras.callbacks.Callback
            for name in vars(one)
        }
        if not own & {"on_epoch_end", "on_train_batch_end"}:
            if any(name.startswith("on_") for name in own):
                raise Mistake(_SAY["b.method"])
            raise Mistake("", not_attempted=True)
        _judge_callback(callback, target)


def _judge_callback(callback: Any, target: float) -> None:
    drive = _Drive(callback)
    for epoch, accuracy in enumerate((0.3, target - 0.01)):
        if drive.stops_after(epoch, accuracy):
            known = "b.loss" if accuracy == 0.3 and 1 - accuracy >= target - 0.2 else "b.early"
            raise Mistake(_SAY[known].format(accuracy=accuracy, target=target))
    exact = drive.stops_after(2, target)
    if drive.stops_after(3, target + 0.05):
        if not exact:
            raise Mistake(_SAY["b.equal"].format(target=target))
        return
    own = getattr(callback, "stop_training", False)
    raise Mistake(_SAY["b.self" if own else "b.never"].format(accuracy=target + 0.05, target=target))


def _refuse(*arguments: Any, **options: Any) -> None:
    raise Mistake(_SAY["c.evaluate"])


def _check_evaluate(answer: Any) -> None:
    import keras

    function = require_function(answer)
    random = dice(130)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    model.evaluate = _refuse
    for count in (7, 40):
        model.set_weights([random.normal(0, 1, (3, 1)), random.normal(0, 1, 1)])
        x, y = random.normal(0, 1, (count, 3)).astype("float32"), random.normal(0, 1, count).astype("float32")
        result = result_of(function, model, x, y)
        if hasattr(result, "numpy"):
            result = np.asarray(result)
        if not isinstance(result, (list, tuple, np.ndarray)) or np.shape(result)[:1] != (2,):
            raise Mistake(_SAY["c.two"])
        given = [float(numbers(one, "a number").reshape(())) for one in result]
        _judge_evaluate(np.array(given), np.asarray(model(x)), y)


def _judge_evaluate(given: Any, predicted: Any, y: Any) -> None:
    error, table = predicted.ravel() - y, predicted - y
    wanted = np.array([(error**2).mean(), np.abs(error).mean()])
    if is_close(given, wanted, 1e-3):
        return
    known = {
        "broadcast": np.array([(table**2).mean(), np.abs(table).mean()]),
        "root": np.array([np.sqrt(wanted[0]), wanted[1]]),
        "swapped": wanted[::-1],
        "sum": wanted * len(y),
    }
    for name, wrong in known.items():
        if is_close(given, wrong, 1e-3):
            raise Mistake(_SAY[f"c.{name}"])
    raise Mistake(_SAY["c.values"].format(given=given.round(4).tolist(), wanted=wanted.astype(float).round(4).tolist()))


def _check_lines(answer: Any) -> None:
    lines = entries_of(answer, len(OLD), "lines of code, each a text")
    if tuple(lines) == OLD:
        raise Mistake("", not_attempted=True)
    for number, line in enumerate(lines, start=1):
        if not isinstance(line, str):
            raise Mistake(_SAY["d.text"].format(number=number, kind=kind(line)))
        if line == OLD[number - 1]:
            raise Mistake(_SAY["d.same"].format(number=number))
        with _scene() as scene:
            try:
                result = eval(line, scene)
            except Exception as error:
                told = f"{type(error).__name__}: {describe(error, 100)}"
                raise Mistake(_SAY["d.fails"].format(number=number, error=told)) from error
            if not _HOLDS[number - 1](result, scene):
                raise Mistake(_SAY[f"d.{number}"])
            if number == 4 and not scene["model"].get_compile_config()["loss"]:
                raise Mistake(_SAY["d.4.loss"])


@contextlib.contextmanager
def _scene() -> Iterator[dict[str, Any]]:
    """Give a line what it mentions: a model, some data, and an empty folder for its files."""
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield {"keras": keras, "tf": tf, "model": model, "x": x, "y": y, "np": np}


def _file(ending: str) -> Callable[[Any, dict[str, Any]], bool]:
    from pathlib import Path

    return lambda result, scene: any(path.name.endswith(ending) for path in Path().iterdir())


def _rate(optimizer: Any) -> float:
    return round(float(np.asarray(optimizer.learning_rate)), 6)


# What must hold after each line: its result, or what it did.
_HOLDS: tuple[Callable[[Any, dict[str, Any]], bool], ...] = (
    lambda result, scene: type(result).__name__ == "SGD" and _rate(result) == 0.005,
    lambda result, scene: tuple(getattr(result, "shape", ())) == (None, 2),
    lambda result, scene: tuple(result) == (None, 3),
    lambda result, scene: (
        type(scene["model"].optimizer).__name__ == "Adam" and _rate(scene["model"].optimizer) == 0.001
    ),
    lambda result, scene: hasattr(result, "history"),
    lambda result, scene: np.shape(result) == (4, 1),
    _file(".keras"),
    _file(".weights.h5"),
)

TASKS = (
    task("a", _SAY, answer="sizes", check=entries("a", _SAY, [202, 26, 78])),
    task("b", _SAY, answer="StopAt", check=_check_callback),
    task("c", _SAY, answer="evaluate_by_hand", check=_check_evaluate),
    task("d", _SAY, answer="mended", check=_check_lines),
)
