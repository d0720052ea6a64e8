import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from tfkit import accelerator
from tfkit.accelerator import QUESTION, Facts, Gpu, explain, gather
from tfkit.inspection import State

BUILT_FOR = ("sm_60", "sm_70", "sm_80", "sm_89", "compute_90")  # TensorFlow 2.21
NO_LIBRARY = (
    "W0000 00:00:1755011248.049012     142 gpu_device.cc:2431] Cannot dlopen some GPU libraries. Please make sure",
    "Skipping registering GPU devices...",
)
CU_INIT = "E0000 00:00:1795878602.354289   25767 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: {}"
NO_DEVICE = CU_INIT.format("Failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected")
MISMATCH = CU_INIT.format("Failed call to cuInit: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH")
WELL = Facts(hardware=True, driver=True, cuda=True, built_for=BUILT_FOR, gpus=(Gpu("NVIDIA L4", (8, 9)),))
UNSEEN = replace(WELL, gpus=())


def test_a_gpu_that_is_seen_is_named():
    found = explain(WELL)
    assert (found.state, found.found, found.cure) == (State.OK, "NVIDIA L4, compute capability 8.9", "")
    both = explain(replace(WELL, gpus=(Gpu("NVIDIA L4", (8, 9)), Gpu("METAL"))))
    assert both.found == "NVIDIA L4, compute capability 8.9; METAL"


@pytest.mark.parametrize("capability", [(6, 0), (6, 1), (7, 5), (8, 0), (8, 6), (8, 9), (9, 0), None])
def test_kernels_run_on_their_own_generation(capability):
    assert explain(replace(WELL, gpus=(Gpu("card", capability),))).state == State.OK


@pytest.mark.parametrize("capability", [(5, 2), (10, 0), (12, 0)])
def test_a_generation_without_kernels_is_for_jax(capability):
    found = explain(replace(WELL, gpus=(Gpu("card", capability),)))
    assert found.state == State.OPTIONAL and "has kernels for sm_60" in found.found
    assert 'pip install "jax[cuda12]"' in found.cure and "KERAS_BACKEND=jax" in found.cure


def test_one_usable_gpu_is_enough_and_an_unknown_build_is_not_doubted():
    old = Gpu("old", (5, 2))
    assert explain(replace(WELL, gpus=(old, *WELL.gpus))).state == State.OK
    assert explain(replace(WELL, gpus=(old,), built_for=())).state == State.OK


@pytest.mark.parametrize(
    ("facts", "reason", "cure"),
    [
        (Facts(), "no NVIDIA GPU in this machine; lessons train on the processor", ""),
        (Facts(system="wsl"), "no NVIDIA GPU in this machine", "driver in Windows"),
        (Facts(system="win32", hardware=True), "no GPU support on Windows itself", "wsl --install"),
        (Facts(system="darwin"), "no GPU support on macOS; lessons train on the processor", ""),
        (replace(UNSEEN, driver=False), "but not NVIDIA's driver", "sudo ubuntu-drivers install"),
        (replace(UNSEEN, cuda=False), "built for processors only", "pip uninstall -y tensorflow-cpu"),
        (replace(UNSEEN, cuda=False, machine="aarch64"), "built for processors only", "jax[cuda12]"),
        (replace(UNSEEN, visible=""), "CUDA_VISIBLE_DEVICES='' hides", "unset CUDA_VISIBLE_DEVICES"),
        (replace(UNSEEN, visible="-1"), "CUDA_VISIBLE_DEVICES='-1' hides", "unset CUDA_VISIBLE_DEVICES"),
        (replace(UNSEEN, visible="7", said=(NO_DEVICE,)), "CUDA_VISIBLE_DEVICES='7' hides", "unset"),
        (replace(UNSEEN, said=NO_LIBRARY), "cannot load the libraries of CUDA", '"tensorflow[and-cuda]" (a download'),
        (replace(UNSEEN, said=NO_LIBRARY, lacking=("a", "b", "c")), "not installed: a, b and 1 more", "2.8 GB"),
        (replace(UNSEEN, lacking=("nvidia-cudnn-cu12",)), "not installed: nvidia-cudnn-cu12", "and-cuda"),
        (replace(UNSEEN, said=(MISMATCH,), lacking=("a",)), "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "update NVIDIA's"),
        (replace(UNSEEN, visible="0"), "it does not say why", "jax[cuda12]"),
    ],
)
def test_each_reason_has_its_cure(facts, reason, cure):
    found = explain(facts)
    assert (found.name, found.state) == ("GPU", State.OPTIONAL)
    assert reason in found.found and cure in found.cure and bool(cure) == bool(found.cure)


def test_what_tensorflow_complains_of_is_quoted_without_time_and_place():
    older = "2024-03-11 02:00:00.294704: E external/cuda_driver.cc:328] failed call to cuInit: CUDA_ERROR_UNKNOWN"
    for line in (MISMATCH, older):
        found = explain(replace(UNSEEN, said=("I0000 00:00:1 2 port.cc:153] oneDNN", line, "I am no complaint")))
        assert found.found == f"TensorFlow cannot use the NVIDIA GPU: {line.partition('] ')[2]}"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A machine without anything, in a folder."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(accelerator.platform, "release", lambda: "6.18.0-generic")
    (tmp_path / "bin").mkdir()
    return tmp_path


def plug_in(root, vendor, kind):
    device = root / "sys/bus/pci/devices" / f"0000:00:{vendor}{kind}"
    device.mkdir(parents=True)
    (device / "vendor").write_text(f"{vendor}\n")
    (device / "class").write_text(f"{kind}\n")


def write(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)


def test_a_machine_without_nvidia_has_none(root):
    plug_in(root, "0x8086", "0x030000")  # a GPU of Intel
    plug_in(root, "0x10de", "0x040300")  # sound of NVIDIA
    (root / "sys/bus/pci/devices/odd").mkdir()
    facts = gather("", "", root)
    assert (facts.system, facts.hardware, facts.driver, facts.visible) == (sys.platform, False, False, None)
    assert (facts.gpus, facts.cuda, facts.built_for, facts.said) == ((), False, (), ())


@pytest.mark.parametrize("kind", ["0x030000", "0x030200"])
def test_a_card_is_no_driver(root, kind):
    plug_in(root, "0x10de", kind)
    facts = gather("", "", root)
    assert facts.hardware and not facts.driver


@pytest.mark.parametrize("file", ["proc/driver/nvidia/version", "bin/nvidia-smi", "usr/lib/wsl/lib/libcuda.so.1"])
def test_a_driver_is_found_where_each_system_has_it(root, file):
    write(root / file)
    assert gather("", "", root).hardware and gather("", "", root).driver
    missing = "I0000 00:00:1 2 cudart_stub.cc:31] Could not find cuda drivers on your machine, GPU will not be used."
    inside = gather("", missing, root)  # a container that was not given the GPU
    assert inside.hardware and not inside.driver


def test_windows_is_told_from_linux_in_it(root, monkeypatch):
    monkeypatch.setattr(accelerator.platform, "release", lambda: "5.15.153.1-microsoft-standard-WSL2")
    assert gather("", "", root).system == "wsl"


def test_what_tensorflow_told_and_what_hides_a_gpu(root, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    told = {"gpus": [["NVIDIA L4", [8, 9]], ["METAL", None]], "cuda": True, "built_for": list(BUILT_FOR)}
    facts = gather(json.dumps(told), "one\ntwo", root)
    assert facts.gpus == (Gpu("NVIDIA L4", (8, 9)), Gpu("METAL"))
    assert (facts.cuda, facts.built_for, facts.visible, facts.said) == (True, BUILT_FOR, "-1", ("one", "two"))


@pytest.mark.parametrize("answer", ["", "a warning on stdout", "[1]"])
def test_an_answer_that_is_none_says_nothing(root, answer):
    assert gather(answer, "", root) == gather("{}", "", root)


def test_packages_of_cuda_are_asked_of_tensorflows_own_list(root, monkeypatch):
    wanted = ["numpy>=1.26", 'pytest<99; extra == "and-cuda"', 'nvidia-cudnn-cu12<10,>=9.3; extra == "and-cuda"']
    monkeypatch.setattr(accelerator.metadata, "requires", lambda name: wanted)
    monkeypatch.setattr(accelerator.metadata, "version", _version)
    assert gather("", "", root).lacking == ("nvidia-cudnn-cu12",)


def _version(name):
    if name not in ("tensorflow", "numpy", "pytest"):
        raise accelerator.metadata.PackageNotFoundError(name)
    return "1"


def test_without_tensorflow_nothing_is_lacking(root, monkeypatch):
    def absent(name):
        raise accelerator.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(accelerator.metadata, "requires", absent)
    assert gather("", "", root).lacking == ()


def test_tensorflow_answers_the_question():
    env = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "0"}
    done = subprocess.run([sys.executable, "-c", QUESTION], env=env, capture_output=True, text=True, check=True)
    devices, answer = done.stdout.splitlines()
    told = json.loads(answer)
    assert devices == "CPU:0" and told["gpus"] == [] and isinstance(told["cuda"], bool)
    assert told["built_for"] or not told["cuda"]
