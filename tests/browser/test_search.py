"""The search: what can be asked, how hits are shown, how one goes from one to the next."""

import pytest
from playwright.sync_api import expect

from tests.browser.acts import LIT, box, closed, names, opened, search
from tests.drawing.cases import example, pseudo_random

pytestmark = pytest.mark.browser

DENSE = ["model/dense/kernel", "model/dense/bias", "model/dense/MatMul", "model/dense/Add"]
QUERIES = {
    "mat.?mul": ["model/dense/MatMul"],
    "DENSE/(kernel|bias)$": DENSE[:2],
    "op:MatMul": ["model/dense/MatMul"],
    "op:Mat": [],
    "shape:(None,10)": ["model/dense/MatMul", "model/dense/Add", "model/softmax/Softmax"],
    "shape:( *, 784 )": ["x"],
    "params>1000": ["model/dense/kernel"],
    "params<=10": ["model/dense/bias"],
    "time>2ms": ["__proto__"],
    "kind:variable -bias": ["model/dense/kernel"],
    "group:dense -kind:variable": DENSE[2:],
    "op:.*Op -kind:variable": ['a<b>&"quoted" \ufffdright-to-left \U0001f600'],
    '"odd <name>"': ['a<b>&"quoted" \ufffdright-to-left \U0001f600'],
    "mark:failed": ["__proto__"],
    "note:fit": ["__proto__"],
    "nan=0 max>0.01": ["model/dense/kernel"],
    "trainable:true op!=Const": DENSE[:2],
    "line:12": DENSE[2:],
}


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory):
    """A page with everything open, for questions that change nothing."""
    page = chromium.new_page()
    page.goto(example().save(tmp_path_factory.mktemp("search") / "graph.html").as_uri())
    page.get_by_role("button", name="Groups").click()
    page.locator("[data-action=open-all]").click()
    expect(opened(page, "model/dense")).to_be_visible()
    yield page
    page.close()


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_finds_exactly_what_it_says(page, query):
    expect(search(page, query)).to_have_text(f"{len(QUERIES[query])} found")
    assert names(page.locator(LIT)) == QUERIES[query]
    page.keyboard.press("Escape")
    expect(page.locator(".tfkit-found")).to_be_hidden()


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("op:Mat(Mul", "Mat(Mul is not a regular expression"),
        ("[a", "[a is not a regular expression"),
        ("colour:red", "no node has anything called colour"),
        ("params>many", "params is compared with a number, and many is none"),
        ('"two words', "a quotation mark is missing"),
    ],
)
def test_a_wrong_query_says_what_is_wrong(page, query, why):
    expect(search(page, query)).to_contain_text(why)
    expect(page.get_by_role("searchbox")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".tfkit-lighted")).to_have_count(0)
    expect(search(page, "kernel")).to_have_text("1 found")
    expect(page.get_by_role("searchbox")).to_have_attribute("aria-invalid", "false")


def test_a_closed_group_says_how_many_hits_it_holds(show):
    page = show(example())
    expect(search(page, "shape:(None,10)")).to_have_text("3 found")
    assert names(page.locator(LIT)) == ["model/dense/", "model/softmax/"]
    expect(closed(page, "model/dense").locator(".tfkit-count")).to_have_text("2")
    expect(closed(page, "model/softmax").locator(".tfkit-count")).to_have_text("1")
    closed(page, "model/dense").locator("button").click()
    expect(page.locator(LIT)).to_have_count(3)  # what is lit stays so while groups open
    expect(page.locator(".tfkit-count")).to_have_text("1")


def test_enter_goes_from_hit_to_hit_and_opens_what_hides_them(show):
    page = show(example())
    found = search(page, "shape:(None,10)")
    ids = QUERIES["shape:(None,10)"]
    for key, hit in (("Enter", 0), ("Enter", 1), ("Enter", 2), ("Enter", 0), ("Shift+Enter", 2), ("Shift+Enter", 1)):
        page.keyboard.press(key)
        expect(found).to_have_text(f"{hit + 1} of 3")
        expect(box(page, ids[hit])).to_have_attribute("aria-selected", "true")
        expect(box(page, ids[hit])).to_be_in_viewport()
        expect(page.get_by_role("searchbox")).to_be_focused()
    expect(opened(page, "model/dense")).to_be_visible()
    expect(page.locator(".tfkit-details h3")).to_have_text("Add")


def test_enter_goes_far_into_a_large_graph(show):
    page = show(pseudo_random(2000, groups=40, seed=5))
    expect(search(page, "op_1234$")).to_have_text("1 found")
    assert page.locator("[data-node-id$='op_1234']").count() == 0
    page.keyboard.press("Enter")
    expect(page.locator("[data-node-id$='op_1234']")).to_be_in_viewport()


def test_all_hits_are_listed_and_lead_to_their_boxes(show):
    page = show(example())
    search(page, "shape:(None,10)").click()
    links = page.locator(".tfkit-details .tfkit-link")
    expect(page.locator(".tfkit-details h3")).to_have_text("3 found")
    assert links.all_inner_texts() == QUERIES["shape:(None,10)"]
    links.nth(2).click()
    expect(box(page, "model/softmax/Softmax")).to_have_attribute("aria-selected", "true")


def test_a_slash_begins_a_search_and_escape_ends_it(show):
    page = show(example())
    box(page, "x").focus()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("op:MatMul")
    expect(page.locator(LIT)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).to_have_value("")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    expect(page.locator(".tfkit-found")).to_be_hidden()
    for mark in (".tfkit-lighted", ".tfkit-found-here", ".tfkit-count"):
        expect(page.locator(mark)).to_have_count(0)
