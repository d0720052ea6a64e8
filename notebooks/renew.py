"""Run lessons from top to bottom in a fresh kernel and store their outputs.

    python notebooks/renew.py          # all lessons
    python notebooks/renew.py 02 14    # these

What differs from run to run (times, log lines) is not stored, so that a lesson changes only where its results do.
"""

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

BOARD = "application/vnd.tfkit.board+json"
FOLDER = Path(__file__).parent


def renew(path: Path) -> None:
    """Run one notebook and write it back."""
    book = nbformat.read(path, as_version=4)
    described = {cell.id: _text_alternative(cell) for cell in book.cells if cell.cell_type == "code"}
    NotebookClient(book, timeout=600, record_timing=False, resources={"metadata": {"path": str(FOLDER)}}).execute()
    book.metadata["language_info"] = {"name": "python"}  # the kernel adds the version of its Python
    for cell in book.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = _joined([output for output in cell.outputs if output.get("name") != "stderr"])
            for output in cell.outputs:
                _forget_folder(output.get("data", {}))
                if described[cell.id] and "image/png" in output.get("data", {}):
                    output.metadata.setdefault("image/png", {})["alt"] = described[cell.id]
    nbformat.validate(book)
    nbformat.write(book, path)


def _joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Return the outputs with printed text in one piece; where the kernel cuts it is a matter of time."""
    joined: list[nbformat.NotebookNode] = []
    for output in outputs:
        if joined and output.output_type == joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _forget_folder(data: dict[str, Any]) -> None:
    """Take the name of a log folder, another one in each run, out of what shows TensorBoard; the curves stay."""
    board = data.pop(BOARD, None)
    for kind in data if board else ():
        data[kind] = data[kind].replace(board["logdir"], "logs")


def _text_alternative(cell: nbformat.NotebookNode) -> str:
    """Return the words that stand for a cell's picture; a new run of the cell does not know them."""
    found = (output.get("metadata", {}).get("image/png", {}).get("alt", "") for output in cell.outputs)
    return next(filter(None, found), "")


if __name__ == "__main__":
    wanted = sys.argv[1:] or [""]
    for lesson in sorted(FOLDER.glob("[0-9A][0-9]_*.ipynb")):
        if any(lesson.name.startswith(number) for number in wanted):
            print(lesson.name)
            renew(lesson)
