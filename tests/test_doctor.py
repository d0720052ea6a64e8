import pytest

from tfkit import doctor
from tfkit.doctor import State


@pytest.fixture
def findings(monkeypatch):
    monkeypatch.setattr(doctor, "_DEVICES", "print('device:CPU:0')")
    return lambda: {finding.name: finding for finding in doctor.examine()}


def test_here_nothing_needed_is_missing(findings):
    found = findings()
    assert {f.name for f in found.values() if f.state == State.MISSING} <= {"graph view"}  # a clone may not be built
    assert found["devices"].found == "CPU:0"
    assert found["tensorflow"].state == State.OK and found["tensorflow"].found.startswith("2.")


def test_an_old_or_absent_package_has_its_cure(monkeypatch):
    monkeypatch.setattr(doctor.metadata, "version", lambda name: "4.5.9")
    found = doctor._package("jupyterlab", (4, 6, 2), False, "the cure")
    assert (found.state, found.cure) == (State.MISSING, "the cure")
    assert "4.5.9, older than 4.6.2" in str(found) and "cure: the cure" in str(found)
    monkeypatch.setattr(doctor.metadata, "version", _absent)
    assert doctor._package("jupyterlab", (4,), False, "x").state == State.OPTIONAL
    assert doctor._package("tensorflow", (2,), True, "x").state == State.MISSING


def test_a_tensorboard_of_tensorflow_2_19_is_enough_where_no_jupyterlab_starts_it(monkeypatch):
    monkeypatch.setattr(doctor.metadata, "version", lambda name: "2.19.0")
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    assert doctor._tensorboard().state == State.OK
    monkeypatch.setattr(doctor, "find_spec", lambda name: object())
    found = doctor._tensorboard()
    assert found.state == State.MISSING and "2.19.0, older than 2.21" in found.found


def _absent(name):
    raise doctor.metadata.PackageNotFoundError(name)


def test_a_tensorflow_that_does_not_load_says_why(monkeypatch):
    monkeypatch.setattr(doctor, "_DEVICES", "raise ImportError('no AVX')")
    (found,) = doctor._devices()
    assert found.state == State.MISSING and "no AVX" in found.found


def test_a_tensorflow_that_loads_says_which_gpu_it_has(monkeypatch):
    answer = """{"gpus": [["NVIDIA L4", [8, 9]]], "cuda": true, "built_for": ["sm_89"]}"""
    monkeypatch.setattr(doctor, "_DEVICES", f"print('device:CPU:0 device:GPU:0'); print('{answer}')")
    devices, gpu = doctor._devices()
    assert devices.found == "CPU:0 GPU:0"
    assert (gpu.name, gpu.state, gpu.found) == ("GPU", State.OK, "NVIDIA L4, compute capability 8.9")


def test_tensorflow_is_asked_to_say_what_it_misses(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.setattr(doctor, "_DEVICES", "import os; print('device:' + os.environ['TF_CPP_MIN_LOG_LEVEL'])")
    assert next(doctor._devices()).found == "0"


def test_what_only_some_files_need_is_optional(findings, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = findings()["dot"]
    assert found.state == State.OPTIONAL and "install graphviz" in found.cure


def test_the_stranger_is_a_finding(findings, monkeypatch, tmp_path):
    folder = tmp_path / "site-packages"
    (folder / "tfkit-0.8.20.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(folder))
    found = findings()["other tfkit"]
    assert found.state == State.MISSING and "pip uninstall -y tfkit" in found.cure
