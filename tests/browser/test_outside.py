"""No test in this folder can ask another machine for anything without failing; this one shows that it is noticed."""

import pytest

from tests.servers import wait_until

pytestmark = pytest.mark.browser

WAYS = {
    "image.invalid": "new Image().src = 'https://image.invalid/a.png'",
    "script.invalid": "document.head.append(Object.assign(document.createElement('script'), "
    "{ src: 'http://script.invalid/a.js' }))",
    "frame.invalid": "document.body.append(Object.assign(document.createElement('iframe'), "
    "{ src: 'https://frame.invalid' }))",
    "beacon.invalid": "navigator.sendBeacon('https://beacon.invalid/', 'x')",
    "socket.invalid": "new WebSocket('wss://socket.invalid/')",
    "worker.invalid": "new Worker(URL.createObjectURL(new Blob([\"fetch('https://worker.invalid/')\"])))",
    "192.0.2.1": "fetch('http://192.0.2.1/')",  # no name to look up
    "169.254.169.254": "fetch('http://169.254.169.254/latest/')",  # near, and still not this machine
    "form.invalid": "Object.assign(document.body.appendChild(document.createElement('form')), "
    "{ action: 'http://form.invalid/' }).submit()",
}


def test_whatever_way_a_page_takes_to_another_machine_is_noticed(chromium, outside, tmp_path):
    (tmp_path / "page.html").write_text("<!doctype html><body></body>")
    page = chromium.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.evaluate(f"() => {{ {'; '.join(WAYS.values())}; }}")
    wait_until(lambda: all(any(host in asked for asked in outside.asked) for host in WAYS))
    page.close()
    with pytest.raises(AssertionError, match=r"asked other machines: .*image\.invalid"):  # so does every test here
        outside.expect_nothing()
    outside.expect_nothing()  # what was told is not told of the next test again
