"""What goes back along the wires, in words. Twin: ``widgets/src/engine/shares.ts``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tfkit.drawing.style import norm, short_number
from tfkit.parts import Edge, Kind, Node

_DIGITS = 4


def share_texts(nodes: Mapping[str, Node], edges: Iterable[Edge]) -> dict[tuple[str, int, str], str]:
    """Return what wires say where they arrive, by source, its output and target: what goes back there, or nothing.

    That is the derivative of the one operation times the gradient of its result, or the share in the gradient.
    """
    found: dict[tuple[str, int, str], list[str]] = {}
    told = set()  # the targets at which anything is said
    for edge in edges:
        texts = [] if edge.control else found.setdefault((edge.source, edge.source_output, edge.target), [])
        if edge.gradient is not None and nodes[edge.source].kind != Kind.CONSTANT and edge.count == 1:
            texts.append(_share_text(edge, nodes[edge.target]))
            told.add(edge.target)
    return {key: " + ".join(texts) for key, texts in found.items() if key[2] in told}


def _share_text(edge: Edge, target: Node) -> str:
    """Return what goes back along an edge: ``local · upstream`` of single numbers, else the share as a whole."""
    upstream = target.outputs[0].gradient if len(target.outputs) == 1 else None
    local, share = edge.local, edge.gradient
    if local is not None and upstream is not None and local.size == upstream.size == 1:
        numbers = (local.minimum, upstream.minimum)
        if None not in numbers:
            return " \u00b7 ".join(short_number(number, _DIGITS) for number in numbers if number is not None)
    if share is not None and share.size == 1 and share.minimum is not None:
        return short_number(share.minimum, _DIGITS)
    return "" if share is None else f"|grad| {short_number(norm(share))}"
