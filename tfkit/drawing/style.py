"""How a graph looks: sizes, colours and the words in a box.

Text is measured with a table of character widths (those of Helvetica), not by asking a font, so that a
box has the same size on every machine. The numbers stand in ``style.json``, which the page reads as well.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from importlib.resources import files
from typing import Any

from tfkit.graph import Graph
from tfkit.parts import Cost, Kind, Mark, Node, Output, Summary

STYLE: dict[str, Any] = json.loads((files("tfkit") / "drawing" / "style.json").read_text(encoding="utf-8"))
_WIDTHS: list[int] = STYLE["char_widths"]
_OTHER_WIDTH, _WIDE_WIDTH, _FIRST_WIDE = 600, 1000, 0x1100
_SHORT = 4  # elements of a value that a box shows
_DIGITS = 7  # of a number with a gradient: what a float32 has
LINE = 300  # characters of a line of text about a node
_PLACES = 15  # before the point, from which on a number is written with a power of ten
_NEARLY = 1e-9  # of a step: the last digits of logarithms are not the same in all languages
_UNITS = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "\u00b5s")),
    "B": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B")),
}
_SHAPED = (Kind.VARIABLE, Kind.INPUT, Kind.CONSTANT)


def text_width(text: str, size: int, *, bold: bool = False) -> int:
    """Return the width of one line of text in px, rounded up."""
    total = sum(_char_width(ord(char)) for char in text) * size
    return -(-(total * STYLE["bold_factor"] // 1000 if bold else total) // 1000)


def _char_width(code: int) -> int:
    if 32 <= code < 127:
        return _WIDTHS[code - 32]
    return _OTHER_WIDTH if code < _FIRST_WIDE else _WIDE_WIDTH


def shorten(text: str, size: int, *, bold: bool = False, most: int = STYLE["max_text"]) -> str:
    """Return `text` on one line, cut in the middle with an ellipsis where it is wider than `most`, or a box may be."""
    text = " ".join(text.split())
    if len(text) <= 200 and text_width(text, size, bold=bold) <= most:
        return text
    keep = min(len(text) - 1, 100)
    while keep > 2 and text_width(cut(text, keep), size, bold=bold) > most:
        keep -= 1
    return cut(text, keep)


def wrapped(text: str, size: int) -> list[str]:
    """Return `text` broken between words into a few lines, what does not fit shortened on the last one."""
    words, found = text.split(), list[str]()
    while words:
        count = 1
        while count < len(words) and text_width(" ".join(words[: count + 1]), size) <= STYLE["max_text"]:
            count += 1
        if len(found) == STYLE["max_lines"] - 1:
            count = len(words)
        found.append(shorten(" ".join(words[:count]), size))
        words = words[count:]
    return found


def cut(text: str, keep: int) -> str:
    """Return `text` with at most `keep` characters of it, an ellipsis in place of its middle."""
    if len(text) <= keep:
        return text
    tail = keep // 2
    return f"{text[: keep - tail]}\u2026{text[len(text) - tail :]}"


def shape_text(output: Output) -> str:
    """Return a shape as Python writes a tuple, ``?`` where the rank is unknown.

    Example:
        >>> shape_text(Output((None, 10), "float32"))
        '(None, 10)'
    """
    return "?" if output.shape is None else str(tuple(output.shape))


def cost_text(cost: Cost) -> str:
    """Return what an operation took, in the units that people say.

    Example:
        >>> cost_text(Cost(0.00123, 4096))
        '1.23 ms, 4.1 kB'
    """
    known = []
    if cost.time_s is not None:
        known.append(_scaled(cost.time_s, _UNITS["s"]))
    if cost.memory_bytes is not None:
        known.append(_scaled(cost.memory_bytes, _UNITS["B"]))
    return ", ".join(known)


def _scaled(value: float, units: tuple[tuple[float, str], ...]) -> str:
    size, name = next((unit for unit in units if abs(value) >= unit[0]), units[-1])
    return f"{short_number(value / size)} {name}"


def short_number(value: float, digits: int = 3) -> str:
    """Return a number with three digits, or with all that stand before the point where these are more.

    Example:
        >>> short_number(0.12345), short_number(12345.6), short_number(0.00001), short_number(1e20)
        ('0.123', '12,346', '1e-5', '1e+20')
        >>> short_number(128.5502444, 7)
        '128.5502'
    """
    exact = Decimal(value)
    places = exact.adjusted()
    if not exact:
        return "0"
    digits = max(digits, places + 1) if places < _PLACES else digits
    # Halves are rounded up, as the page does it.
    rounded = Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(exact).normalize()
    return f"{rounded:,f}" if -4 <= rounded.adjusted() < _PLACES else f"{rounded:e}"


def lines(node: Node, amount: str = "") -> tuple[str, ...]:
    """Return the lines of text in a node's box.

    Its label, what it is, a short value and gradient, the number of an overlay, what became of it, and which hubs
    it is connected to.
    """
    short = value_line(node)
    detail = "" if short and node.kind == Kind.CONSTANT else _detail(node)  # a constant is its value
    told = node.note if node.mark in (Mark.FAILED, Mark.CHANGED) else ""
    note = str(node.mark) if node.mark == Mark.NOT_RUN else told
    numbers = (detail, short, gradient_line(node), amount)
    details = [shorten(text, STYLE["detail_size"]) for text in numbers if text]
    for text in (note, *_hub_lines(node)):
        details += wrapped(text, STYLE["detail_size"])
    return (shorten(node.label, STYLE["label_size"], bold=True), *details)


def value_line(node: Node) -> str:
    """Return what a box says of the value of its node; where there is a gradient, too, with all digits that it has."""
    output = node.outputs[0] if len(node.outputs) == 1 else None
    if output is None or output.value is None or output.value.size > _SHORT:
        return ""
    return f"= {output.value.text if output.gradient is None else number_text(output.value)}"


def gradient_line(node: Node) -> str:
    """Return what a box says of the gradient by its node; that by a constant is of no use to anybody."""
    gradient = node.outputs[0].gradient if node.outputs else None
    return "" if gradient is None or node.kind == Kind.CONSTANT else f"grad {number_text(gradient)}"


def _hub_lines(node: Node) -> list[str]:
    """Return what stands in a box instead of wires from and to nodes that everything is connected to."""
    found = []
    read, fed = node.attributes.get("hub_inputs"), node.attributes.get("hub_outputs")
    if isinstance(read, Mapping) and read:
        inputs = (str(read[place]) for place in sorted(read, key=_place))
        found.append(f"\u2190 {_hub_names(re.sub(':[0-9]+$', '', name) for name in inputs)}")
    if isinstance(fed, (list, tuple)) and fed:
        found.append(f"\u2192 {_hub_names(map(str, fed))}")
    neighbours = node.attributes.get("neighbours")
    if isinstance(neighbours, int):
        found.append(f"{neighbours:,} connection{'s' * (neighbours != 1)}")
    return found


def _place(key: str) -> tuple[bool, int]:
    """Return what puts inputs in order: their places first, then what only runs before."""
    return (False, int(key)) if key.isdecimal() else (True, 0)


def _hub_names(ids: Iterable[str]) -> str:
    """Return the last part of each id, each once."""
    return ", ".join(dict.fromkeys(([part for part in name.split("/") if part] or [name])[-1] for name in ids))


def amounts(graph: Graph) -> dict[str, str]:
    """Return the number of a graph's overlay for each node, in the units that people say."""
    overlay = graph.overlay
    return {} if overlay is None else {name: amount_text(v, overlay.unit) for name, v in overlay.values.items()}


def amount_text(value: float, unit: str) -> str:
    """Return a number in the units that people say.

    Example:
        >>> amount_text(7850, ""), amount_text(0.00123, "s"), amount_text(31400, "B"), amount_text(0.25, "dB")
        ('7,850', '1.23 ms', '31.4 kB', '0.25 dB')
    """
    if unit in _UNITS:
        return _scaled(value, _UNITS[unit])
    text = short_number(value)
    return f"{text} {unit}" if unit else text


def number_text(summary: Summary | None) -> str:
    """Return a tensor in a few characters: a number with seven digits, up to four elements, or its norm.

    Example:
        >>> number_text(Summary(1, "2", 2.0, 2.0, 2.0, 0.0)), number_text(Summary(9, "[...]", 0.0, 1.0, 0.0, 2.0))
        ('2', 'norm 6')
    """
    if summary is None:
        return "nothing"
    if summary.size == 1 and summary.minimum is not None:
        return short_number(summary.minimum, _DIGITS)
    if summary.size <= _SHORT or summary.mean is None or summary.std is None:
        return summary.text
    return f"norm {short_number(norm(summary))}"


def norm(summary: Summary) -> float:
    """Return the length of the finite elements of a tensor as one vector."""
    if summary.mean is None or summary.std is None:
        return 0.0
    return math.sqrt(summary.size - summary.nan - summary.infinite) * math.hypot(summary.mean, summary.std)


def heat_steps(values: Sequence[float]) -> Callable[[float], int]:
    """Return what gives a number its step on the colour scale; over a wide range the steps are powers."""
    steps: int = STYLE["heat_steps"]
    low, high = min([0.0, *values]), max([0.0, *values])
    least = min((value for value in values if value > 0), default=high)
    by_powers = low == 0 and high > least * STYLE["heat_powers_from"]

    def step(value: float) -> int:
        if by_powers:
            share = (math.log(max(value, least)) - math.log(least)) / (math.log(high) - math.log(least))
        else:  # halves, because the whole range may be more than a float holds
            share = (value / 2 - low / 2) / ((high / 2 - low / 2) or 1)
        return min(steps - 1, max(0, int(share * steps + _NEARLY)))

    return step


def heat_colors(graph: Graph) -> dict[str, str]:
    """Return the colour that a graph's overlay gives each node."""
    overlay = graph.overlay
    if overlay is None:
        return {}
    step = heat_steps(list(overlay.values.values()))
    return {name: STYLE["colors"]["heat"][step(value)] for name, value in overlay.values.items()}


def _detail(node: Node) -> str:
    """Return the second line: what makes this kind of node what it is."""
    if node.members:
        return _parameters(node) or f"{node.members:,} operation{'s' * (node.members > 1)}"
    if node.kind == Kind.LAYER:
        return _parameters(node) or node.op
    if node.kind in _SHAPED and node.outputs:
        return f"{shape_text(node.outputs[0])} {node.outputs[0].dtype}"
    return "" if re.sub(r"_\d+$", "", node.label).lower() == node.op.lower() else node.op


def _parameters(node: Node) -> str:
    """Return ``Dense, 7,850 parameters`` for a layer that says so, else nothing."""
    count, name = node.attributes.get("parameters"), node.attributes.get("class", "")
    if not isinstance(count, int):
        return str(name)
    return f"{name}, {count:,} parameters" if count else str(name)


def wire_text(node: Node, place: int, count: int = 1) -> str:
    """Return what to write beside a wire where it leaves a node, or nothing where that would say nothing new.

    That is the tensor's shape, or how many tensors one wire stands for.
    """
    if count > 1:
        return f"{count:,} tensors"
    known = node.outputs[place : place + 1]
    # A single number needs no shape, and an input or a variable says its own in the box.
    if not known or known[0].shape == () or node.kind in (Kind.INPUT, Kind.VARIABLE):
        return ""
    return shorten(shape_text(known[0]), STYLE["wire_size"])
