"""Mathematics in Markdown as MathML, which browsers show without any script."""

from __future__ import annotations

import re
from html import unescape
from xml.etree import ElementTree

from nbconvert.filters.markdown_mistune import IPythonRenderer

_LABEL = re.compile(r"\\label\{[^}]*\}")  # names an equation and is not seen
_NESTED = re.compile(r"(\\begin|\\end)\{aligned\}")  # the converter knows it by another name
_IMAGE = re.compile(r"""(<img\b[^>]*?\ssrc\s*=\s*["'])([^"']*)""", re.IGNORECASE)


def to_mathml(tex: str, display: str = "inline") -> str | None:
    r"""Return TeX as MathML, or None where it holds what the converter does not know.

    Args:
        display: ``"inline"`` or ``"block"``.

    Example:
        >>> to_mathml("x < 1")
        '<math display="inline"><mrow><mi>x</mi><mo>&lt;</mo><mn>1</mn></mrow></math>'
        >>> to_mathml(r"\gizmo{x}")
    """
    try:
        from latex2mathml.converter import Converter  # not above: nbconvert loads this file for every other form, too

        root = Converter(display=display).convert_to_element(_NESTED.sub(r"\1{align*}", _LABEL.sub("", tex)))
    except Exception:  # not installed, or one of its errors, which have no common parent
        return None
    root.attrib.pop("xmlns")  # in a page it says nothing
    for element in root.iter():
        text = element.text or ""
        if text.startswith("\\") or text == "&":  # how it passes on what it does not know
            return None
        element.text = unescape(text)
    return ElementTree.tostring(root, encoding="unicode")


class MathRenderer(IPythonRenderer):  # type: ignore[misc] # nbconvert carries no types
    """Markdown as nbconvert renders it, with mathematics as MathML; TeX stays where that fails."""

    def inline_math(self, body: str) -> str:
        """Return what stood between single dollars."""
        return to_mathml(body) or str(super().inline_math(body))

    def block_math(self, body: str) -> str:
        """Return what stood between double dollars."""
        return to_mathml(body, "block") or str(super().block_math(body))

    def latex_environment(self, name: str, body: str) -> str:
        r"""Return what stood between ``\begin`` and ``\end``."""
        tex = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        return to_mathml(tex, "block") or str(super().latex_environment(name, body))

    def _html_embed_images(self, html: str) -> str:
        """Take pictures into the page and leave all else; the parent closes what is open at the end of a block."""
        return _IMAGE.sub(lambda found: f"{found[1]}{self._src_to_base64(found[2]) or found[2]}", html)
