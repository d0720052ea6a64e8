"""A real Chromium, and a real JupyterLab for it to open."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.browser.outside import Outside, refused_outside
from tests.missing import missing
from tests.servers import ROOT, Server, serve_lab

RESULTS = ROOT / "test-results" / "browser"
MINUTE = 60_000  # milliseconds, as the browser's functions want them
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Where the browser itself would ask at Google who is logged in, what the fields of a form are for, what is new.
    "--gaia-url=http://127.0.0.1:1/",
    "--autofill-server-url=http://127.0.0.1:1/",
    "--component-updater=url-source=http://127.0.0.1:1/",
)


@pytest.fixture(scope="session")
def outside() -> Iterator[Outside]:
    """All other machines, as the browser finds them."""
    with refused_outside() as found:
        yield found


@pytest.fixture(autouse=True)
def nothing_leaves(outside: Outside) -> Iterator[None]:
    """Whatever a test does in the browser, it fails if another machine is asked for anything."""
    yield
    outside.expect_nothing()


@pytest.fixture(scope="session")
def chromium(outside: Outside) -> Iterator[Any]:
    """The browser."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        missing("BROWSER", f"no browser was found (looked for {', '.join(NAMES)}): apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=MINUTE)  # what is expected may be late where much else runs
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *outside.flags])
        yield browser
        browser.close()


@pytest.fixture
def results() -> Path:
    """Where screenshots are kept for people to look at; git does not see this folder."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    return RESULTS


@pytest.fixture
def show(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A function that opens the page of a graph, or one written by hand, and waits until it is ready.

    ``before`` is a script that runs before those of the page, ``state`` what the views (``root``) come to. Afterwards
    no request may have left, and no error may have come about in the page.
    """
    asked: list[str] = []
    failed: list[str] = []
    with ExitStack() as opened:

        def open_page(graph: Any, width: int = 1000, height: int = 700, *, before: str = "", **options: Any) -> Any:
            state, root = options.pop("state", "ready"), options.pop("root", ".tfkit-graph")
            context = chromium.new_context(viewport={"width": width, "height": height}, **options)
            opened.callback(context.close)
            page = context.new_page()
            page.add_init_script(before)
            page.on("request", lambda request: asked.append(request.url))
            page.on("pageerror", lambda error: failed.append(str(error)))
            html = graph if isinstance(graph, str) else graph.to_html()
            (tmp_path / "graph.html").write_bytes(html.encode("utf-8", "surrogatepass"))
            page.goto((tmp_path / "graph.html").as_uri())
            page.locator(f"{root}[data-state={state}]").first.wait_for(timeout=MINUTE)
            return page

        yield open_page
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
    assert failed == []


def open_notebook(chromium: Any, lab: Server, notebook: str, width: int = 1400) -> Any:
    """Open a notebook as its reader does and return the page."""
    page = chromium.new_page(viewport={"width": width, "height": 1000})
    page.set_default_timeout(MINUTE)
    page.goto(lab.address(notebook))
    page.locator(".jp-Notebook").wait_for()
    return page


def run_all(page: Any) -> None:
    """Run every cell of the notebook; return when the last one is done.

    A cell that is run before the notebook has its kernel makes JupyterLab ask which one to take, and wait.
    """
    page.wait_for_function("jupyterapp.shell.currentWidget?.sessionContext.session?.kernel?.status === 'idle'")
    page.evaluate(
        """() => { jupyterapp.shell.currentWidget.sessionContext.ready
          .then(() => jupyterapp.commands.execute("notebook:run-all-cells"))
          .then(() => { window.ran = true; }); }"""
    )
    page.wait_for_function("window.ran", timeout=4 * MINUTE)


@pytest.fixture
def start_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """A function that starts a JupyterLab of a user who has never used it before, for one folder."""
    with ExitStack() as running:
        yield lambda folder, *options, **how: running.enter_context(
            serve_lab(folder, tmp_path_factory.mktemp("user"), *options, **how)
        )
