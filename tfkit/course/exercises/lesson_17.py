"""Exercises of lesson 17: a model there and back, a training that goes on, an old file, names in a checkpoint."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tfkit.course.answers import Mistake, describe, dice, kind, numbers, require_function
from tfkit.course.check import task
from tfkit.course.exercises.expect import is_close

_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Write a function that saves a model in a folder and returns the loaded one, optimiser included.",
    "a.hint.1": "`model.save(path)` keeps everything, if the file ends in .keras.",
    "a.hint.2": "`keras.models.load_model(path)` makes a new model of it, already compiled.",
    "a.hint.3": 'Path: `f"{folder}/model.keras"`. Save, then return what load_model gives.',
    "a.praise": "Architecture, weights, and the optimiser with its step: all came back.",
    "a.same": "You returned the very model that came in. Return the one that you loaded.",
    "a.model": "The function should return a model, but it returns {kind}.",
    "a.no_file": "Nothing was written into the folder.",
    "a.weights": "The loaded model predicts something else: the weights did not come back.",
    "a.compile": "The loaded model is not compiled, so training cannot go on. Save the whole model, not only its weights.",
    "a.step": "The optimiser of the loaded model is at step {given}; it should be at {wanted}. Its state was not saved.",
    "b.prompt": "Train two epochs, save, load, train two more; return the four losses.",
    "b.hint.1": "`model.fit(...).history['loss']` is the list of losses of that fit.",
    "b.hint.2": "Between the two fits: save to a .keras file, load it, and go on with the loaded model.",
    "b.hint.3": "`first = model.fit(x, y, epochs=2, ...)`, save, `loaded = load_model(...)`, `second = loaded.fit(...)`.",
    "b.praise": "To the last digit the same as four epochs without a break.",
    "b.count": "There should be four losses, but there are {count}.",
    "b.again": "The third loss equals the first: the training began anew instead of going on.",
    "b.state": "The first two losses are right. Then the optimiser's memory is missing: save the whole model.",
    "b.shuffle": "The losses differ from the first on. Train with shuffle=False, and with the model from build().",
    "b.nothing": "Nothing was written into the folder: save and load between the two halves.",
    "c.prompt": "Mend the old script: save and load a model that was compiled with mse.",
    "c.hint.1": "In an .h5 file the loss is only a name, and Keras 3 cannot find 'mse' again.",
    "c.hint.2": "The .keras format has no such trouble. If it must be .h5, load it with compile=False.",
    "c.hint.3": '`model.save(f"{folder}/model.keras")` and `keras.models.load_model(f"{folder}/model.keras")`.',
    "c.praise": "It loads, whatever the loss.",
    "c.h5": "The .h5 file does not load: Keras cannot find mse by its name. Use .keras, or compile=False.",
    "c.extension": "Keras does not know this ending. Use .keras.",
    "d.prompt": "Write a function that returns the names of the variables in a checkpoint.",
    "d.hint.1": "`tf.train.list_variables(path)` gives pairs of name and shape.",
    "d.hint.2": "A name ends in /.ATTRIBUTES/VARIABLE_VALUE; cut it off with split('/')[0] or removesuffix.",
    "d.hint.3": "Leave out what is no variable of yours: save_counter and _CHECKPOINTABLE_OBJECT_GRAPH.",
    "d.praise": "You can look into any checkpoint now, without the program that wrote it.",
    "d.list": "The function should return names, but it returns {kind}: {answer}.",
    "d.pairs": "These are pairs of name and shape. Only the names were asked for.",
    "d.suffix": "The names still have their endings. Cut off /.ATTRIBUTES/VARIABLE_VALUE.",
    "d.extra": "{name} is written by the checkpoint itself. Leave it out.",
    "d.missing": "{name} is missing. Read the names from the file.",
    "d.other": "There is no variable {name} in this checkpoint.",
}


def _model(seed: int = 0) -> Any:
    """Return a small compiled model and leave the seeds of others alone."""
    import keras

    start = keras.initializers.GlorotUniform(seed=seed)
    layers = [
        keras.layers.Dense(4, activation="tanh", kernel_initializer=start),
        keras.layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(seed=seed + 1)),
    ]
    model = keras.Sequential([keras.Input((2,)), *layers])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    return model


def _data(number: int) -> tuple[Any, Any]:
    random = dice(number)
    x = random.uniform(-1, 1, (32, 2)).astype("float32")
    return x, (x[:, :1] * x[:, 1:]).astype("float32")


@contextlib.contextmanager
def _known_errors() -> Iterator[None]:
    """Say in a learner's words what Keras says about the endings of files."""
    try:
        yield
    except ValueError as error:
        if "deserialize" in str(error) or "mse" in str(error):
            raise Mistake(_SAY["c.h5"]) from error
        if "extension" in str(error):
            raise Mistake(_SAY["c.extension"]) from error
        raise


def _check_round_trip(answer: Any) -> None:
    function = require_function(answer)
    x, y = _data(17)
    model = _model()
    model.fit(x, y, epochs=2, verbose=0)
    with tempfile.TemporaryDirectory() as folder, _known_errors():
        loaded = function(model, folder)
        written = any(path.is_file() for path in Path(folder).rglob("*"))
    _judge_loaded(loaded, model, x)
    if not written:
        raise Mistake(_SAY["a.no_file"])
    if not getattr(loaded, "compiled", False):
        raise Mistake(_SAY["a.compile"])
    given, wanted = int(loaded.optimizer.iterations), int(model.optimizer.iterations)
    if given != wanted:
        raise Mistake(_SAY["a.step"].format(given=given, wanted=wanted))


def _judge_loaded(loaded: Any, model: Any, x: Any) -> None:
    if loaded is ...:
        raise Mistake("", not_attempted=True)
    if loaded is model:
        raise Mistake(_SAY["a.same"])
    if not hasattr(loaded, "predict"):
        raise Mistake(_SAY["a.model"].format(kind=kind(loaded)))
    if not is_close(np.asarray(loaded(x)), np.asarray(model(x)), 1e-4):
        raise Mistake(_SAY["a.weights"])


def _check_interrupted(answer: Any) -> None:
    function = require_function(answer)
    x, y = _data(170)
    wanted = _model().fit(x, y, epochs=4, batch_size=8, shuffle=False, verbose=0).history["loss"]
    with tempfile.TemporaryDirectory() as folder:
        result = function(_model, x, y, folder)
        written = any(path.is_file() for path in Path(folder).rglob("*"))
    if result is ...:
        raise Mistake("", not_attempted=True)
    if result is None:
        numbers(result, "four losses")
    given = np.asarray(numbers(result, "a list of four losses"), float).ravel().tolist()
    if len(given) != 4:
        raise Mistake(_SAY["b.count"].format(count=len(given)))
    if is_close(given, wanted, 1e-3):
        if not written:
            raise Mistake(_SAY["b.nothing"])
        return
    if is_close(given[2], given[0], 1e-3):
        raise Mistake(_SAY["b.again"])
    raise Mistake(_SAY["b.state" if is_close(given[:2], wanted[:2], 1e-3) else "b.shuffle"])


def _check_mended(answer: Any) -> None:
    function = require_function(answer)
    x, y = _data(1700)
    model = _model(5)
    model.fit(x, y, epochs=1, verbose=0)
    with tempfile.TemporaryDirectory() as folder, _known_errors():
        loaded = function(model, folder)
    _judge_loaded(loaded, model, x)


def _check_names(answer: Any) -> None:
    import tensorflow as tf

    function = require_function(answer)
    for names in (("w", "b"), ("kernel", "bias", "scale")):
        with tempfile.TemporaryDirectory() as folder:
            checkpoint = tf.train.Checkpoint(**{name: tf.Variable([1.0, 2.0]) for name in names})
            result = function(checkpoint.save(f"{folder}/model"))
        if result is ...:
            raise Mistake("", not_attempted=True)
        if isinstance(result, Iterator):
            result = list(result)
        if isinstance(result, str) or not isinstance(result, Collection):
            raise Mistake(_SAY["d.list"].format(kind=kind(result), answer=describe(result)))
        if any(isinstance(one, (tuple, list)) for one in result):
            raise Mistake(_SAY["d.pairs"])
        _judge_names(sorted(map(str, result)), set(names))


def _judge_names(given: list[str], wanted: set[str]) -> None:
    if any(name.endswith(_SUFFIX) for name in given):
        raise Mistake(_SAY["d.suffix"])
    for name in given:
        if name in ("save_counter", "_CHECKPOINTABLE_OBJECT_GRAPH"):
            raise Mistake(_SAY["d.extra"].format(name=name))
    for name in sorted(wanted - set(given)):
        raise Mistake(_SAY["d.missing"].format(name=name))
    for name in sorted(set(given) - wanted):
        raise Mistake(_SAY["d.other"].format(name=name))


TASKS = (
    task("a", _SAY, answer="round_trip", check=_check_round_trip),
    task("b", _SAY, answer="interrupted", check=_check_interrupted),
    task("c", _SAY, answer="mended", check=_check_mended),
    task("d", _SAY, answer="variable_names", check=_check_names),
)
