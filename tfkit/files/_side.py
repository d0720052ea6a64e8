"""Several graphs as one, each in a group of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tfkit.graph import Graph
from tfkit.parts import Scope, ScopeKind, limit_pictures


def side_by_side(name: str, graphs: Mapping[str, Graph]) -> Graph:
    """Return one graph with the given ones beside each other; of a single one, that.

    Example:
        >>> from tfkit.parts import Node
        >>> one = Graph("one", (Node("a", "Const", "a"),))
        >>> [node.id for node in side_by_side("both", {"train": one, "test": one}).nodes]
        ['train/a', 'test/a']
    """
    if len(graphs) == 1:
        (only,) = graphs.values()
        return replace(only, name=name)
    nodes, edges, scopes = [], [], []
    for group, graph in graphs.items():
        nodes += [replace(node, id=f"{group}/{node.id}", scope=(group, *node.scope)) for node in graph.nodes]
        edges += [
            replace(edge, source=f"{group}/{edge.source}", target=f"{group}/{edge.target}") for edge in graph.edges
        ]
        scopes += [
            Scope((group,), ScopeKind.GROUP, group),
            *(replace(s, path=(group, *s.path)) for s in graph.scopes),
        ]
    filled = {node.scope[0] for node in nodes}
    return Graph(name, limit_pictures(nodes), tuple(edges), tuple(scope for scope in scopes if scope.path[0] in filled))
