import io
import json
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

import tfkit
from tfkit.errors import FileError
from tfkit.parts import Kind


def written(path: Path, config: object, name: str = "config.json") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, config if isinstance(config, (str, bytes)) else json.dumps(config))
    return path


def arrows(graph):
    return [(edge.source, edge.target) for edge in graph.edges]


def test_a_sequential_model_is_a_chain_of_layers(tmp_path):
    layers = [
        keras.layers.Input((28, 28), name="images"),
        keras.layers.Flatten(name="flat"),
        keras.layers.Dense(10, name="out"),
    ]
    keras.Sequential(layers, name="softmax").save(tmp_path / "m.keras")
    graph = tfkit.read_graph(tmp_path / "m.keras")
    assert graph.name == "softmax"
    assert arrows(graph) == [("images", "flat"), ("flat", "out")]
    assert [(edge.source_output, edge.target_input) for edge in graph.edges] == [(0, 0), (0, 0)]
    assert [node.kind for node in graph.nodes] == [Kind.INPUT, Kind.LAYER, Kind.LAYER]
    assert [[output.shape for output in node.outputs] for node in graph.nodes] == [[(None, 28, 28)], [(None, 784)], []]
    assert graph["out"].attributes["units"] == 10


def test_branches_shared_layers_and_nested_models(tmp_path):
    left, right = keras.Input((8,), name="left"), keras.Input((8,), name="right")
    tower = keras.Sequential([keras.Input((8,), name="in"), keras.layers.Dense(4, name="dense")], name="tower")
    both = keras.layers.Concatenate(name="both")([tower(left), tower(right)])
    keras.Model([left, right], keras.layers.Add(name="sum")([both, both])).save(tmp_path / "m.keras")
    graph = tfkit.read_graph(tmp_path / "m.keras")
    assert [scope.path for scope in graph.scopes] == [("tower",)]
    assert set(arrows(graph)) >= {
        ("left", "tower/in"),
        ("right", "tower/in"),
        ("tower/in", "tower/dense"),
        ("tower/dense", "both"),
    }
    assert sorted(e.target_input for e in graph.edges if e.target == "sum") == [0, 1]
    assert graph["tower/dense"].outputs[0].shape == (None, 4)
    assert graph["both"].outputs[0].shape == (None, 8)


def test_a_real_network_reads_and_draws(tmp_path):
    keras.applications.MobileNetV2(weights=None).save(tmp_path / "m.keras")
    graph = tfkit.read_graph(tmp_path / "m.keras")
    assert len(graph.nodes) == 156
    assert graph.to_svg().count("data-node-id") <= 150


def test_a_layer_is_called_what_the_model_calls_it(tmp_path):
    layers = [{"class_name": "Dense", "name": "here", "config": {"name": "once"}}]
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    assert [node.id for node in tfkit.read_graph(written(tmp_path / "m.keras", config)).nodes] == ["here"]


def test_a_description_may_be_written_as_bytes(tmp_path):
    config = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="dense")], name="old").to_json()
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["model_config"] = np.bytes_(config)
    graph = tfkit.read_graph(tmp_path / "m.h5")
    assert (graph.name, graph.nodes[-1].label) == ("old", "dense")


def test_a_subclassed_model_is_one_box_and_nothing_of_it_is_imported(tmp_path):
    config = {"module": "os", "class_name": "system", "config": {"name": "evil"}, "registered_name": "os>system"}
    graph = tfkit.read_graph(written(tmp_path / "m.keras", config))
    assert [(node.label, node.op) for node in graph.nodes] == [("evil", "system")]


def test_what_flows_has_its_shape_and_type(tmp_path):
    tensor = {"keras_history": ["a", 0, 0], "shape": [None, 4], "dtype": "int32"}
    inbound = [{"args": [{"class_name": "__keras_tensor__", "config": tensor}]}]
    layers = [{"class_name": "D", "config": {"name": "a"}}]
    layers.append({"class_name": "D", "config": {"name": "b"}, "inbound_nodes": inbound})
    ends = {"input_layers": [["a", 0, 0]], "output_layers": [["b", 0, 0]]}
    config = {"class_name": "Functional", "config": {"name": "m", "layers": layers, **ends}}
    graph = tfkit.read_graph(written(tmp_path / "m.keras", config))
    assert arrows(graph) == [("a", "b")]
    assert [(output.shape, output.dtype) for output in graph["a"].outputs] == [((None, 4), "int32")]


@pytest.mark.parametrize("dtype", ["float16", {"class_name": "DTypePolicy", "config": {"name": "float16"}}])
def test_an_input_has_its_shape_and_type(tmp_path, dtype):
    layer = {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 4], "dtype": dtype}}
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": [layer]}}
    (node,) = tfkit.read_graph(written(tmp_path / "m.keras", config)).nodes
    assert [(output.shape, output.dtype) for output in node.outputs] == [((None, 4), "float16")]
    assert node.attributes["dtype"] == "float16"


def test_a_lambda_is_shown_and_not_run(tmp_path):
    canary = tmp_path / "canary"
    code = {"class_name": "__lambda__", "config": {"code": "never decoded", "path": str(canary)}}
    layer = {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "l", "function": code}}
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": [layer]}}
    assert tfkit.read_graph(written(tmp_path / "m.keras", config)).nodes[0].op == "Lambda"
    assert not canary.exists()


UNKNOWN = {"class_name": "__keras_tensor__", "config": {"keras_history": ["b", 0, 0]}}
HOSTILE = {
    "not a zip": b"hello",
    "no config": {"other.json": "{}"},
    "not json": {"config.json": "{"},
    "not a model": {"config.json": "[1, 2]"},
    "no layers inside": {"config.json": '{"class_name": "Functional", "config": {"layers": [1]}}'},
    "unknown source": {"config.json": json.dumps({"class_name": "Functional", "config": {
        "name": "m", "input_layers": [], "output_layers": [], "layers": [{"class_name": "D", "config": {"name": "a"},
        "inbound_nodes": [{"args": [UNKNOWN]}]}]}})},
    "doubled name": {"config.json": json.dumps({"class_name": "Sequential", "config": {"layers": [
        {"class_name": "D", "config": {"name": "a"}}] * 2}})},
    "too deep": {"config.json": "[" * 100_000},
    "bomb": {"config.json": " " * (65 << 20)},
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_broken_or_hostile_file_is_refused_by_name(tmp_path, name):
    content, buffer = HOSTILE[name], io.BytesIO()
    if isinstance(content, bytes):
        buffer.write(content)
    else:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, text in content.items():
                archive.writestr(entry, text)
    path = tmp_path / "odd.keras"
    path.write_bytes(buffer.getvalue())
    said = {
        "not a zip": r" is not a whole \.keras file: ",
        "bomb": r" holds a model description of more than 32 MB\.",
    }.get(name, "")
    with pytest.raises(FileError, match=rf"odd\.keras'{said}"):
        tfkit.read_graph(path)


def test_a_truncated_file_is_refused(tmp_path):
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "m.keras")
    whole = (tmp_path / "m.keras").read_bytes()
    for share in (0.1, 0.5, 0.9):
        (tmp_path / "cut.keras").write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(FileError, match=r"cut\.keras"):
            tfkit.read_graph(tmp_path / "cut.keras")
