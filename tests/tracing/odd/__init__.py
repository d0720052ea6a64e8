"""Functions as odd as users write them: the table that test_odd.py runs plainly, recorded and traced."""

from tests.tracing.odd import (
    calling,
    computing,
    differentiating,
    generating,
    hostile,
    learning,
    raising,
    returning,
    threading_,
    world,
)
from tests.tracing.odd.case import ODD

__all__ = ["ODD"]
THEMES = (
    calling,
    computing,
    differentiating,
    generating,
    hostile,
    learning,
    raising,
    returning,
    threading_,
    world,
)
