"""What every test may ask for."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--overwrite", action="store_true", help="write the golden files anew instead of comparing")


def pytest_configure() -> None:
    os.environ["TFKIT_CACHE_DIR"] = ""  # no test and no lesson in a test leaves data in the home of who runs it


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a whole text with the one stored in a file; ``pytest --overwrite`` renews the file."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--overwrite"):
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text

    return compare
