"""Graph to DOT text, the language of Graphviz; pure, no program is started.

Every group is a cluster. Node sizes are the ones tfkit computes, so that any Graphviz draws the same boxes.
"""

from __future__ import annotations

from tfkit.drawing.sizes import box_size
from tfkit.drawing.style import STYLE, amounts, heat_colors, lines
from tfkit.graph import Graph
from tfkit.parts import Kind, Mark, Node, Scope, ScopePath

_SHAPES = {
    Kind.INPUT: 'shape=box style="rounded,filled"',
    Kind.OUTPUT: 'shape=box peripheries=2 style="rounded,filled"',
    Kind.VARIABLE: 'shape=box style="filled,diagonals"',
    Kind.CONSTANT: 'shape=box style="filled,dashed"',
    Kind.FUNCTION: 'shape=box style="filled,bold"',
    Kind.SCOPE: "shape=box3d style=filled",
}
_POINTS_PER_INCH = 72


def to_dot(graph: Graph) -> str:
    r"""Return the whole graph as DOT text, groups as clusters.

    Example:
        >>> from tfkit.graph import Edge, Graph, Node
        >>> print(to_dot(Graph("g", (Node("a", "Neg", "a"), Node("b", "Neg", "b")), (Edge("a", "b"),))))
        digraph "g" {
          graph [rankdir=TB nodesep=0.3 ranksep=0.4]
          node [fixedsize=true fontname=Helvetica fontsize=11 shape=box style=filled]
          edge [arrowsize=0.6 color="#76839a"]
          "n0" [id="a" label="a\nNeg" width=0.778 height=0.639 fillcolor="#ffffff" color="#7a8798" ]
          "n1" [id="b" label="b\nNeg" width=0.778 height=0.639 fillcolor="#ffffff" color="#7a8798" ]
          "n0" -> "n1"
        }
        <BLANKLINE>
    """
    # Numbers as names: an id may hold any character, and one that looks like "a:0" would name a port.
    names = {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}
    text = [
        f"digraph {quote(graph.name)} {{",
        "  graph [rankdir=TB nodesep=0.3 ranksep=0.4]",
        "  node [fixedsize=true fontname=Helvetica fontsize=11 shape=box style=filled]",
        f'  edge [arrowsize=0.6 color="{STYLE["colors"]["wire"]}"]',
        *_level(graph, names, amounts(graph), heat_colors(graph)),
    ]
    for edge in graph.edges:
        options = ["style=dashed"] if edge.control or edge.mark == Mark.REMOVED else []
        if edge.mark in STYLE["badges"]:
            options += [f'color="{STYLE["colors"][str(edge.mark)]}" penwidth=2']
        written = f" [{' '.join(options)}]" if options else ""
        text.append(f'  "{names[edge.source]}" -> "{names[edge.target]}"{written}')
    return "\n".join([*text, "}", ""])


def quote(text: str) -> str:
    """Return `text` as one DOT string, with every character kept as it is."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "")
    return f'"{escaped.replace(chr(0), "")}"'


def _level(graph: Graph, names: dict[str, str], told: dict[str, str], heat: dict[str, str]) -> list[str]:
    """Return the nodes, and around them the clusters that open and close where their scope does."""
    inside: dict[ScopePath, list[Node]] = {}
    for node in graph.nodes:
        inside.setdefault(node.scope, []).append(node)

    def drawn(node: Node, indent: str) -> str:
        return _node(node, names[node.id], indent, told.get(node.id, ""), heat.get(node.id, ""))

    text = [drawn(node, "  ") for node in inside.get((), [])]
    open_scopes: list[Scope] = []
    number = {scope.path: place for place, scope in enumerate(graph.scopes)}
    for scope in _depth_first(graph.scopes):
        while open_scopes and open_scopes[-1].path != scope.path[: len(open_scopes[-1].path)]:
            text.append("  " * len(open_scopes) + "}")
            open_scopes.pop()
        open_scopes.append(scope)
        indent = "  " * len(open_scopes)
        frame = f'bgcolor="{STYLE["colors"]["frame"]}" color="{STYLE["colors"]["frame_line"]}"'
        text.append(f"{indent}subgraph cluster_{number[scope.path]} {{")
        text.append(f"{indent}  graph [label={quote(scope.label)} labeljust=l fontname=Helvetica {frame}]")
        text += [drawn(node, indent + "  ") for node in inside.get(scope.path, [])]
    return text + ["  " * depth + "}" for depth in range(len(open_scopes), 0, -1)]


def _depth_first(scopes: tuple[Scope, ...]) -> list[Scope]:
    """Return each scope directly before what it contains."""
    children: dict[ScopePath, list[Scope]] = {}
    for scope in scopes:
        children.setdefault(scope.path[:-1], []).append(scope)
    waiting, found = children.get((), [])[::-1], []
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1].path, [])[::-1]
    return found


def _node(node: Node, name: str, indent: str, amount: str, heat: str) -> str:
    width, height = (round(side / _POINTS_PER_INCH, 3) for side in box_size(node, amount))
    fill, line = STYLE["colors"]["idle" if node.mark == Mark.NOT_RUN else str(node.kind)]
    first, *rest = lines(node, amount)
    sign = STYLE["badges"].get(str(node.mark))
    if sign is not None:
        line, first = STYLE["colors"][str(node.mark)], f"{sign} {first}"
    if node.mark == Mark.NOT_RUN:
        line = f'{line}" fontcolor="{STYLE["colors"]["idle_text"]}'
    thick = " penwidth=3" if sign is not None else ""
    label = quote("\n".join([first, *rest]))
    return (
        f'{indent}"{name}" [id={quote(node.id)} label={label} width={width} height={height}'
        f' fillcolor="{heat or fill}" color="{line}"{thick} {_SHAPES.get(node.kind, "")}]'
    )
