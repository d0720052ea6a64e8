from tfkit.files._side import side_by_side
from tfkit.graph import Graph
from tfkit.parts import Edge, Node, Scope, ScopeKind


def pair(name):
    nodes = (Node("a", "Const", "a"), Node("s/t/b", "Neg", "b", ("s", "t")))
    return Graph(name, nodes, (Edge("a", "s/t/b"),), (Scope(("s",), ScopeKind.LAYER, "a layer"),))


def test_each_graph_is_a_group_with_its_own_edges_and_scopes():
    graph = side_by_side("both", {"train": pair("one"), "test": pair("two")})
    assert [(node.id, node.scope) for node in graph.nodes] == [
        ("train/a", ("train",)),
        ("train/s/t/b", ("train", "s", "t")),
        ("test/a", ("test",)),
        ("test/s/t/b", ("test", "s", "t")),
    ]
    assert [(edge.source, edge.target) for edge in graph.edges] == [
        ("train/a", "train/s/t/b"),
        ("test/a", "test/s/t/b"),
    ]
    paths = [scope.path for scope in graph.scopes]
    assert paths == [(group, *inner) for group in ("train", "test") for inner in ((), ("s",), ("s", "t"))]
    assert [(scope.kind, scope.label) for scope in graph.scopes if len(scope.path) < 3] == [
        (ScopeKind.GROUP, "train"),
        (ScopeKind.LAYER, "a layer"),
        (ScopeKind.GROUP, "test"),
        (ScopeKind.LAYER, "a layer"),
    ]


def test_a_single_graph_gets_the_name_and_no_group():
    assert side_by_side("file", {"graph": pair("one")}) == pair("file")


def test_an_empty_graph_leaves_no_group():
    graph = side_by_side("both", {"full": pair("one"), "empty": Graph("two")})
    assert {scope.path[0] for scope in graph.scopes} == {"full"}
