"""The weights of Keras files: their facts, and the holes that they must not open."""

import h5py
import keras
import numpy as np
import pytest

import tfkit
from tfkit.errors import FileError
from tfkit.files._weights import Weights, walk_weights


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    inner = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8, name="deep")], name="inner")
    norm = keras.layers.BatchNormalization(name="norm")
    layers = [keras.Input((4,)), keras.layers.Dense(8, name="first"), inner, norm, keras.layers.ReLU(name="relu")]
    return keras.Sequential(layers, name="model")


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_layers_have_the_numbers_of_their_weights(model, tmp_path, suffix):
    model.save(tmp_path / f"model{suffix}")
    graph = tfkit.read_graph(tmp_path / f"model{suffix}")
    facts = {node.label: node.attributes for node in graph.nodes}
    for layer in [model.get_layer("first"), model.get_layer("inner").get_layer("deep"), model.get_layer("norm")]:
        assert facts[layer.name]["parameters"] == layer.count_params()
        for weight in layer.weights:
            found = facts[layer.name]["weights"][weight.name]
            assert found["shape"] == list(weight.shape)
            assert found["maximum"] == pytest.approx(float(np.max(weight.numpy())))
            assert found["mean"] == pytest.approx(float(np.mean(weight.numpy())))
    assert "weights" not in facts["relu"]
    assert "parameters" not in facts["relu"]
    assert next(s for s in graph.scopes if s.path == ("inner",)).attributes["parameters"] == 72


def test_what_is_not_finite_is_counted(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="dense")])
    model.get_layer("dense").set_weights([np.array([[np.nan, 1.0], [np.inf, 2.0]]), np.zeros(2)])
    model.save(tmp_path / "sick.keras")
    kernel = tfkit.read_graph(tmp_path / "sick.keras")["dense"].attributes["weights"]["kernel"]
    assert (kernel["nan"], kernel["infinite"], kernel["maximum"]) == (1, 1, 2.0)


def test_a_weights_file_alone_says_what_is_missing(model, tmp_path):
    model.save_weights(tmp_path / "only.weights.h5")
    with pytest.raises(FileError, match="holds weights and no description"):
        tfkit.read_graph(tmp_path / "only.weights.h5")


def facts_of(path):
    with h5py.File(path) as file:
        return Weights(walk_weights(file)).facts(("dense",), "Dense").get("weights", {})


@pytest.fixture
def file(tmp_path):
    with h5py.File(tmp_path / "made.h5", "w") as made:
        variables = made.create_group("layers/dense/vars")
        variables.attrs["name"] = "dense"
        yield variables


def test_links_and_data_elsewhere_are_not_followed(file, tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(np.full(4, 42.0).tobytes())
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["data"] = np.full(4, 42.0)
    file["0"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/data")
    file["1"] = h5py.SoftLink("/layers")
    file.create_dataset("2", (4,), "f8", external=[(str(secret), 0, 32)])
    layout = h5py.VirtualLayout(shape=(4,), dtype="f8")
    layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "data", shape=(4,))
    file.create_virtual_dataset("3", layout)
    file["4"] = np.arange(4.0)
    file.file.flush()
    facts = facts_of(file.file.filename)
    assert facts.keys() == {"weight 2", "weight 3", "weight 4"}
    assert facts["weight 2"] == facts["weight 3"] == {"shape": [4]}  # a shape, and nothing of what stands elsewhere
    assert facts["weight 4"]["maximum"] == 3.0


def test_circles_and_depth_end(file):
    file["circle"] = file.file["layers"]
    group = file.file
    for _ in range(100):
        group = group.create_group("deeper")
    file["0"] = np.arange(4.0)
    file.file.flush()
    assert facts_of(file.file.filename)["kernel"]["maximum"] == 3.0


def test_bombs_keep_their_shape_and_are_not_unpacked(file):
    file.create_dataset("0", (10**6, 10**6), "f8", chunks=(1000, 1000), compression="gzip")
    file.create_dataset("1", (2000, 2000), "f8", chunks=(2000, 2000), compression="gzip", data=np.zeros((2000, 2000)))
    file.file.flush()
    assert facts_of(file.file.filename) == {"kernel": {"shape": [10**6, 10**6]}, "bias": {"shape": [2000, 2000]}}


def test_what_is_no_number_is_no_weight(file):
    file["0"] = np.array([b"text", b"more"])
    file["1"] = np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])
    file.create_dataset("2", data=h5py.Empty("f4"))
    file.file.flush()
    assert facts_of(file.file.filename) == {}
