"""What the extension costs JupyterLab, how soon TensorBoard is there, a large file by double click, and what is left.

Start and curve are seconds on the clock, against JupyterLab without the extension and against ``%tensorboard`` in the
same run; the file is CPU seconds of server, reader and browser together.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import nbformat
import psutil
from jupyter_client import BlockingKernelClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.benchmarks.browser import launcher, measured
from tests.browser import conftest as browser
from tests.browser.test_lab_live import write_live
from tests.servers import ROOT, serve, serve_lab, wait_until, write_scalars

CURVE = "scalar-card line-chart canvas, scalar-card line-chart svg"
CELLS = {
    "ours": ("import tfkit", "tfkit.tensorboard('runs')"),
    "%tensorboard": ("%load_ext tensorboard", "%tensorboard --logdir runs"),
}
MOVES = """async () => {
  const view = document.querySelector(".tfkit-backprop");
  const knob = view.querySelector("[data-knob=w]");
  const times = [];
  for (let move = 0; move < 30; move += 1) {
    const begin = performance.now();
    await new Promise((done) => {
      const observer = new MutationObserver(() => {
        observer.disconnect();
        requestAnimationFrame(done);
      });
      observer.observe(view, { subtree: true, childList: true, characterData: true });
      knob.value = 0.1 + move / 100;
      knob.dispatchEvent(new Event("input"));
    });
    times.push(performance.now() - begin);
    await new Promise((done) => setTimeout(done, 120));
  }
  return times;
}"""
WAYS = {
    "restart": lambda server, session: server.ask(f"api/kernels/{session['kernel']['id']}/restart", "POST"),
    "shutdown": lambda server, session: server.ask(f"api/sessions/{session['id']}", "DELETE"),
    "kill -9": lambda server, session: _kernel_of(server).kill(),
    "os._exit": lambda server, session: _run(server, session, "import os; os._exit(1)"),
    "server stop": lambda server, session: None,
}


def start(folder: Path, rounds: int) -> None:
    """Print how long JupyterLab takes from its command to its launcher, with the extension and without."""
    found: dict[str, list[float]] = {"with": [], "without": []}
    with launcher() as launch:
        for _ in range(rounds):
            for name, seconds in found.items():
                user = Path(tempfile.mkdtemp(dir=folder))
                options = ()
                if name == "without":
                    options = ("--ServerApp.jpserver_extensions={'tfkit.lab': False}",)
                    config = user / "config" / "labconfig"
                    config.mkdir(parents=True)
                    (config / "page_config.json").write_text('{"disabledExtensions": {"tfkit-course": true}}')
                begin = time.perf_counter()
                with serve_lab(folder / "home", user, *options) as lab, _page(launch) as page:
                    page.goto(lab.address())
                    page.locator(".jp-LauncherCard").first.wait_for()
                    seconds.append(time.perf_counter() - begin)
    best = {name: min(seconds) for name, seconds in found.items()}
    _say("start of JupyterLab", f"{best['with']:.2f} s / {best['without']:.2f} s", best["with"] / best["without"], 1.05)
    size = sum(path.stat().st_size for path in (ROOT / "tfkit/labextension/static").glob("*.js"))
    _say("code of the extension, kB", f"{size / 1000:.0f}", size / 1000, 300)


def curve(folder: Path, rounds: int) -> None:
    """Print how long it takes from a cell's run to a curve on screen, for us and for ``%tensorboard``."""
    found: dict[str, list[float]] = {name: [] for name in CELLS}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for name, (prepared, asked) in CELLS.items():
        cells = [new_code_cell(prepared), new_code_cell(asked)]
        file = folder / "home" / f"{name.strip('%')}.ipynb"
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), file)
    with serve_lab(folder / "home", Path(tempfile.mkdtemp(dir=folder))) as lab, launcher() as launch:
        for _ in range(rounds):
            for name, seconds in found.items():
                with _page(launch) as page:
                    page.goto(lab.address(f"{name.strip('%')}.ipynb"))
                    page.locator(".jp-Notebook").wait_for()
                    page.wait_for_function(
                        "jupyterapp.shell.currentWidget?.sessionContext.session?.kernel?.status === 'idle'"
                    )
                    page.locator(".jp-Cell").first.click()
                    page.keyboard.press("Shift+Enter")
                    page.locator(".jp-InputArea-prompt", has_text="[1]:").first.wait_for()
                    begin = time.perf_counter()
                    page.keyboard.press("Shift+Enter")
                    page.frame_locator(".jp-OutputArea iframe").last.locator(CURVE).first.wait_for()
                    seconds.append(time.perf_counter() - begin)
                for board in lab.ask("tfkit/tensorboard").json:
                    lab.ask(f"tfkit/tensorboard/{board['id']}", "DELETE")
                for session in lab.ask("api/sessions").json:
                    lab.ask(f"api/sessions/{session['id']}", "DELETE")
                _end_all(_boards())
    best = {name: min(seconds) for name, seconds in found.items()}
    ours, theirs = best["ours"], best["%tensorboard"]
    _say("cell to first curve, against %tensorboard", f"{ours:.2f} s / {theirs:.2f} s", ours / theirs, 1.0)


def double_click(folder: Path, rounds: int) -> None:
    """Print the CPU seconds from a double click on a graph of 7,331 operations until it is drawn."""
    import tensorflow as tf
    from tensorflow.core.protobuf import saved_model_pb2

    from tests.benchmarks.viewing import application

    graph = application("EfficientNetB7").as_graph_def()
    model = saved_model_pb2.SavedModel(saved_model_schema_version=1)
    model.meta_graphs.add().graph_def.CopyFrom(graph)
    model.meta_graphs[0].meta_info_def.tags.append(tf.saved_model.SERVING)
    (folder / "home" / "saved_model.pb").write_bytes(model.SerializeToString())
    costs = []
    for _ in range(rounds):
        user = Path(tempfile.mkdtemp(dir=folder))
        with serve_lab(folder / "home", user) as lab, launcher() as launch, _page(launch) as page:
            page.goto(lab.address())
            item = page.locator(".jp-DirListing-item", has_text="saved_model.pb")
            item.wait_for()
            page.wait_for_timeout(5000)  # whatever JupyterLab does when it starts

            def open_file(item: Any = item, page: Any = page) -> None:
                item.dblclick()
                page.locator(".tfkit-document .tfkit-graph[data-state=ready]").wait_for()

            costs.append(measured(page, open_file).cpu_s)
    _say(f"double click on {len(graph.node):,} operations, CPU s", f"{min(costs):.2f}", min(costs), 2.0)


def slider(folder: Path, rounds: int) -> None:
    """Print how long a slider takes to the redraw that the kernel computes, and how long without our server half."""
    for name, options in {"": (), " without": ("--ServerApp.jpserver_extensions={'tfkit.lab': False}",)}.items():
        home = Path(tempfile.mkdtemp(dir=folder))
        write_live(home)
        user = Path(tempfile.mkdtemp(dir=folder))
        with serve_lab(home, user, *options) as lab, _plain_chromium() as chromium:
            page = browser.open_notebook(chromium, lab, "live.ipynb")
            browser.run_all(page)
            page.locator(".tfkit-backprop[data-state=ready]").wait_for()
            page.wait_for_timeout(3000)
            times = sorted(time for _ in range(rounds) for time in page.evaluate(MOVES))
        worst = times[int(len(times) * 0.95)]
        _say(f"slider to redraw by the kernel{name}, p95 ms", f"{worst:.0f}", worst, 50)


def left_behind(folder: Path, rounds: int) -> None:
    """Print how often a process, a port or an info file is left 5 s after a kernel or the server has ended."""
    for name, end in WAYS.items():
        left = []
        for _ in range(rounds):
            user = Path(tempfile.mkdtemp(dir=folder))
            before = set(_info_files())
            with serve(folder / "home", user) as server:
                session = server.ask("api/sessions", "POST", SESSION).json
                _run(server, session, "import tfkit; _ = tfkit.tensorboard('runs')._repr_mimebundle_()")
                server.open_board("runs")
                end(server, session)
                if name != "server stop":
                    time.sleep(5)
                    left += [board for board in _boards() if server.process.pid not in _ancestors(board)]
                    left += set(_info_files()) - before
            time.sleep(5)
            left += _boards()
            left += set(_info_files()) - before
        _say(f"left behind after {name}, of {rounds}", f"{len(left)}", len(left), 0)


SESSION = {"path": "a.ipynb", "name": "", "type": "notebook", "kernel": {"name": "python3"}}


def _run(server: Any, session: dict[str, Any], code: str) -> None:
    client = BlockingKernelClient()
    client.load_connection_file(server.connection(session))
    client.start_channels()
    client.wait_for_ready(60)
    if "_exit" in code:
        client.execute(code)
        time.sleep(0.5)
    else:
        client.execute_interactive(code, timeout=120)
    client.stop_channels()


def _kernel_of(server: Any) -> psutil.Process:
    children = psutil.Process(server.process.pid).children(recursive=True)
    return next(child for child in children if "ipykernel_launcher" in " ".join(child.cmdline()))


def _boards() -> list[psutil.Process]:
    """Return all TensorBoards on this machine, ours and others."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = process.cmdline()
            if "tfkit.lab.board_process" in words or any(word.endswith("bin/tensorboard") for word in words):
                found.append(process)
    return found


def _ancestors(process: psutil.Process) -> set[int]:
    with suppress(psutil.Error):
        return {parent.pid for parent in process.parents()}
    return set()


def _info_files() -> list[Path]:
    return list((Path(tempfile.gettempdir()) / ".tensorboard-info").glob("*.info"))


def _end_all(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGTERM)
    wait_until(lambda: not _boards())


@contextmanager
def _plain_chromium() -> Iterator[Any]:
    """Yield a browser without WebGL, which here is computed and takes its time."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, browser.NAMES)), None)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(browser.FLAGS))
        yield opened
        opened.close()


@contextmanager
def _page(launch: Callable[[], Any]) -> Iterator[Any]:
    opened = launch()
    try:
        page = opened.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(browser.MINUTE)
        yield page
    finally:
        opened.close()


def _say(name: str, figures: str, value: float, reach: float) -> None:
    verdict = "" if value <= reach else "   <- beyond"
    print(f"{name:<52} {figures:>18}   {value:7.2f}   reach {reach:g}{verdict}", flush=True)


ROWS = {"start": start, "curve": curve, "file": double_click, "slider": slider, "left": left_behind}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="*", choices=ROWS, default=list(ROWS))
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_scalars(folder / "home" / "runs" / "first", 100)
        for row in options.rows:
            ROWS[row](folder, options.rounds)


if __name__ == "__main__":
    main()
