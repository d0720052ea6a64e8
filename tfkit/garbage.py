"""Python's garbage collector put off while very many objects are made that are all kept.

It looks through all of them again each time their number has grown by a quarter: with 100,000 nodes that is half
of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Put the collector off in a block, or in a function that this decorates.

    Example:
        >>> @uncollected()
        ... def is_on():
        ...     return gc.isenabled()
        >>> is_on(), gc.isenabled()
        (False, True)
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
