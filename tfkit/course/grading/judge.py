"""Run a notebook's cells and judge its answers, in the process that `tfkit.course.grading.isolation` has shut in.

The cells run in a shell of IPython, each as in a notebook. Then the checks are loaded anew, so that it does not
matter what the cells did to those that they saw.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import copy
import importlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

from tfkit.course.grading.pristine import Pristine, forget_ours, is_ours
from tfkit.course.grading.submissions import code_cells
from tfkit.course.lessons import lesson

_KEEP = "__tfkit_keep__"
_PLAIN = (list, tuple, dict, set)


def answer(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a job asks for: the verdicts on a notebook by exercise, or nothing where it is only tried."""
    if job["action"] == "try":
        for name in ("IPython.core.interactiveshell", "numpy"):
            importlib.import_module(name)
        return {}
    cells = code_cells(job["text"])
    wanted = {letter: exercise.task.answer for letter, exercise in lesson(job["lesson"]).exercises.items()}
    _load("numpy")
    if "tensorflow" in job["text"] or "keras" in job["text"]:
        _load("tensorflow", "keras")
    shell = _shell()
    before = Pristine()
    forget_ours()  # else the cells would find this module, and change it
    answers = run_cells(shell, cells, wanted)
    before.restore()
    forget_ours()
    return judge(job["lesson"], job["seed"], answers)


def _load(*names: str) -> None:
    """Load what the cells will, too: what is loaded before them can be put back as it was."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _shell() -> Any:
    """Return a shell without history and windows, whose errors nobody reads."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        def showtraceback(self, *given: Any, **named: Any) -> None:
            pass

        showsyntaxerror = showtraceback

        def enable_gui(self, gui: Any = None) -> None:
            pass

        def enable_matplotlib(self, gui: Any = None) -> tuple[str, str]:
            return "agg", "agg"  # whatever `%matplotlib` asks for

    config = Config()
    config.HistoryManager.enabled = False
    return Shell.instance(config=config, ipython_dir=os.environ.get("IPYTHONDIR", ""))


class _Keeper(ast.NodeTransformer):
    """Rewrites ``lesson.a.check(x)`` so that `x` is kept on its way: the name may mean something else later."""

    def __init__(self, letters: Sequence[str]) -> None:
        self._letters = set(letters)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        check = node.func
        if isinstance(check, ast.Attribute) and check.attr == "check" and isinstance(check.value, ast.Attribute):
            letter = check.value.attr
            if letter in self._letters:
                if node.args and not isinstance(node.args[0], ast.Starred):
                    node.args[0] = self._kept(letter, node.args[0])
                for keyword in node.keywords:
                    if keyword.arg == "answer":
                        keyword.value = self._kept(letter, keyword.value)
        return node

    def _kept(self, letter: str, value: ast.expr) -> ast.expr:
        call = ast.Call(ast.Name(_KEEP, ast.Load()), [ast.Constant(letter), value], [])
        return ast.fix_missing_locations(ast.copy_location(call, value))


def run_cells(shell: Any, cells: Sequence[str], wanted: Mapping[str, str]) -> dict[str, Any]:
    """Run cells in order, whatever they raise, and return the answer to each exercise.

    Args:
        shell: Of IPython.
        cells: Their code.
        wanted: The name of the answer to each exercise, by its letter.

    Returns:
        What was last given to each check; without that, what the name means at the end; without both, the blank.
    """
    kept: dict[str, Any] = {}

    def keep(letter: str, value: Any) -> Any:
        kept[letter] = _frozen(value)
        return value

    setattr(builtins, _KEEP, keep)
    shell.ast_transformers.append(_Keeper(list(wanted)))
    for cell in cells:
        with contextlib.suppress(BaseException):  # the shell shows errors, but for those that would end it
            shell.run_cell(cell, store_history=True)
    found = {letter: kept.get(letter, ...) for letter in wanted}
    return {
        letter: shell.user_ns.get(name, ...) if found[letter] is ... else found[letter]
        for letter, name in wanted.items()
    }


def _frozen(value: Any) -> Any:
    """Return a copy of what later cells may change in place, where it is plain; else the value itself."""
    kind = type(value)
    if kind in _PLAIN or (kind.__module__, kind.__name__) == ("numpy", "ndarray"):
        with contextlib.suppress(Exception):
            return copy.deepcopy(value)
    return value


def judge(number: str, seed: int, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the checks, loaded anew, say about answers.

    Args:
        number: Of the lesson.
        seed: Of the data that the checks draw.
        answers: By the letter of the exercise.
    """
    fresh = importlib.import_module("tfkit.course.lessons").lesson(number)
    answers_module = importlib.import_module("tfkit.course.answers")
    said = {}
    with answers_module.other_data(seed):
        for letter, exercise in fresh.exercises.items():
            verdict = exercise.check(_as_new(answers.get(letter, ...)))
            said[exercise.name] = {"status": str(verdict.status), "message": verdict.message}
    return said


def _as_new(value: Any) -> Any:
    """Return an answer that is one of tfkit's own objects as one of the class that was loaded anew."""
    kind = type(value)
    with contextlib.suppress(Exception):  # a class of the learner that only looks like one of ours
        if is_ours(kind.__module__):
            new = getattr(importlib.import_module(kind.__module__), kind.__qualname__)
            object.__setattr__(value, "__class__", new)
    return value
