"""Files in tfkit's own forms, from somebody who is not tfkit: progress, notebooks, histories, graphs, checkpoints."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.hostile.case import BOMB, Cases
from tests.hostile.names import NAMES
from tfkit.graph import Graph
from tfkit.parts import Edge, Node

SECRET = "../outside/secret"


DEEP = "[" * 100_000 + "]" * 100_000
WRONG = {"nothing": None, "a number": 3, "a text": "x", "a list": [], "an empty object": {}}


def _strange(cases: Cases, file: str, what: str, nodes: int | None = None) -> None:
    """Add what no form of file should be."""
    cases.add(f"{what}: a pipe", file, os.mkfifo, nodes=nodes)
    cases.add(f"{what}: a device", file, lambda path: path.symlink_to("/dev/zero"), nodes=nodes)
    cases.add(
        f"{what}: 8 GB of holes",
        file,
        lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 8 * 2**30),
        nodes=nodes,
    )
    cases.add(f"{what}: a folder", file, Path.mkdir, nodes=nodes)
    cases.add(f"{what}: empty", file, Path.touch, nodes=nodes)
    cases.add(f"{what}: noise", file, lambda path: path.write_bytes(bytes(range(256)) * 10), nodes=nodes)


# A learner's progress; one that is damaged counts as none.
progress = Cases("progress")
_progress = progress.holding(".tfkit-progress.json")
_progress("progress", {"version": 1, "exercises": {"02.a": "right"}}, 1)
for _title, _value in WRONG.items():
    _progress(f"progress that is {_title}", _value, 0)
    _progress(f"exercises that are {_title}", {"version": 1, "exercises": _value}, 0)
_progress("progress 100,000 deep", DEEP, 0)
_progress(
    "progress of odd names",
    {"version": 1, "exercises": {name: name for name in NAMES.values()}},
    len(set(NAMES.values())),
)
_progress(
    "progress of a million exercises", lambda: {"exercises": {str(number): "right" for number in range(10**6)}}, 0
)
_progress("progress of a future version", {"version": 99, "exercises": {"02.a": "right"}}, 1)
_progress("progress cut off", '{"version": 1, "exerc', 0)
_progress("progress in another encoding", '{"a": "\xe4"}'.encode("latin-1"), 0)
_progress("a number of a million digits in progress", '{"exercises": {"a": ' + "9" * 10**6 + "}}", 0, limits=BOMB)
_strange(progress, ".tfkit-progress.json", "progress", 0)

# Notebooks that were handed in; only the code is looked at.
notebook = Cases("notebook")
_notebook = notebook.holding("02_ada.ipynb")


def _book(*sources: Any, **more: Any) -> dict[str, Any]:
    cells = [{"cell_type": "code", "source": source, "outputs": [], "metadata": {}} for source in sources]
    return {"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}, **more}


_notebook("a notebook", _book("a = 1"), 1)
_notebook("a notebook without cells", _book(), 0)
_notebook("cells that are no text", _book(3))
_notebook("cells that are lists of numbers", _book([1, 2]))
_notebook("cells that are objects", {"cells": {"a": 1}})
_notebook("a cell without a source", {"cells": [{"cell_type": "code"}]})
_notebook("100,000 cells", lambda: _book(*["a = 1"] * 100_000), 100_000)
_notebook("a cell of 19 MB", lambda: _book("#" * 19_000_000), 1)
_notebook("a notebook of 30 MB", lambda: _book("#" * 30_000_000), None, ("30 MB",))
_notebook(
    "outputs that hold code",
    {
        "cells": [
            {
                "cell_type": "code",
                "source": "a",
                "outputs": [
                    {
                        "output_type": "display_data",
                        "data": {
                            "text/html": "<script>1</script>",
                            "application/vnd.tfkit.graph+json": {"version": 1, "data": "x" * 1000},
                        },
                    }
                ],
            }
        ]
    },
    1,
)
_notebook("a notebook 100,000 deep", DEEP)
_notebook("names of lessons without an end", _book("lesson(" * 100_000), 1)
_notebook("lines without an end", _book("x" * 10**6 + "lesson(" + " " * 10**6), 1)
for _title, _value in WRONG.items():
    _notebook(f"a notebook that is {_title}", _value)
_strange(notebook, "02_ada.ipynb", "a notebook")
notebook.add("a notebook that is a link", "02_ada.ipynb", lambda path: path.symlink_to(SECRET), said=("is a link",))

# Trainings that were watched and saved.
history = Cases("history")
_history = history.holding("run.json")
_ARRAY = {"f32": base64.b64encode(bytes(40)).decode()}
_WHOLE = {"i32": base64.b64encode(bytes(40)).decode()}
RUN = {
    "version": 1,
    "name": "m",
    "every": 1,
    "steps": _WHOLE,
    "skipped": _WHOLE,
    "losses": _ARRAY,
    "metrics": {},
    "fits": [],
    "notes": [],
    "tracks": [],
}
_history("a history", RUN, 10)
_history("a history 100,000 deep", DEEP)
_history("a history of another version", {**RUN, "version": 2})
for _key in RUN:
    _history(f"a history without {_key}", {key: value for key, value in RUN.items() if key != _key})
    _history(f"a history whose {_key} is nothing", {**RUN, _key: None}, 10 if _key == "name" else None)
_history("steps that are no base64", {**RUN, "steps": {"i32": "<script>"}})
_history("steps cut off", {**RUN, "steps": {"i32": "AAA="}})
_history("steps of an unknown type", {**RUN, "steps": {"object": "AAAA"}})
_history("steps and losses of other lengths", {**RUN, "losses": {"f32": ""}})
_strange(history, "run.json", "a history")

# A graph as the bytes of a notebook's output.
packed = Cases("wire")
_packed = packed.holding("graph.bin")
_GRAPH = Graph("g", (Node("a", "Neg", "a"), Node("b", "Neg", "b")), (Edge("a", "b"),))
_packed("a packed graph", _GRAPH.to_wire(), 2)
_packed("a packed graph that is none", b"noise")
_packed("a packed graph of nothing", gzip.compress(b""))
_packed("a packed graph of a text", gzip.compress(b'"x"'))
_packed("a packed graph 100,000 deep", gzip.compress(DEEP.encode()))
_packed("a packed graph cut off", gzip.compress(b"{" * 1000)[:-10])
_packed("a bomb of a packed graph", lambda: gzip.compress(b" " * (500 * 2**20), 1), limits=BOMB)

# The state of a training.
checkpoint = Cases("checkpoint")
_checkpoint = checkpoint.holding("checkpoint.npz")


def _npz(packed: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", packed) as file:
        for name, data in members.items():
            file.writestr(f"{name}.npy", data)
    return written.getvalue()


def _npy(array: Any, pickled: bool = False) -> bytes:
    written = io.BytesIO()
    np.save(written, array, allow_pickle=pickled)
    return written.getvalue()


def _header(text: str) -> bytes:
    padded = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded


class _Evil:
    def __reduce__(self) -> Any:
        return os.system, ("touch canary",)


_ASKED = _npy(
    np.array(json.dumps({"asked": {}, "standing": {"epochs": 1, "precision": "float32", "step_seconds": {}}}))
)
_checkpoint("a checkpoint of a training", _npz(text=_ASKED, **{"0000": _npy(np.ones(3))}), 1)
_checkpoint("a pickle in a checkpoint", _npz(text=_ASKED, **{"0000": _npy(np.array([_Evil()], object), pickled=True)}))
_checkpoint("a pickle for a checkpoint", pickle.dumps(_Evil))
_checkpoint(
    "a checkpoint of a terabyte",
    _npz(text=_ASKED, **{"0000": _header("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,), }")}),
    limits=BOMB,
)
_checkpoint(
    "a header that is code",
    _npz(text=_ASKED, **{"0000": _header("{'descr': __import__('os').system('touch canary')}")}),
)
_checkpoint("a header 100 deep", _npz(text=_ASKED, **{"0000": _header("(" * 100)}))
_checkpoint(
    "a bomb of a checkpoint",
    lambda: _npz(
        zipfile.ZIP_DEFLATED,
        text=_ASKED,
        **{"0000": _header("{'descr': '|u1', 'fortran_order': False, 'shape': (524288000,), }") + bytes(500 * 2**20)},
    ),
    limits=BOMB,
)
_checkpoint("a checkpoint without a text", _npz(**{"0000": _npy(np.ones(3))}))
_checkpoint("a text that is no text", _npz(text=_npy(np.ones(3))))
_checkpoint("a text 100,000 deep", _npz(text=_npy(np.array(DEEP))))
_checkpoint(
    "a standing of odd names", _npz(text=_npy(np.array(json.dumps({"asked": {}, "standing": {"__class__": 1}}))))
)
_strange(checkpoint, "checkpoint.npz", "a checkpoint")

ALL = (progress, notebook, history, packed, checkpoint)
