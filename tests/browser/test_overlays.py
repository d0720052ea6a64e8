"""Colour by a number, which also stands in each box; closed groups have what their members have together."""

import pytest
from playwright.sync_api import expect

from tests.browser.acts import box, choose, closed, opened
from tests.drawing.cases import diamond, example
from tfkit.graph import Graph
from tfkit.parts import Cost, Edge, Node, Output, Summary

pytestmark = pytest.mark.browser


def measured() -> Graph:
    """Two operations in a group and one behind it, with all that can be measured, on three devices."""

    def output(size, device, low, high, norm):
        return Output(
            (size,), "float32", device, Summary(size, "[...]", low, high), Summary(size, "[...]", 0, 0, norm, 0)
        )

    nodes = (
        Node("pre/a", "A", "a", ("pre",), outputs=(output(100, "/device:CPU:0", -3.0, 1.0, 0.3),), cost=Cost(0.002, 5)),
        Node("pre/b", "B", "b", ("pre",), outputs=(output(100, "/device:CPU:0", 0.0, 2.0, 0.4),), cost=Cost(0.003, 6)),
        Node("c", "C", "c", outputs=(output(1, "/job:x/task:0/device:GPU:1", 0.0, 0.5, 7.0),), cost=Cost(1.5, 7000)),
        Node("d", "D", "d", outputs=(Output(None, "float32", "/device:TPU:0"),)),
    )
    edges = (Edge("pre/a", "pre/b"), Edge("pre/b", "c"), Edge("c", "d"))
    return Graph("measured", nodes, edges).with_overlay({"pre/a": 1, "pre/b": -2, "c": 10}, name="score", unit="points")


AMOUNTS = {  # of the group, of c; the title of the legend
    "score": ("-1 points", "10 points", "score"),
    "output size": ("800 B", "4 B", "output size"),
    "time": ("5 ms", "1.5 s", "time"),
    "memory": ("11 B", "7 kB", "memory"),
    "value range": ("3", "0.5", "value range, largest magnitude"),
    "gradient norm": ("5", "7", "gradient norm"),
}


def test_numbers_of_ones_own_colour_the_graph_from_the_start(show):
    page = show(diamond().with_overlay({"a": 0.25, "d": 4, "e": 2}, name="error"))
    expect(box(page, "a")).to_contain_text("0.25")
    expect(box(page, "a")).to_have_class("tfkit-node tfkit-input tfkit-heat tfkit-heat-0")
    expect(box(page, "d")).to_have_class("tfkit-node tfkit-op tfkit-heat tfkit-heat-5")
    expect(page.locator(".tfkit-heat.tfkit-node")).to_have_count(3)
    assert page.locator(".tfkit-legend").inner_text().split() == ["error", "0.25", "4"]
    assert len({_fill(box(page, name)) for name in "ade"}) == 3
    expect(page.get_by_label("Colour by")).to_have_value("error")


def _fill(node):
    return node.locator(".tfkit-shape").evaluate("shape => getComputedStyle(shape).fill")


@pytest.mark.parametrize("name", AMOUNTS)
def test_boxes_groups_and_legend_say_the_number(show, name):
    page = show(measured())
    choose(page, "close-all")
    page.get_by_label("Colour by").select_option(name)
    group, other, title = AMOUNTS[name]
    legend = page.locator(".tfkit-legend")
    expect(legend.locator("strong")).to_have_text(title)
    for element, amount in ((closed(page, "pre"), group), (box(page, "c"), other)):
        expect(element.locator("text").filter(has_text=amount)).to_have_text(amount)
    expect(page.locator(".tfkit-node.tfkit-heat")).to_have_count(2)  # of the last one nothing is known
    ends = legend.locator(".tfkit-step")
    assert {ends.first.inner_text(), ends.last.inner_text()} == {group, other}


def test_parameters_of_a_layer_are_those_of_its_weights(show):
    page = show(example())
    page.get_by_label("Colour by").select_option("parameters")
    dense = closed(page, "model/dense")
    expect(dense).to_contain_text("7,850")
    dense.locator("button").click()
    expect(opened(page, "model/dense")).to_be_visible()
    expect(box(page, "model/dense/kernel")).to_contain_text("7,840")
    expect(page.locator(".tfkit-step").first).to_have_text("10")
    expect(page.locator(".tfkit-step").last).to_have_text("7,840")


def test_devices_are_told_by_colour_and_name(show):
    page = show(measured())
    choose(page, "close-all")
    page.get_by_label("Colour by").select_option("device")
    expect(page.locator(".tfkit-legend")).to_be_visible()
    assert page.locator(".tfkit-legend .tfkit-step").all_inner_texts() == ["CPU:0", "GPU:1", "TPU:0"]
    expect(closed(page, "pre")).to_contain_text("CPU:0")
    expect(box(page, "c")).to_contain_text("GPU:1")
    assert len({_fill(box(page, name)) for name in ("pre/", "c", "d")}) == 3


def test_without_a_number_boxes_have_the_colours_of_their_kinds(show):
    page = show(diamond().with_overlay({"a": 1, "e": 77}, name="error"))
    expect(box(page, "e")).to_contain_text("77")
    page.get_by_label("Colour by").select_option("")
    expect(page.locator(".tfkit-heat.tfkit-node")).to_have_count(0)
    expect(page.locator(".tfkit-legend")).to_be_hidden()
    expect(box(page, "e")).not_to_contain_text("77")


def test_only_what_is_known_is_offered(show):
    page = show(measured())
    offered = page.get_by_label("Colour by").locator("option").evaluate_all("all => all.map((one) => one.value)")
    assert offered == ["", *AMOUNTS, "device"]
    page = show(Graph("plain", (Node("only", "NoOp", "only"),)))
    expect(page.get_by_label("Colour by")).to_have_count(0)
