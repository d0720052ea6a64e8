"""A training comes back from its file as it was; a file that is damaged, foreign or hostile is named."""

import errno
import io
import json
import pickle
import zipfile

import keras
import numpy as np
import pytest

from tfkit.errors import FileError, TrainingError
from tfkit.training import checkpoint
from tfkit.training.checkpoint import FILE, Checkpoint, Standing, restore, values_of

STANDING = Standing(5, "float32", {"float32": 0.01, "bfloat16": 0.02}, 7, 1.5, 2.5, 2.25, [0.7, 0.1 + 0.2], 1e-300)
ASKED = {"recipe": {"network": "mlp", "rate": 0.1}, "epochs": 5, "minutes": None, "seed": 3}
VALUES = [np.float32([[1 / 3, np.pi], [-0.0, 1e-45]]), np.array(2**40), np.zeros((0, 3)), np.array(True)]
SAVED = Checkpoint(ASKED, STANDING, VALUES)


def model_and_optimizer(units=3):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units), keras.layers.BatchNormalization()])
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    return model, optimizer


def test_everything_comes_back_to_the_last_bit(tmp_path):
    assert SAVED.save(tmp_path / "new" / "folder") == tmp_path / "new" / "folder" / FILE
    found = Checkpoint.load(tmp_path / "new" / "folder")
    assert (found.asked, found.standing) == (ASKED, STANDING)
    assert [value.dtype for value in found.values] == [value.dtype for value in VALUES]
    assert [value.tobytes() for value in found.values] == [value.tobytes() for value in VALUES]


def test_more_than_ten_values_keep_their_order(tmp_path):
    Checkpoint({}, STANDING, [np.array(place) for place in range(120)]).save(tmp_path)
    assert [int(value) for value in Checkpoint.load(tmp_path).values] == list(range(120))


def test_a_folder_without_one_has_none(tmp_path):
    assert Checkpoint.load(tmp_path) is None and Checkpoint.load(tmp_path / "absent") is None


def test_a_second_one_takes_the_place_of_the_first(tmp_path):
    for step in (1, 2):
        Checkpoint({}, Standing(3, "float32", {}, step), []).save(tmp_path)
    assert Checkpoint.load(tmp_path).standing.step == 2
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_variables_get_their_values_back():
    model, optimizer = model_and_optimizer()
    first = values_of(model, optimizer)
    for variable in [*model.variables, *optimizer.variables]:
        variable.assign(variable + 1)
    changed = values_of(model, optimizer)
    assert not any(map(np.array_equal, first, changed))
    restore(model, optimizer, first)
    assert all(map(np.array_equal, first, values_of(model, optimizer)))


def test_variables_of_another_network_are_refused():
    with pytest.raises(TrainingError, match="not those of this network"):
        restore(*model_and_optimizer(3), values_of(*model_and_optimizer(4)))


def test_the_same_training_may_go_on(tmp_path):
    SAVED.save(tmp_path)
    Checkpoint.load(tmp_path).require({**ASKED, "recipe": dict(ASKED["recipe"])}, tmp_path)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"seed": 4}, "(seed 3 there, 4 here)"),
        ({"epochs": None, "minutes": 2.0}, "(epochs 5 there, None here, minutes None there, 2.0 here)"),
        ({"recipe": {"network": "cnn", "rate": 0.1}}, "(network 'mlp' there, 'cnn' here)"),
        ({"recipe": {"network": "mlp", "rate": 0.2, "new": 1}}, "(new None there, 1 here, rate 0.1 there, 0.2 here)"),
    ],
)
def test_another_training_is_refused_with_what_differs(tmp_path, changed, words):
    with pytest.raises(TrainingError) as caught:
        SAVED.require({**ASKED, **changed}, tmp_path)
    assert f"{str(tmp_path)!r} holds another training {words}" in str(caught.value)


class Bomb:
    """Leaves a trace when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def packed(compressed=False, **arrays):
    content = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(content, **arrays)
    return content.getvalue()


def whole():
    return packed(text=np.array(json.dumps({"asked": {}, "standing": {"epochs": 1, "precision": "x"}})))


def with_a_member(name, content):
    found = io.BytesIO(whole())
    with zipfile.ZipFile(found, "a") as archive:
        archive.writestr(name, content)
    return found.getvalue()


def one_that_announces(shape):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()


def damaged():
    compressed = packed(compressed=True, text=np.array(json.dumps({"asked": {}}) + " " * 1000))
    encrypted, unknown = bytearray(whole()), bytearray(whole())
    place = encrypted.rindex(b"PK\x01\x02")
    encrypted[place + 8] |= 1
    unknown[place + 10] = 77
    array = io.BytesIO()
    np.save(array, np.ones(3))
    return {
        "empty": b"",
        "text": b"not a checkpoint",
        "array": array.getvalue(),
        "no text": packed(a=np.ones(3)),
        "no json": packed(text=np.array("{")),
        "list": packed(text=np.array("[]")),
        "null": packed(text=np.array("null")),
        "nothing stands": packed(text=np.array('{"asked": {}}')),
        "stands otherwise": packed(text=np.array('{"asked": {}, "standing": {"epochs": 1, "other": 2}}')),
        "asked otherwise": packed(text=np.array('{"asked": [1], "standing": {}}')),
        "flipped": compressed.replace(compressed[60:70], bytes(10)),
        "encrypted": bytes(encrypted),
        "packed in an unknown way": bytes(unknown),
        "larger than memory": with_a_member("0000.npy", one_that_announces("(10000000000000,)")),
        "larger than numbers": with_a_member("0000.npy", one_that_announces(f"({10**30},)")),
    }


@pytest.mark.parametrize("name", damaged())
def test_a_file_that_is_none_is_named(tmp_path, name):
    (tmp_path / FILE).write_bytes(damaged()[name])
    with pytest.raises(FileError, match=r"checkpoint\.npz' is no checkpoint, or is damaged"):
        Checkpoint.load(tmp_path)


def test_a_folder_in_its_place_is_named(tmp_path):
    (tmp_path / FILE).mkdir()
    with pytest.raises(FileError, match=r"checkpoint\.npz"):
        Checkpoint.load(tmp_path)


def test_a_file_cut_anywhere_is_named(tmp_path):
    SAVED.save(tmp_path)
    content = (tmp_path / FILE).read_bytes()
    for length in range(0, len(content), 37):
        (tmp_path / FILE).write_bytes(content[:length])
        with pytest.raises(FileError, match=r"checkpoint\.npz"):
            Checkpoint.load(tmp_path)


@pytest.mark.parametrize("form", ["member", "text", "file"])
def test_nothing_is_unpickled(tmp_path, form):
    trace, bomb = tmp_path / "trace", np.array(Bomb(tmp_path / "trace"), dtype=object)
    content = {
        "member": lambda: packed(text=np.array("{}"), a=bomb),
        "text": lambda: packed(text=bomb),
        "file": lambda: pickle.dumps(Bomb(trace)),
    }[form]()
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(FileError, match=r"checkpoint\.npz"):
        Checkpoint.load(tmp_path)
    assert not trace.exists()


def test_a_full_disk_is_told_and_the_one_before_stays(tmp_path, monkeypatch):
    SAVED.save(tmp_path)

    def full(path, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "write_whole", full)
    with pytest.raises(FileError, match=r"checkpoint\.npz' cannot be written: No space left on device\. Make room"):
        Checkpoint({}, STANDING, []).save(tmp_path)
    assert Checkpoint.load(tmp_path).asked == ASKED


def test_a_file_where_the_folder_should_be_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FileError, match="cannot be written"):
        SAVED.save(tmp_path / "file")
