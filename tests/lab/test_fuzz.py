"""Whatever is sent to the addresses of tfkit: an answer or a refusal, never an error of the server."""

import random
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.servers import BASE, Server, fetch, serve, wait_until, write_scalars

SECRET = "hush-900150983cd2"
ODD = [
    b"", b"%00", b"%ff", b"\xff\xfe", b"%ED%A0%80", b"%0d%0aX:y", b"%25s%n", b"a" * 5000, b"a/" * 3000, b"~",
    b"~nobody", b"..", b"%2e%2e", b"..%2f..%2fetc", b"%252e%252e", b"....//", b"//etc/passwd", b"/etc/passwd", b"C:\\x",
    b"\\\\h\\x", b".hidden", b".hidden/x.keras", b"out", b"out/secret.keras", b"round", b"file/x", b"file%00.keras",
    b"[", b"@evil:80", b"\xe2\x80\xae", b"%F0%9F%98%80", b"'", b"<script>", b";", b"?", b"=", b"&&", b"%", b"%zz",
    b"http://evil/",
]  # fmt: skip
METHODS = [
    b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"OPTIONS", b"TRACE", b"PROPFIND", b"get", b"", b"A" * 300, b"G\x00T",
]  # fmt: skip
BODIES = [
    b"", b"{", b"null", b"3", b'"x"', b"[]", b"{}", b"\xff\xfe", b"\x00", b"[" * 100_000, b"9" * 5000, b"x" * 1_000_000,
    *(b'{"logdir": %s}' % one for one in (
        b"3", b"[]", b"{}", b"null", b"1e999", b'""', b'"\\u0000"', b'"\\ud800"', b'"~x/y"',
    )),
    *(b'{"logdir": "%s"}' % one for one in (b"a" * 500_000, b"a/" * 2000, b"a" * 4000, b"gs://b", b"file", b"%s%n")),
    *(b'{"logdir": "later", "name": %s}' % one for one in (b"3", b'"\\ud800"', b"[" * 500 + b"]" * 500, b'"\\n<b>"')),
    b"requests=zz", b'--x\r\nContent-Disposition: form-data; name="requests"\r\n\r\n{\r\n--x--\r\n',
]  # fmt: skip
HEADERS = {
    b"Host": [b"", b"evil.example", b"[", b"\xff", b"127.0.0.1:1"],
    b"Origin": [b"null", b"http://[", b"://", b"", b"\xff", b"https://evil.example"],
    b"Referer": [b"\xff", b"://", b"https://evil.example/x"],  # Jupyter's own log stumbles over http://[
    b"Content-Length": [b"-1", b"x", b"99999999999"],
    b"Content-Type": [
        b"multipart/form-data",
        b"multipart/form-data; boundary=x",
        b"application/x-www-form-urlencoded",
        b"\xff",
    ],
    b"Content-Encoding": [b"gzip", b"zz"],
    b"Cookie": [b"\xff=;;=x", b"_xsrf=1; username-x=2|1:0|", b"a" * 5000],
    b"Authorization": [b"", b"token", b"token wrong", b"Bearer \xff", b"Basic zz"],
    b"Accept": [b"\xff", b"*/*;q=z"],
    b"Accept-Encoding": [b"zz;q=z", b"gzip"],
    b"Range": [b"bytes=9-1", b"bytes=\xff"],
    b"If-None-Match": [b"\xff", b'"', b"*"],
    b"If-Modified-Since": [b"yesterday", b"\xff"],
    b"Sec-Fetch-Site": [b"cross-site", b"\xff"],
    b"Upgrade": [b"websocket"],
    b"X-XSRFToken": [b"zz"],
    b"X-HTTP-Method-Override": [b"DELETE"],
}
# What TensorBoard itself does not foresee to be asked.
INNER = [
    b"data/plugin/images/individualImage?blob_key=x",
    b"data/plugin/images/images?run=a&tag=b&sample=zz",
    b"data/plugin/distributions/distributions",
    b"data/plugin/pr_curves/pr_curves",
    b"data/plugin/mesh/meshes",
    b"data/plugin/audio/audio",
    b"data/plugin/scalars/scalars?run=first&tag=loss&format=zz",
    b"data/plugin/text/text",
    b"data/plugin/projector/tensor?run=../..&name=x",
    b"data/plugin/graphs/graph?run=zz",
    b"data/runs?x=%ff",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a TensorBoard, and with secrets beside the folder that it shows."""
    folder = tmp_path_factory.mktemp("home")
    write_scalars(folder / "runs" / "first")
    (folder / "file").write_text("x")
    (folder / ".hidden").mkdir()
    secret = tmp_path_factory.mktemp("outside") / "secret.keras"
    for place in (secret, folder / ".hidden" / "x.keras"):
        place.write_text(SECRET)
    for link, target in (("out.keras", secret), ("out", secret.parent), ("round", Path("round"))):
        (folder / link).symlink_to(target)
    with serve(folder, tmp_path_factory.mktemp("user")) as running:
        yield running


@pytest.fixture(scope="module")
def board(server: Server) -> bytes:
    return str(server.open_board("runs")["id"]).encode()


def send(server: Server, method: bytes, target: bytes, body: bytes | None = None, **headers: bytes) -> bytes:
    """Send what no client would, and return all that comes back; nothing comes where the request is cut off."""
    place = urlsplit(server.url)
    known = {
        b"Host": place.netloc.encode(),
        b"Connection": b"close",
        b"Authorization": f"token {server.token}".encode(),
    }
    if body is not None:
        known[b"Content-Length"] = str(len(body)).encode()
    known |= {name.replace("_", "-").encode(): value for name, value in headers.items()}
    lines = [b"%s %s HTTP/1.1" % (method, target), *(b"%s: %s" % pair for pair in known.items() if pair[1] is not NONE)]
    got = b""
    with socket.create_connection((place.hostname, place.port), 20) as end:
        try:
            end.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + (body or b""))
            while part := end.recv(2**16):
                got += part
        except (ConnectionResetError, BrokenPipeError):
            pass
    return got


NONE = b"no such header"


def require_harmless(server: Server, answer: bytes, asked: object) -> int:
    """Require an answer or a refusal without a secret in it; return its status."""
    found = re.match(rb"HTTP/1\.1 ([0-9]{3}) ", answer)
    assert found, asked
    status = int(found[1])
    assert 200 <= status < 300 or status in (302, 304) or 400 <= status < 500, (status, asked)
    assert not any(word in answer for word in (b"Traceback", SECRET.encode(), b"root:")), asked
    return status


def targets(board: bytes) -> list[bytes]:
    start = f"{BASE}tfkit/".encode()
    names = (b"graph", b"lessons", b"tensorboard", b"tensorboard/" + board, b"tensorboard/" + board + b"/")
    return [
        start + name
        for name in (*names, b"tensorboard/" + board + b"/data/runs", b"tensorboard/0123456789abcdef/", b"x")
    ]


def test_every_odd_path_is_answered(server: Server, board: bytes) -> None:
    start = f"{BASE}tfkit/".encode()
    for odd in ODD:
        for target in (b"graph?path=%s", b"graph/%s", b"lessons?teacher=%s", b"tensorboard/%s", b"%s"):
            if target != b"graph?path=%s" or odd not in (
                b"",
                b"%00",
                b"&&",
                b"?",
            ):  # the folder itself: read once, below
                require_harmless(server, send(server, b"GET", start + target % odd), (target, odd))
        require_harmless(server, send(server, b"GET", start + b"tensorboard/%s/%s" % (board, odd)), odd)
    for inner in INNER:
        require_harmless(server, send(server, b"GET", start + b"tensorboard/%s/%s" % (board, inner)), inner)
    answer = send(server, b"GET", start + b"graph?path=")
    assert require_harmless(server, answer, "the folder itself") == 422


def test_every_method_and_body_is_answered(server: Server, board: bytes) -> None:
    for target in targets(board):
        for method in METHODS:
            require_harmless(server, send(server, method, target, b"" if method == b"POST" else None), (method, target))
        if not target.endswith(b"/lessons"):  # where lessons are copied, whatever the body
            for body in BODIES:
                kind = b"multipart/form-data; boundary=x" if body.startswith(b"--x") else b"application/json"
                require_harmless(server, send(server, b"POST", target, body, Content_Type=kind), (target, body[:60]))


def test_every_header_is_answered(server: Server, board: bytes) -> None:
    for target in targets(board):
        for name, values in HEADERS.items():
            for value in (*values, NONE):
                answer = send(server, b"GET", target, **{name.decode(): value})
                require_harmless(server, answer, (target, name, value))
                if name == b"Authorization" and not target.endswith(b"x"):
                    assert b" 403 " in answer.split(b"\r\n")[0] or b" 302 " in answer.split(b"\r\n")[0]


def test_anything_mixed_is_answered(server: Server, board: bytes) -> None:
    chance = random.Random(8)
    bodies = [None, *BODIES]
    for number in range(500):
        method, target, body = chance.choice(METHODS), chance.choice(targets(board)), chance.choice(bodies)
        target += b"/" + bytes(chance.choice(b"abc/.%?=&;\\~\xff<'\"2e0") for _ in range(chance.randrange(20)))
        names = chance.sample(sorted(HEADERS), 2)
        headers = {name.decode(): chance.choice(HEADERS[name]) for name in names if name != b"Content-Length"}
        require_harmless(server, send(server, method, target, body, **headers), (number, method, target, headers))


def test_strangers_get_nothing_and_change_nothing(server: Server, board: bytes) -> None:
    before = sorted(path.name for path in server.folder.rglob("*"))
    for target in targets(board):
        for method in (b"GET", b"POST", b"DELETE", b"PUT", b"HEAD"):
            for how in (
                {"Authorization": NONE},
                {"Authorization": b"token 0"},
                {"Cookie": b"a=b", "Authorization": NONE},
            ):
                answer = send(server, method, target, b'{"logdir": "runs"}', **how)
                status = require_harmless(server, answer, (method, target))
                assert status in (302, 403, 404, 405), (method, target, status)
                assert server.token.encode() not in answer
                assert b"first" not in answer and b"TensorBoard</title>" not in answer
    assert sorted(path.name for path in server.folder.rglob("*")) == before
    assert server.ask("tfkit/tensorboard").json[0]["state"] == "ready"


def test_a_login_of_a_browser_changes_nothing_without_its_mark(server: Server, board: bytes) -> None:
    cookie = str(server.ask("api/status").headers["Set-Cookie"]).split(";")[0].encode()
    for target in targets(board)[:-1]:  # the last one is Jupyter's own
        for method in (b"POST", b"DELETE", b"PUT"):
            for origin in (NONE, b"null", b"http://[", b"https://evil.example"):
                answer = send(server, method, target, b"{}", Cookie=cookie, Authorization=NONE, Origin=origin)
                assert require_harmless(server, answer, (method, target, origin)) in (403, 404, 405)
    assert server.ask("tfkit/tensorboard").json[0]["state"] == "ready"


def test_no_token_is_told_to_anybody_and_no_error_is_in_the_log(server: Server, board: bytes) -> None:
    """After all of the above: the log, what was passed on, and what everybody sees of the processes."""
    inner = f"{server.url}tfkit/tensorboard/{board.decode()}/data/"
    for query in (f"token={server.token}", f"a=b&token={server.token}"):
        assert fetch(f"{inner}runs?{query}").status == 200
        assert fetch(f"{inner}plugin/mesh/meshes?{query}").status == 422
        for name in ("graph?path=nowhere", "tensorboard/0123456789abcdef/", "lessons"):
            fetch(f"{server.url}tfkit/{name}{'&' if '?' in name else '?'}{query}", Referer=f"{server.url}?{query}")
    process = psutil.Process(server.process.pid)
    (started,) = [child for child in process.children(recursive=True) if "tfkit.lab.board_process" in child.cmdline()]
    assert server.token not in " ".join(started.cmdline())
    started.kill()  # then what it has said comes to the log
    wait_until(lambda: server.ask("tfkit/tensorboard").json[0]["state"] == "failed")
    assert "ended with code" in server.log
    told = [line for line in server.log.splitlines() if server.token in line]
    assert told == []
    # What no address of tfkit is meant by is answered by Jupyter, whose own page of a 404 is not free of errors.
    bad = r"\[E [^\n]*(ended with an error|/tfkit/(graph|lessons|tensorboard))[^\n]*"
    assert [found[0] for found in re.finditer(bad, server.log)] == []


Start = Callable[..., Server]


def test_a_kernel_tells_what_it_prints_to_its_server_alone(start_server: Start, tmp_path: Path) -> None:
    """Its ports are open to all users of the machine: with keys nothing comes out of them, without keys all does."""
    import zmq
    from jupyter_client import BlockingKernelClient

    server = start_server(tmp_path)
    session = {"path": "a.ipynb", "name": "", "type": "notebook", "kernel": {"name": "python3"}}
    client = BlockingKernelClient()
    client.load_connection_file(server.connection(server.ask("api/sessions", "POST", session).json))
    client.start_channels()
    context = zmq.Context()
    try:
        client.wait_for_ready(60)
        with context.socket(zmq.SUB) as spy:
            spy.subscribe(b"")
            spy.connect(f"tcp://127.0.0.1:{client.iopub_port}")
            heard: list[str] = []
            for _ in range(5):
                client.execute_interactive(
                    "print('secret')", timeout=60, output_hook=lambda one: heard.append(str(one))
                )
            assert "secret" in "".join(heard)
            assert not spy.poll(500)
    finally:
        client.stop_channels()
        context.destroy(0)
