"""Names and other texts as they can be shown anywhere: with marks in place of what nobody sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unicodedata import category

_KEPT = "\n\t\u200d"  # white space of code, and what joins emoji

_NO_MATHEMATICS = "mathjax_ignore tex2jax_ignore"  # to MathJax 3, of JupyterLab, and to MathJax 2, of nbconvert


def printable(text: str) -> str:
    r"""Return `text` with marks in place of characters that nobody sees, such as those that turn text round.

    XML and UTF-8 cannot hold some of them, a terminal would obey others. The page does the same (``printable`` in
    ``widgets/src/view/elements.ts``).

    Example:
        >>> printable("a\x00b") == "a\ufffdb"
        True
    """
    if text.isprintable():  # nearly always
        return text
    return "".join(char if char in _KEPT or _is_seen(char) else "\ufffd" for char in text)


def printable_forms(forms: Mapping[str, Any]) -> dict[str, Any]:
    r"""Return the forms of a value for a notebook.

    Jupyter fails on texts that are in no UTF-8, and takes what stands between dollars in HTML for mathematics, in which
    a name could be a link that runs code.

    Example:
        >>> printable_forms({"text/plain": "a\ud800", "text/html": "<p>$</p>"}) == {
        ...     "text/plain": "a\ufffd",
        ...     "text/html": '<div class="mathjax_ignore tex2jax_ignore"><p>$</p></div>',
        ... }
        True
    """
    found = {kind: printable(form) if isinstance(form, str) else form for kind, form in forms.items()}
    html = found.get("text/html", "")
    if "$" in html or "\\" in html:
        found["text/html"] = f'<div class="{_NO_MATHEMATICS}">{html}</div>'
    return found


def _is_seen(char: str) -> bool:
    kind = category(char)
    return kind[0] != "C" and kind not in ("Zl", "Zp")
