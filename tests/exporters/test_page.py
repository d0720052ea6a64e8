import base64
import subprocess
import sys
from html import escape

import pytest
from nbconvert.exporters import get_exporter
from nbformat.v4 import new_markdown_cell

from tests.drawing.cases import diamond
from tests.exporters.cases import HOSTILE, notebook, shown, with_graphs
from tfkit import display
from tfkit.errors import DrawingError
from tfkit.exporters import HtmlExporter, LatexExporter, PdfExporter
from tfkit.exporters.mathematics import to_mathml


def exported(*cells) -> str:
    return HtmlExporter().from_notebook_node(notebook(*cells))[0]


def test_the_script_stands_once_and_every_graph_in_it_once():
    page, _ = HtmlExporter().from_notebook_node(with_graphs())
    assert page.count(display.front_end()) == 1
    assert page.count(f'<script type="{display.MIME_TYPE}">') == 5
    assert page.count("<noscript><img") == 5
    for unwanted in ("cdnjs", "unpkg", "require", "MathJax", "widget-state", "<!--<script>", HOSTILE):
        assert unwanted not in page.replace(display.front_end(), "")


def test_a_page_without_graphs_has_no_script():
    assert "<script" not in exported(new_markdown_cell("text"))


@pytest.mark.parametrize("mime_type", display.SCRIPTS)
def test_a_page_has_the_script_of_what_it_shows_and_no_other(mime_type):
    page = exported(shown({mime_type: {"version": 1, "data": ""}, "text/plain": ""}))
    assert [kind for kind in display.SCRIPTS if display.front_end(kind) in page] == [mime_type]


def test_nothing_of_a_stored_graph_ends_its_script():
    page = exported(shown({display.MIME_TYPE: {"version": 1, "data": "", "more": HOSTILE}, "text/plain": ""}))
    assert page.count("<script") == page.count("</script>") == 2
    assert "\\u003c/script>\\u003c!--" in page


def test_pictures_beside_the_notebook_are_taken_into_the_page(tmp_path):
    (tmp_path / "a.png").write_bytes(b"png")
    stored = f"data:image/png;base64,{base64.b64encode(b'png').decode()}"
    text = "![a](a.png)\n\n<details><summary>More</summary>\n\ninside <img width=5 src='a.png'>\n\n</details>"
    found, _ = HtmlExporter().from_notebook_node(notebook(new_markdown_cell(text)), {"metadata": {"path": tmp_path}})
    assert found.count(stored) == 2
    assert found.index("inside") < found.index("</details>")


@pytest.mark.parametrize(
    ("tex", "part"),
    [
        (r"\frac{a}{b}", "<mfrac>"),
        (r"a \& b", "<mi>&amp;</mi>"),
        (r"a < b", "<mo>&lt;</mo>"),
        (r"\text{<script>}", "<mtext>&lt;script&gt;</mtext>"),
        (r"\begin{aligned}a &= b\\c &= d\end{aligned}", "</mtr><mtr>"),
        (r"\begin{align}a &= b \label{eq:one}\end{align}", "<mtable"),
    ],
)
def test_tex_becomes_mathml(tex, part):
    assert part in to_mathml(tex)


@pytest.mark.parametrize("tex", ["", r"\frac", r"\left( x", r"\unknown{x}", "a & b"])
def test_what_cannot_be_converted_stays_tex(tex):
    assert to_mathml(tex) is None
    assert f"<p>so: ${escape(tex)}$!</p>" in exported(new_markdown_cell(f"so: ${tex}$!"))


def test_without_the_converter_tex_stays_and_nbconvert_works(monkeypatch):
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    assert "$x^2$" in exported(new_markdown_cell("$x^2$"))


def test_a_front_end_that_is_not_built_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(display, "files", lambda package: tmp_path)
    with pytest.raises(DrawingError, match="npm run build"):
        exported(shown(diamond()._repr_mimebundle_()))


@pytest.mark.parametrize("exporter", [HtmlExporter, LatexExporter, PdfExporter])
def test_nbconvert_finds_the_forms_by_name(exporter):
    name = f"tfkit_{exporter.__name__.removesuffix('Exporter').lower()}"
    assert get_exporter(name) is exporter


def test_looking_for_forms_loads_nothing_heavy():
    code = (
        "import sys, tfkit.exporters;"
        "print(*{'tensorflow', 'keras', 'matplotlib', 'vl_convert', 'latex2mathml'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
