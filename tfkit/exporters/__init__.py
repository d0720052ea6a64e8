"""Forms for ``jupyter nbconvert --to``: pages with live graphs, and LaTeX and PDF with drawn ones.

The only part that imports nbconvert, which finds it by the entry points in ``pyproject.toml``.
"""

from tfkit.exporters.latex import LatexExporter, PdfExporter
from tfkit.exporters.page import HtmlExporter

__all__ = ["HtmlExporter", "LatexExporter", "PdfExporter"]
