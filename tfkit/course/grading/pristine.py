"""Remember what modules are like, and put them back after code that is not trusted has run.

With this module a check is sure of the functions it calls: a line such as ``np.allclose = ...`` in a notebook
changes nothing for the one who judges it. It is a guard against tricks, not a wall: the process is the same.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

_LISTS = ("meta_path", "path", "path_hooks")


class Pristine:
    """The functions and classes of all modules that are loaded now, and how Python finds modules.

    Other values may change rightly while code runs, so they are left alone.

    Example:
        >>> import math
        >>> before = Pristine()
        >>> math.sqrt = len
        >>> before.restore()
        >>> math.sqrt(4)
        2.0
    """

    def __init__(self) -> None:
        self._modules = {
            name: module
            for name, module in sys.modules.items()
            if isinstance(module, ModuleType) and name != "__main__" and not is_ours(name)
        }
        self._spaces: list[tuple[dict[str, Any], dict[str, Any]]] = [
            (module.__dict__, {name: value for name, value in module.__dict__.items() if callable(value)})
            for module in self._modules.values()
        ]
        self._lists = [(name, getattr(sys, name), list(getattr(sys, name))) for name in _LISTS]

    def restore(self) -> None:
        """Put everything back. Nothing but methods of dictionaries is called before all is back."""
        for space, saved in self._spaces:
            space.update(saved)
        sys.modules.update(self._modules)
        for name, found, entries in self._lists:
            found[:] = entries
            setattr(sys, name, found)
        sys.path_importer_cache.clear()


def is_ours(name: str) -> bool:
    """Return whether a module is part of tfkit.

    Example:
        >>> is_ours("tfkit.course.check"), is_ours("tfkitten")
        (True, False)
    """
    return name == "tfkit" or name.startswith("tfkit.")


def forget_ours() -> None:
    """Let the next import of tfkit read it from its files again.

    Example:
        >>> kept = dict(sys.modules)
        >>> forget_ours()
        >>> any(map(is_ours, sys.modules))
        False
        >>> sys.modules.update(kept)
    """
    for name in [name for name in sys.modules if is_ours(name)]:
        del sys.modules[name]
