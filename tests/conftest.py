"""What every test may ask for."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.missing import missing
from tfkit.course.data import FashionMnist, load_fashion_mnist
from tfkit.errors import DataError

# The suite tries the same examples every time; ``--hypothesis-profile=soak`` many, and others each time.
settings.register_profile("suite", max_examples=100, deadline=None, derandomize=True, database=None)
settings.register_profile("soak", max_examples=5000, deadline=None, database=None)
settings.load_profile("suite")


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


@pytest.fixture(scope="session")
def full_data() -> FashionMnist:
    """The full Fashion-MNIST."""
    try:
        return load_fashion_mnist("full")
    except DataError as error:
        missing("DATA", str(error))
