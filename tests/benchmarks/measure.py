"""CPU time of several ways to the same end, measured in turns in one process."""

import gc
import time
from collections.abc import Callable, Mapping


def least_seconds(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the least CPU seconds of each way; in turns, so that a noisy minute hits all of them."""
    found = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            gc.collect()
            start = time.process_time()
            way()
            found[name] = min(found[name], time.process_time() - start)
    return found


def report(name: str, ours: float, anchor: float, reach: float) -> None:
    """Print one line: seconds of both, their ratio, and what is wanted."""
    verdict = "" if ours / anchor <= reach else "   <- beyond"
    print(f"{name:<44} {ours:9.4f} s / {anchor:9.4f} s = {ours / anchor:5.2f}   reach {reach:.2f}{verdict}", flush=True)
