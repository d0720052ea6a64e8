"""Lesson 14 in a real JupyterLab: run it, look into its graph, and find the graph again without a kernel."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MINUTE, open_notebook, run_all
from tests.servers import ROOT, wait_until
from tfkit.display import MIME_TYPE

pytestmark = pytest.mark.browser

LESSON = "14_fashion_mnist.ipynb"
NO_KERNEL = ("--KernelSpecManager.ensure_native_kernel=False", "--KernelSpecManager.allowed_kernelspecs=none")
READY = ".tfkit-graph[data-state=ready]"


def _without_outputs(lesson: Path, folder: Path) -> None:
    notebook = json.loads(lesson.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    (folder / lesson.name).write_text(json.dumps(notebook), encoding="utf-8")


def _shown_graph(page):
    """Return the last graph of the notebook, after scrolling to it: JupyterLab puts off what is not on screen."""
    graph = page.locator(".tfkit-graph").last
    graph.wait_for(state="attached", timeout=4 * MINUTE)
    graph.scroll_into_view_if_needed()
    page.locator(READY).last.wait_for()
    expect(graph).to_have_attribute("data-state", "ready")
    return graph


def _open_group_and_read_node(graph):
    """Use a graph as a reader would: open a group, look at an operation inside; return the details."""
    graph.get_by_role("button", name="Open group scores").click()
    expect(graph.get_by_role("button", name="Close group scores")).to_be_visible()
    expect(graph.locator("[data-scope$='/scores_1']")).to_have_attribute("aria-expanded", "true")
    graph.locator("[data-node-id*='scores']", has_text="MatMul").first.click()
    details = graph.locator(".tfkit-details")
    expect(details).to_be_visible()
    return details.inner_text()


def test_lesson_runs_and_its_graph_outlives_the_kernel(chromium, start_lab, tmp_path, results):
    _without_outputs(ROOT / "notebooks" / LESSON, tmp_path)
    lab = start_lab(tmp_path)
    page = open_notebook(chromium, lab, LESSON)
    run_all(page)
    graph = _shown_graph(page)
    text = _open_group_and_read_node(graph)
    assert "MatMul" in text and "float32" in text and "(None, 10)" in text
    page.screenshot(path=results / "lesson_14.png")

    page.keyboard.press("Control+s")
    wait_until(lambda: MIME_TYPE in (tmp_path / LESSON).read_text(encoding="utf-8"))
    page.close()
    for kernel in lab.ask("api/kernels").json:
        lab.ask(f"api/kernels/{kernel['id']}", "DELETE")

    # Another user, who has not trusted this notebook, on a server that has no kernel at all.
    other = start_lab(tmp_path, *NO_KERNEL)
    page = open_notebook(chromium, other, LESSON)
    page.locator(".jp-Dialog-button.jp-mod-reject").click()  # "No Kernel"
    graph = _shown_graph(page)
    assert "MatMul" in _open_group_and_read_node(graph)
    assert other.ask("api/kernels").json == []
    page.screenshot(path=results / "lesson_14_without_kernel.png")
    page.close()
