"""Notebook to LaTeX and PDF without Inkscape: pictures are converted in process."""

from __future__ import annotations

import base64
from typing import Any

from nbconvert import exporters
from nbconvert.preprocessors import ConvertFiguresPreprocessor, SVG2PDFPreprocessor
from traitlets import default

from tfkit.drawing.convert import to_pdf


class FiguresToPdf(ConvertFiguresPreprocessor):  # type: ignore[misc] # nbconvert carries no types
    """Gives each SVG output a PDF beside it, so that nothing is left to do for Inkscape."""

    @default("enabled")
    def _enabled_default(self) -> bool:
        return True

    @default("from_format")
    def _from_format_default(self) -> str:
        return "image/svg+xml"

    @default("to_format")
    def _to_format_default(self) -> str:
        return "application/pdf"

    def convert_figure(self, data_format: str, data: str) -> str:
        """Return a picture as a notebook keeps a PDF.

        Raises:
            DrawingError: If the picture cannot be converted.
        """
        return base64.encodebytes(to_pdf(data)).decode("ascii")


class _WithFigures:
    """What both exporters do before they are those of nbconvert."""

    _preprocessors: list[Any]

    def _init_preprocessors(self) -> None:
        super()._init_preprocessors()  # type: ignore[misc] # that of nbconvert's Exporter
        names = [type(preprocessor).__name__ for preprocessor in self._preprocessors]
        # After the one that runs the notebook, just before the one that would start Inkscape.
        self._preprocessors.insert(names.index(SVG2PDFPreprocessor.__name__), FiguresToPdf(parent=self))


class LatexExporter(_WithFigures, exporters.LatexExporter):  # type: ignore[misc]
    """``jupyter nbconvert --to tfkit_latex``: LaTeX with every SVG picture as a PDF beside it; Markdown needs Pandoc.

    Example:
        >>> LatexExporter().file_extension
        '.tex'
    """

    export_from_notebook = "LaTeX with graphs"


class PdfExporter(_WithFigures, exporters.PDFExporter):  # type: ignore[misc]
    """``jupyter nbconvert --to tfkit_pdf``: PDF through Pandoc and LaTeX, which must be installed.

    Example:
        >>> PdfExporter().file_extension
        '.pdf'
    """

    export_from_notebook = "PDF with graphs, via LaTeX"
