"""A page in a headless Chromium: what it costs in CPU seconds, memory and time without an answer to the user."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--use-angle=swiftshader",  # WebGL without a GPU, for the viewer that needs it
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
_LOCAL = ("http://127.0.0.1", "file:", "data:", "blob:")
_LONG_TASKS = """
window.longestTask = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longestTask = Math.max(window.longestTask, duration);
}).observe({ type: "longtask", buffered: true });
"""
_TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass(frozen=True)
class Cost:
    """What one action took; `heap_mb` is that of the page and its workers afterwards."""

    cpu_s: float
    longest_task_ms: float
    heap_mb: float


def cpu_seconds() -> dict[psutil.Process, float]:
    """Return the user and system CPU seconds of each living process that this one has started, and of theirs."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        try:
            times = process.cpu_times()
        except psutil.Error:  # it has ended in the meantime
            continue
        found[process] = times.user + times.system
    return found


@contextmanager
def launcher() -> Iterator[Callable[[], Any]]:
    """Yield a function that starts a browser.

    Raises:
        SystemExit: If none is installed.
    """
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        raise SystemExit(f"No browser found (looked for {', '.join(_NAMES)}): apt-get install chromium.")
    with sync_playwright() as playwright:
        yield lambda: playwright.chromium.launch(executable_path=path, args=list(_FLAGS))


@contextmanager
def new_page(launch: Callable[[], Any], url: str) -> Iterator[Any]:
    """Yield an empty page in a browser of its own; going to `url` it will reach nothing outside this machine."""
    browser = launch()
    try:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.route(lambda asked: not asked.startswith(_LOCAL), lambda route: route.abort())
        context.add_init_script(_LONG_TASKS)
        if url.startswith("http"):
            context.add_cookies([{"name": "consent", "value": "1", "url": url}])  # else Netron waits for a click
        yield context.new_page()
    finally:
        browser.close()


def measured(page: Any, action: Callable[[], object]) -> Cost:
    """Return what an action costs up to the second frame after it; the action waits for its own end."""
    session = page.context.new_cdp_session(page)
    _evaluate(session, "window.longestTask = 0")
    before = cpu_seconds()
    action()
    _evaluate(session, _TWO_FRAMES)
    spent = sum(seconds - before.get(process, 0.0) for process, seconds in cpu_seconds().items())
    time.sleep(0.2)  # long tasks are told some time after they end
    return Cost(spent, _evaluate(session, "window.longestTask"), _heap_mb(page, session))


def _evaluate(session: Any, expression: str) -> Any:
    """Return the value of an expression; not by `page.evaluate`, for which Netron leaves no ``eval``."""
    asked = {"expression": expression, "awaitPromise": True, "returnByValue": True}
    return session.send("Runtime.evaluate", asked)["result"].get("value")


def floor(launch: Callable[[], Any]) -> Cost:
    """Return what a page costs that has nothing in it but six nodes of SVG."""
    boxes = "".join(f'<g class="node"><rect y="{40 * i}" width="90" height="30"/></g>' for i in range(6))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "floor.html"
        path.write_text(f"<!doctype html><svg>{boxes}</svg>", encoding="utf-8")
        with new_page(launch, path.as_uri()) as page:

            def load() -> None:
                page.goto(path.as_uri(), wait_until="commit")
                page.wait_for_selector("g.node", state="attached")

            return measured(page, load)


def _heap_mb(page: Any, session: Any) -> float:
    session.send("Performance.enable")
    metrics: dict[str, float] = {
        entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]
    }
    return (metrics["JSHeapUsedSize"] + _workers_heap(page, session)) / 1e6


def _workers_heap(page: Any, session: Any) -> float:
    """Return the bytes that the page's workers hold, as far as the browser tells."""
    answers: list[float] = []

    def ask(attached: dict[str, Any]) -> None:
        message = json.dumps({"id": 1, "method": "Runtime.getHeapUsage"})
        if attached["targetInfo"]["type"] == "worker":
            session.send("Target.sendMessageToTarget", {"sessionId": attached["sessionId"], "message": message})

    def hear(received: dict[str, Any]) -> None:
        answers.append(json.loads(received["message"]).get("result", {}).get("usedSize", 0))

    found: list[dict[str, Any]] = []
    session.on("Target.attachedToTarget", lambda attached: found.append(attached))
    session.on("Target.receivedMessageFromTarget", hear)
    session.send("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False})
    page.wait_for_timeout(100)
    for attached in found:
        ask(attached)
    page.wait_for_timeout(100 if found else 0)
    return sum(answers)
