"""What lasts: many messages, two views of one graph, a page that is loaded again, a kernel that starts anew."""

import json
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.browser.conftest import MINUTE, open_notebook, run_all
from tests.gradients.test_history import made
from tfkit.display import MONITOR_MIME_TYPE, page
from tfkit.gradients._replay import payload

pytestmark = pytest.mark.browser

UPDATE = """async (count) => {
  const root = document.querySelector(".tfkit-monitor");
  for (let place = 0; place < count; place++) {
    await window.tfkit.update(root, window.later[place % window.later.length]);
  }
}"""
LIVE = """import numpy as np, tensorflow as tf, tfkit
areas, prices = np.float32([6.7, 4.6, 3.5, 5.5]), np.float32([9.1, 5.9, 4.6, 6.7])
def loss(w, b):
    return tf.reduce_mean((w * areas + b - prices) ** 2)
tfkit.backprop(loss, -0.34, 0.04)"""


def grown(show: Any, count: int) -> int:
    """Return how many bytes a page grows by that is told so many times how a training goes, now and then wrongly."""
    later = [payload(made(length), (), is_running=True) for length in (5, 6, 7)]
    later += [{"version": 1, "data": "H4sIAAAA"}, {"version": 99, "data": ""}, payload(made(8), (), is_running=True)]
    html = page("training", MONITOR_MIME_TYPE, payload(made(4), (), is_running=True), "words")
    view = show(html, root=".tfkit-monitor", before="window.later = " + json.dumps(later))
    devtools = view.context.new_cdp_session(view)
    devtools.send("Performance.enable")

    def used() -> int:
        devtools.send("HeapProfiler.collectGarbage")
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        return int({one["name"]: one["value"] for one in metrics}["JSHeapUsedSize"])

    view.evaluate(UPDATE, 200)
    before = used()
    for _ in range(count // 1000):
        view.evaluate(UPDATE, 1000)
    after = used()
    view.evaluate(UPDATE, len(later))
    view.locator(".tfkit-monitor[data-state=ready]").wait_for()
    return after - before


def test_messages_leave_nothing_behind(show):
    assert grown(show, 3000) <= 5 * 2**20


@pytest.mark.soak
def test_a_million_messages_leave_nothing_behind(show):
    assert grown(show, 10**6) <= 50 * 2**20


def turn(graph: Any, value: float) -> None:
    """Move the slider of w and wait for the kernel's answer."""
    knob = graph.locator("[data-knob=w]")
    expect(knob).to_be_enabled()
    knob.evaluate(
        "(element, value) => { element.value = value; element.dispatchEvent(new Event('input')); }", str(value)
    )
    expect(graph.locator("[data-node-id=w] .tfkit-value")).to_have_text(f"= {value}")


def test_two_views_a_page_loaded_again_and_a_kernel_started_anew(chromium, start_lab, tmp_path, results):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=[new_code_cell(LIVE)], metadata={"kernelspec": kernel})
    nbformat.write(notebook, tmp_path / "live.ipynb")
    lab = start_lab(tmp_path)
    view = open_notebook(chromium, lab, "live.ipynb")
    run_all(view)
    graphs = view.locator(".tfkit-backprop[data-state=ready]")
    expect(graphs).to_have_count(1, timeout=2 * MINUTE)

    view.evaluate("jupyterapp.commands.execute('docmanager:clone')")
    expect(graphs).to_have_count(2)
    turn(graphs.nth(0), 0.5)
    turn(graphs.nth(1), 0.25)
    expect(graphs.nth(0).locator("[data-node-id=w] .tfkit-value")).to_have_text("= 0.5")  # each has its own numbers
    view.screenshot(path=results / "lab_two_views.png")

    view.evaluate("jupyterapp.commands.execute('docmanager:save')")
    view.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty")
    view.reload()
    graph = view.locator(".tfkit-backprop[data-state=ready]").first
    graph.wait_for(timeout=2 * MINUTE)
    turn(graph, 0.6)

    view.evaluate(
        """() => { const widget = [...jupyterapp.shell.widgets("main")].find((one) => one.sessionContext?.session);
          return widget.sessionContext.session.kernel.restart(); }"""
    )
    knob = graph.locator("[data-knob=w]")
    knob.evaluate("(element) => { element.value = 0.1; element.dispatchEvent(new Event('input')); }")
    expect(graph.locator(".tfkit-hint")).to_contain_text("run the cell again")
    view.screenshot(path=results / "lab_new_kernel.png")
    view.close()
