"""What differs between two graphs, and which node of one is which of the other."""

import random
from dataclasses import replace

import keras
import pytest
import tensorflow as tf

import tfkit
from tests.drawing.cases import CASES, circle, diamond, hub, nested, pseudo_random
from tfkit.errors import GraphError
from tfkit.graph import Graph
from tfkit.matching import match
from tfkit.parts import Edge, Kind, Mark, Node, Output, ScopeKind

shapes = tfkit.tracer(values=False)


def renamed(graph, *, shuffle=False):
    """The same graph, with other names everywhere."""
    new = {node.id: f"renamed/{number}" for number, node in enumerate(reversed(graph.nodes))}
    nodes = [replace(node, id=new[node.id], label=new[node.id][8:], scope=("renamed",)) for node in graph.nodes]
    edges = [replace(edge, source=new[edge.source], target=new[edge.target]) for edge in graph.edges]
    if shuffle:
        random.Random(0).shuffle(nodes)
        random.Random(1).shuffle(edges)
    return Graph("renamed", tuple(nodes), tuple(edges)), new


def ops(nodes):
    return sorted(node.op for node in nodes)


@pytest.mark.parametrize("name", CASES)
def test_a_graph_does_not_differ_from_itself(name):
    found = tfkit.diff(CASES[name], CASES[name])
    assert not found
    assert not found.renamed
    assert found.to_text().endswith("Nothing differs.")
    assert len(found.matches) == len(CASES[name].nodes)


@pytest.mark.parametrize("graph", [diamond(), nested(), circle(), hub(), pseudo_random(300, seed=4)])
def test_names_do_not_matter(graph):
    other, new = renamed(graph, shuffle=True)
    found = tfkit.diff(graph, other)
    assert not found
    if graph.name != "hub":  # whose users are interchangeable
        assert found.matches == new
    assert len(found.renamed) == len(graph.nodes)


@pytest.mark.parametrize("seed", range(8))
def test_random_edits_are_found(seed):
    graph = pseudo_random(120, seed=seed + 1)
    chance = random.Random(seed)
    victims = chance.sample(graph.nodes, 5)
    dropped, changed = {node.id for node in victims[:2]}, {node.id for node in victims[2:]}
    nodes = [
        replace(node, op="Swapped") if node.id in changed else node for node in graph.nodes if node.id not in dropped
    ]
    edges = [edge for edge in graph.edges if not {edge.source, edge.target} & dropped]
    before, new = renamed(Graph("g", graph.nodes, graph.edges))
    found = tfkit.diff(before, Graph("g", tuple(nodes), tuple(edges)))
    assert not found.added_edges or len(found.added) > 0 or found.removed_edges
    wrong = [there for here, there in found.matches.items() if new[there] != here]
    kept = len(nodes)
    # Structure alone cannot tell all: what is alike on all sides, or has lost its surroundings, may be missed.
    assert len(found.matches) - len(wrong) >= 0.9 * kept
    assert len(found.added) <= 0.1 * kept


def test_training_and_inference_of_a_model():
    model = keras.Sequential([
        keras.Input((8,)), keras.layers.Dense(4, "relu", name="hidden"), keras.layers.Dropout(0.5, name="dropout"),
        keras.layers.BatchNormalization(name="batch_normalization"), keras.layers.Dense(3),
    ])  # fmt: skip
    x = tf.TensorSpec((None, 8))
    found = tfkit.diff(shapes(model, x, training=False), shapes(model, x, training=True))
    assert found.removed == ()
    assert {"StatelessRandomUniformV2", "SelectV2", "SquaredDifference", "AssignVariableOp"} <= set(ops(found.added))
    assert {node.scope[1].rstrip("_1") for node in found.added} == {"dropout", "batch_normalization"}
    assert "MatMul" not in ops(found.added) and "Relu" not in ops(found.added)
    closed = {node.label: (node.mark, node.note) for node in found.graph.collapse(
        *(scope.path for scope in found.graph.scopes if len(scope.path) == 2)).nodes}  # fmt: skip
    assert closed["hidden"][0] == Mark.NONE
    assert closed["dropout"] == (Mark.ADDED, "")
    assert closed["batch_normalization"] == (Mark.CHANGED, f"{sum('batch' in n.id for n in found.added)} added")


def test_a_layer_put_in_between_is_all_that_is_added():
    def model(*middle):
        return keras.Sequential([
            keras.Input((8,)), keras.layers.Dense(4, "relu"), *middle,
            keras.layers.Dense(4, "relu"), keras.layers.Dense(3),
        ])  # fmt: skip

    x = tf.TensorSpec((None, 8))
    found = tfkit.diff(shapes(model(), x), shapes(model(keras.layers.Dense(4, "tanh")), x))
    assert ops(found.added) == [
        "BiasAdd",
        "MatMul",
        "Placeholder",
        "Placeholder",
        "ReadVariableOp",
        "ReadVariableOp",
        "Tanh",
    ]
    assert (found.removed, found.changed) == ((), ())
    assert len(found.removed_edges) == 1


def test_what_changed_is_said_in_words():
    x = Node("x", "Placeholder", "x", kind=Kind.INPUT, outputs=(Output((2, 3), "float32"),))
    one = Node(
        "y", "MatMul", "y", outputs=(Output((2, 3), "float32"),), attributes={"transpose_a": False, "T": "float32"}
    )
    other = replace(one, outputs=(Output((3, 2), "float64"),), attributes={"transpose_a": True, "T": "float64"})
    (change,) = tfkit.diff(Graph("a", (x, one), (Edge("x", "y"),)), Graph("b", (x, other), (Edge("x", "y"),))).changed
    assert change.what == "shape (2, 3) -> (3, 2), dtype float32 -> float64, transpose_a False -> True"


def test_names_of_functions_that_tensorflow_numbers_are_no_change():
    one = Node("f", "PartitionedCall", "f", attributes={"f": "__inference_f_12"})
    assert not tfkit.diff(Graph("a", (one,)), Graph("b", (replace(one, attributes={"f": "__inference_f_97"}),)))


def test_three_dialects_of_one_regression():
    w, b = tf.Variable([[2.0]], name="w"), tf.Variable([1.0], name="b")

    class Module(tf.Module):
        def __init__(self):
            self.slope, self.offset = tf.Variable([[3.0]]), tf.Variable([0.0])

        @tf.function
        def __call__(self, inputs):
            return tf.add(tf.matmul(inputs, self.slope), self.offset)

    module = Module()
    dense = keras.layers.Dense(1)
    x = tf.TensorSpec((None, 1))
    plain, modular, layered = shapes(lambda x: x @ w + b, x), shapes(module.__call__, x), shapes(dense, x)
    assert not tfkit.diff(plain, modular)
    found = tfkit.diff(plain, layered)
    assert (found.added, found.removed) == ((), ())
    assert [change.what for change in found.changed] in ([], ["AddV2 -> BiasAdd"])

    old = tf.Graph()
    with old.as_default():
        inputs = tf.compat.v1.placeholder(tf.float32, (None, 1))
        weight, bias = (tf.compat.v1.get_variable(name, shape) for name, shape in (("W", (1, 1)), ("B", (1,))))
        tf.matmul(inputs, weight) + bias
    found = tfkit.diff(plain, shapes(old))
    assert found.removed == () and found.changed == ()
    assert {"MatMul", "AddV2"} <= {plain[one].op for one in found.matches}
    assert "MatMul" not in ops(found.added)


def test_an_operation_that_was_replaced_is_changed_where_it_stands():
    found = tfkit.diff(
        shapes(lambda x: tf.exp(tf.nn.relu(x)), tf.TensorSpec(())),
        shapes(lambda x: tf.exp(tf.nn.elu(x)), tf.TensorSpec(())),
    )
    assert [change.what for change in found.changed] == ["Relu -> Elu"]
    assert not found.added and not found.removed and not found.added_edges


def test_swapped_inputs_are_other_edges():
    nodes = [Node(name, "Placeholder", name, kind=Kind.INPUT) for name in "ab"] + [Node("c", "Sub", "c")]
    one = Graph("g", tuple(nodes), (Edge("a", "c"), Edge("b", "c", 0, 1), Edge("a", "c", control=True)))
    two = Graph("g", tuple(nodes), (Edge("b", "c"), Edge("a", "c", 0, 1), Edge("a", "c", control=True)))
    found = tfkit.diff(one, two)
    assert not found.added and not found.removed
    assert bool(found) == bool(found.renamed or found.added_edges)


def test_the_merged_graph_holds_both_and_marks_what_differs():
    gone = Graph("old", (*diamond().nodes, Node("e/x", "Exp", "x", ("e",)), Node("new", "Neg", "new")),
                 (*diamond().edges, Edge("e", "e/x"), Edge("a", "new")))  # fmt: skip
    fresh = Graph("new", (*diamond().nodes, Node("new", "Tanh", "new"), Node("more", "Sum", "more")),
                  (*diamond().edges, Edge("new", "more"), Edge("b", "new")))  # fmt: skip
    found = tfkit.diff(gone, fresh)
    graph = found.graph
    assert graph.name == "old -> new"
    marks = {node.id: node.mark for node in graph.nodes if node.mark}
    assert marks["e/x"] == Mark.REMOVED and marks["more"] == Mark.ADDED
    assert {edge.mark for edge in graph.edges} == {Mark.NONE, Mark.ADDED, Mark.REMOVED}
    assert len(graph.nodes) == len(fresh.nodes) + len(found.removed)
    assert graph.to_svg() and graph.to_html() and graph.to_dot()


def test_removed_nodes_stand_in_the_group_that_their_neighbours_are_in_now():
    nodes = [Node(f"s/{name}", op, name, ("s",)) for name, op in (("a", "Exp"), ("b", "Log"), ("c", "Neg"))]
    old = Graph("g", tuple(nodes), (Edge("s/a", "s/b"), Edge("s/b", "s/c")))
    new = Graph("g", (Node("t/a", "Exp", "a", ("t",)), Node("t/c", "Neg", "c", ("t",))), (Edge("t/a", "t/c"),))
    graph = tfkit.diff(old, new).graph
    assert [(node.id, node.scope) for node in graph.nodes] == [("t/a", ("t",)), ("s/b", ("t",)), ("t/c", ("t",))]


def test_an_id_that_both_use_for_different_nodes_stays_unique():
    old = Graph("g", (Node("x", "Exp", "x"), Node("n", "Log", "n")), (Edge("x", "n"),))
    new = Graph("g", (Node("n", "Sum", "n", kind=Kind.CONSTANT), Node("x", "Exp", "x")), ())
    graph = tfkit.diff(old, new).graph
    assert {node.id for node in graph.nodes} == {"x", "n", "n (removed)"}


def test_it_shows_itself():
    found = tfkit.diff(diamond(), nested())
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"].startswith("GraphDiff('diamond' -> 'nested'")
    assert "application/vnd.tfkit.graph+json" in bundle
    assert found.to_svg().startswith("<svg") and "<!doctype" in found.to_html()


def test_many_differences_are_counted_not_all_listed(tmp_path):
    other = Graph("other", tuple(Node(str(i), "Other", str(i)) for i in range(500)))
    text = tfkit.diff(diamond(), other).to_text()
    assert text.splitlines()[-1].startswith("... and ")
    assert tfkit.diff(diamond(), other).save(tmp_path / "d.svg").is_file()


@pytest.mark.parametrize("wrong", [None, "graph.pb", len])
def test_what_is_no_graph_is_refused(wrong):
    with pytest.raises(GraphError, match="takes two graphs"):
        tfkit.diff(diamond(), wrong)


def test_long_chains_wide_hubs_and_empty_graphs():
    nodes = tuple(Node(str(i), "Op", str(i)) for i in range(5000))
    chain = Graph("chain", nodes, tuple(Edge(str(i), str(i + 1)) for i in range(4999)))
    wide = Graph("wide", nodes, tuple(Edge("0", str(i)) for i in range(1, 5000)))
    assert not tfkit.diff(chain, chain) and not tfkit.diff(wide, wide)
    assert len(tfkit.diff(wide, Graph("empty")).removed) == 5000
    assert len(match(chain, wide)) > 0
    assert len(match(wide, renamed(wide, shuffle=True)[0])) == 5000


def test_functions_opened_in_place_can_be_compared():
    def one(x):
        return tf.cond(x > 0.0, lambda: x * 2.0, lambda: x)

    def two(x):
        return tf.cond(x > 0.0, lambda: tf.exp(x * 2.0), lambda: x)

    found = tfkit.diff(shapes(one, tf.TensorSpec(())), shapes(two, tf.TensorSpec(())))
    assert "Exp" in ops(found.added)
    assert {scope.kind for scope in found.graph.scopes} == {ScopeKind.FUNCTION}
