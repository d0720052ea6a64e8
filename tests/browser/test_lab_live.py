"""A real JupyterLab: a slider asks the kernel, a training is seen while it runs, and both again in an exported page."""

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.browser.conftest import MINUTE, open_notebook, run_all
from tests.servers import wait_until
from tfkit.display import MIME_TYPE, MONITOR_MIME_TYPE
from tfkit.exporters import HtmlExporter

pytestmark = pytest.mark.browser

CELLS = (
    "import keras, numpy as np, tensorflow as tf, tfkit",
    """areas, prices = np.float32([6.7, 4.6, 3.5, 5.5]), np.float32([9.1, 5.9, 4.6, 6.7])
def loss(w, b):
    return tf.reduce_mean((w * areas + b - prices) ** 2)
tfkit.backprop(loss, -0.34, 0.04)""",
    """keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu", name="hidden"), keras.layers.Dense(1)])
model.compile("sgd", "mse")
x = np.random.default_rng(0).random((512, 4)).astype("float32")
monitor = tfkit.GradientMonitor(every=5)
_ = model.fit(x, x[:, :1], batch_size=8, epochs=60, verbose=0, callbacks=[monitor])""",
)


def write_live(folder: Path) -> None:
    cells = [new_code_cell(cell) for cell in CELLS]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / "live.ipynb")


def test_sliders_ask_the_kernel_and_training_is_seen_while_it_runs(chromium, start_lab, show, tmp_path, results):
    write_live(tmp_path)
    lab = start_lab(tmp_path)
    page = open_notebook(chromium, lab, "live.ipynb")
    page.evaluate(
        """() => new MutationObserver(() => {
          const state = document.querySelector(".tfkit-monitor .tfkit-state:not([hidden])");
          if (state) window.seenRunning = (window.seenRunning ?? 0) + 1;
        }).observe(document.body, { subtree: true, childList: true, characterData: true })"""
    )
    run_all(page)
    graph = page.locator(".tfkit-backprop[data-state=ready]")
    graph.wait_for(timeout=2 * MINUTE)
    knob = graph.locator("[data-knob=w]")
    expect(knob).to_be_enabled()
    output = graph.locator("[data-node-id=Mean]")
    before = output.text_content()
    knob.evaluate("(element) => { element.value = 0.5; element.dispatchEvent(new Event('input')); }")
    expect(output).not_to_have_text(before or "")
    expect(graph.locator("[data-node-id=w] .tfkit-value")).to_have_text("= 0.5")
    graph.scroll_into_view_if_needed()
    page.screenshot(path=results / "lab_backprop.png")

    monitor = page.locator(".tfkit-monitor[data-state=ready]")
    monitor.scroll_into_view_if_needed()
    expect(monitor.locator(".tfkit-state")).to_be_hidden(timeout=2 * MINUTE)
    assert page.evaluate("window.seenRunning") > 2
    monitor.locator(".tfkit-map").focus()
    page.keyboard.press("ArrowLeft")
    expect(monitor.locator(".tfkit-where")).not_to_contain_text("step 3,836")
    page.screenshot(path=results / "lab_monitor.png")

    page.keyboard.press("Control+s")
    path = tmp_path / "live.ipynb"
    wait_until(lambda: MONITOR_MIME_TYPE in path.read_text("utf-8"))
    page.close()
    stored = json.loads(path.read_text("utf-8"))
    kinds = [kind for cell in stored["cells"] for output in cell["outputs"] for kind in output.get("data", {})]
    assert kinds.count(MONITOR_MIME_TYPE) == kinds.count(MIME_TYPE) == 1

    exported, _ = HtmlExporter().from_notebook_node(nbformat.read(path, 4))
    view = show(exported, root=".tfkit-monitor")
    view.locator(".tfkit-monitor").get_by_role("button", name="Play").click()
    expect(view.locator(".tfkit-where")).not_to_contain_text("step 3,836")
    expect(view.locator(".tfkit-backprop")).to_have_attribute("data-state", "ready")
    expect(view.locator(".tfkit-hint")).to_contain_text("run the cell again")
