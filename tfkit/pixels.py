"""Small pictures as shapes of SVG: a step from 0 to 15 for each pixel, and a colour for each step."""

from __future__ import annotations

from collections.abc import Sequence

GRAYS = tuple("#" + f"{level * 17:02x}" * 3 for level in range(16))


def picture(rows: Sequence[Sequence[int]], x: int, y: int, side: int, colors: Sequence[str] = GRAYS) -> str:
    """Return rows of steps as a picture that fits into a square of `side` px; equal neighbours are one shape.

    Example:
        >>> picture([[0, 15]], 0, 0, 10).count("<path")
        2
    """
    runs: dict[int, list[str]] = {}
    for row, steps in enumerate(rows):
        start = 0
        for place in range(1, len(steps) + 1):
            if place == len(steps) or steps[place] != steps[start]:
                runs.setdefault(steps[start], []).append(f"M{start} {row}h{place - start}v1h-{place - start}z")
                start = place
    scale = round(side / max(len(rows), len(rows[0])), 3)
    paths = "".join(f'<path d="{"".join(runs[step])}" fill="{colors[step]}"/>' for step in sorted(runs))
    return f'<g transform="translate({x} {y}) scale({scale})" shape-rendering="crispEdges">{paths}</g>'
