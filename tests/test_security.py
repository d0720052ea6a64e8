"""SECURITY.md names the test of each promise; those tests are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMED = re.findall(r"`([^`]+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))


def test_every_test_that_is_named_is_there() -> None:
    files = {path.name for path in (ROOT / "tests").rglob("*.py")}
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    named = {word for text in NAMED for word in re.findall(r"\btest_\w+(?:\.py)?", text)}
    assert len(named) > 30
    assert [word for word in named if word.endswith(".py") and word not in files] == []
    assert [word for word in named if not word.endswith(".py") and f"def {word}(" not in source] == []


def test_every_path_that_is_named_is_there() -> None:
    paths = {text.partition("::")[0] for text in NAMED if text.startswith(("tests/", ".github/"))}
    assert [path for path in paths if not (ROOT / path).exists()] == []
