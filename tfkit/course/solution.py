"""One solution of each exercise, and the reason why it is right.

They stand in pages of their own, ``solutions/02.md`` and so on, which an edition for exams leaves out.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from tfkit.errors import LessonError

_ENTRY = re.compile(r"^## (\w)\n\n```python\n(.*?)\n```\n\n(.*?)\n(?=\n## |\Z)", re.MULTILINE | re.DOTALL)
_NONE = "This edition of the course has no solutions."


@cache
def read_solutions(lesson: str) -> dict[str, tuple[str, str]]:
    """Return for each exercise of a lesson the code of a solution and its reason.

    Raises:
        LessonError: In an edition without solutions.

    Example:
        >>> code, reason = read_solutions("14")["c"]
        >>> code
        'parameters = 784 * 10 + 10'
    """
    page = files("tfkit.course") / "solutions" / f"{lesson}.md"
    try:
        text = page.read_text(encoding="utf-8")
    except OSError as error:
        raise LessonError(_NONE) from error
    return {letter: (code, reason) for letter, code, reason in _ENTRY.findall(text)}
