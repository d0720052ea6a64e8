"""Where a learner stands."""

import json

import pytest

import tfkit
from tfkit.course.learner import LIST, PROGRESS, note_verdict, read_progress


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A folder to which lessons were copied, and in which a kernel runs."""
    (tmp_path / LIST).write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_check_is_kept_and_what_was_right_stays_right(course):
    exercise = tfkit.lesson("00").b
    exercise.check(...)
    assert read_progress(course) == {}
    exercise.check(2)
    assert read_progress(course) == {"00.b": "wrong"}
    exercise.check(2.5)
    exercise.check(2)
    assert read_progress(course) == {"00.b": "right"}


def test_elsewhere_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tfkit.lesson("00").b.check(2.5)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"exercises": 3}', "null"])
def test_a_damaged_file_is_set_aside(course, damage):
    (course / PROGRESS).write_text(damage)
    assert read_progress(course) == {}
    assert (course / f"{PROGRESS}.damaged").read_text() == damage
    note_verdict(course, "00.a", "right")
    assert json.loads((course / PROGRESS).read_text())["exercises"] == {"00.a": "right"}


def test_a_folder_that_cannot_be_written_is_no_error(course, monkeypatch):
    def refuse(path, data):
        raise PermissionError

    monkeypatch.setattr("tfkit.course.learner.write_whole", refuse)
    assert tfkit.lesson("00").b.check(2.5).status == "right"
