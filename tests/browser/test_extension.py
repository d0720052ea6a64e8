"""The extension in a real JupyterLab under an address that is not the root: panel, graph viewer, TensorBoard."""

import json
import os
from pathlib import Path

import keras
import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.browser.conftest import MINUTE, open_notebook, run_all
from tests.servers import wait_until, write_scalars
from tfkit.course.catalogue import CATALOGUE
from tfkit.workbook import copy_lessons

pytestmark = pytest.mark.browser

DARK = "jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })"
READY = ".tfkit-board[data-state=ready]"


def command(page, name, **arguments):
    """Run a command of JupyterLab; what it returns is of no use here, and slow to hand over."""
    page.evaluate(f"void jupyterapp.commands.execute('{name}', {json.dumps(arguments)})")


def open_lab(chromium, lab, width=1400, height=950):
    page = chromium.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(MINUTE)
    page.goto(lab.address())
    # JupyterLab takes the focus for its launcher, and thereby closes a palette that was opened before that.
    page.wait_for_function("window.jupyterapp?.shell?.activeWidget")
    page.locator(".jp-DirListing-content").wait_for(state="attached")  # the course stands before it
    return page


def has_curve(board):
    """Wait until a curve is drawn in a TensorBoard."""
    frame = board.frame_locator("iframe")
    frame.locator("scalar-card line-chart canvas, scalar-card line-chart svg").first.wait_for()
    expect(frame.locator("scalar-card").first).to_contain_text("loss")


def as_seen(page, results, name):
    """Keep what is seen, in both themes."""
    page.wait_for_timeout(1500)  # TensorBoard fades in
    page.screenshot(path=results / f"{name}.png")
    page.evaluate(f"void {DARK}")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    page.wait_for_timeout(3000)
    page.screenshot(path=results / f"{name}_dark.png")


def test_the_course_panel_leads_through_the_lessons(chromium, start_lab, tmp_path, results):
    copy_lessons(tmp_path)
    lab = start_lab(tmp_path)
    page = open_lab(chromium, lab)
    expect(page.locator(".jp-LauncherCard", has_text="tfkit course")).to_be_visible()
    expect(page.locator(".jp-LauncherCard", has_text="TensorBoard")).to_be_visible()
    page.locator(".jp-LauncherCard", has_text="tfkit course").click()
    panel = page.locator(".tfkit-course")
    expect(panel.locator("li")).to_have_count(len(CATALOGUE))
    expect(panel).to_contain_text("0 of ")

    panel.get_by_role("button", name="Begin with 00").click()
    page.locator(".jp-Notebook").wait_for()
    # What a check in the lesson keeps, the panel shows by itself.
    (tmp_path / ".tfkit-progress.json").write_text(json.dumps({"version": 1, "exercises": {"00.a": "right"}}))
    expect(panel.locator("li[data-lesson='00']")).to_have_attribute("data-state", "started")
    expect(panel.get_by_role("button", name="Go on with 00")).to_be_visible()

    panel.get_by_role("switch", name="For teachers").check()
    panel.get_by_text("Hints and solutions").first.click()
    expect(panel.locator("pre").first).to_contain_text("version")
    as_seen(page, results, "lab_panel")
    expect(panel.locator("details").first).to_have_attribute("open", "")  # a look at the server closes nothing
    settings = lab.ask("lab/api/settings/tfkit-course:course").json["settings"]
    assert settings["teacher"] is True
    page.close()


def test_an_engineer_is_not_met_by_a_course(chromium, start_lab, tmp_path):
    lab = start_lab(tmp_path)
    page = open_lab(chromium, lab)
    page.wait_for_function("jupyterapp.commands.hasCommand('tfkit:open-course')")
    page.wait_for_timeout(2000)
    assert page.locator("#tfkit-course-panel").count() == 0
    assert page.locator(".jp-LauncherCard", has_text="tfkit").count() == 0
    command(page, "tfkit:open-course")  # asked for, it comes, and brings the lessons
    page.get_by_role("button", name="Copy the lessons").click()
    expect(page.locator(".tfkit-course li")).to_have_count(len(CATALOGUE))
    assert (tmp_path / "tfkit-course" / "00_setup.ipynb").is_file()
    page.close()


def test_panel_and_cards_can_be_switched_off(chromium, start_lab, tmp_path):
    copy_lessons(tmp_path)
    off = {"tfkit-course:course": {"panel": False, "launcher": False}}
    overrides = tmp_path / "overrides"
    overrides.mkdir()
    (overrides / "overrides.json").write_text(json.dumps(off))
    lab = start_lab(tmp_path, f"--LabApp.app_settings_dir={overrides}")
    page = open_lab(chromium, lab)
    page.wait_for_function("jupyterapp.commands.hasCommand('tfkit:open-course')")
    page.wait_for_timeout(2000)
    assert page.locator("#tfkit-course-panel").count() == 0
    assert page.locator(".jp-LauncherCard", has_text="tfkit").count() == 0
    page.close()


def test_a_model_file_opens_by_double_click_and_follows_its_file(chromium, start_lab, tmp_path, results):
    def save(name):
        inner = keras.layers.Dense(3, name=name)
        keras.Sequential([keras.Input((4,), name="pixels"), inner], name="net").save(tmp_path / "net.keras")

    save("first")
    (tmp_path / "broken.keras").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "net.pbtxt").write_text("node { name: 'a' op: 'Placeholder' } node { name: 'b' op: 'Relu' input: 'a' }")
    lab = start_lab(tmp_path)
    page = open_lab(chromium, lab)
    names = "(path) => jupyterapp.docRegistry.preferredWidgetFactories(path).map(({ name }) => name)"
    for default in ("a.keras", "saved_model.pb"):
        assert page.evaluate(names, default)[0] == "tfkit graph"
    for offered in ("a.h5", "a.pb", "a.pbtxt"):
        assert "tfkit graph" in page.evaluate(names, offered)[1:]
    assert "tfkit graph" not in page.evaluate(names, "a.py")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".jp-DirListing-item", has_text="net.keras").dblclick()
    graph = page.locator(".tfkit-document .tfkit-graph[data-state=ready]")
    expect(graph.locator("[data-node-id]", has_text="first")).to_be_visible()
    assert graph.locator(".tfkit-canvas").bounding_box()["height"] > 600  # it fills its tab
    assert not [url for url in asked if "net.keras" in url and "content=1" in url]  # the browser never gets the file
    as_seen(page, results, "lab_viewer")

    save("second")
    expect(graph.locator("[data-node-id]", has_text="second")).to_be_visible()
    expect(page.locator(".tfkit-document-note")).to_contain_text("The file has changed")

    page.locator(".jp-DirListing-item", has_text="broken.keras").dblclick()
    note = page.locator(".jp-Document:not(.lm-mod-hidden) .tfkit-document-note")
    expect(note).to_contain_text("'broken.keras'")
    os.replace(tmp_path / "net.keras", tmp_path / "broken.keras")
    note.get_by_role("button", name="Try again").click()
    expect(page.locator(".jp-Document:not(.lm-mod-hidden) [data-node-id]", has_text="second")).to_be_visible()

    page.locator(".jp-DirListing-item", has_text="net.pbtxt").dblclick()
    page.locator(".jp-FileEditor").wait_for()  # text stays text, and is a graph for those who ask
    command(page, "tfkit:open-graph", path="net.pbtxt")
    expect(page.locator(".jp-Document:not(.lm-mod-hidden) [data-node-id=b]")).to_be_visible()
    page.close()


def test_tensorboard_is_a_tab_that_shows_a_curve(chromium, start_lab, tmp_path, results):
    write_scalars(tmp_path / "runs" / "first")
    lab = start_lab(tmp_path)
    page = open_lab(chromium, lab)
    page.locator(".jp-DirListing-item", has_text="runs").click(button="right")
    page.locator(".lm-Menu-item", has_text="Open in TensorBoard").click()
    page.locator(READY).wait_for()
    has_curve(page.locator(READY).first)
    as_seen(page, results, "lab_tensorboard")
    expect(page.frame_locator(f"{READY} iframe").locator("body")).to_have_class("dark-mode")

    # Who comes back to the page finds it again; one that was stopped meanwhile is started.
    (board,) = lab.ask("tfkit/tensorboard").json
    lab.ask(f"tfkit/tensorboard/{board['id']}", "DELETE")
    expect(page.locator(".tfkit-board")).to_have_attribute("data-state", "stopped")
    expect(page.locator(".tfkit-board")).to_contain_text("Stopped")
    page.get_by_role("button", name="Start again").click()
    has_curve(page.locator(READY).first)
    # JupyterLab keeps its layout some time after a change.
    wait_until(lambda: "'current': 'tfkit-board:runs'" in str(lab.ask("lab/api/workspaces").json))
    page.reload()
    has_curve(page.locator(READY).first)
    boards = (
        child for child in psutil.Process(lab.process.pid).children() if "tfkit.lab.board_process" in child.cmdline()
    )
    next(boards).kill()
    board = page.locator(".tfkit-board[data-state=failed]")
    expect(board).to_contain_text("TensorBoard has ended")
    board.get_by_role("button", name="Try again").click()
    has_curve(page.locator(READY).first)
    page.close()


def test_tensorboard_in_a_notebook_outlives_its_kernel_and_waits_for_logs(chromium, start_lab, tmp_path, results):
    cells = [new_code_cell("import tfkit\ntfkit.tensorboard('runs')"), new_code_cell("tfkit.tensorboard('later')")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), tmp_path / "board.ipynb")
    write_scalars(tmp_path / "runs" / "first")
    lab = start_lab(tmp_path)
    page = open_notebook(chromium, lab, "board.ipynb")
    run_all(page)
    boards = page.locator(".tfkit-board")
    expect(boards.first).to_have_attribute("data-state", "ready")
    has_curve(page.locator(READY).first)
    expect(boards.last).to_have_attribute("data-state", "waiting")
    expect(boards.last).to_contain_text("There is no folder 'later'")
    write_scalars(tmp_path / "later")
    expect(boards.last).to_have_attribute("data-state", "ready")

    (session,) = lab.ask("api/sessions").json
    lab.ask(f"api/kernels/{session['kernel']['id']}/restart", "POST")
    page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'")
    assert [board["state"] for board in lab.ask("tfkit/tensorboard").json] == ["ready", "ready"]
    boards.first.scroll_into_view_if_needed()
    has_curve(boards.first)
    as_seen(page, results, "lab_notebook_board")
    page.keyboard.press("Control+s")
    path = tmp_path / "board.ipynb"
    wait_until(lambda: "vnd.tfkit.board" in path.read_text("utf-8"))
    page.close()

    # A notebook that comes from elsewhere starts nothing by itself.
    stored = json.loads(path.read_text("utf-8"))
    stored["cells"][0]["source"] = ["# changed elsewhere"]
    (tmp_path / "theirs.ipynb").write_text(json.dumps(stored))
    page = open_notebook(chromium, lab, "theirs.ipynb")
    expect(page.locator(".tfkit-board").first).to_have_attribute("data-state", "asleep")
    page.get_by_role("button", name="Show TensorBoard").first.click()
    expect(page.locator(".tfkit-board").first).to_have_attribute("data-state", "ready")
    page.close()


def test_all_of_it_without_a_mouse(chromium, start_lab, tmp_path, results):
    copy_lessons(tmp_path)
    write_scalars(tmp_path / "runs")
    lab = start_lab(tmp_path)
    page = open_lab(chromium, lab, 900, 700)

    def choose(words):
        page.keyboard.press("Control+Shift+c")
        page.locator(".lm-CommandPalette-input, .jp-modal-palette input").last.wait_for()
        page.keyboard.type(words)
        expect(page.locator(".lm-CommandPalette-item.lm-mod-active")).to_contain_text(words)
        page.keyboard.press("Enter")

    choose("Open TensorBoard")
    page.locator(".jp-Dialog input").wait_for()
    page.keyboard.type("runs")
    page.keyboard.press("Enter")
    page.locator(READY).wait_for()

    choose("Open the tfkit Course")
    page.locator(".tfkit-course li").first.wait_for()
    page.locator("#tfkit-next").focus()
    for number in ("00", "01", "02"):
        page.keyboard.press("Tab")
        expect(page.locator(f"#tfkit-lesson-{number}")).to_be_focused()
    page.screenshot(path=results / "lab_keyboard.png")
    page.keyboard.press("Enter")
    page.locator(".jp-NotebookPanel").wait_for()
    expect(page.locator(".lm-TabBar-tab.lm-mod-current", has_text="02_operations")).to_be_visible()
    page.close()


def test_without_our_server_half_a_sentence_says_the_cure(chromium, start_lab, tmp_path):
    write_scalars(tmp_path / "runs")
    lab = start_lab(tmp_path, "--ServerApp.jpserver_extensions={'tfkit.lab': False}")
    page = open_lab(chromium, lab)
    command(page, "tfkit:open-tensorboard", logdir="runs")
    board = page.locator(".tfkit-board[data-state=failed]")
    expect(board).to_contain_text("This Jupyter server has no tfkit")
    expect(board.get_by_role("button", name="Try again")).to_be_visible()
    page.close()


def test_the_extension_is_small():
    built = Path(__file__).parents[2] / "tfkit" / "labextension" / "static"
    assert sum(path.stat().st_size for path in built.glob("*.js")) < 300_000
