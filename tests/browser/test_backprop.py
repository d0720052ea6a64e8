"""Back-propagation in a page of its own: steps, sliders that need no kernel, and what is said of the gradients."""

import pytest
import tensorflow as tf
from playwright.sync_api import expect

import tfkit
from tests.browser.acts import box, closed

pytestmark = pytest.mark.browser


def house(x, y, w, b):
    z = w * x + b
    return (z - y) ** 2


@pytest.fixture
def page_of(show, tmp_path):
    """A function that shows the page that `Backprop.save` writes."""

    def shown(bp, **options):
        return show(bp.save(tmp_path / "backprop.html").read_text("utf-8"), **options)

    return shown


@pytest.fixture
def priced(page_of):
    return page_of(tfkit.backprop(house, 6.7, 9.1, -0.34, 0.04, wrt=["w", "b"]))


def value(page, node_id):
    return box(page, node_id).locator(".tfkit-value")


def gradient(page, node_id):
    return box(page, node_id).locator(".tfkit-gradient")


def slide(page, name, number):
    knob = page.locator(f"[data-knob='{name}']")
    knob.evaluate("(element, number) => { element.value = number; element.dispatchEvent(new Event('input')); }", number)


def press(page, title):
    page.locator(f"button[title^='{title}']").click()


def test_the_numbers_stand_on_the_graph(priced, results):
    root = priced.locator(".tfkit-backprop")
    expect(root).to_have_attribute("data-state", "ready")
    expect(value(priced, "add")).to_have_text("= -2.238")
    expect(value(priced, "pow")).to_have_text("= 128.5502")
    expect(gradient(priced, "w")).to_have_text("grad -151.9292")
    expect(gradient(priced, "b")).to_have_text("grad -22.676")
    expect(priced.locator(".tfkit-share", has_text="6.7 · -22.68")).to_be_visible()
    expect(priced.locator(".tfkit-agreement")).to_have_text("✓ gradients checked")
    priced.screenshot(path=results / "backprop.png")


def test_steps_go_forward_and_back(priced, results):
    press(priced, "Before the first step")
    expect(value(priced, "w")).to_be_visible()
    expect(value(priced, "mul")).to_be_hidden()
    press(priced, "One step on")
    expect(value(priced, "mul")).to_be_visible()
    expect(value(priced, "add")).to_be_hidden()
    expect(priced.locator(".tfkit-told")).to_have_text("Forward: mul = Mul(w, x) = -2.278")
    expect(box(priced, "mul")).to_have_class("tfkit-node tfkit-op tfkit-no-gradient tfkit-at-step")
    for _ in range(4):
        press(priced, "One step on")
    expect(priced.locator(".tfkit-told")).to_contain_text("Backward: pow has the gradient 1")
    expect(gradient(priced, "sub")).to_be_visible()
    expect(gradient(priced, "add")).to_be_hidden()
    priced.screenshot(path=results / "backprop_step.png")
    press(priced, "One step back")
    expect(gradient(priced, "sub")).to_be_hidden()
    press(priced, "After the last step")
    expect(gradient(priced, "w")).to_be_visible()


def test_keys_step_as_well(priced):
    priced.locator(".tfkit-canvas").focus()
    priced.keyboard.press(",")
    expect(priced.locator(".tfkit-step-count")).to_have_text("7 of 8 steps")
    expect(gradient(priced, "w")).to_be_hidden()
    priced.keyboard.press(".")
    expect(priced.locator(".tfkit-step-count")).to_have_text("8 of 8 steps")


def test_the_steps_play_by_themselves(priced):
    press(priced, "Play the steps")
    expect(priced.locator(".tfkit-step-count")).to_have_text("2 of 8 steps")
    press(priced, "Play the steps")


def test_a_slider_computes_in_the_page(priced):
    slide(priced, "w", 0.66)
    expect(value(priced, "mul")).to_have_text("= 4.421999")
    expect(gradient(priced, "w")).to_have_text("grad -62.14921")
    expect(priced.locator("input[aria-label=w]")).to_have_value("0.66")
    assert "computed in the page in float64" in priced.locator(".tfkit-agreement").get_attribute("title")


def test_a_step_of_gradient_descent_gives_the_numbers_of_the_deck(priced):
    priced.get_by_role("button", name="Descend").click()
    expect(value(priced, "w")).to_have_text("= 1.179292")
    expect(value(priced, "b")).to_have_text("= 0.26676")
    expect(value(priced, "pow")).to_contain_text("= 0.86859")
    priced.get_by_role("button", name="Reset").click()
    expect(value(priced, "pow")).to_have_text("= 128.5502")


def test_the_page_computes_what_python_does(page_of):
    def much(x, y):
        return tf.exp(tf.sin(x) * y) + tf.sqrt(tf.abs(x - y)) / tf.math.softplus(x * y) - tf.maximum(x, y) ** 3

    bp = tfkit.backprop(much, 0.7, 1.3)
    page = page_of(bp)
    slide(page, "x", 0.5)
    page.locator("input[aria-label=x]").fill("0.55")
    page.locator("input[aria-label=x]").press("Enter")
    bp.set(x=0.55)
    shown = page.locator(".tfkit-gradient").all_text_contents()
    wanted = [node.outputs[0].gradient.minimum for node in bp.graph.nodes if node.kind != "constant"]
    found = sorted(float(text.removeprefix("grad ").replace(",", "")) for text in shown)
    assert found == pytest.approx(sorted(wanted), rel=2e-5)


def test_what_needs_python_says_so(page_of):
    page = page_of(tfkit.backprop(lambda w: tf.reduce_sum(w * tf.constant([1.0, 2.0])), 3.0))
    expect(page.locator("[data-knob=w]")).to_be_disabled()
    expect(page.locator(".tfkit-hint")).to_contain_text("run the cell again")


def test_details_follow_the_slider(priced):
    slide(priced, "w", 0.5)
    expect(value(priced, "mul")).to_have_text("= 3.35")
    box(priced, "mul").click()
    expect(priced.locator(".tfkit-details")).to_contain_text("3.35")


def test_steps_in_closed_groups_are_shown_at_the_group(page_of):
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "relu"), keras.layers.Dense(1)], name="net")
    page = page_of(tfkit.backprop(model, tf.ones((1, 2)), loss=lambda y: tf.reduce_sum(y**2)))
    press(page, "Before the first step")
    press(page, "One step on")
    expect(page.locator(".tfkit-node.tfkit-at-step")).to_have_count(1)
    assert closed(page, "net/dense").count() or page.locator("[aria-expanded=false]").count()


@pytest.mark.parametrize(("width", "scheme"), [(400, "light"), (1000, "dark")])
def test_narrow_and_dark(page_of, results, width, scheme):
    page = page_of(tfkit.backprop(house, 6.7, 9.1, -0.34, 0.04), width=width, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=results / f"backprop_{width}_{scheme}.png")


def test_a_graph_without_gradients_has_no_steps(show):
    page = show(tfkit.trace(house, 6.7, 9.1, -0.34, 0.04))
    expect(page.locator(".tfkit-backprop-bar")).to_have_count(0)
    expect(page.locator(".tfkit-backprop")).to_have_count(0)
