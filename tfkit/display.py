"""How a graph shows itself: as text, SVG, a page, a file, or the bundle of forms that a notebook stores.

The one module that knows both the value and its pictures; `Graph`'s own conveniences come through here.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from tfkit.atomic import write_whole
from tfkit.drawing.convert import to_pdf, to_png
from tfkit.drawing.dot import to_dot
from tfkit.drawing.style import LINE, STYLE, amounts, cost_text, cut, shape_text
from tfkit.drawing.svg import to_svg
from tfkit.errors import DrawingError, FileError
from tfkit.graph import Graph
from tfkit.parts import Kind, Mark, Node
from tfkit.passes import grouped
from tfkit.printable import printable
from tfkit.still import SIZE_BYTES, first_shown, views

MIME_TYPE = "application/vnd.tfkit.graph+json"
MONITOR_MIME_TYPE = "application/vnd.tfkit.monitor+json"
SURFACE_MIME_TYPE = "application/vnd.tfkit.surface+json"
BOARD_MIME_TYPE = "application/vnd.tfkit.board+json"  # needs a server: no page of its own can show it
SCRIPTS = {
    MIME_TYPE: "graph",
    MONITOR_MIME_TYPE: "monitor",
    SURFACE_MIME_TYPE: "surface",
}  # what draws each of our views
MimeBundle = dict[str, Any]
_ENGINES = ("tfkit", "dot")
_TEXT_LINES = 60


def _grouped(graph: Graph) -> Graph:
    """Return what the page starts from: the whole graph, with groups in crowded levels and around what repeats."""
    return grouped(graph, STYLE["level_limit"])


def svg(graph: Graph, *, engine: str = "tfkit") -> str:
    """Return the still picture; see `Graph.to_svg`."""
    if engine not in _ENGINES:
        raise DrawingError(f"engine={engine!r} is unknown; it must be one of {', '.join(map(repr, _ENGINES))}.")
    shown = first_shown(graph)
    if engine == "tfkit":
        return _still(shown, _words(shown))
    from tfkit.drawing.engine import draw_with_dot

    return draw_with_dot(shown).decode("utf-8")


def _still(shown: Graph, words: str) -> str:
    """Return a picture of what is shown, coarser where that makes too many bytes, with words for the finest view."""
    picture = ""
    for view in views(shown):
        picture = to_svg(view, words)
        if len(picture.encode("utf-8", "replace")) <= SIZE_BYTES:
            break
    return picture


def _words(shown: Graph) -> str:
    return "\n".join(cut(line, LINE) for line in text(shown, max_lines=_TEXT_LINES).split("\n"))


def text(graph: Graph, *, max_lines: int | None = None) -> str:
    """Return one line a node; see `Graph.to_text`."""
    names = _names(graph)
    inputs: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        output = f":{edge.source_output}" if edge.source_output else ""
        inputs[edge.target].append(f"{'^' * edge.control}{names[edge.source]}{output}")
    for node in graph.nodes:  # what a picture says in a box instead of by a wire
        for place in node.attributes.get("hub_inputs", {}).values():
            source, _, output = place.rpartition(":")
            inputs[node.id].append(names.get(source, source) + (f":{output}" if output != "0" else ""))
    shown = graph.nodes if max_lines is None else graph.nodes[:max_lines]
    calls = {node.id: f"{node.op}({', '.join(inputs[node.id])})" for node in shown}
    wide = min(max((len(names[node.id]) for node in shown), default=0), 40)
    lines = [repr(graph).removeprefix("Graph(").removesuffix(")")]
    told = amounts(graph)
    lines += [f"{names[node.id]:<{wide}}  {calls[node.id]}{_facts(node, told.get(node.id, ''))}" for node in shown]
    if len(shown) < len(graph.nodes):
        lines.append(f"... and {len(graph.nodes) - len(shown):,} more")
    return printable("\n".join(lines))


def _names(graph: Graph) -> dict[str, str]:
    """Return each node's label where that tells it apart, else its id."""
    times = Counter(node.label for node in graph.nodes)
    chosen = ((node.id, node.label if times[node.label] == 1 else node.id) for node in graph.nodes)
    return {node_id: " ".join(name.split()) for node_id, name in chosen}


def _facts(node: Node, amount: str) -> str:
    facts = "".join(f" -> {shape_text(output)} {output.dtype}" for output in node.outputs[:3])
    for output in node.outputs[:1]:
        if output.value is not None:
            facts += f" = {output.value.text}"
        if output.gradient is not None:
            facts += f", gradient {output.gradient.text}"
    if node.members:
        facts += f" [group of {node.members:,}]"
    if node.kind in (Kind.INPUT, Kind.OUTPUT, Kind.VARIABLE):
        facts += f" [{node.kind}]"
    if node.cost is not None:
        facts += f" [{cost_text(node.cost)}]"
    if amount:
        facts += f" [{amount}]"
    mark = "" if node.mark == Mark.RAN else node.mark  # what did not run is said instead
    return facts + (f" [{': '.join(filter(None, (mark, node.note)))}]" if mark or node.note else "")


def mimebundle(graph: Graph, beside: Mapping[str, Any] | None = None, remarks: Sequence[str] = ()) -> MimeBundle:
    """Return all forms in which a notebook keeps a graph; each viewer takes the best one it knows.

    Args:
        graph: The graph.
        beside: What the page is told beside it: ``check``, what came of checking its gradients, and ``live``, the id
            under which the kernel knows what it was made of.
        remarks: Sentences for those who read the graph as text.
    """
    whole = _grouped(graph)
    shown = first_shown(whole, is_grouped=True)
    words = "\n".join([_words(shown), *remarks])
    payload = {**_payload(whole), **(beside or {})}
    bundle: MimeBundle = {MIME_TYPE: payload, "image/svg+xml": _still(shown, words), "text/plain": words}
    if needs_html():
        bundle["text/html"] = page(whole.name, MIME_TYPE, payload, words)
    return bundle


def _payload(whole: Graph) -> dict[str, Any]:
    """Return what the page draws from."""
    return {"version": 1, "data": base64.b64encode(whole.to_wire()).decode("ascii")}


def packed(graph: Graph) -> str:
    """Return the bytes from which the page draws a graph, written in base64."""
    return str(_payload(_grouped(graph))["data"])


def needs_html() -> bool:
    """Return whether this runs where our renderer cannot be installed: Colab and Visual Studio Code."""
    return "google.colab" in sys.modules or "VSCODE_PID" in os.environ


def html(graph: Graph, beside: Mapping[str, Any] | None = None) -> str:
    """Return a page of its own with the live view in it; see `Graph.to_html`."""
    whole = _grouped(graph)
    payload, words = {**_payload(whole), **(beside or {})}, _words(first_shown(whole, is_grouped=True))
    return page(whole.name, MIME_TYPE, payload, words)


def page(title: str, mime_type: str, payload: Mapping[str, Any], words: str) -> str:
    """Return a page of its own: a view's payload, the script that draws it, and words for where nothing is drawn."""
    script = front_end(mime_type)
    known = f"'sha256-{base64.b64encode(sha256(script.encode()).digest()).decode('ascii')}'"
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(known)}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(printable(title))}</title></head><body>\n'
        f"{payload_script(mime_type, payload)}\n"
        f"<noscript><pre>{escape(printable(words))}</pre></noscript>\n"
        f"<script>{script}</script>\n"
        "</body></html>\n"
    )


def policy(scripts: str, images: str = "blob:") -> str:
    """Return what a page of ours may do (https://www.w3.org/TR/CSP3): nothing is fetched, nothing is sent.

    Args:
        scripts: Which scripts may run: those of a hash, or ``'unsafe-inline'`` for all that stand in the page.
        images: Where pictures may come from.
    """
    return (
        f"default-src 'none'; script-src {scripts}; worker-src blob:; style-src 'unsafe-inline'; img-src {images}; "
        "base-uri 'none'; form-action 'none'"
    )


def payload_script(mime_type: str, payload: Mapping[str, Any]) -> str:
    """Return the element of a page from which a `front_end` draws one view; nothing in it can end it early."""
    text = json.dumps(payload).replace("<", "\\u003c")
    return f'<script type="{mime_type}">{text}</script>'


def front_end(mime_type: str = MIME_TYPE) -> str:
    """Return the script that draws all views of one kind on a page; it stands once, at the end.

    Raises:
        DrawingError: If the front end is not built.
    """
    name = SCRIPTS[mime_type]
    script = files("tfkit") / "static" / f"{name}.js"
    if not script.is_file():
        raise DrawingError(
            f"The front end is not built (tfkit/static/{name}.js is missing): run npm ci && npm run build in widgets/, "
            "or install tfkit-course again."
        )
    return script.read_text(encoding="utf-8")


_FORMS: dict[str, Callable[[Graph], str | bytes]] = {
    ".dot": to_dot,
    ".html": html,
    ".json": lambda graph: json.dumps(graph.to_dict(), ensure_ascii=False, allow_nan=False),
    ".pdf": lambda graph: to_pdf(svg(graph)),
    ".png": lambda graph: to_png(svg(graph)),
    ".svg": svg,
}


def save(graph: Graph, path: str | Path, beside: Mapping[str, Any] | None = None) -> Path:
    """Write the graph to a file; see `Graph.save`. `beside` is what a page is told beside it."""
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in _FORMS:
        raise FileError(f"Cannot save a graph as {str(target)!r}: the name must end in one of {', '.join(_FORMS)}.")
    made = html(graph, beside) if suffix == ".html" else _FORMS[suffix](graph)
    # Half of a surrogate pair is in no UTF-8; JSON writes it with a backslash.
    data = made if isinstance(made, bytes) else made.encode("utf-8", "backslashreplace")
    try:
        write_whole(target, data)
    except OSError as error:
        raise FileError(f"Cannot write {str(target)!r}: {error.strerror or error}.") from error
    return target


def show(graph: Graph, overlay: str | Mapping[str, float] | None) -> None:
    """Show the graph in the notebook; see `Graph.show`."""
    ipython = sys.modules.get("IPython")
    if ipython is None:
        raise DrawingError("Graph.show() needs a notebook; outside of one use graph.save('graph.html').")
    ipython.display.display(graph if overlay is None else graph.with_overlay(overlay))
