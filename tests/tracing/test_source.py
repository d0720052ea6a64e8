import subprocess
import sys
from pathlib import Path

import keras
import nbformat
import pytest
import tensorflow as tf
from nbclient import NotebookClient

import tfkit
from tfkit.tracing._source import source_at


def test_an_operation_knows_the_line_that_made_it():
    def function(x):
        y = tf.square(x)
        return tf.exp(y)

    graph = tfkit.trace(function, 1.0)
    first = function.__code__.co_firstlineno
    lines = {
        node.label: (node.source.line - first, node.source.text) for node in graph.nodes if node.op != "Placeholder"
    }
    assert lines == {"Square": (1, "y = tf.square(x)"), "Exp": (2, "return tf.exp(y)")}
    assert {Path(node.source.file).name for node in graph.nodes} == {"test_source.py"}


def test_the_lines_around_it_are_told_as_they_stand_in_the_file():
    def function(x):
        if x is not None:
            y = tf.square(x)
        return tf.exp(y)

    square = tfkit.trace(function, 1.0).nodes[1].source
    first = function.__code__.co_firstlineno
    assert square.line == first + 2 and square.context == (
        (first, "    def function(x):"),
        (first + 1, "        if x is not None:"),
        (first + 2, "            y = tf.square(x)"),
        (first + 3, "        return tf.exp(y)"),
    )


@pytest.mark.parametrize(
    ("line", "context"),
    [
        (1, ((1, "  a"), (2, ""), (3, "  " + "b" * 198))),
        (4, ()),
        (5, ((3, "  " + "b" * 198), (4, ""), (5, "c"))),
        (8, ()),
    ],
)
def test_the_lines_around_it_begin_and_end_with_a_line_and_long_ones_are_cut(tmp_path, line, context):
    script = tmp_path / "lesson.py"
    script.write_text(f"  a\n\n  {'b' * 300}\n\nc\n  \n")
    assert source_at(str(script), line).context == context


def test_of_a_file_that_is_gone_no_lines_are_known():
    assert source_at("no such file", 1).context == ()


def test_code_that_autograph_rewrote_keeps_its_lines():
    def function(x):
        if x > 0.0:
            x = x + 1.0
        return tf.sin(x)

    graph = tfkit.trace(function, 1.0)
    (sine,) = (node for node in graph.nodes if node.op == "Sin")
    assert sine.source.text == "return tf.sin(x)"


def test_what_no_line_of_the_users_made_has_the_line_that_asked():
    graph = tfkit.trace(keras.layers.Dense(2), [[1.0]] and tf.TensorSpec((1, 1)))
    assert {node.source.text[:25] for node in graph.nodes} == {"graph = tfkit.trace(keras"}


def test_in_a_notebook_a_line_is_named_by_its_cell(tmp_path):
    book = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_code_cell("import tfkit"),
        nbformat.v4.new_code_cell("def f(x):\n    y = x * x\n    return y + 1.0"),
        nbformat.v4.new_code_cell("print(*(node.source for node in tfkit.trace(f, 2.0).nodes), sep='\\n')"),
        nbformat.v4.new_code_cell("print(tfkit.trace(f, 2.0).nodes[1].source.context)"),
    ])  # fmt: skip
    NotebookClient(book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    lines, context = (o["text"] for cell in book.cells for o in cell.outputs if o.get("name") == "stdout")
    assert context.strip() == "((1, 'def f(x):'), (2, '    y = x * x'), (3, '    return y + 1.0'))"
    assert lines.splitlines() == [
        "cell [3], line 1",
        "cell [2], line 2",
        "cell [2], line 3",
        "cell [2], line 3",
    ]


@pytest.mark.parametrize("inside", [True, False])
def test_a_file_is_named_from_the_current_folder_where_it_is_in_it(tmp_path, inside):
    script = tmp_path / "lesson.py"
    script.write_text("import tfkit\nprint(tfkit.trace(lambda x: x + x, 1).nodes[-1].source)\n")
    where = tmp_path if inside else tmp_path.parent
    env = {**__import__("os").environ, "PYTHONPATH": str(Path(tfkit.__file__).parents[1])}
    found = subprocess.run(
        [sys.executable, str(script)], cwd=where, env=env, capture_output=True, text=True, check=True
    )
    name = "lesson.py" if inside else str(Path(tmp_path.name) / "lesson.py")
    assert found.stdout.strip() == f"{name}, line 2"
