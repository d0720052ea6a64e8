"""The notebooks as texts: order, size, headings, exercises, pictures. That they run is tested by nbval.

What may stand in them is the matter of test_lessons_lint.py.
"""

import ast
import base64
import gzip
import json
import re
from itertools import pairwise
from typing import Any

import pytest

import tfkit
from tests.lesson_code import BOOKS, NOTEBOOKS, code_cells, parse, prose, read
from tfkit.course.catalogue import APPENDICES, CATALOGUE
from tfkit.gradients._replay import svg, text
from tfkit.gradients.findings import Finding
from tfkit.gradients.history import History
from tfkit.graph import Graph
from tfkit.parts import ScopeKind

GRAPH = "application/vnd.tfkit.graph+json"
MONITOR = "application/vnd.tfkit.monitor+json"
CHECKED = r"\nGradients and finite differences [^<\n]*"  # what a graph with gradients says below its list


def bundles(number: str) -> list[Any]:
    return [output.data for cell in code_cells(number) for output in cell.outputs if "data" in output]


def test_the_catalogue_is_the_folder_in_order() -> None:
    names = [path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
    assert names == [name for name, _ in (BOOKS).values()]
    for number, (name, title) in CATALOGUE.items():
        assert re.fullmatch(rf"{number}_[a-z]+(_[a-z]+)*", name)
        assert prose(number).startswith(f"# Lesson {number}: {title}\n")
    for number, (name, title) in APPENDICES.items():
        assert re.fullmatch(rf"{number}_[a-z]+(_[a-z]+)*", name)
        assert prose(number).startswith(f"# Appendix {number}: {title}\n")


@pytest.mark.parametrize("number", CATALOGUE)
def test_size(number: str) -> None:
    cells = read(number).cells
    words = len(re.findall(r"\w[\w'.-]*", re.sub(r"<[^>]+>", " ", prose(number))))
    lines = [sum(bool(line.strip()) for line in cell.source.splitlines()) for cell in code_cells(number)]
    assert 15 <= len(cells) <= 45
    assert 700 <= words <= 1600
    assert 5 <= words / sum(lines) <= 12
    assert sum(count > 12 for count in lines) <= len(lines) / 10


@pytest.mark.parametrize("number", BOOKS)
def test_headings_do_not_jump(number: str) -> None:
    levels = [len(marks) for marks in re.findall(r"^(#+) ", prose(number), re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("number", CATALOGUE)
def test_a_picture_comes_early(number: str) -> None:
    early = [output.get("data", {}) for cell in read(number).cells[:6] for output in cell.get("outputs", [])]
    assert any("image/svg+xml" in data or "image/png" in data for data in early)


@pytest.mark.parametrize("number", CATALOGUE)
def test_it_ends_with_what_was_learnt_and_five_questions(number: str) -> None:
    box, questions = prose(number).split("## What you can do now")[1].split("## Self-test")
    assert len(re.findall(r"^> - ", box, re.MULTILINE)) >= 4
    questions, answers = questions.split("<details><summary>Answers</summary>")
    assert re.findall(r"^(\d)\. .*\?$", questions, re.MULTILINE) == list("12345")
    assert re.findall(r"(?:^|(?<=\s))(\d)\. (?=[A-Z(])", answers) == list("12345")


@pytest.mark.parametrize("number", CATALOGUE)
def test_its_exercises_are_those_of_the_catalogue(number: str) -> None:
    letters = list(tfkit.lesson(number).exercises)
    assert re.findall(r"^### Exercise (\w): ", prose(number), re.MULTILINE) == letters
    last_lines = [cell.source.splitlines()[-1] for cell in code_cells(number)]
    for letter, exercise in tfkit.lesson(number).exercises.items():
        assert f"lesson.{letter}.check({exercise.task.answer})" in last_lines


@pytest.mark.parametrize("number", BOOKS)
def test_only_public_names_are_used(number: str) -> None:
    for cell in code_cells(number):
        for node in ast.walk(parse(cell.source)):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("tfkit")
            if isinstance(node, ast.Import):
                assert not any(alias.name.startswith("tfkit.") for alias in node.names)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "tfkit":
                assert node.attr in tfkit.__all__


@pytest.mark.parametrize("number", CATALOGUE)
def test_stored_outputs(number: str) -> None:
    cells = code_cells(number)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {"stream", "execute_result", "display_data"}
    assert not any(output.get("name") == "stderr" for output in outputs)
    ignored = sum("NBVAL" in cell.source or "nbval-ignore-output" in cell.metadata.get("tags", []) for cell in cells)
    assert ignored <= len(cells) / 10


@pytest.mark.parametrize("number", BOOKS)
def test_stored_graphs_are_the_drawn_ones(number: str) -> None:
    """Strict nbval compares the drawings; the bytes of the graphs differ with the version of zlib."""
    graphs = [data for data in bundles(number) if GRAPH in data]
    assert graphs
    for data in graphs:
        drawn = _graph(data[GRAPH])._repr_mimebundle_()
        for kind in ("image/svg+xml", "text/plain"):
            assert drawn[kind] == re.sub(CHECKED, "", data[kind])


def _graph(stored: Any) -> Graph:
    return Graph.from_wire(base64.b64decode(stored["data"]))


def test_lesson_14_shows_a_model_with_its_layers_as_groups() -> None:
    scopes = [scope for data in bundles("14") if GRAPH in data for scope in _graph(data[GRAPH]).scopes]
    layers = {scope.label for scope in scopes if scope.kind is ScopeKind.LAYER}
    assert layers == {"classifier", "scores", "chances"}


@pytest.mark.parametrize("number", ["07", "13"])
def test_a_watched_training_is_stored_as_it_is_drawn(number: str) -> None:
    (data,) = (data for data in bundles(number) if MONITOR in data)
    kept = json.loads(gzip.decompress(base64.b64decode(data[MONITOR]["data"])))
    history, findings = History.from_dict(kept), [Finding(**found) for found in kept["findings"]]
    assert svg(history, findings) == data["image/svg+xml"]
    assert text(history, findings) == data["text/plain"]


@pytest.mark.parametrize("number", CATALOGUE)
def test_training_is_repeatable_and_silent(number: str) -> None:
    code = "\n".join(cell.source for cell in code_cells(number))
    if ".fit(" in code:
        assert "keras.utils.set_random_seed(" in code
        assert "enable_op_determinism()" in code
    cells = [cell.source for cell in code_cells(number) if "NBVAL_IGNORE_OUTPUT" not in cell.source]
    for call in (node for cell in cells for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("fit", "evaluate", "predict"):
            assert {word.arg: ast.unparse(word.value) for word in call.keywords}["verbose"] == "0"
