import itertools
import json
from dataclasses import replace

import keras
import pytest

import tfkit
from tests.drawing.cases import diamond, first_open, hub, nested
from tfkit.errors import GraphError
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Node, Output, Scope, ScopeKind
from tfkit.repeats import bundle_edges, group_repeats


def tower(blocks, *, odd=None, inner=1):
    """A chain of blocks, each a product with a weight of its own and a sum, after an input."""
    nodes = [Node("x", "Placeholder", "x", kind=Kind.INPUT, outputs=(Output((4,), "float32"),))]
    edges, before = [], "x"
    for number in range(blocks):
        path = (f"block_{number}",)
        for layer in range(inner):
            scope = (*path, f"layer_{layer}") if inner > 1 else path
            at = "/".join(scope)
            op = "Tanh" if number == odd else "Relu"
            nodes += [
                Node(f"{at}/w", "VarHandleOp", "w", scope, Kind.VARIABLE, attributes={"variable": f"w{number}"}),
                Node(f"{at}/mul", "MatMul", "mul", scope),
                Node(f"{at}/act", op, "act", scope),
            ]
            edges += [Edge(before, f"{at}/mul"), Edge(f"{at}/w", f"{at}/mul", 0, 1), Edge(f"{at}/mul", f"{at}/act")]
            before = f"{at}/act"
    nodes.append(Node("out", "Sum", "out", kind=Kind.OUTPUT))
    edges.append(Edge(before, "out"))
    return Graph("tower", tuple(nodes), tuple(edges))


def labels(graph):
    return [scope.label for scope in graph.scopes]


def test_a_chain_of_equal_blocks_is_one_block_with_a_number():
    graph = tower(6).fold_repeats()
    assert labels(graph) == ["block_0 \u00d7 6"]
    assert graph.scopes[0].attributes["repeats"] == 6
    assert [node.id for node in graph.nodes] == ["x", "block_0/w", "block_0/mul", "block_0/act", "out"]
    assert [(e.source, e.target) for e in graph.edges] == [
        ("x", "block_0/mul"), ("block_0/w", "block_0/mul"), ("block_0/mul", "block_0/act"), ("block_0/act", "out"),
    ]  # fmt: skip


def test_what_differs_stays():
    assert labels(tower(5, odd=2).fold_repeats()) == ["block_0 \u00d7 2", "block_2", "block_3 \u00d7 2"]


def test_blocks_in_blocks():
    graph = tower(3, inner=4).fold_repeats()
    assert labels(graph) == ["block_0 \u00d7 3", "layer_0 \u00d7 4"]
    assert len(graph.nodes) == 5


def test_chains_of_other_lengths_are_not_alike():
    nodes, edges, before = [Node("x", "Op", "x")], [], "x"
    for stage, blocks in enumerate((2, 3)):
        for block in range(blocks):
            node = Node(f"s{stage}/b{block}/op", "Relu", "op", (f"s{stage}", f"b{block}"))
            nodes.append(node)
            edges.append(Edge(before, node.id))
            before = node.id
    graph = Graph("g", tuple(nodes), tuple(edges)).fold_repeats()
    assert labels(graph) == ["s0", "b0 \u00d7 2", "s1", "b0 \u00d7 3"]


def test_groups_beside_each_other_that_do_not_feed_each_other_are_no_chain():
    nodes = [Node("x", "Op", "x"), *(Node(f"{name}/op", "Relu", "op", (name,)) for name in "ab")]
    graph = Graph("g", tuple(nodes), tuple(Edge("x", f"{name}/op") for name in "ab"))
    assert graph.fold_repeats() == graph


def test_what_leaves_the_middle_of_a_chain_leaves_the_one_block_once():
    whole = tower(4)
    more = (
        Edge("block_1/act", "out", 0, 1),
        Edge("x", "block_2/act", control=True),
        Edge("x", "block_3/act", 0, -1, True),
    )
    graph = Graph("g", whole.nodes, (*whole.edges, *more[:1])).fold_repeats()
    assert ("block_0/act", "out", 1) in [(e.source, e.target, e.target_input) for e in graph.edges]
    assert len(graph.edges) == 5


def test_graphs_without_repeats_come_back_equal():
    for graph in (diamond(), nested(), hub(), Graph("empty"), Graph("g", scopes=(Scope(("a",)), Scope(("b",))))):
        assert graph.fold_repeats() == graph


def test_a_keras_model_with_repeated_blocks():
    inputs = x = keras.Input((8,), name="x")
    for number in range(5):
        block = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8, "relu")], name=f"block_{number}")
        x = block(x)
    graph = tfkit.trace(keras.Model(inputs, x), keras.ops.ones((1, 8)))
    assert any(label.endswith("\u00d7 5") for label in labels(graph.fold_repeats()))
    assert len(graph.fold_repeats().nodes) == 1 + (len(graph.nodes) - 1) // 5
    assert len(graph.fold_repeats().find(kind="output")) == 1


def test_a_chain_of_equal_blocks_gets_a_group_around_it_that_loses_nothing():
    whole = tower(6, odd=0, inner=2)
    graph = group_repeats(whole)
    assert [scope.label for scope in graph.scopes if scope.kind == "repeat"] == [
        "layer_0 \u00d7 2", "block_1 \u00d7 5", *5 * ["layer_0 \u00d7 2"],
    ]  # fmt: skip
    assert [node.id for node in graph.nodes] == [node.id for node in whole.nodes]
    assert graph["block_3/layer_1/mul"].scope == ("block_1 \u00d7 5", "block_3", "layer_0 \u00d7 2", "layer_1")
    assert graph.edges == whole.edges
    assert group_repeats(graph) == graph
    assert Graph.from_wire(graph.to_wire()) == graph


def test_chains_are_closed_at_first_unless_there_is_nothing_else():
    paths = first_open(group_repeats(tower(6, odd=0)), 50)
    assert paths == {("block_0",)}
    assert ("block_0 \u00d7 6",) in first_open(group_repeats(tower(6)), 50)


def test_closed_groups_are_no_hubs():
    graph = hub().extract_hubs(degree=3)
    closed = Graph("g", tuple(replace(node, members=2) for node in hub().nodes), hub().edges)
    assert graph.edges == () and closed.extract_hubs(degree=3) == closed


def test_hubs_give_their_edges_to_their_neighbours():
    graph = hub().extract_hubs()
    assert graph.edges == ()
    assert graph["value"].attributes["neighbours"] == 30
    assert graph["user_3"].attributes == {"hub_inputs": {"0": "value:0"}, "hub_outputs": ["all"]}
    assert Graph.from_dict(json.loads(json.dumps(graph.to_dict()))) == graph
    assert hub().extract_hubs(degree=30) == hub()
    assert diamond().extract_hubs() == diamond()


def test_control_edges_of_hubs_are_kept_apart():
    nodes = [Node("hub", "NoOp", "hub"), Node("a", "Op", "a"), Node("b", "Op", "b")]
    edges = (Edge("hub", "a", 0, -1, True), Edge("hub", "a", 0, 0), Edge("hub", "b", 0, -1, True))
    graph = Graph("g", tuple(nodes), edges).extract_hubs(degree=1)
    assert graph["a"].attributes["hub_inputs"] == {"^0": "hub:0", "0": "hub:0"}


def test_a_negative_degree_is_refused():
    with pytest.raises(GraphError, match="degree=-1"):
        hub().extract_hubs(degree=-1)


def fan(*, members):
    """Three tensors of a box into another box, one of them twice, and a control edge; members of the second box."""
    nodes = (Node("a", "Split", "a", outputs=(Output((), "float32"),) * 3), Node("b", "AddN", "b", members=members))
    edges = tuple(Edge("a", "b", output, place) for place, output in enumerate((0, 1, 1, 2)))
    return Graph("fan", nodes, (*edges, Edge("a", "b", 0, -1, control=True)))


def test_one_edge_at_a_closed_group_stands_for_all_its_tensors():
    graph = bundle_edges(fan(members=2))
    assert [(edge.control, edge.count) for edge in graph.edges] == [(False, 3), (True, 1)]
    assert bundle_edges(graph) == graph
    assert Graph.from_wire(graph.to_wire()) == graph


def test_edges_between_plain_nodes_stay_apart():
    assert bundle_edges(fan(members=0)) == fan(members=0)


def test_what_is_bundled_already_is_counted_with_the_rest():
    graph = fan(members=2)
    edges = (replace(graph.edges[0], count=4), *graph.edges[1:])
    assert bundle_edges(replace(graph, edges=edges)).edges[0].count == 6


def test_a_bundle_keeps_a_mark_only_if_its_edges_share_it():
    def bundled(*marks):
        edges = [Edge("a", "b", place, place, mark=mark) for place, mark in enumerate(marks)]
        return bundle_edges(replace(fan(members=2), edges=tuple(edges))).edges[0].mark

    assert bundled("added", "added") == "added"
    assert bundled("added", "removed") == bundled("added", "") == ""


def test_groups_nested_very_deeply_are_looked_through_once():
    scopes = [tuple(f"s{level}" for level in range(depth + 1)) for depth in range(1000)]
    nodes = tuple(Node(f"op_{depth}", "Neg", "op", scope) for depth, scope in enumerate(scopes))
    twins = tuple(Node(f"{name}/op", "Relu", "op", (*scopes[-1], name)) for name in ("twin_0", "twin_1"))
    all_nodes = (*nodes, *twins)
    graph = Graph("deep", all_nodes, tuple(Edge(a.id, b.id) for a, b in itertools.pairwise(all_nodes)))
    grouped = group_repeats(graph)  # took the better part of a minute when every group was compared with every other
    assert [scope.label for scope in grouped.scopes if scope.kind == ScopeKind.REPEAT] == ["twin_0 \u00d7 2"]
