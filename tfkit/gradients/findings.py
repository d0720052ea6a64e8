"""What a diagnosis says: one finding a value."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from tfkit.printable import printable_forms


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, in plain words.

    Attributes:
        code: A short name that does not change, such as ``"vanishing"``.
        where: The layer, variable or argument.
        evidence: What was seen, with numbers.
        advice: What to do.

    Example:
        >>> print(Finding("dead-units", "dense", "90 % of the units got no gradient", "Lower the learning rate."))
        dead-units in dense: 90 % of the units got no gradient. Lower the learning rate.
    """

    code: str
    where: str
    evidence: str
    advice: str

    def __str__(self) -> str:
        return f"{self.code} in {self.where}: {self.evidence}. {self.advice}"


class Findings(list[Finding]):
    """Findings that show themselves in a notebook.

    Example:
        >>> Findings()
        Nothing suspicious was found.
    """

    def __repr__(self) -> str:
        return "\n".join(map(str, self)) if self else "Nothing suspicious was found."

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return printable_forms({"text/html": self._html(), "text/plain": repr(self)})

    def _html(self) -> str:
        if not self:
            return "<p>Nothing suspicious was found.</p>"
        items = (
            f"<li><strong>{escape(one.code)}</strong> in <em>{escape(one.where)}</em>: {escape(one.evidence)}."
            f" {escape(one.advice)}</li>"
            for one in self
        )
        return f"<ul>{''.join(items)}</ul>"
