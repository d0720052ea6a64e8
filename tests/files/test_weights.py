"""The weights of Keras files: their facts, and the holes that they must not open."""

import zipfile

import h5py
import keras
import numpy as np
import pytest

import tfkit
from tfkit.errors import FileError
from tfkit.files import _keras, _weights
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
    inner = next(scope for scope in graph.scopes if scope.path == ("inner",)).attributes
    assert (inner["parameters"], inner["class"], "weights" in inner) == (72, "Sequential", False)


def test_what_is_not_finite_is_counted(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="dense")])
    model.get_layer("dense").set_weights([np.array([[np.nan, 1.0], [np.inf, 2.0]]), np.zeros(2)])
    model.save(tmp_path / "sick.keras")
    kernel = tfkit.read_graph(tmp_path / "sick.keras")["dense"].attributes["weights"]["kernel"]
    assert (kernel["nan"], kernel["infinite"], kernel["maximum"]) == (1, 1, 2.0)


@keras.saving.register_keras_serializable()
class Subclassed(keras.Model):
    def __init__(self, **rest):
        super().__init__(**rest)
        self.dense = keras.layers.Dense(3)

    def call(self, x):
        return self.dense(x)


def test_a_subclassed_model_has_all_weights(tmp_path):
    model = Subclassed(name="mine")
    model(np.zeros((1, 4)))
    model.save(tmp_path / "mine.keras")
    (node,) = tfkit.read_graph(tmp_path / "mine.keras").nodes
    assert (node.op, node.attributes["parameters"]) == ("Subclassed", 15)


def test_packed_weights_are_unpacked_up_to_a_limit(model, tmp_path, monkeypatch):
    model.save(tmp_path / "stored.keras")
    packing = zipfile.ZipFile(tmp_path / "packed.keras", "w", zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(tmp_path / "stored.keras") as stored, packing as packed:
        for name in stored.namelist():
            packed.writestr(name, stored.read(name))

    def has_weights(name):
        return "weights" in tfkit.read_graph(tmp_path / name)["first"].attributes

    assert has_weights("stored.keras") and has_weights("packed.keras")
    monkeypatch.setattr(_keras, "_MOST_UNPACKED", 100)
    assert has_weights("stored.keras") and not has_weights("packed.keras")


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


def test_what_belongs_to_the_optimizer_is_no_weight_of_a_layer(file):
    file["0"] = np.arange(4.0)
    file.file["layers/dense/optimizer/vars/1"] = np.arange(4.0)
    file.file.flush()
    assert facts_of(file.file.filename).keys() == {"kernel"}


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


@pytest.mark.parametrize(
    ("limit", "most", "shapes", "ranges"),
    [("_MOST_BYTES", 64, 4, 2), ("_MOST_READ", 3, 4, 3), ("_MOST_OBJECTS", 5, 2, 2)],  # layers, dense, vars: three
)
def test_beyond_the_limits_ranges_and_then_shapes_are_left_out(file, monkeypatch, limit, most, shapes, ranges):
    for number in range(4):
        file[str(number)] = np.arange(4.0)
    file.file.flush()
    monkeypatch.setattr(_weights, limit, most)
    facts = facts_of(file.file.filename).values()
    assert (len(facts), sum("maximum" in fact for fact in facts)) == (shapes, ranges)


@pytest.mark.parametrize(
    ("settings", "is_read"),
    [({"compression": "gzip", "shuffle": True, "fletcher32": True}, True), ({"compression": "lzf"}, False)],
)
def test_only_filters_of_hdf5_itself_are_used(file, settings, is_read):
    file.create_dataset("0", data=np.arange(4.0), chunks=(4,), **settings)
    file.file.flush()
    assert facts_of(file.file.filename)["kernel"]["shape"] == [4]
    assert ("maximum" in facts_of(file.file.filename)["kernel"]) is is_read


@pytest.mark.parametrize(
    ("written", "layer"),
    [
        ("dense/kernel:0", ("dense",)),
        ("dense/dense/kernel:0", ("dense",)),
        ("dense/model/dense/kernel", ("dense",)),
        ("inner/deep/kernel:0", ("inner", "deep")),
        ("inner/inner/deep/kernel", ("inner", "deep")),
        ("attention/model/attention/query/kernel", ("attention", "query")),
    ],
)
def test_in_a_file_of_keras_2_a_weight_finds_its_layer(tmp_path, written, layer):
    with h5py.File(tmp_path / "old.h5", "w") as made:
        made[f"model_weights/{written}"] = np.ones(3)
        ((found, weight),) = walk_weights(made)
    assert (found, weight.name) == (layer, "kernel")
