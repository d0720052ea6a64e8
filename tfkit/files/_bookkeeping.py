"""What a saved graph holds beside the model: the filling, saving and restoring of its variables, set apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from tfkit.graph import Graph
from tfkit.parts import Kind, Node, Scope, ScopeKind, ScopePath, prefixes

_SAVED, _FILLED = "saving and restoring", "initialising"  # groups
# What TensorFlow makes beside each variable, named after it.
_FILLING = {"ReadVariableOp", "AssignVariableOp", "VarIsInitializedOp", "Assign", "IsVariableInitialized"}


def bookkeeping_apart(graph: Graph, saver: set[str]) -> Graph:
    """Return the graph with what fills, saves and restores variables in groups of their own.

    No edge leads there from a variable, or each would have one to all of them: the attribute ``variable`` says which
    one is read.

    Args:
        saver: The nodes by which TensorFlow saves and restores.
    """
    saving = {node.scope for node in graph.nodes if node.id in saver and node.scope}
    group_of = _bookkeeping(graph, saver, saving)
    if not group_of:
        return graph
    variables = {node.id for node in graph.nodes if node.kind == Kind.VARIABLE}
    variable_of: dict[str, str] = {}
    edges = []
    for edge in graph.edges:
        group = group_of.get(edge.target)
        if group and edge.source in variables and group != group_of.get(edge.source):
            variable_of[edge.target] = edge.source
        else:
            edges.append(edge)

    def moved(node: Node) -> Node:
        if node.id not in group_of:
            return node
        inner = node.scope if saving.intersection(prefixes(node.scope)) else ()
        about = {"variable": variable_of[node.id]} if node.id in variable_of else {}
        return replace(node, scope=(group_of[node.id], *inner), attributes={**node.attributes, **about})

    nodes = tuple(map(moved, graph.nodes))
    used = {path for node in nodes for path in prefixes(node.scope)}
    outer = [Scope((group,), ScopeKind.AUXILIARY, group) for group in dict.fromkeys(group_of.values())]
    below = (replace(scope, path=(_SAVED, *scope.path)) for scope in graph.scopes)
    scopes = (scope for scope in (*outer, *graph.scopes, *below) if scope.path in used)
    return Graph(graph.name, nodes, tuple(edges), tuple(scopes))


def _bookkeeping(graph: Graph, saver: set[str], saving: set[ScopePath]) -> dict[str, str]:
    """Return the group of each node that is there only to fill, save or restore variables."""
    variables = {node.id for node in graph.nodes if node.kind == Kind.VARIABLE}
    found: dict[str, str] = {}
    for node in graph.nodes:
        if node.id in saver or saving.intersection(prefixes(node.scope)):
            found[node.id] = _SAVED
        elif node.op in _FILLING and variables.intersection(_heads(node.id)):
            found[node.id] = _FILLED
    # What reads a variable for anything else is none of it.
    used = {edge.source for edge in graph.edges if not edge.control and edge.target not in found}
    found = {node_id: group for node_id, group in found.items() if group == _SAVED or node_id not in used}
    if not found:
        return {}
    _add_what_feeds(found, graph, variables)
    # The operation that runs all initialisers is a NoOp behind them, or stands alone.
    ends = ((edge.source, edge.target) for edge in graph.edges)
    beside_others = {one for a, b in ends for one, other in ((a, b), (b, a)) if other not in found}
    initialisers = (node.id for node in graph.nodes if node.op == "NoOp" and node.id not in beside_others)
    return dict.fromkeys(initialisers, _FILLED) | found


def _add_what_feeds(found: dict[str, str], graph: Graph, variables: set[str]) -> None:
    """Add to `found` what is used by nothing but what is in it, from there backward."""
    before: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        before[edge.target].append(edge.source)
    others = Counter(edge.source for edge in graph.edges)  # users that are not in `found`
    kept = {node.id for node in graph.nodes if node.kind in (Kind.INPUT, Kind.OUTPUT)}
    waiting = list(found)
    while waiting:
        target = waiting.pop()
        for source in before[target]:
            others[source] -= 1
            if not others[source] and source not in found and source not in kept:
                found[source] = _FILLED if source in variables else found[target]
                waiting.append(source)


def _heads(name: str) -> Iterator[str]:
    """Yield what a name begins with, up to each slash."""
    parts = name.split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts)))
