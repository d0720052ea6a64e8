import itertools

import pytest

from tests.drawing.cases import pseudo_random
from tfkit.graph import Graph
from tfkit.groups import divide
from tfkit.levels import tree
from tfkit.parts import Edge, Node, Scope, ScopeKind
from tfkit.passes import collapse


def chain(names):
    arrows = itertools.pairwise(names)
    return Graph("chain", tuple(Node(name, "Op", name) for name in names), tuple(Edge(*arrow) for arrow in arrows))


def test_names_that_begin_alike_go_together():
    blocks = [f"block{i}{half}_{op}" for i in (1, 2, 3) for half in "ab" for op in ("conv", "bn", "act")]
    names = ["stem_conv", "stem_bn", *blocks]
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
    assert all(len(level.members) <= 30 for level in tree(graph))


@pytest.mark.parametrize("size", [49, 500, 5000])
def test_no_level_stays_over_the_limit_and_runs_keep_the_order(size):
    graph = divide(chain([f"op_{i}" for i in range(size)]), 48)
    assert all(len(level.members) <= 48 for level in tree(graph))
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


@pytest.mark.parametrize("graph", [pseudo_random(700), pseudo_random(300, groups=2)], ids=lambda graph: graph.name)
def test_what_is_divided_is_left_alone(graph):
    divided = divide(graph, 48)
    assert divide(divided, 48) == divided
