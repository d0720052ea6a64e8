"""The course that the panel shows."""

import json

import pytest

from tests.servers import fetch
from tfkit.course.catalogue import CATALOGUE
from tfkit.course.learner import PROGRESS
from tfkit.course.solution import read_solutions
from tfkit.lab.lessons import describe
from tfkit.workbook import copy_lessons, lessons


@pytest.fixture
def server(start_server, tmp_path):
    """A server of one's own: lessons are copied."""
    return start_server(tmp_path)


def test_a_folder_without_a_course_has_none_and_lessons_come_when_asked(server, tmp_path):
    before = server.ask("tfkit/lessons")
    assert before.status == 200 and before.json["folder"] is None and before.json["lessons"] == []
    copied = server.ask("tfkit/lessons", "POST")
    assert copied.message == f"{len(lessons())} lessons copied to tfkit-course."
    course = server.ask("tfkit/lessons").json
    assert course["folder"] == "tfkit-course" and course["next"] == "00"
    assert [lesson["number"] for lesson in course["lessons"]] == list(CATALOGUE)
    assert all((tmp_path / lesson["path"]).is_file() for lesson in course["lessons"])
    assert "up to date" in server.ask("tfkit/lessons", "POST").message


def test_what_was_solved_counts_and_solutions_are_for_teachers(server, tmp_path):
    server.ask("tfkit/lessons", "POST")
    first = server.ask("tfkit/lessons").json["lessons"][0]
    assert not first["done"] and all("solution" not in exercise for exercise in first["exercises"])
    solved = {exercise["name"]: "right" for exercise in first["exercises"]}
    (tmp_path / "tfkit-course" / PROGRESS).write_text(json.dumps({"version": 1, "exercises": solved}))
    (tmp_path / first["path"]).unlink()
    course = server.ask("tfkit/lessons?teacher=1").json
    assert course["lessons"][0]["done"] and course["lessons"][0]["path"] is None and course["next"] == "01"
    assert all(exercise["solution"] and len(exercise["hints"]) == 3 for exercise in course["lessons"][1]["exercises"])


def test_an_edition_for_exams_gives_teachers_the_hints(tmp_path, monkeypatch):
    copy_lessons(tmp_path)
    monkeypatch.setattr("tfkit.course.check.read_solutions", read_solutions.__wrapped__)
    monkeypatch.setattr("tfkit.course.solution.files", lambda name: tmp_path)  # where no solutions are
    exercises = describe(tmp_path, teacher=True)["lessons"][1]["exercises"]
    assert all(len(one["hints"]) == 3 and not one["solution"] for one in exercises)
    assert exercises[0]["reason"] == "This edition of the course has no solutions."


def test_strangers_and_forged_requests_are_refused(server, tmp_path):
    assert fetch(f"{server.url}tfkit/lessons").status == 403
    assert fetch(f"{server.url}tfkit/lessons", "POST", b"{}").status == 403
    page = server.ask("api/status")
    cookie = page.headers["Set-Cookie"].split(";")[0]  # of a login in a browser
    assert fetch(f"{server.url}tfkit/lessons", Cookie=cookie).status == 200
    assert fetch(f"{server.url}tfkit/lessons", "POST", b"{}", Cookie=cookie).status == 403  # no XSRF mark
    assert not (tmp_path / "tfkit-course").exists()


def test_a_folder_that_cannot_be_written_is_said(server, tmp_path):
    (tmp_path / "tfkit-course").write_text("a file is in the way")
    answer = server.ask("tfkit/lessons", "POST")
    assert answer.status == 422 and "cannot be copied" in answer.message
