"""Files as graphs: what the server gives away, and what it does not."""

import base64
import os
from pathlib import Path

import keras
import pytest

from tests.servers import fetch
from tfkit.graph import Graph
from tfkit.lab import graphs


@pytest.fixture(scope="module")
def model(server):
    path = server.folder / "model.keras"
    keras.Sequential([keras.Input((4,), name="x"), keras.layers.Dense(2, name="y")]).save(path)
    return path


def test_a_file_is_answered_as_what_the_page_draws(server, model):
    answer = server.ask("tfkit/graph?path=model.keras")
    assert answer.status == 200 and answer.json["version"] == 1
    graph = Graph.from_wire(base64.b64decode(answer.json["data"]))
    assert {"x", "y"} <= {node.label for node in graph.nodes}


def test_a_file_that_has_not_changed_is_not_sent_again(server, model):
    stamp = server.ask("tfkit/graph?path=model.keras").headers["Etag"]
    assert server.ask("tfkit/graph?path=model.keras", If_None_Match=stamp).status == 304
    os.utime(model, ns=(1, 1))
    again = server.ask("tfkit/graph?path=model.keras", If_None_Match=stamp)
    assert again.status == 200 and again.headers["Etag"] != stamp


def test_without_a_login_there_is_nothing(server, model):
    assert fetch(f"{server.url}tfkit/graph?path=model.keras").status == 403


@pytest.mark.parametrize(
    "path",
    [
        "missing.keras",
        "../secret.keras",
        "a/../../secret.keras",
        "/etc/passwd",
        "out.keras",
        "out/secret.keras",
        "a%00b",
        ".hidden/model.keras",
        "round",
    ],
)
def test_what_is_not_there_leads_out_or_is_hidden_is_not_found(server, path):
    secret = server.folder.parent / "secret.keras"
    secret.write_bytes(b"PK\x03\x04")
    for link, target in (("out.keras", secret), ("out", server.folder.parent), ("round", "round")):
        if not (server.folder / link).is_symlink():
            (server.folder / link).symlink_to(target)
    (server.folder / ".hidden").mkdir(exist_ok=True)
    (server.folder / ".hidden" / "model.keras").write_bytes(b"PK\x03\x04")
    answer = server.ask(f"tfkit/graph?path={path}")
    assert answer.status == 404 and "There is no file" in answer.message
    assert str(server.folder) not in answer.message


def test_a_link_to_what_is_shown_is_followed(server, model):
    (server.folder / "again.keras").symlink_to(model)
    assert server.ask("tfkit/graph?path=again.keras").status == 200


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("broken.keras", b"PK\x03\x04 no zip at all", "'broken.keras'"),
        ("notes.txt", b"hello", "'notes.txt' is of a kind that tfkit does not read"),
        ("empty.pb", b"", "'empty.pb'"),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_with_a_sentence(server, name, data, said):
    (server.folder / name).write_bytes(data)
    answer = server.ask(f"tfkit/graph?path={name}")
    assert answer.status == 422 and said in answer.message
    assert str(server.folder) not in answer.message
    assert f"{name} cannot be read as a graph" in server.log


def test_a_file_of_two_gigabytes_is_answered_with_a_sentence(server):
    with (server.folder / "huge.keras").open("wb") as file:
        file.truncate(2 * 2**30)
    answer = server.ask("tfkit/graph?path=huge.keras")
    assert answer.status == 422 and "'huge.keras'" in answer.message


def test_a_file_that_takes_too_long_or_too_much_is_given_up(server, monkeypatch, tmp_path):
    said = []
    log = type("Log", (), {"error": lambda self, *words: said.append(words)})()
    monkeypatch.setattr(graphs, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(graphs, "_COMMAND", ("sleep", "60"))
    with pytest.raises(graphs.HTTPError, match="'slow.pb' was not read within 0.2 seconds"):
        graphs.GraphFiles(log)._run(Path("60"), "slow.pb")
    monkeypatch.setattr(graphs, "TIMEOUT_S", 60)
    code = "import tfkit.lab.graph_process as g, tfkit.files as f; f.read_graph = lambda path: bytearray(2**40)\n"
    monkeypatch.setattr(graphs, "_COMMAND", (graphs.sys.executable, "-c", code + "raise SystemExit(g.main('big.pb'))"))
    with pytest.raises(graphs.HTTPError, match="'big.pb' needs more than 6 GiB of memory"):
        graphs.GraphFiles(log)._run(Path("big.pb"), "big.pb")
    assert len(said) == 2


@pytest.mark.parametrize("name", ["json.py", "numpy.py", "tfkit.py", "google.py", "sitecustomize.py"])
def test_nothing_beside_the_file_is_imported(model, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)  # where somebody starts Jupyter to look at what he was sent
    (tmp_path / name).write_text("open('it_ran', 'w')")
    (tmp_path / "model.keras").write_bytes(model.read_bytes())
    assert graphs.GraphFiles(None)._run(tmp_path / "model.keras", "model.keras")
    assert not (tmp_path / "it_ran").exists()


@pytest.mark.skipif(
    not Path("/proc/self/maps").exists(),
    reason="which libraries a running server has loaded can be read on Linux alone, in /proc",
)
def test_the_server_never_loads_tensorflow(server, model):
    server.ask("tfkit/graph?path=model.keras")
    server.ask("tfkit/lessons?teacher=1")
    loaded = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert "python" in loaded and "tensorflow" not in loaded
