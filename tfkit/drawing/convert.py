"""SVG text to PNG and PDF: the only place that calls ``vl-convert-python``, which needs no other program.

It brings Liberation Sans, whose letters are as wide as those of Helvetica, so text stays within its box.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from tfkit.drawing.style import STYLE
from tfkit.errors import DrawingError

_SCALE = 2.0  # of a PNG, for screens with fine pixels
_MOST_PIXELS = 64e6  # of a PNG; each takes four bytes while it is drawn, and running out of memory ends the process


def to_png(svg: str) -> bytes:
    """Return a picture as PNG, two pixels for each px, fewer where it is very large.

    Raises:
        DrawingError: If `vl-convert-python` is not installed or the text is not a picture.
    """
    root = _closed(svg)
    area = float(root.get("width", 1)) * float(root.get("height", 1))
    return _convert("svg_to_png", root, scale=min(_SCALE, (_MOST_PIXELS / area) ** 0.5))


def to_pdf(svg: str) -> bytes:
    """Return a picture as PDF of one page, in lines and letters and not in pixels.

    Raises:
        DrawingError: If `vl-convert-python` is not installed or the text is not a picture.
    """
    return _convert("svg_to_pdf", _closed(svg))


def _closed(svg: str) -> ElementTree.Element:
    """Return a picture without what it takes from elsewhere: the converter would fetch addresses and read files."""
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise DrawingError(f"This is not an SVG picture: {error}.") from error
    for element in root.iter():
        for name in [name for name in element.attrib if name.endswith("href")]:
            if not element.attrib[name].startswith(("#", "data:")):
                del element.attrib[name]
    if root.get("font-family") == STYLE["font"]:
        root.set("font-family", "Liberation Sans, sans-serif")  # and not what this machine takes for Helvetica
    return root


def _convert(function: str, root: ElementTree.Element, **options: Any) -> bytes:
    try:
        import vl_convert
    except ImportError as error:
        raise DrawingError(
            "A picture as PNG or PDF is made by the package vl-convert-python, which is missing here: "
            "pip install vl-convert-python."
        ) from error
    try:
        return bytes(getattr(vl_convert, function)(ElementTree.tostring(root, encoding="unicode"), **options))
    except (RuntimeError, ValueError) as error:
        raise DrawingError(f"This picture could not be converted: {_first_part(error)}.") from error


def _first_part(error: Exception) -> str:
    """Return what went wrong, without the trace of calls that the package adds after an empty line."""
    return " ".join(str(error).partition("\n\n")[0].split())
