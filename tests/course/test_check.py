"""The check engine: whatever an answer does, a verdict comes back."""

import copy
import itertools
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import tfkit
from tfkit.course import check as engine
from tfkit.course.answers import Mistake, numbers, require_shape
from tfkit.course.check import Exercise, Solution, Status, Verdict, task
from tfkit.course.lessons import CATALOGUE, lesson
from tfkit.course.time_limit import TimeIsUp, time_limit
from tfkit.errors import LessonError

NAMES = ("prompt", "hint.1", "hint.2", "hint.3", "praise")


def exercise(check: Callable[[Any], None]) -> Exercise:
    texts = {f"a.{name}": f"the {name} with `code` & <signs>" for name in NAMES}
    return Exercise("77", task("a", texts, answer="x", check=check))


def three(answer: Any) -> None:
    if numbers(answer, "the number 3") != 3:
        raise Mistake("That is not 3.")


class Hostile:
    """Raises whatever is done with it."""

    def _raise(self, *_: object) -> Any:
        raise RuntimeError("touch me not")

    __eq__ = __ne__ = __len__ = __iter__ = __bool__ = __repr__ = __str__ = __array__ = __float__ = __call__ = _raise  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"no {name}")


class Unspeakable(BaseException):
    """An error that cannot even say what it is."""

    def __str__(self) -> str:
        raise self

    def __init__(self, *given: object) -> None:
        super().__init__()


def refuse(*_: object) -> Any:
    raise Unspeakable


def cyclic() -> list[Any]:
    answer: list[Any] = [1]
    answer.append(answer)
    return answer


NASTY: list[Any] = [
    None, "", "text", b"bytes", -3.5, float("nan"), 10**400, True, object(), object, int, len, sys, Ellipsis.__class__,
    [], {}, set(), [[]], [[1], [2, 3]], cyclic(), {"a": cyclic()}, [None] * 6, range(10**9), itertools.count(),
    (i for i in itertools.count()), np.zeros(0), np.zeros((3, 0, 2)), np.array("text"), np.array([object()] * 3),
    np.zeros((500, 500)), np.array(1 + 2j), np.ma.masked, Hostile(), [Hostile()] * 6, Hostile, lambda: 1, lambda *a: a,
    lambda *a: 1 / 0, lambda *a: sys.exit(3), lambda *a: (i for i in itertools.count()), lambda *a: Hostile(), print,
    refuse, Unspeakable,
    Exception("not raised"), NotImplemented, "7" * 10**6, -1, np.full(500, 1e300), np.full(500, np.nan),
]  # fmt: skip


@pytest.mark.parametrize("number", CATALOGUE)
@pytest.mark.parametrize("place", range(len(NASTY)))
def test_no_answer_makes_a_check_raise(number: str, place: int) -> None:
    for question in lesson(number):
        verdict = question.check(NASTY[place])
        assert verdict.status in (Status.WRONG, Status.ERROR), verdict
        assert 10 < len(verdict.message) < 600
        assert verdict._repr_mimebundle_()["text/plain"] == repr(verdict)


@pytest.mark.parametrize("number", CATALOGUE)
def test_an_answer_that_never_ends_is_stopped_in_every_exercise(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    import_module("keras")  # in the middle of which a clock this short would ring
    monkeypatch.setattr(engine, "TIME_LIMIT_S", 0.15)
    for question in lesson(number):
        verdict = question.check(lambda *given: all(True for _ in itertools.count()))
        stopped = "had not finished" in verdict.message
        assert stopped or verdict.status is Status.WRONG, verdict  # who wants numbers does not call it


def test_wrong_names_the_mistake_and_right_is_right() -> None:
    question = exercise(three)
    assert question.check(4) == Verdict("77.a", Status.WRONG, "That is not 3.", 1)
    for right in (3, 3.0, np.array(3), np.float32(3)):
        assert question.check(right).status is Status.RIGHT


@pytest.mark.parametrize("blank", [..., [...], (1, ...), {"a": [2, ...]}, [[1, 2], [3, ...]]])
def test_a_blank_is_not_attempted(blank: Any) -> None:
    assert exercise(three).check(blank).status is Status.NOT_ATTEMPTED


def test_an_empty_function_is_not_attempted() -> None:
    def dots(rows: Any, point: Any) -> Any: ...

    def passes(rows: Any, point: Any) -> Any:
        """Say what it would do."""

    def returns_dots(rows: Any, point: Any) -> Any:
        return ...

    for stub in (dots, passes, returns_dots, lambda rows, point: [..., 1]):
        assert lesson("02").b.check(stub).status is Status.NOT_ATTEMPTED


def test_an_error_names_type_text_and_line_of_the_cell() -> None:
    scope: dict[str, Any] = {}
    exec(compile("def f(a, b):\n    c = a\n    return np.sum(c)", "/tmp/ipykernel_7/123.py", "exec"), scope)
    verdict = lesson("02").d.check(scope["f"])
    assert verdict.status is Status.ERROR
    assert "in line 3 of its cell with NameError: name 'np' is not defined" in verdict.message


def test_overwritten_names_do_not_reach_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """The learner's `tf = 3` is a name in their notebook only; even a spoilt module gives a verdict."""
    import tensorflow as tf

    assert lesson("00").b.check(2.5).status is Status.RIGHT
    monkeypatch.setattr(tf, "constant", None)
    assert lesson("02").d.check(lambda matrix, vector: matrix).status is Status.ERROR


def test_strict_raises_for_graders() -> None:
    question = exercise(three)
    assert question.check(3, strict=True).status is Status.RIGHT
    for answer, words in ((4, "wrong: That is not 3"), (..., "not attempted"), (Hostile(), "error in your code")):
        with pytest.raises(LessonError, match=f"77.a {words}"):
            question.check(answer, strict=True)


def _sleep(answer: Any) -> None:
    time.sleep(60)


def _swallow_once(answer: Any) -> None:
    try:
        time.sleep(60)
    except BaseException:
        time.sleep(60)


@pytest.mark.parametrize("endless", [_sleep, _swallow_once])
def test_endless_code_is_stopped(monkeypatch: pytest.MonkeyPatch, endless: Callable[[Any], None]) -> None:
    monkeypatch.setattr(engine, "TIME_LIMIT_S", 0.05)
    handler = signal.getsignal(signal.SIGALRM)
    verdict = exercise(endless).check(1)
    assert verdict.status is Status.ERROR
    assert "not finished after 0.05 seconds" in verdict.message
    assert signal.getsignal(signal.SIGALRM) is handler
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_an_endless_error_message_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "TIME_LIMIT_S", 0.05)

    class Endless(Exception):
        def __str__(self) -> str:
            while True:
                pass

    def fail(*_: object) -> None:
        raise Endless

    assert "not finished" in lesson("02").d.check(fail).message


def test_endless_comparison_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "TIME_LIMIT_S", 0.05)

    class Slow:
        def __array__(self, *_: object, **__: object) -> Any:
            while True:
                pass

    assert lesson("02").c.check(Slow()).status is Status.ERROR


def test_the_alarm_of_someone_else_is_kept() -> None:
    signal.setitimer(signal.ITIMER_REAL, 600)
    try:
        with time_limit(5):
            pass
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 600
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def test_another_thread_has_no_limit_but_gets_its_verdict() -> None:
    found: list[Verdict] = []
    thread = threading.Thread(target=lambda: found.append(exercise(three).check(3)))
    thread.start()
    thread.join()
    assert found[0].status is Status.RIGHT


def test_time_is_up_passes_except_exception() -> None:
    assert not issubclass(TimeIsUp, Exception)


def test_hints_grow_and_the_verdict_names_the_next() -> None:
    question = exercise(three)
    assert [question.hint().number for _ in range(5)] == [1, 2, 3, 3, 3]
    assert question.check(4).next_hint is None
    again = exercise(three)
    assert again.hint(2).text == "the hint.2 with `code` & <signs>"
    assert again.check(4).next_hint == 3
    for number in (0, 4, "2", 1.0, True):
        with pytest.raises(LessonError, match="hints 1 to 3"):
            again.hint(number)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["right", "wrong", "not-attempted", "error"])
def test_a_verdict_shows_itself(state: str) -> None:
    verdict = exercise(three).check({"right": 3, "wrong": 4, "not-attempted": ..., "error": Hostile()}[state])
    bundle = verdict._repr_mimebundle_()
    assert f'<div class="tfkit-check" data-state="{state}" role="status"' in bundle["text/html"]
    assert str(verdict.status) in bundle["text/html"]
    assert bundle["text/plain"].startswith(("✓", "✗", "○", "!"))
    assert verdict.to_dict()["status"] == str(verdict.status)


def test_html_is_escaped() -> None:
    question = exercise(three)
    solution = Solution("77.a", "x = 1 < 2", "the reason with `code` & <signs>")
    for value in (question.hint(), solution, question.check(3)):
        shown = value._repr_mimebundle_()["text/html"]
        assert "<signs>" not in shown
        assert "<code>code</code>" in shown
    assert "x = 1 &lt; 2" in solution._repr_mimebundle_()["text/html"]


def test_nothing_prints(capsys: pytest.CaptureFixture[str]) -> None:
    question = lesson("02").a
    question.check(None), question.hint(), question.solution()
    assert capsys.readouterr().out == ""


def test_a_lesson_by_its_number() -> None:
    assert lesson("02").b.name == "02.b" == lesson(2).b.name
    assert [question.name for question in lesson("14")] == ["14.a", "14.b", "14.c", "14.d"]
    assert "Exercise 00.c" in repr(lesson("00"))
    assert "Exercise c" in lesson("00")._repr_mimebundle_()["text/html"]
    assert {"a", "b", "c"} <= set(dir(lesson("00")))


@pytest.mark.parametrize("number", ["99", "", "x", None, 1.0, ("00",), "../00"])
def test_unknown_lesson(number: Any) -> None:
    with pytest.raises(LessonError, match="There are: 00, 01, 02"):
        tfkit.lesson(number)


def test_unknown_exercise() -> None:
    with pytest.raises(LessonError, match=r"no exercise 'z'\. It has: a, b, c"):
        _ = lesson("00").z
    assert not hasattr(lesson("00"), "_ipython_display_")
    assert copy.copy(lesson("00")).a.name == "00.a"
    assert pickle.loads(pickle.dumps(lesson("00").a.check(...))).status is Status.NOT_ATTEMPTED


def test_numbers_and_shapes() -> None:
    assert numbers([[1, 2]], "a table").shape == (1, 2)
    with pytest.raises(Mistake, match=r"\(2, 3\)"):
        require_shape(np.zeros(3), (2, 3))
