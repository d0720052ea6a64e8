"""The page that `Graph.to_html` writes: the camera, large graphs, pages with less than they should have."""

import pytest
from playwright.sync_api import expect

from tests.browser.acts import box, middle
from tests.drawing.cases import example, nested, pseudo_random

pytestmark = pytest.mark.browser


def test_a_drag_moves_the_drawing_and_selects_nothing(show):
    page = show(example())
    x, y = middle(box(page, "x"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y + 30, steps=5)
    page.mouse.up()
    assert middle(box(page, "x")) == pytest.approx((x + 80, y + 30), abs=6)
    expect(page.locator(".tfkit-details")).to_be_hidden()


def test_a_wheel_zooms_with_ctrl_alone(show):
    page = show(example())
    node = box(page, "x")
    before = node.bounding_box()
    page.mouse.move(before["x"] + 5, before["y"] + 5)
    page.mouse.wheel(0, -120)
    assert node.bounding_box() == before
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    assert node.bounding_box()["width"] > before["width"]


def test_buttons_zoom_and_show_everything(show):
    page = show(example())
    size = box(page, "x").bounding_box()["width"]
    page.get_by_label("Zoom in").click()
    assert box(page, "x").bounding_box()["width"] == pytest.approx(1.25 * size, rel=0.01)
    page.get_by_label("Zoom out").click()
    assert box(page, "x").bounding_box()["width"] == pytest.approx(size, rel=0.01)
    page.get_by_label("Show the whole graph").click()
    expect(page.locator("[role=tree]")).to_be_in_viewport(ratio=1)


def test_two_thousand_operations_are_drawn_in_readable_size(show, results):
    page = show(pseudo_random(2000, groups=40, seed=5))
    page.screenshot(path=results / "page_big.png")
    assert len(page.workers) == 1  # the layout was found off the main thread
    assert page.locator("[data-node-id]").count() <= 150
    assert page.locator(".tfkit-label").first.bounding_box()["height"] >= 13 * 0.55


def test_a_box_says_under_the_pointer_what_it_is(show):
    page = show(example())
    box(page, "x").hover()
    expect(box(page, "x").locator("title")).to_have_text("x: Placeholder \u2192 (None, 784) float32")


def test_layout_works_where_workers_are_refused(show):
    html = pseudo_random(1000, groups=12).to_html()
    refusing = html.replace("worker-src blob:", "worker-src 'none'")
    assert refusing != html
    page = show(refusing)
    assert page.locator("[data-node-id]").count() > 5
    assert page.workers == []


def test_damaged_bytes_become_a_readable_error(show):
    html = nested().to_html()
    start = html.index('"data": "') + 9
    page = show(f"{html[:start]}AAAA{html[start + 4 :]}", state="error")
    expect(page.get_by_role("alert")).to_contain_text("could not be drawn")
