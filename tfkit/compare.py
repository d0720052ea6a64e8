"""What differs between two graphs, as a value that shows itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tfkit.display import MimeBundle, mimebundle
from tfkit.drawing.style import lines, shape_text
from tfkit.errors import GraphError
from tfkit.graph import Graph
from tfkit.matching import NAMES, match, plain
from tfkit.parts import Edge, Kind, Mark, Node, ScopePath, limit_pictures
from tfkit.printable import printable
from tfkit.unchanged import group_unchanged

_MOST_LINES = 200


@dataclass(frozen=True)
class Change:
    """One node that is in both graphs, but not the same; `what` says in words what differs."""

    before: Node
    after: Node
    what: str


@dataclass(frozen=True)
class GraphDiff:
    """What differs between two graphs; true if anything does.

    Attributes:
        before: The first graph.
        after: The second graph.
        matches: The id in `after` of each node of `before` that is in both.
        added: Nodes that are only in `after`.
        removed: Nodes that are only in `before`.
        changed: Nodes that are in both, with another operation, shape, type, attribute or constant.
        renamed: ``(id before, id after)`` of nodes that only bear another name.
        added_edges: Edges that are only in `after`.
        removed_edges: Edges that are only in `before`, with the ids of `before`.

    Example:
        >>> import tensorflow as tf, tfkit
        >>> x = tf.TensorSpec((2,))
        >>> found = tfkit.diff(tfkit.trace(lambda x: tf.exp(x), x), tfkit.trace(lambda x: tf.exp(-x), x))
        >>> found
        GraphDiff('function' -> 'function': 1 added, 0 removed, 0 changed, 2 the same)
        >>> [node.op for node in found.added]
        ['Neg']
    """

    before: Graph
    after: Graph
    matches: Mapping[str, str]
    added: tuple[Node, ...]
    removed: tuple[Node, ...]
    changed: tuple[Change, ...]
    renamed: tuple[tuple[str, str], ...]
    added_edges: tuple[Edge, ...]
    removed_edges: tuple[Edge, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.added_edges or self.removed_edges)

    def __repr__(self) -> str:
        same = len(self.matches) - len(self.changed)
        other_names = f", {len(self.renamed):,} of them renamed" if self.renamed else ""
        return (
            f"GraphDiff({self.before.name!r} -> {self.after.name!r}: {len(self.added):,} added, "
            f"{len(self.removed):,} removed, {len(self.changed):,} changed, {same:,} the same{other_names})"
        )

    @cached_property
    def graph(self) -> Graph:
        """Both graphs in one: `after`, with what `before` had besides, and a mark on all that differs.

        What neither differs nor stands beside something that does is in groups of its own.
        """
        return _merged(self)

    def to_text(self) -> str:
        """Return one line for each difference."""
        if not self:
            return f"{self!r}\nNothing differs."
        lines = [f"+ {node.id}: {_about(node)}" for node in self.added]
        lines += [f"- {node.id}: {_about(node)}" for node in self.removed]
        lines += [f"~ {change.after.id}: {change.what}" for change in self.changed]
        touched = {node.id for node in self.added} | {node.id for node in self.removed}
        for sign, edges in (("+", self.added_edges), ("-", self.removed_edges)):
            # The edges of a new node go without saying.
            lines += [f"{sign} {_arrow(edge)}" for edge in edges if not touched & {edge.source, edge.target}]
        more = [f"... and {len(lines) - _MOST_LINES:,} more"] if len(lines) > _MOST_LINES else []
        return "\n".join([repr(self), *lines[:_MOST_LINES], *more])

    def to_svg(self) -> str:
        """Return a still picture of both graphs in one, with what differs marked."""
        return self.graph.to_svg()

    def to_html(self) -> str:
        """Return a page of its own with the live view."""
        return self.graph.to_html()

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file; see `Graph.save`."""
        return self.graph.save(path)

    def show(self) -> None:
        """Show the picture in the notebook."""
        self.graph.show()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> MimeBundle:
        return {**mimebundle(self.graph), "text/plain": printable(self.to_text())}


def diff(before: Graph, after: Graph, /) -> GraphDiff:
    """Compare two graphs: what was added, removed, changed.

    Nodes are matched by what they are and what stands around them; names decide only where that leaves a
    choice. So the same computation under other names has no difference.

    Args:
        before: A graph.
        after: The graph to compare it with.

    Raises:
        GraphError: If one of the two is no graph.

    Example:
        >>> import tensorflow as tf, tfkit
        >>> def before(x):
        ...     return tf.nn.relu(x) * 2.0
        >>> def after(y):
        ...     return tf.nn.elu(y) * 3.0
        >>> print(tfkit.diff(tfkit.trace(before, 1.0), tfkit.trace(after, 1.0)).to_text())
        GraphDiff('before' -> 'after': 0 added, 0 removed, 2 changed, 2 the same, 2 of them renamed)
        ~ Elu: Relu -> Elu
        ~ mul/y: value 2 -> 3
    """
    for given in (before, after):
        if not isinstance(given, Graph):
            text = " ".join(repr(given).split())[:60]
            raise GraphError(f"tfkit.diff takes two graphs, not {text}: make one with tfkit.trace or tfkit.read_graph.")
    matches = match(before, after)
    known = set(matches.values())
    pairs = [(node, after[matches[node.id]]) for node in before.nodes if node.id in matches]
    there = {(e.source, e.source_output, e.target, e.target_input, e.control) for e in after.edges}
    moved = {
        (matches.get(e.source), e.source_output, matches.get(e.target), e.target_input, e.control): e
        for e in before.edges
    }
    return GraphDiff(
        before,
        after,
        matches,
        tuple(node for node in after.nodes if node.id not in known),
        tuple(node for node in before.nodes if node.id not in matches),
        tuple(Change(one, other, what) for one, other in pairs if (what := _difference(one, other))),
        tuple((one.id, other.id) for one, other in pairs if one.id != other.id),
        tuple(e for e in after.edges if (e.source, e.source_output, e.target, e.target_input, e.control) not in moved),
        tuple(edge for ends, edge in moved.items() if ends not in there),
    )


def _difference(one: Node, other: Node) -> str:
    """Return in words what differs between two nodes that are matched."""
    if one.kind == other.kind == Kind.VARIABLE and "resource" in {o.dtype for o in (*one.outputs, *other.outputs)}:
        return ""  # of one of them only the handle is known
    found = []
    if one.op != other.op:
        found.append(f"{one.op} -> {other.op}")
    if len(one.outputs) != len(other.outputs):
        found.append(f"{len(one.outputs)} outputs -> {len(other.outputs)}")
    for place, (old, new) in enumerate(zip(one.outputs, other.outputs, strict=False)):
        which = f" {place}" if len(one.outputs) > 1 else ""
        if old.shape != new.shape:
            found.append(f"shape{which} {shape_text(old)} -> {shape_text(new)}")
        if old.dtype != new.dtype:
            found.append(f"dtype{which} {old.dtype} -> {new.dtype}")
    if one.kind == other.kind == Kind.CONSTANT and (old_text := _text(one)) != (new_text := _text(other)):
        found.append(f"value {old_text} -> {new_text}")
    if one.op == other.op:
        found += [
            f"{name} {_short(one.attributes.get(name))} -> {_short(other.attributes.get(name))}"
            for name in sorted({*one.attributes, *other.attributes} - NAMES - _SHAPES)
            if plain(one.attributes.get(name)) != plain(other.attributes.get(name))
        ]
    return ", ".join(found)


_SHAPES = {"shape", "_output_shapes", "output_shapes", "dtype", "T"}  # told by the outputs


def _text(node: Node) -> str | None:
    return node.outputs[0].value.text if node.outputs and node.outputs[0].value else None


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else f"{text[:37]}..."


def _about(node: Node) -> str:
    shapes = ", ".join(f"{shape_text(output)} {output.dtype}" for output in node.outputs[:3])
    return node.op + (f" -> {shapes}" if shapes else "")


def _arrow(edge: Edge) -> str:
    output = f":{edge.source_output}" if edge.source_output else ""
    return f"{'^' * edge.control}{edge.source}{output} -> {edge.target} (input {edge.target_input})"


def _merged(found: GraphDiff) -> Graph:
    words = {change.after.id: change.what for change in found.changed}
    before = {change.after.id: change.before for change in found.changed}
    added = {node.id for node in found.added}
    new_id = dict(found.matches) | _unused(found.removed, {node.id for node in found.after.nodes})
    new_scope = _scopes(found)
    behind: dict[str | None, list[Node]] = defaultdict(list)  # node of `after`, or None -> what was removed behind it
    last: str | None = None
    for node in found.before.nodes:
        if node.id in found.matches:
            last = found.matches[node.id]
        else:
            place = replace(node, id=new_id[node.id], scope=new_scope(node.scope), mark=Mark.REMOVED)
            behind[last].append(place)
    nodes = behind[None]
    for node in found.after.nodes:
        mark = Mark.ADDED if node.id in added else Mark.CHANGED if node.id in words else Mark.NONE
        was = lines(before[node.id]) if node.id in before else ()
        nodes += [replace(node, mark=mark, note=words.get(node.id, ""), was=was), *behind[node.id]]
    more = set(found.added_edges)
    edges = [replace(edge, mark=Mark.ADDED if edge in more else Mark.NONE) for edge in found.after.edges]
    edges += [
        replace(edge, source=new_id[edge.source], target=new_id[edge.target], mark=Mark.REMOVED)
        for edge in found.removed_edges
    ]
    known = {scope.path for scope in found.after.scopes}
    scopes = {new_scope(scope.path): scope for scope in found.before.scopes}
    used = {node.scope[:depth] for node in nodes for depth in range(1, len(node.scope) + 1)} - known
    extra = [replace(scope, path=path) for path, scope in scopes.items() if path in used]
    names = dict.fromkeys((found.before.name, found.after.name))
    merged = Graph(" -> ".join(names), limit_pictures(nodes), tuple(edges), (*found.after.scopes, *extra))
    return group_unchanged(merged)


def _unused(removed: tuple[Node, ...], taken: set[str]) -> dict[str, str]:
    """Return an id for each removed node that no other node has."""
    chosen: dict[str, str] = {}
    for node in removed:
        name = node.id
        while name in taken:
            name += " (removed)"
        taken.add(name)
        chosen[node.id] = name
    return chosen


def _scopes(found: GraphDiff) -> Callable[[ScopePath], ScopePath]:
    """Return what tells where a group of `before` stands in `after`: where most of its members are."""
    votes: dict[ScopePath, Counter[ScopePath]] = defaultdict(Counter)
    for one, other in found.matches.items():
        old, new = found.before[one].scope, found.after[other].scope
        votes[old][new] += 1
    home: dict[ScopePath, ScopePath] = {(): ()}

    def new_scope(path: ScopePath) -> ScopePath:
        if path not in home:
            home[path] = votes[path].most_common(1)[0][0] if votes[path] else (*new_scope(path[:-1]), path[-1])
        return home[path]

    return new_scope
