"""One file of the corpus: how it is made, and what should become of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

_PORT = "TFKIT_HOSTILE_PORT"  # the test that listens there sets it before files are made


def address() -> str:
    """Return an address that nobody should ask for."""
    return f"http://127.0.0.1:{os.environ.get(_PORT, '9')}/canary"


class Limits(NamedTuple):
    """What opening a file may take: seconds of a processor, and megabytes beyond the file's own."""

    cpu_s: int
    megabytes: int


USUAL = Limits(5, 300)
BOMB = Limits(2, 100)  # of what grows when it is unpacked


@dataclass(frozen=True, slots=True)
class Case:
    """One file.

    Args:
        name: Of the case; its folder is called so.
        file: What is opened, in that folder.
        make: Writes it there.
        nodes: How many operations are drawn, or None where the file is refused.
        said: Words in the drawing as text, or in the refusal.
        door: Who opens it, see `tests.hostile.guarded`.
        limits: What that may take.
    """

    name: str
    file: str
    make: Callable[[Path], object]
    nodes: int | None = None
    said: tuple[str, ...] = ()
    door: str = "graph"
    limits: Limits = USUAL

    def write(self, folder: Path) -> Path:
        """Make the file in a folder of its own and return what is to be opened."""
        own = folder / self.name
        own.mkdir(parents=True)
        self.make(own / self.file)
        return own / self.file


Adding = Callable[..., None]


class Cases:
    """A list of cases of one door."""

    def __init__(self, door: str = "graph") -> None:
        self.door = door
        self.all: list[Case] = []

    def add(
        self,
        name: str,
        file: str,
        make: Callable[[Path], object],
        nodes: int | None = None,
        said: Iterable[str] = (),
        limits: Limits = USUAL,
    ) -> None:
        """Add one case."""
        self.all.append(Case(name, file, make, nodes, tuple(said), self.door, limits))

    def holding(self, file: str) -> Adding:
        """Return a function that adds a case by what stands in its file.

        That is bytes, a text, what is to be written as JSON, or a function that returns one of them.
        """

        def add(
            name: str,
            content: Any,
            nodes: int | None = None,
            said: Iterable[str] = (),
            limits: Limits = USUAL,
            file: str = file,
        ) -> None:
            self.add(
                name, file, lambda path: path.write_bytes(_written(content)), nodes=nodes, said=said, limits=limits
            )

        return add


def _written(content: Any) -> bytes:
    made = content() if callable(content) else content
    if isinstance(made, bytes):
        return made
    return (made if isinstance(made, str) else json.dumps(made)).encode()
