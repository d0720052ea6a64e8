"""The checks of form, so that one command runs everything."""

import shutil
import subprocess
import sys
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
    sources = [*ROOT.glob("tfkit/**/*.py"), *ROOT.glob("tests/**/*.py"), *WIDGETS.glob("src/**/*.ts")]
    assert [path.name for path in sources if len(path.read_text(encoding="utf-8").splitlines()) > 400] == []
