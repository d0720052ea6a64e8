"""What a still picture shows of a graph, so that any graph is drawn in a bounded time and size.

Usually that is the first view of the page. Where many wires make a picture too heavy, it is shown coarser.
"""

from __future__ import annotations

from collections.abc import Iterator

from tfkit.drawing.layout import weight
from tfkit.drawing.style import STYLE
from tfkit.graph import Graph
from tfkit.passes import bundle, first_view, grouped, overview
from tfkit.repeats import MOST_NODES, bundle_edges, extract_hubs

SIZE_BYTES = 150_000  # a notebook of forty pictures stays under 6 MB
_WIRES = 600  # more would not fit into that
_WEIGHT = 2500  # about 0.2 s of CPU time


def first_shown(graph: Graph, *, is_grouped: bool = False) -> Graph:
    """Return `graph` with groups closed so far that the whole stays readable, and without too many wires.

    Args:
        graph: Of any size.
        is_grouped: It is the result of `tfkit.passes.grouped` already.
    """
    limits = {"limit": STYLE["open_limit"], "most_wires": _WIRES}
    if is_grouped:
        shown = first_view(graph, **limits)
    elif len(graph.nodes) <= MOST_NODES:
        shown = first_view(grouped(graph, STYLE["level_limit"]), **limits)
    else:  # nothing repeats in so large a graph, so what is not seen need not be divided
        shown = overview(graph, level_limit=STYLE["level_limit"], **limits)
    return extract_hubs(bundle_edges(shown), STYLE["hub_degree"])


def views(shown: Graph) -> Iterator[Graph]:
    """Yield `shown`, then ever coarser views of it, without those that would take long to draw."""
    for view in _views(shown):
        if len(view.edges) <= _WIRES and weight(view) <= _WEIGHT:
            yield view


def _views(shown: Graph) -> Iterator[Graph]:
    yield shown
    yield bundle(shown)
    limit = STYLE["open_limit"] // 2
    while limit > 1:
        yield overview(shown, limit, level_limit=limit, most_wires=0)
        limit //= 2
