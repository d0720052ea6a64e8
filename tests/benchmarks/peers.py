"""The viewers that are compared: how each shows a file, when its graph is visible, and how it opens groups.

A peer takes part where it is installed: ``ai-edge-model-explorer``, ``netron``, ``tensorboard``.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from tests.servers import free_ports
from tfkit.files import read_graph
from tfkit.parts import prefixes
from tfkit.passes import grouped

_PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
_DEEP = """const deep = (root, selector) => [...root.querySelectorAll(selector),
  ...[...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? deep(e.shadowRoot, selector) : []))];"""
_VIEW = ".tfkit-graph[data-state=ready]"
_OPEN_ALL = "button[data-action=open-all]"
_CLOSED = "[data-scope][aria-expanded=false]"


class Missing(Exception):
    """A viewer cannot do what is measured; the text says why."""


class Viewer(ABC):
    """One of the viewers; `limit_s` is how long it may take."""

    name = ""

    def __init__(self, limit_s: float) -> None:
        self.limit_ms = limit_s * 1000

    @abstractmethod
    def serving(self, item: Path) -> AbstractContextManager[str]:
        """Give the address at which an item is shown, as long as it is asked for."""

    @abstractmethod
    def wait(self, page: Any) -> None:
        """Return when the graph is visible."""

    def open_one(self, page: Any, item: Path) -> Callable[[], None]:
        """Return what opens the largest closed group (TensorBoard: the first) and waits until that is drawn."""
        raise Missing("no groups")

    def open_all(self, page: Any) -> Callable[[], None]:
        """Return what opens all groups and waits until that is drawn."""
        raise Missing("cannot open all")

    def _wait_for(self, page: Any, condition: str, argument: object = None) -> None:
        page.wait_for_function(condition, arg=argument, polling="raf", timeout=self.limit_ms)


class Tfkit(Viewer):
    name = "tfkit"

    @contextmanager
    def serving(self, item: Path) -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            yield read_graph(item / "graph.pb").save(Path(folder) / "graph.html").as_uri()

    def wait(self, page: Any) -> None:
        page.wait_for_selector(f"{_VIEW}:not([aria-busy])", timeout=self.limit_ms)

    def open_one(self, page: Any, item: Path) -> Callable[[], None]:
        graph = grouped(read_graph(item / "graph.pb"), 48)
        members = Counter("/".join(path) for node in graph.nodes for path in prefixes(node.scope))
        closed = page.eval_on_selector_all(_CLOSED, "(found) => found.map((e) => e.dataset.scope)")
        if not closed:
            raise Missing("no closed group")
        largest = json.dumps(max(closed, key=members.__getitem__), ensure_ascii=False)

        def act() -> None:
            page.locator(f"[data-scope={largest}][aria-expanded=false] button").evaluate("(button) => button.click()")
            page.wait_for_selector(f"[data-scope={largest}][aria-expanded=true]", state="attached")
            self.wait(page)

        return act

    def open_all(self, page: Any) -> Callable[[], None]:
        if not page.locator(_OPEN_ALL).count():
            raise Missing(f"the page has no {_OPEN_ALL}")

        def act() -> None:
            page.locator(_OPEN_ALL).evaluate("(button) => button.click()")
            self.wait(page)

        return act


class ModelExplorer(Viewer):
    name = "Model Explorer"
    _shown = "window.me_test.renderers[0].nodesToRender.length"

    @contextmanager
    def serving(self, item: Path) -> Iterator[str]:
        port = free_ports(1)[0]
        code = (
            "import model_explorer as m; m.visualize_from_config("
            f"m.config(), host='127.0.0.1', port={port}, no_open_in_browser=True)"
        )
        models = {"models": [{"url": str(item / "graph.pb"), "adapterId": "builtin_graphdef"}]}
        with _server([sys.executable, "-c", code], f"http://127.0.0.1:{port}/check_health"):
            yield f"http://127.0.0.1:{port}/?data={urllib.parse.quote(json.dumps(models))}"

    def wait(self, page: Any) -> None:
        covered = "document.querySelector('.processing-msg-container')"
        drawn = "document.querySelector('webgl-renderer canvas') && window.me_test?.renderers?.[0]"
        self._wait_for(page, f"() => !{covered} && !!({drawn})")

    def open_one(self, page: Any, item: Path) -> Callable[[], None]:
        size = "(node) => (node.descendantsOpNodeIds ?? []).length"
        return self._opening(
            page,
            f"""() => {{ const view = window.me_test.renderers[0], size = {size};
            const groups = view.nodesToRender.map(({{ node }}) => node).filter(size);
            view.sendExpandOrCollapseGroupNodeRequest(groups.sort((a, b) => size(b) - size(a))[0], false, true); }}""",
        )

    def open_all(self, page: Any) -> Callable[[], None]:
        return self._opening(page, "() => document.querySelector('renderer-wrapper .expand-all').click()")

    def _opening(self, page: Any, script: str) -> Callable[[], None]:
        before = page.evaluate(f"() => {self._shown}")

        def act() -> None:
            page.evaluate(script)
            # It draws more than once: its last word has been the same for ten frames.
            self._wait_for(
                page,
                f"""(before) => {{ const shown = {self._shown};
                window.alike = shown > before && shown === window.before ? (window.alike ?? 0) + 1 : 0;
                window.before = shown;
                return window.alike > 9; }}""",
                before,
            )

        return act


class TensorBoard(Viewer):
    name = "TensorBoard"
    _shown = "deep(document, 'tf-graph-scene')[0].shadowRoot.querySelectorAll('g.node')"

    @contextmanager
    def serving(self, item: Path) -> Iterator[str]:
        address = f"http://127.0.0.1:{(port := free_ports(1)[0])}"
        program = shutil.which("tensorboard", path=_PATH) or "tensorboard"
        command = [program, "--logdir", str(item / "tb"), "--host", "127.0.0.1", "--port", str(port)]
        with _server(command, f"{address}/data/plugin/graphs/info", b'"run_graph": true'):
            yield f"{address}/#graphs"

    def wait(self, page: Any) -> None:
        self._wait_for(
            page,
            f"""() => {{ {_DEEP} const [scene] = deep(document, "tf-graph-scene");
            const cover = deep(document, "tf-graph-board")[0]?.shadowRoot.querySelector(".container");
            if (!scene?.shadowRoot || cover?.className.includes("loading")) return false;
            return [...{self._shown}].some((e) => e.getBoundingClientRect().width > 0); }}""",
        )

    def open_one(self, page: Any, item: Path) -> Callable[[], None]:
        before = page.evaluate(f"() => {{ {_DEEP} return {self._shown}.length; }}")

        def act() -> None:
            page.evaluate(
                f"""() => {{ {_DEEP} const nodes = [...{self._shown}];
                const group = nodes.find((e) => e.classList.contains("meta")) ?? nodes[0];
                const name = group.getAttribute("data-name");
                deep(document, "tf-graph-scene")[0].fire("node-toggle-expand", {{ name }}); }}"""
            )
            self._wait_for(page, f"(before) => {{ {_DEEP} return {self._shown}.length > before; }}", before)

        return act


class Netron(Viewer):
    name = "Netron"

    @contextmanager
    def serving(self, item: Path) -> Iterator[str]:
        address = f"http://127.0.0.1:{(port := free_ports(1)[0])}/"
        program = shutil.which("netron", path=_PATH) or "netron"
        command = [program, "--host", "127.0.0.1", "--port", str(port), "--verbosity", "quiet", str(item / "graph.pb")]
        with _server(command, address):
            yield address

    def wait(self, page: Any) -> None:
        page.wait_for_selector("body.default #canvas g.graph-node", state="attached", timeout=self.limit_ms)


def installed(limit_s: float) -> list[Viewer]:
    """Return tfkit and those of its peers that are installed."""
    found: list[Viewer] = [Tfkit(limit_s)]
    if importlib.util.find_spec("model_explorer"):
        found.append(ModelExplorer(limit_s))
    if shutil.which("tensorboard", path=_PATH):
        found.append(TensorBoard(limit_s))
    if shutil.which("netron", path=_PATH):
        found.append(Netron(limit_s))
    return found


@contextmanager
def _server(command: list[str], address: str, answer: bytes = b"") -> Iterator[None]:
    """Run a program in a block, which begins when it gives `answer` at an address; afterwards it is ended."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
        try:
            _await_answer(program, address, answer)
            yield
        finally:
            program.terminate()
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()


def _await_answer(program: subprocess.Popen[bytes], address: str, answer: bytes) -> None:
    for _ in range(1200):
        if program.poll() is not None:
            raise Missing(f"its server ended with {program.returncode}")
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                if answer in response.read():
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise Missing("its server did not answer")
