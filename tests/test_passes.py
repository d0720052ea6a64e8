import pytest

from tests.drawing.cases import diamond, example, nested, pseudo_random
from tfkit.errors import GraphError
from tfkit.graph import Edge, Graph, Kind, Node, Scope, ScopeKind
from tfkit.passes import collapse, divide, first_open, levels, overview


def named(names, arrows=()):
    return Graph("names", tuple(Node(name, "Op", name) for name in names), tuple(Edge(*arrow) for arrow in arrows))


def chain(names):
    return named(names, list(zip(names, names[1:], strict=False)))


def test_a_closed_group_is_one_node_whose_outputs_are_what_leaves_it():
    graph = collapse(nested(), ["outer"])
    assert [node.id for node in graph.nodes] == ["in", "outer/", "out"]
    group = graph["outer/"]
    assert (group.members, group.kind, len(group.outputs)) == (3, Kind.SCOPE, 2)
    assert [(e.source, e.target, e.source_output) for e in graph.edges] == [
        ("in", "outer/", 0), ("outer/", "out", 0), ("outer/", "out", 1), ("in", "out", 0),
    ]  # fmt: skip


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
    with pytest.raises(GraphError, match="no group 'nowhere'; it has 'outer', 'outer/middle'"):
        nested().collapse("nowhere")
    with pytest.raises(GraphError, match="it has none"):
        diamond().collapse("s")


def test_layers_stay_closed_at_first_and_what_holds_them_opens():
    assert first_open(example(), 40) == {("model",), ("loss",)}


def test_the_only_layer_opens():
    graph = Graph("g", (Node("d/a", "Op", "a", ("d",)),), (), (Scope(("d",), ScopeKind.LAYER, "d"),))
    assert first_open(graph, 40) == {("d",)}


def test_an_overview_never_has_more_boxes_than_asked():
    for limit in (1, 2, 10, 40, 150):
        for graph in (pseudo_random(300, groups=12), pseudo_random(700), example()):
            assert len(overview(graph, limit).nodes) <= max(limit, 2)


def test_an_overview_of_a_small_graph_is_the_graph():
    assert overview(diamond(), 40) == diamond()


def test_names_that_begin_alike_go_together():
    names = [
        "stem_conv",
        "stem_bn",
        *(f"block{i}{l}_{op}" for i in (1, 2, 3) for l in "ab" for op in ("conv", "bn", "act")),
    ]
    graph = divide(chain(names), 24)
    assert [scope.path for scope in graph.scopes if len(scope.path) == 1] == [
        ("stem",), ("block1",), ("block2",), ("block3",),
    ]  # fmt: skip
    assert all(scope.kind == ScopeKind.GROUP for scope in graph.scopes)


def test_names_that_differ_by_a_number_only_do_not():
    graph = divide(chain([f"add_{i}" for i in range(30)]), 48)
    assert graph.scopes == ()


def test_groups_that_would_form_a_circle_are_dissolved():
    names = [f"{kind}{place}" for place in range(20) for kind in ("conv_", "norm_")]
    words = [name.replace("_", "_x") for name in names]  # conv_x0, norm_x0, conv_x1: alternating
    graph = divide(chain(words), 30)
    assert {scope.label for scope in graph.scopes}.isdisjoint({"conv", "norm"})
    assert all(len(members) <= 30 for members in levels(graph).values())


@pytest.mark.parametrize("size", [49, 500, 5000])
def test_no_level_stays_over_the_limit_and_runs_keep_the_order(size):
    graph = divide(chain([f"op_{i}" for i in range(size)]), 48)
    assert all(len(members) <= 48 for members in levels(graph).values())
    closed = collapse(graph, [scope.path for scope in graph.scopes if len(scope.path) == 1])
    assert len(closed.edges) == len(closed.nodes) - 1


def test_dividing_moves_nothing_else():
    graph = pseudo_random(300, groups=2)
    divided = divide(graph, 20)
    assert [node.id for node in divided.nodes] == [node.id for node in graph.nodes]
    assert divided.edges == graph.edges
    for before, after in zip(graph.nodes, divided.nodes, strict=True):
        assert [part for part in after.scope if part in before.scope] == list(before.scope)


def test_a_group_gets_a_name_of_its_own():
    names = [*(f"part_{word}" for word in ("a", "b", "c")), *(f"op_{i}" for i in range(9))]
    graph = Graph("g", tuple(Node(n, "Op", n) for n in names), (), (Scope(("part",), label="part"),))
    paths = [scope.path for scope in divide(graph, 12).scopes]
    assert ("part*",) in paths
