"""Questions about a graph: which nodes are like this, and what lies between two of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tfkit.errors import GraphError
from tfkit.graph import Graph
from tfkit.parts import Node

_STEPS = 1_000_000  # after these a walk for paths ends, whatever it has found

# What can be asked of every node; anything else is the name of an attribute.
_FACTS: Mapping[str, Callable[[Node], Iterable[Any]]] = {
    "id": lambda node: (node.id,),
    "op": lambda node: (node.op,),
    "label": lambda node: (node.label,),
    "kind": lambda node: (node.kind,),
    "mark": lambda node: (node.mark,),
    "note": lambda node: (node.note,),
    "shape": lambda node: (output.shape for output in node.outputs),
    "dtype": lambda node: (output.dtype for output in node.outputs),
    "device": lambda node: (output.device for output in node.outputs),
    "file": lambda node: (node.source.file,) if node.source else (),
    "line": lambda node: (node.source.line,) if node.source else (),
    "time_s": lambda node: (node.cost.time_s,) if node.cost and node.cost.time_s is not None else (),
    "memory_bytes": lambda node: (node.cost.memory_bytes,) if node.cost and node.cost.memory_bytes is not None else (),
}


def find(graph: Graph, pattern: str, where: Mapping[str, Any]) -> tuple[Node, ...]:
    """Return the nodes that a pattern and all conditions fit; see `Graph.find`."""
    matches = _expression(pattern).search
    inside = _inside(where["scope"]) if "scope" in where else None
    tests = [(_reader(graph, name), _test(name, wanted)) for name, wanted in where.items() if name != "scope"]
    return tuple(
        node
        for node in graph.nodes
        if (matches(node.id) or matches(node.label) or matches(node.op))
        and (inside is None or node.scope[: len(inside)] == inside)
        and all(any(map(fits, read(node))) for read, fits in tests)
    )


def _expression(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except (re.error, TypeError, RecursionError, OverflowError) as error:
        raise GraphError(f"{pattern!r} is not a regular expression: {error}.") from error


def _inside(scope: Any) -> tuple[str, ...]:
    if isinstance(scope, str):
        return tuple(filter(None, scope.split("/")))
    if isinstance(scope, (tuple, list)):
        return tuple(scope)
    raise GraphError(f"scope={scope!r} must be the path of a group, such as 'model/dense'.")


def _reader(graph: Graph, name: str) -> Callable[[Node], Iterable[Any]]:
    if name in _FACTS:
        return _FACTS[name]
    known = {key for node in graph.nodes for key in node.attributes}
    if name not in known:
        raise GraphError(
            f"No node of graph {graph.name!r} has an attribute {name!r}. One can ask for scope, {', '.join(_FACTS)}, "
            f"and the attributes {', '.join(sorted(known)[:20]) or '(there are none)'}."
        )
    return lambda node: (node.attributes[name],) if name in node.attributes else ()


def _test(name: str, wanted: Any) -> Callable[[Any], bool]:
    """Return what tells whether a value is the wanted one: a function, a pattern for the whole text, or the value."""
    if isinstance(wanted, str):
        matches = _expression(wanted).fullmatch
        return lambda value: matches(str(value)) is not None
    if isinstance(wanted, list) and name == "shape":
        wanted = tuple(wanted)
    if not callable(wanted):
        return lambda value: bool(value == wanted and type(value) is type(wanted))

    def fits(value: Any) -> bool:
        try:
            return bool(wanted(value))
        except TypeError as error:  # values of several types have the same name: "> 3" of a text, say
            raise GraphError(f"The condition on {name} cannot be asked of {value!r}: {error}.") from error

    return fits


def between(graph: Graph, source: str, target: str) -> tuple[Node, ...]:
    """Return the nodes on all paths; see `Graph.between`."""
    ends = {graph[source].id, graph[target].id}
    after = {node.id for node in graph.descendants(source)} | {source}
    before = {node.id for node in graph.ancestors(target)} | {target}
    if target not in after:
        return ()
    return tuple(node for node in graph.nodes if node.id in ends or (node.id in after and node.id in before))


def paths(
    graph: Graph, after: Mapping[str, Sequence[str]], source: str, target: str, limit: int
) -> tuple[tuple[Node, ...], ...]:
    """Return the ways from node to node; see `Graph.paths`.

    Args:
        after: The direct successors of every node.
    """
    if limit < 1:
        raise GraphError(f"limit={limit} must be at least 1.")
    useful = {node.id for node in between(graph, source, target)}
    found: list[tuple[Node, ...]] = []
    path: dict[str, None] = {}
    walk = [iter([source])] if useful else []
    for _ in range(_STEPS):
        if not walk or len(found) == limit:
            break
        node = next(walk[-1], None)
        if node is None:
            walk.pop()
            if path:
                path.popitem()
        elif node == target:
            found.append(tuple(graph[step] for step in (*path, node)))
        elif node not in path:
            path[node] = None
            walk.append(iter(dict.fromkeys(step for step in after[node] if step in useful)))
    return tuple(found)
