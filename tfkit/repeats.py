"""Graph to graph, so that what repeats is seen once and what everything uses does not cross everything."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Mark, Node, Scope, ScopeKind, ScopePath, common_depth, prefixes

MOST_NODES = 10_000  # up to which a graph is looked through for repeats
_NAMES = ("variable", "shared_name", "container", "name")  # attributes that differ between equal blocks


def fold_repeats(graph: Graph) -> Graph:
    """Return `graph` with chains of groups that are alike folded into their first; see `Graph.fold_repeats`."""
    while runs := _runs(graph):
        graph = _folded(graph, runs)
    return graph


def group_repeats(graph: Graph) -> Graph:
    """Return `graph` with a group around each chain of groups that are alike, named so with their number.

    All of them stay what they are, in the one group more. In a graph of more than 10,000 nodes that would take
    longer than all else, and is left.
    """
    if len(graph.nodes) > MOST_NODES:
        return graph
    known = {scope.path: scope for scope in graph.scopes}
    # What stands in such a group already is not put into another.
    grouped = {scope.path for scope in graph.scopes if scope.kind == ScopeKind.REPEAT}
    around = {path: run for run in _chains(graph) if run[0][:-1] not in grouped for path in run}
    if not around:
        return graph
    new: dict[ScopePath, ScopePath] = {(): ()}
    scopes = []
    for scope in graph.scopes:  # parents first
        path, run = scope.path, around.get(scope.path)
        outer = new[path[:-1]]
        if run is not None:
            first = known[run[0]]
            outer = (*outer, f"{first.path[-1]} \u00d7 {len(run)}")
            if path == run[0]:
                label = f"{first.label} \u00d7 {len(run)}"
                scopes.append(Scope(outer, ScopeKind.REPEAT, label, {"repeats": len(run)}))
        new[path] = (*outer, path[-1])
        scopes.append(replace(scope, path=new[path]))
    nodes = (replace(node, scope=new[node.scope]) for node in graph.nodes)
    return replace(graph, nodes=tuple(nodes), scopes=tuple(scopes))


def _runs(graph: Graph) -> list[list[ScopePath]]:
    """Return the outermost chains, so that no group is in two of them."""
    outermost = []
    taken: set[ScopePath] = set()
    for run in sorted(_chains(graph), key=lambda run: len(run[0])):
        if not any(outer in taken for outer in prefixes(run[0])):
            taken.update(run)
            outermost.append(run)
    return outermost


def _chains(graph: Graph) -> list[list[ScopePath]]:
    """Return the chains of two and more groups that stand beside each other, are alike, and feed each other."""
    beside: dict[ScopePath, list[ScopePath]] = defaultdict(list)
    for scope in graph.scopes:
        beside[scope.path[:-1]].append(scope.path)
    sizes, fed = _sizes(graph), _fed(graph)
    # To compare groups is dear: only what may be a chain, or groups that are nested deeply would take forever.
    pairs = [
        pair
        for groups in beside.values()
        for pair in itertools.pairwise(groups)
        if pair in fed and sizes[pair[0]] == sizes[pair[1]]
    ]
    alike = _signatures(graph, set(itertools.chain.from_iterable(pairs)))
    found: list[list[ScopePath]] = []
    for one, other in pairs:
        if alike[one] != alike[other]:
            continue
        if found and found[-1][-1] == one:
            found[-1].append(other)
        else:
            found.append([one, other])
    return found


def _sizes(graph: Graph) -> Counter[ScopePath]:
    """Return how many nodes each group holds, at any depth."""
    sizes = Counter(node.scope for node in graph.nodes)
    for scope in reversed(graph.scopes):  # children before parents
        sizes[scope.path[:-1]] += sizes[scope.path]
    return sizes


def _fed(graph: Graph) -> set[tuple[ScopePath, ScopePath]]:
    """Return the pairs of neighbouring groups of which the first feeds the second."""
    scope_of = {node.id: node.scope for node in graph.nodes}
    found = set()
    for edge in graph.edges:
        one, other = scope_of[edge.source], scope_of[edge.target]
        depth = common_depth(one, other)
        if min(len(one), len(other)) > depth:
            found.add((one[: depth + 1], other[: depth + 1]))
    return found


def _signatures(graph: Graph, compared: set[ScopePath]) -> dict[ScopePath, Any]:
    """Return for each of some groups what those that are alike share: operations in order, and the wires inside."""
    around: dict[ScopePath, tuple[ScopePath, ...]] = {(): ()}  # those of `compared` that hold a group
    for scope in graph.scopes:  # parents first
        outer = around[scope.path[:-1]]
        around[scope.path] = (*outer, scope.path) if scope.path in compared else outer
    inside: dict[ScopePath, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        for path in around[node.scope]:
            inside[path].append(node)
    place = {path: {node.id: index for index, node in enumerate(nodes)} for path, nodes in inside.items()}
    wires: dict[ScopePath, list[tuple[int, ...]]] = defaultdict(list)
    scope_of = {node.id: node.scope for node in graph.nodes}
    for edge in graph.edges:
        for path in around[scope_of[edge.target]]:
            source = place[path].get(edge.source, -1)
            wires[path].append((source, place[path][edge.target], edge.source_output, edge.target_input))
    numbers: dict[Any, int] = {}
    own = {node.id: numbers.setdefault(_own(node), len(numbers)) for node in graph.nodes if around[node.scope]}
    folded: dict[ScopePath, list[tuple[int, Any]]] = defaultdict(list)
    for scope in graph.scopes:
        for path in around[scope.path]:
            folded[path].append((len(scope.path) - len(path), scope.attributes.get("repeats")))
    return {
        path: (
            tuple((own[node.id], len(node.scope) - len(path)) for node in inside[path]),
            tuple(sorted(wires[path])),
            tuple(folded[path]),
        )
        for path in compared
    }


def _own(node: Node) -> Any:
    """Return what a node is, without its name and value; the last of a chain may be what is returned."""
    kind = Kind.OP if node.kind == Kind.OUTPUT else node.kind
    facts = repr(sorted((key, value) for key, value in node.attributes.items() if key not in _NAMES))
    return node.op, kind, node.mark, facts, tuple((output.shape, output.dtype) for output in node.outputs)


def _folded(graph: Graph, runs: Sequence[Sequence[ScopePath]]) -> Graph:
    """Return `graph` with each run drawn as its first group."""
    times = {run[0]: len(run) for run in runs}
    first_of = {path: run[0] for run in runs for path in run}
    members: dict[ScopePath, list[str]] = defaultdict(list)
    outer: dict[ScopePath, ScopePath | None] = {
        scope.path: next((path for path in prefixes(scope.path) if path in first_of), None) for scope in graph.scopes
    }
    outer[()] = None
    for node in graph.nodes:
        if (path := outer[node.scope]) is not None:
            members[path].append(node.id)
    stands_for = {
        node_id: kept
        for path, ids in members.items()
        for node_id, kept in zip(ids, members[first_of[path]], strict=True)
    }
    run_of = {node_id: first_of[path] for path, ids in members.items() for node_id in ids}
    returned = {stands_for.get(node.id) for node in graph.nodes if node.kind == Kind.OUTPUT}
    nodes = [
        replace(node, kind=Kind.OUTPUT) if node.id in returned else node
        for node in graph.nodes
        if stands_for.get(node.id, node.id) == node.id
    ]

    def moved(edge: Edge) -> Edge:
        source, target = stands_for.get(edge.source, edge.source), stands_for.get(edge.target, edge.target)
        return edge if (source, target) == (edge.source, edge.target) else replace(edge, source=source, target=target)

    def place(edge: Edge) -> tuple[Any, ...]:
        return (edge.source, edge.target) if edge.control else (edge.target, edge.target_input)

    # Into a place that the first group of a run has filled goes no second wire.
    taken = {place(edge) for edge in graph.edges if moved(edge) is edge}
    edges = []
    for edge in graph.edges:
        lifted = moved(edge)
        if lifted is not edge:
            if lifted.source in run_of and run_of[lifted.source] == run_of.get(lifted.target):
                continue  # within a later one of the run, or from one to the next
            if place(lifted) in taken:
                continue
            taken.add(place(lifted))
        edges.append(lifted)
    kept = [scope for scope in graph.scopes if (path := outer[scope.path]) is None or first_of[path] == path]
    overlay = graph.overlay
    if overlay is not None:
        overlay = replace(overlay, values={n.id: overlay.values[n.id] for n in nodes if n.id in overlay.values})
    scopes = tuple(_named(scope, times) for scope in kept)
    return replace(graph, nodes=tuple(nodes), edges=tuple(edges), scopes=scopes, overlay=overlay)


def _named(scope: Scope, times: dict[ScopePath, int]) -> Scope:
    count = times.get(scope.path)
    if count is None:
        return scope
    return replace(scope, label=f"{scope.label} \u00d7 {count}", attributes={**scope.attributes, "repeats": count})


def bundle_edges(graph: Graph) -> Graph:
    """Return `graph` with one edge for all tensors between a closed group and another box; it knows their number."""
    groups = {node.id for node in graph.nodes if node.members}
    found: dict[tuple[Any, ...], Edge] = {}
    tensors: dict[tuple[Any, ...], dict[int, int]] = defaultdict(dict)
    marks: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for edge in graph.edges:
        at_group = edge.source in groups or edge.target in groups
        key = (edge.source, edge.target, edge.control, -1 if at_group else (edge.source_output, edge.target_input))
        found.setdefault(key, edge)
        tensors[key].setdefault(edge.source_output, edge.count)
        marks[key].add(edge.mark)
    if len(found) == len(graph.edges):
        return graph
    edges = (
        replace(edge, count=sum(tensors[key].values()), mark=edge.mark if len(marks[key]) == 1 else Mark.NONE)
        for key, edge in found.items()
    )
    return replace(graph, edges=tuple(edges))


def extract_hubs(graph: Graph, degree: int) -> Graph:
    """Return `graph` without the edges of its hubs; see `Graph.extract_hubs`."""
    after, before = (
        _neighbours((e.source, e.target) for e in graph.edges),
        _neighbours((e.target, e.source) for e in graph.edges),
    )
    wide = {node.id for node in graph.nodes if not node.members}
    leaving = {name for name, found in after.items() if len(found) > degree} & wide
    arriving = {name for name, found in before.items() if len(found) > degree} & wide
    if not leaving and not arriving:
        return graph
    inputs: dict[str, dict[str, str]] = defaultdict(dict)
    outputs: dict[str, dict[str, None]] = defaultdict(dict)
    edges = []
    for edge in graph.edges:
        if edge.source in leaving:
            place = f"^{len(inputs[edge.target])}" if edge.control else str(edge.target_input)
            inputs[edge.target][place] = f"{edge.source}:{edge.source_output}"
        elif edge.target in arriving:
            outputs[edge.source][edge.target] = None
        else:
            edges.append(edge)
    nodes = []
    for node in graph.nodes:
        facts: dict[str, Any] = {}
        if node.id in inputs:
            facts["hub_inputs"] = inputs[node.id]
        if node.id in outputs:
            facts["hub_outputs"] = list(outputs[node.id])
        if node.id in leaving or node.id in arriving:
            facts["neighbours"] = len(after[node.id] | before[node.id])
        nodes.append(replace(node, attributes={**node.attributes, **facts}) if facts else node)
    return replace(graph, nodes=tuple(nodes), edges=tuple(edges))


def _neighbours(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return for each node at the one end of edges the nodes at the other."""
    found: dict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        found[one].add(other)
    return found
