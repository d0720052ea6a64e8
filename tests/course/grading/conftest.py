"""Whether this system can shut a process in; it is tried once, and only if a test asks."""

import pytest

from tfkit.course.grading.isolation import why_not_isolated


@pytest.fixture(scope="session")
def isolated() -> None:
    """Skip where namespaces are not to be had; `tfkit grade` itself refuses there, which other tests show."""
    why = why_not_isolated()
    if why:
        pytest.skip(f"this system cannot shut a process in, and `tfkit grade` refuses on it: {why}")
