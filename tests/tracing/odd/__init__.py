"""Functions as odd as users write them: the table that test_odd.py runs plainly, recorded and traced."""

from importlib import import_module
from pkgutil import iter_modules

from tests.tracing.odd.case import ODD

__all__ = ["ODD"]

for theme in iter_modules(__path__):  # each adds its functions to the table
    import_module(f"{__name__}.{theme.name}")
