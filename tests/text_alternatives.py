"""The lint of text alternatives: what a notebook shows, and the words that stand for it where it cannot be seen."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

ENOUGH = 20  # letters; fewer are a label such as "figure", not a description
_FRAMES = ("audio", "canvas", "embed", "iframe", "object", "video")


def pictures(cell: Any) -> Iterator[tuple[str, str]]:
    """Yield of each picture of a cell what it is, and its words."""
    if cell.cell_type == "markdown":
        yield from _in_markdown(cell.source)
    for output in cell.get("outputs", []):
        yield from _in_output(output.get("data", {}), output.get("metadata", {}))


def _in_output(data: Any, metadata: Any) -> Iterator[tuple[str, str]]:
    plain = data.get("text/plain", "")
    for kind, content in data.items():
        if kind == "image/svg+xml":
            yield kind, words_of_svg(content)
        elif kind.startswith("image/"):
            yield kind, metadata.get(kind, {}).get("alt", "")
        elif kind == "text/html":
            yield from _in_html(content)
        elif kind.startswith("application/"):  # a widget, or a graph that draws itself
            yield kind, "" if plain.startswith("<") else plain


def _in_markdown(source: str) -> Iterator[tuple[str, str]]:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", source, re.MULTILINE | re.DOTALL)
    yield from (("mermaid", text) for language, text in blocks if language == "mermaid")
    shown = re.sub(r"^```.*?^```|`[^`\n]*`", "", source, flags=re.MULTILINE | re.DOTALL)
    yield from (("Markdown image", alt) for alt in re.findall(r"!\[(.*?)\]", shown, re.DOTALL))
    yield from _in_html(shown)


def _in_html(page: str) -> Iterator[tuple[str, str]]:
    yield from (("svg", words_of_svg(text)) for text in re.findall(r"<svg\b.*?</svg>", page, re.DOTALL))
    reader = _Reader()
    reader.feed(page)
    yield from reader.found


class _Reader(HTMLParser):
    """Reads which pictures other than SVG a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "img":
            self.found.append((tag, given.get("alt") or ""))
        elif tag in _FRAMES:
            self.found.append((tag, given.get("aria-label") or given.get("title") or ""))


def words_of_svg(text: str) -> str:
    """Return what the whole drawing is called and described as; titles of its parts do not count."""
    root = ElementTree.fromstring(text)
    described = [child.text for child in root if child.tag.rpartition("}")[2] in ("title", "desc")]
    return " ".join(words for words in [root.get("aria-label"), *described] if words)
