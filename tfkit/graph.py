"""The value in the middle: a dataflow graph as plain, frozen data.

Every tracer and file reader yields a `Graph`, every picture starts from one. With this module one can
look a node up, walk along edges, and write a graph down (`to_dict`, `to_wire`) and read it back.
Only the standard library is used, so a graph made with TensorFlow can be read where there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfkit.errors import GraphError
from tfkit.parts import Edge, Node, Overlay, Scope, ScopePath, all_prefixes

if TYPE_CHECKING:
    from tfkit.display import MimeBundle


@dataclass(frozen=True)
class Graph:
    """A dataflow graph: operations are nodes, tensors are edges.

    Args:
        name: What the graph is of.
        nodes: In the order in which they were made.
        edges: Between the ids of `nodes`.
        scopes: May leave out scopes about which there is nothing to say; they are filled in from the nodes.
        overlay: Numbers to colour the nodes by; see `with_overlay`.

    Raises:
        GraphError: If two nodes or scopes share an identity or an edge names a node that is not there.

    Example:
        >>> from tfkit.parts import Kind
        >>> a, b = (Node(name, "Placeholder", name, kind=Kind.INPUT) for name in "ab")
        >>> total = Node("add", "AddV2", "add", kind=Kind.OUTPUT)
        >>> graph = Graph("sum", (a, b, total), (Edge("a", "add"), Edge("b", "add", target_input=1)))
        >>> graph
        Graph('sum', 3 nodes, 2 edges)
        >>> Graph.from_wire(graph.to_wire()) == graph
        True
    """

    name: str
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    scopes: tuple[Scope, ...] = ()
    overlay: Overlay | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", tuple(self.nodes))
        object.__setattr__(self, "edges", tuple(self.edges))
        object.__setattr__(self, "scopes", _complete(self.scopes, self.nodes))
        known = self._by_id
        for edge in self.edges:
            if edge.source not in known or edge.target not in known:
                missing = edge.target if edge.source in known else edge.source
                raise GraphError(f"An edge of graph {self.name!r} names node {missing!r}, which is not in the graph.")

    def __repr__(self) -> str:
        return f"Graph({self.name!r}, {_count(len(self.nodes), 'node')}, {_count(len(self.edges), 'edge')})"

    def __getitem__(self, node_id: str) -> Node:
        """Return the node with this id.

        Raises:
            GraphError: If there is no such node; the message lists ids that contain the text.
        """
        if node_id in self._by_id:
            return self._by_id[node_id]
        near = [node.id for node in self.nodes if node_id.lower() in node.id.lower()][:5]
        hint = f" Did you mean {', '.join(map(repr, near))}?" if near else ""
        raise GraphError(f"Graph {self.name!r} has no node {node_id!r}.{hint}")

    @cached_property
    def _by_id(self) -> dict[str, Node]:
        by_id = {node.id: node for node in self.nodes}
        if len(by_id) < len(self.nodes):
            (double, _), *_ = Counter(node.id for node in self.nodes).most_common(1)
            raise GraphError(f"Graph {self.name!r} has two nodes with the id {double!r}.")
        return by_id

    @cached_property
    def _arrows(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Ids of the direct (successors, predecessors) of every node."""
        after: dict[str, list[str]] = {node.id: [] for node in self.nodes}
        before: dict[str, list[str]] = {node.id: [] for node in self.nodes}
        for edge in self.edges:
            after[edge.source].append(edge.target)
            before[edge.target].append(edge.source)
        return after, before

    def find(self, pattern: str = "", /, **where: Any) -> tuple[Node, ...]:
        """Return the nodes that a pattern and all conditions fit, in the graph's order.

        Args:
            pattern: A regular expression, found anywhere in the id, the label or the op, case ignored.
            **where: What a fact about a node must be: ``op``, ``kind``, ``label``, ``id``, ``shape``, ``dtype``,
                ``device`` (of any output), ``scope`` (that group and all within), ``file``, ``line``, ``mark``,
                ``note``, ``time_s``, ``memory_bytes``, or an attribute by its name. A text is a regular
                expression for the whole of the fact, a function is asked, any other value must be equal.

        Raises:
            GraphError: If a text is not a regular expression, or no node has such an attribute.

        Example:
            >>> nodes = Node("a", "MatMul", "a", attributes={"transpose_a": True}), Node("b", "Relu", "b")
            >>> graph = Graph("g", nodes)
            >>> [node.id for node in graph.find("mul")], [node.id for node in graph.find(op="relu|tanh")]
            (['a'], ['b'])
            >>> graph.find(transpose_a=True, id=lambda text: len(text) == 1)[0].op
            'MatMul'
        """
        from tfkit.queries import find

        return find(self, pattern, where)

    def ancestors(self, node_id: str) -> tuple[Node, ...]:
        """Return every node that the given one depends on, in the graph's order.

        Raises:
            GraphError: If there is no such node.
        """
        return self._reach(node_id, self._arrows[1])

    def descendants(self, node_id: str) -> tuple[Node, ...]:
        """Return every node that depends on the given one, in the graph's order.

        Raises:
            GraphError: If there is no such node.
        """
        return self._reach(node_id, self._arrows[0])

    def _reach(self, node_id: str, arrows: Mapping[str, list[str]]) -> tuple[Node, ...]:
        waiting, seen = [self[node_id].id], set[str]()
        while waiting:
            for neighbour in arrows[waiting.pop()]:
                if neighbour not in seen:
                    seen.add(neighbour)
                    waiting.append(neighbour)
        return tuple(node for node in self.nodes if node.id in seen)

    def between(self, source: str, target: str) -> tuple[Node, ...]:
        """Return every node on a way from one node to another, both included; nothing if there is no way.

        Raises:
            GraphError: If there is no such node.
        """
        from tfkit.queries import between

        return between(self, source, target)

    def paths(self, source: str, target: str, *, limit: int = 100) -> tuple[tuple[Node, ...], ...]:
        """Return the ways from one node to another, each as the nodes on it; no node is on a way twice.

        Args:
            source: The id of the first node.
            target: The id of the last node.
            limit: How many ways are looked for; `between` has what lies on all of them.

        Raises:
            GraphError: If there is no such node, or `limit` is less than 1.

        Example:
            >>> nodes = [Node(name, "Op", name) for name in "abc"]
            >>> graph = Graph("g", nodes, (Edge("a", "b"), Edge("b", "c"), Edge("a", "c")))
            >>> ["".join(node.id for node in way) for way in graph.paths("a", "c")]
            ['abc', 'ac']
        """
        from tfkit.queries import paths

        return paths(self, self._arrows[0], source, target, limit)

    def to_dict(self) -> dict[str, Any]:
        """Return the graph as JSON-ready columns with a ``version`` (see `tfkit.wire`)."""
        from tfkit.wire import encode

        return encode(self)

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Graph:
        """Return the graph that `to_dict` wrote down.

        Raises:
            GraphError: If `data` is not such a dictionary or comes from a newer version.
        """
        from tfkit.wire import decode

        return decode(data)

    def to_wire(self) -> bytes:
        """Return the compressed bytes that the page reads: gzip over the JSON of `to_dict`."""
        from tfkit.wire import pack

        return pack(self.to_dict())

    @staticmethod
    def from_wire(data: bytes) -> Graph:
        """Return the graph that `to_wire` packed.

        Raises:
            GraphError: If the bytes are not such a graph.
        """
        from tfkit.wire import unpack

        return Graph.from_dict(unpack(data))

    def collapse(self, *scopes: str | ScopePath, max_boxes: int | None = None) -> Graph:
        """Return the graph with groups closed, each drawn as one node.

        Args:
            *scopes: The groups to close, as ``"outer/inner"`` or as tuples of names.
            max_boxes: Instead of naming groups: open them from the outside inwards, as long as the whole
                stays within this many boxes. A level with too many members is first divided into groups.

        Raises:
            GraphError: If a group does not exist, or groups and `max_boxes` are both given.
        """
        from tfkit import passes

        if max_boxes is None:
            return passes.collapse(self, scopes)
        if scopes or max_boxes < 1:
            raise GraphError("Graph.collapse takes either the groups to close, or max_boxes of at least 1.")
        return passes.overview(self, max_boxes)

    def fold_repeats(self) -> Graph:
        """Return the graph with chains of groups that are alike folded into their first, named so with their number.

        Groups are alike if they hold the same operations with the same shapes and attributes, wired alike; they
        are a chain if each stands beside the one before and reads from it. The group that stays has the
        attribute ``repeats``; what leaves any of the chain leaves it.
        """
        from tfkit.repeats import fold_repeats

        return fold_repeats(self)

    def extract_hubs(self, *, degree: int = 20) -> Graph:
        """Return the graph without the edges of nodes that have more than `degree` neighbours on one side.

        What a node reads from a hub stands in its attribute ``hub_inputs`` (place: ``"id:output"``), what it
        feeds into one in ``hub_outputs``; a hub has ``neighbours``, their number. So a value that everything
        uses does not cross the whole picture. Closed groups stay as they are.

        Raises:
            GraphError: If `degree` is negative.
        """
        from tfkit.repeats import extract_hubs

        if degree < 0:
            raise GraphError(f"degree={degree} must not be negative.")
        return extract_hubs(self, degree)

    def with_overlay(self, by: str | Mapping[str, float], *, name: str = "", unit: str = "") -> Graph:
        """Return the graph coloured by a number, which also stands in each box; closed groups show the sum.

        Args:
            by: What is known of the nodes themselves: ``"parameters"``, ``"output size"`` (bytes), ``"time"``
                (seconds), ``"memory"`` (bytes), ``"value range"`` (largest magnitude; of a group, that of its
                members), ``"gradient norm"`` (of a group, of all its gradients as one vector). Or numbers of
                your own, by the ids of nodes.
            name: What your own numbers are.
            unit: What they are counted in: ``"s"`` and ``"B"`` are scaled, others are written behind the number.

        Raises:
            GraphError: If nothing is known under that name, there are no numbers, an id is not in the graph, or a
                number is none or not finite.

        Example:
            >>> graph = Graph("g", (Node("a", "MatMul", "a"), Node("b", "Relu", "b")))
            >>> graph.with_overlay({"a": 0.25}, name="error").overlay.values
            {'a': 0.25}
        """
        from tfkit.overlays import with_overlay

        return with_overlay(self, by, name, unit)

    def to_text(self, *, max_lines: int | None = None) -> str:
        """Return one line a node: label, op, inputs, shape; value, gradient and overlay where known."""
        from tfkit.display import text

        return text(self, max_lines=max_lines)

    def to_dot(self) -> str:
        """Return the whole graph in the DOT language of Graphviz, groups as clusters."""
        from tfkit.drawing.dot import to_dot

        return to_dot(self)

    def to_svg(self, *, engine: str = "tfkit") -> str:
        """Return a still picture, the same bytes on every machine.

        A big graph is drawn with groups closed, as the live view shows it at first; where its wires would make the
        picture larger than 150 kB, one stands for all between the same two boxes, or more groups are closed.

        Args:
            engine: ``"tfkit"`` needs no other program; ``"dot"`` asks an installed Graphviz.

        Raises:
            DrawingError: If `engine` is unknown, or ``"dot"`` is asked for and not installed.
        """
        from tfkit.display import svg

        return svg(self, engine=engine)

    def to_html(self) -> str:
        """Return a page of its own that shows the live view; it needs no server and no network."""
        from tfkit.display import html

        return html(self)

    def save(self, path: str | Path) -> Path:
        """Write the graph to a file, in the form that the suffix names.

        Args:
            path: Ends in ``.svg``, ``.png``, ``.pdf``, ``.dot``, ``.json`` or ``.html``.

        Raises:
            FileError: If the suffix is another one or the file cannot be written.
            DrawingError: If a ``.png`` or ``.pdf`` is asked for and what makes it is not installed.
        """
        from tfkit.display import save

        return save(self, path)

    def to_tensorboard(self, logdir: str | Path) -> Path:
        """Write the graph into a log folder, for TensorBoard's graph tab; groups stay groups.

        Args:
            logdir: Made if it is not there.

        Returns:
            The folder.

        Raises:
            FileError: If the folder cannot be written, or TensorBoard is not installed.

        Example:
            >>> import tempfile, tfkit
            >>> graph = Graph("g", (Node("a", "MatMul", "a"), Node("b", "Relu", "b")), (Edge("a", "b"),))
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     tfkit.read_graph(graph.to_tensorboard(folder))["b"].op
            'Relu'
        """
        from tfkit.event_file import EventFile

        EventFile(logdir).write_graph(self)
        return Path(logdir)

    def show(self, overlay: str | Mapping[str, float] | None = None) -> None:
        """Show the graph in the notebook (a graph as the last line of a cell shows itself).

        Args:
            overlay: Colour it by a number first: the name of one, or numbers of your own; see `with_overlay`.

        Raises:
            GraphError: If `with_overlay` refuses `overlay`.
            DrawingError: If this is no notebook.

        Example:
            >>> graph = Graph("g", (Node("a", "MatMul", "a"), Node("b", "Relu", "b")))
            >>> graph.show({"a": 0.25})  # doctest: +SKIP
        """
        from tfkit.display import show

        show(self, overlay)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> MimeBundle:
        from tfkit.display import mimebundle

        return mimebundle(self)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _complete(scopes: Iterable[Scope], nodes: Iterable[Node]) -> tuple[Scope, ...]:
    """Return `scopes` with all that a node implies: in the order of the nodes, parents first."""
    known: dict[ScopePath, Scope] = {}
    for scope in scopes:
        if known.setdefault(scope.path, scope) is not scope:
            raise GraphError(f"Two scopes have the path {'/'.join(scope.path)!r}.")
    needed = all_prefixes([*(node.scope for node in nodes), *known])
    return tuple(known.get(path) or Scope(path, label=path[-1]) for path in needed)
