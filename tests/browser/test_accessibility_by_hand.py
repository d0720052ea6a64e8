"""What WCAG 2.2 AA asks for and axe-core cannot see. Results stand in docs/accessibility.md."""

import functools

import pytest
from playwright.sync_api import expect

from tests.browser.test_monitor import html as page_of_monitor
from tests.browser.views import KINDS, open_page
from tests.gradients.test_history import made
from tfkit.parts import Kind

pytestmark = pytest.mark.browser
SCHEMES = ("light", "dark")


@pytest.fixture
def opened(show):
    return functools.partial(open_page, show)


# Everything that Tab should come to, and after Tab what has the focus: how it is marked, and whether it is in sight.
STOPS = """() => [...document.querySelectorAll("button, input, select, summary, [tabindex='0']")].filter((one) =>
    one.checkVisibility() && !one.disabled && one.tabIndex >= 0 && !one.closest("[popover]:not(:popover-open)"))"""
FOCUSED = """() => {
    const one = document.activeElement;
    if (one === document.body) return null;
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    const { left, top, right, bottom } = one.getBoundingClientRect();
    const inSight = left >= -1 && top >= -1 && left < innerWidth && bottom <= innerHeight + 1; // a line may be long
    const stop = [...(STOPS)()].indexOf(one);
    return { stop, inSight, style: outlineStyle, width: parseFloat(outlineWidth), at: [left, top, right, bottom] };
}""".replace("STOPS", STOPS)
# The contrast of colours with the ground of a view (WCAG 2.2, 1.4.11).
CONTRAST = """([selector, property]) => {
    const paper = document.createElement("canvas").getContext("2d");
    const light = (color) => {
        paper.fillStyle = color;
        paper.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...paper.getImageData(0, 0, 1, 1).data].map((v) =>
            (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const view = document.querySelector(".tfkit-graph, .tfkit-monitor, .tfkit-surface");
    const ground = light(getComputedStyle(view).backgroundColor);
    return [...document.querySelectorAll(selector)].map((one) => {
        const line = light(getComputedStyle(one)[property]);
        return (Math.max(line, ground) + 0.05) / (Math.min(line, ground) + 0.05);
    });
}"""


@pytest.mark.parametrize(("name", "scheme"), [*((name, "light") for name in KINDS), ("graph", "dark")])
def test_tab_comes_to_everything_and_shows_where_it_is(opened, name, scheme):
    page = opened(name, details=True, width=1000, height=1000, color_scheme=scheme)
    stops = page.evaluate(f"({STOPS})().map((one) => one.outerHTML.slice(0, 200))")
    found = []
    for _ in range(2 * len(stops) + 2):  # once around, from wherever it begins
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUSED)
        if focus is None:  # out of the page
            found.append(None)
            continue
        if focus["stop"] in found:
            break
        found.append(focus["stop"])
        at = stops[focus["stop"]]
        assert focus["inSight"] and focus["style"] != "none" and focus["width"] >= 2, (at, focus)
        assert min(page.evaluate(CONTRAST, [":focus", "outlineColor"])) >= 3, (at, focus)
    assert stops and {None, *range(len(stops))} == set(found)


# What is smaller than 24 px (2.5.8), and has no other way to the same on the page. The button of a group does what the
# menu of groups does, a name beside the map what the list of variables does.
SMALL = """() => [...document.querySelectorAll("button, input, select, summary, .tfkit-entry")].filter((one) =>
    one.checkVisibility() && !one.matches(".tfkit-toggle, .tfkit-map-names button, label input")).flatMap((one) => {
    const { width, height } = one.getBoundingClientRect();
    return width < 24 || height < 24 ? [`${one.outerHTML.slice(0, 90)} ${width} x ${height}`] : [];
})"""


# What is cut off or stands beyond the right edge of the page, other than in a drawing, which is moved.
LOST = """() => [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility() &&
    !one.closest(".tfkit-canvas > *, .tfkit-summary, .tfkit-unseen, .tfkit-code, noscript, script, [popover]")
    && !(one instanceof SVGElement)).flatMap((one) => {
    const { left, right } = one.getBoundingClientRect();
    const clipped = getComputedStyle(one).overflowX === "hidden" && !one.matches(".tfkit-name, .tfkit-name strong")
        && !one.matches("[title], .tfkit-graph") && one.scrollWidth > one.clientWidth + 1;
    return left < -1 || right > innerWidth + 1 || clipped ? [one.outerHTML.slice(0, 90)] : [];
})"""


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_lost_at_400_percent(opened, results, name):
    page = opened(name, details=True, width=320, height=256)  # 1280 x 1024, magnified four times (1.4.10)
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(LOST) == []
    for canvas in page.locator(".tfkit-canvas").all():
        size = canvas.bounding_box()
        assert size["height"] >= 200 and canvas.locator("> svg").bounding_box()["height"] >= size["height"] - 1
    details = page.locator(".tfkit-details")
    if details.count():
        assert details.evaluate("one => one.scrollHeight - one.clientHeight") <= 1  # it is all on the page
    page.screenshot(path=results / f"accessibility_320_{name}.png", full_page=True)


CUT = """all => all.filter((one) => one.scrollWidth > one.clientWidth + 1
    || one.scrollHeight > one.clientHeight + 1).map((one) => one.outerHTML)"""
SPACING = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
WORDS = ".tfkit-button:visible, figcaption, li, dd, .tfkit-told, .tfkit-where, .tfkit-agreement"


@pytest.mark.parametrize("name", KINDS)
def test_targets_are_large_enough_and_text_may_be_spaced_out(opened, name):
    page = opened(name, details=True)
    assert page.evaluate(SMALL) == []
    page.add_style_tag(content=SPACING)  # 1.4.12
    assert page.locator(WORDS).evaluate_all(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000


def test_targets_in_what_opens_are_large_enough(opened):
    page = opened("graph")
    for name in ("Groups", "Save", "Code"):
        page.get_by_role("button", name=name).click()
        assert page.evaluate(SMALL) == []
    expect(page.locator(".tfkit-details h3")).to_have_text("Code")


# The lines by which fields, boxes and wires are known.
LINES = {
    "graph": [
        *((f".tfkit-{one}", "borderTopColor") for one in ("search", "row .tfkit-button")),
        *((one, "stroke") for one in (".tfkit-node .tfkit-shape", ".tfkit-wire path")),
    ],
    "waiting": [(".tfkit-control path", "stroke"), (".tfkit-control .tfkit-tip", "fill")],
    "backprop": [(".tfkit-number", "borderTopColor"), (".tfkit-descent .tfkit-button", "borderTopColor")],
    "monitor": [
        (".tfkit-button, .tfkit-paint", "borderTopColor"),
        (".tfkit-series, .tfkit-cursor", "stroke"),
        (".tfkit-spread-bar", "fill"),
    ],
}


@pytest.mark.parametrize("name", LINES)
def test_lines_stand_out_from_their_ground(opened, name):
    page = opened(name, details=True)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for selector, line in LINES[name]:
            contrasts = page.evaluate(CONTRAST, [selector, line])
            assert contrasts and min(contrasts) >= 3, (scheme, selector, contrasts)


def test_kinds_marks_and_lines_differ_in_more_than_colour(opened):
    page = opened("overlay")
    shape = """node => JSON.stringify([...node.querySelectorAll(":scope > :not(text)")].map((one) => [one.tagName,
        one.getAttribute("class"), one.getAttribute("stroke-dasharray"), one.getAttribute("rx")]))"""
    kinds = {kind: page.locator(f".tfkit-{kind}.tfkit-node").first.evaluate(shape) for kind in Kind if kind != "scope"}
    assert len(set(kinds.values())) == len(kinds)
    page = opened("marks")
    signs = page.locator(".tfkit-sign-text").all_text_contents()
    assert set(signs) == {"!", "+", "\u2212", "\u2260"}
    page = opened("waiting")
    dashes = page.locator(".tfkit-wire path:first-child").evaluate_all(DASHES)
    assert len(set(dashes)) == 2
    page = opened("monitor")
    assert len(set(page.locator(".tfkit-closely .tfkit-series").evaluate_all(DASHES))) == 4
    page = opened("surface")
    assert len(set(page.locator("polyline[stroke-width='2']").evaluate_all(DASHES))) == 2


DASHES = "all => all.map((one) => getComputedStyle(one).strokeDasharray)"


# What colours of the page's own must stay different where the system sets all others.
KEPT = {
    "overlay": [(".tfkit-step", "backgroundColor", 6)],
    "monitor": [(".tfkit-swatch", "backgroundColor", 6), (".tfkit-key path", "stroke", 4)],
}
# What must be seen on the system's ground.
SEEN = {
    "graph": [(".tfkit-node .tfkit-shape", "stroke")],
    "monitor": [(".tfkit-map-cursor", "backgroundColor"), (".tfkit-series", "stroke")],
}


@pytest.mark.parametrize("name", ["graph", "overlay", "backprop", "monitor", "surface"])
def test_nothing_is_lost_where_the_system_sets_the_colours(opened, results, name):
    page = opened(name, details=True, forced_colors="active")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=results / f"accessibility_forced_{name}_{scheme}.png")
        for selector, part, count in KEPT.get(name, []):
            colors = page.locator(selector).evaluate_all(f"all => all.map((one) => getComputedStyle(one).{part})")
            assert len(set(colors)) == count, (selector, colors)
        fields = ("input:not([type=range], [type=checkbox]), select", "borderTopColor")
        for selector, part in [fields, *SEEN.get(name, [])]:
            assert min([21, *page.evaluate(CONTRAST, [selector, part])]) >= 3, (scheme, selector)


def test_the_line_of_code_that_is_meant_is_marked_there_too(opened):
    page = opened("backprop", details=True, forced_colors="active")
    expect(page.locator(".tfkit-details .tfkit-current")).to_be_visible()
    assert min(page.evaluate(CONTRAST, [".tfkit-current", "borderLeftColor"])) >= 3
    assert max(page.evaluate(CONTRAST, [".tfkit-line-of-code:not(.tfkit-current)", "borderLeftColor"])) < 1.1


TURNS = """
window.turns = [];
window.setInterval = (act, pause) => { turns.push({ act, pause }); return turns.length; };
window.clearInterval = () => {};
"""


@pytest.mark.parametrize(("motion", "pause", "reports"), [("reduce", 1000, 27), ("no-preference", 15_000 / 399, 1)])
def test_a_replay_is_calm_for_those_who_want_less_motion(show, motion, pause, reports):
    page = show(page_of_monitor(made(400)), root=".tfkit-monitor", before=TURNS, reduced_motion=motion)
    page.get_by_role("button", name="Play").click()
    assert page.evaluate("turns.map(({ pause }) => pause)") == [pytest.approx(pause)]
    assert page.get_by_label("Report", exact=True).input_value() == "0"
    page.evaluate("turns[0].act()")
    assert page.get_by_label("Report", exact=True).input_value() == str(reports)
    assert page.evaluate("document.getAnimations().length") == 0


def test_the_map_of_a_training_is_a_table_too(opened):
    page = opened("monitor")
    table = page.get_by_role("table", name="Length of the gradient over 12 reports")
    rows = [row.locator("th, td").all_inner_texts() for row in table.get_by_role("row").all()]
    assert rows[0] == ["Variable", "Least", "Greatest", "Last", "Marked"]
    norms = [track.gradient_norm for track in made().tracks]
    assert [row[0] for row in rows[1:]] == [track.name for track in made().tracks]
    assert [row[4] for row in rows[1:]] == ["1 of 12", "1 of 12", "0 of 12"]
    assert [float(row[3]) for row in rows[1:]] == pytest.approx([norm[-1] for norm in norms], rel=0.01)
    page.get_by_label("What the map shows").select_option("dead")
    expect(page.get_by_role("table", name="Share of units without a gradient over 12 reports")).to_have_count(1)


def test_what_is_looked_at_in_the_map_is_said(opened):
    page = opened("monitor")
    line = page.locator(".tfkit-map-line")
    expect(line).to_have_attribute("aria-live", "polite")
    page.locator(".tfkit-map").focus()
    page.keyboard.press("ArrowDown")
    expect(line).to_have_text("model/dense/bias: Length of the gradient 0.851")
    page.get_by_label("Variable", exact=True).select_option("model/dense/kernel")
    expect(page.locator("[aria-current]")).to_have_text("dense/kernel")
    for _ in range(6):
        page.locator(".tfkit-map").press("ArrowLeft")
    expect(line).to_have_text("model/dense/kernel: Length of the gradient NaN")
    page.get_by_role("button", name="Play").click()
    expect(line).to_have_attribute("aria-live", "off")  # not every report is read out
    page.get_by_role("button", name="Pause").click()
    expect(line).to_have_attribute("aria-live", "polite")


def test_pictures_of_a_training_say_what_they_show(opened):
    page = opened("monitor")
    names = page.locator("[role=img]").evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
    assert names[0] == "Loss (mean of the epoch so far) over 12 reports: loss from 3 to 0.25, 1 not finite"
    assert names[1] == "Length of the gradient, 3 variables"
    assert names[2].startswith("Gradient, weight and update over 12 reports: |gradient| from ")
    assert "most of the others near " in names[3] and len(names) == 5


@pytest.mark.parametrize("name", ["diamond", "graph", "marks", "diff"])
def test_a_box_is_called_by_the_name_that_is_seen(opened, name):
    page = opened(name)
    boxes = page.locator("[data-node-id]").all()
    assert boxes
    for one in boxes:
        seen = one.locator(".tfkit-label").text_content().split("\u2026")  # a long name is cut
        assert all(part in one.get_attribute("aria-label") for part in seen)
