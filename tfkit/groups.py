"""Put groups into crowded levels of a graph, so that a reader meets a few boxes at a time.

Members whose names begin alike belong together where that reads well; what is left is cut into runs of the
order of execution. Pure: a graph in, a graph with more scopes out.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tfkit.garbage import uncollected
from tfkit.graph import Graph
from tfkit.parts import Scope, ScopeKind, ScopePath, prefixes

_WORD = re.compile(r"[^A-Za-z0-9]*[A-Za-z]+\d*|[^A-Za-z0-9]*\d+|[^A-Za-z0-9]+$")
_NUMBER = re.compile(r"_\d+$")
Member = str | ScopePath  # what stands on a level: a node's id or the path of a group


def levels(graph: Graph) -> dict[ScopePath, list[Member]]:
    """Return what stands directly on each level, ``()`` being the outermost: node ids and paths of groups."""
    return _levels({node.id: node.scope for node in graph.nodes}, (scope.path for scope in graph.scopes))


def _levels(scope_of: Mapping[str, ScopePath], paths: Iterable[ScopePath]) -> dict[ScopePath, list[Member]]:
    """Return what stands on each level; in `paths`, parents stand first."""
    found: dict[ScopePath, list[Member]] = {(): []}
    for path in paths:
        found[path] = []
        found[path[:-1]].append(path)
    for node_id, path in scope_of.items():
        found[path].append(node_id)
    return found


@uncollected()
def divide(graph: Graph, limit: int) -> Graph:
    """Return `graph` with groups put into crowded levels, so that none has more than `limit` members.

    From half the limit on, members whose names begin alike (``block1a_conv``, ``block1a_bn``) go together
    where that leaves the groups without a circle between them. What is still over the limit is cut into
    runs of the order of execution.
    """
    scope_of = {node.id: node.scope for node in graph.nodes}
    scopes = {scope.path: scope for scope in graph.scopes}
    settled: set[ScopePath] = set()
    while crowded := {
        path: members
        for path, members in _levels(scope_of, scopes).items()
        if len(members) > limit // 2 and path not in settled
    }:
        depth = min(map(len, crowded))  # the outermost first: what they are moved into lies deeper
        arrows = _lifted(graph, scope_of, {path for path in crowded if len(path) == depth}, depth)
        moves: dict[Member, tuple[ScopePath, Scope]] = {}
        for path in arrows:
            found = _divide_level(path, crowded[path], arrows[path], limit)
            moves |= found
            if not found or len(crowded[path]) - len(found) + len({to for to, _ in found.values()}) <= limit:
                settled.add(path)
        if moves:
            scope_of, scopes = _moved(scope_of, scopes, moves)
    if len(scopes) == len(graph.scopes):
        return graph
    nodes = (replace(node, scope=scope_of[node.id]) for node in graph.nodes)
    return Graph(graph.name, tuple(nodes), graph.edges, tuple(scopes.values()))


def _lifted(
    graph: Graph, scope_of: Mapping[str, ScopePath], wanted: set[ScopePath], depth: int
) -> dict[ScopePath, set[tuple[Member, Member]]]:
    """Return the arrows between the members of each wanted level, all of which are `depth` deep."""
    found: dict[ScopePath, set[tuple[Member, Member]]] = {path: set() for path in wanted}
    for edge in graph.edges:
        a, b = scope_of[edge.source], scope_of[edge.target]
        arrows = found.get(a[:depth])
        if arrows is not None and a[:depth] == b[:depth]:
            first: Member = a[: depth + 1] if len(a) > depth else edge.source
            second: Member = b[: depth + 1] if len(b) > depth else edge.target
            if first != second:
                arrows.add((first, second))
    return found


def _divide_level(
    path: ScopePath, members: Sequence[Member], arrows: set[tuple[Member, Member]], limit: int
) -> dict[Member, tuple[ScopePath, Scope]]:
    order = _in_order(members, arrows)
    place = {member: index for index, member in enumerate(order)}
    groups = _without_cycles(_by_prefix(order), arrows, place)
    left = len(members) - sum(map(len, groups.values())) + len(groups)
    if left > limit:
        groups = _runs(order, limit)
    moves: dict[Member, tuple[ScopePath, Scope]] = {}
    taken = {member[-1] for member in members if isinstance(member, tuple)}
    for label, group in groups.items():
        name = label
        while name in taken:
            name += "*"
        taken.add(name)
        scope = Scope((*path, name), ScopeKind.GROUP, label)
        moves |= dict.fromkeys(group, (scope.path, scope))
    return moves


def _in_order(members: Sequence[Member], arrows: Iterable[tuple[Member, Member]]) -> list[Member]:
    """Return the members so that arrows point forward (those behind a circle last), else in their old order."""
    order, rest = _topological(members, arrows)
    return order + rest


def _topological(
    members: Sequence[Member], arrows: Iterable[tuple[Member, Member]]
) -> tuple[list[Member], list[Member]]:
    """Return the members in an order of execution, and those that stand in or behind a circle."""
    after: dict[Member, list[Member]] = defaultdict(list)
    missing = dict.fromkeys(members, 0)
    for source, target in arrows:
        after[source].append(target)
        missing[target] += 1
    place = {member: index for index, member in enumerate(members)}
    ready, order = deque(member for member in members if not missing[member]), []
    while ready:
        member = ready.popleft()
        order.append(member)
        for target in sorted(after[member], key=place.__getitem__):
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    return order, [member for member in members if missing[member]]


def _by_prefix(order: Sequence[Member]) -> dict[str, list[Member]]:
    """Return groups of members whose names share their first word beyond what all of them share."""
    words = {member: _words(member) for member in order}
    shared = 0
    while len({tuple(found[: shared + 1]) for found in words.values()}) == 1 and shared < 20:
        shared += 1
    groups: dict[str, list[Member]] = defaultdict(list)
    for member, found in words.items():
        if len(found) > shared:
            groups["".join(found[: shared + 1]).strip("_/.-")].append(member)
    return {label: group for label, group in groups.items() if len(group) < len(order) and _differ(group)}


def _differ(group: Sequence[Member]) -> bool:
    """Return whether names differ by more than the number that TensorFlow puts behind a repeated name."""
    return len(group) > 1 and len({_NUMBER.sub("", _name(member)) for member in group}) > 1


def _name(member: Member) -> str:
    return member[-1] if isinstance(member, tuple) else member.rpartition("/")[2]


def _words(member: Member) -> list[str]:
    """Return a name's words with the marks before them: ``conv2_block1`` gives ``conv2`` and ``_block1``."""
    return _WORD.findall(_name(member))


def _without_cycles(
    groups: dict[str, list[Member]], arrows: set[tuple[Member, Member]], place: Mapping[Member, int]
) -> dict[str, list[Member]]:
    """Return the groups that can stand together as boxes without arrows in a circle.

    While there is a circle, the quarter of its groups that is spread the widest is dissolved.
    """
    groups = dict(groups)
    while groups:
        label_of = {member: label for label, group in groups.items() for member in group}
        drawn = {(label_of.get(a, a), label_of.get(b, b)) for a, b in arrows}
        boxes = list(dict.fromkeys(label_of.get(member, member) for member in place))
        found = _circle(boxes, {(a, b) for a, b in drawn if a != b})
        circle = [label for label in groups if label in found]
        if not circle:
            return groups

        def spread(label: str) -> float:
            places = [place[member] for member in groups[label]]
            return (max(places) - min(places)) / len(places)

        worst = sorted(circle, key=lambda label: (-spread(label), label))
        for label in worst[: -(-len(worst) // 4)]:
            del groups[label]
    return groups


def _circle(boxes: Sequence[Member], arrows: set[tuple[Member, Member]]) -> set[Member]:
    """Return the boxes that stand in a circle or between two circles."""
    behind = _topological(boxes, arrows)[1]
    before = _topological(boxes, {(b, a) for a, b in arrows})[1]
    return set(behind) & set(before)


def _runs(order: Sequence[Member], limit: int) -> dict[str, list[Member]]:
    """Return the order cut into runs of about equal length, each run and their number near the root of it."""
    length = max(round(len(order) ** 0.5), -(-len(order) // limit), 2)
    count = -(-len(order) // length)
    cuts = [len(order) * index // count for index in range(count + 1)]
    return {f"part {i + 1} of {count}": list(order[a:b]) for i, (a, b) in enumerate(itertools.pairwise(cuts))}


def _moved(
    scope_of: Mapping[str, ScopePath],
    scopes: Mapping[ScopePath, Scope],
    moves: Mapping[Member, tuple[ScopePath, Scope]],
) -> tuple[dict[str, ScopePath], dict[ScopePath, Scope]]:
    """Return where nodes and groups stand with members put one level deeper, into the scopes that `moves` names."""
    new_path: dict[ScopePath, ScopePath] = {(): ()}
    for path in scopes:  # parents stand first
        outer = moves[path][0] if path in moves else new_path[path[:-1]]
        new_path[path] = (*outer, path[-1])
    places = {node_id: moves[node_id][0] if node_id in moves else new_path[path] for node_id, path in scope_of.items()}
    known = {scope.path: scope for _, scope in moves.values()}
    known |= {new_path[path]: replace(scope, path=new_path[path]) for path, scope in scopes.items()}
    inside = dict.fromkeys([*places.values(), *known])  # in the order of the nodes, and parents first
    return places, {outer: known[outer] for path in inside for outer in prefixes(path)}
