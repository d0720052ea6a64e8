import json
from dataclasses import astuple

import pytest

from tests.drawing.cases import CASES, FIXTURES, first_open, pseudo_random
from tfkit.drawing.layout import Layout, lay_out
from tfkit.drawing.style import STYLE
from tfkit.graph import Graph
from tfkit.passes import collapse


def opened(graph: Graph) -> Graph:
    """What is drawn at first, by the rule that the page follows too."""
    open_at_first = first_open(graph, STYLE["open_limit"])
    return collapse(graph, [scope.path for scope in graph.scopes if scope.path not in open_at_first])


def as_json(graph: Graph, layout: Layout) -> dict[str, object]:
    return {
        "size": [layout.width, layout.height],
        "boxes": {node: [box.x, box.y, box.width, box.height] for node, box in layout.boxes.items()},
        "frames": {"/".join(path): [box.x, box.y, box.width, box.height] for path, box in layout.frames.items()},
        "routes": [[r.source, r.source_output, r.target, int(r.control), r.points] for r in layout.routes],
    }


def outcomes(graph: Graph) -> dict[str, object]:
    """What became of nodes and edges, and what they took."""
    nodes = {node.id: [node.mark, node.note, node.cost and list(astuple(node.cost))] for node in graph.nodes}
    return {"nodes": nodes, "edges": [[edge.source, edge.target, edge.mark] for edge in graph.edges]}


def written() -> str:
    """All cases with their positions; TypeScript must find the same from the same graphs."""
    cases = []
    for name, graph in CASES.items():
        open_at_first = sorted("/".join(path) for path in first_open(graph, STYLE["open_limit"]))
        shown = opened(graph)
        cases.append(
            {
                "name": name,
                "graph": graph.to_dict(),
                "open": open_at_first,
                "layout": as_json(shown, lay_out(shown)),
                "closed": outcomes(collapse(graph, [scope.path for scope in graph.scopes])),
            }
        )
    return (
        json.dumps({"open_limit": STYLE["open_limit"], "cases": cases}, ensure_ascii=False, separators=(",", ":"))
        + "\n"
    )


def test_positions_are_those_the_page_is_tested_with(golden):
    golden(FIXTURES / "layout_v1.json", written())


@pytest.mark.parametrize("name", CASES)
def test_boxes_do_not_overlap_and_stay_in_their_frames(name):
    graph = opened(CASES[name])
    layout = lay_out(graph)
    boxes = list(layout.boxes.items())
    for index, (_, a) in enumerate(boxes):
        assert a.x >= 0 and a.y >= 0 and a.x + a.width <= layout.width and a.y + a.height <= layout.height
        for _, b in boxes[:index]:
            apart = a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
            assert apart
    for node in graph.nodes:
        box = layout.boxes[node.id]
        for depth in range(1, len(node.scope) + 1):
            frame = layout.frames[node.scope[:depth]]
            assert frame.x < box.x and box.x + box.width < frame.x + frame.width
            assert frame.y < box.y and box.y + box.height < frame.y + frame.height


@pytest.mark.parametrize("name", CASES)
def test_no_wire_passes_through_a_box(name):
    layout = lay_out(opened(CASES[name]))
    for route in layout.routes:
        for (x0, y0), (x1, y1) in zip(route.points, route.points[1:], strict=False):
            if x0 != x1:
                continue  # between two ranks, where no box stands
            low, high = sorted((y0, y1))
            for box in layout.boxes.values():
                inside = box.x < x0 < box.x + box.width and low < box.y + box.height and box.y < high
                assert not inside, (route, box)


@pytest.mark.parametrize("name", CASES)
def test_every_edge_can_be_followed_from_box_to_box(name):
    graph = opened(CASES[name])
    layout = lay_out(graph)
    pieces = {}
    for route in layout.routes:
        pieces.setdefault((route.source, route.source_output, route.control), []).append(route.points)
    for edge in graph.edges:
        if edge.source == edge.target:
            continue
        box, end = layout.boxes[edge.source], layout.boxes[edge.target]
        found = pieces[edge.source, edge.source_output, edge.control]
        reached = {
            (p[0]) for p in found if box.x <= p[0][0] <= box.x + box.width and p[0][1] in (box.y, box.y + box.height)
        }
        assert reached
        for _ in range(12):
            reached |= {points[-1] for points in found if points[0] in reached}
        assert any(end.x <= x <= end.x + end.width and y in (end.y, end.y + end.height) for x, y in reached)


def test_arrows_of_a_graph_without_circles_all_point_down():
    graph = pseudo_random(80, seed=11)
    layout = lay_out(graph)
    for edge in graph.edges:
        source, target = layout.boxes[edge.source], layout.boxes[edge.target]
        assert source.y + source.height < target.y


def test_a_long_chain_and_a_wide_hub_need_no_recursion_and_little_width():
    from tfkit.parts import Edge, Node

    chain = [Node(str(index), "Neg", str(index)) for index in range(3000)]
    layout = lay_out(Graph("chain", tuple(chain), tuple(Edge(str(i), str(i + 1)) for i in range(2999))))
    assert layout.width < 200
    assert len({box.x for box in layout.boxes.values()}) <= 4
