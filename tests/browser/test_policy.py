"""The policy of a page of its own: all of the page works under it, and no code that is not ours would run.

That names are no code is shown elsewhere, without it; this is what would hold if that failed.
"""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import named
from tests.browser.acts import box, choose, closed, opened, search
from tests.browser.named import HOSTILE
from tests.drawing.cases import example, pseudo_random
from tests.gradients.test_history import made
from tests.servers import wait_until
from tfkit.display import MONITOR_MIME_TYPE, SURFACE_MIME_TYPE, page
from tfkit.drawing.style import STYLE
from tfkit.gradients._replay import payload

pytestmark = pytest.mark.browser

# Keeps what the policy refused: by which rule, and what.
LISTEN = """window.refused = [];
document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
  refused.push([effectiveDirective, blockedURI]));"""
MORE = [
    "<img src=x onerror='canary = 1'>",
    "<script>canary = 1</script>",
    "<script src='data:text/javascript,canary = 1'></script>",
    "<iframe srcdoc='<script>parent.canary = 1</script>'></iframe>",
    "<object data='data:text/html,<script>canary = 1</script>'></object>",
    "<svg onload='canary = 1'></svg>",
    "<base href='https://base.invalid/'>",
    "<link rel=stylesheet href='https://style.invalid/a.css'><link rel=preconnect href='https://near.invalid'>",
    "<video src='https://film.invalid/'></video><embed src='https://embed.invalid/'>",
    "<style>@import 'https://import.invalid/a.css'; @font-face {font-family: f; src: url(https://font.invalid)}</style>",
    "<form id=leaving action='https://form.invalid/'><button>x</button></form>",
    "<a id=code href='javascript:canary = 1'>x</a>",
]
# What code would do that had got into the page all the same; each returns whether it could.
ATTEMPTS = {
    "fetch": "() => fetch('https://fetch.invalid/').then(() => true, () => false)",
    "socket": "() => { try { new WebSocket('wss://socket.invalid/'); } catch { } return false; }",
    "beacon": "() => { navigator.sendBeacon('https://beacon.invalid/', 'x'); return false; }",
    "image": "() => new Promise((done) => Object.assign(new Image(), "
    "{ onload: () => done(true), onerror: () => done(false), src: 'https://image.invalid/' }))",
    "inline": "() => { const one = document.createElement('script'); one.textContent = 'canary = 1'; "
    "document.body.append(one); return false; }",
    "blob": "() => new Promise((done) => document.body.append(Object.assign(document.createElement('script'), "
    "{ onload: () => done(true), onerror: () => done(false), src: URL.createObjectURL(new Blob(['canary = 1'])) })))",
    "handler": "() => { document.body.setAttribute('onclick', 'canary = 1'); document.body.click(); return false; }",
    "form": "() => { document.querySelector('#leaving').submit(); return false; }",
    "link": "() => { document.querySelector('#code').click(); return false; }",
}


RULES = {
    *("script-src-elem", "script-src-attr", "style-src-elem", "connect-src", "img-src", "media-src", "object-src"),
    *("base-uri", "form-action"),
}


def views() -> dict[str, tuple[str, str]]:
    """Return a page of each kind, and the class of its view."""
    monitor = page("training", MONITOR_MIME_TYPE, payload(made(), (), is_running=False), "words")
    surface = page("loss", SURFACE_MIME_TYPE, named.surface("w")._payload(), "words")
    return {
        "graph": (example().to_html(), ".tfkit-graph"),
        "monitor": (monitor, ".tfkit-monitor"),
        "surface": (surface, ".tfkit-surface"),
    }


@pytest.fixture
def open_page(show) -> Callable[..., Any]:
    return lambda html, root=".tfkit-graph", **options: show(html, root=root, before=LISTEN, **options)


def test_it_lets_nothing_be_fetched_and_only_our_script_run():
    for html, _ in views().values():
        head, body = html.split("</head>")
        (policy,) = [part.split('"')[0] for part in head.split('Content-Security-Policy" content="')[1:]]
        assert head.index("<meta charset") < head.index(policy) < head.index("<title>")
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
        assert rules["script-src"].startswith("'sha256-") and " " not in rules["script-src"]
        assert rules["worker-src"] == rules["img-src"] == "blob:"
        assert body.count("<script>") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_graph_can_be_used_wholly_under_it(open_page, results, scheme):
    view = open_page(example().to_html(), color_scheme=scheme)
    closed(view, "model/dense").locator("button").click()
    expect(opened(view, "model/dense")).to_be_visible()
    box(view, "model/dense/MatMul").click()
    expect(view.locator(".tfkit-details")).to_contain_text("MatMul")
    expect(search(view, "op:MatMul")).to_have_text("1 found")
    view.screenshot(path=results / f"policy_{scheme}.png")
    for form in ("svg", "png", "pdf", "dot", "json"):
        view.get_by_role("button", name="Save \u25be").click()
        with view.expect_download() as download:
            view.locator(f"[data-action=save-{form}]").click()
        assert download.value.failure() is None
    ground = view.locator(".tfkit-graph").evaluate("one => getComputedStyle(one).getPropertyValue('--tfkit-ground')")
    assert ground == STYLE["dark_colors" if scheme == "dark" else "colors"]["ground"]
    assert view.evaluate("refused") == []


def test_a_large_graph_is_laid_out_in_a_worker_under_it(open_page):
    view = open_page(pseudo_random(2000, groups=40, seed=5).to_html())
    assert len(view.workers) == 1
    choose(view, "open-all")
    expect(view.locator("[aria-expanded=false]")).to_have_count(0)
    assert view.evaluate("refused") == []


@pytest.mark.parametrize("kind", ["monitor", "surface"])
def test_the_other_views_can_be_used_under_it(open_page, kind):
    html, root = views()[kind]
    view = open_page(html, root)
    for slider in view.locator("input[type=range]").all():
        slider.press("Home")
    assert view.evaluate("refused") == []


@pytest.mark.parametrize("kind", ["graph", "monitor", "surface"])
def test_code_that_got_into_a_page_does_not_run(chromium, outside, tmp_path, kind):
    html, root = views()[kind]
    (tmp_path / "page.html").write_bytes(
        html.replace("</body>", "".join([*MORE, *HOSTILE, "</body>"])).encode("utf-8", "replace")
    )
    view = chromium.new_page()
    view.add_init_script(LISTEN)
    view.goto((tmp_path / "page.html").as_uri())
    view.locator(f"{root}[data-state=ready]").wait_for()
    for name, attempt in ATTEMPTS.items():
        assert (name, view.evaluate(attempt)) == (name, False)
    wait_until(lambda: {rule for rule, _ in view.evaluate("refused")} >= RULES)
    assert view.evaluate("window.canary") is None
    assert view.url.startswith("file:") and view.evaluate("document.baseURI").startswith("file:")
    view.close()
    # Chromium opens a line to where a form would be sent before it asks the policy; nothing is said over it.
    assert set(outside.take()) <= {"CONNECT form.invalid:443"}


def test_without_it_that_code_would_run(chromium, tmp_path):
    (tmp_path / "page.html").write_text("<!doctype html><body>" + "".join(MORE[:2]))
    view = chromium.new_page()
    view.goto((tmp_path / "page.html").as_uri())
    view.wait_for_function("window.canary === 1")
    view.close()
