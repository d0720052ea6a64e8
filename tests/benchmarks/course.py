"""What the lessons take to run, whether their outputs come out again, and the figures of the course as a whole.

Each lesson is run from top to bottom in a fresh kernel without a network, on one core and on two. Times are CPU
seconds of kernel and children on one core, in units of ``import tensorflow`` there, measured in the same run; memory is
what kernel and children hold together at most. Outputs are compared letter by letter, pictures too, after the sanitiser
of the tests; cells that declare to differ are left out. It needs Linux.
"""

import argparse
import json
import os
import re
import resource
import runpy
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import psutil
from nbclient import NotebookClient

from tests.lesson_code import NOTEBOOKS, code_cells, read
from tests.text_alternatives import ENOUGH, pictures
from tfkit.course.catalogue import CATALOGUE
from tfkit.course.lessons import lesson

LESSON, COURSE, MEMORY_GB, IGNORED = 15, 200, 1.5, 0.1  # what we want to stay within; times in imports
BEYOND = " <- beyond"
LOOK_EVERY_S = 0.05
SANITIZER = re.findall("^regex: (.*)\nreplace: (.*)$", (NOTEBOOKS / "../tests/sanitize.cfg").read_text(), re.MULTILINE)
NOT_COMPARED = runpy.run_path(str(NOTEBOOKS / "conftest.py"))["_NOT_COMPARED"]


@dataclass(frozen=True)
class Cost:
    """What one run took, on the clock and of computing, and the most memory that was held at a time."""

    clock_s: float
    cpu_s: float
    peak_bytes: int


@dataclass
class Row:
    """What all rounds found out about a lesson: least times on one core, the highest peak, the cells that differ."""

    name: str
    clock_s: float = float("inf")
    cpu_s: float = float("inf")
    peak_bytes: int = 0
    unlike_two_cores: set[str] = field(default_factory=set)
    unlike_stored: set[str] = field(default_factory=set)


def measured(cores: int, action: Callable[[], object]) -> Cost:
    """Return what an action costs whose work is done by processes that it starts on some of the cores, and ends."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:cores])
    try:
        with peak_of_children() as peak:
            begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
            action()
            end, after = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    finally:
        os.sched_setaffinity(0, allowed)
    cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Cost(end - begin, cpu_s, max(peak))


@contextmanager
def peak_of_children() -> Iterator[list[int]]:
    """Yield a list that in the end holds what the processes below this one held together, whenever it was looked."""
    held, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(LOOK_EVERY_S):
            held.append(sum(map(resident, psutil.Process().children(recursive=True))))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield held
    finally:
        ended.set()
        thread.join()


def resident(process: psutil.Process) -> int:
    with suppress(psutil.Error):  # it has ended in the meantime
        return int(process.memory_info().rss)
    return 0


def import_tensorflow() -> None:
    subprocess.run([sys.executable, "-c", "import tensorflow"], check=True, stderr=subprocess.DEVNULL)


def run(number: str, cores: int) -> tuple[Any, Cost]:
    """Run a lesson; return its notebook as it came out, with errors as outputs, and what that took."""
    book = read(number)
    where = {"metadata": {"path": str(NOTEBOOKS)}}
    client = NotebookClient(book, timeout=600, record_timing=False, allow_errors=True, resources=where)
    return book, measured(cores, lambda: client.execute(stderr=subprocess.DEVNULL))


def is_ignored(cell: Any) -> bool:
    return "NBVAL" in cell.source or "nbval-ignore-output" in cell.metadata.get("tags", [])


def compared(cell: Any) -> dict[str, list[str]]:
    """Return what is compared of a cell's outputs, by kind: printed text in one piece, what was shown in order."""
    found: dict[str, list[str]] = {}
    for output in cell.outputs:
        if output.output_type == "stream":
            found[output.name] = ["".join([*found.get(output.name, []), output.text])]
        elif output.output_type == "error":
            found.setdefault("error", []).append(f"{output.ename}: {output.evalue}")
        for kind, content in output.get("data", {}).items():
            text = content if isinstance(content, str) else json.dumps(content, sort_keys=True)
            found.setdefault(kind, []).append(text)
    return {kind: [sanitized(text) for text in texts] for kind, texts in found.items() if kind not in NOT_COMPARED}


def sanitized(text: str) -> str:
    for pattern, substitute in SANITIZER:
        text = re.sub(pattern, substitute, text)
    return text


def differences(one: Any, other: Any) -> set[str]:
    """Return which code cells of two runs of a lesson differ, and in what."""
    found = set()
    for a, b in zip(one.cells, other.cells, strict=True):
        if a.cell_type == "code" and not is_ignored(a):
            first, second = compared(a), compared(b)
            found |= {f"{a.id} ({kind})" for kind in {*first, *second} if first.get(kind) != second.get(kind)}
    return found


def measure(number: str, row: Row) -> None:
    """Add one round to what is known of a lesson."""
    stored = read(number)
    one, cost = run(number, 1)
    two, on_two = run(number, 2)
    row.clock_s, row.cpu_s = min(row.clock_s, cost.clock_s), min(row.cpu_s, cost.cpu_s)
    row.peak_bytes = max(row.peak_bytes, cost.peak_bytes, on_two.peak_bytes)
    row.unlike_two_cores |= differences(one, two)
    row.unlike_stored |= differences(one, stored)


def table(rows: Sequence[Row], unit: Cost) -> Iterator[str]:
    """Yield the lines of the table: the lessons, then times added up, the highest peak, how many are alike."""
    yield "| lesson | CPU time, in imports | clock, in imports | peak, GB | two cores alike | stored alike |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for row in rows:
        alike = [", ".join(sorted(cells)) or "yes" for cells in (row.unlike_two_cores, row.unlike_stored)]
        yield told(row.name, row.cpu_s / unit.cpu_s, row.clock_s / unit.clock_s, row.peak_bytes, alike, LESSON)
    cpu_s, clock_s = sum(row.cpu_s for row in rows), sum(row.clock_s for row in rows)
    alike = [f"{sum(not row.unlike_two_cores for row in rows)} of {len(rows)}"]
    alike.append(f"{sum(not row.unlike_stored for row in rows)} of {len(rows)}")
    peak_bytes = max(row.peak_bytes for row in rows)
    yield told("**all**", cpu_s / unit.cpu_s, clock_s / unit.clock_s, peak_bytes, alike, COURSE)


def told(name: str, cpu: float, clock: float, peak_bytes: int, alike: list[str], limit: float) -> str:
    """Return a line of the table; what is beyond its limit says so."""
    peak = peak_bytes / 1e9
    figures = [f"{cpu:.1f}" + BEYOND * (cpu > limit), f"{clock:.1f}", f"{peak:.2f}" + BEYOND * (peak > MEMORY_GB)]
    return f"| {' | '.join([name, *figures, *alike])} |"


def facts() -> dict[str, str]:
    """Return what can be counted in the whole course without running it."""
    cells = [cell for number in CATALOGUE for cell in code_cells(number)]
    lines = [sum(bool(line.strip()) for line in cell.source.splitlines()) for cell in cells]
    ignored = sum(map(is_ignored, cells))
    shown = [words for number in CATALOGUE for cell in read(number).cells for _, words in pictures(cell)]
    share = f"{ignored} of {len(cells)}, {ignored / len(cells):.1%}" + BEYOND * (ignored > len(cells) * IGNORED)
    return {
        "lessons, exercises": f"{len(CATALOGUE)}, {sum(len(lesson(number).exercises) for number in CATALOGUE)}",
        "code cells whose output is not compared": share,
        "lines of a code cell, median": f"{statistics.median(lines):g}",
        "scripted verdicts": f"{sum(map(verdicts, CATALOGUE))}",
        "pictures with a text alternative": f"{sum(len(words) > ENOUGH for words in shown)} of {len(shown)}",
    }


def verdicts(number: str) -> int:
    """Return how many answers to a lesson's exercises are judged by the tests; solutions and stubs count, too."""
    answers = import_module(f"tests.course.answers.lesson_{number}")
    return sum(2 + len(answers.RIGHT[letter]) + len(answers.WRONG[letter]) for letter in lesson(number).exercises)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure the lessons.")
    parser.add_argument("--rows", default="", help="only lessons whose name contains this")
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args(arguments)
    path = [str(NOTEBOOKS / "offline"), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, path))  # as notebooks/conftest.py does
    rows = {number: Row(name) for number, (name, _) in CATALOGUE.items() if asked.rows in name}
    if not rows:
        parser.error(f"no lesson's name contains {asked.rows!r}")
    units = []
    for number, row in list(rows.items()) * asked.rounds:
        units.append(measured(1, import_tensorflow))
        measure(number, row)
        print(row.name, file=sys.stderr, flush=True)
    unit = Cost(min(cost.clock_s for cost in units), min(cost.cpu_s for cost in units), 0)
    print(f"`import tensorflow`: {unit.cpu_s:.2f} CPU s, {unit.clock_s:.2f} s on the clock, least of {len(units)}.\n")
    print("\n".join(table(list(rows.values()), unit)))
    print("\n| the course | |\n| --- | --- |", *(f"| {what} | {count} |" for what, count in facts().items()), sep="\n")


if __name__ == "__main__":
    main()
