"""Graphs that the drawing tests share, here and in TypeScript (through ``tests/fixtures/layout_v1.json``)."""

import json
from pathlib import Path

from tfkit.graph import Graph
from tfkit.parts import Cost, Edge, Kind, Mark, Node, Output, Scope, ScopeKind, ScopePath, Summary
from tfkit.passes import first_view

FIXTURES = Path(__file__).parents[1] / "fixtures"


def first_open(graph: Graph, limit: int) -> set[ScopePath]:
    """Return the groups that are open at first, within `limit` boxes."""
    return {scope.path for scope in first_view(graph, limit).scopes}


def _tensor(*shape: int | None) -> tuple[Output, ...]:
    return (Output(shape, "float32"),)


def diamond() -> Graph:
    """``e = (a * b) + (a + b)``, the five nodes that every course begins with."""
    a, b = (Node(name, "Placeholder", name, kind=Kind.INPUT, outputs=_tensor()) for name in "ab")
    c, d = Node("c", "Mul", "c_mul", outputs=_tensor()), Node("d", "AddV2", "d_add", outputs=_tensor())
    e = Node("e", "AddV2", "e_add", kind=Kind.OUTPUT, outputs=_tensor())
    ends = ("ac0", "bc1", "ad0", "bd1", "ce0", "de1")
    return Graph("diamond", (a, b, c, d, e), tuple(Edge(s, t, target_input=int(i)) for s, t, i in ends))


def example() -> Graph:
    """The graph of the wire's fixture: layers, a loss, odd names and a control edge."""
    return Graph.from_dict(json.loads((FIXTURES / "graph_v1.json").read_text(encoding="utf-8")))


def pseudo_random(nodes: int, *, groups: int = 0, seed: int = 1) -> Graph:
    """A graph without a pattern, from a plain congruential generator so that it never changes."""
    state = seed

    def number(below: int) -> int:
        nonlocal state
        state = (state * 1103515245 + 12345) % 2**31
        return (state >> 16) % below

    made, edges = [], {}
    for index in range(nodes):
        scope = (f"g{index * groups // nodes}", f"h{number(3)}") if groups else ()
        node_id = "/".join((*scope, f"op_{index}"))
        made.append(
            Node(node_id, ("MatMul", "Relu", "AddV2")[number(3)], f"op_{index}", scope, outputs=_tensor(None, 8))
        )
        for _ in range(min(index, 1 + number(2))):
            source = made[max(0, index - 1 - number(9))]
            if source is not made[-1]:
                edges[source.id, node_id] = Edge(source.id, node_id)
    return Graph(f"random {nodes}", tuple(made), tuple(edges.values()))


def circle() -> Graph:
    """A loop with a way in and a way out, as a TensorFlow 1 while loop draws it."""
    nodes = tuple(Node(name, "Op", name) for name in ("start", "merge", "body", "next", "exit"))
    arrows = (("start", "merge"), ("merge", "body"), ("body", "next"), ("next", "merge"), ("merge", "exit"))
    return Graph("circle", nodes, tuple(Edge(*arrow) for arrow in arrows))


def hub() -> Graph:
    """One value used by thirty operations that one operation gathers."""
    users = [Node(f"user_{index}", "Neg", f"user_{index}", outputs=_tensor(2)) for index in range(30)]
    nodes = (
        Node("value", "Const", "value", kind=Kind.CONSTANT, outputs=_tensor(2)),
        *users,
        Node("all", "AddN", "all"),
    )
    edges = [Edge("value", user.id) for user in users] + [Edge(u.id, "all", 0, i) for i, u in enumerate(users)]
    return Graph("hub", nodes, tuple(edges))


def nested() -> Graph:
    """Three levels of groups, wires that cross several borders, two outputs of one operation."""
    deep = ("outer", "middle", "inner")
    nodes = (
        Node("in", "Placeholder", "in", kind=Kind.INPUT, outputs=_tensor(4)),
        Node("outer/middle/inner/split", "Split", "split", deep, outputs=_tensor(2) * 2),
        Node("outer/middle/left", "Exp", "left", deep[:2], outputs=_tensor(2)),
        Node("outer/right", "Log", "right", deep[:1], outputs=_tensor(2)),
        Node("out", "Concat", "out", kind=Kind.OUTPUT, outputs=_tensor(4)),
    )
    split = nodes[1].id
    edges = (
        Edge("in", split),
        Edge(split, nodes[2].id),
        Edge(split, nodes[3].id, 1),
        Edge(nodes[2].id, "out"),
        Edge(nodes[3].id, "out", 0, 1),
        Edge("in", "out", 0, 2),
    )
    return Graph("nested", nodes, edges, (Scope(deep, ScopeKind.FUNCTION, "inner function"),))


LONG_NOTE = (
    "Matrix size-incompatible: In[0]: [2,3], In[1]: [4,5] (inputs: (2, 3) float32, (4, 5) float32), and after that "
    "another_word_which_is_so_long_that_no_line_can_hold_the_whole_of_it"
)


def marked() -> Graph:
    """Every mark, on nodes of several kinds and on wires, inside and outside of groups."""
    nodes = (
        Node("x", "Placeholder", "x", kind=Kind.INPUT, outputs=_tensor(2, 3), mark=Mark.RAN),
        Node("same", "Neg", "same", outputs=_tensor(2, 3), cost=Cost(0.0012, 24)),
        Node("new/exp", "Exp", "exp", ("new",), outputs=_tensor(2, 3), mark=Mark.ADDED, cost=Cost(3e-6)),
        Node("old", "Log", "old", outputs=_tensor(2, 3), mark=Mark.REMOVED),
        Node(
            "new/scale",
            "Mul",
            "scale",
            ("new",),
            outputs=_tensor(4, 3),
            mark=Mark.CHANGED,
            note="shape (2, 3) -> (4, 3)",
        ),
        Node("mul", "MatMul", "mul", outputs=(), mark=Mark.FAILED, note=LONG_NOTE),
        Node("idle/a", "Relu", "a", ("idle",), outputs=_tensor(2), mark=Mark.NOT_RUN),
        Node("idle/b", "Relu", "b", ("idle",), outputs=_tensor(2), mark=Mark.NOT_RUN),
        Node("out", "AddN", "out", kind=Kind.OUTPUT, outputs=_tensor(2), mark=Mark.ADDED),
    )
    edges = (
        Edge("x", "same"),
        Edge("same", "new/exp", mark=Mark.ADDED),
        Edge("same", "old", mark=Mark.REMOVED),
        Edge("new/exp", "new/scale", mark=Mark.ADDED),
        Edge("old", "new/scale", mark=Mark.REMOVED),
        Edge("new/scale", "mul"),
        Edge("same", "mul", 0, 1),
        Edge("x", "idle/a"),
        Edge("idle/a", "idle/b"),
        Edge("mul", "out", mark=Mark.ADDED),
        Edge("idle/b", "out", 0, 1, control=True),
    )
    return Graph("marked", nodes, edges, (Scope(("idle",), ScopeKind.AUXILIARY, "idle"),))


def _numbers(*numbers: float) -> Summary:
    """The summary of a few numbers, as it comes from TensorFlow."""
    mean = sum(numbers) / len(numbers)
    std = (sum((number - mean) ** 2 for number in numbers) / len(numbers)) ** 0.5
    text = f"{numbers[0]:.6g}" if len(numbers) == 1 else f"[{' '.join(f'{number:g}' for number in numbers[:4])}]"
    return Summary(len(numbers), text, min(numbers), max(numbers), mean, std)


def gradients() -> Graph:
    """A graph gone back through: single numbers and tensors, values used twice and by many, constants and a group."""

    def node(name: str, value: Summary, gradient: Summary | None, kind: Kind = Kind.OP, scope: tuple[str, ...] = ()):
        output = Output(() if value.size == 1 else (value.size,), "float32", value=value, gradient=gradient)
        return Node("/".join((*scope, name)), "Mul", name, scope, kind, (output,))

    one, many = _numbers(1.0), _numbers(0.5, -2.25, 3.0, 1e-5, 7.0)
    nodes = (
        node("x", _numbers(6.7), _numbers(7.70984), Kind.INPUT),
        node("w", _numbers(-0.34), _numbers(-151.9292), Kind.VARIABLE),
        node("two", _numbers(2.0), _numbers(0.0), Kind.CONSTANT),
        node("data", many, many, Kind.INPUT),
        node("mul", _numbers(-2.278), _numbers(-22.676)),
        node("square", _numbers(5.189284), _numbers(1.5), scope=("s",)),
        node("four", _numbers(1.0, 2.0, 3.0, 4.0), _numbers(0.25, 0.25, 0.25, 1e20), scope=("s",)),
        node("sum", _numbers(-11.338), one),
        node("wide", _numbers(float(2**24)), one),
        node("out", _numbers(128.5502444), one, Kind.OUTPUT),
    )

    def edge(source: str, target: str, place: int, share: Summary, local: Summary | None = None) -> Edge:
        return Edge(source, target, 0, place, local=local, gradient=share)

    edges = (
        edge("x", "mul", 0, _numbers(7.70984), _numbers(-0.34)),
        edge("w", "mul", 1, _numbers(-151.9292), _numbers(6.7)),
        edge("mul", "s/square", 0, _numbers(-3.417), _numbers(-2.278)),
        edge("mul", "s/square", 1, _numbers(-3.417), _numbers(-2.278)),
        edge("data", "s/four", 0, many),
        edge("x", "sum", 0, one, one),
        edge("w", "sum", 1, one, one),
        edge("mul", "sum", 2, one, _numbers(1.25e-6)),
        edge("two", "sum", 3, one, one),
        *(edge(name, "wide", place, one) for place, name in enumerate(("x", "w", "two", "mul", "sum", "s/square"))),
        edge("s/square", "out", 0, _numbers(1.5), _numbers(1.5)),
        edge("two", "out", 1, _numbers(0.0), _numbers(0.0)),
        Edge("s/four", "out", 0, 2),
        Edge("sum", "out", 0, -1, control=True),
    )
    return Graph("gradients", nodes, edges)


CASES = {
    "empty": Graph("empty"),
    "one": Graph("one", (Node("only", "NoOp", "only"),)),
    "diamond": diamond(),
    "example": example(),
    "circle": circle(),
    "hub": hub(),
    "nested": nested(),
    "marked": marked(),
    "gradients": gradients(),
    "random 40": pseudo_random(40),
    "grouped 60": pseudo_random(60, groups=5),
    "grouped 300": pseudo_random(300, groups=12, seed=7),
    "flat 120": pseudo_random(120, seed=3),
}
