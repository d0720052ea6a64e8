"""What Keras's other backend makes of the same training, in a process of its own: KERAS_BACKEND=jax."""

import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from tests.training.cases import few, loop_of, plan_of, recipe_for, recipe_of, values
from tfkit.errors import TrainingError
from tfkit.training import device
from tfkit.training.train import train


def losses(network, precision="float32"):
    loop = loop_of(network, precision)
    return loop.run(plan_of(recipe_for(network)), 0, 3)[0].tolist()


def pieces():
    """Return the losses of pieces, and whether all variables are those of the whole."""
    plan, loop = plan_of(recipe_for("mlp")), loop_of("mlp")
    loop.run(plan, 0, 3)
    whole, loop = values(loop), loop_of("mlp")
    found = [loss for ends in ((0, 1), (1, 1), (1, 3)) for loss in loop.run(plan, *ends)[0].tolist()]
    return found, all(map(np.array_equal, whole, values(loop)))


def stopped(folder):
    def stop(now):
        if now.epoch == 1 and now.done > 0.5:
            signal.raise_signal(signal.SIGINT)

    asked = {"epochs": 2, "precision": "float32", "recipe": recipe_of("softmax"), "data": few()}
    first = train("softmax", logdir=folder, progress=stop, **asked)
    second = train("softmax", logdir=folder, save=folder / "net.keras", **asked)
    return first.finished, second.losses, train("softmax", **asked).losses, asdict(second)


def broken():
    try:
        train("softmax", epochs=1, precision="float32", recipe=recipe_of("softmax", rate=1e38), data=few())
    except TrainingError as error:
        return str(error)
    return None


if __name__ == "__main__":
    device._SIDES["cpu"] = 64  # a peak is not what is looked at here
    told = {
        "backend": keras.backend.backend(),
        "mlp": losses("mlp"),
        "cnn": losses("cnn"),
        "float16": losses("mlp", "float16"),
        "pieces": pieces(),
        "stopped": stopped(Path(sys.argv[1])),
        "broken": broken(),
    }
    print(json.dumps(told))
