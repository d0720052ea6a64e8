"""``.keras`` archives: models that name code, files and addresses, and archives that are no good ones."""

from __future__ import annotations

import io
import json
import math
import pickle
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

from tests.hostile.case import BOMB, USUAL, Cases, Limits, address
from tests.hostile.hdf5_files import SECRET, weights
from tests.hostile.names import NAMES

cases = Cases()
_add = cases.holding("model.keras")


def layer(class_name: str, name: str, *sources: str, module: str = "keras.layers", **config: Any) -> dict[str, Any]:
    """Return the description of a layer, fed by the named ones."""
    given = [
        {
            "class_name": "__keras_tensor__",
            "config": {"shape": [None, 4], "dtype": "float32", "keras_history": [source, 0, 0]},
        }
        for source in sources
    ]
    inbound = [{"args": given, "kwargs": {}}] if given else []
    return {
        "module": module,
        "class_name": class_name,
        "config": {"name": name, **config},
        "registered_name": None,
        "name": name,
        "inbound_nodes": inbound,
    }


def sequential(*layers: Any, **more: Any) -> dict[str, Any]:
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": list(layers)}, **more}


def functional(*layers: Any, inputs: Any = (), outputs: Any = ()) -> dict[str, Any]:
    ends = {"input_layers": [[name, 0, 0] for name in inputs], "output_layers": [[name, 0, 0] for name in outputs]}
    return {"module": "keras", "class_name": "Functional", "config": {"name": "m", "layers": list(layers), **ends}}


def archive(config: Any, *, packed: int = zipfile.ZIP_DEFLATED, **members: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", packed) as file:
        if config is not None:
            file.writestr("config.json", config if isinstance(config, (str, bytes)) else json.dumps(config))
        for name, data in members.items():
            file.writestr(name.replace("__", "."), data)
    return written.getvalue()


def _of(name: str, config: Any, nodes: int | None = None, said: Iterable[str] = (), limits: Limits = USUAL) -> None:
    _add(name, lambda: archive(config() if callable(config) else config), nodes, said, limits)


DENSE = layer("Dense", "d", units=3)

# What names code.
LAMBDA = {"class_name": "__lambda__", "config": {"code": "4wEAAAAAAAAA", "defaults": None, "closure": None}}
_of("a lambda", sequential(layer("Lambda", "evil", function=LAMBDA)), 1, ["Lambda"])
_of(
    "a function of a module",
    sequential(
        layer(
            "Lambda",
            "evil",
            function={"module": "os", "class_name": "function", "config": "system", "registered_name": "system"},
            arguments={"command": "touch canary"},
        )
    ),
    1,
)
_of(
    "a class of a module",
    sequential(layer("Popen", "evil", module="subprocess", args=["touch", "canary"])),
    1,
    ["Popen"],
)
_of("a model of a module", {"module": "canary_module", "class_name": "Model", "config": {"name": "m"}}, 1)
_of("a registered class", sequential({**DENSE, "registered_name": "canary_module>Evil"}), 1)
_of("a module with a path", sequential(layer("Dense", "d", module="../../canary")), 1)
_of(
    "Keras's own loader",
    sequential(
        layer(
            "Dense",
            "d",
            activation={
                "module": "keras.saving",
                "class_name": "function",
                "config": "load_model",
                "registered_name": "load_model",
            },
        )
    ),
    1,
)
_of(
    "an activation that is code",
    sequential(layer("Dense", "d", activation="__import__('os').system('touch canary')")),
    1,
)
_of(
    "an initializer that is code",
    sequential(
        layer("Dense", "d", kernel_initializer={"module": "builtins", "class_name": "eval", "config": {"source": "1"}})
    ),
    1,
)
_of(
    "a compiled loss that is code",
    sequential(
        DENSE, compile_config={"loss": LAMBDA, "optimizer": {"module": "os", "class_name": "system", "config": {}}}
    ),
    1,
)
_of(
    "a slice and an ellipsis",
    functional(
        layer("InputLayer", "x", batch_shape=[None, 4]),
        layer("GetItem", "g", "x", key={"class_name": "__ellipsis__", "config": {}}),
        inputs=["x"],
        outputs=["g"],
    ),
    2,
)
_of(
    "arrays as arguments",
    sequential(
        layer("Dense", "d", value={"class_name": "__numpy__", "config": {"value": [[1, 2]] * 1000, "dtype": "float32"}})
    ),
    1,
)
_of(
    "a typespec",
    sequential(
        layer(
            "Dense",
            "d",
            spec={
                "class_name": "__typespec__",
                "spec_name": "tf.TensorSpec",
                "module": "canary_module",
                "serialized": [[], "float32"],
            },
        )
    ),
    1,
)

# What names files and addresses.
_of("a vocabulary in a file", sequential(layer("StringLookup", "v", vocabulary=SECRET)), 1, ["StringLookup"])
_of("a vocabulary at an address", lambda: sequential(layer("TextVectorization", "v", vocabulary=address())), 1)
_of("a file to be fetched", lambda: sequential(layer("Lambda", "v", origin=address(), fname="x", untar=True)), 1)
_of("a SavedModel in a layer", sequential(layer("TFSMLayer", "v", filepath=SECRET, call_endpoint="serve")), 1)
_of("a model on a hub", lambda: sequential(layer("KerasLayer", "v", module="tensorflow_hub", handle=address())), 1)

# Odd models.
_of("no layers", sequential(), 0)
_of("10,000 layers in a row", sequential(*(layer("Dense", f"d{i}") for i in range(10_000))), 10_000)
_of(
    "2,000 layers in a row of calls",
    functional(
        layer("InputLayer", "l0", batch_shape=[None, 4]),
        *(layer("Add", f"l{i}", f"l{i - 1}", "l0") for i in range(1, 2000)),
        inputs=["l0"],
        outputs=["l1999"],
    ),
    2000,
)
_of("a layer without a name", sequential({"class_name": "Dense", "config": {}}))
_of("two layers of one name", sequential(DENSE, DENSE), None, ["two layers are called 'd'"])
_of("a circle of layers", functional(layer("Dense", "a", "b"), layer("Dense", "b", "a")), 2)
_of("a layer that feeds itself", functional(layer("Dense", "a", "a")), 1)
_of("a layer that is not there", functional(layer("Dense", "a", "nowhere")))
_of("ends that are not there", functional(DENSE, inputs=["nowhere"], outputs=["d"]))
_of(
    "an output without an end",
    functional(
        DENSE,
        {
            **layer("Dense", "e"),
            "inbound_nodes": [
                {"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["d", 0, 10**12]}}]}
            ],
        },
    ),
    2,
)
_of("a shape without an end", sequential(layer("InputLayer", "x", batch_shape=[10**30, -1, None, 2**63])), 1)
_of("a shape that is no shape", sequential(layer("InputLayer", "x", batch_shape="wide")), 1)
_of("units without an end", sequential(layer("Dense", "d", units=10**400 // 10**100)), 1)
_of(
    "numbers that JSON lacks",
    json.dumps(sequential(layer("Dense", "d", units=math.nan, rate=-math.inf, axis="1e400"))).replace(
        '"1e400"', "1e400"
    ),
    1,
)


def _models(depth: int) -> dict[str, Any]:
    inner = DENSE
    for number in range(depth):
        inner = layer("Sequential", f"m{number}", layers=[inner])
    return sequential(inner)


_of("models 40 deep", _models(40), 1)
_of("models 300 deep", _models(300))
_add("lists 100,000 deep", lambda: archive("[" * 100_000 + "]" * 100_000), limits=BOMB)
_add(
    "arguments 900 deep",
    lambda: archive(functional({**DENSE, "inbound_nodes": [{"args": json.loads("[" * 900 + "]" * 900)}]})),
    1,
)
_of("a million arguments", functional({**DENSE, "inbound_nodes": [{"args": [1] * 10**6}]}), 1)
_of("a million arguments in two", functional({**DENSE, "inbound_nodes": [{"args": [[0]] * 10**6}]}), 1)
for _title, _name in NAMES.items():
    if _name:
        _of(f"all called {_title}", sequential(layer(_name, _name, module=_name, activation=_name)), 1)
for _title, _value in {
    "nothing": None,
    "a number": 3,
    "a text": "x",
    "a list": [],
    "a list of lists": [[]],
    "an empty object": {},
    "true": True,
}.items():
    _of(f"a config that is {_title}", json.dumps(_value))
    _of(
        f"layers that are {_title}",
        {"class_name": "Sequential", "config": {"name": "m", "layers": _value}},
        {"nothing": 1, "a list": 0}.get(_title),
    )

# What is not the JSON that it should be.
_of("a config that is no JSON", "{")
_of("a config in UTF-16", json.dumps(sequential(DENSE)).encode("utf-16"), 1)
_of("a config with a mark of its order", b"\xef\xbb\xbf" + json.dumps(sequential(DENSE)).encode(), 1)
_of("a config that is no text", b"\xff\xfe\xfd")
_of("a name of a million digits", '{"class_name": "Sequential", "config": {"name": ' + "9" * 10**6 + "}}", limits=BOMB)
_of(
    "one key a hundred thousand times",
    '{"class_name": "Sequential", "config": {' + '"layers": [], ' * 100_000 + '"name": "m"}}',
    0,
)
_of("lone surrogates", '{"class_name": "Sequential", "config": {"name": "\\ud800", "layers": []}}', 0)
_of("Python for JSON", "__import__('os').system('touch canary')")

# Archives.
_add("a bomb of a config", lambda: archive(b" " * (200 * 2**20)), limits=BOMB, said=["more than 32 MB"])
_add("a bomb in bzip2", lambda: archive(b" " * (200 * 2**20), packed=zipfile.ZIP_BZIP2), limits=BOMB)
_add("a bomb in LZMA", lambda: archive(b" " * (200 * 2**20), packed=zipfile.ZIP_LZMA), limits=BOMB)
_add("a bomb of weights", lambda: archive(sequential(DENSE), model__weights__h5=bytes(500 * 2**20)), 1, limits=BOMB)
_add("a bomb in another member", lambda: archive(sequential(DENSE), assets=bytes(500 * 2**20)), 1, limits=BOMB)
_add("no config", lambda: archive(None, metadata__json=b"{}"), said=["no config.json"])
_add("an empty archive", lambda: archive(None), said=["no config.json"])
_add("weights that are none", lambda: archive(sequential(DENSE), model__weights__h5=b"no weights"), 1)
_add("cut off", lambda: archive(sequential(DENSE))[:-30])
_add("half of it", lambda: archive(sequential(DENSE))[:100])
_add("something before it", lambda: b"#!/bin/sh\ntouch canary\n" + archive(sequential(DENSE)), 1)
_add("something behind it", lambda: archive(sequential(DENSE)) + b"touch canary" * 100, 1)
_add("an archive in an archive", lambda: archive(archive(sequential(DENSE))))
_add("a pickle", pickle.dumps(print))
_add("a pickle with the beginning of an archive", b"PK\x03\x04" + pickle.dumps(print))


def _spoilt(place: int, old: bytes, new: bytes) -> Callable[[], bytes]:
    """Return an archive, one field of whose directory is another."""

    def make() -> bytes:
        data = bytearray(archive(sequential(DENSE)))
        start = data.index(b"PK\x01\x02") + place
        assert len(old) == len(new) or not old
        data[start : start + len(new)] = new
        return bytes(data)

    return make


_add("an encrypted config", _spoilt(8, b"", b"\x01\x00"))
_add("packed in an unknown way", _spoilt(10, b"", b"\x63\x00"))
_add("a wrong sum", _spoilt(16, b"", b"\x00\x00\x00\x00"))
_add("a size of four gigabytes", _spoilt(24, b"", b"\xfe\xff\xff\xff"), 1)
_add("a size of nothing", _spoilt(24, b"", b"\x00\x00\x00\x00"))
_add("a beginning beyond the end", _spoilt(42, b"", b"\xf0\xff\xff\x7f"))


def _members(*members: tuple[str, bytes], link: bool = False) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o120777 if link else 0o644) << 16
            file.writestr(info, data)
    return written.getvalue()


_GOOD = ("config.json", json.dumps(sequential(DENSE)).encode())
_add(
    "members that lead out",
    lambda: _members(_GOOD, ("../../canary", b"x"), ("/tmp/canary", b"x"), ("C:\\canary", b"x")),
    1,
)
_add("a config that is a link", lambda: _members(("config.json", SECRET.encode()), link=True))
_add("60,000 members", lambda: _members(_GOOD, *((f"m{place}", b"") for place in range(60_000))), 1)
_add("a member with a name of 60,000 letters", lambda: _members(_GOOD, ("n" * 60_000, b"")), 1)


def _overlapping() -> bytes:
    """Return an archive in which a thousand members are the same bytes.

    After David Fifield's, https://www.bamsoftware.com/hacks/zipbomb.
    """
    one = archive(sequential(DENSE))
    start = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    entry = one[start:end]
    directory = entry * 1000
    return one[:start] + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1000, 1000, len(directory), start, 0)


def _drawn_nodes() -> int | None:
    """What becomes of it: Pythons since 3.11.8 refuse members that lie over one another, some only warn of them."""
    try:
        with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(io.BytesIO(_overlapping())) as file:
            file.read("config.json")
    except zipfile.BadZipFile:
        return None
    return 1


_add("a thousand members in one place", _overlapping, _drawn_nodes())


def _tar() -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as file:
        file.addfile(tarfile.TarInfo("../../canary"))
    return written.getvalue()


_add("another kind of archive", _tar)

# Weights inside of it.
for _title, (_make, _) in weights().items():
    _add(
        f"weights with {_title}",
        lambda make=_make: archive(sequential(DENSE), packed=zipfile.ZIP_STORED, model__weights__h5=make()),
        1,
    )
