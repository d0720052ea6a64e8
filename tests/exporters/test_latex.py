import pytest
from nbconvert.exporters import LatexExporter as StockExporter

from tests.drawing.cases import diamond, example
from tests.exporters.cases import notebook, shown
from tfkit.errors import DrawingError
from tfkit.exporters import LatexExporter, PdfExporter

OTHER = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle cx="4" cy="4" r="3"/></svg>'


@pytest.fixture
def no_programs(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


def pictures() -> list:
    return [shown(graph._repr_mimebundle_()) for graph in (diamond(), example())] + [shown({"image/svg+xml": OTHER})]


@pytest.mark.usefixtures("no_programs")
def test_every_svg_becomes_a_pdf_figure_without_inkscape():
    text, resources = LatexExporter().from_notebook_node(notebook(*pictures()))
    figures = {name: data for name, data in resources["outputs"].items() if name.endswith(".pdf")}
    assert len(figures) == 3
    for name, data in figures.items():
        assert data.startswith(b"%PDF") and name in text
    assert ".svg" not in text


@pytest.mark.usefixtures("no_programs")
def test_the_exporter_of_nbconvert_would_start_inkscape():
    with pytest.raises(FileNotFoundError, match="Inkscape"):
        StockExporter().from_notebook_node(notebook(*pictures()))


def test_a_pdf_that_is_there_stays():
    cell = shown({"image/svg+xml": OTHER, "application/pdf": "JVBERi0="})
    _, resources = LatexExporter().from_notebook_node(notebook(cell))
    assert b"%PDF-" in resources["outputs"].values()


def test_a_picture_that_is_none_is_told():
    with pytest.raises(DrawingError, match="not an SVG picture"):
        LatexExporter().from_notebook_node(notebook(shown({"image/svg+xml": "<svg"})))


@pytest.mark.parametrize("exporter", [LatexExporter, PdfExporter])
def test_figures_are_converted_after_the_notebook_is_run(exporter):
    names = [type(preprocessor).__name__ for preprocessor in exporter()._preprocessors]
    order = [names.index(name) for name in ("ExecutePreprocessor", "FiguresToPdf", "SVG2PDFPreprocessor")]
    assert order == sorted(order) and names.count("FiguresToPdf") == 1
