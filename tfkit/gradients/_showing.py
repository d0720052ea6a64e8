"""How back-propagation shows itself in a notebook, and how the page asks the kernel for other numbers."""

from __future__ import annotations

import sys
import weakref
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfkit.display import MimeBundle, mimebundle, packed, save
from tfkit.gradients.check import QUICK_RUNS, check_program

if TYPE_CHECKING:
    from tfkit.gradients.backprop import Backprop

TARGET = "tfkit"  # of the messages between page and kernel
_MOST_CHECKED = 200  # tensors of a graph whose gradients are checked without being asked
_LIVE: weakref.WeakValueDictionary[str, Backprop] = weakref.WeakValueDictionary()


def bundle(backprop: Backprop) -> MimeBundle:
    """Return the forms in which a notebook keeps back-propagation: those of its graph, with more for the page."""
    found = quick_check(backprop)
    beside: dict[str, Any] = {} if found is None else {"check": found}
    identity = sha256(backprop.graph.to_wire()).hexdigest()[:16]  # the same after each run of the same cell
    if _listen():
        _LIVE[identity] = backprop
        beside["live"] = identity
    words = [] if found is None else [str(found["words"])]
    return mimebundle(backprop.graph, beside, [*words, *backprop.remarks])


def save_whole(backprop: Backprop, path: str | Path) -> Path:
    """Write the graph with its numbers to a file; see `Backprop.save`."""
    found = quick_check(backprop) if Path(path).suffix.lower() == ".html" else None
    return save(backprop.graph, path, {} if found is None else {"check": found})


def quick_check(backprop: Backprop) -> dict[str, Any] | None:
    """Return what a quick check of the gradients says, or None where it would take long or nothing can be said."""
    program = backprop._engine.program
    if len(program.sought["gradients"]) > _MOST_CHECKED:
        return None
    checked = backprop.__dict__.get("check") or check_program(program, backprop._settings, QUICK_RUNS)
    return {"ok": checked.ok, "words": checked.words} if checked.table else None


def _listen() -> bool:
    """Answer what pages ask, where this runs in a kernel; return whether it does."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    manager = getattr(getattr(shell, "kernel", None), "comm_manager", None)
    if manager is None:
        return False
    manager.register_target(TARGET, _opened)
    return True


def _opened(comm: Any, opening: Any) -> None:
    """Answer one page; the object that it asks for may be gone with an earlier kernel."""
    asked_for = _dict(opening["content"]["data"]).get("live")
    identity = asked_for if isinstance(asked_for, str) else ""

    def asked(message: Any) -> None:
        question = _dict(message["content"]["data"])
        if "set" in question:  # else it only says that something arrived
            comm.send(answer(identity, question))

    comm.on_msg(asked)
    comm.send({"found": identity in _LIVE})


def _dict(sent: Any) -> dict[str, Any]:
    """Return what a page sent, nothing where that is no message of ours."""
    return sent if isinstance(sent, dict) else {}


def answer(identity: str, question: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to one question, under its number: the packed graph of a run, or what was wrong."""
    number = question.get("number")
    found = _LIVE.get(identity)
    if found is None:
        return {"number": number, "error": "The kernel does not know this any more: run the cell again."}
    try:
        values = {found.name_of(name): value for name, value in question["set"].items()}
        return {"number": number, "packed": packed(found.set(**values).graph)}
    except Exception as error:  # whatever it is: the page waits for an answer
        return {"number": number, "error": str(error) or type(error).__name__}
