"""Methods of others replaced for a while, so that one can look on; nothing stays behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Wrap = Callable[[Any], Any]  # a method -> what stands in its place

_REPLACED: dict[tuple[Any, str], tuple[Any, list[Wrap]]] = {}


@contextmanager
def replaced(owner: Any, name: str, wrap: Wrap) -> Iterator[None]:
    """Put ``wrap(method)`` in the place of a method until the block ends.

    Blocks may end in another order than they began (a generator that is left open): each takes away its own
    wrapper and no other, and with the last one the method is what it was.

    Example:
        >>> class Greeter:
        ...     def greet(self): return "hello"
        >>> with replaced(Greeter, "greet", lambda method: lambda self: method(self).upper()):
        ...     Greeter().greet()
        'HELLO'
        >>> Greeter().greet()
        'hello'
    """
    key = owner, name
    original, wraps = _REPLACED.setdefault(key, (getattr(owner, name), []))
    wraps.append(wrap)
    _put(owner, name, original, wraps)
    try:
        yield
    finally:
        wraps.remove(wrap)
        _put(owner, name, original, wraps)
        if not wraps:
            _REPLACED.pop(key, None)


def _put(owner: Any, name: str, original: Any, wraps: list[Wrap]) -> None:
    method = original
    for wrap in wraps:
        method = wrap(method)
    setattr(owner, name, method)
