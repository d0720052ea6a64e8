import json
import os

import pytest

from tfkit import workbook
from tfkit.errors import FileError, LessonError
from tfkit.workbook import copy_lessons, copy_solutions, lessons


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two lessons whose files a test may change, as a new version would."""
    source = tmp_path / "course"
    source.mkdir()
    for name in ("00_setup.ipynb", "02_operations.ipynb"):
        (source / name).write_text(f"{name} version 1")
    monkeypatch.setattr(workbook, "lessons", lambda: sorted(source.glob("*.ipynb")))
    return source


def test_the_real_lessons_are_found_in_order():
    names = [path.name for path in lessons()]
    assert names == sorted(names) and names[0] == "00_setup.ipynb"


def test_lessons_come_to_a_new_folder(course, tmp_path):
    done = copy_lessons(tmp_path / "a" / "b")
    assert done.new == ("00_setup.ipynb", "02_operations.ipynb")
    assert (done.folder / "00_setup.ipynb").read_text() == "00_setup.ipynb version 1"
    assert str(copy_lessons(done.folder)).endswith("up to date.")


def test_what_the_learner_changed_is_kept_and_the_newer_lesson_stands_beside_it(course, tmp_path):
    folder = copy_lessons(tmp_path / "mine").folder
    (folder / "00_setup.ipynb").write_text("my answers")
    (course / "00_setup.ipynb").write_text("version 2")
    (course / "02_operations.ipynb").write_text("version 2")
    done = copy_lessons(folder)
    assert (done.kept, done.new, done.beside) == (
        ("00_setup.ipynb",),
        ("02_operations.ipynb",),
        ("00_setup.new.ipynb",),
    )
    assert (folder / "00_setup.ipynb").read_text() == "my answers"
    assert (folder / "00_setup.new.ipynb").read_text() == (folder / "02_operations.ipynb").read_text() == "version 2"
    assert copy_lessons(folder).beside == ()  # said once


def test_what_the_learner_changed_beside_is_kept_too(course, tmp_path):
    folder = copy_lessons(tmp_path / "mine").folder
    (folder / "00_setup.ipynb").write_text("my answers")
    for version, name in ((2, "00_setup.new.ipynb"), (3, "00_setup.new.ipynb"), (4, "00_setup.new2.ipynb")):
        (course / "00_setup.ipynb").write_text(f"version {version}")
        assert copy_lessons(folder).beside == (name,)
        if version == 3:
            (folder / name).write_text("more answers")
    assert (folder / "00_setup.new.ipynb").read_text() == "more answers"
    assert (folder / "00_setup.new2.ipynb").read_text() == "version 4"


def test_a_changed_lesson_without_a_newer_one_is_left_alone(course, tmp_path):
    folder = copy_lessons(tmp_path / "mine").folder
    (folder / "00_setup.ipynb").write_text("my answers")
    assert str(copy_lessons(folder)).endswith("up to date.")
    assert sorted(os.listdir(folder)) == [".tfkit-lessons.json", "00_setup.ipynb", "02_operations.ipynb"]


@pytest.mark.parametrize("damage", ["{", "[1]", "\udcff"])
def test_a_damaged_list_loses_nothing(course, tmp_path, damage):
    folder = copy_lessons(tmp_path / "mine").folder
    (folder / "00_setup.ipynb").write_text("my answers")
    (folder / ".tfkit-lessons.json").write_bytes(damage.encode("utf-8", "surrogateescape"))
    copy_lessons(folder)
    assert (folder / "00_setup.ipynb").read_text() == "my answers"
    assert json.loads((folder / ".tfkit-lessons.json").read_text())


def test_a_lesson_that_was_deleted_comes_back(course, tmp_path):
    folder = copy_lessons(tmp_path / "mine").folder
    (folder / "00_setup.ipynb").unlink()
    assert copy_lessons(folder).new == ("00_setup.ipynb",)


def test_a_folder_that_cannot_be_made_is_named(course, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be copied to .*file"):
        copy_lessons(tmp_path / "file")


@pytest.fixture
def solved(monkeypatch):
    """A teacher's edition that is made without looking into the lessons."""
    monkeypatch.setattr(workbook, "solved_notebook", lambda text, number: f"{text} solved")


def test_the_teachers_edition_has_names_of_its_own(course, solved, tmp_path):
    done = copy_solutions(tmp_path / "teacher")
    assert done.new == ("00_setup.solutions.ipynb", "02_operations.solutions.ipynb")
    assert (done.folder / "00_setup.solutions.ipynb").read_text() == "00_setup.ipynb version 1 solved"
    assert not (done.folder / ".tfkit-lessons.json").exists()  # it is no course that somebody works in


def test_what_the_teacher_changed_is_kept(course, solved, tmp_path):
    folder = copy_solutions(tmp_path / "teacher").folder
    (folder / "00_setup.solutions.ipynb").write_text("with my remarks")
    (course / "00_setup.ipynb").write_text("version 2")
    done = copy_solutions(folder)
    assert (done.kept, done.new) == (("00_setup.solutions.ipynb",), ())
    assert (folder / "00_setup.solutions.ipynb").read_text() == "with my remarks"
    assert (folder / "00_setup.solutions.new.ipynb").read_text() == "version 2 solved"


def test_solutions_do_not_come_to_the_learners_folder(course, solved, tmp_path):
    folder = copy_lessons(tmp_path / "mine").folder
    for wrong in (folder, course):
        before = sorted(os.listdir(wrong))
        with pytest.raises(FileError, match="holds the learner's lessons. Name another folder"):
            copy_solutions(wrong)
        assert sorted(os.listdir(wrong)) == before


def test_without_solutions_no_folder_is_made(course, monkeypatch, tmp_path):
    def refuse(text, number):
        raise LessonError("none")

    monkeypatch.setattr(workbook, "solved_notebook", refuse)
    with pytest.raises(LessonError, match="none"):
        copy_solutions(tmp_path / "teacher")
    assert not (tmp_path / "teacher").exists()
