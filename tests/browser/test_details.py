"""The panel: what is known of a node or group, and what lights up from there."""

import pytest
from playwright.sync_api import expect

from tests.browser.acts import LIT, box, closed, names, opened
from tests.drawing.cases import diamond, example
from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Node, Output, Source, Summary

pytestmark = pytest.mark.browser


@pytest.fixture
def dense(show):
    """The page of the example with the dense layer open."""
    page = show(example())
    closed(page, "model/dense").locator("button").click()
    expect(opened(page, "model/dense")).to_be_visible()
    return page


def test_details_say_what_is_known_and_lead_on(show):
    value = Summary(6, "[[0.5 ...]]", -1.25, 2.5, 0.125, 0.75)
    kernel = Node(
        *("net/kernel", "VarHandleOp", "kernel", ("net",), Kind.VARIABLE),
        outputs=(Output((2, 3), "float32", "/device:CPU:0", value, Summary(6, "[[nan ...]]", nan=6)),),
        attributes={"trainable": True},
        source=Source("cell [3]", 7, "kernel = tf.Variable(start)"),
    )
    graph = Graph("net", (kernel, Node("double", "Mul", "double")), (Edge("net/kernel", "double"),))
    page = show(graph)
    box(page, "net/kernel").click()
    details = page.locator(".tfkit-details")
    facts = ("kernel", "VarHandleOp", "variable", "(2, 3)", "float32", "/device:CPU:0", "[[0.5 ...]]", "-1.25", "2.5")
    for fact in (*facts, "0.125", "trainable", "true", "cell [3], line 7", "kernel = tf.Variable(start)"):
        expect(details).to_contain_text(fact)
    values = dict(zip(details.locator("dt").all_inner_texts(), details.locator("dd").all_inner_texts(), strict=True))
    assert values["NaN"] == "6"  # of the gradient, which stands last
    details.get_by_role("button", name="double").click()
    expect(details.locator("h3")).to_have_text("double")
    details.get_by_role("button", name="kernel (2, 3)").click()
    expect(details.locator("h3")).to_have_text("kernel")
    details.get_by_role("button", name="Close details").click()
    expect(details).to_be_hidden()
    expect(page.locator("[aria-selected]")).to_have_count(0)


def test_a_link_opens_the_group_that_its_node_is_hidden_in(show):
    page = show(example())
    box(page, "x").click()
    page.locator(".tfkit-details").get_by_role("button", name="MatMul").click()
    expect(opened(page, "model/dense")).to_be_visible()
    expect(box(page, "model/dense/MatMul")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize(
    ("node", "line"),
    [
        ("model/dense/MatMul", 'Multiply the matrix "a" by the matrix "b".'),
        ("model/softmax/", "Softmax activation layer."),
    ],
    ids=["operation", "layer"],
)
def test_one_line_says_what_an_operation_or_layer_does(dense, node, line):
    box(dense, node).click()
    expect(dense.locator(".tfkit-doc")).to_contain_text(line)


def test_a_value_is_seen_as_a_histogram_and_as_a_picture(dense):
    box(dense, "model/dense/kernel").click()
    chart = dense.locator(".tfkit-details .tfkit-chart")
    expect(chart).to_have_attribute("aria-label", "Histogram from -0.08 to 0.08")
    assert chart.locator("path").get_attribute("d").count("M") == 16
    pixels = dense.locator("canvas.tfkit-picture").evaluate(
        "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    )
    rows = example()["model/dense/kernel"].outputs[0].value.picture
    assert pixels[::4] == [17 * int(digit, 16) for row in rows for digit in row]


def test_what_is_not_finite_has_a_flag(dense):
    flag = dense.locator(".tfkit-details h4", has_text="Gradient").locator(".tfkit-flag")
    box(dense, "model/dense/Add").click()
    expect(flag).to_be_visible()
    box(dense, "model/dense/MatMul").click()
    expect(dense.locator(".tfkit-details h3")).to_have_text("MatMul")
    expect(flag).to_have_count(0)


def test_a_layer_lists_its_weights_with_their_ranges(show):
    page = show(example())
    closed(page, "model/dense").locator(".tfkit-label").click()
    weights = page.locator(".tfkit-weights li")
    expect(weights).to_have_count(2)
    expect(weights.nth(0)).to_contain_text("kernel (784, 10)")
    expect(weights.nth(0).locator(".tfkit-range")).to_have_text("-0.08 \u2026 0.08")
    expect(weights.nth(0).locator(".tfkit-chart")).to_be_visible()
    expect(page.locator(".tfkit-details")).to_contain_text("7,850")
    weights.nth(1).get_by_role("button").click()
    expect(box(page, "model/dense/bias")).to_have_attribute("aria-selected", "true")


def test_the_wires_of_what_is_selected_stand_out(show):
    page = show(diamond())
    box(page, "c").click()
    expect(page.locator(".tfkit-wire.tfkit-lit")).not_to_have_count(0)
    lit = page.locator(".tfkit-wire.tfkit-lit").count()
    assert 3 <= lit < page.locator(".tfkit-wire").count()


HIGHLIGHTS = {
    "Depends on": (["a", "b", "c"], "Depends on 2 operations."),
    "Leads to": (["c", "e"], "Leads to 1 operation."),
}


@pytest.mark.parametrize("button", HIGHLIGHTS)
def test_all_that_something_depends_on_or_leads_to_is_lit(show, button):
    page = show(diamond())
    box(page, "c").click()
    page.get_by_role("button", name=button).click()
    lit, words = HIGHLIGHTS[button]
    expect(page.get_by_role("status")).to_have_text(words)
    assert names(page.locator(LIT)) == lit
    assert page.locator(".tfkit-on-way").count() > 0
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".tfkit-lighted")).to_have_count(0)
    expect(page.locator(".tfkit-on-way")).to_have_count(0)
    expect(page.get_by_role("status")).to_be_hidden()


def test_what_a_closed_group_depends_on_is_lit_with_it(show):
    page = show(example())
    closed(page, "model/softmax").locator(".tfkit-label").click()
    page.get_by_role("button", name="Depends on").click()
    expect(page.locator(LIT)).to_have_count(3)
    assert names(page.locator(LIT)) == ["x", "model/dense/", "model/softmax/"]
    expect(closed(page, "model/dense").locator(".tfkit-count")).to_have_text("4")


PATHS = {
    ("a", "e"): (["a", "c", "d", "e"], "4 operations on the path."),
    ("e", "b"): (["b", "c", "d", "e"], "4 operations on the path."),  # in whichever direction there is one
    ("c", "d"): ([], "No path joins these two."),
}


@pytest.mark.parametrize("by_shift", [False, True], ids=["button", "shift"])
@pytest.mark.parametrize("ends", PATHS, ids="-".join)
def test_the_path_between_two_boxes_is_lit(show, ends, by_shift):
    page = show(diamond())
    box(page, ends[0]).click()
    expect(page.locator(".tfkit-details")).to_be_visible()
    if by_shift:
        box(page, ends[1]).click(modifiers=["Shift"])
    else:
        page.get_by_role("button", name="Path to\u2026").click()
        expect(page.get_by_role("status")).to_contain_text("Choose the box at the other end")
        box(page, ends[1]).click()
    lit, words = PATHS[ends]
    expect(page.get_by_role("status")).to_have_text(words)
    assert names(page.locator(LIT)) == lit


def test_a_path_that_was_begun_can_be_given_up(show):
    page = show(diamond())
    box(page, "a").click()
    page.get_by_role("button", name="Path to\u2026").click()
    page.get_by_role("button", name="Cancel").click()
    box(page, "e").click()
    expect(page.locator(".tfkit-details h3")).to_have_text("e_add")
    expect(page.locator(".tfkit-lighted")).to_have_count(0)


def test_the_line_that_made_a_node_stands_among_its_neighbours(dense):
    box(dense, "model/dense/MatMul").click()
    lines = dense.locator(".tfkit-details .tfkit-line-of-code")
    assert lines.locator("code").all_inner_texts() == [
        "x = keras.Input((784,))",
        " ",
        "dense = layers.Dense(10)(x)",
        "y = layers.Softmax()(dense)",
    ]
    expect(dense.locator(".tfkit-place")).to_have_text("lesson.py, line 12")
    expect(dense.locator(".tfkit-current[aria-current=true]")).to_contain_text("12dense = layers.Dense(10)(x)2")
    expect(dense.locator(".tfkit-current")).to_have_count(1)
    for number in lines.locator(
        "span:first-child"
    ).all():  # and no field to write in, of which there are some elsewhere
        expect(number).to_have_css("border-top-width", "0px")
    dense.locator("[data-line='13']").click()
    expect(dense.get_by_role("status")).to_have_text("Line 13 made 1 operation.")
    assert names(dense.locator(LIT)) == ["model/softmax/"]
    dense.locator("[data-line='12']").click()
    expect(dense.get_by_role("status")).to_have_text("Line 12 made 2 operations.")
    assert names(dense.locator(LIT)) == ["model/dense/MatMul", "model/dense/Add"]


def test_the_code_of_the_whole_graph_lights_what_its_lines_made(show):
    page = show(example())
    page.get_by_role("button", name="Code", exact=True).click()
    details = page.locator(".tfkit-details")
    expect(details.locator("h3")).to_have_text("Code")
    assert details.locator(".tfkit-place").all_inner_texts() == ["lesson.py", "cell [3]"]
    assert details.locator("[data-line]").all_inner_texts() != []
    details.get_by_role("button", name="e = a * b + (a + b)").click()
    expect(page.get_by_role("status")).to_have_text("Line 2 made 1 operation.")
    assert names(page.locator(LIT)) == ["loss/mean"]


def test_no_code_no_button_for_it(show):
    page = show(diamond())
    expect(page.get_by_role("button", name="Code", exact=True)).to_have_count(0)
