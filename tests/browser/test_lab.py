"""Lesson 14 in a real JupyterLab: run it, look into its graph, and find the graph again without a kernel."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT

pytestmark = pytest.mark.browser

LESSON = "14_fashion_mnist.ipynb"
MINUTE = 60_000
READY = ".tfkit-graph[data-state=ready]"


def _without_outputs(lesson: Path, folder: Path) -> None:
    notebook = json.loads(lesson.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    (folder / lesson.name).write_text(json.dumps(notebook), encoding="utf-8")


def _open(chromium, lab, notebook):
    page = chromium.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(MINUTE)
    page.goto(lab.address(notebook))
    page.locator(".jp-Notebook").wait_for()
    return page


def _run_all(page):
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=2 * MINUTE)
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()


def _open_group_and_read_node(page, graph):
    """Use a graph as a reader would: open a group, look at an operation inside."""
    graph.scroll_into_view_if_needed()
    graph.locator("[data-scope='scores'][aria-expanded=false] button, [data-scope$='/scores'][aria-expanded=false] button").click()
    opened = graph.locator("[data-scope='scores'][aria-expanded=true], [data-scope$='/scores'][aria-expanded=true]")
    opened.wait_for()
    graph.locator("[data-node-id$='MatMul'], [data-node-id$='matmul']").first.click()
    details = graph.locator(".tfkit-details")
    details.wait_for()
    return details.inner_text()


def test_lesson_runs_and_its_graph_outlives_the_kernel(chromium, start_lab, tmp_path, results):
    _without_outputs(ROOT / "notebooks" / LESSON, tmp_path)
    lab = start_lab(tmp_path)
    page = _open(chromium, lab, LESSON)
    _run_all(page)
    graph = page.locator(".tfkit-graph").last
    page.locator(READY).nth(1).wait_for(timeout=8 * MINUTE, state="attached")
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=8 * MINUTE)
    page.screenshot(path=results / "lesson_14.png")
    text = _open_group_and_read_node(page, graph)
    assert "MatMul" in text and "float32" in text and "(None, 10)" in text
    page.screenshot(path=results / "lesson_14_group_open.png")
    page.keyboard.press("Control+s")
    page.locator(".jp-Notebook").wait_for()
    page.close()
