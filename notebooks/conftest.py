"""How the lessons are run: without a network, and which parts of a stored output are compared."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

collect_ignore = ["offline"]  # to import it would take the network from all other tests as well
if not os.environ.get("TFKIT_SHUT_IN"):  # its workers listen to everybody: tests/test_appendices.py shuts them in
    collect_ignore.append("A2_many_workers.ipynb")

_OFFLINE = Path(__file__).parent / "offline"
_NOT_COMPARED = (
    "stderr",  # TensorFlow logs there, and cannot be told not to
    # The packed graph: zlib builds differ in bytes. tests/test_lessons.py ties it to the SVG, which is compared.
    "application/vnd.tfkit.graph+json",
    # The packed training: every digit of its numbers, the last of which differ from processor to processor. The same
    # test ties it to its SVG and its words.
    "application/vnd.tfkit.monitor+json",
)


def pytest_collectstart(collector: pytest.Collector) -> None:
    if hasattr(collector, "skip_compare"):  # nbval's collector of a notebook
        collector.skip_compare += _NOT_COMPARED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, None, None]:
    """Have the kernel of a notebook load `offline/sitecustomize.py`: nbval starts it here, and it inherits the path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(_OFFLINE), prepend=os.pathsep)
        return (yield)
