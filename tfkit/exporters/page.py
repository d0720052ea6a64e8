"""Notebook to a page in which every stored graph is live, without a kernel, a server or a network."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from html import escape
from typing import Any

from jinja2 import PackageLoader, pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbformat import NotebookNode
from traitlets import default
from traitlets.config import Config

from tfkit.display import SCRIPTS, front_end, payload_script, policy
from tfkit.exporters.mathematics import MathRenderer

# What a notebook keeps within itself may be shown, and its author's own scripts run; nothing may be fetched.
_POLICY = policy("'unsafe-inline'", "blob: data:") + "; media-src data: blob:; font-src data:"
_SHOWN = (
    *(*SCRIPTS, "application/javascript", "text/html", "text/markdown", "image/svg+xml"),
    *("text/latex", "image/png", "image/jpeg", "text/plain"),
)


class HtmlExporter(HTMLExporter):  # type: ignore[misc] # nbconvert carries no types
    """``jupyter nbconvert --to tfkit_html``: one file, with live graphs, that asks nothing of any server.

    Mathematics is shown as MathML, pictures beside the notebook are taken into the page. What needs code from
    elsewhere (widgets, Mermaid) is shown as the text that is stored with it, pictures from the web by their name.

    Example:
        >>> from nbformat.v4 import new_markdown_cell, new_notebook
        >>> page, _ = HtmlExporter().from_notebook_node(new_notebook(cells=[new_markdown_cell("$x$")]))
        >>> "<mi>x</mi>" in page and "<script" not in page
        True
    """

    export_from_notebook = "HTML with live graphs"

    @default("template_file")
    def _template_file_default(self) -> str:
        return "live_graphs.html.j2"

    @default("extra_loaders")
    def _extra_loaders_default(self) -> list[PackageLoader]:
        return [PackageLoader("tfkit.exporters", "")]

    @default("embed_images")
    def _embed_images_default(self) -> bool:
        return True

    @property
    def default_config(self) -> Config:
        """Graphs come first; what only a script from elsewhere could show is left out."""
        config: Config = super().default_config
        config.NbConvertBase.display_data_priority = list(_SHOWN)
        return config

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Return Markdown as HTML, as the parent does, with mathematics as MathML."""
        renderer = MathRenderer(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            embed_images=self.embed_images,
            path=context.get("resources", {}).get("metadata", {}).get("path", ""),
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
            **self.lexer_options,
        )
        return str(MarkdownWithMath(renderer=renderer).render(source))

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **options: Any) -> tuple[str, Any]:
        """Return the page and what belongs to it."""
        nb = copy.deepcopy(nb)
        nb.metadata.pop("widgets", None)  # so that the parent shows what is stored beside each widget
        resources = {**(resources or {}), "front_ends": [front_end(kind) for kind in _live_kinds(nb)]}
        page, resources = super().from_notebook_node(nb, resources, **options)
        return str(page), resources

    def _init_resources(self, resources: Any) -> Any:
        resources = super()._init_resources(resources)
        resources.update(policy=escape(_POLICY), live_mime_types=list(SCRIPTS))
        return resources

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """Return the filters of the parent and the one that writes a view down."""
        yield from super().default_filters()
        yield "payload_script", payload_script


def _live_kinds(nb: NotebookNode) -> list[str]:
    """Return the kinds of our views that are among the outputs."""
    outputs = [output.get("data", {}) for cell in nb.cells for output in cell.get("outputs", [])]
    return [kind for kind in SCRIPTS if any(kind in data for data in outputs)]
