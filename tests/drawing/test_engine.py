import shutil

import pytest

from tests.drawing.cases import CASES, diamond
from tfkit.drawing.engine import draw_with_dot
from tfkit.errors import DrawingError

needs_dot = pytest.mark.skipif(
    shutil.which("dot") is None,
    reason="Graphviz is optional, for engine='dot', and not installed: apt-get install graphviz",
)


@needs_dot
@pytest.mark.parametrize("name", CASES)
def test_dot_accepts_what_is_written(name):
    assert CASES[name].to_svg(engine="dot").count('class="node"') >= (name != "empty")


def test_a_missing_program_is_named_with_its_cure(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DrawingError, match="Graph.to_svg\\(\\) needs none.*install graphviz"):
        draw_with_dot(diamond())


def test_our_own_picture_needs_no_program(monkeypatch, tmp_path):
    with_dot = diamond().to_svg()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert diamond().to_svg() == with_dot
