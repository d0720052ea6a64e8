"""Files from strangers: refused or drawn within 5 CPU seconds and 300 MB, and nothing of them runs."""

import json
import random
import struct
import subprocess
import sys
import zipfile

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tfkit.errors import FileError, TfkitError

v1 = tf.compat.v1

# A process of its own that reads and draws one file, with limits on CPU time and on memory beyond what it begins with.
GUARDED = """
import resource, sys
import numpy, h5py, google.protobuf.text_format
import tfkit, tfkit.files._protobuf, tfkit.files._events, tfkit.files._keras, tfkit.display, tfkit.summaries
used = resource.getrusage(resource.RUSAGE_SELF)
path, size = sys.argv[1], int(sys.argv[2])
seconds = used.ru_utime + used.ru_stime
resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 6, int(seconds) + 7))
try:
    graph = tfkit.read_graph(path)
    graph.to_svg()
    print("drawn", len(graph.nodes))
except tfkit.errors.TfkitError as error:
    print("refused", str(error)[:400])
now = resource.getrusage(resource.RUSAGE_SELF)
beyond = (now.ru_maxrss - used.ru_maxrss) * 1024 - size
assert beyond <= 300 * 2**20, f"{beyond >> 20} MB"
assert now.ru_utime + now.ru_stime - seconds <= 5, "CPU"
assert not {"tensorflow", "keras", "pickle_was_here"} & set(sys.modules)
"""


def guarded(path):
    size = path.stat().st_size if path.is_file() else 0
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, str(path), str(size)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def graph_def(*nodes):
    definition = v1.GraphDef()
    for name, op, inputs in nodes:
        definition.node.add(name=name, op=op, input=inputs)
    return definition


def chain(length):
    return graph_def(*((f"n{i}", "Neg", [f"n{i - 1}"] if i else []) for i in range(length)))


def hub(degree):
    spokes = ((f"n{i}", "Neg", ["hub"]) for i in range(degree))
    return graph_def(("hub", "Const", []), *spokes, ("all", "NoOp", [f"^n{i}" for i in range(degree)]))


def circle():
    return graph_def(*((f"n{i}", "Neg", [f"n{(i + 1) % 1000}"]) for i in range(1000)))


def deep_scopes():
    return graph_def(*(("/".join(["s"] * depth) + "/x", "Neg", []) for depth in range(1, 2000, 50)))


def functions_that_double():
    definition = v1.GraphDef()
    for level in range(40):
        function = definition.library.function.add()
        function.signature.name = f"f{level}"
        for side in "ab":
            function.node_def.add(name=side, op="PartitionedCall").attr["f"].func.name = f"f{level + 1}"
    definition.node.add(name="main", op="PartitionedCall").attr["f"].func.name = "f0"
    return definition


def deep_attribute():
    data = b""
    for _ in range(2000):
        data = bytes([10]) + varint(len(data)) + data
    attribute = bytes([10, 1, 97, 18]) + varint(len(data)) + data
    node = bytes([10, 1, 120, 18, 1, 65, 42]) + varint(len(attribute)) + attribute
    return bytes([10]) + varint(len(node)) + node


def varint(value):
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes([*written, value])


GRAPHS = {
    "chain of 5,000": lambda: chain(5000),
    "chain of 100,000": lambda: chain(100_000),
    "hub of 50,000": lambda: hub(50_000),
    "circle": circle,
    "deep scopes": deep_scopes,
    "functions that double": functions_that_double,
    "deep attribute": deep_attribute,
}


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs(tmp_path, name):
    made = GRAPHS[name]()
    path = tmp_path / "graph.pb"
    path.write_bytes(made if isinstance(made, bytes) else made.SerializeToString())
    assert guarded(path).startswith("drawn")


def small_node(name, *inputs):
    written = b"\x0a" + varint(len(name)) + name + b"\x12\x03Neg"
    written += b"".join(b"\x1a" + varint(len(source)) + source for source in inputs)
    return b"\x0a" + varint(len(written)) + written


@pytest.mark.parametrize(
    "content",
    [
        b"".join(small_node(b"n%d" % place) for place in range(500_000)),
        small_node(b"x", *[b"x"] * 1_000_000),
        b"".join(small_node(b"n%d" % place, *[b"n0"] * 20) for place in range(50_000)),
    ],
    ids=["operations", "inputs of one", "inputs of many"],
)
def test_too_much_is_refused_with_what_to_do(tmp_path, content):
    path = tmp_path / "huge.pb"
    path.write_bytes(content)
    said = guarded(path)
    assert said.startswith("refused")
    assert "tfkit reads at most 200,000 operations" in said


def test_one_large_constant(tmp_path):
    path = tmp_path / "large.pb"
    content = 200 * 2**20
    tensor = b"\x08\x01\x12\x00\x22" + varint(content)
    attribute = b"\x0a\x05value\x12" + varint(len(b"\x42" + varint(len(tensor) + content)) + len(tensor) + content)
    inner = b"\x42" + varint(len(tensor) + content) + tensor
    node = b"\x0a\x01c\x12\x05Const\x2a" + varint(len(attribute) + len(inner) + content) + attribute + inner
    with path.open("wb") as file:
        file.write(b"\x0a" + varint(len(node) + content) + node)
        for _ in range(200):
            file.write(bytes(2**20))
    assert guarded(path) == "drawn 1\n"


def keras_archive(path, config, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", config if isinstance(config, (str, bytes)) else json.dumps(config))
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)


def test_nothing_that_a_config_names_is_imported_or_unmarshalled(tmp_path):
    body = {"class_name": "__lambda__", "config": {"code": "4wAAAA==", "defaults": None, "closure": None}}
    layers = [
        {"class_name": "Lambda", "module": "os", "config": {"name": "evil", "function": body}, "name": "evil"},
        {"class_name": "system", "module": "os", "registered_name": "os>system", "config": {"name": "shell"}},
    ]
    keras_archive(
        tmp_path / "evil.keras",
        {"class_name": "Sequential", "module": "pickle_was_here", "config": {"name": "m", "layers": layers}},
    )
    assert guarded(tmp_path / "evil.keras") == "drawn 2\n"


def test_archives(tmp_path):
    keras_archive(tmp_path / "bomb.keras", b" " * 200 * 2**20)
    assert "more than 64 MB" in guarded(tmp_path / "bomb.keras")
    keras_archive(tmp_path / "deep.keras", "[" * 100_000 + "]" * 100_000)
    assert guarded(tmp_path / "deep.keras").startswith("refused")
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": []}}
    keras_archive(tmp_path / "weights.keras", model, model__weights__h5=bytes(100 * 2**20))
    assert guarded(tmp_path / "weights.keras") == "drawn 0\n"


def test_a_circle_of_layers(tmp_path):
    def layer(name, source):
        argument = {"class_name": "__keras_tensor__", "config": {"keras_history": [source, 0, 0]}}
        inbound = [{"args": [argument], "kwargs": {}}]
        return {"class_name": "Dense", "config": {"name": name}, "name": name, "inbound_nodes": inbound}

    config = {"name": "m", "layers": [layer("a", "b"), layer("b", "a")], "input_layers": [], "output_layers": []}
    keras_archive(tmp_path / "circle.keras", {"class_name": "Functional", "config": config})
    assert guarded(tmp_path / "circle.keras") == "drawn 2\n"


def test_events(tmp_path):
    def record(data):
        return struct.pack("<QI", len(data), 0) + data + bytes(4)

    graph = chain(10).SerializeToString()
    event = b"\x22" + varint(len(graph)) + graph
    good = tmp_path / "events.out.tfevents.1"
    good.write_bytes(record(b"\x1a\x0dbrain.Event:2") * 1000 + record(event))
    assert guarded(good) == "drawn 10\n"
    endless = tmp_path / "events.out.tfevents.2"
    endless.write_bytes(struct.pack("<QI", 2**62, 0) + b"\x22")
    assert guarded(endless).startswith("refused")
    many = tmp_path / "events.out.tfevents.3"
    many.write_bytes(record(b"\x2a\x02\x0a\x00") * 200_000)
    assert guarded(many).startswith("refused")


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.ReLU()])
    model.save(folder / "model.keras")
    keras.src.legacy.saving.legacy_h5_format.save_model_to_hdf5(model, str(folder / "model.h5"))
    definition = tf.function(model).get_concrete_function(tf.TensorSpec((2, 4))).graph.as_graph_def(add_shapes=True)
    tf.io.write_graph(definition, str(folder), "graph.pb", as_text=False)
    tf.io.write_graph(definition, str(folder), "graph.pbtxt")
    model.export(str(folder / "export"), verbose=False)
    (folder / "saved_model.pb").write_bytes((folder / "export" / "saved_model.pb").read_bytes())
    with tf.Graph().as_default() as graph:
        tf.constant(1)
        v1.summary.FileWriter(str(folder / "logs"), graph).close()
    (event,) = (folder / "logs").iterdir()
    (folder / "events.out.tfevents.1").write_bytes(event.read_bytes())
    return folder


SAMPLES = ["model.keras", "model.h5", "graph.pb", "graph.pbtxt", "saved_model.pb", "events.out.tfevents.1"]


@pytest.mark.parametrize("name", SAMPLES)
def test_damage_gives_a_graph_or_one_kind_of_error(samples, tmp_path, name):
    whole = (samples / name).read_bytes()
    chance = random.Random(name)
    path = tmp_path / name
    outcomes = set()
    for round_ in range(60):
        data = bytearray(whole)
        if round_ % 3 == 0:
            del data[chance.randrange(len(data)) :]
        elif round_ % 3 == 1:
            for _ in range(chance.randrange(1, 30)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        else:
            start = chance.randrange(len(data))
            data[start : start + chance.randrange(200)] = data[: chance.randrange(200)]
        path.write_bytes(bytes(data))
        try:
            graph = tfkit.read_graph(path)
            graph.to_wire()
            graph.to_text()
            outcomes.add("drawn")
        except TfkitError as error:
            outcomes.add("refused" if name in str(error) else f"a message without the file's name: {error}")
    assert outcomes <= {"drawn", "refused"}
    assert "refused" in outcomes


def test_wrong_types_everywhere_in_a_config(tmp_path):
    model = {
        "class_name": "Sequential",
        "config": {"name": "m", "layers": [{"class_name": "Dense", "config": {"name": "d", "units": 3}}]},
    }
    chance = random.Random(0)
    wrong = [None, 3, "x", [], {}, [[]], {"config": None}, True, 1e400, [None] * 3]

    def spoil(value):
        if chance.random() < 0.15:
            return chance.choice(wrong)
        if isinstance(value, dict):
            return {key: spoil(entry) for key, entry in value.items()}
        return [spoil(entry) for entry in value] if isinstance(value, list) else value

    messages = []
    for _ in range(200):
        keras_archive(tmp_path / "m.keras", json.dumps(spoil(model)))
        try:
            tfkit.read_graph(tmp_path / "m.keras").to_svg()
        except TfkitError as error:
            messages.append(str(error))
    assert len(messages) > 50
    assert [message for message in messages if "m.keras" not in message] == []


def test_a_config_in_hdf5_that_is_no_text(tmp_path):
    for place, value in enumerate((3, np.arange(4), b"\xff\xfe", "{}", "[]", "null")):
        path = tmp_path / f"m{place}.h5"
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = value
        with pytest.raises(FileError, match=path.name):
            tfkit.read_graph(path)


@pytest.mark.parametrize("name", ["huge.pb", "saved_model.pb", "events.out.tfevents.1"])
def test_two_gigabytes_of_nothing_are_refused_at_once(tmp_path, name):
    with (tmp_path / name).open("wb") as file:
        file.truncate(2 * 2**30)
    with pytest.raises(FileError, match=name):
        tfkit.read_graph(tmp_path / name)
