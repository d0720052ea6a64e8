"""Numbers to small SVG charts: lines over steps, and a map of colours.

As the pictures of graphs: presentation attributes alone, an opaque ground, the same bytes on every machine.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from tfkit.drawing.style import STYLE, short_number, shorten, text_width
from tfkit.pixels import picture
from tfkit.printable import printable

Numbers = Sequence[float]

_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 28, 28  # px around a plot
_LINES = ("#2f6fd0", "#b76e00", "#1f8a4c", "#a31d6a", "#7b46c4", "#c13a4b")
_DASHES = ("", "8 4", "2 3", "10 3 2 3", "5 2", "14 4")  # beside the colours: not by colour alone
_LABEL = 190  # px for the names of rows
_MOST_CELLS = 200  # columns of a map
_ROW = 18


def document(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    """Return a whole picture of parts that stand one below the other; `title` is for those who cannot see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-label={quoteattr(printable(title))} font-family={quoteattr(STYLE["font"])}>\n'
        f'<rect width="{width}" height="{height}" fill="{STYLE["colors"]["ground"]}"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def lines(
    x: Numbers,
    series: Mapping[str, Numbers],
    title: str,
    *,
    top: int = 0,
    width: int = 720,
    height: int = 180,
    log: bool = False,
) -> str:
    """Return lines over a common axis; numbers that are not finite leave gaps.

    Args:
        x: The places on the horizontal axis.
        series: The numbers of each line, by its name.
        title: Stands above.
        top: Where the chart begins, px from the top.
        width: Of the chart in px.
        height: Of the chart in px.
        log: Whether the vertical axis has powers of ten.

    Example:
        >>> "polyline" in lines([1, 2, 3], {"loss": [3.0, 2.0, 1.5]}, "Loss")
        True
    """
    shown = {name: [_scaled(value, log) for value in values] for name, values in series.items()}
    known = [value for values in shown.values() for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    head, rows = _head(title, list(series) if len(series) > 1 else [], top, width)
    above = _TOP + 16 * (rows - 1)
    across = (width - _LEFT - _RIGHT) / ((max(x) - min(x)) or 1) if len(x) else 0
    down = (height - above - _BOTTOM) / (high - low)

    def point(place: float, value: float) -> str:
        return f"{_LEFT + (place - min(x)) * across:.1f},{top + height - _BOTTOM - (value - low) * down:.1f}"

    parts = head
    for tick in _ticks(low, high, log):
        y = top + height - _BOTTOM - (tick - low) * down
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{width - _RIGHT}" stroke="#dfe4ec"/>')
        parts.append(_text(_LEFT - 6, y + 4, short_number(10**tick if log else tick), anchor="end"))
    for number, values in enumerate(shown.values()):
        for run in _runs(list(x), values):
            points = " ".join(point(place, value) for place, value in run)
            shape = f'<polyline points="{points}" {_stroke(number)} stroke-width="1.6"/>'
            if len(run) == 1:
                cx, cy = points.split(",")
                shape = f'<circle cx="{cx}" cy="{cy}" r="2" fill="{_LINES[number % len(_LINES)]}"/>'
            parts.append(shape)
    if len(x):
        parts.append(_text(_LEFT, top + height - 10, f"step {short_number(min(x))}"))
        parts.append(_text(width - _RIGHT, top + height - 10, short_number(max(x)), anchor="end"))
    return "".join(parts)


def _head(title: str, names: Sequence[str], top: int, width: int) -> tuple[list[str], int]:
    """Return a title, and a sample of each line with its name: beside it or, where there is no room, in a second row.

    The number is that of the rows.
    """
    title = shorten(title, STYLE["title_size"], bold=True, most=width - 32)
    size, sample, gap = STYLE["detail_size"], 24, 16  # px: of the letters, before a name, and behind it
    widths = [sample + text_width(name, size) + gap for name in names]
    rows = 1 if 16 + text_width(title, STYLE["title_size"], bold=True) + 24 + sum(widths) <= width - _RIGHT else 2
    share = (width - 16 - _RIGHT) // max(len(names), 1)
    if rows == 2 and sum(widths) > share * len(names):
        names = [shorten(name, size, most=share - sample - gap) for name in names]
        widths = [sample + text_width(name, size) + gap for name in names]
    parts = [_text(16, top + 18, title, bold=True)]
    x, y = width - _RIGHT + gap - sum(widths), top + 16 * (rows - 1) + 18
    for number, (name, wide) in enumerate(zip(names, widths, strict=True)):
        parts.append(f'<path d="M{x} {y - 4}h18" {_stroke(number)} stroke-width="2"/>')
        parts.append(_text(x + sample, y, name))
        x += wide
    return parts, rows


def colour_map(
    rows: Mapping[str, Numbers], title: str, *, top: int = 0, width: int = 720, mark_odd: bool = True
) -> str:
    """Return a row of colours for each name, darker for more, on powers of ten.

    `mark_odd` puts a cross where a number is not finite; else there is nothing.

    Example:
        >>> colour_map({"dense/kernel": [0.1, 1.0, float("nan")]}, "Gradients").count("<rect")
        9
    """
    colors: list[str] = STYLE["colors"]["heat"]
    known = [math.log10(v) for values in rows.values() for v in values if math.isfinite(v) and v > 0]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    parts = [_text(16, top + 18, title, bold=True)]
    for number, (name, values) in enumerate(rows.items()):
        y = top + _TOP + number * _ROW
        parts.append(_text(_LABEL - 8, y + 13, shorten(name, STYLE["detail_size"]), anchor="end"))
        cells = _columns(list(values))
        step = (width - _LABEL - _RIGHT) / max(len(cells), 1)
        for place, value in enumerate(cells):
            x = _LABEL + place * step
            is_between = math.isfinite(value) and value > 0 and high > low
            share = (math.log10(value) - low) / (high - low) if is_between else 0.0
            color = colors[min(len(colors) - 1, max(0, int(share * len(colors))))]
            fill = color if math.isfinite(value) else STYLE["colors"]["ground"]
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{step:.1f}" height="{_ROW - 2}" fill="{fill}"/>')
            if mark_odd and not math.isfinite(value):
                parts.append(
                    f'<path d="M{x + step / 2 - 4:.1f} {y + 4}l8 8m0 -8l-8 8" stroke="{STYLE["colors"]["failed"]}"/>'
                )
    y = top + _TOP + len(rows) * _ROW + 6
    for place, color in enumerate(colors):
        parts.append(f'<rect x="{_LABEL + 24 * place}" y="{y}" width="24" height="8" fill="{color}"/>')
    if known:
        parts.append(_text(_LABEL - 8, y + 9, short_number(10**low), anchor="end"))
        parts.append(_text(_LABEL + 152, y + 9, short_number(10**high)))
    return "".join(parts)


def map_height(rows: int) -> int:
    """Return the height of a colour map with so many rows, px."""
    return _TOP + rows * _ROW + 28


def _columns(values: list[float]) -> list[float]:
    """Return at most so many numbers as there is room for: of several, the largest, or one that is not finite."""
    if len(values) <= _MOST_CELLS:
        return values
    edges = [round(place * len(values) / _MOST_CELLS) for place in range(_MOST_CELLS + 1)]
    groups = [values[a:b] for a, b in pairwise(edges)]
    return [next((v for v in group if not math.isfinite(v)), max(group)) for group in groups]


def _scaled(value: float, log: bool) -> float | None:
    if not math.isfinite(value) or (log and value <= 0):
        return None
    return math.log10(value) if log else float(value)


def _runs(x: Sequence[float], values: Sequence[float | None]) -> Iterator[list[tuple[float, float]]]:
    """Yield the pieces of a line between its gaps."""
    run: list[tuple[float, float]] = []
    for place, value in zip(x, values, strict=True):
        if value is not None:
            run.append((place, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _ticks(low: float, high: float, log: bool) -> list[float]:
    """Return a few round numbers of an axis; of powers of ten, whole exponents."""
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    step = max(1.0, round(step)) if log else step
    first = math.ceil(low / step)
    return [place * step for place in range(first, math.floor(high / step) + 1)]


def note(words: str, top: int) -> str:
    """Return a line of text that stands for itself.

    Example:
        >>> "no curves" in note("no curves", 0)
        True
    """
    return _text(16, top + 22, words)


def _stroke(number: int) -> str:
    """Return what makes one line of several look as it does."""
    return f'fill="none" stroke="{_LINES[number % len(_LINES)]}"{_dashes(number)}'


def _dashes(number: int) -> str:
    """Return what makes one line of several differ from the others, beside its colour."""
    dashes = _DASHES[number % len(_DASHES)]
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def _text(x: float, y: float, text: str, *, anchor: str = "start", bold: bool = False) -> str:
    more = f' text-anchor="{anchor}"' * (anchor != "start") + ' font-weight="bold"' * bold
    color = STYLE["colors"]["text" if bold else "detail"]
    size = STYLE["title_size" if bold else "detail_size"]
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}"{more}>{escape(printable(text))}</text>'


def surface(
    names: tuple[str, str],
    ranges: tuple[tuple[float, float], tuple[float, float]],
    values: Sequence[Sequence[float]],
    ways: Mapping[str, Sequence[Sequence[float]]],
    title: str,
    words: str,
) -> str:
    """Return a picture of numbers over two others, with ways on it; equal neighbours in a row are one shape.

    Args:
        names: Of the horizontal and the vertical number.
        ranges: From where to where each goes.
        values: Rows from the least vertical number on.
        ways: Points of each way, by its name.
        title: Stands above.
        words: What it is, for those who cannot see it.

    Example:
        >>> ways = {"SGD": [[0, 0], [1, 1]]}
        >>> surface(("w", "b"), ((0, 1), (0, 1)), [[1, 2], [3, 4]], ways, "t", "w").count("polyline")
        2
    """
    side, left, top = 400, 64, 40
    levels = _levels([value for row in values for value in row])
    rows = [[levels(value) for value in row] for row in reversed(values)]
    (low_x, high_x), (low_y, high_y) = ranges

    def point(x: float, y: float) -> str:
        return f"{side * (x - low_x) / (high_x - low_x):.1f},{side * (high_y - y) / (high_y - low_y):.1f}"

    parts = [_text(left, 24, title, bold=True), picture(rows, left, top, side, _SEA)]
    for number, (name, way) in enumerate(ways.items()):
        color, dashes = _WAYS[number % len(_WAYS)], _dashes(number)
        inside = [pair for pair in way if all(math.isfinite(n) and abs(n) < _FAR for n in pair)]
        points = [point(x, y) for x, y in inside]
        drawn = _way(points, _EDGE, 4, 3.5) + _way(points, color, 2, 2.5, dashes)
        parts.append(f'<svg x="{left}" y="{top}" width="{side}" height="{side}" overflow="hidden">{drawn}</svg>')
        right, line = left + side + 16, top + 22 * number
        parts.append(f'<rect x="{right}" y="{line}" width="26" height="12" rx="2" fill="{_SEA[1]}"/>')
        parts.append(f'<path d="M{right + 2} {line + 6}h22" fill="none" stroke="{color}"{dashes} stroke-width="2"/>')
        parts.append(_text(right + 34, line + 10, shorten(name, STYLE["detail_size"], most=106)))
    for share in (0, 0.5, 1):
        x, y = low_x + share * (high_x - low_x), low_y + share * (high_y - low_y)
        parts.append(_text(left + share * side, top + side + 18, short_number(x), anchor="middle"))
        parts.append(_text(left - 8, top + side * (1 - share) + 4, short_number(y), anchor="end"))
    parts.append(_text(left + side / 2, top + side + 36, names[0], anchor="middle", bold=True))
    parts.append(_text(16, top + side / 2, names[1], bold=True))
    return document(left + side + 160, top + side + 52, words, parts)


_WAYS = ("#ffffff", "#ffb454", "#ff7eb6", "#8be9fd")
_EDGE = "#101828"  # around a way, which is seen on light and dark by that
_FAR = 1e6  # from here on a way has left every picture
# From the bottom of a valley to its heights (the colours of viridis, made lighter at the end).
_SEA = (
    *("#1b2a49", "#1f3a5f", "#234a72", "#275a83", "#2c6a90", "#327a9a", "#3a8aa0", "#4699a3"),
    *("#57a8a5", "#6bb6a6", "#82c3a8", "#9bcfab", "#b4dab1", "#cce4ba", "#e2edc6", "#f4f5d6"),
)


def _way(points: Sequence[str], color: str, width: int, radius: float, dashes: str = "") -> str:
    """Return a line with a dot for each step."""
    places = (p.split(",") for p in points)
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="{radius}"/>' for x, y in places)
    line = f'<polyline points="{" ".join(points)}" fill="none" stroke="{color}"{dashes} stroke-width="{width}"/>'
    return f'{line}<g fill="{color}">{dots}</g>'


def _levels(values: Sequence[float]) -> Callable[[float], int]:
    """Return what gives a number one of 16 steps, each with as many of the numbers: valleys are seen as heights are."""
    known = sorted(value for value in values if math.isfinite(value))
    edges = [known[len(known) * place // 16] for place in range(1, 16)] if known else []
    return lambda value: bisect_right(edges, value) if math.isfinite(value) else 15
