"""The picture in tour.md: which way a traced function takes through the modules. Drawn by tfkit itself.

python docs/tour.py
"""

from pathlib import Path

from tfkit import Edge, Graph, Node
from tfkit.parts import Kind

# What each room is given, and by whom: "room: its subject" <- what it reads from.
WAY = {
    "your function or model": ((), "", Kind.INPUT),
    "a file": ((), "", Kind.INPUT),
    "tracing": (("your function or model",), "runs it, notes each operation", Kind.FUNCTION),
    "gradients": (("tracing",), "runs it again, backwards", Kind.FUNCTION),
    "files": (("a file",), "reads it, runs nothing", Kind.FUNCTION),
    "graph": (("tracing", "gradients", "files"), "the value in the middle", Kind.VARIABLE),
    "passes": (("graph",), "Graph to Graph: group, fold, close", Kind.OP),
    "compare": (("graph",), "two graphs to what differs", Kind.OP),
    "wire": (("graph",), "to bytes", Kind.OP),
    "drawing": (("passes", "compare"), "to text, positions, SVG", Kind.OP),
    "display": (("drawing", "wire"), "what a cell, a file, a page gets", Kind.OP),
    "engine": (("display",), "the same steps in a worker", Kind.LAYER),
    "view": (("engine",), "elements, keys, camera", Kind.LAYER),
    "the picture": (("display",), "", Kind.OUTPUT),
    "the live page": (("view",), "", Kind.OUTPUT),
}
PAGE = ("engine", "view")


def picture() -> Graph:
    """Return the way as a graph."""
    nodes = [
        Node(
            name,
            says,
            name,
            ("widgets",) if name in PAGE else () if kind in (Kind.INPUT, Kind.OUTPUT) else ("tfkit",),
            kind,
        )
        for name, (_, says, kind) in WAY.items()
    ]
    edges = [
        Edge(source, name, 0, place) for name, (sources, _, _) in WAY.items() for place, source in enumerate(sources)
    ]
    return Graph("The way of a function", tuple(nodes), tuple(edges))


if __name__ == "__main__":
    picture().save(Path(__file__).parent / "pictures" / "tour.svg")
