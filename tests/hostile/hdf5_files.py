"""HDF5 files: links out of the file, data elsewhere, chunks that swell, objects without an end."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

from tests.hostile.case import BOMB, USUAL, Cases, Limits

cases = Cases()
_add = cases.holding("model.h5")
SECRET = "../outside/secret"  # from a case's folder; the tests watch it
SECRET_HDF5 = "../outside/secret.h5"


def _built(fill: Callable[[Any, Any], object]) -> bytes:
    """Return a file with ``layers/dense/vars``, as Keras 3 writes it, that `fill` has filled: (file, its vars)."""
    written = io.BytesIO()
    with h5py.File(written, "w") as file:
        group = file.create_group("layers/dense/vars")
        group.attrs["name"] = "d"
        fill(file, group)
    return written.getvalue()


def _virtual(_file: Any, group: Any) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource(SECRET_HDF5, "x", (4,))
    group.create_virtual_dataset("0", layout)


def _raw_elsewhere(_file: Any, group: Any) -> None:
    group.create_dataset("0", (4,), "f4", external=[(SECRET, 0, h5py.h5f.UNLIMITED)])


def _plugin(_file: Any, group: Any) -> None:
    """Write a chunk that says it went through a filter which is none of HDF5's own."""
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_chunk((4,))
    settings.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (1, 2, 3))
    space = h5py.h5s.create_simple((4,))
    h5py.h5d.create(group.id, b"0", h5py.h5t.IEEE_F32LE, space, dcpl=settings)


def _round(_file: Any, group: Any) -> None:
    group["back"] = group.parent
    group["0"] = np.ones(3, "f4")


def _deep(file: Any, _group: Any) -> None:
    group = file
    for _ in range(3000):
        group = group.create_group("g")
    group["vars/0"] = np.ones(3, "f4")


def _many(_file: Any, group: Any) -> None:
    for place in range(20_000):
        group.create_dataset(str(place), (1,), "f4")


def _compound(_file: Any, group: Any) -> None:
    group["0"] = np.zeros(3, [("a", "f4"), ("b", "i8")])
    group.create_dataset("1", (3,), h5py.string_dtype())
    group.create_dataset("2", (3,), h5py.ref_dtype)
    group.create_dataset("3", (3,), h5py.vlen_dtype(np.float32))
    group.create_dataset("4", data=h5py.Empty("f4"))
    group.create_dataset("5", (3,), h5py.enum_dtype({"a": 1}))
    group["6"] = np.dtype("f8")  # a type, and no data


def weights() -> dict[str, tuple[Callable[[], bytes], Limits]]:
    """Return odd weights of a layer called ``d``, in files as Keras 3 writes them."""
    fills: dict[str, tuple[Callable[[Any, Any], object], Limits]] = {
        "a link out of the file": (lambda _, g: g.__setitem__("0", h5py.ExternalLink(SECRET_HDF5, "/x")), USUAL),
        "a link to nowhere": (lambda _, g: g.__setitem__("0", h5py.SoftLink("/nowhere")), USUAL),
        "a link to itself": (lambda _, g: g.__setitem__("0", h5py.SoftLink("/layers/dense/vars/0")), USUAL),
        "data of another file": (_virtual, USUAL),
        "data in a raw file": (_raw_elsewhere, USUAL),
        "a foreign filter": (_plugin, USUAL),
        "a terabyte that was never written": (
            lambda _, g: g.create_dataset("0", (2**38,), "f4", chunks=(2**20,)),
            BOMB,
        ),
        "a chunk that swells": (
            lambda _, g: g.create_dataset("0", data=np.zeros((2**25,), "f4"), chunks=(2**25,), compression="gzip"),
            BOMB,
        ),
        "hundred chunks that swell": (
            lambda _, g: g.create_dataset("0", data=np.zeros((2**27,), "u1"), chunks=(2**20,), compression="gzip"),
            BOMB,
        ),
        "a group in itself": (_round, USUAL),
        "groups 3,000 deep": (_deep, USUAL),
        "20,000 weights": (_many, USUAL),
        "types that are no numbers": (_compound, USUAL),
        "numbers that are none": (
            lambda _, g: g.__setitem__("0", np.array([np.nan, np.inf, -np.inf, -0.0], "f4")),
            USUAL,
        ),
        "no axis of any size": (lambda _, g: g.__setitem__("0", np.zeros((0, 5), "f4")), USUAL),
        "odd names": (
            lambda _, g: [g.__setitem__(name, np.ones(2)) for name in ("<img src=x onerror=1>", "..", "a b", "\u202e")],
            USUAL,
        ),
        "a name that is a number": (lambda _, g: g.attrs.__setitem__("name", 7), USUAL),
        "a name that is an array": (lambda _, g: g.attrs.__setitem__("name", np.arange(1000)), USUAL),
        "complex numbers and halves": (
            lambda _, g: (g.__setitem__("0", np.ones(3, "c8")), g.__setitem__("1", np.ones(3, "f2"))),
            USUAL,
        ),
    }
    return {title: (lambda fill=fill: _built(fill), limits) for title, (fill, limits) in fills.items()}


MODEL = {
    "class_name": "Sequential",
    "config": {"name": "m", "layers": [{"class_name": "Dense", "config": {"name": "d", "units": 3}}]},
}


def _whole(config: Any, fill: Callable[[Any], object] = lambda _: None) -> Callable[[], bytes]:
    """Return a whole model as Keras 2 wrote it."""

    def make() -> bytes:
        written = io.BytesIO()
        with h5py.File(written, "w") as file:
            if config is not None:
                file.attrs["model_config"] = config
            fill(file)
        return written.getvalue()

    return make


_TEXT = json.dumps(MODEL)
_add("a model in HDF5", _whole(_TEXT), 1)
_add(
    "a lambda in HDF5",
    _whole(
        json.dumps(
            {
                "class_name": "Sequential",
                "config": {
                    "name": "m",
                    "layers": [
                        {
                            "class_name": "Lambda",
                            "config": {
                                "name": "evil",
                                "function": ["4wEAAAAAAAAA", None, None],
                                "module": "canary_module",
                            },
                        }
                    ],
                },
            }
        )
    ),
    1,
)
_add("weights only", _whole(None), said=("no description of a model",))
for _title, _value in {
    "a number": 3,
    "numbers": np.arange(4),
    "no text": b"\xff\xfe",
    "an object": "{}",
    "a list": "[]",
    "nothing": "null",
    "empty": h5py.Empty("f4"),
    "texts": np.array([_TEXT] * 2, object),
}.items():
    _add(f"a description that is {_title}", _whole(_value))
_add("a description of 50 MB", lambda: _dense_attribute(50 * 2**20), said=("more than 32 MB",))


def _dense_attribute(size: int) -> bytes:
    """Attributes over 64 kB stand outside of the header, which only newer files allow."""
    written = io.BytesIO()
    with h5py.File(written, "w", libver="latest") as file:
        file.attrs["model_config"] = " " * size
    return written.getvalue()


_add(
    "weights behind a link out of the file",
    _whole(_TEXT, lambda f: f.__setitem__("model_weights", h5py.ExternalLink(SECRET_HDF5, "/"))),
    1,
)
_add(
    "weights behind a link in the file", _whole(_TEXT, lambda f: f.__setitem__("model_weights", h5py.SoftLink("/"))), 1
)
_add("weights that are data", _whole(_TEXT, lambda f: f.__setitem__("model_weights", np.ones(3))), 1)
_add(
    "weights in themselves",
    _whole(_TEXT, lambda f: f.create_group("model_weights").__setitem__("d", f["model_weights"])),
    1,
)
for _title, (_make, _limits) in weights().items():

    def _as_model(make: Callable[[], bytes] = _make) -> bytes:
        written = io.BytesIO(make())
        with h5py.File(written, "a") as file:
            file.attrs["model_config"] = _TEXT
        return written.getvalue()

    _add(f"weights in HDF5 with {_title}", _as_model, 1, limits=_limits)
_add("HDF5 cut off", lambda: _whole(_TEXT)()[:600])
_add("HDF5 of a beginning only", b"\x89HDF\r\n\x1a\n" + bytes(500))
_add("HDF5 of noise", b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 20)
_add("HDF5 of a future version", b"\x89HDF\r\n\x1a\n\xff" + bytes(500))
_add("something before HDF5", lambda: bytes(512) + _whole(_TEXT)(), 1)
_add("no HDF5", b"a text")
