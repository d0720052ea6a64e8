"""From a name to a report: what is refused before the first step, what is measured, what is saved."""

import errno
import json
from dataclasses import replace

import keras
import numpy as np
import pytest

import tfkit
from tests.training.cases import NETWORKS, few, recipe_of
from tfkit.errors import FileError, TrainingError
from tfkit.training import train as training
from tfkit.training.device import Device
from tfkit.training.recipe import RECIPES, Recipe
from tfkit.training.train import train

DATA = few()


def trained(network="softmax", **asked):
    whole = {"epochs": 1, "precision": "float32", "recipe": recipe_of(network), "data": DATA, **asked}
    return train(network, **whole)


def right(network, images, labels):
    scores = network.predict(images[..., None] / np.float32(255), verbose=0)
    return np.mean(scores.argmax(1) == labels)


@pytest.fixture
def no_step(monkeypatch):
    """Fail if a training begins."""

    def begun(*asked):
        raise AssertionError("the training began")

    monkeypatch.setattr(training, "Run", begun)


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_trains_to_a_report(tmp_path, network):
    recipe = recipe_of(network, batch_size=64, width=4)
    report = trained(network, report=tmp_path / "r.json", seed=5, recipe=recipe)
    assert (report.model, report.seed, report.epochs, report.finished) == (network, 5, 1.0, True)
    assert report.data == "shipped with tfkit" and {"keras", "tensorflow"} <= set(report.versions)
    assert report.step_seconds.keys() == {"float32"} and report.held_out_accuracy is None
    for name in ("cpu_seconds", "wall_seconds", "images_per_second", "gflops_per_second", "peak_gflops"):
        assert getattr(report, name) > 0
    assert json.loads((tmp_path / "r.json").read_text()) == json.loads(json.dumps(report.to_dict()))


def test_more_epochs_name_more_pictures_rightly():
    small = few(1000, 300)
    report = trained("mlp", data=small, epochs=5)
    assert report.test_accuracy > 0.65 > 0.3 > trained("mlp", data=small, recipe=recipe_of("mlp", rate=0)).test_accuracy
    assert list(report.losses) == sorted(report.losses, reverse=True)


@pytest.mark.parametrize("network", ["softmax", "resnet"])
def test_the_saved_network_is_the_one_that_was_measured(tmp_path, network):
    report = trained(network, save=tmp_path / "net.keras", recipe=recipe_of(network, batch_size=64, width=4))
    saved = keras.models.load_model(tmp_path / "net.keras")
    assert right(saved, DATA.test_images, DATA.test_labels) == pytest.approx(report.test_accuracy)
    assert {layer.__module__.partition(".")[0] for layer in saved.layers} == {"keras"}
    assert sum(np.prod(weight.shape) for weight in saved.trainable_weights) == report.parameters
    assert [path.name for path in tmp_path.iterdir()] == ["net.keras"]


def test_held_out_pictures_are_not_trained_on_and_test_pictures_not_looked_at(tmp_path):
    hidden = replace(DATA, test_labels=np.zeros_like(DATA.test_labels))
    report = trained(data=hidden, held_out=64, save=tmp_path / "net.keras", epochs=3)
    saved = keras.models.load_model(tmp_path / "net.keras")
    assert report.test_accuracy is None
    assert report.held_out_accuracy == pytest.approx(right(saved, DATA.train_images[-64:], DATA.train_labels[-64:]))
    assert report.held_out_accuracy > 0.3
    rest = replace(hidden, train_images=DATA.train_images[:-64], train_labels=DATA.train_labels[:-64])
    assert trained(data=rest, epochs=3).losses == report.losses


def test_mistakes_are_those_of_the_saved_network(tmp_path):
    report = trained(save=tmp_path / "net.keras")
    saved = keras.models.load_model(tmp_path / "net.keras")
    called = saved.predict(DATA.test_images[..., None] / np.float32(255), verbose=0).argmax(1)
    most = report.mistakes[0]
    pairs = zip(DATA.test_labels, called, strict=True)
    names = [(DATA.class_names[a], DATA.class_names[b]) for a, b in pairs]
    assert (
        names.count((most.true, most.called))
        == most.count
        == max(map(names.count, {p for p in names if len(set(p)) > 1}))
    )


def test_the_same_seed_is_the_same_training_and_another_is_not():
    assert trained(seed=1).losses == trained(seed=1).losses != trained(seed=2).losses


def test_ten_epochs_if_nothing_is_asked(monkeypatch):
    asked = []

    def run(what, *rest):
        asked.append(what)
        raise TrainingError("enough")

    monkeypatch.setattr(training, "Run", run)
    for length in ({"epochs": None}, {"epochs": 3}, {"epochs": None, "minutes": 2.5}):
        with pytest.raises(TrainingError, match="enough"):
            trained(**length)
    assert [(each.epochs, each.minutes) for each in asked] == [(10, None), (3, None), (None, 2.5)]


def test_a_gpu_takes_larger_batches_unless_they_are_asked_for(monkeypatch):
    asked = []

    def run(what, *rest):
        asked.append(what.recipe.batch_size)
        raise TrainingError("enough")

    monkeypatch.setattr(training, "Run", run)
    small = tfkit.load_fashion_mnist("small")
    for kind in ("cpu", "gpu"):
        monkeypatch.setattr(training, "find_device", lambda kind=kind: Device("one", kind, ("float32",)))
        for recipe in (None, Recipe("mlp", batch_size=100)):
            with pytest.raises(TrainingError, match="enough"):
                trained("mlp", data=small, recipe=recipe)
    own = RECIPES["mlp"].batch_size
    assert asked == [own, 100, 4 * own, 100]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"epochs": 0}, "epochs is a whole number from 1 up, not 0"),
        ({"epochs": 1.5}, "epochs .* not 1.5"),
        ({"epochs": True}, "epochs .* not True"),
        ({"epochs": None, "minutes": 0}, "minutes is a number above 0, not 0"),
        ({"epochs": None, "minutes": float("nan")}, "minutes .* not nan"),
        ({"epochs": None, "minutes": float("inf")}, "minutes .* not inf"),
        ({"epochs": None, "minutes": "2"}, "minutes .* not '2'"),
        ({"epochs": 1, "minutes": 1}, "epochs or minutes, not both"),
        ({"seed": -1}, "seed is a whole number from 0 to 4,294,967,295, not -1"),
        ({"seed": 2**32}, "seed .* not 4294967296"),
        ({"seed": 1.0}, "seed .* not 1.0"),
        ({"precision": "float64"}, "no precision 'float64'.*float32, bfloat16, float16"),
        ({"precision": ["float32"]}, "no precision"),
        ({"held_out": -1}, "held_out is a whole number from 0 to 255, not -1"),
        ({"held_out": 256}, "held_out .* not 256"),
        ({"held_out": 1.0}, "held_out .* not 1.0"),
        ({"held_out": 230}, "26 pictures are less than one batch of 32"),
        ({"recipe": Recipe("mlp")}, "recipe is for 'mlp', the model is 'softmax'"),
        ({"recipe": {"batch_size": 8}}, "recipe is a Recipe, not dict"),
        ({"data": (1, 2)}, "data is what load_fashion_mnist returns, not tuple"),
        (
            {"data": replace(DATA, train_images=DATA.train_images[:, :14])},
            r"256 pictures of 28 x 28 .* \(256, 14, 28\)",
        ),
        ({"data": replace(DATA, test_images=DATA.test_images[:9])}, r"100 pictures of 28 x 28 .* \(9, 28, 28\)"),
        ({"data": replace(DATA, train_images=DATA.train_images / 255)}, "28 x 28 bytes"),
        ({"data": few(test=0)}, "0 pictures"),
        ({"data": replace(DATA, train_labels=DATA.train_labels + 1)}, "labels of data are from 0 to 9"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_the_first_step(no_step, asked, words):
    with pytest.raises(TrainingError, match=words):
        trained(**asked)


@pytest.mark.parametrize("name", ["vgg", "", None, ["mlp"]])
def test_a_model_that_is_none_is_refused_with_those_there_are(name):
    with pytest.raises(TrainingError, match="no model .*softmax, mlp, cnn, resnet"):
        train(name, data=DATA)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"save": "net.h5"}, r"'net\.h5' should end with \.keras"),
        ({"report": "report.txt"}, r"'report\.txt' should end with \.json"),
        ({"save": "absent/net.keras"}, r"absent/net\.keras' cannot be written: .*absent' is no folder"),
        ({"report": "absent/r.json"}, r"absent/r\.json' cannot be written"),
        ({"save": "folder.keras"}, r"folder\.keras' cannot be written: it is a folder"),
        ({"report": 3}, "not 3"),
        ({"logdir": 3}, "not 3"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused_before_the_first_step(tmp_path, monkeypatch, no_step, asked, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(FileError, match=words):
        trained(**asked)


def test_a_log_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FileError, match="file"):
        trained(logdir=tmp_path / "file")


def test_a_disk_that_is_full_leaves_the_network_that_was_there(tmp_path, monkeypatch):
    (tmp_path / "net.keras").write_text("the one before")

    def full(network, path):
        path.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", full)
    with pytest.raises(FileError, match=r"net\.keras': No space left on device"):
        trained(save=tmp_path / "net.keras")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["the one before"]


def test_without_data_of_ones_own_it_is_the_full_set(monkeypatch):
    asked = []

    def load(size):
        asked.append(size)
        return tfkit.load_fashion_mnist("small")

    monkeypatch.setattr(training, "load_fashion_mnist", load)
    assert trained(data=None, held_out=1000).epochs == 1 and asked == ["full"]
