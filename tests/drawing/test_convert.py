import base64
import io
import sys

import pytest
from PIL import Image, ImageOps

from tests.drawing.cases import CASES, diamond, example, marked
from tfkit.drawing import convert
from tfkit.drawing.convert import to_pdf, to_png
from tfkit.drawing.style import STYLE, text_width
from tfkit.errors import DrawingError

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="20">'


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


@pytest.mark.parametrize("name", CASES)
def test_every_picture_can_be_converted(name):
    svg = CASES[name].to_svg()
    assert to_png(svg).startswith(b"\x89PNG") and to_pdf(svg).startswith(b"%PDF")


def test_save_needs_no_other_program(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    png = opened(diamond().save(tmp_path / "a.png").read_bytes())
    pdf = diamond().save(tmp_path / "a.pdf").read_bytes()
    width, height = (int(part.split('"')[1]) for part in diamond().to_svg().split(" ", 4)[2:4])
    assert png.size == (2 * width, 2 * height)
    assert png.getpixel((0, 0)) == (255, 255, 255)  # an opaque ground
    assert b"LiberationSans-Bold" in pdf and b"/Subtype /Image" not in pdf  # letters and lines, not pixels


def test_equal_graphs_give_equal_pixels():
    assert to_png(example().to_svg()) == to_png(example().to_svg())


@pytest.mark.parametrize("text", ["W" * 12, "m" * 12, "i" * 12, "dense_kernel", "(None, 784)", "Relu"])
@pytest.mark.parametrize(("weight", "spare"), [("normal", 1), ("bold", STYLE["padding_x"])])  # bold is estimated
def test_text_is_as_wide_as_was_measured(text, weight, spare):
    head = HEAD.replace('"40"', '"400"').replace(">", f' font-family="{STYLE["font"]}" font-weight="{weight}">')
    ground = '<rect width="400" height="20" fill="#fff"/>'
    png = to_png(f'{head}{ground}<text x="20" y="15" font-size="13">{text}</text></svg>')
    left, _, right, _ = ImageOps.invert(opened(png)).getbbox()
    measured = text_width(text, 13, bold=weight == "bold")
    assert 0.8 * measured < (right - left) / 2 <= measured + spare


@pytest.mark.parametrize("attribute", ["href", "xlink:href"])
def test_nothing_is_read_from_elsewhere(tmp_path, attribute):
    other = tmp_path / "other.png"
    other.write_bytes(to_png(marked().to_svg()))
    outside = f'{HEAD}<image {attribute}="{other}" width="40" height="20"/></svg>'
    assert to_png(outside) == to_png(HEAD + "</svg>")
    inside = outside.replace(str(other), "data:image/png;base64," + base64.b64encode(other.read_bytes()).decode())
    assert to_png(inside) != to_png(HEAD + "</svg>")


def test_a_huge_picture_gets_fewer_pixels(monkeypatch):
    monkeypatch.setattr(convert, "_MOST_PIXELS", 200)
    width, height = opened(to_png(HEAD + "</svg>")).size
    assert width * height <= 200 and width == 2 * height


@pytest.mark.parametrize("convert_it", [to_png, to_pdf])
@pytest.mark.parametrize(
    ("svg", "message"),
    [("", "not an SVG picture"), ("<svg", "not an SVG picture"), ("<svg/>", "could not be converted")],
)
def test_what_is_no_picture_is_refused(convert_it, svg, message):
    with pytest.raises(DrawingError, match=message) as caught:
        convert_it(svg)
    assert "backtrace" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_package_is_named_with_its_cure(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(DrawingError, match="pip install vl-convert-python"):
        diamond().save(tmp_path / "a.png")
    assert not list(tmp_path.iterdir())
