import itertools
from xml.etree import ElementTree

import pytest

from tests.drawing.cases import CASES, pseudo_random
from tfkit.drawing.layout import weight
from tfkit.drawing.style import STYLE
from tfkit.drawing.svg import to_svg
from tfkit.graph import Graph
from tfkit.groups import divide
from tfkit.parts import Edge, Node, Output
from tfkit.passes import bundle, first_view, grouped, overview
from tfkit.still import SIZE_BYTES, first_shown, views

TENSOR = Output((1, 2), "float32")


def nodes(count, name="op"):
    return [Node(f"{name}_{i}", "Op", f"{name}_{i}", outputs=(TENSOR,)) for i in range(count)]


def star(count):
    return Graph(
        "star", (Node("hub", "Op", "hub"), *nodes(count)), tuple(Edge(f"op_{i}", "hub", 0, i) for i in range(count))
    )


def clique(count):
    pairs = itertools.combinations(range(count), 2)
    return Graph("clique", tuple(nodes(count)), tuple(Edge(f"op_{a}", f"op_{b}", 0, a) for a, b in pairs))


def many_wires(count):
    split = Node("split", "Split", "split", outputs=(TENSOR,) * count)
    return Graph("wires", (split, *nodes(9)), tuple(Edge("split", f"op_{i % 9}", i, i // 9) for i in range(count)))


def matryoshka(depth):
    path = tuple(f"scope_{i}" for i in range(depth))
    return Graph("matryoshka", (Node("inner", "Op", "inner", path), Node("out", "Op", "out")), (Edge("inner", "out"),))


def long_names(count):
    names = [f"{'x' * 10_000}_{i}" for i in range(count)]
    edges = tuple(Edge(*pair) for pair in itertools.pairwise(names))
    return Graph("long" * 1000, tuple(Node(name, "Op", name) for name in names), edges)


HEAVY = [star(3000), clique(48), clique(150), many_wires(3000), matryoshka(1000), long_names(48), pseudo_random(4000)]


@pytest.mark.parametrize("graph", HEAVY, ids=lambda graph: graph.name[:20])
def test_any_graph_fits_into_a_notebook(graph):
    picture = graph.to_svg()
    assert len(picture.encode()) <= SIZE_BYTES
    ElementTree.fromstring(picture)
    bundle = graph._repr_mimebundle_()
    assert bundle["image/svg+xml"] == picture
    assert len(bundle["text/plain"]) < 20_000


@pytest.mark.parametrize("graph", [*CASES.values(), *HEAVY], ids=lambda graph: graph.name[:20])
def test_to_divide_what_is_seen_is_to_see_what_is_divided(graph):
    assert overview(graph, 60, level_limit=48) == first_view(divide(graph, 48), 60)


@pytest.mark.parametrize("graph", [*CASES.values(), *HEAVY], ids=lambda graph: graph.name[:20])
def test_what_is_grouped_already_is_shown_as_the_graph_is(graph):
    assert first_shown(grouped(graph, STYLE["level_limit"]), is_grouped=True) == first_shown(graph)


def test_most_graphs_are_drawn_as_the_page_shows_them():
    for graph in CASES.values():
        assert next(views(first_shown(graph))) == first_shown(graph)


def test_the_last_view_of_a_heavy_graph_is_light():
    *_, last = views(first_shown(clique(48)))
    assert len(last.nodes) <= 3 and weight(last) < 20
    assert sum(node.members or 1 for node in last.nodes) == 48


def test_one_wire_stands_for_all_between_two_boxes():
    bundled = bundle(many_wires(100))
    assert len(bundled.edges) == 9
    assert [edge.count for edge in bundled.edges] == [12, *8 * [11]]
    split, user = many_wires(12).nodes[:2]
    both = Graph("two", (split, user), tuple(Edge("split", "op_0", place, place) for place in range(12)))
    assert ">12 tensors<" in to_svg(bundle(both))
    assert bundle(star(5)) == star(5)


def test_a_heavy_level_weighs_more_than_a_light_one():
    assert weight(Graph("one", tuple(nodes(2)), (Edge("op_0", "op_1"),))) == 2
    assert weight(clique(20)) > weight(clique(10)) > weight(Graph("none", tuple(nodes(10)))) == 0


def test_groups_in_groups_do_not_all_open():
    assert len(first_shown(matryoshka(1000)).scopes) <= 60
    assert len(first_shown(matryoshka(10)).scopes) == 10
