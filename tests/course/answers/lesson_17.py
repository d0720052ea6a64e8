"""Answers to the exercises of lesson 17."""

SETUP = """
load = keras.models.load_model

def interrupted(build, x, y, folder, again=None, epochs=2, shuffle=False):
    options = {"batch_size": 8, "shuffle": shuffle, "verbose": 0, "epochs": epochs}
    model = build()
    first = model.fit(x, y, **options).history["loss"]
    model.save(folder + "/half.keras")
    model = load(folder + "/half.keras") if again is None else again(model)
    return [*first, *model.fit(x, y, **options).history["loss"]]

def fresh(model):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    copy.compile(keras.optimizers.Adam(0.05), "mse")
    return copy
"""

_TRIP = """
def {name}(model, folder):
    path = folder + "/{file}"
    {save}
    return {load}
"""


def _trip(name="round_trip", file="m.keras", save="model.save(path)", load="keras.models.load_model(path)"):
    return _TRIP.format(name=name, file=file, save=save, load=load)


RIGHT = {
    "a": [
        _trip(save="keras.saving.save_model(model, path)", load="keras.saving.load_model(path)"),
        "def round_trip(model, folder):\n    from pathlib import Path\n    path = Path(folder) / 'net.keras'\n"
        "    model.save(path)\n    return load(path)",
    ],
    "b": [
        "interrupted",
        "lambda build, x, y, folder: np.array(interrupted(build, x, y, folder)).reshape(2, 2)",
        "def interrupted_2(build, x, y, folder):\n    model = build()\n    losses = []\n    for half in range(2):\n"
        "        if half:\n            model = load(f'{folder}/a.keras')\n"
        "        losses += model.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0).history['loss']\n"
        "        model.save(f'{folder}/a.keras')\n    return losses\ninterrupted = interrupted_2",
    ],
    "c": [
        _trip("mended"),
        _trip("mended", "m.h5", load="keras.models.load_model(path, compile=False)"),
        _trip(
            "mended",
            "m.h5",
            load="keras.models.load_model(path, custom_objects={'mse': keras.losses.MeanSquaredError()})",
        ),
    ],
    "d": [
        "lambda path: [name.split('/')[0] for name, shape in tf.train.list_variables(path) if '/' in name and 'save_counter' not in name]",
        "lambda path: {name.removesuffix('/.ATTRIBUTES/VARIABLE_VALUE') for name in tf.train.load_checkpoint(path).get_variable_to_shape_map()} - {'save_counter', '_CHECKPOINTABLE_OBJECT_GRAPH'}",
    ],
}

WRONG = {
    "a": [
        ("lambda model, folder: model", "the very model"),
        (_trip(load="fresh(model)"), "at step 0"),
        (_trip(load="keras.models.clone_model(model)"), "the weights did not come back"),
        (_trip(load="keras.models.load_model(path, compile=False)"), "not compiled"),
        (_trip(save="pass", load="fresh(model)"), "Nothing was written"),
        (_trip(load="path"), "should return a model"),
        (_trip(file="m"), "does not know this ending"),
        (_trip(file="m.h5"), "Use .keras"),
        (_trip(save="path = folder + '/m.weights.h5'; model.save_weights(path)", load="fresh(model)"), "at step 0"),
    ],
    "b": [
        ("lambda build, x, y, folder: interrupted(build, x, y, folder, again=fresh)", "optimiser's memory"),
        ("lambda build, x, y, folder: interrupted(build, x, y, folder, again=lambda model: build())", "began anew"),
        ("lambda build, x, y, folder: interrupted(build, x, y, folder, epochs=1)", "there are 2"),
        ("lambda build, x, y, folder: build()", "four losses"),
        (
            "lambda build, x, y, folder: build().fit(x, y, epochs=4, batch_size=8, shuffle=False, verbose=0).history['loss']",
            "save and load between",
        ),
        (
            "lambda build, x, y, folder: build().fit(x, y, epochs=4, batch_size=32, verbose=0).history['loss']",
            "from the first on",
        ),
    ],
    "c": [
        (_trip("mended", "m.h5"), "Use .keras, or compile=False"),
        (_trip("mended", "m"), "does not know this ending"),
        (_trip("mended", load="model"), "the very model"),
        (_trip("mended", load="keras.models.clone_model(model)"), "did not come back"),
    ],
    "d": [
        ("lambda path: tf.train.list_variables(path)", "pairs of name and shape"),
        ("lambda path: [name for name, shape in tf.train.list_variables(path) if 'ATTR' in name]", "Cut off"),
        (
            "lambda path: [name.split('/')[0] for name, shape in tf.train.list_variables(path)]",
            "by the checkpoint itself",
        ),
        ("lambda path: ['w', 'b']", "is missing"),
        ("lambda path: 'w b'", "should return names"),
        ("lambda path: ['w', 'b', 'c', 'kernel', 'bias', 'scale']", "no variable bias"),
    ],
}
