"""The cell magic ``%%trace``: run a cell as if nothing were there, and show the graph of what it executed.

``%load_ext tfkit`` registers it.
"""

from __future__ import annotations

import ast
from typing import Any


def load(shell: Any) -> None:
    """Register ``%%trace`` with an IPython shell."""

    def trace(line: str, cell: str) -> Any:
        __tracebackhide__ = True
        return run_cell(shell, cell, line.strip())

    trace.__doc__ = run_cell.__doc__
    shell.register_magic_function(trace, "cell", "trace")


def unload(shell: Any) -> None:
    """Take ``%%trace`` away again."""
    shell.magics_manager.magics["cell"].pop("trace", None)


def run_cell(shell: Any, cell: str, name: str = "") -> Any:
    """Run the cell and show the graph of the operations that it executed.

    ``%%trace rec`` keeps the recording in the variable ``rec`` (see `tfkit.record`). If the cell raises, the
    graph up to there, with what failed marked, stands above the traceback.
    """
    __tracebackhide__ = True
    from tfkit.errors import TraceError
    from tfkit.tracing._eager import record

    if name and not name.isidentifier():
        raise TraceError(f"%%trace takes the name of a variable for the recording, or nothing: not {name!r}.")
    # One line before the code, because the line of the magic itself counts in the cell.
    source = "\n" + shell.transform_cell(cell)
    running = getattr(shell.displayhook, "exec_result", None)  # the shell's own count may be one ahead by now
    number = getattr(running, "execution_count", None) or shell.execution_count
    file = shell.compile.cache(source, number, raw_code=f"%%trace {name}\n{cell}")
    tree = shell.transform_ast(shell.compile.ast_parse(source, file))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    code = shell.compile(tree, file, "exec")
    recording = record()
    if name:
        shell.user_ns[name] = recording
    value = None
    try:
        with recording:
            exec(code, shell.user_ns)
            if isinstance(last, ast.Expr):
                value = eval(shell.compile(ast.Expression(last.value), file, "eval"), shell.user_ns)
    except BaseException as error:
        _show(getattr(error, "tfkit_graph", None))
        raise
    _show(recording.graph)
    return value


def _show(graph: Any) -> None:
    from IPython import display

    show: Any = display.display
    if graph is not None and graph.nodes:
        show(graph)
    else:
        words = "No operation of TensorFlow ran eagerly. A tf.Graph is shown by tfkit.trace(graph, fetches=[...])."
        show({"text/plain": words}, raw=True)
