"""The Jupyter server in one environment, the kernel in another: what does not fit is said in one sentence."""

import json
import shutil
import sys
import sysconfig
import venv

import pytest
from jupyter_client import BlockingKernelClient

import tfkit
from tests.servers import ROOT

ASKED = "import tfkit; print(tfkit.tensorboard('runs')._repr_mimebundle_()['text/plain'])"


@pytest.fixture
def other(tmp_path):
    """An environment with the packages of this one behind it, and without tfkit."""
    home = tmp_path / "other"
    venv.create(home, with_pip=False)
    paths = sysconfig.get_paths()
    (packages,) = home.glob("lib/*/site-packages")
    (packages / "behind.pth").write_text("\n".join(dict.fromkeys([paths["purelib"], paths["platlib"]])) + "\n")
    return home


def said_in_a_kernel(server) -> str:
    """Return what a kernel of this environment says that the server of the other one has started."""
    spec = server.user / "data" / "kernels" / "mine"
    spec.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "mine", "language": "python"}))
    session = {"path": "a.ipynb", "name": "", "type": "notebook", "kernel": {"name": "mine"}}
    answer = server.ask("api/sessions", "POST", session)
    assert answer.status == 201, answer.body
    client = BlockingKernelClient()
    client.load_connection_file(server.connection(answer.json))
    client.start_channels()
    said: list[str] = []
    try:
        client.wait_for_ready(60)
        client.execute_interactive(ASKED, timeout=60, output_hook=lambda told: said.append(str(told["content"])))
    finally:
        client.stop_channels()
        server.ask(f"api/sessions/{answer.json['id']}", "DELETE")
    return "".join(said)


def test_the_server_has_no_tfkit(other, start_server, tmp_path):
    server = start_server(tmp_path, python=str(other / "bin" / "python"))
    assert server.ask("tfkit/lessons").status == 404
    assert "The Jupyter server has no tfkit: run pip install" in said_in_a_kernel(server)


def test_the_server_has_another_version(other, start_server, tmp_path):
    (packages,) = other.glob("lib/*/site-packages")
    shutil.copytree(ROOT / "tfkit", packages / "tfkit", ignore=shutil.ignore_patterns("labextension", "__pycache__"))
    version = packages / "tfkit" / "version.py"
    version.write_text(version.read_text().replace(tfkit.__version__, "0.0.1"))
    config = other / "etc" / "jupyter" / "jupyter_server_config.d"
    config.mkdir(parents=True)
    shutil.copy(ROOT / "tfkit" / "lab" / "jupyter_server_config.json", config)
    server = start_server(tmp_path, python=str(other / "bin" / "python"))
    assert server.ask("tfkit/lessons").json["version"] == "0.0.1"
    assert f"The Jupyter server has tfkit 0.0.1 and this kernel {tfkit.__version__}" in said_in_a_kernel(server)


def test_both_have_the_same(start_server, tmp_path):
    said = said_in_a_kernel(start_server(tmp_path))
    assert "no curves yet" in said and "Jupyter server" not in said
