"""The checks of form, so that one command runs everything."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WIDGETS = ROOT / "widgets"
needs_npm = pytest.mark.skipif(
    shutil.which("npm") is None or not (WIDGETS / "node_modules").is_dir(),
    reason="the tools of the front end are not installed: only who changes widgets/ needs them (npm ci there)",
)


def passes(*command: str, cwd: Path = ROOT) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_python_lint():
    passes(sys.executable, "-m", "ruff", "check", ".")


def test_python_format():
    passes(sys.executable, "-m", "ruff", "format", "--check", ".")


def test_python_types():
    passes(sys.executable, "-m", "mypy")


@needs_npm
def test_typescript_lint_and_types():
    passes("npm", "run", "check", cwd=WIDGETS)


@needs_npm
def test_typescript_tests():
    passes("npm", "test", cwd=WIDGETS)


def test_no_file_grows_past_400_lines():
    front_end = (path for end in ("ts", "css", "mjs") for path in WIDGETS.glob(f"**/*.{end}") if is_ours(path))
    long = [path.name for path in (*python_files(), *front_end) if len(path.read_text("utf-8").splitlines()) > 400]
    assert long == []


def test_no_function_grows_past_60_lines():
    """Docstrings do not count. Those in TypeScript are counted by biome: see biome.json."""
    assert [name for path in python_files() for name, lines in function_lengths(path) if lines > 60] == []


def python_files() -> list[Path]:
    folders = (path for name in ("tfkit", "tests", "notebooks", "docs") for path in (ROOT / name).rglob("*.py"))
    return [ROOT / "hatch_build.py", *folders]


def is_ours(path: Path) -> bool:
    return not {"node_modules", "build"} & set(path.relative_to(WIDGETS).parts)


def function_lengths(path: Path) -> Iterator[tuple[str, int]]:
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            first = function.body[0]
            documented = first if ast.get_docstring(function) is not None else None
            yield f"{path.name}: {function.name}", lines_of(function) - lines_of(documented)


def lines_of(node: ast.stmt | None) -> int:
    return (node.end_lineno or 0) - node.lineno + 1 if node else 0
