"""A loss over two numbers on a page: the picture stands beside its axes, and the slider moves the ways."""

import keras
import pytest
from playwright.sync_api import expect

import tfkit

pytestmark = pytest.mark.browser
ROOT = ".tfkit-surface"


@pytest.fixture(scope="module")
def page_of_surface(tmp_path_factory):
    optimizers = {"SGD": keras.optimizers.SGD, "Adam": keras.optimizers.Adam}
    found = tfkit.loss_surface(
        lambda w, b: w**2 + 4 * b**2, w=(-2, 2), b=(-0.5, 1), start=(1.0, 0.5), steps=5, optimizers=optimizers
    )
    return found.save(tmp_path_factory.mktemp("surface") / "a.html").read_text("utf-8")


def edges(element):
    found = element.bounding_box()
    return found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [936, 684, 600, 400])
def test_the_picture_stands_beside_its_axes(show, results, page_of_surface, width, scheme):
    page = show(page_of_surface, root=ROOT, width=width, height=760, color_scheme=scheme)
    page.screenshot(path=results / f"surface_{width}_{scheme}.png")
    root, paper = edges(page.locator(ROOT)), edges(page.locator(".tfkit-surface-paper"))
    assert paper[0] - root[0] < 100  # no hole to its left
    assert paper[2] - paper[0] == pytest.approx(paper[3] - paper[1], abs=1) and paper[2] - paper[0] > 0.55 * min(
        width, 800
    )
    up = edges(page.locator(".tfkit-surface-y span"))
    assert root[0] < up[0] and up[2] < paper[0] and paper[0] - up[2] < 70
    across = edges(page.locator(".tfkit-surface-x"))
    assert 0 < across[1] - paper[3] < 40
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_ticks_stand_where_their_numbers_are(show, page_of_surface):
    page = show(page_of_surface, root=ROOT)
    left, top, right, bottom = edges(page.locator(".tfkit-surface-paper"))
    xs, ys = page.locator(".tfkit-surface-ticks-x span"), page.locator(".tfkit-surface-ticks-y span")
    assert xs.all_inner_texts() == ["-2", "-1", "0", "1", "2"]
    assert ys.all_inner_texts() == ["-0.5", "0", "0.5", "1"]
    for place, tick in enumerate(xs.all()):
        begin, _, end, _ = edges(tick)
        assert (begin + end) / 2 == pytest.approx(left + (right - left) * place / 4, abs=1)
    for place, tick in enumerate(ys.all()):
        _, begin, end_x, end = edges(tick)
        assert (begin + end) / 2 == pytest.approx(bottom - (bottom - top) * place / 3, abs=1) and end_x < left


def test_the_slider_tells_what_each_way_comes_to(show, page_of_surface):
    page = show(page_of_surface, root=ROOT)
    picture = page.get_by_role("img")
    assert picture.get_attribute("aria-label").startswith(
        "Loss over w from -2 to 2 and b from -0.5 to 1. SGD, 5 steps: "
    )
    words = page.locator(".tfkit-surface-words li")
    expect(words).to_have_count(2)
    before = words.first.inner_text()
    slider = page.get_by_label("Learning rate")
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", "3.16")
    expect(words.first).not_to_have_text(before)
    expect(page.locator(".tfkit-surface-scale")).to_contain_text("loss 0")
