"""What fills, saves and restores variables is set apart, and nothing of the model with it."""

from tfkit.files._bookkeeping import bookkeeping_apart
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Node

FILLED, SAVED = ("initialising",), ("saving and restoring",)


def model():
    """Return a graph of two variables; ``w`` is used, ``spare`` only filled, and both are saved."""
    made = [
        ("x", "Placeholder", Kind.INPUT, ()),
        ("w", "VarHandleOp", Kind.VARIABLE, ()),
        ("w/Read/ReadVariableOp", "ReadVariableOp", Kind.OP, ("w",)),
        ("y", "MatMul", Kind.OP, ("x", "w/Read/ReadVariableOp")),
        ("spare", "VarHandleOp", Kind.VARIABLE, ()),
        ("zeros", "Const", Kind.CONSTANT, ()),
        ("spare/Assign", "AssignVariableOp", Kind.OP, ("spare", "zeros")),
        ("prefix", "Const", Kind.CONSTANT, ()),
        ("w/Save/ReadVariableOp", "ReadVariableOp", Kind.OP, ("w",)),
        ("keep", "SaveV2", Kind.OP, ("prefix", "w/Save/ReadVariableOp")),
        ("init", "NoOp", Kind.OP, ("^spare/Assign",)),
        ("alone", "NoOp", Kind.OP, ()),
        ("train", "NoOp", Kind.OP, ("^y",)),
    ]
    nodes = tuple(Node(name, op, name.rpartition("/")[2], (), kind) for name, op, kind, _ in made)
    edges = tuple(
        Edge(source.removeprefix("^"), name, target_input=place, control=source.startswith("^"))
        for name, _, _, inputs in made
        for place, source in enumerate(inputs)
    )
    return Graph("model", nodes, edges)


def test_each_group_holds_what_serves_it_alone():
    graph = bookkeeping_apart(model(), {"keep"})
    groups = {scope: [node.id for node in graph.nodes if node.scope == scope] for scope in (FILLED, SAVED, ())}
    assert groups == {
        FILLED: ["spare", "zeros", "spare/Assign", "w/Save/ReadVariableOp", "init", "alone"],
        SAVED: ["prefix", "keep"],
        (): ["x", "w", "w/Read/ReadVariableOp", "y", "train"],
    }


def test_what_reads_a_variable_from_a_group_says_which():
    graph = bookkeeping_apart(model(), {"keep"})
    assert graph["w/Save/ReadVariableOp"].attributes == {"variable": "w"}
    assert [edge.target for edge in graph.edges if edge.source == "w"] == ["w/Read/ReadVariableOp"]
    assert [edge.target for edge in graph.edges if edge.source == "spare"] == ["spare/Assign"]  # in the same group


def test_a_scope_that_saves_moves_as_a_whole():
    nodes = (Node("save/outer/a", "Op", "a", ("save", "outer")), Node("save/b", "SaveV2", "b", ("save",)))
    graph = bookkeeping_apart(Graph("g", nodes), {"save/b"})
    assert [node.scope for node in graph.nodes] == [(*SAVED, "save", "outer"), (*SAVED, "save")]
    assert [scope.path for scope in graph.scopes] == [SAVED, (*SAVED, "save"), (*SAVED, "save", "outer")]


def test_a_graph_without_variables_stays_as_it_is():
    graph = Graph("g", (Node("a", "Const", "a"), Node("b", "NoOp", "b")), (Edge("a", "b", control=True),))
    assert bookkeeping_apart(graph, set()) is graph
