from pathlib import Path

import pytest

from tests.drawing.cases import CASES
from tfkit.drawing.dot import quote, to_dot
from tfkit.graph import Graph
from tfkit.parts import Node

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("name", ["empty", "diamond", "example", "nested", "marked"])
def test_text(golden, name):
    golden(GOLDEN / f"{name}.dot", to_dot(CASES[name]))


@pytest.mark.parametrize("text", ['a"b', "a\\", "a\nb", "</script>", "a:b", "\u202eabc", "-> {x}"])
def test_any_name_stays_one_string(text):
    inner = quote(text)[1:-1]
    assert quote(text)[0] == quote(text)[-1] == '"'
    assert '"' not in inner.replace("\\\\", "").replace('\\"', "")
    assert inner.replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\") == text


def test_clusters_close_where_their_scope_ends():
    nodes = (Node("1", "Op", "1", ("a", "b")), Node("2", "Op", "2", ("c",)), Node("3", "Op", "3", ("a",)))
    text = to_dot(Graph("g", nodes))
    assert text.count("subgraph") == 3
    assert text.count("{") == text.count("}")
