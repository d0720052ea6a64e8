"""Ctrl-C as a wish that is granted at a good moment."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def patient() -> Iterator[Callable[[], bool]]:
    """Within the block the first Ctrl-C only makes what is yielded return True; the second interrupts as ever.

    Only Python's main thread hears Ctrl-C; in another one nothing is changed.

    Example:
        >>> with patient() as asked_to_stop:
        ...     before = asked_to_stop()
        ...     signal.raise_signal(signal.SIGINT)
        ...     before, asked_to_stop()
        (False, True)
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def note(number: int, frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
