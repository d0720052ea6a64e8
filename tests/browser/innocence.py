"""What shows that names on a page are text and nothing else."""

from __future__ import annotations

import re
from typing import Any

# Runs before every script of a page: whoever opens a window of any kind is noticed as one who runs code.
GUARD = "for (const name of ['alert', 'confirm', 'prompt', 'open', 'print']) window[name] = () => { canary = name; };"
_POLICY = re.compile(r'<meta [^>]*http-equiv="Content-Security-Policy"[^>]*>')
_KINDS = """(root) => {
  const all = root.flatMap((one) => [one, ...one.querySelectorAll("*")]);
  const kinds = all.flatMap((one) => [
    one.localName,
    ...one.getAttributeNames().map((name) => `${one.localName}[${name}]`),
  ]);
  return [...new Set(kinds)];
}"""
_LEADING = r"""() => [...document.querySelectorAll("*")].flatMap((one) =>
  ["href", "xlink:href", "src", "srcdoc", "action", "formaction", "data", "background"]
    .map((name) => one.getAttribute(name) ?? "")
    .filter((address) => /^\s*(javascript:|data:text|(https?:)?\/\/example\.invalid)/i.test(address)))"""


def unprotected(html: str) -> str:
    """Return a page without its policy, which would hide that a name had become code."""
    bare, count = _POLICY.subn("", html)
    assert count == 1
    return bare


def kinds(page: Any, root: str = ":root") -> set[str]:
    """Return the kinds of elements and attributes that there are in parts of a page."""
    return set(page.locator(root).evaluate_all(_KINDS))


def expect_innocent(page: Any) -> None:
    """Fail if a name became code, leads anywhere, or changed what all objects have."""
    assert page.evaluate("String(window.canary)") == "undefined"
    assert page.evaluate(_LEADING) == []
    assert page.evaluate("Object.keys(Object.prototype)") == []
    assert [name for name in kinds(page) if re.search(r"\[on", name)] == []


def seen(text: str) -> str:
    """Return what remains of a text for the eye, to compare texts that came by different ways.

    What nobody sees has a mark in one place and is gone in another, and lines are broken anywhere.
    """
    return "".join(char for char in text if char.isprintable() and char not in " \ufffd")


def is_shown(name: str, text: str) -> bool:
    """Return whether a text is the name, or its beginning and its end with an ellipsis between them."""
    begin, ellipsis, end = seen(text).partition("\u2026")
    name = seen(name)
    if not ellipsis:
        return name == begin
    return len(begin) + len(end) < len(name) and name.startswith(begin) and name.endswith(end)
