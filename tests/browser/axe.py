"""What axe-core, the engine that most accessibility checkers ask, finds wrong in what is on screen."""

import os
from typing import Any

import pytest

from tests.servers import ROOT

SCRIPT = ROOT / "widgets" / "node_modules" / "axe-core" / "axe.min.js"
needs_axe = pytest.mark.skipif(
    not SCRIPT.is_file() and os.environ.get("TFKIT_REQUIRE_BROWSER") != "1",  # where it is required, the test fails
    reason="axe-core is not installed: only who changes widgets/ needs it (npm ci there)",
)
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# A view has no heading of the first rank: in a notebook that is the notebook's own, and a page that is all view has its
# title and its main part.
NOT_ASKED = ("page-has-heading-one",)
# It takes the lines in a box for one word, "x(None, 784) float32"; what the criterion asks for is tested by hand:
# `test_a_box_is_called_by_the_name_that_is_seen`.
BY_HAND = ("label-content-name-mismatch", 'role="treeitem"')

_RUN = """async ([roots, tags, notAsked]) => {
    const asked = roots.length ? { include: roots.map((root) => [root]) } : document;
    const rules = Object.fromEntries(notAsked.map((rule) => [rule, { enabled: false }]));
    const { violations, passes } = await axe.run(asked, { runOnly: [...tags], rules });
    const wrong = violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => [id, html.slice(0, 300), failureSummary]));
    return { wrong, passed: passes.map(({ id }) => id) };
}"""


def load(page: Any) -> None:
    """Bring the engine into a page; it comes by the debugger's door, so that the page's own policy stays as it is."""
    page.evaluate(SCRIPT.read_text("utf-8"))


def look(page: Any, *roots: str) -> tuple[list[list[str]], set[str]]:
    """Return what is wrong in some elements, or in the whole page, and the names of the rules that were kept."""
    if not page.evaluate("'axe' in window"):
        load(page)
    found = page.evaluate(_RUN, [list(roots), TAGS, NOT_ASKED])
    rule, role = BY_HAND
    wrong = [one for one in found["wrong"] if not (one[0] == rule and role in one[1])]
    return wrong, set(found["passed"])
