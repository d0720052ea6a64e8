"""Files that nobody thought of: whatever is in a file, a reader draws it or refuses it by name.

Hypothesis (https://hypothesis.readthedocs.io) thinks them up. ``pytest tests/hostile --hypothesis-profile=soak``
tries far more of them, and others each time.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

import tfkit
from tests.hostile.corpus import CASES
from tests.hostile.doors import DOORS, FIRST, OF_BYTES
from tfkit.errors import TfkitError

v1 = tf.compat.v1


def opened(door: str, path: Path) -> dict[str, Any] | None:
    """Return what is in a file, or None if it was refused in the right words."""
    try:
        return DOORS[door](path)
    except TfkitError as error:
        said = str(error)
    assert door in OF_BYTES or repr(path.name)[1:-1] in said
    return None


# Good files, damaged.


class Files(dict[str, tuple[str, Path]]):
    """Door and path of a file by its kind."""

    def __repr__(self) -> str:  # it stands in the report of every failure
        return f"{len(self)} files"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A good file of each kind: those of TensorFlow by TensorFlow, those of tfkit from the corpus."""
    folder = tmp_path_factory.mktemp("good")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.ReLU()])
    model.save(folder / "model.keras")
    keras.src.legacy.saving.legacy_h5_format.save_model_to_hdf5(model, str(folder / "model.h5"))
    graph = tf.function(model).get_concrete_function(tf.TensorSpec((2, 4))).graph
    definition = graph.as_graph_def(add_shapes=True)
    tf.io.write_graph(definition, str(folder), "graph.pb", as_text=False)
    tf.io.write_graph(definition, str(folder), "graph.pbtxt")
    model.export(str(folder / "export"), verbose=False)
    with graph.as_default():
        v1.summary.FileWriter(str(folder / "logs"), graph).close()
    (event,) = (folder / "logs").iterdir()
    paths = [folder / name for name in ("model.keras", "model.h5", "graph.pb", "graph.pbtxt")]
    paths += [folder / "export" / "saved_model.pb", event]
    made = {path.name.partition(".1")[0]: ("graph", path) for path in paths}
    return Files(made | {c.name: (c.door, c.write(folder)) for c in CASES if c.name in FIRST and c.door != "graph"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all examples: a thousand folders take long to make."""
    return tmp_path_factory.mktemp("odd")


GOOD = ("model.keras", "model.h5", "graph.pb", "graph.pbtxt", "saved_model.pb", "events.out.tfevents")
SLOW = ("model.keras", "model.h5")  # for which a process is started
OWN = tuple(case.name for case in CASES if case.name in FIRST and case.door != "graph")
PLACES = st.floats(0, 1, exclude_max=True)
DAMAGE = st.one_of(
    st.tuples(st.just("cut off"), PLACES, st.just(b"")),
    st.tuples(st.just("other bytes"), PLACES, st.binary(min_size=1, max_size=8)),
    st.tuples(st.just("bytes put in"), PLACES, st.binary(min_size=1, max_size=40)),
    st.tuples(st.just("bytes left out"), PLACES, st.binary(min_size=1, max_size=40)),
    st.tuples(st.just("its own bytes put in"), PLACES, st.binary(min_size=1, max_size=40)),
)


def damaged(data: bytes, what: str, place: float, given_bytes: bytes) -> bytes:
    at, length = int(place * len(data)), len(given_bytes)
    if what == "cut off":
        return data[:at]
    if what == "other bytes":
        return data[:at] + given_bytes + data[at + length :]
    if what == "bytes put in":
        return data[:at] + given_bytes + data[at:]
    if what == "bytes left out":
        return data[:at] + data[at + length :]
    return data[:at] + data[-at - length :][:length] + data[at:]


def open_damaged(good: Files, folder: Path, kind: str, damages: Any) -> None:
    door, whole = good[kind]
    data = whole.read_bytes()
    for damage in damages:
        data = damaged(data, *damage)
    path = folder / whole.name
    path.write_bytes(data)
    opened(door, path)


@pytest.mark.parametrize("kind", [kind for kind in GOOD + OWN if kind not in SLOW])
@given(st.lists(DAMAGE, min_size=1, max_size=4))
def test_a_good_file_with_damage(good: Files, folder: Path, kind: str, damages: Any) -> None:
    open_damaged(good, folder, kind, damages)


@pytest.mark.parametrize("kind", SLOW)
@settings(max_examples=settings().max_examples // 4)
@given(st.lists(DAMAGE, min_size=1, max_size=4))
def test_a_good_model_with_damage(good: Files, folder: Path, kind: str, damages: Any) -> None:
    open_damaged(good, folder, kind, damages)


@pytest.mark.parametrize("kind", GOOD + OWN)
def test_the_good_files_are_good(good: Files, kind: str) -> None:
    assert opened(*good[kind]) is not None


# Graphs that are odd, but whole.

TEXTS = st.text(max_size=12)
FEW = st.sampled_from(["a", "b", "a/b", "f", "^a", "a:1", "b:y:0", "", "Ω"])
NAMES = FEW | TEXTS


@st.composite
def nodes(draw: Callable[[Any], Any]) -> Any:
    node = v1.NodeDef(name=draw(NAMES), op=draw(st.sampled_from(["Neg", "AddN", "Const", "While", "If", "f", "g"])))
    node.input.extend(draw(st.lists(NAMES, max_size=4)))
    node.device = draw(TEXTS)
    for name in draw(st.lists(st.sampled_from(["T", "body", "cond", "then_branch", "f", "N", "value"]), max_size=3)):
        value = node.attr[name]
        kind = draw(st.sampled_from(["s", "i", "f", "type", "shape", "func", "tensor", "list"]))
        if kind == "s":
            value.s = draw(st.binary(max_size=8))
        elif kind == "i":
            value.i = draw(st.integers(-(2**63), 2**63 - 1))
        elif kind == "f":
            value.f = draw(st.floats(width=32))
        elif kind == "type":
            value.type = draw(st.integers(0, 200))
        elif kind == "shape":
            value.shape.dim.add(size=draw(st.integers(-2, 2**62)))
        elif kind == "func":
            value.func.name = draw(NAMES)
        elif kind == "tensor":
            value.tensor.dtype = draw(st.integers(0, 30))
            value.tensor.tensor_shape.dim.add(size=draw(st.integers(-1, 2**40)))
            value.tensor.tensor_content = draw(st.binary(max_size=16))
        else:
            value.list.func.add(name=draw(NAMES))
    return node


@st.composite
def graphs(draw: Callable[[Any], Any]) -> Any:
    graph = v1.GraphDef()
    graph.node.extend(draw(st.lists(nodes(), min_size=1, max_size=8)))
    for name in draw(st.lists(st.sampled_from(["f", "g", "h"]), max_size=3)):
        function = graph.library.function.add()
        function.signature.name = name
        function.node_def.extend(draw(st.lists(nodes(), max_size=4)))
        for argument in draw(st.lists(NAMES, max_size=2)):
            function.signature.input_arg.add(name=argument, type=1)
        for result in draw(st.lists(NAMES, max_size=2)):
            function.signature.output_arg.add(name=result, type=1)
            function.ret[result] = draw(NAMES)
    return graph


@given(graphs())
def test_a_graph_of_anything(folder: Path, graph: Any) -> None:
    path = folder / "graph.pb"
    path.write_bytes(graph.SerializeToString())
    found = opened("graph", path)
    assert found is not None and found["nodes"] >= len(graph.node)
    (path.parent / "graph.pbtxt").write_text(str(graph))
    again = tfkit.read_graph(path.parent / "graph.pbtxt")
    assert again.to_wire() == tfkit.read_graph(path).to_wire()


# Descriptions of models with anything in them.

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | NAMES | st.sampled_from(["Dense", "Sequential", "config"])
)
KEYS = st.sampled_from(["class_name", "config", "name", "layers", "inbound_nodes", "args", "kwargs", "units"]) | TEXTS
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@st.composite
def models(draw: Callable[[Any], Any]) -> Any:
    """Return what Keras writes of a model, in which some values are anything."""

    def maybe(value: Any) -> Any:
        return draw(ANYTHING) if draw(st.integers(0, 11)) == 0 else value

    def layer(name: str, source: str) -> Any:
        history = maybe([maybe(source), maybe(0), maybe(0)])
        tensor = {"class_name": "__keras_tensor__", "config": maybe({"keras_history": history, "shape": maybe([3])})}
        inbound = maybe([maybe({"args": maybe([maybe(tensor)]), "kwargs": maybe({})})])
        config = maybe({"name": maybe(name), "units": maybe(3), "layers": maybe([])})
        return {"class_name": maybe("Dense"), "config": config, "name": maybe(name), "inbound_nodes": inbound}

    layers = [maybe(layer(name, source)) for name, source in draw(st.lists(st.tuples(FEW, FEW), max_size=4))]
    ends = {"input_layers": maybe([["a", 0, 0]]), "output_layers": maybe([["b", 0, 0]])}
    config = maybe({"name": maybe("m"), "layers": maybe(layers), **(ends if draw(st.booleans()) else {})})
    return maybe({"class_name": maybe(draw(st.sampled_from(["Sequential", "Functional"]))), "config": config})


@given(models())
def test_a_model_of_anything(folder: Path, model: Any) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("config.json", json.dumps(model))
    path = folder / "model.keras"
    path.write_bytes(written.getvalue())
    opened("graph", path)
