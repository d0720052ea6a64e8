"""A graph written down: JSON-ready columns, and those columns compressed for the page.

Columns, not a list of objects: 100,000 nodes share a few dozen operation types, shapes and source lines,
so each of these columns is a ``table`` of distinct entries and one ``index`` a node (left out where all
nodes have the one entry). An id that is made of the scope and the label is not written. The same layout is
declared in ``widgets/src/engine/model.ts``; both sides are tested with ``tests/fixtures/graph_v1.json``.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple
from operator import attrgetter
from typing import Any

from tfkit.errors import GraphError
from tfkit.garbage import uncollected
from tfkit.graph import Graph
from tfkit.op_docs import about
from tfkit.parts import (
    Cost,
    Edge,
    Kind,
    Mark,
    Node,
    Output,
    Overlay,
    Scope,
    ScopeKind,
    ScopePath,
    Source,
    Summary,
    Together,
)
from tfkit.untrusted import MIB, gunzip, parse_json

VERSION = 1
_MOST_BYTES = 48 * MIB  # of JSON; 200,000 operations need about a third
_MOST_MEMORY = 500 * MIB
_NOTHING: Mapping[str, list[Any]] = {"table": [None]}
_WORDS_FOR_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@uncollected()
def encode(graph: Graph) -> dict[str, Any]:
    """Return `graph` as columns; scope -1 is the outermost level, parents stand before their children."""
    place = {scope.path: index for index, scope in enumerate(graph.scopes)}
    place[()] = -1
    prefix = _prefixes([scope.path for scope in graph.scopes], [scope.kind for scope in graph.scopes])
    number = {node.id: index for index, node in enumerate(graph.nodes)}
    nodes, edges, scopes = graph.nodes, graph.edges, graph.scopes
    return {
        "version": VERSION,
        "name": graph.name,
        **_overlay(graph),
        "scopes": {
            "name": [scope.path[-1] for scope in scopes],
            "parent": [place[scope.path[:-1]] for scope in scopes],
            "kind": [str(scope.kind) for scope in scopes],
            "label": [scope.label for scope in scopes],
            "attributes": _column(map(attrgetter("attributes"), scopes), _plain),
        },
        "nodes": {
            "id": [None if node.id == prefix[node.scope] + node.label else node.id for node in nodes],
            "label": [node.label for node in nodes],
            "op": _column(map(attrgetter("op"), nodes), str),
            "scope": [place[node.scope] for node in nodes],
            "kind": _column(map(attrgetter("kind"), nodes), str),
            "outputs": _column(map(attrgetter("outputs"), nodes), lambda outs: [_output(out) for out in outs]),
            "attributes": _column(map(attrgetter("attributes"), nodes), _plain),
            "source": _column(map(attrgetter("source"), nodes), _source),
            "members": _column(map(attrgetter("members"), nodes), int),
            "mark": _column(map(attrgetter("mark"), nodes), str),
            "note": _column(map(attrgetter("note"), nodes), str),
            "cost": _column(map(attrgetter("cost"), nodes), lambda cost: cost and list(astuple(cost))),
            "was": _column(map(attrgetter("was"), nodes), list),
        },
        "edges": {
            "source": [number[edge.source] for edge in edges],
            "target": [number[edge.target] for edge in edges],
            "source_output": _column(map(attrgetter("source_output"), edges), int),
            "target_input": _column(map(attrgetter("target_input"), edges), int),
            "control": _column(map(attrgetter("control"), edges), int),
            "mark": _column(map(attrgetter("mark"), edges), str),
            "count": _column(map(attrgetter("count"), edges), int),
            "local": _column(map(attrgetter("local"), edges), _summary),
            "gradient": _column(map(attrgetter("gradient"), edges), _summary),
        },
        "docs": _docs(graph),
    }


@uncollected()
def decode(data: Mapping[str, Any]) -> Graph:
    """Return the graph that `encode` wrote down.

    Raises:
        GraphError: If `data` is of another form or of a newer version.
    """
    version = data.get("version") if isinstance(data, Mapping) else None
    if version != VERSION:
        raise GraphError(f"This is not a graph of version {VERSION} (its version is {version!r}): update tfkit-course.")
    try:
        return _decode(data)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise GraphError(f"The written graph is damaged: {type(error).__name__} {error}.") from error


def _docs(graph: Graph) -> dict[str, str]:
    """Return the line about each operation and layer that occurs. It says nothing of the graph: reading ignores it."""
    layers = {node.op for node in graph.nodes if node.kind == Kind.LAYER}
    layers.update(str(scope.attributes["class"]) for scope in graph.scopes if "class" in scope.attributes)
    names = {node.op for node in graph.nodes} | {f"layer {name}" for name in layers}
    return {name: line for name in sorted(names) if (line := about(name))}


def _decode(data: Mapping[str, Any]) -> Graph:
    columns = data["scopes"]
    paths: list[tuple[str, ...]] = []
    for name, parent in zip(columns["name"], columns["parent"], strict=True):
        paths.append((*(paths[parent] if parent >= 0 else ()), name))
    kinds = list(map(ScopeKind, columns["kind"]))
    scopes = map(Scope, paths, kinds, columns["label"], _values(columns["attributes"], len(paths)))

    columns, prefix = data["nodes"], _prefixes(paths, kinds)
    scope_of = [paths[scope] if scope >= 0 else () for scope in columns["scope"]]
    ids: list[str] = [
        prefix[scope] + label if node_id is None else node_id
        for node_id, label, scope in zip(columns["id"], columns["label"], scope_of, strict=True)
    ]
    nodes = map(
        Node,
        ids,
        _values(columns["op"], len(ids)),
        columns["label"],
        scope_of,
        _values(columns["kind"], len(ids), Kind),
        _values(columns["outputs"], len(ids), lambda outs: tuple(map(_read_output, outs))),
        _values(columns["attributes"], len(ids)),
        _values(columns["source"], len(ids), _read_source),
        _values(columns["members"], len(ids)),
        _values(columns["mark"], len(ids), Mark),
        _values(columns["note"], len(ids)),
        _values(columns["cost"], len(ids), lambda cost: cost and Cost(*cost)),
        _values(columns.get("was", {"table": [[]]}), len(ids), tuple),
    )
    columns = data["edges"]
    count = len(columns["source"])
    edges = map(
        Edge,
        [ids[index] for index in columns["source"]],
        [ids[index] for index in columns["target"]],
        _values(columns["source_output"], count),
        _values(columns["target_input"], count),
        _values(columns["control"], count, bool),
        _values(columns["mark"], count, Mark),
        _values(columns.get("count", {"table": [1]}), count),
        _values(columns.get("local", _NOTHING), count, _read_summary),
        _values(columns.get("gradient", _NOTHING), count, _read_summary),
    )
    return Graph(data["name"], tuple(nodes), tuple(edges), tuple(scopes), _read_overlay(data.get("overlay"), ids))


def _overlay(graph: Graph) -> dict[str, Any]:
    """Return the numbers that a graph is coloured by, one for each node, under their key; nothing where it is not."""
    overlay = graph.overlay
    if overlay is None:
        return {}
    values = [overlay.values.get(node.id) for node in graph.nodes]
    return {"overlay": {"name": overlay.name, "unit": overlay.unit, "how": str(overlay.how), "values": values}}


def _read_overlay(data: Mapping[str, Any] | None, ids: list[str]) -> Overlay | None:
    if data is None:
        return None
    values = {node_id: value for node_id, value in zip(ids, data["values"], strict=True) if value is not None}
    return Overlay(data["name"], values, data["unit"], Together(data["how"]))


def _prefixes(paths: list[ScopePath], kinds: list[ScopeKind]) -> dict[ScopePath, str]:
    """Return what ids begin with in each scope; a group that tfkit made has no part in the name."""
    found: dict[ScopePath, str] = {(): ""}
    for path, kind in zip(paths, kinds, strict=True):
        found[path] = found[path[:-1]] + ("" if kind.is_made else f"{path[-1]}/")
    return found


def pack(data: Mapping[str, Any]) -> bytes:
    """Return `data` as gzip over compact JSON, without a time stamp so that equal graphs give equal bytes."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # Half of a surrogate pair, which is in no UTF-8, is written as JSON writes it: with a backslash.
    return gzip.compress(text.encode("utf-8", "backslashreplace"), compresslevel=5, mtime=0)


def unpack(data: bytes) -> dict[str, Any]:
    """Return what `pack` packed.

    Raises:
        GraphError: If the bytes are not gzip over JSON.
    """
    try:
        text = gunzip(data, _MOST_BYTES).decode("utf-8", "surrogatepass")
        found: dict[str, Any] = parse_json(text, most_memory=_MOST_MEMORY)
    except ValueError as error:
        raise GraphError(f"These {len(data):,} bytes are not a packed graph: {error}.") from error
    return found


def _column(values: Iterable[Any], write: Callable[[Any], Any]) -> dict[str, list[Any]]:
    """Return ``{"table": distinct entries, "index": one place in the table for each value}``.

    A single entry needs no index.
    """
    kept = list(values)
    identities = list(map(id, kept))
    places: dict[Any, int] = {}
    table: list[Any] = []
    place_of: dict[int, int] = {}
    # By identity first: readers share equal values, and to compare dictionaries is dear.
    for identity, value in dict(zip(identities, kept, strict=True)).items():
        key = _key(value) if type(value) is dict else value
        if key not in places:
            places[key] = len(table)
            table.append(write(value))
        place_of[identity] = places[key]
    if len(table) == 1:
        return {"table": table}
    return {"table": table, "index": [place_of[identity] for identity in identities]}


def _key(attributes: dict[str, Any]) -> Any:
    """Return what equal attributes share; 1 and True are equal in Python, but not here."""
    try:
        key = tuple(attributes.items()), tuple(map(type, attributes.values()))
        hash(key)
    except TypeError:  # a list among the values
        return json.dumps(attributes, sort_keys=True, default=str)
    return key


def _values(
    column: Mapping[str, list[Any]], count: int, read: Callable[[Any], Any] = lambda value: value
) -> Iterable[Any]:
    table = [read(entry) for entry in column["table"]]
    index = column.get("index", [0] * count)
    if len(index) != count:
        raise ValueError(f"a column of {len(index)} entries, not {count}")
    return [table[place] for place in index]


def _plain(value: Any) -> Any:
    """Return `value` with nothing in it that JSON does not know; floats that JSON lacks become words."""
    if isinstance(value, float):
        return value if math.isfinite(value) else ("NaN" if math.isnan(value) else f"{'-' * (value < 0)}Infinity")
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def _source(source: Source | None) -> list[Any] | None:
    """Return a source as a list; the context is left out where there is none."""
    if source is None:
        return None
    return [source.file, source.line, source.text, *([_plain(source.context)] if source.context else ())]


def _read_source(data: list[Any] | None) -> Source | None:
    if data is None:
        return None
    file, line, text, *context = data
    return Source(file, line, text, tuple((number, words) for lines in context for number, words in lines))


def _output(output: Output) -> dict[str, Any]:
    """Return `output` without the keys about which nothing is known."""
    written: dict[str, Any] = {"shape": output.shape and list(output.shape), "dtype": output.dtype}
    if output.shape == ():
        written["shape"] = []
    if output.device:
        written["device"] = output.device
    for key, summary in (("value", output.value), ("gradient", output.gradient)):
        if summary is not None:
            written[key] = _summary(summary)
    return written


def _summary(summary: Summary | None) -> Any:
    if summary is None:
        return None
    facts = {name: getattr(summary, name) for name in Summary.__slots__}
    return _plain({name: fact for name, fact in facts.items() if fact != ()})


def _read_output(data: Mapping[str, Any]) -> Output:
    shape = data["shape"]
    return Output(
        None if shape is None else tuple(shape),
        data["dtype"],
        data.get("device", ""),
        _read_summary(data.get("value")),
        _read_summary(data.get("gradient")),
    )


def _read_summary(data: Mapping[str, Any] | None) -> Summary | None:
    if data is None:
        return None
    floats = {key: _WORDS_FOR_FLOATS.get(data[key], data[key]) for key in ("minimum", "maximum", "mean", "std")}
    lists = {key: tuple(data.get(key, ())) for key in ("histogram", "picture")}
    return Summary(**{**data, **floats, **lists})
