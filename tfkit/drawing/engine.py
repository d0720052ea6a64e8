"""The only place that starts a ``dot`` program, through the ``graphviz`` package."""

from __future__ import annotations

import graphviz

from tfkit.drawing.dot import to_dot
from tfkit.errors import DrawingError
from tfkit.graph import Graph


def draw_with_dot(graph: Graph) -> bytes:
    """Return the SVG that an installed Graphviz draws of `graph`.

    Raises:
        DrawingError: If no ``dot`` program is installed or it fails.
    """
    try:
        return bytes(graphviz.Source(to_dot(graph)).pipe(format="svg"))
    except graphviz.ExecutableNotFound as error:
        raise DrawingError(
            "No dot program is installed. Graph.to_svg() needs none; for this one install Graphviz, for example "
            "with: apt-get install graphviz, or: brew install graphviz."
        ) from error
    except graphviz.CalledProcessError as error:
        raise DrawingError(f"The dot program could not draw graph {graph.name!r}: {error.stderr!r}.") from error
