from dataclasses import replace
from itertools import zip_longest

import pytest

from tests.drawing.cases import diamond, example, first_open, nested, pseudo_random
from tfkit.errors import GraphError
from tfkit.graph import Graph
from tfkit.groups import divide
from tfkit.parts import Cost, Edge, Kind, Mark, Node, Scope, ScopeKind, Summary
from tfkit.passes import bundle, collapse, first_view, overview


def test_a_closed_group_is_one_node_whose_outputs_are_what_leaves_it():
    graph = collapse(nested(), ["outer"])
    assert [node.id for node in graph.nodes] == ["in", "outer/", "out"]
    group = graph["outer/"]
    assert (group.members, group.kind, len(group.outputs)) == (3, Kind.SCOPE, 2)
    assert [(e.source, e.target, e.source_output) for e in graph.edges] == [
        ("in", "outer/", 0), ("outer/", "out", 0), ("outer/", "out", 1), ("in", "out", 0),
    ]  # fmt: skip


def test_a_closed_group_says_what_is_known_of_it():
    facts = {"class": "Dense", "parameters": 12}
    scope = Scope(("d",), ScopeKind.LAYER, "dense", facts)
    (group,) = Graph("g", (Node("d/a", "Op", "a", ("d",)),), (), (scope,)).collapse("d").nodes
    assert (group.op, group.label, group.kind, group.attributes) == ("Dense", "dense", Kind.LAYER, facts)


def test_an_inner_group_closes_alone_and_keeps_its_kind():
    graph = collapse(nested(), [("outer", "middle", "inner")])
    group = graph["outer/middle/inner/"]
    assert (group.label, group.scope, group.kind) == ("inner function", ("outer", "middle"), Kind.FUNCTION)
    assert [scope.path for scope in graph.scopes] == [("outer",), ("outer", "middle")]


def test_a_closed_group_inside_a_closed_group_is_not_seen():
    assert collapse(nested(), ["outer", "outer/middle"]) == collapse(nested(), ["outer"])


def test_control_edges_give_way_to_data_between_the_same_boxes():
    nodes = (Node("s/a", "Op", "a", ("s",)), Node("s/b", "Op", "b", ("s",)), Node("c", "Op", "c"))
    graph = Graph("g", nodes, (Edge("s/a", "c", control=True), Edge("s/b", "c")))
    assert [edge.control for edge in collapse(graph, ["s"]).edges] == [False]


def test_an_unknown_group_is_refused_with_those_there_are():
    with pytest.raises(
        GraphError, match=r"no group 'nowhere'; it has 'outer', 'outer/middle', 'outer/middle/inner'\.$"
    ):
        nested().collapse("nowhere")
    with pytest.raises(GraphError, match="it has none"):
        diamond().collapse("s")
    with pytest.raises(GraphError, match="it has 'g0', .*'g7' and 2 more"):
        grouped({f"g{number}": 1 for number in range(10)}).collapse("nowhere")


@pytest.mark.parametrize("wrong", [{"max_boxes": 0}, {"max_boxes": -1}])
def test_too_few_boxes_are_refused(wrong):
    with pytest.raises(GraphError, match="max_boxes of at least 1"):
        nested().collapse(**wrong)


def test_groups_and_a_number_of_boxes_exclude_each_other():
    with pytest.raises(GraphError, match="either the groups"):
        nested().collapse("outer", max_boxes=10)


def test_layers_stay_closed_at_first_and_what_holds_them_opens():
    assert first_open(example(), 40) == {("model",), ("loss",)}


def test_the_only_layer_opens():
    graph = Graph("g", (Node("d/a", "Op", "a", ("d",)),), (), (Scope(("d",), ScopeKind.LAYER, "d"),))
    assert first_open(graph, 40) == {("d",)}


def grouped(sizes):
    nodes = [Node(f"{name}/{i}", "Op", str(i), (name,)) for name, size in sizes.items() for i in range(size)]
    return Graph("grouped", tuple(nodes))


def test_groups_that_are_alike_are_shown_alike():
    assert first_open(grouped({"a": 10, "b": 10, "c": 10}), 30) == {("a",), ("b",), ("c",)}
    assert first_open(grouped({"a": 10, "b": 10, "c": 10}), 29) == set()
    assert first_open(grouped({"a": 10, "b": 13, "c": 2}), 20) == {("c",)}


def test_a_huge_group_does_not_keep_the_small_ones_closed():
    assert first_open(grouped({"small": 5, "huge": 500, "other": 6}), 40) == {("small",), ("other",)}


def test_an_overview_never_has_more_boxes_than_asked():
    for limit in (1, 2, 10, 40, 150):
        for graph in (pseudo_random(300, groups=12), pseudo_random(700), example()):
            assert len(overview(graph, limit).nodes) <= max(limit, 2)


def test_an_overview_of_a_small_graph_is_the_graph():
    assert overview(diamond(), 40) == diamond()


def _marked(*marks, notes=(), costs=()):
    nodes = [Node(f"s/{i}", "Op", str(i), ("s",), mark=Mark(mark)) for i, mark in enumerate(marks)]
    nodes = [replace(node, note=note) for node, note in zip_longest(nodes, notes, fillvalue="")]
    nodes = [replace(node, cost=cost) for node, cost in zip_longest(nodes, costs)]
    (group,) = Graph("g", tuple(nodes)).collapse("s").nodes
    return group


@pytest.mark.parametrize(
    ("marks", "mark", "note"),
    [
        (["", ""], "", ""),
        (["ran", "not run", ""], "ran", ""),
        (["not run", ""], "not run", ""),
        (["", "failed", "ran"], "failed", "1"),
        (["added", "added"], "added", ""),
        (["added", ""], "changed", "1 added"),
        (["added", "removed", "changed", "added"], "changed", "2 added, 1 removed, 1 changed"),
    ],
)
def test_what_became_of_a_group(marks, mark, note):
    group = _marked(*marks)
    assert (group.mark, group.note) == (mark, note)


def test_a_group_says_what_went_wrong_in_it():
    assert _marked("", "failed", notes=("", "no fit")).note == "1: no fit"


def test_a_group_takes_what_its_members_take_and_nothing_where_nothing_is_known():
    assert _marked("", "", costs=[Cost(1.0), Cost(2.0, 8)]).cost == Cost(3.0, 8)
    assert _marked("", "", costs=[None, Cost(None, 8)]).cost == Cost(None, 8)
    assert _marked("", costs=[Cost(1.0)]).cost == Cost(1.0, None)
    assert _marked("", "").cost is None


def test_edges_that_become_one_keep_a_mark_only_if_they_share_it():
    nodes = (Node("s/a", "Op", "a", ("s",)), Node("s/b", "Op", "b", ("s",)), Node("c", "Op", "c"))
    marks = [Mark.ADDED, Mark.REMOVED]
    edges = [Edge("c", node.id, mark=mark) for node, mark in zip(nodes, marks, strict=False)]
    assert [e.mark for e in Graph("g", nodes, tuple(edges)).collapse("s").edges] == [Mark.NONE]
    assert [e.mark for e in Graph("g", nodes, tuple(edges[:1])).collapse("s").edges] == [Mark.ADDED]


def test_closing_what_holds_bundled_edges_keeps_their_number():
    nodes = (Node("a", "Op", "a"), Node("s/b", "Op", "b", ("s",)))
    graph = Graph("g", nodes, (Edge("a", "s/b", count=4),))
    assert graph.collapse("s").edges[0].count == 4


def test_a_group_of_mere_parts_stays_closed_at_first():
    crowd = pseudo_random(60)
    inside = [replace(node, id=f"s/{node.id}", scope=("s",)) for node in crowd.nodes]
    edges = [Edge(f"s/{edge.source}", f"s/{edge.target}") for edge in crowd.edges]
    graph = divide(Graph("g", (*inside, Node("x", "Op", "x")), tuple(edges)), 10)
    assert {scope.kind for scope in graph.scopes if len(scope.path) == 2} == {ScopeKind.PART}
    assert first_open(graph, 1000) == set()
    assert [node.id for node in first_view(graph, 1000).nodes] == ["s/", "x"]
    assert [node.id for node in overview(Graph("g", (*inside, Node("x", "Op", "x")), tuple(edges)), 50,
                                        level_limit=10).nodes] == ["s/", "x"]  # fmt: skip


def test_the_outermost_level_is_open_though_it_is_cut():
    assert first_open(divide(pseudo_random(60), 10), 60)


@pytest.mark.parametrize("mark", [Mark.ADDED, Mark.REMOVED, Mark.CHANGED])
def test_of_a_diff_only_what_differs_is_open(mark):
    sizes = grouped({"a": 3, "b": 3, "c": 3})
    nodes = [replace(node, mark=mark) if node.id == "b/1" else node for node in sizes.nodes]
    graph = replace(sizes, nodes=tuple(nodes))
    assert first_open(graph, 40) == {("b",)}
    layers = tuple(Scope((name,), ScopeKind.LAYER, name) for name in "abc")
    assert first_open(replace(graph, scopes=layers), 40) == {("b",)}


def test_of_a_diff_the_parts_that_differ_are_open_in_small_and_in_large_graphs():
    crowd = pseudo_random(100, groups=1)
    nodes = [replace(node, mark=Mark.ADDED) if node.label == "op_50" else node for node in crowd.nodes]
    graph = replace(crowd, nodes=tuple(nodes))
    divided = divide(graph, 10)
    (changed,) = (node for node in divided.nodes if node.mark)
    assert first_open(divided, 200) == {changed.scope[:depth] for depth in range(1, len(changed.scope) + 1)}
    assert overview(graph, 200, level_limit=10) == first_view(divided, 200)


def test_inputs_of_a_group_are_its_tensors_and_control_has_no_place():
    nodes = (*(Node(name, "Op", name) for name in "xyz"), *(Node(f"s/{name}", "Op", name, ("s",)) for name in "ab"))
    edges = [
        Edge("x", "s/a"),
        Edge("y", "s/a", target_input=1),
        Edge("x", "s/b", target_input=1),
        Edge("z", "s/b", control=True),
    ]
    graph = Graph("g", nodes, tuple(edges)).collapse("s")
    assert [(e.source, e.target_input) for e in graph.edges] == [("x", 0), ("y", 1), ("z", -1)]


def test_a_value_that_is_read_twice_keeps_both_edges_where_its_reader_is_seen():
    nodes = (Node("x", "Op", "x"), Node("square", "Mul", "square"), Node("s/a", "Op", "a", ("s",)))
    edges = (Edge("x", "square"), Edge("x", "square", target_input=1), Edge("square", "s/a"))
    graph = Graph("g", nodes, edges).collapse("s")
    assert [(e.target, e.target_input) for e in graph.edges] == [("square", 0), ("square", 1), ("s/", 0)]


def test_a_derivative_is_known_where_its_operation_is_seen():
    nodes = (Node("s/a", "Op", "a", ("s",)), Node("b", "Op", "b"), Node("s/c", "Op", "c", ("s",)))
    known = {"local": Summary(size=1, text="2.0"), "gradient": Summary(size=1, text="6.0")}
    graph = Graph("g", nodes, (Edge("s/a", "b", **known), Edge("b", "s/c", **known))).collapse("s")
    assert [(e.target, e.local, e.gradient) for e in graph.edges] == [
        ("b", known["local"], known["gradient"]),
        ("s/", None, known["gradient"]),
    ]


def test_what_goes_back_along_several_wires_is_known_of_none_of_them():
    nodes = (Node("x", "Op", "x"), Node("s/a", "Op", "a", ("s",)), Node("s/b", "Op", "b", ("s",)))
    known = {"local": Summary(size=1, text="2.0"), "gradient": Summary(size=1, text="6.0")}
    graph = Graph("g", nodes, (Edge("x", "s/a", **known), Edge("x", "s/b", **known))).collapse("s")
    assert [(e.target, e.local, e.gradient) for e in graph.edges] == [("s/", None, None)]


def test_one_wire_stands_for_all_between_two_nodes():
    nodes = [Node(name, "Op", name) for name in "ab"]
    edges = (Edge("a", "b"), Edge("a", "b", 0, 1), Edge("a", "b", 1, 2), Edge("a", "b", control=True))
    graph = Graph("g", tuple(nodes), edges)
    assert [(edge.count, edge.control) for edge in bundle(graph).edges] == [
        (2, False)
    ]  # of two tensors, one read twice
    assert bundle(nested()).scopes == nested().scopes  # groups stay open
    only_control = replace(graph, edges=edges[3:])
    assert bundle(only_control) == only_control
