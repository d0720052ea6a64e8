"""Notebooks as a reader finds them: run long ago, with all outputs stored in them."""

from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.drawing.cases import diamond, example, marked
from tfkit.graph import Graph
from tfkit.parts import Edge, Node

HOSTILE = "</script><!--<script><img src=x onerror='window.canary=1'>"
MATHEMATICS = r"Chances $p_i = \frac{e^{z_i}}{\sum_j e^{z_j}} < 1$, and $$\begin{aligned}a &= b\\c &= d\end{aligned}$$"


def hostile() -> Graph:
    return Graph(HOSTILE, (Node(HOSTILE, HOSTILE, HOSTILE), Node("b", "Op", "b")), (Edge(HOSTILE, "b"),))


def shown(data: dict[str, Any]) -> NotebookNode:
    """Return a cell with one output."""
    return new_code_cell("graph", execution_count=1, outputs=[new_output("execute_result", data, execution_count=1)])


def notebook(*cells: NotebookNode) -> NotebookNode:
    return new_notebook(cells=list(cells), metadata={"language_info": {"name": "python"}})


def with_graphs() -> NotebookNode:
    """Return a notebook with graphs, mathematics, a widget with its state and what would be fetched from the web."""
    graphs = [shown(graph._repr_mimebundle_()) for graph in (diamond(), hostile(), marked(), example())]
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "m", "version_major": 2, "version_minor": 0}}
    found = notebook(
        new_markdown_cell(MATHEMATICS),
        *graphs,
        shown({**view, "text/plain": "a slider"}),
        shown({**view, **diamond()._repr_mimebundle_()}),
        shown({"text/latex": r"$\displaystyle x^2$", "text/plain": "x**2"}),
        new_markdown_cell("![of the web](https://example.invalid/a.png)\n\n```mermaid\ngraph LR\n```"),
    )
    state = {"m": {"model_name": "IntSliderModel", "model_module": "x", "model_module_version": "2", "state": {}}}
    widgets = {"version_major": 2, "version_minor": 0, "state": state}
    found.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": widgets}
    return found
