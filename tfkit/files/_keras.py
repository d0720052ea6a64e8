"""A ``.keras`` file to a graph of its layers, from its ``config.json`` alone.

The file is a zip archive (https://keras.io/guides/serialization_and_saving). No class that it names is
imported, and its weights are not opened.
"""

from __future__ import annotations

import itertools
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tfkit.errors import FileError, GraphError
from tfkit.graph import Edge, Graph, Kind, Node, Output, Scope, ScopeKind, ScopePath

_MOST_BYTES = 64 * 2**20  # of config.json; ten thousand layers need about ten megabytes
_DEEPEST = 50  # models in models
_KEPT = ("units", "activation", "filters", "kernel_size", "strides", "padding", "rate", "pool_size", "axis", "dtype")


def read_keras(path: Path) -> Graph:
    """Return the layers of a saved model as a graph.

    Raises:
        FileError: If the file is not a whole ``.keras`` file; the message names it.
    """
    try:
        config = json.loads(_config_text(path))
        found = _Model()
        found.add(config, (), 0)
        name = str(config["config"].get("name", path.stem))
        return Graph(name, tuple(found.nodes), tuple(found.edges()), tuple(found.scopes))
    except FileError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise FileError(f"{str(path)!r} is not a whole .keras file: {error}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, GraphError) as error:
        raise FileError(f"{str(path)!r} holds a model description that tfkit cannot read: {error}.") from error


def _config_text(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        if "config.json" not in archive.namelist():
            raise FileError(f"{str(path)!r} has no config.json inside: it was not written by Keras' model.save.")
        with archive.open("config.json") as file:
            text = file.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise FileError(f"{str(path)!r} holds a model description of more than {_MOST_BYTES >> 20} MB.")
    return text


class _Model:
    """The graph as far as it has been read."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.scopes: list[Scope] = []
        self.arrows: list[tuple[tuple[ScopePath, str, int], tuple[ScopePath, str], int]] = []
        self.ends: dict[tuple[ScopePath, str], tuple[list[str], list[str]]] = {}  # a layer's (entries, exits)
        self.shapes: dict[tuple[str, int], Output] = {}

    def add(self, model: Mapping[str, Any], scope: ScopePath, depth: int) -> tuple[list[str], list[str]]:
        """Read one model into a scope; return the ids of the nodes where it is entered and left."""
        if depth > _DEEPEST:
            raise ValueError(f"models are nested more than {_DEEPEST} deep")
        config = model["config"]
        layers = config["layers"] if isinstance(config, Mapping) and "layers" in config else None
        if layers is None:  # a subclassed model: its file does not say what is inside
            return self._leaf({**model, "config": {"name": "model", **config}}, scope)
        for layer in layers:
            self._layer(layer, scope, depth)
        names = [_name(layer) for layer in layers]
        if model["class_name"] == "Sequential":
            for before, after in itertools.pairwise(names):
                self.arrows.append(((scope, before, 0), (scope, after), 0))
            first, last = names[:1], names[-1:]
        else:
            for layer in layers:
                for place, (source, output) in enumerate(_inbound(layer)):
                    self.arrows.append(((scope, source, output), (scope, _name(layer)), place))
            first, last = _ends(config["input_layers"]), _ends(config["output_layers"])
        entries = [node for name in first for node in self.ends[scope, name][0]]
        return entries, [node for name in last for node in self.ends[scope, name][1]]

    def _layer(self, layer: Mapping[str, Any], scope: ScopePath, depth: int) -> None:
        name = _name(layer)
        if (scope, name) in self.ends:
            raise ValueError(f"two layers are called {name!r}")
        if "layers" in layer["config"]:
            path = (*scope, name)
            self.scopes.append(Scope(path, ScopeKind.LAYER, name, {"class": str(layer["class_name"])}))
            self.ends[scope, name] = self.add(layer, path, depth + 1)
        else:
            self.ends[scope, name] = self._leaf(layer, scope)

    def _leaf(self, layer: Mapping[str, Any], scope: ScopePath) -> tuple[list[str], list[str]]:
        config = layer["config"]
        node_id = "/".join((*scope, _name(layer)))
        is_input = layer["class_name"] == "InputLayer"
        shape = config.get("batch_shape") if is_input else None
        node = Node(
            node_id,
            str(layer["class_name"]),
            _name(layer),
            scope,
            Kind.INPUT if is_input else Kind.LAYER,
            (Output(_shape(shape), _dtype(config.get("dtype"))),) if shape else (),
            dict(_attributes(layer)),
        )
        self.nodes.append(node)
        return [node_id], [node_id]

    def edges(self) -> Iterator[Edge]:
        """Yield the edges between leaves; one to a nested model goes to where that is entered."""
        for (source_scope, source, output), target, place in self.arrows:
            exits = self.ends[source_scope, source][1]
            entries = self.ends[target][0]
            leaving = exits[output] if output < len(exits) else exits[-1]
            entering = entries[place] if place < len(entries) and len(entries) > 1 else entries[0]
            yield Edge(leaving, entering, 0 if len(exits) > 1 else output, place if len(entries) == 1 else 0)


def _name(layer: Mapping[str, Any]) -> str:
    return str(layer.get("name") or layer["config"]["name"])


def _attributes(layer: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "class", str(layer["class_name"])
    for key in _KEPT:
        value = layer["config"].get(key)
        if isinstance(value, Mapping):  # an object of its own, such as a dtype policy
            value = value.get("config", {}).get("name") if isinstance(value.get("config"), Mapping) else None
        if isinstance(value, (str, int, float, list)):
            yield key, value


def _inbound(layer: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the layer and the output of it that feeds each input, over all calls of this layer."""
    for call in layer.get("inbound_nodes", ()):
        waiting = [call.get("args", ()), call.get("kwargs", {})]
        while waiting:
            entry = waiting.pop(0)
            if isinstance(entry, Mapping) and entry.get("class_name") == "__keras_tensor__":
                source, _, output = entry["config"]["keras_history"]
                yield str(source), int(output)
            elif isinstance(entry, Mapping):
                waiting = [*entry.values(), *waiting]
            elif isinstance(entry, list):
                waiting = [*entry, *waiting]


def _ends(written: Any) -> list[str]:
    """Return layer names from ``["a", 0, 0]``, a list of such, or a dictionary of such."""
    if isinstance(written, Mapping):
        return [name for entry in written.values() for name in _ends(entry)]
    if isinstance(written, list) and written and isinstance(written[0], str):
        return [written[0]]
    return [name for entry in written for name in _ends(entry)]


def _shape(shape: Any) -> tuple[int | None, ...]:
    return tuple(None if axis is None else int(axis) for axis in shape)


def _dtype(written: Any) -> str:
    if isinstance(written, Mapping):
        written = written.get("config", {}).get("name")
    return str(written or "float32")
