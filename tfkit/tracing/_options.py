"""What a trace is asked for, beside the call itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """The keywords of `tfkit.tracer`."""

    values: bool | None = None
    profile: bool = False
