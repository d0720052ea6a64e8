"""Where the learner stands, as a value."""

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import tfkit
from tfkit.course.catalogue import CATALOGUE
from tfkit.course.learner import LIST, PROGRESS
from tfkit.course.standing import Progress

TOTAL = sum(len(tfkit.lesson(number).exercises) for number in CATALOGUE)
ALL = {exercise.name: "right" for number in CATALOGUE for exercise in tfkit.lesson(number)}


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A folder with all lessons, in which a kernel runs."""
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / LIST).write_text("{}")
    for notebook, _ in CATALOGUE.values():
        (folder / f"{notebook}.ipynb").touch()
    monkeypatch.chdir(folder)
    return folder


def keep(folder: Path, exercises: dict[str, str]) -> Progress:
    (folder / PROGRESS).write_text(json.dumps({"version": 1, "exercises": exercises}))
    return tfkit.progress(folder)


def test_what_the_checks_found_is_counted(course):
    tfkit.lesson("00").a.check("2.21")
    tfkit.lesson("00").b.check(2.5)
    found = tfkit.progress()
    assert (found.done, found.total) == (1, TOTAL)
    first = found.lessons[0]
    assert dict(first.statuses) == {"a": "wrong", "b": "right", "c": "not attempted"}
    assert (first.done, first.total, first.next_exercise) == (1, 3, "00.a")
    assert found.next_lesson is first


def test_the_next_step_is_the_first_open_exercise_of_the_first_lesson_that_is_there(course):
    solved = {name: "right" for name in ALL if name.startswith("00")} | {"01.a": "right", "01.b": "wrong"}
    assert "Next: exercise 01.b in 01_tensors.ipynb." in repr(keep(course, solved))
    (course / "01_tensors.ipynb").unlink()
    assert repr(tfkit.progress()).endswith("Next: exercise 02.a in 02_operations.ipynb.")


def test_the_end_and_lessons_that_were_deleted(course):
    found = keep(course, ALL)
    assert found.done == TOTAL and found.next_lesson is None and "That is the whole course." in repr(found)
    (course / "01_tensors.ipynb").unlink()
    solved = {**ALL, "01.a": "wrong"}
    assert "The lessons that are left are not in" in repr(keep(course, solved))


def test_the_text_has_a_mark_and_a_word_for_each_exercise(course):
    text = repr(keep(course, {"00.a": "right", "00.b": "error in your code", "02.d": "wrong"}))
    assert text.startswith(f"Your progress in {course}: 1 of {TOTAL} exercises right.\n")
    (line,) = (line for line in text.splitlines() if line.startswith("00"))
    assert re.split(r"  +", line) == ["00 Start here", "1 of 3", "✓ right", "! error in your code", "○ not attempted"]
    assert text.count("✗ wrong") == 1 and text.count("○ not attempted") == TOTAL - 3


def test_the_table_is_one_that_a_screen_reader_can_read(course):
    page = keep(course, {"00.a": "right"})._repr_mimebundle_()["text/html"]
    root = ElementTree.fromstring(page)
    head, body = root.find("table/thead/tr"), root.findall("table/tbody/tr")
    assert root.find("table/caption").text.startswith("Your progress")
    assert [cell.get("scope") for cell in head] == ["col"] * len(head)
    assert [row[0].get("scope") for row in body] == ["row"] * len(CATALOGUE)
    assert all(len(row) == len(head) for row in body)
    marks = root.findall(".//span")
    assert len(marks) == TOTAL and all(mark.get("aria-hidden") == "true" and mark.tail.strip() for mark in marks)
    assert "style" not in page  # nothing is said by colour


def test_a_folder_that_holds_the_course_will_do(course):
    keep(course, {"00.a": "right"})
    assert tfkit.progress(course.parent).folder == course
    assert tfkit.progress(str(course)).done == 1


def test_where_no_lessons_are_one_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bundle = tfkit.progress()._repr_mimebundle_()
    assert bundle["text/plain"].startswith("No lessons were copied to this folder.")
    assert "<code>tfkit lessons FOLDER</code>" in bundle["text/html"] and "<table" not in bundle["text/html"]
    assert (
        tfkit.progress("a <b>").folder is None and "<b>" not in tfkit.progress("a <b>")._repr_mimebundle_()["text/html"]
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["{", '{"exercises": 3}', '{"exercises": {"00.a": "banana", "99.z": "right"}}'])
def test_a_damaged_file_is_not_fatal(course, damage):
    (course / PROGRESS).write_text(damage)
    assert tfkit.progress().done == 0


def test_it_does_not_load_tensorflow(course):
    code = (
        "import sys, tfkit; str(tfkit.progress()); print(*({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
