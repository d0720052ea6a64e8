"""Stop code that runs too long, in the main thread, where notebook cells run.

The clock is a signal of the operating system. Elsewhere (another thread, Windows) there is no such signal
and code runs without a limit.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# A learner's `except:` may swallow the first alarm, so it keeps ringing.
_REPEAT_S = 0.2


class TimeIsUp(BaseException):
    """The code in a `time_limit` block ran too long. Not an Exception, so that `except Exception` lets it pass."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeIsUp` inside the block once it has run for `seconds`.

    Example:
        >>> with time_limit(5):
        ...     total = sum(range(10))
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    handler_before = signal.signal(signal.SIGALRM, _ring)
    timer_before = signal.setitimer(signal.ITIMER_REAL, seconds, _REPEAT_S)

    def stop() -> None:
        signal.setitimer(signal.ITIMER_REAL, *timer_before)
        signal.signal(signal.SIGALRM, handler_before)

    try:
        try:
            yield
        finally:
            stop()
    except TimeIsUp:
        stop()  # it may have rung inside the first `stop`
        raise


def _ring(number: int, frame: FrameType | None) -> None:
    raise TimeIsUp
