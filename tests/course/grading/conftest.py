"""Whether this system can shut a process in; it is tried once, and only if a test asks."""

import pytest

from tests.missing import missing
from tfkit.course.grading.isolation import why_not_isolated


@pytest.fixture(scope="session")
def isolated() -> None:
    """Namespaces; where they are not to be had `tfkit grade` itself refuses, which other tests show."""
    why = why_not_isolated()
    if why:
        missing("ISOLATION", f"this system cannot shut a process in, and `tfkit grade` refuses on it: {why}")
