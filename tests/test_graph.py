import dataclasses

import pytest

from tests.drawing.cases import diamond, nested
from tfkit.errors import GraphError
from tfkit.graph import Graph
from tfkit.parts import Edge, Node, Scope, common_depth, prefixes


def ids(nodes):
    return [node.id for node in nodes]


def test_a_graph_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        diamond().name = "other"


def test_lists_become_tuples():
    nodes, edges = (Node("a", "Op", "a"), Node("b", "Op", "b")), (Edge("a", "b"),)
    assert Graph("g", list(nodes), list(edges)) == Graph("g", nodes, edges)


def test_ancestors_and_descendants_follow_edges_in_the_graphs_order():
    graph = diamond()
    assert ids(graph.ancestors("d")) == ["a", "b"]
    assert ids(graph.ancestors("e")) == ["a", "b", "c", "d"]
    assert ids(graph.descendants("a")) == ["c", "d", "e"]
    assert ids(graph.descendants("e")) == []


def test_a_node_in_a_circle_is_its_own_ancestor():
    graph = Graph("circle", (Node("a", "Op", "a"), Node("b", "Op", "b")), (Edge("a", "b"), Edge("b", "a")))
    assert ids(graph.ancestors("a")) == ["a", "b"]


def test_find_looks_at_id_label_and_op_and_ignores_case():
    graph = diamond()
    assert ids(graph.find("addv2")) == ["d", "e"]
    assert ids(graph.find("^c_mul$")) == ["c"]
    with pytest.raises(GraphError, match="not a regular expression"):
        graph.find("(")


def test_scopes_are_filled_in_from_nodes_parents_first_and_keep_what_is_known():
    scopes = nested().scopes
    assert [scope.path for scope in scopes] == [("outer",), ("outer", "middle"), ("outer", "middle", "inner")]
    assert scopes[-1].label == "inner function"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"nodes": (Node("a", "Op", "a"), Node("a", "Op", "a"))}, "two nodes with the id 'a'"),
        ({"nodes": (Node("a", "Op", "a"),), "edges": (Edge("a", "b"),)}, "names node 'b'"),
        ({"nodes": (Node("a", "Op", "a"),), "edges": (Edge("c", "a"),)}, "names node 'c'"),
        ({"scopes": (Scope(("s",)), Scope(("s",), label="again"))}, "Two scopes have the path 's'"),
    ],
)
def test_what_does_not_fit_together_is_refused_by_name(parts, message):
    with pytest.raises(GraphError, match=message):
        Graph("bad", **parts)


def test_an_unknown_node_gets_the_ids_that_come_near():
    with pytest.raises(GraphError, match="no node 'SPLIT'. Did you mean 'outer/middle/inner/split'"):
        nested()["SPLIT"]


def test_paths():
    assert list(prefixes(("a", "b"))) == [("a",), ("a", "b")]
    assert common_depth(("a", "b", "c"), ("a", "b", "d")) == 2


def test_repr_is_short_and_stable():
    assert repr(diamond()) == "Graph('diamond', 5 nodes, 6 edges)"
    assert repr(Graph("one", (Node("a", "Op", "a"),))) == "Graph('one', 1 node, 0 edges)"
