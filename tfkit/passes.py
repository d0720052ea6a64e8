"""Graph to graph, with nothing else read or written.

With these functions one can close groups and get an overview that fits a page. The page follows the same
rules when a reader opens and closes groups (``widgets/src/graph/visible.ts``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tfkit.errors import GraphError
from tfkit.graph import Graph
from tfkit.groups import divide, levels
from tfkit.parts import Cost, Edge, Kind, Mark, Node, Output, Scope, ScopeKind, ScopePath, prefixes

_ALIKE = 4  # groups whose sizes differ by less than this factor
_DIFFERENCES = (Mark.ADDED, Mark.REMOVED, Mark.CHANGED)
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
    known = {scope.path: scope for scope in graph.scopes}
    named = {"/".join(path): path for path in known}
    closed: set[ScopePath] = set()
    for asked in scopes:
        path = named.get(asked) if isinstance(asked, str) else asked
        if path not in known:
            name = asked if isinstance(asked, str) else "/".join(asked)
            raise GraphError(f"Graph {graph.name!r} has no group {name!r}; it has {_some(sorted(named))}.")
        closed.add(path)
    return _Collapse(graph, closed).graph() if closed else graph


def _some(names: Sequence[str]) -> str:
    if not names:
        return "none"
    return ", ".join(map(repr, names[:8])) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


class _Collapse:
    """One closing of groups: where each node went, and which tensors leave each closed group."""

    def __init__(self, graph: Graph, closed: set[ScopePath]) -> None:
        self.whole = graph
        self.outermost = {
            scope.path: next((path for path in prefixes(scope.path) if path in closed), None) for scope in graph.scopes
        }
        self.outermost[()] = None
        # For each closed group the tensors that leave and enter it, numbered in the order they were met.
        self.leaving: dict[ScopePath, dict[tuple[str, int], int]] = defaultdict(dict)
        self.entering: dict[ScopePath, dict[tuple[str, int], int]] = defaultdict(dict)

    def graph(self) -> Graph:
        edges = self._edges()  # first, because this finds what leaves the closed groups
        scopes = tuple(scope for scope in self.whole.scopes if self.outermost[scope.path] is None)
        return Graph(self.whole.name, tuple(self._nodes()), edges, scopes)

    def _nodes(self) -> list[Node]:
        members: dict[ScopePath, list[Node]] = defaultdict(list)
        for node in self.whole.nodes:
            if (path := self.outermost[node.scope]) is not None:
                members[path].append(node)
        known = {scope.path: scope for scope in self.whole.scopes}
        found: list[Node] = []
        for node in self.whole.nodes:
            path = self.outermost[node.scope]
            if path is None:
                found.append(node)
            elif members[path]:
                found.append(self._group(known[path], members.pop(path)))
                members[path] = []
        return found

    def _group(self, scope: Scope, members: list[Node]) -> Node:
        mark, note = _mark_of_group(members)
        return Node(
            id=group_id(scope.path),
            op=str(scope.attributes.get("class", scope.kind)),
            label=scope.label,
            scope=scope.path[:-1],
            kind=_KINDS.get(scope.kind, Kind.SCOPE),
            outputs=tuple(self._output(*tensor) for tensor in self.leaving[scope.path]),
            attributes=scope.attributes,
            members=len(members),
            mark=mark,
            note=note,
            cost=_cost_of_group(members),
        )

    def _edges(self) -> tuple[Edge, ...]:
        found: dict[tuple[str, str, int, bool], Edge] = {}
        marks: dict[tuple[str, str, int, bool], set[Mark]] = defaultdict(set)
        carried: set[tuple[str, str]] = set()
        scope_of = {node.id: node.scope for node in self.whole.nodes}
        for edge in sorted(self.whole.edges, key=lambda edge: edge.control):  # data first: it hides control
            source, target = self.outermost[scope_of[edge.source]], self.outermost[scope_of[edge.target]]
            if source is not None and source == target:
                continue
            lifted = self._lift(edge, source, target)
            pair = (lifted.source, lifted.target)
            merged = source is not None or target is not None
            if edge.control and merged and pair in carried:
                continue
            carried.add(pair)
            key = (*pair, lifted.source_output if merged else lifted.target_input, edge.control)
            found.setdefault(key, lifted)
            marks[key].add(edge.mark)
        mixed = {key for key, of_edges in marks.items() if len(of_edges) > 1}
        return tuple(replace(edge, mark=Mark.NONE) if key in mixed else edge for key, edge in found.items())

    def _output(self, node_id: str, place: int) -> Output:
        outputs = self.whole[node_id].outputs
        return outputs[place] if place < len(outputs) else Output(None, "unknown")

    def _lift(self, edge: Edge, source: ScopePath | None, target: ScopePath | None) -> Edge:
        tensor = (edge.source, edge.source_output)
        if source is not None:
            numbers = self.leaving[source]
            place = 0 if edge.control else numbers.setdefault(tensor, len(numbers))
            edge = replace(edge, source=group_id(source), source_output=place)
        if target is not None:
            numbers = self.entering[target]
            place = -1 if edge.control else numbers.setdefault(tensor, len(numbers))
            edge = replace(edge, target=group_id(target), target_input=place)
        return edge


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
    counts = Counter(node.mark for node in members if node.mark in _DIFFERENCES)
    return Mark.CHANGED, ", ".join(f"{counts[mark]:,} {mark}" for mark in _DIFFERENCES if counts[mark])


def _cost_of_group(members: Sequence[Node]) -> Cost | None:
    """Return what the members took together; where nothing was measured, nothing is known."""
    costs = [node.cost for node in members if node.cost is not None]
    times = [cost.time_s for cost in costs if cost.time_s is not None]
    sizes = [cost.memory_bytes for cost in costs if cost.memory_bytes is not None]
    return Cost(sum(times) if times else None, sum(sizes) if sizes else None) if costs else None


def first_open(graph: Graph, limit: int) -> set[ScopePath]:
    """Return the groups to show open at first: generation by generation inwards, within `limit` boxes in all.

    Where a generation does not fit, its largest groups stay closed, and so do those of about their size:
    groups that are alike are shown alike. A layer without layers in it stays closed, unless it is the only
    one, because the layers are what a reader of a model looks for first. So does what is only auxiliary.
    """
    standing = levels(graph)
    layers = [scope.path for scope in graph.scopes if scope.kind == ScopeKind.LAYER]
    outer = {path for layer in layers for path in prefixes(layer[:-1])}
    leaves = {path for path in layers if path not in outer}
    keep_closed = {scope.path for scope in graph.scopes if scope.kind == ScopeKind.AUXILIARY}
    keep_closed |= leaves if len(leaves) > 1 else set()

    def groups_on(path: ScopePath) -> list[ScopePath]:
        return [member for member in standing[path] if isinstance(member, tuple) and member not in keep_closed]

    boxes, opened, generation = len(standing[()]), set[ScopePath](), groups_on(())
    while generation:
        by_size = sorted(generation, key=lambda path: len(standing[path]))
        smallest_left = None
        while by_size and boxes + sum(len(standing[path]) - 1 for path in by_size) > limit:
            smallest_left = len(standing[by_size.pop()])
        chosen = [path for path in by_size if smallest_left is None or _ALIKE * len(standing[path]) <= smallest_left]
        boxes += sum(len(standing[path]) - 1 for path in chosen)
        opened.update(chosen)
        generation = [inner for path in chosen for inner in groups_on(path)]
    return opened


def overview(graph: Graph, limit: int, *, level_limit: int = 48) -> Graph:
    """Return `graph` divided, and closed but for the groups that fit into `limit` boxes.

    Args:
        limit: The number of boxes up to which groups are opened.
        level_limit: No level has more members than this.
    """
    return first_view(divide(graph, min(level_limit, max(limit, 2))), limit)


def first_view(graph: Graph, limit: int) -> Graph:
    """Return `graph`, which is divided already, with all groups closed that `first_open` would not open."""
    opened = first_open(graph, limit)
    return collapse(graph, [scope.path for scope in graph.scopes if scope.path not in opened])
