"""The description of a Keras model (the JSON of ``model.to_json()``) to a graph of its layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from tfkit.files._weights import Weights
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Node, Output, Scope, ScopeKind, ScopePath

_DEEPEST = 50  # models in models
_KEPT = ("units", "activation", "filters", "kernel_size", "strides", "padding", "rate", "pool_size", "axis", "dtype")


def layers_of(model: Mapping[str, Any], name: str, weights: Weights | None = None) -> Graph:
    """Return the graph of a model's layers; a model inside of it is a group.

    Raises:
        ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, GraphError: If `model` is
            no such description; who knows the file says so.
    """
    found = _Model(weights or Weights())
    found.add(model, (), 0)
    return found.graph(name)


@dataclass(frozen=True, slots=True)
class _Arrow:
    """From an output of one layer to an input of another, both by scope and name; a layer may be a model."""

    source: tuple[ScopePath, str]
    output: int
    target: tuple[ScopePath, str]
    place: int
    tensor: Output | None  # what flows, where the file says so


class _Model:
    """The graph as far as it has been read."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[Node] = []
        self.scopes: list[Scope] = []
        self.arrows: list[_Arrow] = []
        self.ends: dict[tuple[ScopePath, str], tuple[list[str], list[str]]] = {}  # a layer's (entries, exits)

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
            for layer, (before, after) in zip(layers[1:], pairwise(names), strict=True):
                self.arrows.append(_Arrow((scope, before), 0, (scope, after), 0, _built_for(layer)))
            first, last = names[:1], names[-1:]
        else:
            for layer in layers:
                for place, (source, output, tensor) in enumerate(_inbound(layer)):
                    self.arrows.append(_Arrow((scope, source), output, (scope, _name(layer)), place, tensor))
            first, last = _ends(config["input_layers"]), _ends(config["output_layers"])
        entries = [node for name in first for node in self.ends[scope, name][0]]
        return entries, [node for name in last for node in self.ends[scope, name][1]]

    def _layer(self, layer: Mapping[str, Any], scope: ScopePath, depth: int) -> None:
        name = _name(layer)
        if (scope, name) in self.ends:
            raise ValueError(f"two layers are called {name!r}")
        if "layers" in layer["config"]:
            path = (*scope, name)
            facts = {"class": str(layer["class_name"]), **self._facts(layer, scope)}
            self.scopes.append(Scope(path, ScopeKind.LAYER, name, {k: v for k, v in facts.items() if k != "weights"}))
            self.ends[scope, name] = self.add(layer, path, depth + 1)
        else:
            self.ends[scope, name] = self._leaf(layer, scope)

    def _leaf(self, layer: Mapping[str, Any], scope: ScopePath) -> tuple[list[str], list[str]]:
        config = layer["config"]
        node_id = "/".join((*scope, _name(layer)))
        is_input = layer["class_name"] == "InputLayer"
        tensor = _tensor(config.get("batch_shape"), config.get("dtype")) if is_input else None
        node = Node(
            node_id,
            str(layer["class_name"]),
            _name(layer),
            scope,
            Kind.INPUT if is_input else Kind.LAYER,
            () if tensor is None else (tensor,),
            {**dict(_attributes(layer)), **self._facts(layer, scope)},
        )
        self.nodes.append(node)
        return [node_id], [node_id]

    def _facts(self, layer: Mapping[str, Any], scope: ScopePath) -> dict[str, Any]:
        """Return what the weights say of a layer; a subclassed model is the outermost, and has all of them."""
        is_whole = not scope and not self.nodes and "registered_name" in layer and "name" not in layer
        return self.weights.facts(() if is_whole else (*scope, _name(layer)), str(layer["class_name"]))

    def graph(self, name: str) -> Graph:
        """Return what was read; an arrow to or from a nested model ends at the layer where it is entered or left."""
        edges: list[Edge] = []
        outputs = {node.id: list(node.outputs) for node in self.nodes}
        for arrow in self.arrows:
            exits, entries = self.ends[arrow.source][1], self.ends[arrow.target][0]
            is_model = len(exits) > 1
            source = exits[arrow.output] if is_model else exits[0]
            number = 0 if is_model else arrow.output
            enters_one = len(entries) == 1
            target = entries[0] if enters_one else entries[arrow.place]
            edges.append(Edge(source, target, number, arrow.place if enters_one else 0))
            if arrow.tensor is not None and number == len(outputs[source]):
                outputs[source].append(arrow.tensor)
        nodes = tuple(replace(node, outputs=tuple(outputs[node.id])) for node in self.nodes)
        return Graph(name, nodes, tuple(edges), tuple(self.scopes))


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


def _inbound(layer: Mapping[str, Any]) -> Iterator[tuple[str, int, Output | None]]:
    """Yield the layer that feeds each input, which output of it, and what flows, over all calls of this layer."""
    for call in layer.get("inbound_nodes", ()):
        waiting = [call.get("kwargs", {}), call.get("args", ())]
        while waiting:
            entry = waiting.pop()
            if isinstance(entry, Mapping) and entry.get("class_name") == "__keras_tensor__":
                source, _, output = entry["config"]["keras_history"]
                yield str(source), int(output), _tensor(entry["config"].get("shape"), entry["config"].get("dtype"))
            elif isinstance(entry, Mapping):
                waiting += reversed(list(entry.values()))
            elif isinstance(entry, list):
                waiting += reversed(entry)


def _built_for(layer: Mapping[str, Any]) -> Output | None:
    """Return what a layer of a Sequential model takes, which is what the layer before it makes."""
    build = layer.get("build_config")
    return _tensor(build.get("input_shape"), None) if isinstance(build, Mapping) else None


def _tensor(shape: Any, dtype: Any) -> Output | None:
    if not isinstance(shape, list) or any(isinstance(axis, (list, Mapping)) for axis in shape):
        return None
    return Output(tuple(None if axis is None else int(axis) for axis in shape), _dtype(dtype))


def _ends(written: Any) -> list[str]:
    """Return layer names from ``["a", 0, 0]``, a list of such, or a dictionary of such."""
    if isinstance(written, Mapping):
        return [name for entry in written.values() for name in _ends(entry)]
    if isinstance(written, list) and written and isinstance(written[0], str):
        return [written[0]]
    return [name for entry in written for name in _ends(entry)]


def _dtype(written: Any) -> str:
    if isinstance(written, Mapping):
        written = written.get("config", {}).get("name")
    return str(written or "float32")
