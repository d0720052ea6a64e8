"""The map of the course: what is to be taught, where it stands, and the value that shows it."""

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tfkit.course.catalogue import CATALOGUE

TESTS = Path(__file__).parent
COVERAGE: dict[str, dict[str, str]] = json.loads((TESTS / "coverage.json").read_text(encoding="utf-8"))
ITEMS = 121


def _said(cell: Any) -> str:
    """Return what a reader sees below a code cell, or in a cell of text."""
    if cell.cell_type == "markdown":
        return str(cell.source)
    parts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(parts))


def _cell(entry: dict[str, str]) -> Any:
    notebook = nbformat.read(TESTS.parent / "notebooks" / f"{entry['notebook']}.ipynb", as_version=4)
    return next(cell for cell in notebook.cells if cell.id == entry["cell"])


def test_every_item_has_its_place() -> None:
    assert len(COVERAGE) == ITEMS
    assert {entry["notebook"] for entry in COVERAGE.values()} == {name for name, _ in CATALOGUE.values()}


@pytest.mark.parametrize("item", COVERAGE)
def test_the_value_is_there(item: str) -> None:
    entry = COVERAGE[item]
    assert entry["value"]
    assert entry["value"] in _said(_cell(entry))
