"""The teacher's edition of a lesson: its notebook with the stored solutions in the cells of the exercises.

With this module the text of a notebook becomes that of its solved form. What a stub gives a learner to start from
stays, each solution is followed by its reason, and stored outputs are left out.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any

from tfkit.course.check import Exercise
from tfkit.course.lessons import Lesson, lesson

_TAGS = ["solution"]


def solved_notebook(text: str, number: str) -> str:
    r"""Return the text of a lesson's notebook with all its exercises solved.

    Args:
        text: Of the learner's notebook.
        number: Of the lesson.

    Raises:
        LessonError: In an edition without solutions.

    Example:
        >>> check = {"cell_type": "code", "id": "x", "metadata": {}, "outputs": [], "execution_count": 1}
        >>> check["source"] = "parameters = ...\nlesson.c.check(parameters)"
        >>> cells = json.loads(solved_notebook(json.dumps({"cells": [check]}), "14"))["cells"]
        >>> print("".join(cells[0]["source"]))
        parameters = 784 * 10 + 10
        <BLANKLINE>
        lesson.c.check(parameters)
    """
    book: dict[str, Any] = json.loads(text)
    stubs = _stubs(book["cells"], lesson(number))
    book["cells"] = [new for place, cell in enumerate(book["cells"]) for new in _solved(cell, stubs.get(place))]
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def _stubs(cells: list[dict[str, Any]], found: Lesson) -> dict[int, Exercise]:
    """Return at which place the stub of which exercise stands: the last cell that ends with its check."""
    checks = {
        f"lesson.{letter}.check({exercise.task.answer})": exercise for letter, exercise in found.exercises.items()
    }
    places = {}
    for place, cell in enumerate(cells):
        line = _source(cell).rstrip().rpartition("\n")[2]
        if cell["cell_type"] == "code" and line in checks:
            places[line] = place
    return {place: checks[line] for line, place in places.items()}


def _solved(cell: dict[str, Any], exercise: Exercise | None) -> Iterator[dict[str, Any]]:
    """Yield a cell without outputs; of a stub its solution, and then the reason."""
    if cell["cell_type"] != "code":
        yield cell
        return
    cleared = {**cell, "outputs": [], "execution_count": None}
    if exercise is None:
        yield cleared
        return
    solution = exercise.solution()
    yield {**cleared, "source": _lines(solved_cell(_source(cell), exercise.task.answer, solution.code))}
    reason = f"**Why {exercise.name} is right.** {solution.reason}"
    marks = {"id": f"{cell['id']}-why"} if "id" in cell else {}
    yield {"cell_type": "markdown", **marks, "metadata": {"tags": _TAGS}, "source": _lines(reason)}


def solved_cell(stub: str, answer: str, code: str) -> str:
    r"""Return the cell of an exercise with a solution in the place of its blanks.

    Statements of the stub stay unless they hold a blank or define the answer; the check at its end stays as well.

    Args:
        stub: The learner's cell.
        answer: The name that the check reads.
        code: A solution, which defines that name.

    Example:
        >>> print(solved_cell("x = 3  # given\ny = ...\nlesson.a.check(y)", "y", "y = x + 1"))
        x = 3  # given
        y = x + 1
        <BLANKLINE>
        lesson.a.check(y)
    """
    lines = stub.splitlines()
    *statements, check = ast.parse(stub).body
    kept = []
    for statement in statements:
        if not has_blank(statement) and answer not in _defined(statement):
            kept += lines[_first_line(statement) - 1 : statement.end_lineno]
    return "\n".join([*kept, code, "", *lines[check.lineno - 1 :]])


def has_blank(code: ast.AST) -> bool:
    """Return whether a learner has something to fill in; the dots of an index such as ``x[..., 0]`` are no blank.

    Example:
        >>> has_blank(ast.parse("y = f(...)")), has_blank(ast.parse("y = x[..., 0]"))
        (True, False)
    """
    nodes = list(ast.walk(code))
    indices = {id(part) for node in nodes if isinstance(node, ast.Subscript) for part in ast.walk(node.slice)}
    return any(isinstance(node, ast.Constant) and node.value is ... and id(node) not in indices for node in nodes)


def _defined(statement: ast.stmt) -> set[str]:
    """Return the names that a statement gives a value."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}  # what is defined inside is not seen outside
    stored = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
    return {node.id for node in stored if isinstance(node.ctx, ast.Store)}


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _source(cell: dict[str, Any]) -> str:
    """Return a cell's text, which the format allows to be in pieces."""
    source: str | list[str] = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
