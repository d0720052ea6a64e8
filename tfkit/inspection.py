"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How one thing stands."""

    OK = "ok"
    OPTIONAL = "optional"  # missing, and tfkit works without it
    MISSING = "missing"


@dataclass(frozen=True)
class Inspection:
    """One line of the doctor's report.

    Example:
        >>> print(Inspection("dot", State.OPTIONAL, "not installed", "apt-get install graphviz"))
        optional dot             not installed  cure: apt-get install graphviz
    """

    name: str
    state: State
    found: str
    cure: str = ""

    def __str__(self) -> str:
        cure = f"  cure: {self.cure}" if self.cure else ""
        return f"{self.state:<9}{self.name:<16}{self.found}{cure}"
