"""``%%trace`` in a real IPython shell."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import tfkit
from tfkit.errors import TfkitError


@pytest.fixture(scope="module")
def shell():
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "tfkit")
    yield shell
    shell.run_line_magic("unload_ext", "tfkit")
    InteractiveShell.clear_instance()


def run(shell, cell):
    with capture_output() as captured:
        result = shell.run_cell(cell, store_history=True)
    return result, captured


def graphs(captured):
    kind = "application/vnd.tfkit.graph+json"
    return [output.data for output in captured.outputs if kind in output.data]


def test_a_cell_runs_as_if_the_magic_were_not_there(shell):
    result, captured = run(shell, "%%trace\nimport tensorflow as tf\nkept = tf.exp(0.0) + 1.0\nkept * 2.0")
    assert result.success
    assert result.result.numpy() == 4.0
    assert shell.user_ns["kept"].numpy() == 2.0
    (shown,) = graphs(captured)
    assert "Exp" in shown["text/plain"] and "Mul" in shown["text/plain"]


def test_lines_are_those_of_the_cell(shell):
    run(shell, "import tensorflow as tf")
    run(shell, "%%trace rec\nx = 1.0\ny = tf.exp(x)\n")
    node = shell.user_ns["rec"].graph["Exp"]
    assert (node.source.line, node.source.text) == (3, "y = tf.exp(x)")
    assert node.source.file == f"cell [{shell.execution_count - 1}]"


def test_magics_and_system_calls_inside_work(shell):
    result, _ = run(shell, "%%trace\n%time z = 1\nfiles = !echo hello\nz")
    assert result.success
    assert shell.user_ns["files"] == ["hello"]


def test_an_exception_comes_through_below_the_graph(shell):
    result, captured = run(shell, "%%trace\ntf.matmul(tf.ones((2, 3)), tf.ones((4, 5)))")
    assert not result.success
    assert "incompatible" in str(result.error_in_exec)
    (shown,) = graphs(captured)
    assert "MatMul" in shown["text/plain"] and "failed" in shown["text/plain"]
    assert "magic.py" not in captured.stdout
    assert "tf.matmul(tf.ones((2, 3)), tf.ones((4, 5)))" in captured.stdout


def test_syntax_errors_are_shown_as_usual(shell):
    result, captured = run(shell, "%%trace\nx = = 3")
    assert isinstance(result.error_before_exec or result.error_in_exec, SyntaxError)
    assert graphs(captured) == []


def test_a_cell_without_operations_says_so(shell):
    result, captured = run(shell, "%%trace\ndef f(x):\n    return x + 1")
    assert result.success
    assert graphs(captured) == []
    (said,) = (output.data["text/plain"] for output in captured.outputs)
    assert said.startswith("No operation of TensorFlow ran eagerly. A tf.Graph is shown by tfkit.trace")
    assert shell.user_ns["f"](1) == 2


def test_an_empty_cell_and_a_wrong_name(shell):
    assert run(shell, "%%trace\n\n")[0].success
    result, _ = run(shell, "%%trace not a name\n1")
    assert isinstance(result.error_in_exec, TfkitError)


def test_unloading_takes_the_magic_away(shell):
    tfkit.unload_ipython_extension(shell)
    assert "trace" not in shell.magics_manager.magics["cell"]
    tfkit.load_ipython_extension(shell)
    assert "trace" in shell.magics_manager.magics["cell"]
