"""The lessons as Colab gets them: the same, behind a cell that installs tfkit and changes nothing that is there."""

import runpy
from importlib.metadata import requires

import nbformat
from packaging.requirements import Requirement

from tests.lesson_code import NOTEBOOKS
from tfkit.version import __version__

# What Colab brings, of what the core needs (https://colab.research.google.com: `pip list` in a new notebook).
BROUGHT = {"graphviz", "h5py", "keras", "matplotlib", "numpy", "pillow", "protobuf", "tensorboard", "tensorflow"}


def test_each_lesson_begins_with_its_title_and_then_installs_tfkit(tmp_path):
    runpy.run_path(str(NOTEBOOKS / "colab.py"))["main"](tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
    for path in tmp_path.iterdir():
        made, lesson = nbformat.read(path, 4), nbformat.read(NOTEBOOKS / path.name, 4)
        install = made.cells.pop(1)
        assert made == lesson
        assert f"tfkit-course=={__version__}" in install.source
        assert "--no-deps" in install.source


def test_what_the_core_needs_is_there_or_comes_with_it():
    needed = {Requirement(line).name for line in requires("tfkit-course") or () if "extra ==" not in line}
    install = runpy.run_path(str(NOTEBOOKS / "colab.py"))["INSTALL"]
    assert {name for name in needed - BROUGHT if name not in install} == set()
