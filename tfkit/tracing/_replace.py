"""Methods of others replaced for a while, so that one can look on; nothing stays behind."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Wrap = Callable[[Any], Any]  # a method -> what stands in its place

_PLACES: dict[tuple[Any, str], _Place] = {}
_LOCK = threading.RLock()


class _Place:
    """A method that is replaced, what it was, and what is wrapped around it now."""

    def __init__(self, owner: Any, name: str) -> None:
        self.owner, self.name = owner, name
        self.original = self.method = getattr(owner, name)
        self.wraps: list[Wrap] = []

        # One function stands there all the time. Whoever wraps it meanwhile, as a user may, keeps what does nothing
        # of its own any more as soon as the last block has ended.
        @functools.wraps(self.original)
        def standing(*args: Any, **kwargs: Any) -> Any:
            return self.method(*args, **kwargs)

        self.standing = standing
        setattr(owner, name, standing)

    @property
    def stands(self) -> bool:
        return getattr(self.owner, self.name) is self.standing

    def wrap_anew(self) -> None:
        method = self.original
        for wrap in self.wraps:
            method = wrap(method)
        self.method = method


@contextmanager
def replaced(owner: Any, name: str, wrap: Wrap) -> Iterator[None]:
    """Put ``wrap(method)`` in the place of a method until the block ends.

    Blocks may end in another order than they began (a generator that is left open, threads): each takes away its own
    wrapper and no other, and with the last one the method is what it was. What somebody else put there inside of the
    block stays.

    Example:
        >>> class Greeter:
        ...     def greet(self): return "hello"
        >>> with replaced(Greeter, "greet", lambda method: lambda self: method(self).upper()):
        ...     Greeter().greet()
        'HELLO'
        >>> Greeter().greet()
        'hello'
    """
    with _LOCK:
        place = _PLACES.get((owner, name))
        if place is None or not place.stands:
            place = _PLACES[owner, name] = _Place(owner, name)
        place.wraps.append(wrap)
        place.wrap_anew()
    try:
        yield
    finally:
        with _LOCK:
            place.wraps.remove(wrap)
            place.wrap_anew()
            if not place.wraps:
                if place.stands:
                    setattr(owner, name, place.original)
                if _PLACES.get((owner, name)) is place:
                    del _PLACES[owner, name]
