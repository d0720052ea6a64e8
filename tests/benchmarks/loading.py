"""What it costs to load the full Fashion-MNIST: the first time, unpacked and kept, and the next."""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.measure import least_seconds, report
from tfkit.course.data import load_fashion_mnist


def first_and_second_time(rounds: int = 5) -> dict[str, float]:
    """Return the CPU seconds of a load with an empty cache, with a full one, and without any."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder, "cache")

        def load(kept: str, *, empty: bool = False) -> None:
            os.environ["TFKIT_CACHE_DIR"] = kept
            if empty:
                for file in cache.glob("*"):
                    file.unlink()
            load_fashion_mnist("full")

        ways = {
            "first": lambda: load(str(cache), empty=True),
            "second": lambda: load(str(cache)),
            "without": lambda: load(""),
        }
        return least_seconds(ways, rounds)


if __name__ == "__main__":
    found = first_and_second_time()
    report("full Fashion-MNIST, second time / first", found["second"], found["first"], 0.15)
    report("full Fashion-MNIST, first time / without", found["first"], found["without"], 1.3)
    print(f"{'':<44} second time {found['second']:.4f} s   reach 0.05")
