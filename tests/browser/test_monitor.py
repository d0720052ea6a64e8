"""A watched training in a page of its own: looked at, replayed, and replaced while it runs."""

import json
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.gradients.test_history import made
from tests.servers import wait_until
from tfkit.display import MONITOR_MIME_TYPE, page
from tfkit.gradients._replay import payload
from tfkit.gradients.findings import Finding

pytestmark = pytest.mark.browser
ROOT = ".tfkit-monitor"


def html(history, findings=(), *, is_running=False):
    return page("training", MONITOR_MIME_TYPE, payload(history, findings, is_running=is_running), "words")


@pytest.fixture
def opened(show):
    return show(html(made(), [Finding("dead-units", "dense", "half of <them>", "Do this.")]), root=ROOT)


def where(view):
    return view.locator(".tfkit-where")


def slide(view, report):
    view.get_by_label("Report", exact=True).evaluate(
        "(element, report) => { element.value = report; element.dispatchEvent(new Event('input')); }", report
    )


def test_it_begins_with_the_last_report(opened, results):
    expect(where(opened)).to_contain_text("step 111")
    expect(opened.locator("[aria-current]")).to_have_text("dense/kernel")
    expect(opened.locator(".tfkit-findings li")).to_have_text("dead-units in dense: half of <them>. Do this.")
    expect(opened.locator(".tfkit-notes")).to_have_text("Something special.")
    opened.screenshot(path=results / "monitor.png", full_page=True)


def test_scrubbing_shows_an_earlier_report(opened):
    heights = "Array.from(document.querySelectorAll('.tfkit-spread-bar'), (bar) => bar.getAttribute('height')).join()"
    last = opened.evaluate(heights)
    slide(opened, 3)
    expect(where(opened)).to_contain_text("step 31")
    assert opened.evaluate(heights) != last


def test_keys_choose_a_variable_and_a_report(opened):
    opened.locator(".tfkit-map").focus()
    opened.keyboard.press("ArrowDown")
    expect(opened.locator("[aria-current]")).to_have_text("dense/bias")
    expect(opened.locator(".tfkit-closely-name")).to_contain_text("model/dense/bias (4,)")
    opened.keyboard.press("ArrowLeft")
    expect(where(opened)).to_contain_text("step 101")


def test_it_replays(opened):
    opened.get_by_role("button", name="Play").click()
    expect(where(opened)).not_to_contain_text("step 111")  # from the first on
    expect(where(opened)).to_contain_text("step 111")
    expect(opened.get_by_role("button", name="Play")).to_be_visible()  # at the end it stops


def test_a_click_on_the_map_chooses(opened):
    canvas = opened.locator("canvas")
    size = canvas.bounding_box()
    canvas.click(position={"x": size["width"] * 0.3, "y": size["height"] * 0.9})
    expect(opened.locator("[aria-current]")).to_have_text("<img src=x onerror=window.canary=1>")
    expect(where(opened)).to_contain_text("step 31")
    assert opened.evaluate("window.canary") is None


def test_other_numbers_in_the_map(opened):
    opened.get_by_label("What the map shows").select_option("odd")
    expect(opened.locator("canvas")).to_have_attribute("aria-label", "Elements that are NaN or infinite, 3 variables")
    opened.get_by_label("What the map shows").select_option("dead")
    expect(opened.locator(".tfkit-map-legend")).to_have_text("01")  # a share, whatever the numbers are
    opened.get_by_label("What the map shows").select_option("update")
    expect(opened.locator(".tfkit-map-legend")).to_contain_text("0.0")


def test_what_is_not_finite_is_marked_by_a_shape(opened):
    red = """() => {
      const canvas = document.querySelector("canvas");
      const paper = canvas.getContext("2d");
      const column = Math.round((5.5 / 12) * canvas.width);
      const [r, g, b] = paper.getImageData(column, 8, 1, 1).data;
      return r > 150 && g < 120 && b < 120;
    }"""
    assert opened.evaluate(red)


def test_while_it_runs_what_was_chosen_stays(show, results):
    first, second = (payload(made(count), (), is_running=True) for count in (8, 12))
    source = html(made(8), is_running=True)
    view = show(source, root=ROOT, before="window.later = " + json.dumps(second))
    assert first["data"] in source
    expect(view.locator(".tfkit-state")).to_have_text("running")
    slide(view, 2)
    view.locator(".tfkit-map-names button").nth(1).click()
    view.evaluate("window.tfkit.update(document.querySelector('.tfkit-monitor'), window.later)")
    expect(view.locator(".tfkit-name")).to_contain_text("12 reports")
    expect(view.locator("[aria-current]")).to_have_text("dense/bias")
    expect(where(view)).to_contain_text("step 21")
    view.screenshot(path=results / "monitor_running.png")


def test_a_loop_that_tells_no_loss_has_no_chart_of_it(show, results):
    history = made()
    tracks = tuple(replace(track, gradient_norm=np.full_like(track.gradient_norm, 0.5)) for track in history.tracks)
    silent = replace(history, losses=np.full_like(history.losses, np.nan), tracks=tracks)
    view = show(html(silent), root=ROOT)
    expect(view.locator("figcaption", has_text="Loss")).to_be_hidden()
    expect(where(view)).to_have_text("step 111")
    expect(view.locator(".tfkit-map")).to_be_visible()
    view.screenshot(path=results / "monitor_without_loss.png")
    view = show(html(replace(silent, tracks=history.tracks)), root=ROOT)  # a loss that is NaN as its gradients are
    expect(view.locator("figcaption", has_text="Loss")).to_be_visible()
    expect(where(view)).to_have_text("step 111, loss NaN")


@pytest.mark.parametrize(("width", "scheme"), [(400, "light"), (1000, "dark")])
def test_narrow_and_dark(show, results, width, scheme):
    view = show(html(made()), root=ROOT, width=width, color_scheme=scheme)
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    view.screenshot(path=results / f"monitor_{width}_{scheme}.png", full_page=True)


def test_a_damaged_history_says_so(show):
    broken = page("training", MONITOR_MIME_TYPE, {"version": 1, "data": "H4sIAAAA"}, "words")
    view = show(broken, root=ROOT, state="error")
    expect(view.get_by_role("alert")).to_contain_text("could not be shown")


def test_another_theme_paints_the_map_anew(opened):
    pixel = "Array.from(document.querySelector('canvas').getContext('2d').getImageData(3, 8, 1, 1).data).join()"
    light = opened.evaluate(pixel)
    opened.evaluate("document.body.dataset.jpThemeLight = 'false'")
    wait_until(lambda: opened.evaluate(pixel) != light)


def test_a_good_history_after_a_damaged_one_is_shown_once(show):
    good = payload(made(), (), is_running=False)
    view = show(html(made()), root=ROOT, before="window.good = " + json.dumps(good))
    root = "document.querySelector('.tfkit-monitor')"
    view.evaluate(f"window.tfkit.update({root}, {{ version: 1, data: 'H4sIAAAA' }})")
    view.locator(f"{ROOT}[data-state=error]").wait_for()
    view.evaluate(f"window.tfkit.update({root}, window.good)")
    view.locator(f"{ROOT}[data-state=ready]").wait_for()
    view.locator(".tfkit-map").focus()
    view.keyboard.press("ArrowLeft")
    expect(where(view)).to_contain_text("step 101")  # one report, not two


def test_many_variables_and_reports_are_drawn_at_once(show):
    history = made(400, copies=60)
    assert len(history.tracks) == 180 and np.isfinite(history.losses).any()
    view = show(html(history), root=ROOT)
    expect(view.locator("[aria-current]")).to_have_count(1)
