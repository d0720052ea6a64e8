"""What a visitor of Binder finds: the server as Binder starts it, under an address and a token of its own."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MINUTE
from tests.servers import ROOT
from tfkit.workbook import copy_lessons

pytestmark = pytest.mark.browser


def test_a_visitor_of_binder_begins_with_lesson_00(chromium, start_lab, tmp_path, results):
    copy_lessons(tmp_path / "tfkit-course")  # as binder/postBuild does, in the visitor's home
    lab = start_lab(tmp_path, entry=["bash", str(ROOT / "binder" / "start")])
    assert "/user/ada/" in lab.url
    page = chromium.new_page(viewport={"width": 1400, "height": 950})
    page.set_default_timeout(MINUTE)
    page.goto(f"{lab.url}?token={lab.token}")  # no more than that: where it leads is for binder/start to say
    expect(page.locator(".jp-Notebook h1").first).to_contain_text("Lesson 00")
    page.screenshot(path=results / "binder.png")
    panel = page.locator(".tfkit-course")
    expect(panel).to_be_visible()
    expect(panel.locator("li[data-lesson='00']")).to_be_visible()
    page.screenshot(path=results / "binder.png")
