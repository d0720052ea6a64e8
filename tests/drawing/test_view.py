"""What is shown at first, word by word; TypeScript must show the same (``widgets/tests/view.test.ts``)."""

import json
from dataclasses import replace

from tests.drawing.cases import CASES, FIXTURES, diamond, nested, pseudo_random
from tests.test_overlays import measurable
from tests.test_repeats import tower
from tests.test_unchanged import chain
from tfkit.drawing.shares import share_texts
from tfkit.drawing.style import STYLE, amount_text, amounts, heat_colors, lines
from tfkit.errors import GraphError
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Mark, Node, Output, Scope, ScopeKind
from tfkit.passes import grouped
from tfkit.still import first_shown
from tfkit.unchanged import group_unchanged

MEASURES = ("parameters", "output size", "time", "memory", "value range", "gradient norm")


def layers():
    """Two layers, closed at first, with several tensors, control edges and marks between them."""
    tensor = (Output((None, 3), "float32"),)
    nodes = [
        Node(f"{layer}/{n}", "Op", str(n), (layer,), outputs=tensor * 2, cost=cost)
        for layer in ("one", "two") for n, cost in enumerate((None,) * 3)
    ]  # fmt: skip
    edges = [
        Edge(f"one/{a}", f"two/{b}", a % 2, place) for place, (a, b) in enumerate(((0, 0), (1, 0), (1, 2), (2, 1)))
    ]
    edges += [Edge("one/0", "two/1", control=True), Edge("one/2", "out", mark=Mark.RAN), Edge("two/0", "out", 1, 1)]
    out = Node("out", "AddN", "out", kind=Kind.OUTPUT)
    scopes = [Scope((name,), ScopeKind.LAYER, name, {"class": "Dense", "parameters": 1234}) for name in ("one", "two")]
    return Graph("layers", (*nodes, out), tuple(edges), tuple(scopes))


def hubs():
    """Two hubs that feed the same nodes in the other order, one of them by control edges; and one that gathers."""
    users = [Node(f"s/{n}", "Add", str(n), ("s",)) for n in range(12)]
    ends = [
        Node("s/big", "Const", "big", ("s",)),
        Node("a/b/wide", "Const", "wide", ("a", "b")),
        Node("all", "AddN", "all"),
    ]
    edges = []
    for user in (node.id for node in users):
        edges += [Edge("s/big", user, 0, 10), Edge("a/b/wide", user, 1, 2), Edge("all", user, 0, -1, control=True)]
    gather = [Edge(node.id, "sum", 0, place) for place, node in enumerate(users)]
    return Graph("hubs", (*ends, *users, Node("sum", "AddN", "sum")), (*edges, *gather))


def closed_before():
    """A group that was closed before stands in a layer that closes now."""
    inside = nested().collapse("outer/middle", "outer")
    nodes = [replace(node, scope=("layer",)) for node in inside.nodes]
    more = Node("other/x", "Op", "x", ("other",))
    scopes = [Scope((name,), ScopeKind.LAYER, name) for name in ("layer", "other")]
    edges = [replace(edge, count=2) for edge in inside.edges]
    return Graph("closed before", (*nodes, more), (*edges, Edge("out", "other/x", count=5)), tuple(scopes))


def numbered(values, *, name="own", unit=""):
    nodes = [Node(str(place), "Op", str(place)) for place in range(len(values))]
    return Graph(name, tuple(nodes)).with_overlay(dict(zip("0123456789", values, strict=False)), name=name, unit=unit)


VIEWS = (
    *(CASES[name] for name in ("empty", "example", "hub", "nested", "marked", "gradients", "grouped 60", "flat 120")),
    replace(CASES["gradients"], scopes=(Scope(("s",), ScopeKind.AUXILIARY, "s"),)),
    pseudo_random(160, groups=1),
    layers(),
    hubs(),
    closed_before(),
    measurable(),
    replace(measurable(), scopes=(Scope(("s",), ScopeKind.AUXILIARY, "s"),)),
    tower(6, odd=0, inner=2),
    group_unchanged(chain(14, changed=[6])),
    group_unchanged(replace(pseudo_random(120), nodes=tuple(
        replace(node, mark=Mark.CHANGED) if node.label == "op_60" else node for node in pseudo_random(120).nodes))),
    pseudo_random(90, groups=3).with_overlay({f"g{n // 30}/h0/op_{n}": n / 7 for n in range(90)
        if f"g{n // 30}/h0/op_{n}" in {node.id for node in pseudo_random(90, groups=3).nodes}}, unit="kg"),
    numbered([3.0 * 10**power for power in range(7)], name="powers"),
    numbered([0.8125, 12.25, 1234.5, -1.25e-5, 2.5e20, -0.0, 0.1 + 0.2, 999.95, 1e15, -9.9999e-5], name="device"),
    numbered([1125000.0, 999.9, 0.5, 0.0, -2048.0], unit="B"),
    numbered([0.0011125, 3e-7, 1.0, 5000.5, 0.0], unit="s"),
    numbered([1.7e308, -1.7e308, 5e307]),
    numbered([1.7e308, 1e-300, 1.0]),
    numbered([0, 0]),
    diamond().with_overlay({"a": 3}, name="time"),
)  # fmt: skip


def coloured(graph):
    """The graph by every number that is known of it."""
    found = {graph.overlay.name: graph} if graph.overlay else {}
    for name in MEASURES:
        try:
            found.setdefault(name, graph.with_overlay(name))
        except GraphError:
            continue
    return found


def painted(graph):
    shown, heat = first_shown(graph), STYLE["colors"]["heat"]
    told, fills, overlay = amounts(shown), heat_colors(shown), shown.overlay
    ends = [amount_text(pick(overlay.values.values()), overlay.unit) for pick in (min, max)]
    return {
        "ends": ends,
        "nodes": {name: [told[name], heat.index(fills[name])] for name in told},
        "lines": {node.id: lines(node, told.get(node.id, "")) for node in shown.nodes},
    }


def view(graph):
    shown = first_shown(graph)
    edges = [
        [e.source, e.target, e.source_output, e.target_input, int(e.control), e.mark, e.count] for e in shown.edges
    ]
    return {
        "graph": grouped(graph, STYLE["level_limit"]).to_dict(),
        "lines": {node.id: lines(node) for node in shown.nodes},
        "edges": edges,
        "shares": sorted(
            [*key, text] for key, text in share_texts({n.id: n for n in shown.nodes}, shown.edges).items()
        ),
        "scopes": ["/".join(scope.path) for scope in shown.scopes],
        "overlays": {name: painted(by) for name, by in coloured(graph).items()},
        "dot": shown.to_dot(),
    }


def test_the_view_is_the_one_that_typescript_is_tested_with(golden):
    golden(FIXTURES / "view_v1.json", json.dumps([*map(view, VIEWS)], ensure_ascii=False, separators=(",", ":")) + "\n")


def test_every_kind_of_line_and_edge_is_among_the_views():
    shown = [first_shown(graph) for graph in VIEWS]
    texts = {line for graph in shown for node in graph.nodes for line in lines(node)}
    assert {"\u2190 value", "\u2192 all", "30 connections", "not run", "block_1 \u00d7 5"} <= texts
    counts = {edge.count for graph in shown for edge in graph.edges}
    assert counts >= {1, 2, 4}
