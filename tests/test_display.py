import base64
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.drawing.cases import diamond, example, nested, pseudo_random
from tfkit import display
from tfkit.errors import DrawingError, FileError, GraphError
from tfkit.graph import Graph

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("graph", [diamond(), example(), nested()], ids=lambda graph: graph.name)
def test_text(golden, graph):
    golden(GOLDEN / f"{graph.name}.txt", graph.to_text() + "\n")


def test_text_tells_the_number_that_a_graph_is_coloured_by():
    lines = diamond().with_overlay({"a": 2048, "e": 0}, unit="B").to_text().splitlines()
    assert lines[1] == "a      Placeholder() -> () float32 [input] [2.05 kB]"
    assert [line.rpartition(" [")[2] for line in lines if line.endswith("B]")] == ["2.05 kB]", "0 B]"]


def test_text_is_cut_where_asked_and_says_so():
    lines = pseudo_random(100).to_text(max_lines=10).splitlines()
    assert len(lines) == 12 and lines[-1] == "... and 90 more"


def test_a_notebook_keeps_the_graph_itself_a_picture_and_text():
    bundle = example()._repr_mimebundle_()
    assert set(bundle) == {display.MIME_TYPE, "image/svg+xml", "text/plain"}
    assert Graph.from_wire(base64.b64decode(bundle[display.MIME_TYPE]["data"])) == example()
    assert bundle["image/svg+xml"] == example().to_svg()


def test_a_crowded_graph_reaches_the_page_in_groups():
    data = base64.b64decode(display.mimebundle(pseudo_random(500))[display.MIME_TYPE]["data"])
    sent = Graph.from_wire(data)
    assert len(sent.nodes) == 500 and sent.scopes


@pytest.mark.parametrize("sign", ["VSCODE_PID", "google.colab"])
def test_where_our_renderer_cannot_be_installed_a_page_goes_along(monkeypatch, sign):
    monkeypatch.setattr(display, "page", lambda title, *rest: f"<p>{title}</p>")
    monkeypatch.setenv("VSCODE_PID", "1") if sign.isupper() else monkeypatch.setitem(
        display.sys.modules, sign, object()
    )
    assert diamond()._repr_mimebundle_()["text/html"] == "<p>diamond</p>"


def test_a_page_is_complete_and_names_in_it_are_text(monkeypatch, tmp_path):
    script = tmp_path / "static" / "graph.js"
    script.parent.mkdir()
    script.write_text("window.tfkit = {}")
    monkeypatch.setattr(display, "files", lambda package: tmp_path)
    page = Graph("</script><b>", example().nodes).to_html()
    assert page.count("<script") == page.count("</script>") == 2
    assert "http://" not in page and "https://" not in page
    assert "&lt;/script&gt;&lt;b&gt;" in page


def test_a_page_without_a_front_end_says_how_to_build_it(monkeypatch, tmp_path):
    monkeypatch.setattr(display, "files", lambda package: tmp_path)
    with pytest.raises(DrawingError, match="npm run build"):
        diamond().to_html()


@pytest.mark.parametrize("suffix", [".svg", ".dot", ".json"])
def test_save_writes_what_the_suffix_names(tmp_path, suffix):
    path = example().save(tmp_path / f"graph{suffix}")
    expected = {".svg": example().to_svg(), ".dot": example().to_dot()}
    if suffix == ".json":
        assert Graph.from_dict(json.loads(path.read_text(encoding="utf-8"))) == example()
    else:
        assert path.read_text(encoding="utf-8") == expected[suffix]
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize(("name", "message"), [("a.gif", "must end in one of"), ("missing/a.svg", "Cannot write")])
def test_save_refuses_by_name(tmp_path, name, message):
    with pytest.raises(FileError, match=message) as caught:
        diamond().save(tmp_path / name)
    assert name.split("/")[-1] in str(caught.value)


def _no_room(path, data):
    raise OSError("no room")


def test_a_failed_save_is_told_and_leaves_the_old_file(monkeypatch, tmp_path):
    path = diamond().save(tmp_path / "a.svg")
    monkeypatch.setattr(display, "write_whole", _no_room)
    with pytest.raises(FileError, match="no room"):
        example().save(path)
    assert path.read_text() == diamond().to_svg() and os.listdir(tmp_path) == ["a.svg"]


def test_an_unknown_engine_is_refused_with_the_known_ones():
    with pytest.raises(DrawingError, match="engine='neato' is unknown; it must be one of 'tfkit', 'dot'"):
        diamond().to_svg(engine="neato")


def test_show_outside_a_notebook_says_what_to_do(monkeypatch):
    monkeypatch.delitem(display.sys.modules, "IPython", raising=False)
    with pytest.raises(DrawingError, match="graph.save"):
        diamond().show()


@pytest.mark.parametrize("overlay", [None, {"a": 2.0}, "output size"])
def test_show_hands_the_graph_to_the_notebook_coloured_as_asked(monkeypatch, overlay):
    shown = []
    notebook = SimpleNamespace(display=SimpleNamespace(display=shown.append))
    monkeypatch.setitem(display.sys.modules, "IPython", notebook)
    diamond().show(overlay)
    assert shown == [diamond() if overlay is None else diamond().with_overlay(overlay)]


def test_show_refuses_what_with_overlay_refuses(monkeypatch):
    monkeypatch.setitem(display.sys.modules, "IPython", SimpleNamespace(display=SimpleNamespace(display=None)))
    with pytest.raises(GraphError, match="Cannot colour by 'flops'"):
        diamond().show("flops")
