"""The door to the exercises of the lessons.

With this module one can write ``lesson = tfkit.lesson("00")`` and then ``lesson.a.check(answer)``. A new
lesson is one file in `exercises` and one line in `tfkit.course.catalogue`.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module

from tfkit.course.catalogue import CATALOGUE
from tfkit.course.check import Exercise, Task, as_html
from tfkit.errors import LessonError
from tfkit.printable import printable_forms


class _NoExerciseError(LessonError, AttributeError):
    """Also an AttributeError, so that `hasattr` and tab completion work on a lesson."""


@dataclass(frozen=True, repr=False, eq=False)
class Lesson:
    """One lesson; its exercises are its attributes ``a``, ``b``, ``c`` and so on."""

    number: str
    title: str
    notebook: str
    exercises: Mapping[str, Exercise]

    def __getattr__(self, letter: str) -> Exercise:
        exercises = self.__dict__.get("exercises", {})  # not yet there while a copy is being made
        if letter in exercises:
            found: Exercise = exercises[letter]
            return found
        known = ", ".join(exercises)
        raise _NoExerciseError(f"Lesson {self.__dict__.get('number')} has no exercise {letter!r}. It has: {known}.")

    def __iter__(self) -> Iterator[Exercise]:
        return iter(self.exercises.values())

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *self.exercises])

    def __repr__(self) -> str:
        return "\n".join([f"Lesson {self.number}: {self.title}", *(f"  {exercise!r}" for exercise in self)])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        named = ((html.escape(letter), as_html(q.prompt)) for letter, q in self.exercises.items())
        items = "".join(f"<li>Exercise {letter}: {prompt}</li>" for letter, prompt in named)
        head = f"<strong>{html.escape(f'Lesson {self.number}: {self.title}')}</strong>"
        return printable_forms({"text/plain": repr(self), "text/html": f"<div>{head}<ul>{items}</ul></div>"})


def lesson(number: str | int) -> Lesson:
    """Return a lesson with its exercises.

    Args:
        number: Two digits, such as ``"02"``, or the number itself.

    Raises:
        LessonError: If there is no such lesson.

    Example:
        >>> lesson("00").a.name
        '00.a'
    """
    key = f"{number:02}" if isinstance(number, int) else number
    if not isinstance(key, str) or key not in CATALOGUE:
        raise LessonError(f"There is no lesson {number!r}. There are: {', '.join(CATALOGUE)}.")
    notebook, title = CATALOGUE[key]
    tasks: tuple[Task, ...] = import_module(f"tfkit.course.exercises.lesson_{key}").TASKS
    return Lesson(key, title, f"{notebook}.ipynb", {task.letter: Exercise(key, task) for task in tasks})
