"""A page of each kind of view, for tests that look at all of them."""

import functools
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
from playwright.sync_api import expect

import tfkit
from tests.browser.test_backprop import house
from tests.browser.test_diff import chain, matrix
from tests.browser.test_looks import heated
from tests.browser.test_monitor import html as page_of_monitor
from tests.drawing.cases import diamond, example, gradients, marked
from tests.gradients.test_history import made
from tfkit.compare import GraphDiff
from tfkit.gradients.findings import Finding
from tfkit.graph import Graph
from tfkit.parts import Edge, Node

FINDINGS = [Finding("dead-units", "dense", "half of them", "Do this.")]


def compared() -> GraphDiff:
    before = chain(Node("old", "Log", "old"), matrix(3))
    return tfkit.diff(before, chain(matrix(5), Node("new", "Cos", "new")))


@functools.cache
def backprop():
    return tfkit.backprop(house, 6.7, 9.1, -0.34, 0.04, wrt=["w", "b"])


@functools.cache
def surface():
    optimizers = {"SGD": keras.optimizers.SGD, "Adam": keras.optimizers.Adam}
    ranges = {"w": (-2, 2), "b": (-0.5, 1)}
    return tfkit.loss_surface(lambda w, b: w**2 + 4 * b**2, **ranges, start=(1, 0.5), steps=5, optimizers=optimizers)


def saved(result) -> str:
    with TemporaryDirectory() as folder:
        return result.save(Path(folder) / "a.html").read_text("utf-8")


def with_dependencies() -> Graph:
    """Two operations, of which one only waits for the other."""
    nodes = (Node("first", "NoOp", "first"), Node("then", "Neg", "then"), Node("last", "Neg", "last"))
    return Graph("waiting", nodes, (Edge("first", "then", control=True), Edge("then", "last")))


# Of each page what it is made of, and the class of the view on it.
PAGES = {
    "diamond": (lambda: diamond().to_html(), ".tfkit-graph"),
    "graph": (lambda: example().to_html(), ".tfkit-graph"),
    "diff": (lambda: compared().to_html(), ".tfkit-graph"),
    "marks": (lambda: marked().to_html(), ".tfkit-graph"),
    "overlay": (lambda: heated().to_html(), ".tfkit-graph"),
    "gradients": (lambda: gradients().to_html(), ".tfkit-graph"),
    "backprop": (lambda: saved(backprop()), ".tfkit-graph"),
    "monitor": (lambda: page_of_monitor(made(), FINDINGS), ".tfkit-monitor"),
    "running": (lambda: page_of_monitor(made(), is_running=True), ".tfkit-monitor"),
    "surface": (lambda: saved(surface()), ".tfkit-surface"),
    "waiting": (lambda: with_dependencies().to_html(), ".tfkit-graph"),
}
KINDS = ("graph", "diff", "backprop", "monitor", "surface")  # one of each kind of page


@functools.cache
def html_of(name: str) -> str:
    return PAGES[name][0]()


def open_page(show, name, *, details=False, **options):
    """Open one of the pages, with the details of a box shown where there are boxes."""
    page = show(html_of(name), root=PAGES[name][1], **options)
    if details and page.locator("[data-node-id]").count():
        page.locator("[data-node-id][tabindex='0']").first.press("Space")
        expect(page.locator(".tfkit-details")).to_be_visible()
    return page
