"""Appendix A2 starts TensorFlow's workers, so it runs in a network of its own; A1 runs with the lessons."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.lesson_code import code_cells
from tests.shut_in import shut_in

ROOT = Path(__file__).parents[1]


def test_the_appendix_on_workers_shows_what_it_stores() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "notebooks/A2_many_workers.ipynb"]
    done = subprocess.run(
        shut_in(command),
        cwd=ROOT,
        env={**os.environ, "TFKIT_SHUT_IN": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(rf"^{len(code_cells('A2'))} passed in ", done.stdout, re.MULTILINE), done.stdout
