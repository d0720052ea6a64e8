"""Graph to graph, with nothing else read or written.

With these functions one can close groups and get an overview that fits a page. The page follows the same
rules when a reader opens and closes groups (``widgets/src/engine/visible.ts``).
"""

from __future__ import annotations

import math
import operator
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from tfkit.errors import GraphError
from tfkit.garbage import uncollected
from tfkit.graph import Graph
from tfkit.groups import dividable, divide, divided, is_cut, size
from tfkit.levels import Level, tree
from tfkit.parts import (
    DIFFERENCES,
    Cost,
    Edge,
    Kind,
    Mark,
    Node,
    Output,
    Overlay,
    Scope,
    ScopeKind,
    ScopePath,
    Together,
    moved,
)
from tfkit.repeats import group_repeats

_ALIKE = 4  # groups whose sizes differ by less than this factor
_TOGETHER: Mapping[Together, Callable[[float, float], float]] = {
    Together.SUM: operator.add,
    Together.MOST: max,
    Together.NORM: math.hypot,
}
_KINDS = {ScopeKind.LAYER: Kind.LAYER, ScopeKind.FUNCTION: Kind.FUNCTION}


def group_id(path: ScopePath) -> str:
    """Return the id of the node that stands for a closed group; the slash at its end keeps it apart."""
    return "/".join(path) + "/"


def collapse(graph: Graph, scopes: Iterable[str | ScopePath]) -> Graph:
    """Return `graph` with some groups closed, each as one node.

    What leaves a closed group becomes its outputs, one for each tensor; edges that end up between the same
    output and the same node become one.

    Args:
        scopes: The groups to close, as ``"outer/inner"`` or as tuples of names.

    Raises:
        GraphError: If a group does not exist.
    """
    wanted, levels = list(scopes), tree(graph)
    known = {level.scope.path: level for level in levels if level.scope is not None}
    named = {"/".join(path): path for path in known} if any(isinstance(asked, str) for asked in wanted) else {}
    closed: set[Level] = set()
    for asked in wanted:
        path = named.get(asked) if isinstance(asked, str) else asked
        if path not in known:
            name = asked if isinstance(asked, str) else "/".join(asked)
            there = _some(sorted(map("/".join, known)))
            raise GraphError(f"Graph {graph.name!r} has no group {name!r}; it has {there}.")
        closed.add(known[path])
    return _Collapse(graph, levels[0], lambda level: level not in closed).graph() if closed else graph


def _some(names: Sequence[str]) -> str:
    if not names:
        return "none"
    return ", ".join(map(repr, names[:8])) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


class _Collapse:
    """One closing of groups: where each node went, and which tensors leave each closed group.

    With `most_wires`, and where there would be more of them, one wire stands for all between the same two boxes.
    """

    def __init__(
        self, graph: Graph, outermost: Level, is_open: Callable[[Level], bool], most_wires: int | None = None
    ) -> None:
        self.whole = graph
        self.most_wires = most_wires
        self.scopes: list[Scope] = []  # of the open groups
        self.scope_of: dict[str, ScopePath] = {}  # of each node that is seen, or of the closed group that it is in
        self.box_of: dict[str, Level] = {}  # the closed group that a node is in, if any
        self.name_of: dict[Level, str] = {}  # the id of each closed group
        self._walk(outermost, is_open)
        # For each closed group the tensors that leave and enter it, numbered in the order they were met.
        self.leaving: dict[Level, dict[tuple[str, int], int]] = defaultdict(dict)
        self.entering: dict[Level, dict[tuple[str, int], int]] = defaultdict(dict)

    def _walk(self, outermost: Level, is_open: Callable[[Level], bool]) -> None:
        waiting: list[tuple[Level, ScopePath]] = [(outermost, ())]
        while waiting:
            level, path = waiting.pop()
            for member in level.members:
                if isinstance(member, Node):
                    self.scope_of[member.id] = path
                elif is_open(member) and member.scope is not None:
                    inner = (*path, member.name)
                    self.scopes.append(replace(member.scope, path=inner))
                    waiting.append((member, inner))
                else:
                    self.name_of[member] = group_id((*path, member.name))
                    for node in member.nodes():
                        self.box_of[node.id], self.scope_of[node.id] = member, path

    def graph(self) -> Graph:
        edges = self._edges()  # first, because this finds what leaves the closed groups
        nodes = tuple(self._nodes())
        return replace(self.whole, nodes=nodes, edges=edges, scopes=tuple(self.scopes), overlay=self._overlay())

    def _overlay(self) -> Overlay | None:
        """Return the numbers of what is seen; those of a closed group are what its members have together."""
        overlay = self.whole.overlay
        if overlay is None:
            return None
        together, most, values = _TOGETHER[overlay.how], sys.float_info.max, dict[str, float]()
        for node_id, value in overlay.values.items():
            box = self.box_of.get(node_id)
            name = node_id if box is None else self.name_of[box]
            values[name] = max(-most, min(most, together(values[name], value))) if name in values else value
        return replace(overlay, values=values)

    def _nodes(self) -> list[Node]:
        members: dict[Level, list[Node]] = defaultdict(list)
        found: list[Node | Level] = []  # a group stands where its first node stood
        for node in self.whole.nodes:
            box = self.box_of.get(node.id)
            if box is None:
                path = self.scope_of[node.id]
                found.append(node if node.scope == path else moved(node, path))
                continue
            if box not in members:
                found.append(box)
            members[box].append(node)
        return [entry if isinstance(entry, Node) else self._group(entry, members[entry]) for entry in found]

    def _group(self, box: Level, members: list[Node]) -> Node:
        mark, note = _mark_of_group(members)
        scope = box.scope or Scope(())
        return Node(
            id=self.name_of[box],
            op=str(scope.attributes.get("class", scope.kind)),
            label=scope.label,
            scope=self.scope_of[members[0].id],
            kind=_KINDS.get(scope.kind, Kind.SCOPE),
            outputs=tuple(self._output(*tensor) for tensor in self.leaving[box]),
            attributes=scope.attributes,
            members=sum(node.members or 1 for node in members),
            mark=mark,
            note=note,
            cost=_cost_of_group(members),
        )

    def _edges(self) -> tuple[Edge, ...]:
        found: dict[tuple[object, ...], Edge] = {}
        marks: dict[tuple[object, ...], set[Mark]] = defaultdict(set)
        tensors: dict[tuple[object, ...], dict[tuple[str, int], int]] = defaultdict(dict)
        carried: set[tuple[object, object]] = set()
        crossing = sorted(self._crossing(), key=lambda crossed: crossed[0].control)  # data first: it hides control
        bundled = self.most_wires is not None and len(crossing) > self.most_wires < _wires(crossing)
        for edge, source, target in crossing:
            pair = (source or edge.source, target or edge.target)
            merged = source is not None or target is not None
            if edge.control and (merged or bundled) and pair in carried:
                continue
            carried.add(pair)
            key: tuple[object, ...] = (*pair, edge.control)
            if bundled:
                tensors[key].setdefault((edge.source, edge.source_output), edge.count)
            else:
                key = (*key, self._tensor(edge, source) if merged else edge.target_input)
            if key not in found:
                found[key] = self._lift(edge, source, target)
            elif found[key].gradient is not None:  # what goes back along several is known of none of them
                found[key] = replace(found[key], local=None, gradient=None)
            marks[key].add(edge.mark)
        mixed = {key for key, of_edges in marks.items() if len(of_edges) > 1}
        for key, counts in tensors.items():
            found[key] = replace(found[key], count=sum(counts.values()))
        return tuple(replace(edge, mark=Mark.NONE) if key in mixed else edge for key, edge in found.items())

    def _crossing(self) -> list[_Crossing]:
        """Return the edges that do not lie inside a closed group, with the closed groups at their ends."""
        box = self.box_of.get
        crossed = [(edge, box(edge.source), box(edge.target)) for edge in self.whole.edges]
        return [found for found in crossed if found[1] is None or found[1] is not found[2]]

    def _output(self, node_id: str, place: int) -> Output:
        outputs = self.whole[node_id].outputs
        return outputs[place] if place < len(outputs) else Output(None, "unknown")

    def _tensor(self, edge: Edge, source: Level | None) -> int:
        """Return which output of its box an edge is."""
        if source is None:
            return edge.source_output
        numbers = self.leaving[source]
        return 0 if edge.control else numbers.setdefault((edge.source, edge.source_output), len(numbers))

    def _lift(self, edge: Edge, source: Level | None, target: Level | None) -> Edge:
        tensor = (edge.source, edge.source_output)
        start = edge.source if source is None else self.name_of[source]
        output = self._tensor(edge, source)
        if target is None:
            end, place, local = edge.target, edge.target_input, edge.local
        else:
            numbers = self.entering[target]
            place = -1 if edge.control else numbers.setdefault(tensor, len(numbers))
            end, local = self.name_of[target], None  # the derivative is that of an operation inside
        return Edge(start, end, output, place, edge.control, edge.mark, edge.count, local, edge.gradient)


_Crossing = tuple[Edge, Level | None, Level | None]


def _wires(crossing: Iterable[_Crossing]) -> int:
    """Return how many wires there are: from one tensor to one box."""
    return len({(edge.source, edge.source_output, edge.control, box or edge.target) for edge, _, box in crossing})


def _mark_of_group(members: Sequence[Node]) -> tuple[Mark, str]:
    """Return what became of a group as a whole, and that in words where the mark alone does not say it."""
    marks = {node.mark for node in members}
    if Mark.FAILED in marks:
        failed = next(node for node in members if node.mark == Mark.FAILED)
        return Mark.FAILED, f"{failed.label}: {failed.note}" if failed.note else failed.label
    if Mark.RAN in marks:
        return Mark.RAN, ""
    if len(marks) == 1 or marks == {Mark.NONE, Mark.NOT_RUN}:
        return max(marks), ""
    counts = Counter(node.mark for node in members if node.mark in DIFFERENCES)
    return Mark.CHANGED, ", ".join(f"{counts[mark]:,} {mark}" for mark in DIFFERENCES if counts[mark])


def _cost_of_group(members: Sequence[Node]) -> Cost | None:
    """Return what the members took together; where nothing was measured, nothing is known."""
    costs = [node.cost for node in members if node.cost is not None]
    times = [cost.time_s for cost in costs if cost.time_s is not None]
    sizes = [cost.memory_bytes for cost in costs if cost.memory_bytes is not None]
    return Cost(sum(times) if times else None, sum(sizes) if sizes else None) if costs else None


def _first_open(levels: Sequence[Level], limit: int, level_limit: int = 0) -> set[Level]:
    """Return the groups to show open at first: generation by generation inwards, within `limit` boxes in all.

    Where a generation does not fit, its largest groups stay closed, and so do those of about their size:
    groups that are alike are shown alike. A layer without layers in it stays closed, unless it is the only
    one, because the layers are what a reader of a model looks for first. So does what is only auxiliary, and
    a chain of groups that are alike, unless there is nothing beside it, and a group of mere parts. Of two
    compared graphs what differs is opened, and nothing else. Only what may be opened is divided, if anything is.
    """
    is_diff, keep_closed = _differs(levels[0]), _kept_closed(levels)

    def groups_on(level: Level) -> list[Level]:
        groups = [member for member in divided(level, level_limit) if isinstance(member, Level)]
        if is_diff:
            return list(filter(_differs, groups))
        return [group for group in groups if group not in keep_closed and not is_cut(group, level_limit)]

    generation, opened = groups_on(levels[0]), {levels[0]}
    boxes = len(levels[0].members)
    while generation and len(opened) <= limit:  # groups in groups with nothing beside them add no boxes
        sizes = {level: size(level, level_limit) for level in generation}
        by_size = sorted(generation, key=sizes.__getitem__)
        smallest_left = None
        while by_size and boxes + sum(sizes[level] - 1 for level in by_size) > limit:
            smallest_left = sizes[by_size.pop()]
        chosen = [level for level in by_size if smallest_left is None or _ALIKE * sizes[level] <= smallest_left]
        boxes += sum(sizes[level] - 1 for level in chosen)
        opened.update(chosen)
        generation = [inner for level in chosen for inner in groups_on(level)]
    return opened


def _kept_closed(levels: Sequence[Level]) -> set[Level]:
    """Return what stays closed at first for what it is."""
    around: set[Level] = set()  # levels with a layer in them
    layers, auxiliary = set(), set()
    for level in reversed(levels):  # children before parents
        kind = level.scope.kind if level.scope is not None else None
        if kind == ScopeKind.LAYER:
            layers.add(level)
        elif kind == ScopeKind.AUXILIARY or (kind == ScopeKind.REPEAT and _is_accompanied(level)):
            auxiliary.add(level)
        if level.parent is not None and (kind == ScopeKind.LAYER or level in around):
            around.add(level.parent)
    innermost = layers - around
    return auxiliary | (innermost if len(innermost) > 1 else set())


def _is_accompanied(level: Level) -> bool:
    """Return whether there are other groups on the level of a group."""
    beside = level.parent.members if level.parent is not None else []
    return sum(isinstance(member, Level) for member in beside) > 1


def _differs(level: Level) -> bool:
    """Return whether anything in a group differs between two graphs."""
    return any(node.mark in DIFFERENCES for node in level.nodes())


def grouped(graph: Graph, level_limit: int) -> Graph:
    """Return `graph` with all groups that help to read it: around what repeats, and in crowded levels."""
    return group_repeats(divide(group_repeats(graph), level_limit))


@uncollected()
def overview(graph: Graph, limit: int, *, level_limit: int = 48, most_wires: int | None = None) -> Graph:
    """Return `graph` divided, and closed but for the groups that fit into `limit` boxes.

    Only what comes to be seen is divided, so this is faster than to divide the whole.

    Args:
        limit: The number of boxes up to which groups are opened.
        level_limit: No level has more members than this.
        most_wires: Where there are more wires, one stands for all between the same two boxes.
    """
    level_limit = min(level_limit, max(limit, 2))
    levels = dividable(graph, level_limit)
    opened = _first_open(levels, limit, level_limit)
    return _Collapse(graph, levels[0], opened.__contains__, most_wires).graph()


@uncollected()
def first_view(graph: Graph, limit: int, *, most_wires: int | None = None) -> Graph:
    """Return `graph`, which is divided already, with all groups closed but those to show open at first."""
    levels = tree(graph)
    opened = _first_open(levels, limit)
    return _Collapse(graph, levels[0], opened.__contains__, most_wires).graph()


def bundle(graph: Graph) -> Graph:
    """Return `graph` with one wire in place of all that lead from one node to the same other node."""
    return _Collapse(graph, tree(graph)[0], lambda level: True, 0).graph()
