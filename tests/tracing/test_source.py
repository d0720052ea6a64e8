import subprocess
import sys
from pathlib import Path

import keras
import nbformat
import pytest
import tensorflow as tf
from nbclient import NotebookClient

import tfkit


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
    ])  # fmt: skip
    NotebookClient(book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    (output,) = (o for o in book.cells[2].outputs if o.get("name") == "stdout")
    assert output["text"].splitlines() == [
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
