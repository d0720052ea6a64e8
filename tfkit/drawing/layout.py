"""Positions for a graph: every group is arranged by itself, from the innermost outwards.

A group is then one box of its parent's level, with ports on its border where wires pass. So opening a group
costs the group and the levels above it, never the whole graph. Twin: ``widgets/src/engine/layout.ts``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tfkit.drawing.layered import Arrangement, Link, Point, arrange, back_links, ranks
from tfkit.drawing.shares import share_texts
from tfkit.drawing.sizes import arrival_step, box_size, room_above, room_width
from tfkit.drawing.style import STYLE, amounts, shorten, text_width
from tfkit.graph import Graph
from tfkit.parts import ScopePath, common_depth, prefixes

Wire = tuple[str, int, bool]  # one tensor on its way: node id, which output, control or not
Item = str | ScopePath  # what is arranged on a level: a node's id or an open group's path


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in px; `x` and `y` are its upper left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Route:
    """A piece of an edge's way: within one level, from a box or a port to a box or a port.

    `target` is the node that it arrives at, or "" where it ends at the border of a group.
    """

    source: str
    source_output: int
    target: str
    control: bool
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands: a box for each node, a frame for each group, the ways of the edges."""

    width: int
    height: int
    boxes: Mapping[str, Box]
    frames: Mapping[ScopePath, Box]
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A wire's way on one level; an end that is None is the border of the level.

    A piece that is `back` runs upwards, because it closes a circle there or further out: it leaves through
    the upper border and enters through the lower one.
    """

    source: Item | None
    target: Item | None
    wire: Wire
    back: bool = False


@dataclass
class _Level:
    """What is arranged on one level: items, and pieces of wires with the nodes that each leads to."""

    items: list[Item] = field(default_factory=list)
    pieces: dict[_Piece, list[str]] = field(default_factory=dict)

    def add(self, piece: _Piece, targets: Iterable[str]) -> None:
        self.pieces.setdefault(piece, []).extend(targets)


@dataclass(frozen=True, slots=True)
class _Room:
    """What is kept free for an item: its width, the height above it, and how far apart wires arrive."""

    width: int
    above: int = 0
    step: int = 0


@dataclass(frozen=True, slots=True)
class _Placed:
    """A level after its arrangement; positions count from its own upper left corner."""

    size: Point
    corners: dict[Item, Point]
    ways: list[tuple[_Piece, list[Point]]]
    leave: dict[tuple[Wire, bool], int]  # x of each port, by wire and whether that wire runs upwards
    enter: dict[tuple[Wire, bool], int]


def lay_out(graph: Graph) -> Layout:
    """Return positions for every node and group of `graph`, all of which are drawn open.

    Example:
        >>> from tfkit.graph import Edge, Graph, Node
        >>> nodes = Node("a", "Const", "a"), Node("b", "Neg", "b")
        >>> found = lay_out(Graph("g", nodes, (Edge("a", "b"),)))
        >>> found.boxes["a"].y < found.boxes["b"].y
        True
    """
    levels = _levels(graph)
    titles = {scope.path: scope.label for scope in graph.scopes}
    told = amounts(graph)
    arriving: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for (_, _, target), text in share_texts({node.id: node for node in graph.nodes}, graph.edges).items():
        arriving[target].append(text)
    wires = Counter(node for node, *_ in {(edge.source, edge.source_output, edge.control) for edge in graph.edges})
    sizes: dict[Item, Point] = {}
    rooms: dict[Item, _Room] = {}
    for node in graph.nodes:
        amount, texts = told.get(node.id, ""), arriving[node.id]
        sizes[node.id] = box_size(node, amount, texts)
        width = room_width(node, wires[node.id], amount, texts)
        rooms[node.id] = _Room(width, room_above(texts), arrival_step(texts))
    placed: dict[ScopePath, _Placed] = {}
    for path in sorted(levels, key=len, reverse=True):
        placed[path] = _place(levels[path], titles.get(path), sizes, rooms, placed)
        sizes[path] = placed[path].size
        rooms[path] = _Room(placed[path].size[0])
    return _flatten(graph, placed, sizes)


def weight(graph: Graph) -> int:
    """Return about how many pieces of wires and bends in them `lay_out` has to arrange, found without doing it.

    Groups count by the frames that wires pass; ranks are those that the graph would have without groups.
    """
    number = {node.id: index for index, node in enumerate(graph.nodes)}
    edges = [edge for edge in graph.edges if edge.source != edge.target]
    arrows = [(number[edge.source], number[edge.target]) for edge in edges]
    turned = back_links(range(len(number)), arrows)
    forward = [arrow[::-1] if is_back else arrow for arrow, is_back in zip(arrows, turned, strict=True)]
    rank = ranks(len(number), forward)
    spans: dict[tuple[Wire, bool], int] = {}
    frames = 0
    for edge, (upper, lower), is_back in zip(edges, forward, turned, strict=True):
        wire = (edge.source, edge.source_output, edge.control), is_back
        spans[wire] = max(spans.get(wire, 0), rank[lower] - rank[upper])
        source, target = (graph.nodes[place].scope for place in (number[edge.source], number[edge.target]))
        frames += len(source) + len(target) - 2 * common_depth(source, target)
    return len(edges) + frames + sum(spans.values())


def _levels(graph: Graph) -> dict[ScopePath, _Level]:
    """Return every level with its items, and each edge cut into the pieces that lie on one level."""
    levels: dict[ScopePath, _Level] = {(): _Level()}
    for scope in graph.scopes:
        levels[scope.path] = _Level()
        levels[scope.path[:-1]].items.append(scope.path)
    scope_of = {node.id: node.scope for node in graph.nodes}
    for node in graph.nodes:
        levels[node.scope].items.append(node.id)

    def item(node: str, depth: int) -> Item:
        """Return what stands for a node on a level of this depth."""
        return scope_of[node][: depth + 1] if len(scope_of[node]) > depth else node

    for edge in graph.edges:
        if edge.source != edge.target:
            meeting = common_depth(scope_of[edge.source], scope_of[edge.target])
            ends = item(edge.source, meeting), item(edge.target, meeting)
            piece = _Piece(*ends, (edge.source, edge.source_output, edge.control))
            levels[scope_of[edge.source][:meeting]].add(piece, [edge.target])
    begins: dict[Item, int] = {}  # where an item's first node stands
    for place, node in enumerate(graph.nodes):
        begins[node.id] = place
        for path in prefixes(node.scope):
            begins.setdefault(path, place)
    for path in sorted(levels, key=len):  # from the outermost inwards: a level is told how its wires leave it
        _turn_back(levels[path], begins)
        for piece, targets in levels[path].pieces.items():
            if isinstance(piece.source, tuple):
                inner = _Piece(item(piece.wire[0], len(piece.source)), None, piece.wire, piece.back)
                levels[piece.source].add(inner, [])
            if isinstance(piece.target, tuple):
                for target in targets:
                    inner = _Piece(None, item(target, len(piece.target)), piece.wire, piece.back)
                    levels[piece.target].add(inner, [target])
    return levels


def _turn_back(level: _Level, begins: Mapping[Item, int]) -> None:
    """Mark the pieces that close a circle on this level."""
    number = {item: index for index, item in enumerate(level.items)}
    inside = [piece for piece in level.pieces if piece.source is not None and piece.target is not None]
    arrows = [(number[piece.source], number[piece.target]) for piece in inside]  # type: ignore[index]
    turned = back_links([begins.get(item, 0) for item in level.items], arrows)
    back = {piece for piece, is_back in zip(inside, turned, strict=True) if is_back}
    if back:
        level.pieces = {replace(p, back=True) if p in back else p: targets for p, targets in level.pieces.items()}


def _place(
    level: _Level,
    title: str | None,
    sizes: Mapping[Item, Point],
    rooms: Mapping[Item, _Room],
    placed: Mapping[ScopePath, _Placed],
) -> _Placed:
    """Arrange one level, with one vertex for each item and each port, and put its frame around it."""
    pieces = list(level.pieces)
    enter = dict.fromkeys((piece.wire, piece.back) for piece in pieces if piece.source is None)
    leave = dict.fromkeys((piece.wire, piece.back) for piece in pieces if piece.target is None)
    first = [("enter", *key) for key in enter if not key[1]] + [("leave", *key) for key in leave if key[1]]
    last = [("leave", *key) for key in leave if not key[1]] + [("enter", *key) for key in enter if key[1]]
    count = len(level.items)
    number = {item: vertex for vertex, item in enumerate(level.items)}
    port = {key: count + index for index, key in enumerate([*first, *last])}
    wires = {wire: index for index, wire in enumerate(dict.fromkeys(piece.wire for piece in pieces))}
    links = [
        Link(
            port["enter", piece.wire, piece.back] if piece.source is None else number[piece.source],
            port["leave", piece.wire, piece.back] if piece.target is None else number[piece.target],
            wires[piece.wire],
            piece.back,
        )
        for piece in pieces
    ]
    found = arrange(
        [(rooms[item].width, sizes[item][1] + rooms[item].above) for item in level.items] + [(0, 0)] * len(port),
        links,
        range(count, count + len(first)),
        range(count + len(first), count + len(port)),
    )
    pad = STYLE["margin"] if title is None else STYLE["frame_padding"]
    above = pad if title is None else STYLE["frame_title"]
    width = max(found.width, _title_width(title)) + 2 * pad
    width += width % 2
    left, height = (width - found.width) // 2, found.height + above + pad
    found = _beside_title(found, range(count, count + len(first)), pad + _title_width(title) - left)
    width = max([width, *(found.x[vertex] + left + pad for vertex in range(count, count + len(first)))])
    width += width % 2
    starts = _anchors(pieces, links, found, sizes, rooms, placed, leaving=True)
    ends = _anchors(pieces, links, found, sizes, rooms, placed, leaving=False)
    ways = []
    for piece, way, start, end in zip(pieces, found.ways, starts, ends, strict=True):
        points = [(x + left, y + above) for x, y in _attach(way, start, end)]
        upper = 0 if piece.back else -1  # the end that is at the top of a box
        if (at_top := piece.source if piece.back else piece.target) is not None:
            points[upper] = (points[upper][0], points[upper][1] + rooms[at_top].above)
        if piece.source is None:
            points[0] = (points[0][0], height if piece.back else 0)
        if piece.target is None:
            points[-1] = (points[-1][0], 0 if piece.back else height)
        ways.append((piece, points))
    corners = {
        item: (found.x[v] - sizes[item][0] // 2 + left, found.top[v] + above + rooms[item].above)
        for item, v in number.items()
    }
    ports_out = {key: found.x[port["leave", *key]] + left for key in leave}
    return _Placed((width, height), corners, ways, ports_out, {k: found.x[port["enter", *k]] + left for k in enter})


def _title_width(title: str | None) -> int:
    if title is None:
        return 0
    size: int = STYLE["title_size"]
    room: int = 2 * STYLE["line_height"]
    return room + text_width(shorten(title, size, bold=True), size, bold=True)


def _beside_title(found: Arrangement, ports: range, room: int) -> Arrangement:
    """Return `found` with the ports of the upper border moved to the right of the title, in their order."""
    x = list(found.x)
    for vertex in sorted(ports, key=lambda vertex: (found.x[vertex], vertex)):
        x[vertex] = room = max(x[vertex], room)
        room += STYLE["wire_gap"]
    return replace(found, x=x)


def _attach(way: list[Point], start: int, end: int) -> list[Point]:
    """Return a way whose first and last two points stand above each other at new places."""
    (_, y0), (_, y1), *between, (_, y2), (_, y3) = way
    return [(start, y0), (start, y1), *between, (end, y2), (end, y3)]


def _anchors(
    pieces: list[_Piece],
    links: list[Link],
    found: Arrangement,
    sizes: Mapping[Item, Point],
    rooms: Mapping[Item, _Room],
    placed: Mapping[ScopePath, _Placed],
    *,
    leaving: bool,
) -> list[int]:
    """Return the x at which each piece leaves its source (or arrives at its target).

    On an open group that is one of its ports. On a node the wires are spread in the order in which they
    come from the side, so that they do not cross on the last px.
    """
    comers: dict[int, dict[tuple[int, int], int]] = {}  # vertex -> {(wire, other end): x next to it}
    for link, way in zip(links, found.ways, strict=True):
        vertex, key = _end(link, leaving)
        comers.setdefault(vertex, {}).setdefault(key, way[2][0] if leaving else way[-3][0])
    anchors: list[int] = []
    spread = {
        vertex: sorted(found_keys, key=lambda key, at=found_keys: (at[key], key))  # type: ignore[misc]
        for vertex, found_keys in comers.items()
    }
    for piece, link in zip(pieces, links, strict=True):
        vertex, key = _end(link, leaving)
        item = piece.source if leaving else piece.target
        if isinstance(item, tuple):
            ports = placed[item].leave if leaving else placed[item].enter
            anchors.append(found.x[vertex] - sizes[item][0] // 2 + ports[piece.wire, piece.back])
        else:
            width = 0 if item is None else sizes[item][0]
            steps = max(1, len(spread[vertex]) - 1)
            most = STYLE["input_step"] if leaving or item is None else rooms[item].step
            step = min(most, max(width - 20, 0) // steps)
            offset = (2 * spread[vertex].index(key) - len(spread[vertex]) + 1) * step // 2
            anchors.append(found.x[vertex] + offset)
    return anchors


def _end(link: Link, leaving: bool) -> tuple[int, tuple[int, int]]:
    """Return the vertex at one end of a link, and what tells its wires there apart."""
    return (link.source, (link.wire, -1)) if leaving else (link.target, (link.wire, link.source))


def _flatten(graph: Graph, placed: Mapping[ScopePath, _Placed], sizes: Mapping[Item, Point]) -> Layout:
    """Return all levels in the coordinates of the whole picture."""
    corner: dict[Item, Point] = {(): (0, 0)}
    routes: list[Route] = []
    for path in [(), *(scope.path for scope in graph.scopes)]:  # parents stand first
        left, top = corner[path]
        for item, (x, y) in placed[path].corners.items():
            corner[item] = (x + left, y + top)
        for piece, way in placed[path].ways:
            target = piece.target if isinstance(piece.target, str) else ""
            node, output, control = piece.wire
            routes.append(Route(node, output, target, control, tuple((x + left, y + top) for x, y in way)))
    boxes = {node.id: Box(*corner[node.id], *sizes[node.id]) for node in graph.nodes}
    frames = {scope.path: Box(*corner[scope.path], *sizes[scope.path]) for scope in graph.scopes}
    return Layout(*placed[()].size, boxes, frames, tuple(routes))
