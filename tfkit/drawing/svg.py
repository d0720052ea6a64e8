"""Positions to SVG text.

Only presentation attributes (no ``<style>``, no ids, no ``currentColor``) on an opaque ground: the picture
looks the same inlined in a page with thirty others, on GitHub, in nbconvert and in a PDF. Marks on the
elements are those of the page: ``data-node-id`` and ``data-scope``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from tfkit.drawing.layout import Box, Layout, Route, lay_out
from tfkit.drawing.shares import share_texts
from tfkit.drawing.style import (
    LINE,
    STYLE,
    amount_text,
    amounts,
    cut,
    gradient_line,
    heat_colors,
    lines,
    shape_text,
    shorten,
    text_width,
    wire_text,
)
from tfkit.graph import Graph
from tfkit.parts import Kind, Mark, Node, Overlay, Scope, Together
from tfkit.printable import printable

_LEGEND_WIDTH, _LEGEND_HEIGHT = 180, 40


def to_svg(graph: Graph, description: str = "") -> str:
    """Return `graph`, all groups open, as SVG; equal graphs give equal text on every machine.

    Args:
        description: The same facts in words, for those who cannot see the picture.
    """
    layout = lay_out(graph)
    by_id = {node.id: node for node in graph.nodes}
    parts = [_head(graph, layout, description)]
    parts += [_frame(scope, layout.frames[scope.path]) for scope in graph.scopes]
    marks = _wire_marks(graph)
    parts += [_halo(node, layout.boxes[node.id]) for node in graph.nodes if str(node.mark) in STYLE["badges"]]
    parts += [
        _route(route, marks[route.source, route.source_output, route.control, route.target]) for route in layout.routes
    ]
    parts += [_title(scope, layout.frames[scope.path]) for scope in graph.scopes]
    parts += _wire_texts(layout, by_id, _counts(graph))
    parts += _share_texts(layout, share_texts(by_id, graph.edges))
    told, fills = amounts(graph), heat_colors(graph)
    parts += [_node(node, layout.boxes[node.id], told.get(node.id, ""), fills.get(node.id, "")) for node in graph.nodes]
    return "\n".join([*parts, *_legend(graph.overlay, layout), "</svg>\n"])


def _head(graph: Graph, layout: Layout, description: str) -> str:
    width, height = max(layout.width, 1), max(layout.height, 1)
    if graph.overlay is not None and graph.overlay.values:
        width, height = max(width, _LEGEND_WIDTH + 2 * STYLE["margin"]), height + _LEGEND_HEIGHT + STYLE["margin"]
    title = f"Dataflow graph {cut(graph.name, LINE)}: {len(graph.nodes)} boxes, {len(graph.edges)} arrows"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-label={_quoted(title)} font-family={_quoted(STYLE["font"])}>\n'
        f"<desc>{_escaped(description)}</desc>\n"
        f'<rect width="{width}" height="{height}" fill="{_color("ground")}"/>'
    )


def _color(name: str) -> str:
    return str(STYLE["colors"][name])


def _escaped(text: str) -> str:
    return escape(printable(text))


def _quoted(text: str) -> str:
    return quoteattr(printable(text))


def _frame(scope: Scope, box: Box) -> str:
    fill = _color("frame" if len(scope.path) % 2 else "frame_alternate")
    return (
        f'<rect data-scope={_quoted("/".join(scope.path))} aria-expanded="true" x="{box.x}" y="{box.y}"'
        f' width="{box.width}" height="{box.height}" rx="{STYLE["corner"] + 2}" fill="{fill}"'
        f' stroke="{_color("frame_line")}"/>'
    )


def _title(scope: Scope, box: Box) -> str:
    """The name of an open group stands above the wires that pass behind it."""
    size = STYLE["title_size"]
    text = shorten(scope.label, size, bold=True)
    return (
        f'<text x="{box.x + STYLE["frame_padding"]}" y="{box.y + 19}" font-size="{size}" font-weight="bold"'
        f' fill="{_color("detail")}" stroke="{_color("frame" if len(scope.path) % 2 else "frame_alternate")}"'
        f' stroke-width="4" paint-order="stroke">{_escaped(text)}</text>'
    )


def _wire_marks(graph: Graph) -> dict[tuple[str, int, bool, str], Mark]:
    """Return the mark of each wire where it arrives, and (with no target) of its way there if all parts agree."""
    mark_of = {node.id: node.mark for node in graph.nodes}
    found: dict[tuple[str, int, bool, str], set[Mark]] = {}
    for edge in graph.edges:
        ran_past = Mark.NOT_RUN in (mark_of[edge.source], mark_of[edge.target])
        mark = edge.mark if edge.mark or not ran_past else Mark.NOT_RUN
        for target in (edge.target, ""):
            found.setdefault((edge.source, edge.source_output, edge.control, target), set()).add(mark)
    return {key: marks.pop() if len(marks) == 1 else Mark.NONE for key, marks in found.items()}


def _route(route: Route, mark: Mark = Mark.NONE) -> str:
    color = _color(str(mark) if mark in STYLE["badges"] else "control" if route.control else "wire")
    if mark == Mark.NOT_RUN:
        color = STYLE["colors"]["idle"][1]
    width = 2.4 if mark in STYLE["badges"] else 1.4
    dashes = ' stroke-dasharray="4 3"' if route.control or mark == Mark.REMOVED else ""
    path = f'<path d="{path_data(route)}" fill="none" stroke="{color}" stroke-width="{width}"{dashes}/>'
    if not route.target:
        return path
    (_, before), (x, y) = route.points[-2:]
    size = STYLE["arrow"]
    tip, foot = (y, y - size) if before <= y else (y, y + size)
    half = size // 2
    return f'{path}<path d="M{x} {tip}L{x - half} {foot}H{x + half}Z" fill="{color}"/>'


def path_data(route: Route) -> str:
    """Return the ``d`` of a route: straight through ranks, a smooth S between two of them."""
    (x, y), *rest = route.points
    data = [f"M{x} {y}"]
    for next_x, next_y in rest:
        if next_x == x:
            if next_y != y:
                data.append(f"V{next_y}")
        else:
            middle = (y + next_y) // 2
            data.append(f"C{x} {middle} {next_x} {middle} {next_x} {next_y}")
        x, y = next_x, next_y
    return "".join(data)


def _counts(graph: Graph) -> dict[tuple[str, int], int]:
    """Return how many tensors the thickest wire stands for that leaves an output."""
    counts: dict[tuple[str, int], int] = {}
    for edge in graph.edges:
        place = edge.source, edge.source_output
        counts[place] = max(edge.count, counts.get(place, 1))
    return counts


def _wire_texts(layout: Layout, by_id: dict[str, Node], counts: dict[tuple[str, int], int]) -> list[str]:
    """Return the shape of each tensor, once, beside the point where its wire leaves the node.

    One that would run into the next wire of the same node is left out; the details of the node have it.
    """
    starts: dict[str, dict[int, tuple[str, set[bool]]]] = {}  # node -> where a wire leaves: its text, its turns
    for route in layout.routes:
        node, box, (x, y) = by_id[route.source], layout.boxes[route.source], route.points[0]
        if y == box.y + box.height and box.x <= x <= box.x + box.width and not route.control:
            text = wire_text(node, route.source_output, counts[node.id, route.source_output])
            _, turns = starts.setdefault(node.id, {}).setdefault(x, (text, set()))
            turns.add(route.points[2][0] > x)
    return [text for node_id, found in starts.items() for text in _texts_at(layout.boxes[node_id], found)]


def _texts_at(box: Box, found: dict[int, tuple[str, set[bool]]]) -> list[str]:
    size, gap = STYLE["wire_size"], STYLE["wire_text_gap"]
    places = sorted(found)
    texts = []
    for x, following in zip(places, [*places[1:], None], strict=True):
        text, turns = found[x]
        if text and (following is None or x + gap + text_width(text, size) < following):
            left = len(places) == 1 and turns == {True}  # to the left of a wire that goes to the right
            place = f'x="{x - gap}" text-anchor="end"' if left else f'x="{x + gap}"'
            texts.append(
                f'<text {place} y="{box.y + box.height + 15}" font-size="{size}" fill="{_color("detail")}"'
                f' stroke="{_color("ground")}" stroke-width="3" paint-order="stroke">{_escaped(text)}</text>'
            )
    return texts


def _share_texts(layout: Layout, shares: Mapping[tuple[str, int, str], str]) -> list[str]:
    """Return what goes back along the wires, each beside the point where its wire arrives."""
    ends: dict[str, dict[int, tuple[str, bool]]] = {}  # node -> where a wire arrives: its text, whether from the right
    for route in layout.routes:
        text = shares.get((route.source, route.source_output, route.target))
        if text is not None and not route.control:
            ends.setdefault(route.target, {})[route.points[-1][0]] = text, route.points[-3][0] > route.points[-1][0]
    texts = []
    for target, found in ends.items():
        for x, y, at_end, text in arrivals(layout.boxes[target], found):
            anchor = ' text-anchor="end"' * at_end
            texts.append(
                f'<text x="{x}"{anchor} y="{y}" font-size="{STYLE["wire_size"]}" fill="{_color("gradient")}"'
                f' stroke="{_color("ground")}" stroke-width="3" paint-order="stroke">{_escaped(text)}</text>'
            )
    return texts


def arrivals(box: Box, found: Mapping[int, tuple[str, bool]]) -> Iterator[tuple[int, int, bool, str]]:
    """Yield for each text at the wires that arrive at a box where it stands: x, y, whether it ends there, the text.

    The first stands to the left of its wire, the others to the right; of many wires only the outermost say anything.
    """
    places, gap = sorted(found), STYLE["wire_text_gap"]
    for number, x in enumerate(places):
        text, from_right = found[x]
        at_end = from_right if len(places) == 1 else number == 0
        crowded = len(places) > STYLE["most_arrivals"] and 0 < number < len(places) - 1
        if text and not crowded:
            yield x - gap if at_end else x + gap, box.y - STYLE["arrow"] - 4, at_end, text


def _legend(overlay: Overlay | None, layout: Layout) -> list[str]:
    """Return what the colours of an overlay mean, below the drawing."""
    if overlay is None or not overlay.values:
        return []
    x, y, size = STYLE["margin"], layout.height, STYLE["detail_size"]
    step = _LEGEND_WIDTH // STYLE["heat_steps"]
    title = f"{overlay.name}, largest magnitude" if overlay.how == Together.MOST else overlay.name
    text = f'font-size="{size}" fill="{_color("text")}"'
    ends = (amount_text(pick(overlay.values.values()), overlay.unit) for pick in (min, max))
    low, high = (shorten(end, size) for end in ends)
    swatches = [
        f'<rect x="{x + place * step}" y="{y + 8}" width="{step}" height="14" fill="{color}"/>'
        for place, color in enumerate(STYLE["colors"]["heat"])
    ]
    return [
        f'<text x="{x}" y="{y}" font-weight="bold" {text}>{_escaped(shorten(title, size, bold=True))}</text>',
        *swatches,
        f'<text x="{x}" y="{y + 36}" {text}>{_escaped(low)}</text>',
        f'<text x="{x + _LEGEND_WIDTH}" y="{y + 36}" text-anchor="end" {text}>{_escaped(high)}</text>',
    ]


def _node(node: Node, box: Box, amount: str, heat: str) -> str:
    idle = node.mark == Mark.NOT_RUN
    fill, line = STYLE["colors"]["idle" if idle else str(node.kind)]
    mark = f'data-scope={_quoted(node.id[:-1])} aria-expanded="false" ' if node.members else ""
    label, *details = lines(node, amount)
    gradient = shorten(gradient_line(node), STYLE["detail_size"])
    fill, faint = (heat, "text") if heat else (fill, "idle_text" if idle else "detail")
    y = box.y + (box.height - STYLE["line_height"] * (1 + len(details))) // 2 + STYLE["line_height"] - 4
    middle = box.x + box.width // 2
    texts = [
        f'<text x="{middle}" y="{y}" font-size="{STYLE["label_size"]}" font-weight="bold"'
        f' fill="{_color("idle_text" if idle else "text")}">{_escaped(label)}</text>'
    ]
    for index, text in enumerate(details, 1):
        texts.append(
            f'<text x="{middle}" y="{y + index * STYLE["line_height"]}" font-size="{STYLE["detail_size"]}"'
            f' fill="{_color("gradient" if text == gradient else faint)}">{_escaped(text)}</text>'
        )
    return (
        f'<g {mark}data-node-id={_quoted(node.id)} text-anchor="middle">'
        f"<title>{_escaped(tooltip(node))}</title>{outline(node, box, fill, line)}{''.join(texts)}"
        f"{_badge(node, box)}</g>"
    )


def _halo(node: Node, box: Box) -> str:
    """What failed or differs has a ring around it, behind the arrows that end there."""
    color = _color(str(node.mark))
    out = STYLE["halo"] + (3 if node.members else 0)  # around the second edge, too
    x, y, w, h = box.x, box.y, box.width, box.height
    round_ends = node.kind in (Kind.INPUT, Kind.OUTPUT)
    corner = (_pill_corner(h) if round_ends else STYLE["corner"]) + out
    dashes = ' stroke-dasharray="5 3"' if node.mark == Mark.REMOVED else ""
    return (
        f'<rect x="{x - out}" y="{y - out}" width="{w + 2 * out}" height="{h + 2 * out}" rx="{corner}" fill="none"'
        f' stroke="{color}" stroke-width="2.5"{dashes}/>'
    )


def _badge(node: Node, box: Box) -> str:
    """What failed or differs has a sign on it, too, so that it is not told by colour alone."""
    sign = STYLE["badges"].get(str(node.mark))
    if sign is None:
        return ""
    color, r, x, y, w = _color(str(node.mark)), STYLE["badge"], box.x, box.y, box.width
    return (
        f'<rect x="{x + w - 2 - r}" y="{y + 1 - r}" width="{2 * r}" height="{2 * r}" rx="{r}" fill="{color}"'
        f' stroke="{_color("ground")}" stroke-width="1.5"/>'
        f'<text x="{x + w - 2}" y="{y + 5}" font-size="{STYLE["title_size"]}" font-weight="bold"'
        f' fill="{_color("ground")}">{sign}</text>'
    )


def tooltip(node: Node) -> str:
    """Return one line that says what a node is, for pointers and for screen readers."""
    shapes = ", ".join(f"{shape_text(output)} {output.dtype}" for output in node.outputs[:4])
    words = ": ".join(filter(None, (str(node.mark), node.note)))
    told = f"{node.id}: {node.op}" + (f" -> {shapes}" if shapes else "") + (f" ({words})" if words else "")
    return cut(told, LINE)


def outline(node: Node, box: Box, fill: str, line: str) -> str:
    """Return the shape of a box; kinds differ in shape, not in colour alone."""
    x, y, w, h = box.x, box.y, box.width, box.height
    paint = f'fill="{fill}" stroke="{line}"'
    corner = STYLE["corner"]
    if node.kind in (Kind.INPUT, Kind.OUTPUT):
        inner = f'<rect x="{x + 3}" y="{y + 3}" width="{w - 6}" height="{h - 6}" rx="{_pill_corner(h) - 3}" fill="none"'
        inner += f" {_stroke(line)}/>"
        pill = f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{_pill_corner(h)}" {paint} stroke-width="1.4"/>'
        return pill + (inner if node.kind == Kind.OUTPUT else "")
    shape = f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{corner}" {paint} stroke-width="1.4"/>'
    if node.kind == Kind.CONSTANT:
        return shape.replace("/>", ' stroke-dasharray="3 2"/>')
    if node.kind == Kind.VARIABLE:
        return shape + f'<path d="M{x + 5} {y}V{y + h}M{x + w - 5} {y}V{y + h}" {_stroke(line)}/>'
    if node.kind == Kind.LAYER:
        shape += f'<path d="M{x + 1} {y + h - 3}H{x + w - 1}" stroke="{line}" stroke-width="3"/>'
    if node.kind == Kind.FUNCTION:
        shape += f'<path d="M{x + 8} {y}L{x} {y + 8}V{y}Z" fill="{line}"/>'
    return (_stack(box, line) if node.members else "") + shape


def _pill_corner(height: int) -> int:
    """Return how round the ends of inputs and outputs are: in a high box, text needs the corners."""
    return int(min(height // 2, STYLE["pill_corner"]))


def _stroke(line: str) -> str:
    return f'stroke="{line}" stroke-width="1"'


def _stack(box: Box, line: str) -> str:
    """A second edge behind a closed group says that there is more inside."""
    x, y, w, h = box.x, box.y, box.width, box.height
    return f'<path d="M{x + 6} {y + h + 3}H{x + w + 3}V{y + 6}" fill="none" stroke="{line}" stroke-width="1.2"/>'
