"""What a graph is made of: nodes, edges and scopes, as plain frozen values.

Only the standard library is used, so a graph made with TensorFlow can be read where there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

ScopePath = tuple[str, ...]

_MOST_PICTURES = 200  # of up to 576 digits each: a notebook stores them with every output


class Kind(StrEnum):
    """What a node is; it decides shape and colour of the box."""

    OP = "op"
    LAYER = "layer"
    VARIABLE = "variable"
    CONSTANT = "constant"
    INPUT = "input"
    OUTPUT = "output"
    FUNCTION = "function"
    SCOPE = "scope"


class ScopeKind(StrEnum):
    """Why some nodes belong together."""

    NAME = "name"  # tf.name_scope
    LAYER = "layer"  # a Keras layer or model
    FUNCTION = "function"  # the body of a function
    AUXILIARY = "auxiliary"  # what a graph needs around it: initialising, saving
    GROUP = "group"  # made by tfkit so that a crowded level can be read
    PART = "part"  # the same, of what only stands one after the other
    REPEAT = "repeat"  # made by tfkit around a chain of groups that are alike

    @property
    def is_made(self) -> bool:
        """Whether tfkit made groups of this kind, so that they have no part in the names of nodes."""
        return self in (ScopeKind.AUXILIARY, ScopeKind.GROUP, ScopeKind.PART, ScopeKind.REPEAT)


@dataclass(frozen=True, slots=True)
class Summary:
    """A tensor's numbers, in bounded size.

    `minimum`, `maximum`, `mean` and `std` are over the finite elements and are None where there are none
    (or where the type has no order). `text` is the whole value when it is tiny, else its first elements.
    `histogram` counts the finite elements in 16 equal bins from `minimum` to `maximum`; it is empty for up to 8
    elements and where all are equal. `picture` shows the last two axes, or the first image of a batch, as rows of
    hexadecimal digits: "0" the minimum of the picture (and NaN), "f" its maximum; at most 24 x 24 px, larger tensors
    thinned out. It is empty for what has no two sides of at least 4 px, and a graph has at most 200 pictures.
    """

    size: int
    text: str
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    std: float | None = None
    nan: int = 0
    infinite: int = 0
    histogram: tuple[int, ...] = ()
    picture: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """One tensor that a node makes. An axis of unknown size is None; an unknown rank is ``shape=None``."""

    shape: tuple[int | None, ...] | None
    dtype: str
    device: str = ""
    value: Summary | None = None
    gradient: Summary | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The user's line that made a node. `file` is a path, or ``cell [3]`` for a notebook cell.

    `context` is that line with up to two lines before it and two after, as pairs of number and text as it stands
    in the file, without blank lines at either end.
    """

    file: str
    line: int
    text: str = ""
    context: tuple[tuple[int, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


class Mark(StrEnum):
    """What became of a node or an edge, in a run or between two graphs."""

    NONE = ""
    RAN = "ran"
    NOT_RUN = "not run"
    FAILED = "failed"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


DIFFERENCES = (Mark.ADDED, Mark.REMOVED, Mark.CHANGED)


@dataclass(frozen=True, slots=True)
class Cost:
    """What an operation took in one run: seconds of wall time and bytes of output; None where not measured."""

    time_s: float | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One operation, layer, variable or closed group; `id` is unique, `label` is what people read.

    `members` is the number of nodes that a closed group stands for, and 0 for every other node. `note` says
    in words what there is to say about the mark; `was` is what stood in the box of a node that changed between
    two graphs, line by line.

    Example:
        >>> Node("layer/MatMul", "MatMul", "MatMul", scope=("layer",), outputs=(Output((None, 10), "float32"),)).kind
        <Kind.OP: 'op'>
    """

    id: str
    op: str
    label: str
    scope: ScopePath = ()
    kind: Kind = Kind.OP
    outputs: tuple[Output, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    source: Source | None = None
    members: int = 0
    mark: Mark = Mark.NONE
    note: str = ""
    cost: Cost | None = None
    was: tuple[str, ...] = ()


def moved(node: Node, scope: ScopePath) -> Node:
    """Return `node` in another group; `dataclasses.replace` takes twice as long, which 100,000 nodes feel."""
    return Node(
        node.id,
        node.op,
        node.label,
        scope,
        node.kind,
        node.outputs,
        node.attributes,
        node.source,
        node.members,
        node.mark,
        node.note,
        node.cost,
        node.was,
    )


@dataclass(frozen=True, slots=True)
class Edge:
    """Output `source_output` of `source` arrives as input `target_input` of `target`.

    A control edge (`control`) carries no tensor, only "first this, then that". `count` is the number of tensors
    that one edge at a closed group stands for. Backwards an edge carries `gradient`, its share in the gradient of
    what it starts from: the derivative `local` of the target's output by this input, times the gradient of that
    output. `local` is None where it is a matrix and not one number for each element.

    Example:
        >>> Edge("x", "MatMul", target_input=1).source_output
        0
    """

    source: str
    target: str
    source_output: int = 0
    target_input: int = 0
    control: bool = False
    mark: Mark = Mark.NONE
    count: int = 1
    local: Summary | None = None
    gradient: Summary | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """A named group of nodes; `path` holds the names from the outermost inwards.

    Example:
        >>> Scope(("model", "dense"), ScopeKind.LAYER, label="dense").path[-1]
        'dense'
    """

    path: ScopePath
    kind: ScopeKind = ScopeKind.NAME
    label: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)


class Together(StrEnum):
    """What a group makes of the numbers of its members."""

    SUM = "sum"
    MOST = "most"
    NORM = "norm"  # of all as one vector


@dataclass(frozen=True)
class Overlay:
    """One number for some nodes, to colour a graph by.

    Attributes:
        name: What the numbers are.
        values: By the ids of nodes.
        unit: ``"s"``, ``"B"``, any other word that is written behind the number, or nothing.
        how: What a closed group makes of the numbers of its members.
    """

    name: str
    values: Mapping[str, float]
    unit: str = ""
    how: Together = Together.SUM


def prefixes(path: ScopePath) -> Iterator[ScopePath]:
    """Yield every scope that contains `path`, from the outermost to `path` itself."""
    return (path[:depth] for depth in range(1, len(path) + 1))


def all_prefixes(paths: Iterable[ScopePath]) -> dict[ScopePath, None]:
    """Return every scope that contains one of `paths`, once, the outer before the inner.

    Example:
        >>> list(all_prefixes([("a", "b"), ("a", "c"), ()]))
        [('a',), ('a', 'b'), ('a', 'c')]
    """
    found: dict[ScopePath, None] = {}
    for path in dict.fromkeys(paths):
        missing = []
        while path and path not in found:  # not all that is around it, each time: groups may be nested deeply
            missing.append(path)
            path = path[:-1]
        found |= dict.fromkeys(reversed(missing))
    return found


def common_depth(a: ScopePath, b: ScopePath) -> int:
    """Return how many outer groups two paths share."""
    depth = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        depth += 1
    return depth


def limit_pictures(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Return the nodes of a graph with the first 200 pictures of their values, in the order of the nodes.

    Whatever makes or joins whole graphs asks this: single values are summarized in many places.
    """
    left, limited = _MOST_PICTURES, []
    for node in nodes:
        count = sum(bool(summary.picture) for summary in _summaries(node))
        if count > left:
            left = 0
            limited.append(replace(node, outputs=tuple(map(_without_picture, node.outputs))))
        else:
            left -= count
            limited.append(node)
    return tuple(limited)


def _summaries(node: Node) -> Iterator[Summary]:
    for output in node.outputs:
        yield from filter(None, (output.value, output.gradient))


def _without_picture(output: Output) -> Output:
    value, gradient = (summary and replace(summary, picture=()) for summary in (output.value, output.gradient))
    return replace(output, value=value, gradient=gradient)
