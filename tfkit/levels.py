"""The groups of a graph as a tree of levels, and the arrows between what stands on a level.

Pure, and linear in the size of the graph: what divides or closes groups starts from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tfkit.graph import Graph
from tfkit.parts import Node, Scope, ScopePath


class Level:
    """A group and what stands directly in it; the outermost level has no scope.

    `scope` says what the group is; its path is the one from before any groups were put around it. `after` is
    known of crowded levels only, until they are divided: for each member the places of those that it feeds.
    """

    __slots__ = ("after", "depth", "members", "parent", "place", "scope")

    def __init__(self, scope: Scope | None = None, parent: Level | None = None, place: int = 0) -> None:
        self.scope = scope
        self.parent = parent
        self.place = place  # among the members of its parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.members: list[Member] = []
        self.after: list[list[int]] | None = None

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.scope.path[-1] if self.scope else ""

    def nodes(self) -> Iterator[Node]:
        """Yield all nodes in the group, at any depth."""
        waiting = [self]
        while waiting:
            for member in waiting.pop().members:
                if isinstance(member, Node):
                    yield member
                else:
                    waiting.append(member)


Member = Node | Level  # what stands on a level


def tree(graph: Graph) -> list[Level]:
    """Return all levels of `graph`, the outermost first and parents before children; groups stand before nodes."""
    by_path: dict[ScopePath, Level] = {(): Level()}
    for scope in graph.scopes:
        parent = by_path[scope.path[:-1]]
        by_path[scope.path] = level = Level(scope, parent, len(parent.members))
        parent.members.append(level)
    for node in graph.nodes:
        by_path[node.scope].members.append(node)
    return list(by_path.values())


def connect(graph: Graph, levels: Iterable[Level], crowd: int) -> None:
    """Tell the levels with more than `crowd` members which of these feeds which."""
    home: dict[str, tuple[Level, int]] = {}
    for level in levels:
        if len(level.members) > crowd:
            level.after = [[] for _ in level.members]
        for place, member in enumerate(level.members):
            if isinstance(member, Node):
                home[member.id] = level, place
    met: dict[tuple[Level, Level], tuple[Level, int, int]] = {}
    for edge in graph.edges:
        (level, source), (other, target) = home[edge.source], home[edge.target]
        if level is not other:
            pair = level, other
            if pair not in met:
                met[pair] = _meeting(*pair)
            level, first, second = met[pair]
            source, target = (source if first < 0 else first), (target if second < 0 else second)
        if level.after is not None and source != target:
            level.after[source].append(target)


def _meeting(a: Level, b: Level) -> tuple[Level, int, int]:
    """Return the innermost level around two, and where each of them is on it: -1 for that level itself."""
    first = second = -1
    while a is not b:
        if a.depth >= b.depth and a.parent is not None:
            a, first = a.parent, a.place
        elif b.parent is not None:
            b, second = b.parent, b.place
    return a, first, second
