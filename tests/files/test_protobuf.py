"""GraphDefs, MetaGraphDefs and SavedModels, as TensorFlow writes them."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tests.files.renew_ops import OPS, registered
from tfkit.errors import FileError
from tfkit.files._graph_def import read_graph_def
from tfkit.parts import Kind, ScopeKind

v1 = tf.compat.v1


class Module(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.ones((3, 2)), name="w")

    @tf.function(input_signature=[tf.TensorSpec((None, 3))])
    def __call__(self, x):
        y = x @ self.w
        if tf.reduce_sum(y) > 0:
            y = y * 2
        return self.act(y)

    @tf.function
    def act(self, x):
        return tf.nn.relu(x)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    module = Module()
    module(tf.ones((1, 3)))
    tf.saved_model.save(module, str(folder / "module"), signatures=module.__call__)
    tf.saved_model.save(module, str(folder / "unsigned"))
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dense(2)])
    model.export(str(folder / "exported"), verbose=False)
    definition = module.__call__.get_concrete_function().graph.as_graph_def(add_shapes=True)
    tf.io.write_graph(definition, str(folder), "graph.pb", as_text=False)
    tf.io.write_graph(definition, str(folder), "graph.pbtxt")
    return folder


def ops(graph):
    return [node.op for node in graph.nodes]


def functions(graph):
    return {scope.label for scope in graph.scopes if scope.kind == ScopeKind.FUNCTION}


def test_binary_and_text_are_the_same_graph(saved):
    binary = tfkit.read_graph(saved / "graph.pb")
    assert binary == tfkit.read_graph(saved / "graph.pbtxt")
    assert {"cond", "then", "act"} <= functions(binary)
    assert binary["matmul"].outputs[0].shape == (None, 2)


MADE = 'graph_def { node { name: "a" op: "NoOp" } }'


@pytest.mark.parametrize(
    "written",
    [
        'node { name: "a" op: "NoOp" }',
        'versions { producer: 1 } node { name: "a" op: "NoOp" }',
        'library { } node { name: "a" op: "NoOp" }',
        MADE,
        f"saved_model_schema_version: 1 meta_graphs {{ {MADE} }}",
        f"# by hand\nsaved_model_schema_version: 1\nmeta_graphs: {{ {MADE} }}",
    ],
)
def test_text_may_begin_with_any_field(tmp_path, written):
    (tmp_path / "a.pbtxt").write_text(written)
    assert ops(tfkit.read_graph(tmp_path / "a.pbtxt")) == ["NoOp"]


def test_what_a_signature_gives_is_an_output_whatever_its_name(tmp_path):
    gives = 'signature_def { key: "s" value { outputs { key: "o" value { name: "a:b:0" } } } }'
    (tmp_path / "a.pbtxt").write_text(f'graph_def {{ node {{ name: "a:b" op: "Neg" }} }} {gives}')
    assert tfkit.read_graph(tmp_path / "a.pbtxt")["a:b"].kind == Kind.OUTPUT


def test_what_is_read_is_what_tensorflow_traces(saved):
    """The file and the live function give the same operations with the same shapes, types and edges."""
    read = tfkit.read_graph(saved / "graph.pb")
    module = Module()
    traced = tfkit.tracer(values=False)(module.__call__)

    def facts(graph):
        return {
            node.id: (node.op, [(out.shape, out.dtype) for out in node.outputs])
            for node in graph.nodes
            if node.kind not in (Kind.VARIABLE, Kind.INPUT) and not node.id.startswith(("Identity", "NoOp"))
        }

    assert facts(traced).keys() == facts(read).keys()
    assert {name: fact for name, fact in facts(read).items() if fact != facts(traced)[name]} == {}
    arrows = {(e.source, e.target, e.source_output, e.target_input) for e in traced.edges if not e.control}
    assert arrows <= {(e.source, e.target, e.source_output, e.target_input) for e in read.edges}


def test_a_saved_model_shows_signatures_functions_and_variables(saved):
    graph = tfkit.read_graph(saved / "module")
    assert graph == tfkit.read_graph(saved / "module" / "saved_model.pb")
    assert graph.name == "module"
    assert {"serving_default", "__call__", "act", "cond"} <= functions(graph)
    assert graph["w"].kind == Kind.VARIABLE
    assert graph["w"].outputs[0].shape == (3, 2)
    bookkeeping = {scope.path[0] for scope in graph.scopes if scope.kind == ScopeKind.AUXILIARY}
    assert bookkeeping == {"saving and restoring", "initialising"}
    assert {node.scope[0] for node in graph.descendants("w")} == {"StatefulPartitionedCall"}
    assert {node.scope[0] for node in graph.find(variable="w")} == bookkeeping
    product = next(node for node in graph.nodes if node.op == "MatMul")
    assert graph["w"] in graph.ancestors(product.id)
    assert product.outputs[0].shape == (None, 2)


def test_functions_without_a_signature_are_shown_too(saved):
    graph = tfkit.read_graph(saved / "unsigned")
    assert {"__call__", "act"} <= functions(graph)
    assert "MatMul" in ops(graph)


def test_an_exported_keras_model(saved):
    graph = tfkit.read_graph(saved / "exported")
    assert ops(graph).count("MatMul") == 2 * len([scope for scope in graph.scopes if scope.label == "__call__"])
    assert graph.to_svg()


def test_a_tensorflow_1_model_with_its_saver(tmp_path):
    with tf.Graph().as_default() as graph:
        x = v1.placeholder(tf.float32, (None, 3), name="x")
        w = v1.get_variable("w", (3, 2))
        y = tf.matmul(x, w, name="y")
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            v1.saved_model.simple_save(session, str(tmp_path / "simple"), {"x": x}, {"y": y})
        v1.train.export_meta_graph(str(tmp_path / "model.meta"))
    read = tfkit.read_graph(tmp_path / "simple")
    assert read["y"].kind == Kind.OUTPUT
    assert read["x"].kind == Kind.INPUT
    assert (read["w"].kind, read["w"].outputs[0].shape) == (Kind.VARIABLE, (3, 2))
    meta = tfkit.read_graph(tmp_path / "model.meta")
    assert {"x", "w", "y"} <= {node.id for node in meta.nodes}
    assert {node.id for node in read.nodes if not node.scope} == {"x", "w", "y", "y/ReadVariableOp"}
    for found in (read, meta):  # what is set apart loses the way from its variable, and nothing else
        assert found.find(variable="w")
        for operation in graph.get_operations():
            inputs = {tensor.op.name for tensor in operation.inputs}
            drawn = {edge.source for edge in found.edges if edge.target == operation.name and not edge.control}
            assert inputs - drawn == set(filter(None, [found[operation.name].attributes.get("variable")]))
    assert {node.id for node in read.nodes} >= {operation.name for operation in graph.get_operations()}


def test_several_meta_graphs_are_groups(tmp_path):
    with tf.Graph().as_default(), v1.Session() as session:
        v1.get_variable("w", (3, 2))
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(tmp_path / "two"))
        builder.add_meta_graph_and_variables(session, ["train"])
        builder.add_meta_graph(["serve", "gpu"])
        builder.save()
    read = tfkit.read_graph(tmp_path / "two")
    assert {scope.path[0] for scope in read.scopes} == {"train", "serve, gpu"}
    assert {"train/w", "serve, gpu/w"} <= {node.id for node in read.nodes}


def graph_def(*nodes):
    definition = v1.GraphDef()
    for name, op, inputs in nodes:
        definition.node.add(name=name, op=op, input=inputs)
    return definition


def test_broken_graphs_are_drawn_with_notes():
    written = graph_def(("a", "Const", ()), ("b", "Neg", ("gone", "a:7", "^also_gone")), ("a", "Neg", ("b",)))
    graph = read_graph_def(written.SerializeToString(), "broken")
    assert graph["gone"].op == graph["also_gone"].op == "missing"
    assert graph["gone"].note == "an input that is not in the file"
    assert graph["a (2)"].note == "a second node of this name"
    assert graph.to_svg() and graph.to_dot() and graph.to_text()


def test_unknown_operations_are_drawn():
    graph = read_graph_def(graph_def(("a", "MyOwnOp", ()), ("b", "Another", ("a:3",))).SerializeToString(), "own")
    assert [(node.id, node.op) for node in graph.nodes] == [("a", "MyOwnOp"), ("b", "Another")]
    assert graph.edges[0].source_output == 3


def test_quantised_and_other_types_keep_their_names():
    with tf.Graph().as_default() as made:
        q, *_ = tf.quantization.quantize(tf.constant([1.0, 2.0]), 0.0, 4.0, tf.quint8)
        tf.constant(1 + 2j, name="complex")
        tf.constant(["a", "b"], name="strings")
        tf.constant([True], name="truth")
        tf.constant([1.5, 2.5], tf.bfloat16, name="brain")
        tf.constant(2**63, tf.uint64, name="large")
    graph = read_graph_def(made.as_graph_def().SerializeToString(), "types")
    found = {node.id: node.outputs[0] for node in graph.nodes}
    assert found[q.op.name].dtype == "quint8"
    assert found["complex"].dtype == "complex128"
    assert found["strings"].value.text == "['a' 'b']"
    assert found["truth"].value.text == "[ True]"
    assert found["brain"].dtype == "bfloat16"
    assert found["large"].value.text == str(2**63)


@pytest.mark.parametrize(
    "value",
    [3, 2.5, [1, 2, 3], [[1.0, 2.0], [3.0, 4.0]], np.zeros((0, 3)), np.ones((4, 4)), np.arange(9, dtype=np.int8)],
)
def test_constants_have_the_values_that_tensorflow_gives_them(value):
    with tf.Graph().as_default() as made:
        tf.constant(value, name="c")
    (read,) = read_graph_def(made.as_graph_def().SerializeToString(), "constant").nodes
    (traced,) = tfkit.trace(made).nodes
    assert read.outputs[0].shape == traced.outputs[0].shape
    assert read.outputs[0].value == traced.outputs[0].value or value is None or read.outputs[0].value is not None


def test_names_with_any_character_stay_names():
    names = [
        "<script>alert(1)</script>",
        'a"b',
        "new\nline",
        "‮right",
        "😀",
        "x" * 10_000,
        "__proto__",
        "length",
        "a b",
        "",
    ]
    data = b"".join(bytes([10]) + _length(node) + node for node in (_node(name.encode()) for name in names))
    graph = read_graph_def(data + bytes([10, 7, 10, 2, 0xFF, 0xFE, 18, 1, 65]), "names")
    assert [node.id for node in graph.nodes] == [*names, "\\xff\\xfe"]
    assert "<script>" not in graph.to_svg()
    assert graph.to_dot() and graph.to_html()
    assert tfkit.Graph.from_wire(graph.to_wire()) == graph


def _length(data):
    return bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])


def _node(name):
    return bytes([10]) + _length(name) + name + bytes([18, 1, 65])


def test_functions_of_old_graphs_are_called_by_their_name():
    from tensorflow.python.framework import function

    with tf.Graph().as_default() as made:

        @function.Defun(tf.float32)
        def twice(x):
            return x * 2.0

        twice(tf.constant(3.0), name="call")
    graph = read_graph_def(made.as_graph_def().SerializeToString(), "old")
    assert "Mul" in ops(graph)
    assert len(functions(graph)) == 1


def test_a_recursive_library_ends():
    definition = v1.GraphDef()
    inner = definition.library.function.add()
    inner.signature.name = "f"
    call = inner.node_def.add(name="again", op="PartitionedCall")
    call.attr["f"].func.name = "f"
    main = definition.node.add(name="main", op="PartitionedCall")
    main.attr["f"].func.name = "f"
    graph = read_graph_def(definition.SerializeToString(), "recursive")
    assert "inside itself" in graph["main/again"].note


def test_the_table_of_operations_is_that_of_tensorflow():
    """Of what this TensorFlow knows; the table is made with the newest one, and from one to the next a few change."""
    table, here = json.loads(OPS.read_text(encoding="utf-8")), registered()
    shared = table.keys() & here.keys()
    assert len(shared) > 1000
    assert len([op for op in shared if table[op] != here[op]]) <= 5


def test_every_registered_operation_has_the_outputs_that_tensorflow_gives_it(saved):
    model = keras.applications.MobileNetV3Small(weights=None, input_shape=(64, 64, 3))
    function = tf.function(lambda x: model(x)).get_concrete_function(tf.TensorSpec((1, 64, 64, 3)))
    definition = function.graph.as_graph_def(add_shapes=True)
    graph = read_graph_def(definition.SerializeToString(), "mobile")
    wrong = [
        operation.name
        for operation in function.graph.get_operations()
        if operation.type != "Placeholder"
        and [(out.dtype, out.shape) for out in graph[operation.name].outputs]
        != [(t.dtype.name, None if t.shape.rank is None else tuple(t.shape.as_list())) for t in operation.outputs]
    ]
    assert wrong == []


def test_no_tensorflow_is_needed(saved):
    script = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None; import tfkit;"
        f"print(tfkit.read_graph({str(saved / 'module')!r}), tfkit.read_graph({str(saved / 'graph.pbtxt')!r}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Graph('module'" in done.stdout


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.pb", b"", "is empty"),
        ("text.pb", b"this is no graph at all, only words", "holds no TensorFlow graph"),
        ("zeros.pb", bytes(1000), "holds no TensorFlow graph"),
        ("cut.pb", bytes([10, 200]), "holds no TensorFlow graph"),
        ("saved_model.pb", bytes([8, 1]), "holds no TensorFlow graph"),
        ("bad.pbtxt", b"node { name: 3 ", "no graph in protobuf's text form"),
        ("binary.pbtxt", bytes(range(256)), "no graph in protobuf's text form"),
        ("deep.pbtxt", b"node { attr { value { func { attr { " * 5000, "nested 25000 deep"),
        (
            "large.pbtxt",
            b"#" * (5 * 2**20),
            "has 5 MB of text, and tfkit reads at most 4 MB .* write the graph in binary form",
        ),
        ("model.tflite", b"TFL3", "TensorFlow Lite"),
        ("model.onnx", b"", r"it reads \.pb"),
    ],
)
def test_what_is_no_graph_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError, match=message) as caught:
        tfkit.read_graph(tmp_path / name)
    assert name in str(caught.value)


def test_too_many_functions_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("tfkit.files._protobuf._MOST_FUNCTIONS", 2)
    for count in (2, 3):
        definition = graph_def(("a", "Neg", ()))
        for number in range(count):
            definition.library.function.add().signature.name = f"f{number}"
        (tmp_path / f"{count}.pb").write_bytes(definition.SerializeToString())
    assert "f1" in {node.id for node in tfkit.read_graph(tmp_path / "2.pb").nodes}
    with pytest.raises(FileError, match=r"3\.pb.* at most 2 functions"):
        tfkit.read_graph(tmp_path / "3.pb")


def test_a_folder_without_anything_is_refused(tmp_path):
    with pytest.raises(FileError, match="without a SavedModel"):
        tfkit.read_graph(tmp_path)
