"""TensorBoard behind the login of Jupyter: who is let in, what is passed on, and that nothing is left behind."""

import asyncio
import base64
import json
import logging
import os
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.servers import BASE, fetch, wait_until, write_scalars
from tfkit.lab import boards
from tfkit.lab.boards import Board, Boards, State, look_into

_ECHO = Path(__file__).with_name("echo.py")

HANG = "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()"


def in_place_of_tensorboard(*command: str) -> str:
    """Return a prelude that lets the server start something else as TensorBoard."""
    return f"import tfkit.lab.boards as boards; boards._COMMAND = {command!r}"


@pytest.fixture(scope="module")
def board(server):
    return server.open_board("runs")


@pytest.fixture(scope="module")
def cookie(server):
    """What a browser has after a login."""
    return server.ask("api/status").headers["Set-Cookie"].split(";")[0]


def children(server, mark="tfkit.lab.board_process"):
    """Return the boards among the processes of a server, which starts others, too."""
    found = psutil.Process(server.process.pid).children(recursive=True)
    return [child for child in found if mark in child.cmdline()]


def test_a_board_shows_the_scalars_of_its_folder_under_the_servers_address(server, board):
    assert board["url"].startswith(f"{BASE}tfkit/tensorboard/") and board["state"] == "ready"
    page = server.ask(server.inner(board))
    assert page.status == 200 and b"<title>TensorBoard</title>" in page.body
    assert b"url(/font-roboto/" not in page.body and b"url(font-roboto/" in page.body
    assert server.ask(server.inner(board, "data/runs")).json == ["first"]
    tags = server.ask(server.inner(board, "data/plugin/scalars/tags")).json
    assert list(tags["first"]) == ["loss"]
    assert server.ask(server.inner(board).rstrip("/")).status == 302


def test_a_user_whose_name_is_written_with_percent_signs(start_server, tmp_path):
    server = start_server(tmp_path, base="/user/ada%40home/")
    write_scalars(tmp_path / "first")
    assert server.ask(server.inner(server.open_board("."), "data/runs")).json == ["first"]


def test_its_policy_is_kept_and_no_other_page_may_frame_it(server, board):
    policy = server.ask(server.inner(board)).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'self'" in policy
    policy = server.ask(server.inner(board, "data/runs")).headers["Content-Security-Policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy and "frame-ancestors 'self'" in policy


@pytest.mark.parametrize("path", ["", "data/runs", "index.js"])
def test_it_is_refused_to_all_but_pages_of_this_server(server, board, cookie, path):
    inner, url = server.inner(board, path), server.url + server.inner(board, path)
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Key": "x", "Sec_WebSocket_Version": "13"}
    assert fetch(url).status == 403
    assert server.ask(inner, Host="evil.example").status == 403
    assert server.ask(inner, Origin="https://evil.example").status == 403
    assert fetch(url, Cookie=cookie, Origin="https://evil.example").status == 403
    assert fetch(url, Cookie=cookie, Sec_Fetch_Site="cross-site", Sec_Fetch_Dest="script").status == 403
    assert fetch(url, **upgrade).status == 403
    assert server.ask(inner, **upgrade).status == 403
    assert fetch(url, Cookie=cookie).status == 200


def test_its_posts_need_no_mark_of_jupyter_but_an_origin_here(server, board, cookie):
    url = server.url + server.inner(board, "data/plugin/timeseries/timeSeries")
    here = server.url.removesuffix(BASE)
    form = b'--x\r\nContent-Disposition: form-data; name="requests"\r\n\r\n[]\r\n--x--\r\n'
    kind = {"Content_Type": "multipart/form-data; boundary=x", "Cookie": cookie}
    assert fetch(url, "POST", form, Origin=here, **kind).json == []
    assert fetch(url, "POST", form, **kind).status == 403
    assert fetch(url, "POST", form, Origin="null", **kind).status == 403
    assert fetch(url, "POST", form, Origin="https://evil.example", **kind).status == 403
    assert fetch(url, "POST", form, Origin=here, Content_Type=kind["Content_Type"]).status == 403
    # Its being started and ended is Jupyter's own business, mark included.
    assert (
        fetch(f"{server.url}tfkit/tensorboard", "POST", b'{"logdir": "runs"}', Cookie=cookie, Origin=here).status == 403
    )
    assert fetch(f"{server.url}{server.inner(board).rstrip('/')}", "DELETE", Cookie=cookie, Origin=here).status == 403


def test_its_port_answers_to_the_server_alone_and_it_is_its_only_one(server, board):
    ports = [
        (one.laddr.ip, one.laddr.port)
        for process in children(server)
        for one in process.net_connections("tcp")
        if one.status == psutil.CONN_LISTEN
    ]
    assert len(ports) == 1 and ports[0][0] == "127.0.0.1"
    for path in ("", "data/runs"):
        answer = fetch(f"http://127.0.0.1:{ports[0][1]}/{path}")
        assert answer.status == 403 and b"answers to its Jupyter server only" in answer.body
    assert fetch(f"http://127.0.0.1:{ports[0][1]}/", X_Tfkit_Secret="guessed").status == 403


def test_it_does_without_tensorflow(server, board):
    (process,) = children(server)
    assert process.memory_info().rss < 200e6
    assert "secret" not in " ".join(process.cmdline())


def test_what_is_for_jupyter_is_not_passed_on(start_server, tmp_path):
    server = start_server(tmp_path, prelude=in_place_of_tensorboard(sys.executable, str(_ECHO)))
    write_scalars(tmp_path / "runs")
    board = server.open_board("runs")
    inner = server.inner(board, f"x?y=1%2F2&token={server.token}&%74oken={server.token}&z")
    told = server.ask(inner, Cookie="a=b", Accept_Language="de", X_Other="c").json
    assert told["path"] == "/x?y=1%2F2&z"
    names = {name.lower() for name in told["headers"]}
    assert {"accept-language", "x-tfkit-secret"} <= names
    assert not {"cookie", "authorization", "x-other"} & names
    answered = server.ask(server.inner(board)).headers
    assert "evil" not in str(answered.get_all("Set-Cookie")) and answered["Content-Type"] == "application/json"


@pytest.mark.parametrize("body", [None, [], {}, {"logdir": 3}, {"logdir": " "}, {"logdir": "a\0b"}])
def test_a_question_without_a_folder_is_refused(server, body):
    answer = server.ask("tfkit/tensorboard", "POST", body)
    assert answer.status == 400 and "needs the name of a folder" in answer.message


def test_a_folder_elsewhere_and_an_unknown_board_are_refused(server):
    answer = server.ask("tfkit/tensorboard", "POST", {"logdir": "gs://bucket/runs"})
    assert answer.status == 422 and "'gs://bucket/runs' is not on this machine" in answer.message
    assert server.ask("tfkit/tensorboard/0123456789abcdef/").status == 404
    assert server.ask("tfkit/tensorboard/0123456789abcdef", "DELETE").status == 404


def test_a_folder_that_fills_while_it_is_watched(server):
    waiting = server.ask("tfkit/tensorboard", "POST", {"logdir": "later"}).json
    assert waiting["state"] == "waiting" and "There is no folder 'later'" in waiting["message"]
    (server.folder / "later").mkdir()
    waiting = server.ask("tfkit/tensorboard", "POST", {"logdir": "later"}).json
    assert waiting["state"] == "waiting" and "no logs of TensorBoard in 'later' yet" in waiting["message"]
    assert server.ask(server.inner(waiting)).status == 424
    write_scalars(server.folder / "later")
    assert server.open_board("later")["id"] == waiting["id"]


def test_a_file_or_a_folder_that_cannot_be_read_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    assert look_into(tmp_path / "file", "file") == (
        State.FAILED,
        "'file' is a file: name the folder in which it stands.",
    )
    monkeypatch.setattr(boards, "_MOST_NAMES", 0)
    assert "'.' holds more than 0 files" in look_into(tmp_path, ".")[1]

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(boards.os, "listdir", refuse)
    state, message = look_into(tmp_path, "mine")
    assert state == State.FAILED and message == "'mine' cannot be read (Permission denied): allow it with chmod u+rx."


def test_a_tensorboard_that_dies_is_said_logged_and_can_be_tried_again(start_server, tmp_path):
    code = "import sys; sys.exit('no tensorboard here')"
    server = start_server(tmp_path, prelude=in_place_of_tensorboard(sys.executable, "-c", code))
    write_scalars(tmp_path / "runs")
    board = {}

    def has_failed():
        board.update(server.ask("tfkit/tensorboard").json[0])
        return board["state"] == "failed"

    for _ in range(2):
        assert server.ask("tfkit/tensorboard", "POST", {"logdir": "runs"}).json["state"] == "starting"
        wait_until(has_failed)
        assert "TensorBoard has ended (no tensorboard here)" in board["message"]
    assert "no tensorboard here" in server.log
    assert server.ask(server.inner(board)).status == 424


def test_a_tensorboard_that_never_starts_is_given_up(start_server, tmp_path):
    prelude = in_place_of_tensorboard("sleep", "600") + "; boards._PATIENCE_S = 0.5"
    server = start_server(tmp_path, prelude=prelude)
    write_scalars(tmp_path / "runs")
    server.ask("tfkit/tensorboard", "POST", {"logdir": "runs"})
    (process,) = children(server, "sleep")
    wait_until(lambda: server.ask("tfkit/tensorboard").json[0]["state"] == "failed")
    assert "did not start within" in server.ask("tfkit/tensorboard").json[0]["message"]
    wait_until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)


def test_a_tensorboard_that_was_killed_is_said(server):
    write_scalars(server.folder / "killed")
    server.open_board("killed")
    process = max(children(server), key=lambda child: child.create_time())
    process.kill()
    board = {}

    def has_failed():
        board.update(next(one for one in server.ask("tfkit/tensorboard").json if one["name"] == "killed"))
        return board["state"] == "failed"

    wait_until(has_failed)
    assert "TensorBoard has ended" in board["message"]
    assert server.open_board("killed")["state"] == "ready"
    assert server.ask(server.inner(board).rstrip("/"), "DELETE").status == 204


@pytest.fixture
def own(tmp_path):
    """Boards without a server, and three folders with logs."""
    for name in "abc":
        write_scalars(tmp_path / name)
    found = Boards(logging.getLogger("test"), lambda seconds, then: None)

    def open_and_wait(name):
        # In a thread, because playwright keeps a loop of its own in this one.
        with ThreadPoolExecutor() as threads:
            board = threads.submit(asyncio.run, found.open(tmp_path / name, name)).result()
        wait_until(lambda: found.find(board.id).state == State.READY)
        return board

    yield found, open_and_wait
    for board in found.all():
        board.stop("The test is over.")


def test_at_most_two_run_and_the_one_unused_for_longest_makes_room(own):
    _, start = own
    first, second = start("a"), start("b")
    first.used = time.monotonic()
    third = start("c")
    assert [board.is_running for board in (first, second, third)] == [True, False, True]
    assert second.state == State.STOPPED and "at most 2 TensorBoards" in second.message
    assert start("b") is second and second.is_running and not first.is_running


def test_what_nobody_looks_at_is_stopped_and_comes_back(own):
    found, start = own
    board = start("a")
    process = psutil.Process(board._process.pid)
    found.stop_idle()
    assert board.is_running
    board.used -= boards.IDLE_S + 1
    found.stop_idle()
    assert board.state == State.STOPPED and "nobody looked at it" in board.message
    wait_until(lambda: not process.is_running())
    assert start("a") is board and board.port


def test_a_board_watches_until_it_is_stopped(own):
    found, start = own
    planned = []
    found._schedule = lambda seconds, then: planned.append(then)
    board = start("a")
    assert len(planned) == 1
    planned.pop()()
    assert len(planned) == 1  # it goes on, as one runs
    board.stop("enough")
    planned.pop()()
    assert planned == []


# A server that is asked to end, one that then hangs before it is gone, and one that is killed.
@pytest.mark.parametrize(
    ("end", "prelude"),
    [(signal.SIGTERM, ""), (signal.SIGTERM, HANG), (signal.SIGKILL, "")],
    ids=["stop", "hang", "kill -9"],
)
def test_nothing_is_left_when_the_server_ends(start_server, tmp_path, end, prelude):
    server = start_server(tmp_path, prelude=prelude)
    write_scalars(tmp_path / "runs")
    server.open_board("runs")
    (process,) = children(server)
    (port,) = [one.laddr.port for one in process.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    server.process.send_signal(end)
    wait_until(lambda: not process.is_running(), 10)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_no_info_file_is_written_where_all_users_of_a_machine_look(server, board):
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / ".tensorboard-info"
    mine = {child.pid for child in children(server)}
    found = [json.loads(path.read_text())["pid"] for path in folder.glob("*.info")] if folder.exists() else []
    assert mine and not mine & set(found)


def test_scalars_histograms_images_and_the_graph_are_all_there(server):
    import tensorflow as tf

    import tfkit

    folder = server.folder / "all"
    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        tf.summary.scalar("loss", 1.0, step=0)
        tf.summary.histogram("weights", [1.0, 2.0], step=0)
        tf.summary.image("picture", tf.zeros((1, 4, 4, 1)), step=0)
    writer.close()
    tfkit.trace(lambda x: tf.nn.relu(x) * 2.0, tf.ones(3)).to_tensorboard(folder)
    board = server.open_board("all")
    plugins = server.ask(server.inner(board, "data/plugins_listing")).json
    assert {name for name in ("scalars", "histograms", "images", "graphs") if plugins[name]["enabled"]} == {
        *("scalars", "histograms", "images", "graphs")
    }
    graph = server.ask(server.inner(board, "data/plugin/graphs/graph?run=.&conceptual=false")).body
    assert b'op: "Relu"' in graph
    picture = server.ask(server.inner(board, "data/plugin/images/images?run=.&tag=picture&sample=0")).json[0]
    shown = server.ask(server.inner(board, f"data/plugin/images/individualImage?{picture['query']}"))
    assert shown.headers["Content-Type"] == "image/png" and shown.body.startswith(base64.b64decode("iVBORw0KGgo="))
    assert "sandbox" in shown.headers["Content-Security-Policy"]


def test_the_id_of_a_board_is_that_of_its_folder(tmp_path):
    assert Board(tmp_path, "a").id == Board(tmp_path, "b").id != Board(tmp_path / "c", "a").id
