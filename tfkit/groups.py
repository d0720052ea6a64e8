"""Put groups into crowded levels of a graph, so that a reader meets a few boxes at a time.

Members whose names begin alike belong together where that reads well; what is left is cut into runs of the
order of execution. Pure: a graph in, a graph with more scopes out.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tfkit.garbage import uncollected
from tfkit.graph import Graph
from tfkit.levels import Level, Member, connect, tree
from tfkit.parts import Node, Scope, ScopeKind, ScopePath, moved

_WORD = re.compile(r"[^A-Za-z0-9]*[A-Za-z]+\d*|[^A-Za-z0-9]*\d+|[^A-Za-z0-9]+$")
_NUMBER = re.compile(r"_\d+$")
_SHARED = 20  # words that the names of a level may have in common


@uncollected()
def divide(graph: Graph, limit: int) -> Graph:
    """Return `graph` with groups put into crowded levels, so that none has more than `limit` members.

    From half the limit on, members whose names begin alike (``block1a_conv``, ``block1a_bn``) go together
    where that leaves the groups without a circle between them. What is still over the limit is cut into
    runs of the order of execution.
    """
    scope_of: dict[str, ScopePath] = {}
    scopes: list[Scope] = []
    levels = dividable(graph, limit)
    if all(level.after is None for level in levels):
        return graph
    waiting: list[tuple[Level, ScopePath]] = [(levels[0], ())]
    while waiting:
        level, path = waiting.pop()
        for member in divided(level, limit):
            if isinstance(member, Node):
                scope_of[member.id] = path
            elif member.scope is not None:
                inner = (*path, member.name)
                scopes.append(replace(member.scope, path=inner))
                waiting.append((member, inner))
    if len(scopes) == len(graph.scopes):
        return graph
    nodes = [moved(node, scope_of[node.id]) for node in graph.nodes]
    return replace(graph, nodes=tuple(nodes), scopes=tuple(scopes))


def dividable(graph: Graph, limit: int) -> list[Level]:
    """Return the levels of `graph`, ready for `divided`, which divides one of them when it is asked for."""
    levels = tree(graph)
    if any(len(level.members) > limit // 2 for level in levels):
        connect(graph, levels, limit // 2)
    return levels


def divided(level: Level, limit: int) -> list[Member]:
    """Return what stands on a level; if that is a crowd, groups are put into it first, ready to be divided again."""
    after, level.after = level.after, None
    if after is not None:
        kind, groups = _groups([_name(member) for member in level.members], after, limit)
        _put(level, kind, groups, after, limit)
    return level.members


def is_cut(level: Level, limit: int) -> bool:
    """Return whether what stands on a level is, or will be, only parts of the order of execution."""
    if level.after is None:
        kinds = {member.scope.kind for member in level.members if isinstance(member, Level) and member.scope}
        return ScopeKind.PART in kinds
    return len(level.members) > limit and not _by_prefix([_name(member) for member in level.members], limit)


def size(level: Level, limit: int) -> int:
    """Return how many members `divided` will leave on a level; where it will cut runs, nothing is done for that yet."""
    if level.after is None or _by_prefix([_name(member) for member in level.members], limit):
        return len(divided(level, limit))
    count = len(level.members)
    return count if count <= limit else _run_count(count, limit)


def _put(
    level: Level, kind: ScopeKind, groups: Mapping[str, Sequence[int]], after: Sequence[Sequence[int]], limit: int
) -> None:
    """Move members, by place, into new groups on their level."""
    members = level.members
    taken = {member.name for member in members if isinstance(member, Level)}
    inside: list[Level | None] = [None] * len(members)
    number = [0] * len(members)
    made: list[Member] = []
    for label, group in groups.items():
        name = label
        while name in taken:
            name += "*"
        taken.add(name)
        inner = Level(Scope((name,), kind, label), level)
        places = sorted(group)
        inner.members = [members[place] for place in places]
        for index, place in enumerate(places):
            inside[place], number[place] = inner, index
        if len(places) > limit // 2:
            inner.after = [[number[to] for to in after[place] if inside[to] is inner] for place in places]
        made.append(inner)
    level.members = made + [member for member, inner in zip(members, inside, strict=True) if inner is None]


def _name(member: Member) -> str:
    return member.id.rpartition("/")[2] if isinstance(member, Node) else member.name


def _groups(names: Sequence[str], after: Sequence[list[int]], limit: int) -> tuple[ScopeKind, dict[str, list[int]]]:
    """Return the groups to put into a level, as places of its members, and of what kind they are."""
    groups = _by_prefix(names, limit)
    if not groups and len(names) <= limit:
        return ScopeKind.GROUP, {}
    order = _in_order(after)
    place = [0] * len(order)
    for index, member in enumerate(order):
        place[member] = index
    groups = _without_circles(groups, after, place, limit)
    if _left(len(names), groups) > limit:
        return ScopeKind.PART, _runs(order, limit)
    return ScopeKind.GROUP, dict(sorted(groups.items(), key=lambda found: min(place[member] for member in found[1])))


def _left(count: int, groups: Mapping[str, Sequence[int]]) -> int:
    """Return how many boxes `count` members make with these groups."""
    return count - sum(map(len, groups.values())) + len(groups)


def _in_order(after: Sequence[list[int]]) -> list[int]:
    """Return the members so that arrows point forward (those behind a circle last), else in their old order."""
    missing = [0] * len(after)
    for targets in after:
        for target in targets:
            missing[target] += 1
    order = [member for member, number in enumerate(missing) if not number]
    for member in order:  # grows while it is walked
        for target in sorted(after[member]):
            missing[target] -= 1
            if not missing[target]:
                order.append(target)
    return order + [member for member, number in enumerate(missing) if number]


def _by_prefix(names: Sequence[str], limit: int) -> dict[str, list[int]]:
    """Return groups of members whose names share their first word beyond what all of them share.

    Nothing where that would leave more than `limit` boxes.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    single = 0
    for member, beginning in enumerate(_beginnings(names)):
        if beginning is None:
            single += 1
        else:
            groups[beginning].append(member)
        if len(groups) + single > limit:
            return {}
    return {label: group for label, group in groups.items() if len(group) < len(names) and _differ(group, names)}


def _beginnings(names: Sequence[str]) -> list[str | None]:
    """Return each name up to its first word beyond those that all share; None where it has no more words.

    Words come with the marks before them: ``conv2_block1`` has ``conv2`` and ``_block1``.
    """
    end, found = 0, [_WORD.match(name) for name in names]
    for _ in range(_SHARED):
        word = found[0] and found[0].group()
        if word is None or any(match is None or match.group() != word for match in found):
            break
        end += len(word)
        found = [_WORD.match(name, end) for name in names]
    return [match and match.string[: match.end()].strip("_/.-") for match in found]


def _differ(group: Sequence[int], names: Sequence[str]) -> bool:
    """Return whether names differ by more than the number that TensorFlow puts behind a repeated name."""
    if len(group) == 1:
        return False
    first = _NUMBER.sub("", names[group[0]])
    return any(_NUMBER.sub("", names[member]) != first for member in group)


def _without_circles(
    groups: dict[str, list[int]], after: Sequence[Sequence[int]], place: Sequence[int], limit: int
) -> dict[str, list[int]]:
    """Return the groups that can stand together as boxes without arrows in a circle.

    While there is a circle, the quarter of its groups that is spread the widest is dissolved; and this ends
    where more than `limit` boxes are left, because then the groups are not made.
    """
    groups = dict(groups)
    while groups and _left(len(place), groups) <= limit:
        box: list[str | int] = list(range(len(place)))
        for label, group in groups.items():
            for member in group:
                box[member] = label
        arrows = {(box[source], box[target]) for source, targets in enumerate(after) for target in targets}
        found = _in_circles({(a, b) for a, b in arrows if a != b})
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


def _in_circles(arrows: set[tuple[str | int, str | int]]) -> set[str | int]:
    """Return the boxes that stand in a circle or between two circles."""
    before = -1
    while len(arrows) != before:
        before = len(arrows)
        sources, targets = {source for source, _ in arrows}, {target for _, target in arrows}
        arrows = {(source, target) for source, target in arrows if source in targets and target in sources}
    return {source for source, _ in arrows}


def _runs(order: Sequence[int], limit: int) -> dict[str, list[int]]:
    """Return the order cut into runs of about equal length, each run and their number near the root of it."""
    count = _run_count(len(order), limit)
    cuts = [len(order) * index // count for index in range(count + 1)]
    return {f"part {i + 1} of {count}": list(order[a:b]) for i, (a, b) in enumerate(itertools.pairwise(cuts))}


def _run_count(members: int, limit: int) -> int:
    length: int = max(round(members**0.5), -(-members // limit), 2)
    return -(-members // length)
