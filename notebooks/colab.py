"""Write the lessons as Colab needs them: each begins with a cell that installs tfkit.

    python notebooks/colab.py FOLDER

What Colab brings stays as it is (`--no-deps`): it has all that a lesson needs but tfkit itself. Outputs are kept.
"""

import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from tfkit.version import __version__

FOLDER = Path(__file__).parent
INSTALL = f"""\
# Only in Colab: tfkit, beside what is there already.
%pip install -q --no-deps tfkit-course=={__version__} vl-convert-python"""


def main(folder: Path) -> None:
    """Write all lessons into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(FOLDER.glob("*.ipynb")):
        book = nbformat.read(path, as_version=4)
        book.cells.insert(1, new_code_cell(INSTALL, id="install-in-colab"))  # under the title
        nbformat.validate(book)
        nbformat.write(book, folder / path.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
