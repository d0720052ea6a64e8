"""Of two compared graphs: what did not change, put into groups that can stay closed."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from tfkit.graph import Graph
from tfkit.parts import DIFFERENCES, Scope, ScopeKind, ScopePath, common_depth, prefixes

Member = str | ScopePath  # what stands on a level: a node's id or the path of a group
_FEWEST = 3  # members that are worth a group


def group_unchanged(graph: Graph) -> Graph:
    """Return `graph` with groups around what neither differs nor stands beside something that does.

    Only on levels where something differs: a group in which nothing does is closed as it is.
    """
    differing: set[Member] = set()
    for node in graph.nodes:
        if node.mark in DIFFERENCES:
            differing |= {node.id, *prefixes(node.scope)}
    near = _near(graph, differing)
    into: dict[Member, Scope] = {}
    taken = {scope.path for scope in graph.scopes}
    for path, members in _levels(graph).items():
        if path in differing or (not path and differing):
            names = (name for number in itertools.count(1) if (name := (*path, f"unchanged {number}")) not in taken)
            for run in _runs(members, near):
                into |= dict.fromkeys(run, Scope(next(names), ScopeKind.GROUP))
    return _moved(graph, into) if into else graph


def _levels(graph: Graph) -> dict[ScopePath, list[Member]]:
    """Return what stands on each level, in the graph's order."""
    found: dict[ScopePath, dict[Member, None]] = defaultdict(dict)
    for node in graph.nodes:
        for path in prefixes(node.scope):
            found[path[:-1]][path] = None
        found[node.scope][node.id] = None
    return {path: list(members) for path, members in found.items()}


def _near(graph: Graph, differing: set[Member]) -> set[Member]:
    """Return what differs, and with it what an edge joins to that on its level."""
    scope_of = {node.id: node.scope for node in graph.nodes}
    near = set(differing)
    for edge in graph.edges:
        depth = common_depth(scope_of[edge.source], scope_of[edge.target])
        ends = [_on_level(node, scope_of[node], depth) for node in (edge.source, edge.target)]
        if differing.intersection(ends):
            near.update(ends)
    return near


def _on_level(node_id: str, path: ScopePath, depth: int) -> Member:
    return path[: depth + 1] if len(path) > depth else node_id


def _runs(members: list[Member], near: set[Member]) -> Iterator[list[Member]]:
    run: list[Member] = []
    for member in members:
        if member not in near:
            run.append(member)
            continue
        if len(run) >= _FEWEST:
            yield run
        run = []
    if len(run) >= _FEWEST:
        yield run


def _moved(graph: Graph, into: dict[Member, Scope]) -> Graph:
    """Return `graph` with members moved into new groups, which say how many nodes they hold."""
    new: dict[ScopePath, ScopePath] = {(): ()}
    for scope in graph.scopes:  # parents first
        outer = into.get(scope.path)
        new[scope.path] = (*(new[scope.path[:-1]]), *((outer.path[-1],) if outer else ()), scope.path[-1])
    counts: dict[ScopePath, int] = defaultdict(int)
    nodes = []
    for node in graph.nodes:
        outer = into.get(node.id)
        path = (*new[node.scope], outer.path[-1]) if outer else new[node.scope]
        nodes.append(replace(node, scope=path))
        for around in prefixes(path):
            counts[around] += 1
    made = {(*new[scope.path[:-1]], scope.path[-1]): scope for scope in into.values()}
    scopes = [replace(scope, path=new[scope.path]) for scope in graph.scopes]
    scopes += [replace(scope, path=path, label=f"{counts[path]:,} unchanged") for path, scope in made.items()]
    return replace(graph, nodes=tuple(nodes), scopes=tuple(scopes))
