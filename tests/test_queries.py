import pytest

from tests.drawing.cases import diamond, example, nested
from tfkit.errors import GraphError
from tfkit.graph import Graph
from tfkit.parts import Cost, Edge, Kind, Mark, Node, Output, Source


def ids(nodes):
    return [node.id for node in nodes]


def rich():
    """A graph with one fact of every sort."""
    small, large = Output((None, 10), "float32", "/CPU:0"), Output((3,), "int64", "/GPU:0")
    source = Source("train.py", 7, "y = x @ w")
    return Graph("rich", (
        Node("x", "Placeholder", "x", kind=Kind.INPUT, outputs=(small,)),
        Node("m/a/MatMul", "MatMul", "MatMul", ("m", "a"), outputs=(small, large), attributes={"parameters": 7850}),
        Node("m/b", "Relu", "b", ("m",), source=source, attributes={"parameters": 0, "name": "b", "on": True}),
        Node("mm/c", "MatMulGrad", "c", ("mm",), cost=Cost(0.5, 100), mark=Mark.FAILED, note="no fit"),
    ))  # fmt: skip


QUESTIONS = {
    "a text is a pattern for the whole fact": ({"op": "MatMul"}, ["m/a/MatMul"]),
    "case does not matter": ({"op": "matmul.*"}, ["m/a/MatMul", "mm/c"]),
    "kind": ({"kind": "input"}, ["x"]),
    "kind as a kind": ({"kind": Kind.INPUT}, ["x"]),
    "shape of any output": ({"shape": (3,)}, ["m/a/MatMul"]),
    "shape as a list": ({"shape": [None, 10]}, ["x", "m/a/MatMul"]),
    "shape as a function": ({"shape": lambda shape: len(shape) == 1}, ["m/a/MatMul"]),
    "dtype": ({"dtype": "int.*"}, ["m/a/MatMul"]),
    "device": ({"device": ".*GPU.*"}, ["m/a/MatMul"]),
    "scope holds what is in it": ({"scope": "m"}, ["m/a/MatMul", "m/b"]),
    "scope as names": ({"scope": ("m", "a")}, ["m/a/MatMul"]),
    "attribute as a function": ({"parameters": lambda count: count > 1000}, ["m/a/MatMul"]),
    "attribute by value": ({"parameters": 0}, ["m/b"]),
    "True is not 1": ({"on": 1}, []),
    "line": ({"line": 7}, ["m/b"]),
    "file": ({"file": r"train\.py"}, ["m/b"]),
    "mark": ({"mark": "failed"}, ["mm/c"]),
    "note": ({"note": ".*fit"}, ["mm/c"]),
    "time": ({"time_s": lambda seconds: seconds > 0.1}, ["mm/c"]),
    "memory": ({"memory_bytes": 100}, ["mm/c"]),
    "several": ({"scope": "m", "dtype": "float32"}, ["m/a/MatMul"]),
    "id": ({"id": "m/.*"}, ["m/a/MatMul", "m/b"]),
    "label": ({"label": "c"}, ["mm/c"]),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions(question):
    where, found = QUESTIONS[question]
    assert ids(rich().find(**where)) == found


def test_a_pattern_and_conditions_together():
    assert ids(rich().find("mul", scope="mm")) == ["mm/c"]
    assert rich().find() == rich().nodes


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"parametres": 1}, "no|No node of graph 'rich' has an attribute 'parametres'.*parameters"),
        ({"op": "("}, "not a regular expression"),
        ({"scope": 3}, "path of a group"),
        ({"name": lambda value: value > 3}, "condition on name cannot be asked of 'b'"),
    ],
)
def test_questions_that_cannot_be_asked(where, message):
    with pytest.raises(GraphError, match=message):
        rich().find(**where)


def test_what_lies_between():
    assert ids(diamond().between("a", "e")) == ["a", "c", "d", "e"]
    assert diamond().between("e", "a") == ()
    assert ids(diamond().between("c", "c")) == ["c"]
    with pytest.raises(GraphError, match="no node 'nowhere'"):
        diamond().between("a", "nowhere")


def test_paths():
    ways = diamond().paths("a", "e")
    assert [ids(way) for way in ways] == [["a", "c", "e"], ["a", "d", "e"]]
    assert len(diamond().paths("a", "e", limit=1)) == 1
    assert diamond().paths("e", "a") == ()
    assert [ids(way) for way in diamond().paths("c", "c")] == [["c"]]
    assert len(nested().paths("in", "out")) == 3
    with pytest.raises(GraphError, match="limit=0"):
        diamond().paths("a", "e", limit=0)


def test_paths_where_there_are_circles_and_very_many():
    nodes = [Node(str(i), "Op", str(i)) for i in range(41)]
    ladder = [Edge(str(i), str(i + step)) for i in range(0, 39, 2) for step in (1, 2)]
    ladder += [Edge(str(i), str(i + 1)) for i in range(1, 40, 2)]
    back = [Edge("30", "0"), Edge("4", "4")]
    graph = Graph("ladder", tuple(nodes), tuple(ladder + back))
    ways = graph.paths("0", "40", limit=50)
    assert len(set(map(tuple, map(ids, ways)))) == 50
    assert all(len(set(ids(way))) == len(way) for way in ways)


def test_a_long_chain_needs_no_recursion():
    nodes = tuple(Node(str(i), "Op", str(i)) for i in range(5000))
    graph = Graph("chain", nodes, tuple(Edge(str(i), str(i + 1)) for i in range(4999)))
    (way,) = graph.paths("0", "4999")
    assert len(way) == 5000


def test_names_of_any_character_are_only_names():
    assert ids(example().find(id=".*__proto__")) == ["__proto__"]
