"""The check engine: an answer goes in, a verdict in words comes out.

With this module a lesson's exercise can be checked, hinted at and solved. A check never raises and never
waits for ever, whatever the answer is: a notebook always runs to its end.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from tfkit.course.answers import Mistake, blanks, describe
from tfkit.course.learner import note_verdict
from tfkit.course.solution import read_solutions
from tfkit.course.time_limit import TimeIsUp, time_limit
from tfkit.errors import LessonError
from tfkit.printable import printable_forms

HINTS = 3
TIME_LIMIT_S = 20.0

# Everything that the engine itself says to a learner.
_SAY = {
    "blank": "There is still a blank (...) in your answer. Replace it and run the cell again.",
    "blanks": "{count} blanks (...) are still in your answer. Replace them and run the cell again.",
    "error": "Your code stopped{line} with {error}",
    "line": " in line {line} of its cell",
    "time": "Your code had not finished after {seconds:g} seconds. Look for a loop that never ends.",
    "hint": " For help, `.hint()` shows hint {number} of {count}.",
    "no_hint": "Exercise {exercise} has the hints 1 to {count}, and no hint {number!r}.",
    "last_hint": "That was the last hint; .solution() shows one way to do it.",
    "next_hint": "If that is not enough, ask again for hint {number}.",
}


class Status(StrEnum):
    """What a check found."""

    NOT_ATTEMPTED = "not attempted"
    RIGHT = "right"
    WRONG = "wrong"
    ERROR = "error in your code"


MARKS = {Status.NOT_ATTEMPTED: "○", Status.RIGHT: "✓", Status.WRONG: "✗", Status.ERROR: "!"}
_COLOURS = {Status.NOT_ATTEMPTED: "#6b7280", Status.RIGHT: "#15803d", Status.WRONG: "#b45309", Status.ERROR: "#b91c1c"}


@dataclass(frozen=True, slots=True)
class Task:
    """One exercise as a lesson declares it.

    Args:
        letter: Its name within the lesson.
        prompt: What to do, in one or two sentences.
        hints: Three, each stronger than the one before.
        answer: The name that a solution gives to the answer.
        check: Returns for a right answer; raises `Mistake` with one sentence for a wrong one.
        praise: What a right answer is told.
    """

    letter: str
    prompt: str
    hints: tuple[str, str, str]
    answer: str
    check: Callable[[Any], None]
    praise: str


def task(letter: str, say: Mapping[str, str], *, answer: str, check: Callable[[Any], None]) -> Task:
    """Return a task whose texts stand in a lesson's catalogue under ``a.prompt``, ``a.hint.1`` and so on.

    Example:
        >>> names = ("prompt", "hint.1", "hint.2", "hint.3", "praise")
        >>> task("a", {f"a.{name}": name for name in names}, answer="x", check=print).hints
        ('hint.1', 'hint.2', 'hint.3')
    """
    return Task(
        letter,
        prompt=say[f"{letter}.prompt"],
        hints=(say[f"{letter}.hint.1"], say[f"{letter}.hint.2"], say[f"{letter}.hint.3"]),
        answer=answer,
        check=check,
        praise=say[f"{letter}.praise"],
    )


@dataclass(frozen=True, repr=False, slots=True)
class Verdict:
    """What a check says about one answer. `next_hint` is the number of the hint to ask for, or None."""

    exercise: str
    status: Status
    message: str
    next_hint: int | None = None

    def __repr__(self) -> str:
        hint = _SAY["hint"].format(number=self.next_hint, count=HINTS) if self.next_hint else ""
        return f"{MARKS[self.status]} {self.exercise} {self.status}: {self.message}{hint}"

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain, JSON-ready values."""
        return {
            "exercise": self.exercise,
            "status": str(self.status),
            "message": self.message,
            "next_hint": self.next_hint,
        }

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        state = "error" if self.status is Status.ERROR else self.status.replace(" ", "-")
        hint = _SAY["hint"].format(number=self.next_hint, count=HINTS) if self.next_hint else ""
        head = f"{MARKS[self.status]} {self.exercise} {self.status}"
        body = f"<strong>{html.escape(head)}</strong>: {as_html(self.message)}{as_html(hint)}"
        return _bundle(repr(self), body, state, _COLOURS[self.status])


@dataclass(frozen=True, repr=False, slots=True)
class Hint:
    """One hint for one exercise."""

    exercise: str
    number: int
    text: str

    def __repr__(self) -> str:
        return f"{self._head()}: {self.text} {self._tail()}"

    def _head(self) -> str:
        return f"Hint {self.number} of {HINTS} for {self.exercise}"

    def _tail(self) -> str:
        return _SAY["last_hint" if self.number == HINTS else "next_hint"].format(number=self.number + 1)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        body = f"<strong>{html.escape(self._head())}</strong>: {as_html(self.text)} <em>{as_html(self._tail())}</em>"
        return _bundle(repr(self), body, "hint", "#1d4ed8")


@dataclass(frozen=True, repr=False, slots=True)
class Solution:
    """One way to solve an exercise, and why it is right."""

    exercise: str
    code: str
    reason: str

    def __repr__(self) -> str:
        return f"One solution of {self.exercise}:\n\n{self.code}\n\n{self.reason}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        reason = as_html(self.reason).replace("\n", "<br>")
        code = f'<pre style="margin: 0.5em 0"><code>{html.escape(self.code)}</code></pre>'
        body = f"<strong>One solution of {html.escape(self.exercise)}</strong>{code}{reason}"
        return _bundle(repr(self), body, "solution", "#1d4ed8")


@dataclass(slots=True, repr=False)
class Exercise:
    """One exercise in the hands of a learner; it remembers how many hints were shown."""

    lesson: str
    task: Task
    _hints_shown: int = field(default=0, init=False)

    @property
    def name(self) -> str:
        """The exercise's name in the whole course, such as ``02.b``."""
        return f"{self.lesson}.{self.task.letter}"

    @property
    def prompt(self) -> str:
        """What to do."""
        return self.task.prompt

    def check(self, answer: Any, *, strict: bool = False) -> Verdict:
        """Return what is right or wrong about an answer; nothing the answer does comes out as an exception.

        In a folder to which lessons were copied the verdict is kept, for the panel of JupyterLab.

        Args:
            answer: A value, or a function where the exercise asks for one.
            strict: Raise unless the answer is right. For graders.

        Raises:
            LessonError: Only if `strict`, and the answer is not right.

        Example:
            >>> import tfkit
            >>> tfkit.lesson("00").a.check(...).status.value
            'not attempted'
        """
        verdict = self._judge(answer)
        if verdict.status is not Status.NOT_ATTEMPTED:
            note_verdict(Path(), self.name, verdict.status)
        if strict and verdict.status is not Status.RIGHT:
            raise LessonError(repr(verdict))
        return verdict

    def _judge(self, answer: Any) -> Verdict:
        try:
            with time_limit(TIME_LIMIT_S):
                return self._judge_untimed(answer)
        except TimeIsUp:
            return self._verdict(Status.ERROR, _SAY["time"].format(seconds=TIME_LIMIT_S))

    def _judge_untimed(self, answer: Any) -> Verdict:
        try:
            empty = blanks(answer)
            if empty:
                message = _SAY["blank"] if empty == 1 else _SAY["blanks"].format(count=empty)
                return self._verdict(Status.NOT_ATTEMPTED, message)
            self.task.check(answer)
        except Mistake as mistake:
            status = Status.NOT_ATTEMPTED if mistake.not_attempted else Status.WRONG
            return self._verdict(status, str(mistake) or _SAY["blank"])
        except TimeIsUp:
            raise
        except BaseException as error:  # a learner's code may even call exit(); the notebook goes on
            return self._verdict(Status.ERROR, _explain(error))
        return Verdict(self.name, Status.RIGHT, self.task.praise)

    def _verdict(self, status: Status, message: str) -> Verdict:
        unseen = self._hints_shown + 1
        return Verdict(self.name, status, message, unseen if unseen <= HINTS else None)

    def hint(self, number: int | None = None) -> Hint:
        """Return a hint, each time a stronger one.

        Args:
            number: Which one, 1 to 3; without it, the next one.

        Raises:
            LessonError: If there is no hint of that number.

        Example:
            >>> import tfkit
            >>> tfkit.lesson("00").a.hint().number
            1
        """
        chosen = min(self._hints_shown + 1, HINTS) if number is None else number
        if type(chosen) is not int or not 1 <= chosen <= HINTS:
            raise LessonError(_SAY["no_hint"].format(exercise=self.name, count=HINTS, number=number))
        self._hints_shown = max(self._hints_shown, chosen)
        return Hint(self.name, chosen, self.task.hints[chosen - 1])

    def solution(self) -> Solution:
        """Return one solution and the reason why it is right.

        Raises:
            LessonError: In an edition for exams, which has none.

        Example:
            >>> import tfkit
            >>> tfkit.lesson("14").c.solution().exercise
            '14.c'
        """
        return Solution(self.name, *read_solutions(self.lesson)[self.task.letter])

    def __repr__(self) -> str:
        return f"Exercise {self.name}: {self.prompt}"


def _explain(error: BaseException) -> str:
    """Return type and text of an error, and the last line of a cell that it passed."""
    text = describe(error, 300).strip()
    kind = type(error).__name__
    line = _learners_line(error)
    where = _SAY["line"].format(line=line) if line else ""
    return _SAY["error"].format(error=f"{kind}: {text}." if text else f"{kind}.", line=where).replace("..", ".")


def _learners_line(error: BaseException) -> int | None:
    """Return the line of a notebook cell in which an error arose, if it passed one."""
    found, traceback = None, error.__traceback__
    while traceback:
        name = traceback.tb_frame.f_code.co_filename
        if "ipykernel_" in name or name.startswith("<ipython"):
            found = traceback.tb_lineno
        traceback = traceback.tb_next
    return found


def as_html(text: str) -> str:
    """Return `text` for HTML, with what stands in back-ticks set as code.

    Example:
        >>> as_html("if `a < b`")
        'if <code>a &lt; b</code>'
    """
    parts = html.escape(text).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))


def _bundle(plain: str, body: str, state: str, colour: str) -> dict[str, str]:
    """Return text and HTML. The colour only repeats what the words say, and the words keep the page's own."""
    style = f"border-left: 4px solid {colour}; padding: 0.4em 0.8em; margin: 0.3em 0"
    block = f'<div class="tfkit-check" data-state="{state}" role="status" style="{style}">{body}</div>'
    return printable_forms({"text/plain": plain, "text/html": block})
