"""One level of a drawing: boxes in ranks from top to bottom, as few crossings as possible.

The method of Sugiyama, Tagawa and Toda (IEEE Trans. SMC 11(2), 1981) with the horizontal positions of
Brandes and Koepf (`tfkit.drawing.coordinates`). Whole numbers only and no set is ever iterated, so that the
result is the same everywhere; ``widgets/src/engine/layered.ts`` is its twin, step by step.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from tfkit.drawing.coordinates import horizontal
from tfkit.drawing.style import STYLE

Point = tuple[int, int]
_SWEEPS = 12
_SMALL = 400  # vertices up to which neighbours are also exchanged pair by pair


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow between two vertices (by number); links of the same source and `wire` share their way.

    A link that is `back` runs upwards: from the top of its source to the bottom of its target.
    """

    source: int
    target: int
    wire: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Middles of the vertices, and for each link the points from its source's border to its target's.

    The first and last x of a way is the middle of the box; who draws moves them to where the wire starts.
    """

    x: list[int]
    top: list[int]
    width: int
    height: int
    ways: list[list[Point]]


@dataclass
class _Level:
    widths: list[int]
    heights: list[int]
    rank: list[int]
    real: int  # how many vertices stand for boxes; those after them are bends in a wire
    above: list[list[int]] = field(default_factory=list)
    below: list[list[int]] = field(default_factory=list)


def arrange(
    sizes: Sequence[tuple[int, int]], links: Sequence[Link], first: Sequence[int] = (), last: Sequence[int] = ()
) -> Arrangement:
    """Return positions for one level.

    Args:
        sizes: ``(width, height)`` of each vertex in px; widths are even.
        links: Between vertices by number. Without those that are `back` they form no circle
            (`back_links` tells which must be), and none leads from a vertex to itself.
        first: Vertices that stand alone on the first rank.
        last: Vertices that stand alone on the last rank.
    """
    forward = [(link.target, link.source) if link.back else (link.source, link.target) for link in links]
    level = _Level([w for w, _ in sizes], [h for _, h in sizes], ranks(len(sizes), forward, first, last), len(sizes))
    paths = _paths(level, links, forward)
    layers = _ordered(level)
    gaps = [STYLE["box_gap"] if v < level.real else STYLE["wire_gap"] for v in range(len(level.rank))]
    x = horizontal(layers, level.above, level.below, level.widths, gaps, level.real)
    shift = -min((x[v] - level.widths[v] // 2 for v in range(len(x))), default=0)
    x = [value + shift for value in x]
    bands = _bands(level, layers)
    top = [(a + b - h) // 2 for (a, b), h in ((bands[level.rank[v]], level.heights[v]) for v in range(level.real))]
    ways = [_way(level, path, x, top, bands) for path in paths]
    ways = [way[::-1] if link.back else way for way, link in zip(ways, links, strict=True)]
    width = max((x[v] + level.widths[v] // 2 for v in range(len(x))), default=0)
    return Arrangement(x[: level.real], top, width, bands[-1][1] if bands else 0, ways)


def back_links(begins: Sequence[int], arrows: Sequence[tuple[int, int]]) -> list[bool]:
    """Return for each arrow whether it runs back in a circle, against the order that `begins` gives the vertices.

    So what begins a loop stands above its body, and what is in no circle is not concerned.
    """
    after: list[list[int]] = [[] for _ in begins]
    before: list[list[int]] = [[] for _ in begins]
    for source, target in arrows:
        after[source].append(target)
        before[target].append(source)
    circle = _circles(after, before)
    place = {vertex: index for index, vertex in enumerate(sorted(range(len(begins)), key=begins.__getitem__))}
    return [circle[source] == circle[target] and place[source] > place[target] for source, target in arrows]


def _circles(after: Sequence[Sequence[int]], before: Sequence[Sequence[int]]) -> list[int]:
    """Return a number for each vertex, equal for those that reach each other (by Kosaraju and Sharir)."""
    seen, left = [False] * len(after), []
    for start in range(len(after)):
        walk = [] if seen[start] else [(start, 0)]
        seen[start] = True
        while walk:
            vertex, place = walk.pop()
            if place == len(after[vertex]):
                left.append(vertex)
                continue
            walk.append((vertex, place + 1))
            target = after[vertex][place]
            if not seen[target]:
                seen[target] = True
                walk.append((target, 0))
    circle = [-1] * len(after)
    for start in reversed(left):
        waiting = [start] if circle[start] < 0 else []
        while waiting:
            vertex = waiting.pop()
            if circle[vertex] < 0:
                circle[vertex] = start
                waiting += before[vertex]
    return circle


def ranks(
    count: int, forward: Sequence[tuple[int, int]], first: Sequence[int] = (), last: Sequence[int] = ()
) -> list[int]:
    """Return each vertex's rank: its longest way from a source, then pulled down towards what it feeds."""
    after: list[list[int]] = [[] for _ in range(count)]
    before: list[list[int]] = [[] for _ in range(count)]
    for source, target in dict.fromkeys(forward):
        after[source].append(target)
        before[target].append(source)
    order = _topological(after, before)
    is_first, is_last = ([v in places for v in range(count)] for places in (set(first), set(last)))
    rank = [0 if is_first[v] or not first else 1 for v in range(count)]
    for vertex in order:
        for target in after[vertex]:
            rank[target] = max(rank[target], rank[vertex] + 1)
    for vertex in reversed(order):
        if after[vertex] and not is_first[vertex] and len(after[vertex]) > len(before[vertex]):
            rank[vertex] = min(rank[target] for target in after[vertex]) - 1
    bottom = max((rank[v] + 1 for v in range(count) if not is_last[v]), default=0)
    rank = [max(bottom, rank[v]) if is_last[v] else rank[v] for v in range(count)]
    dense = {value: place for place, value in enumerate(sorted(set(rank)))}
    return [dense[value] for value in rank]


def _topological(after: Sequence[Sequence[int]], before: Sequence[Sequence[int]]) -> list[int]:
    missing = [len(sources) for sources in before]
    order = [vertex for vertex, number in enumerate(missing) if not number]
    for vertex in order:  # grows while it is walked
        for target in after[vertex]:
            missing[target] -= 1
            if not missing[target]:
                order.append(target)
    return order


def _paths(level: _Level, links: Sequence[Link], forward: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the vertices that each link passes, after adding a bend on every rank it crosses.

    Links that carry the same wire share their bends: a value used in a hundred places is one trunk.
    """
    bends: dict[tuple[int, int], list[int]] = {}
    joined: dict[tuple[int, int], None] = {}
    paths = []
    for number, (upper, lower) in enumerate(forward):
        trunk = bends.setdefault((upper, -1 - number) if links[number].back else (upper, links[number].wire), [])
        needed = level.rank[lower] - level.rank[upper] - 1
        for _ in range(len(trunk), needed):
            trunk.append(len(level.rank))
            level.rank.append(level.rank[upper] + len(trunk))
            level.widths.append(0)
            level.heights.append(0)
        path = [upper, *trunk[:needed], lower]
        joined |= dict.fromkeys(itertools.pairwise(path))
        paths.append(path)
    level.above = [[] for _ in level.rank]
    level.below = [[] for _ in level.rank]
    for upper, lower in joined:
        level.below[upper].append(lower)
        level.above[lower].append(upper)
    return paths


def _ordered(level: _Level) -> list[list[int]]:
    """Return the vertices of each rank from left to right, the best of several sweeps."""
    layers = _first_order(level)
    best, fewest = [list(layer) for layer in layers], _crossings(level, layers)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        for layer in layers[1:] if down else layers[-2::-1]:
            _sort_by_middle(layer, layers, level.above if down else level.below, level)
        if len(level.rank) <= _SMALL:
            _exchange(level, layers)
        crossings = _crossings(level, layers)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return best


def _first_order(level: _Level) -> list[list[int]]:
    """Return the vertices rank by rank in the order of a walk from the top, which keeps chains together."""
    layers: list[list[int]] = [[] for _ in range(max(level.rank, default=-1) + 1)]
    seen = [False] * len(level.rank)
    for start in sorted(range(level.real), key=lambda v: (level.rank[v], v)):
        walk = [start]
        while walk:
            vertex = walk.pop()
            if not seen[vertex]:
                seen[vertex] = True
                layers[level.rank[vertex]].append(vertex)
                walk.extend(reversed(level.below[vertex]))
    return layers


def _places(layers: Sequence[Sequence[int]], count: int) -> list[int]:
    place = [0] * count
    for layer in layers:
        for index, vertex in enumerate(layer):
            place[vertex] = index
    return place


def _sort_by_middle(
    layer: list[int], layers: Sequence[Sequence[int]], neighbours: Sequence[Sequence[int]], level: _Level
) -> None:
    """Order a rank by the mean place of each vertex's neighbours; one without neighbours keeps its place."""
    step = 1024  # whole numbers instead of fractions
    rank = level.rank[layer[0]] + (-1 if neighbours is level.above else 1)
    place = dict(zip(layers[rank], range(len(layers[rank])), strict=True))
    own = {vertex: index for index, vertex in enumerate(layer)}

    def middle(vertex: int) -> int:
        near = neighbours[vertex]
        return sum(place[v] for v in near) * step // len(near) if near else own[vertex] * step

    layer.sort(key=middle)


def _crossings(level: _Level, layers: Sequence[Sequence[int]]) -> int:
    """Return how many pairs of wires cross between neighbouring ranks (counted with a Fenwick tree)."""
    place, total = _places(layers, len(level.rank)), 0
    for layer, following in itertools.pairwise(layers):
        tree, passed = [0] * (len(following) + 1), 0
        for vertex in layer:
            targets = sorted(place[v] for v in level.below[vertex])
            for target in targets:
                index = target + 1
                while index:
                    total -= tree[index]
                    index &= index - 1
                total += passed
            for target in targets:
                index = target + 1
                while index <= len(following):
                    tree[index] += 1
                    index += index & -index
                passed += 1
    return total


def _exchange(level: _Level, layers: Sequence[list[int]]) -> None:
    """Swap neighbours on a rank while that takes crossings away."""
    place = _places(layers, len(level.rank))
    for _ in range(4):
        changed = False
        for layer in layers:
            for index in range(len(layer) - 1):
                a, b = layer[index], layer[index + 1]
                kept = sum(_inversions(near[a], near[b], place) for near in (level.above, level.below))
                swapped = sum(_inversions(near[b], near[a], place) for near in (level.above, level.below))
                if swapped < kept:
                    layer[index], layer[index + 1] = b, a
                    place[a], place[b] = index + 1, index
                    changed = True
        if not changed:
            return


def _inversions(left: Sequence[int], right: Sequence[int], place: Sequence[int]) -> int:
    return sum(place[a] > place[b] for a in left for b in right)


def _bands(level: _Level, layers: Sequence[Sequence[int]]) -> list[Point]:
    """Return the ``(top, bottom)`` of every rank; ranks of ports only stand closer to their neighbours."""
    bands: list[Point] = []
    bottom = 0
    for layer in layers:
        height = max(level.heights[v] for v in layer)
        if bands:
            thin = height == 0 or bands[-1][0] == bands[-1][1]
            bottom += STYLE["port_gap"] if thin else STYLE["rank_gap"]
        bands.append((bottom, bottom + height))
        bottom += height
    return bands


def _way(
    level: _Level, path: Sequence[int], x: Sequence[int], top: Sequence[int], bands: Sequence[Point]
) -> list[Point]:
    """Return the points of one link: straight through ranks, sideways only between them."""
    upper, *bends, lower = path
    points = [(x[upper], top[upper] + level.heights[upper]), (x[upper], bands[level.rank[upper]][1])]
    for bend in bends:
        points += [(x[bend], edge) for edge in bands[level.rank[bend]]]
    return [*points, (x[lower], bands[level.rank[lower]][0]), (x[lower], top[lower])]
