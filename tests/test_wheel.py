"""The wheel as a user gets it: built, opened, and installed where there is neither Node nor Graphviz."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import tfkit
from tfkit.course.catalogue import CATALOGUE

ROOT = Path(__file__).parents[1]
BYTES_AT_MOST = 3_000_000


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> dict[str, str]:
    """An environment whose PATH holds no program at all."""
    home = tmp_path_factory.mktemp("home")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "PYTHON", "TFKIT"))}
    return {**kept, "PATH": str(home), "HOME": str(home), "TF_CPP_MIN_LOG_LEVEL": "3"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory, bare) -> Path:
    """The wheel of this tree. Without npm at hand, a front end that is missing or stale cannot be built unseen."""
    folder = tmp_path_factory.mktemp("wheel")
    return build_wheel(folder, bare)


def build_wheel(folder, env) -> Path:
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], env, cwd=ROOT)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory, wheel, bare) -> Path:
    """The scripts folder of a fresh environment with the wheel in it, and this environment's packages behind it."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    run([sys.executable, "-m", "pip", f"--python={python}", *install, str(wheel)], bare)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    paths = sysconfig.get_paths()
    behind = dict.fromkeys([paths["purelib"], paths["platlib"]])
    (home / "lib" / version / "site-packages" / "behind.pth").write_text("\n".join(behind) + "\n")
    return home / "bin"


def run(command, env, **options) -> str:
    done = subprocess.run(
        list(map(str, command)), env=env, capture_output=True, text=True, check=False, timeout=600, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_an_edition_for_exams_has_no_solutions(wheel, tmp_path, bare):
    exam = build_wheel(tmp_path, {**bare, "TFKIT_EXAM": "1"})
    names, examined = (set(zipfile.ZipFile(path).namelist()) for path in (wheel, exam))
    pages = {f"tfkit/course/solutions/{number}.md" for number in CATALOGUE}
    assert names - examined == pages


def test_the_wheel_carries_the_front_end_the_lessons_the_data_and_the_licences(wheel):
    with zipfile.ZipFile(wheel) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    stem = f"tfkit_course-{tfkit.__version__}"
    extension = f"{stem}.data/data/share/jupyter/labextensions/tfkit-course"
    assert sizes["tfkit/static/graph.js"] > 10_000
    assert f"{extension}/package.json" in sizes
    assert f"{extension}/schemas/tfkit-course/course.json" in sizes
    config = "etc/jupyter/jupyter_server_config.d/tfkit-course.json"
    assert f"{stem}.data/data/{config}" in sizes
    assert any(name.startswith(f"{extension}/static/remoteEntry") for name in sizes)
    assert not any(name.startswith("tfkit/labextension") for name in sizes)
    assert {f"tfkit/notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")} <= set(sizes)
    assert sizes["tfkit/course/fashion_mnist_small.npz"] > 900_000
    assert {"tfkit/drawing/style.json", "tfkit/files/ops.json", "tfkit/op_docs.json"} <= set(sizes)
    assert {name for name in sizes if name.startswith(f"{stem}.dist-info/licenses/")} == {
        f"{stem}.dist-info/licenses/LICENSE",
        f"{stem}.dist-info/licenses/tfkit/course/fashion_mnist_small.LICENSE.txt",
        f"{stem}.dist-info/licenses/tfkit/op_docs.LICENSE.txt",
    }
    assert not any("__pycache__" in name or name.startswith(("tests/", "widgets/")) for name in sizes)
    assert wheel.stat().st_size < BYTES_AT_MOST


def test_the_installed_package_is_the_one_from_the_wheel(installed, bare):
    code = "import tfkit; print(tfkit.__file__)"
    assert str(installed.parent) in run([installed / "python", "-c", code], bare, cwd=installed)


def test_the_doctor_finds_nothing_missing(installed, bare):
    report = run([installed / "tfkit", "doctor"], bare, cwd=installed)
    lines = {line.split()[1]: line for line in report.splitlines() if line}
    assert lines["graph"].startswith("ok") and lines["labextension"].startswith("ok")
    assert lines["server"].startswith("ok")
    assert lines["dot"].startswith("optional")


def test_the_lessons_come_out_of_it(installed, bare, tmp_path):
    run([installed / "tfkit", "lessons", tmp_path / "course"], bare, cwd=tmp_path)
    copied = sorted(path.name for path in (tmp_path / "course").glob("*.ipynb"))
    assert copied == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_a_graph_is_traced_and_drawn(installed, bare, tmp_path):
    code = (
        "import tfkit, sys\n"
        "graph = tfkit.trace(lambda a, b: a * b + (a + b), 5, 3)\n"
        "graph.save('graph.svg'); graph.save('graph.html'); print(graph.to_text())"
    )
    assert "= 23 [output]" in run([installed / "python", "-c", code], bare, cwd=tmp_path)
    assert (tmp_path / "graph.svg").read_text().count("data-node-id") == 5
    assert "<script" in (tmp_path / "graph.html").read_text()


def test_jupyterlab_lists_the_extension_as_enabled(installed, bare, tmp_path):
    code = "from jupyterlab.labextensions import main; main()"  # `jupyter` would look for this on PATH
    listed = run([installed / "python", "-c", code, "list"], bare, cwd=tmp_path)
    (line,) = (line for line in listed.splitlines() if "tfkit-course" in line)
    assert "enabled" in line and "OK" in line


def test_jupyter_server_lists_the_extension_as_enabled(installed, bare, tmp_path):
    code = "from jupyter_server.extension.serverextension import main; main()"
    listed = run([installed / "python", "-c", code, "list"], bare, cwd=tmp_path)
    lines = [line for line in listed.splitlines() if "tfkit.lab" in line]
    assert "enabled" in lines[0] and any(f"tfkit.lab {tfkit.__version__}" in line and "OK" in line for line in lines)


def test_uninstalling_leaves_nothing(installed, bare):
    """The last test here: it takes the environment away."""
    home = installed.parent
    left = ["uninstall", "--quiet", "--yes", "tfkit-course"]
    assert any("tfkit" in path.name for path in home.rglob("*"))
    run([sys.executable, "-m", "pip", f"--python={installed / 'python'}", *left], bare)
    found = [path for path in home.rglob("*") if "tfkit" in path.name and "__pycache__" not in path.parts]
    assert found == []
