"""The notebooks of the course as texts, for tests."""

import ast
import re
from pathlib import Path
from typing import Any

import nbformat

from tfkit.course.catalogue import APPENDICES, CATALOGUE

BOOKS = CATALOGUE | APPENDICES
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
_PYTHON_BELOW = {
    "trace",
    "time",
    "timeit",
    "capture",
    "prun",
    "writefile",
}  # cell magics with Python in the rest of their cell


def read(number: str) -> Any:
    return nbformat.read(NOTEBOOKS / f"{BOOKS[number][0]}.ipynb", as_version=4)


def code_cells(number: str) -> list[Any]:
    return [cell for cell in read(number).cells if cell.cell_type == "code"]


def prose(number: str) -> str:
    return "\n\n".join(cell.source for cell in read(number).cells if cell.cell_type == "markdown")


def parse(source: str) -> ast.Module:
    """Return the Python of a cell; lines that are IPython's alone count as `pass`."""
    magic = re.match(r"\s*%%(\w+).*", source)
    if magic and magic[1] not in _PYTHON_BELOW:
        return ast.Module([], [])
    below = source[magic.end() :] if magic else source
    return ast.parse(re.sub(r"^([ \t]*)[%!].*", r"\1pass", below, flags=re.MULTILINE))
