"""Horizontal positions for ordered ranks, by Brandes and Koepf.

"Fast and Simple Horizontal Coordinate Assignment", Graph Drawing 2001: four layouts, each pulling wires
straight towards one corner, and for each vertex the mean of the middle two. Blocks are packed by a longest
path over the graph of blocks, which never lets boxes overlap (the paper's own packing can, see the erratum
of Brandes, Walter and Zink, 2020). Twin: ``widgets/src/engine/coordinates.ts``.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

Layers = Sequence[Sequence[int]]
Neighbours = Sequence[Sequence[int]]


def horizontal(
    layers: Layers, above: Neighbours, below: Neighbours, widths: Sequence[int], gaps: Sequence[int], real: int
) -> list[int]:
    """Return the middle x of every vertex.

    Args:
        layers: Vertices of each rank from left to right.
        above: For each vertex its neighbours one rank up.
        below: For each vertex its neighbours one rank down.
        widths: Width of each vertex in px, even.
        gaps: Room beside each vertex in px, even; between two vertices lies the mean of theirs.
        real: Vertices from this number on are bends of wires, which should be straight before all else.
    """
    if not widths:
        return []
    barred = _barred(layers, above, real)
    found = []
    for upward in (False, True):
        ranks = [list(layer) for layer in (reversed(layers) if upward else layers)]
        near = below if upward else above
        for rightward in (False, True):
            faced = [layer[::-1] for layer in ranks] if rightward else ranks
            root = _blocks(faced, near, barred)
            x = _packed(faced, root, widths, gaps)
            found.append([-value for value in x] if rightward else x)
    return _balanced(found, widths)


def _barred(layers: Layers, above: Neighbours, real: int) -> set[tuple[int, int]]:
    """Return the (upper, lower) pairs that cross a wire passing straight through both ranks."""
    barred: set[tuple[int, int]] = set()
    for upper, lower in itertools.pairwise(layers):
        place = {vertex: index for index, vertex in enumerate(upper)}
        start, left = 0, -1
        for index, vertex in enumerate(lower):
            inner = next((v for v in above[vertex] if v >= real), None) if vertex >= real else None
            if inner is None and index < len(lower) - 1:
                continue
            right = place[inner] if inner is not None else len(upper)
            for passed in lower[start : index + 1]:
                for source in above[passed]:
                    if not left <= place[source] <= right and not (passed >= real and source >= real):
                        barred.add((source, passed))
            start, left = index + 1, right
    return barred


def _blocks(layers: Layers, near: Neighbours, barred: set[tuple[int, int]]) -> list[int]:
    """Return for each vertex the first vertex of the straight line it stands in."""
    count = sum(map(len, layers))
    root, aligned = list(range(count)), list(range(count))
    place = [0] * count
    for layer in layers:
        for index, vertex in enumerate(layer):
            place[vertex] = index
    for layer in layers:
        last = -1
        for vertex in layer:
            sources = sorted(near[vertex], key=place.__getitem__)
            for source in sources[(len(sources) - 1) // 2 : len(sources) // 2 + 1]:
                free = aligned[vertex] == vertex and last < place[source]
                if free and (source, vertex) not in barred and (vertex, source) not in barred:
                    aligned[source] = vertex
                    aligned[vertex] = root[vertex] = root[source]
                    last = place[source]
    return root


def _packed(layers: Layers, root: Sequence[int], widths: Sequence[int], gaps: Sequence[int]) -> list[int]:
    """Return positions with every line as far left as it goes, then as far right as that costs nothing."""
    after: list[dict[int, int]] = [{} for _ in root]
    missing = [0] * len(root)
    for layer in layers:
        for left, right in itertools.pairwise(layer):
            room = (widths[left] + widths[right]) // 2 + (gaps[left] + gaps[right]) // 2
            a, b = root[left], root[right]
            missing[b] += b not in after[a]
            after[a][b] = max(after[a].get(b, 0), room)
    order = [vertex for vertex, number in enumerate(missing) if not number and root[vertex] == vertex]
    x = [0] * len(root)
    for block in order:  # grows while it is walked
        for right, room in after[block].items():
            x[right] = max(x[right], x[block] + room)
            missing[right] -= 1
            if not missing[right]:
                order.append(right)
    for block in reversed(order):
        if after[block]:
            x[block] = max(x[block], min(x[right] - room for right, room in after[block].items()))
    return [x[block] for block in root]


def _balanced(found: Sequence[list[int]], widths: Sequence[int]) -> list[int]:
    """Return the mean of the middle two layouts, after shifting all to the sides of the narrowest."""
    spans = [(min(x), max(x)) for x in found]
    low, high = min(spans, key=lambda span: span[1] - span[0])
    shifts = [high - b if index % 2 else low - a for index, (a, b) in enumerate(spans)]
    shifted = zip(*([value + shift for value in x] for x, shift in zip(found, shifts, strict=True)), strict=True)
    return [(b + c) // 2 for _, b, c, _ in map(sorted, shifted)]
