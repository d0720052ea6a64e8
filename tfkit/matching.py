"""Which node of one graph is which of another: found by structure, with names where structure leaves a choice.

The idea of GumTree (Falleri et al., ASE 2014), for graphs: first what is the same with all that stands around
it, found by refining colours (Weisfeiler and Leman, 1968), then what stands at the same places beside it.
Every step is linear in nodes and edges, but for sorting.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Node, ScopePath

# Attributes that say what something is called, or for TensorFlow alone.
NAMES = {"variable", "shared_name", "container", "name", "class", "captured", "hub_inputs", "hub_outputs"}
_Colours = Mapping[str, int]


def plain(value: Any) -> Any:
    """Return an attribute without the number that TensorFlow puts behind the name of a function."""
    return re.sub(r"_\d+$", "", value) if isinstance(value, str) else value


class _Side:
    """One of the two graphs, its edges by their ends."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.into: dict[str, list[Edge]] = {node.id: [] for node in graph.nodes}
        self.out_of: dict[str, list[Edge]] = {node.id: [] for node in graph.nodes}
        for edge in graph.edges:
            self.into[edge.target].append(edge)
            self.out_of[edge.source].append(edge)
        self.order = self._topological()

    def _topological(self) -> list[str]:
        """Return the ids so that sources stand first; a circle is entered where its first node stands."""
        missing = {node_id: len(edges) for node_id, edges in self.into.items()}
        ready, order, done = deque(n for n, count in missing.items() if not count), [], set[str]()
        for first in [*missing, ""]:
            while ready:
                node_id = ready.popleft()
                if node_id in done:
                    continue
                done.add(node_id)
                order.append(node_id)
                for edge in self.out_of[node_id]:
                    missing[edge.target] -= 1
                    if not missing[edge.target]:
                        ready.append(edge.target)
            if first and first not in done:
                ready.append(first)
        return order


class _Matching:
    def __init__(self, a: Graph, b: Graph) -> None:
        self.a, self.b = _Side(a), _Side(b)
        self.sides = self.a, self.b
        self.numbers: dict[Hashable, int] = {}  # so that equal colours are equal numbers, in both graphs
        self.found: dict[str, str] = {}  # node of a -> node of b
        self.taken: set[str] = set()  # nodes of b
        self.homes: dict[ScopePath, Counter[ScopePath]] = defaultdict(Counter)  # group of a -> where its nodes are in b
        self.fresh: deque[tuple[str, str]] = deque()  # pairs whose neighbours are still to be looked at

    def run(self) -> dict[str, str]:
        for own in (_exact, _rough):
            if len(self.found) == min(len(side.into) for side in self.sides):
                return self.found
            self._round([self._coloured(side, own) for side in self.sides])
        self.fresh.extend(self.found.items())
        self._grow(self._replaced)
        return self.found

    def _round(self, own: Sequence[_Colours]) -> None:
        """Match by what nodes are (`own`): first those that have the most around them that is the same.

        What stands around a node on both sides says more than all that stands before it or all behind it: a
        layer that was put in has the same ancestors as the one that stood there.
        """
        paired = list(zip(self.sides, own, strict=True))
        up = [self._towards(side, colours, side.order, "up") for side, colours in paired]
        down = [self._towards(side, colours, side.order[::-1], "down") for side, colours in paired]
        both = [
            {node_id: self._number((above[node_id], below[node_id])) for node_id in above}
            for above, below in zip(up, down, strict=True)
        ]
        colours: Sequence[_Colours]
        # What stands one, two, three steps around.
        one, two, three = map(list, zip(*(self._rings(side, colours) for side, colours in paired), strict=True))
        self.fresh.extend(self.found.items())
        self._by_colour(both, pair_all=True)
        self._by_colour(two, same_id=True)
        for colours in (three, two, one):
            self._by_colour(colours, together=True)
        self._grow(lambda a, b: own[0][a] == own[1][b] and self._together(a, b))
        for colours in (up, down, own):
            self._by_colour(colours, together=True)
            self._grow(lambda a, b: own[0][a] == own[1][b] and self._together(a, b))
        self._by_colour(own, same_id=True)
        for colours in (up, down, own):
            self._by_colour(colours)
        self.fresh.extend(self.found.items())
        self._grow(lambda a, b: own[0][a] == own[1][b])

    def _together(self, a: str, b: str) -> bool:
        """Return whether nodes are in groups that hold other nodes matched with each other, as far as any are."""
        votes = self.homes[self._scope(a)]
        return not votes or votes.most_common(1)[0][0] == self.b.graph[b].scope

    def _number(self, key: Hashable) -> int:
        return self.numbers.setdefault(key, len(self.numbers))

    def _coloured(self, side: _Side, own: Callable[[Node], Hashable]) -> dict[str, int]:
        return {node.id: self._number((own.__name__, own(node))) for node in side.graph.nodes}

    def _towards(self, side: _Side, colours: _Colours, order: Sequence[str], way: str) -> dict[str, int]:
        """Return colours that tell all ancestors of a node (``up``) or all descendants (``down``)."""
        known: dict[str, int] = {}
        for node_id in order:
            if way == "up":
                near = [(e.target_input, e.source_output, known.get(e.source, -1)) for e in side.into[node_id]]
            else:
                near = [(e.source_output, e.target_input, known.get(e.target, -1)) for e in side.out_of[node_id]]
            known[node_id] = self._number((way, colours[node_id], tuple(sorted(near))))
        return known

    def _rings(self, side: _Side, colours: _Colours) -> Iterator[dict[str, int]]:
        """Yield colours that tell one, two and three steps around a node in both directions."""
        known = dict(colours)
        for _ in range(3):
            known = {
                node_id: self._number((
                    "around",
                    colour,
                    tuple(sorted((e.target_input, e.source_output, known[e.source]) for e in side.into[node_id])),
                    tuple(sorted((e.source_output, e.target_input, known[e.target]) for e in side.out_of[node_id])),
                ))
                for node_id, colour in known.items()
            }  # fmt: skip
            yield known

    def _match(self, a: str, b: str) -> None:
        self.found[a] = b
        self.taken.add(b)
        self.homes[self._scope(a)][self.b.graph[b].scope] += 1
        self.fresh.append((a, b))

    def _free(self, ids: Iterable[str], side: _Side) -> list[str]:
        used = self.found if side is self.a else self.taken
        return [node_id for node_id in ids if node_id not in used]

    def _by_colour(
        self, colours: Sequence[_Colours], *, same_id: bool = False, pair_all: bool = False, together: bool = False
    ) -> None:
        """Match nodes of the same colour: those of one id, then the only one of each side, or all in their order."""
        buckets: dict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
        for place, side in enumerate(self.sides):
            for node_id in self._free((node.id for node in side.graph.nodes), side):
                buckets[colours[place][node_id]][place].append(node_id)
        pairs: list[tuple[str, str]] = []
        for one, other in buckets.values():
            there = set(other) if one else set()
            same = [node_id for node_id in one if node_id in there]
            for node_id in same:
                self._match(node_id, node_id)
            left, right = (self._free(ids, side) if same else ids for ids, side in ((one, self.a), (other, self.b)))
            if len(left) == len(right) and not same_id and (pair_all or len(left) == 1):
                pairs += zip(left, right, strict=True)
        homes = self._homes(pairs) if together else {}
        for a, b in pairs:
            if not together or homes[self._scope(a)] == self.b.graph[b].scope:
                self._match(a, b)

    def _scope(self, a: str) -> ScopePath:
        return self.a.graph[a].scope

    def _homes(self, pairs: Iterable[tuple[str, str]]) -> dict[ScopePath, ScopePath]:
        """Return where most nodes of each group are, once these pairs are matched as well."""
        votes: dict[ScopePath, Counter[ScopePath]] = defaultdict(Counter)
        for a, b in pairs:
            votes[self._scope(a)][self.b.graph[b].scope] += 1
        return {path: (found + self.homes[path]).most_common(1)[0][0] for path, found in votes.items()}

    def _grow(self, fits: Callable[[str, str], bool]) -> None:
        """Match what stands at the same places beside what is matched already."""
        while self.fresh:
            a, b = self.fresh.popleft()
            inputs = {(e.target_input, e.source_output): e.source for e in self.b.into[b] if not e.control}
            for edge in self.a.into[a]:
                other = inputs.get((edge.target_input, edge.source_output))
                if other is not None and not edge.control:
                    self._try(edge.source, other, fits)
            users: dict[tuple[int, int], list[str]] = defaultdict(list)
            for edge in self.b.out_of[b]:
                if edge.target not in self.taken:
                    users[edge.source_output, edge.target_input].append(edge.target)
            for edge in self.a.out_of[a]:
                if edge.target in self.found:
                    continue
                near = self._free(users.get((edge.source_output, edge.target_input), ()), self.b)
                if edge.target in near:
                    near = [edge.target]
                for other in near[:8]:
                    self._try(edge.target, other, fits)

    def _try(self, a: str, b: str, fits: Callable[[str, str], bool]) -> None:
        if a not in self.found and b not in self.taken and fits(a, b):
            self._match(a, b)

    def _replaced(self, a: str, b: str) -> bool:
        """Return whether one operation stands in the place of another: between the same inputs and users."""
        before = {self.found.get(edge.source) for edge in self.a.into[a]} & {e.source for e in self.b.into[b]}
        after = {self.found.get(edge.target) for edge in self.a.out_of[a]} & {e.target for e in self.b.out_of[b]}
        one, other = self.a.graph[a], self.b.graph[b]
        ends = not self.a.out_of[a] and not self.b.out_of[b]
        begins = not self.a.into[a] and not self.b.into[b] and one.kind == other.kind
        return bool((before or begins) and (after or ends))


def _exact(node: Node) -> Hashable:
    """Return what a node is, names and values aside."""
    facts = repr(sorted((key, plain(value)) for key, value in node.attributes.items() if key not in NAMES))
    value = node.outputs[0].value.text if node.kind == Kind.CONSTANT and node.outputs and node.outputs[0].value else ""
    return _rough(node), tuple((output.shape, output.dtype) for output in node.outputs), facts, value


def _rough(node: Node) -> Hashable:
    """Return the type of a node; whether its result is returned depends on what stands around it.

    A variable is one whatever TensorFlow has in its place: a handle, or a placeholder for the handle.
    """
    return "" if node.kind == Kind.VARIABLE else node.op, Kind.OP if node.kind == Kind.OUTPUT else node.kind


def match(a: Graph, b: Graph) -> dict[str, str]:
    """Return the nodes of `a` that are in `b` too, with their ids there.

    Example:
        >>> old, new = (Graph(name, (Node(name, "Exp", name),)) for name in ("old", "new"))
        >>> match(old, new)
        {'old': 'new'}
    """
    return _Matching(a, b).run()
