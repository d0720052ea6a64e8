import itertools
from dataclasses import replace

import tfkit
from tests.drawing.cases import first_open
from tfkit.graph import Graph
from tfkit.parts import Edge, Mark, Node, ScopeKind
from tfkit.unchanged import group_unchanged


def chain(count, *, scope=(), changed=(), named="op"):
    """Operations one after the other, some of them marked."""
    ids = ["/".join((*scope, f"{named}_{number}")) for number in range(count)]
    marks = [Mark.CHANGED if number in changed else Mark.NONE for number in range(count)]
    nodes = [Node(name, "Op", name.split("/")[-1], scope, mark=mark) for name, mark in zip(ids, marks, strict=True)]
    return Graph("chain", tuple(nodes), tuple(Edge(*pair) for pair in itertools.pairwise(ids)))


def labels(graph):
    return {"/".join(scope.path): scope.label for scope in graph.scopes}


def test_what_stands_far_from_a_difference_is_put_into_groups():
    graph = group_unchanged(chain(12, changed=[5]))
    assert labels(graph) == {"unchanged 1": "4 unchanged", "unchanged 2": "5 unchanged"}
    assert {scope.kind for scope in graph.scopes} == {ScopeKind.GROUP}
    assert [node.label for node in graph.nodes if not node.scope] == ["op_4", "op_5", "op_6"]
    assert first_open(graph, 40) == set()


def test_fewer_than_three_are_not_worth_a_group_and_nothing_is_done_without_a_difference():
    assert group_unchanged(chain(7, changed=[3])) == chain(7, changed=[3])
    assert group_unchanged(chain(20)) == chain(20)


def test_groups_are_made_where_the_difference_is_and_others_close_as_they_are():
    inner, other = chain(6, scope=("a", "b"), changed=[0]), chain(6, scope=("c",))
    graph = group_unchanged(Graph("g", inner.nodes + other.nodes, inner.edges + other.edges))
    assert labels(graph) == {"a": "a", "a/b": "b", "a/b/unchanged 1": "4 unchanged", "c": "c"}
    assert first_open(graph, 40) == {("a",), ("a", "b")}


def test_whole_groups_go_into_a_group_and_are_counted_by_their_nodes():
    parts = [chain(2, scope=(name,)) for name in "abc"]
    nodes = (*chain(1, changed=[0]).nodes, *(node for part in parts for node in part.nodes))
    graph = group_unchanged(Graph("g", nodes))
    assert labels(graph)["unchanged 1"] == "6 unchanged"
    assert graph["b/op_1"].scope == ("unchanged 1", "b")
    assert Graph.from_wire(graph.to_wire()) == graph


def test_a_name_that_is_taken_is_passed_over():
    graph = chain(12, changed=[5])
    more = chain(2, scope=("unchanged 1",))
    found = group_unchanged(replace(graph, nodes=graph.nodes + more.nodes, edges=graph.edges + more.edges))
    assert labels(found) == {
        "unchanged 2": "4 unchanged",
        "unchanged 3": "7 unchanged",
        "unchanged 3/unchanged 1": "unchanged 1",
    }


def test_a_diff_of_a_diff_can_be_shown():
    nodes = chain(12).nodes
    before, after = (replace(chain(12), nodes=(*nodes[:5], replace(nodes[5], op=op), *nodes[6:])) for op in "AB")
    once = tfkit.diff(before, after).graph
    assert tfkit.diff(before, once).graph.to_svg()


def test_a_changed_node_knows_what_stood_in_its_box():
    nodes = chain(3).nodes
    before, after = (replace(chain(3), nodes=(nodes[0], replace(nodes[1], op=op), nodes[2])) for op in ("Relu", "Elu"))
    graph = tfkit.diff(before, after).graph
    assert [node.was for node in graph.nodes] == [(), ("op_1", "Relu"), ()]
    assert graph["op_1"].note == "Relu -> Elu"
    assert Graph.from_dict(graph.to_dict()) == graph
