"""What the machine lacks for a test."""

import os
from typing import NoReturn

import pytest


def missing(what: str, why: str) -> NoReturn:
    """Skip a test; where ``TFKIT_REQUIRE_<what>=1``, as in `.ci/run`, it fails."""
    required = f"TFKIT_REQUIRE_{what}"
    if os.environ.get(required) == "1":
        pytest.fail(f"{required}=1, but {why}")
    pytest.skip(why)
