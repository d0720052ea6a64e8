"""How much room a node needs: its box, what stands beside its wires, and what these say where they arrive.

Twin: ``widgets/src/engine/sizes.ts``.
"""

from __future__ import annotations

from collections.abc import Sequence

from tfkit.drawing.style import STYLE, gradient_line, lines, text_width, wire_text
from tfkit.parts import Node

_WIDEST_NUMBER = "grad -0.1234567"


def box_size(node: Node, amount: str = "", arriving: Sequence[str] = ()) -> tuple[int, int]:
    """Return ``(width, height)`` of a node's box; the width is even, so that its middle is a whole px.

    `amount` is the number of an overlay in it, `arriving` what the wires say that arrive.
    """
    label, *details = lines(node, amount)
    widest = max(
        text_width(label, STYLE["label_size"], bold=True),
        *(text_width(text, STYLE["detail_size"]) for text in details),
        STYLE["min_width"] - 2 * STYLE["padding_x"],
    )
    if gradient_line(node) and node.outputs[0].gradient.size == 1:  # type: ignore[union-attr]
        widest = max(widest, text_width(_WIDEST_NUMBER, STYLE["detail_size"]))  # others may be tried in the same box
    if node.members:  # room for the button that opens the group
        widest += STYLE["line_height"]
    width = widest + 2 * STYLE["padding_x"]
    if arrival_step(arriving) != STYLE["input_step"]:
        width = max(width, 20 + arrival_step(arriving) * (len(arriving) - 1))
    return width + width % 2, STYLE["line_height"] * (1 + len(details)) + 2 * STYLE["padding_y"]


def room_width(node: Node, wires: int, amount: str = "", arriving: Sequence[str] = ()) -> int:
    """Return the width to keep free for a node: that of its box, or more for what stands beside its wires.

    Args:
        node: The node.
        wires: How many leave it.
        amount: The number of an overlay in its box.
        arriving: What the wires say that arrive.
    """
    width, _ = box_size(node, amount, arriving)
    if any(arriving):
        widest = max(text_width(text, STYLE["wire_size"]) for text in arriving)
        width = max(width, _beside(widest, len(arriving), width, arrival_step(arriving)))
    alike = {output.shape: place for place, output in enumerate(node.outputs)}  # there may be 10,000 of one shape
    texts = (wire_text(node, place) for place in alike.values())
    widest = max((text_width(text, STYLE["wire_size"]) for text in texts), default=0)
    if not widest or not wires:
        return width
    return max(width, _beside(widest, wires, width, STYLE["input_step"]))


def arrival_step(arriving: Sequence[str]) -> int:
    """Return how far apart wires arrive: with what they say between them, where these are a few more than two."""
    step: int = STYLE["input_step"]
    if any(arriving) and 2 < len(arriving) <= STYLE["most_arrivals"]:
        step = max(text_width(text, STYLE["wire_size"]) for text in arriving) + 2 * STYLE["wire_text_gap"]
    return step


def room_above(arriving: Sequence[str]) -> int:
    """Return the height to keep free above a node for what the wires say that arrive: there they run straight."""
    return int(STYLE["share_height"]) if any(arriving) else 0


def _beside(widest: int, wires: int, width: int, step: int) -> int:
    """Return the room that texts need on both sides of the wires at a box."""
    spread = min(step * (wires - 1), width - 20)
    gap: int = STYLE["wire_text_gap"]
    return 2 * (spread // 2 + gap + widest)
