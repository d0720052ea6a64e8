"""Which parts of a stored output are compared when the lessons are run: all but these two."""

import pytest

_NOT_COMPARED = (
    "stderr",  # TensorFlow logs there, and cannot be told not to
    # The packed graph: zlib builds differ in bytes. tests/test_lessons.py ties it to the SVG, which is compared.
    "application/vnd.tfkit.graph+json",
)


def pytest_collectstart(collector: pytest.Collector) -> None:
    if hasattr(collector, "skip_compare"):  # nbval's collector of a notebook
        collector.skip_compare += _NOT_COMPARED
