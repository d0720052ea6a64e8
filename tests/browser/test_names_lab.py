"""Names are never code in a real JupyterLab: in the outputs of a notebook that is run, in widgets, in opened files."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.browser import named
from tests.browser.acts import names
from tests.browser.conftest import open_notebook, run_all
from tests.browser.innocence import GUARD, expect_innocent, kinds, seen
from tests.browser.named import HOSTILE, PLAIN
from tests.hostile.keras_files import archive, layer, sequential
from tests.hostile.wire import attr, chunk, node

pytestmark = pytest.mark.browser

# Each cell shows all forms of everything; the last in a widget that catches what is shown.
SHOW = """import json
from IPython.display import display
for forms in json.load(open("{file}.json")).values():
    display(forms, raw=True)"""
IN_A_WIDGET = """import ipywidgets
out = ipywidgets.Output()
with out:
    for forms in json.load(open("hostile.json")).values():
        display(forms, raw=True)
out"""
READY = ":is(.tfkit-graph, .tfkit-monitor, .tfkit-surface)[data-state=ready]"
IMAGE = "<img src=x onerror='canary=1'>"


def write_notebook(folder):
    for file, all_names in (("hostile", HOSTILE), ("plain", PLAIN)):
        (folder / f"{file}.json").write_text(json.dumps(named.bundles(all_names)))
    cells = [SHOW.format(file="plain"), SHOW.format(file="hostile"), IN_A_WIDGET]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    found = new_notebook(cells=list(map(new_code_cell, cells)), metadata={"kernelspec": kernel})
    nbformat.write(found, folder / "names.ipynb")


def write_files(folder):
    def raw(name):
        return name.encode("utf-8", "surrogatepass")

    nodes = [node(raw(name), raw(name) or "Neg", attrs=attr(raw(name), chunk(2, raw(name)))) for name in HOSTILE]
    (folder / f"{IMAGE}.pb").write_bytes(b"".join(nodes))
    layers = (layer("Dense", name, units=1) for name in HOSTILE)
    (folder / f"{IMAGE}.keras").write_bytes(archive(sequential(*layers)))
    (folder / f"broken {IMAGE}.keras").write_bytes(b"PK\x03\x04 and no more")


@pytest.fixture
def lab(start_lab, tmp_path):
    """A JupyterLab that keeps all outputs in the page, also those that are not on screen."""
    (tmp_path / "overrides").mkdir()
    quiet = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}
    (tmp_path / "overrides" / "overrides.json").write_text(json.dumps(quiet))
    home = tmp_path / "home"
    home.mkdir()
    write_notebook(home)
    write_files(home)
    return start_lab(home, f"--LabApp.app_settings_dir={tmp_path / 'overrides'}")


def test_names_are_text_wherever_jupyterlab_shows_them(chromium, lab, results):
    page = open_notebook(chromium, lab, "names.ipynb")
    page.evaluate(f"() => {{ {GUARD} }}")
    run_all(page)
    cells = [f".jp-CodeCell:nth-child({place} of .jp-CodeCell) .jp-Cell-outputArea" for place in (1, 2, 3)]
    for cell in cells:
        expect(page.locator(f"{cell} {READY}")).to_have_count(4)
    usual = kinds(page, f"{cells[0]} .jp-OutputArea-output")
    for cell in cells[1:]:
        assert kinds(page, f"{cell} .jp-OutputArea-output") - usual == set()
        told = seen("".join(page.locator(f"{cell} .jp-RenderedHTMLCommon").all_text_contents()))
        assert [name for name in HOSTILE if seen(name) not in told] == []
    expect_innocent(page)
    page.screenshot(path=results / "names_in_lab.png")

    files = page.locator(".jp-DirListing-item")
    files.filter(has_text="broken").dblclick()
    expect(page.locator(".tfkit-document-note:visible")).to_contain_text(f'"broken {IMAGE}.keras" is not')
    files.filter(has_text=f"{IMAGE}.keras").filter(has_not_text="broken").dblclick()
    graph = page.locator(f".tfkit-document:visible {READY}")
    expect(graph).to_be_visible()
    expect_all_shown(graph)
    page.evaluate(f"void jupyterapp.commands.execute('tfkit:open-graph', {json.dumps({'path': f'{IMAGE}.pb'})})")
    expect(graph.locator(".tfkit-name strong")).to_have_text(IMAGE)
    expect_all_shown(graph)
    expect_innocent(page)
    page.screenshot(path=results / "names_in_viewer.png")
    page.close()


def expect_all_shown(graph):
    """Fail unless every name stands among the ids of what a view shows with its groups open."""
    graph.get_by_role("button", name="Groups \u25be").click()
    graph.locator("[data-action=open-all]").click()
    expect(graph.locator("[aria-expanded=false]")).to_have_count(0)
    shown = seen("\n".join(names(graph.locator("[data-node-id]"))))
    assert [name for name in HOSTILE if seen(name) not in shown] == []
