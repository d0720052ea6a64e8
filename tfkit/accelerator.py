"""Which GPU TensorFlow trains on, and if none, why not.

With this module one can gather what this machine and TensorFlow say about it (`gather`), and make one sentence and
its cure of that (`explain`). The second is pure; nothing here loads TensorFlow.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from tfkit.inspection import Inspection, State

# For a child process. Two lines: the devices, and what `gather` wants to know.
QUESTION = """
import json
import tensorflow as tf

devices = tf.config.list_physical_devices()
details = [tf.config.experimental.get_device_details(d) for d in devices if d.device_type == "GPU"]
print(*(d.name.split(":", 1)[1] for d in devices))
answer = {
    "gpus": [[d.get("device_name", "GPU"), d.get("compute_capability")] for d in details],
    "cuda": tf.test.is_built_with_cuda(),
    "built_for": list(tf.sysconfig.get_build_info().get("cuda_compute_capabilities", [])),
}
print(json.dumps(answer))
"""

# What TensorFlow 2.21 writes to stderr: cudart_stub.cc where libcuda.so.1 is missing, gpu_device.cc where another
# library is.
_NO_DRIVER = "Could not find cuda drivers"
_NO_LIBRARY = "Cannot dlopen some GPU libraries"
_COMPLAINT = re.compile(r"^(?:[EW]\d{4} |\S+ \S+: [EW] ).*?\] (.*(?:CUDA|GPU|cuInit).*)")

_NVIDIA, _DISPLAY = "0x10de", "0x03"  # vendor and class of a device, as PCI numbers them
_WSL_DRIVER = "usr/lib/wsl/lib/libcuda.so.1"  # where Windows puts its driver for the Linux inside it

_PROCESSOR = "lessons train on the processor"
_WITHOUT_GPUS = {
    # tensorflow.org/install/pip: "Anything above 2.10 is not supported on the GPU on Windows Native"
    "win32": (
        f"TensorFlow has no GPU support on Windows itself; {_PROCESSOR}",
        "if there is an NVIDIA GPU: wsl --install, then install tfkit in that Linux",
    ),
    # The same page: "There is currently no official GPU support for MacOS."
    "darwin": (f"TensorFlow has no GPU support on macOS; {_PROCESSOR}", ""),
}
_GET_DRIVER = (
    "install NVIDIA's driver (Ubuntu: sudo ubuntu-drivers install; Debian: sudo apt-get install nvidia-driver) and "
    "restart; a container wants --gpus all"
)
# Sizes: the wheels of TensorFlow 2.21 and what it wants of CUDA 12, for Linux, in November 2026.
_GET_LIBRARIES = 'pip install "tensorflow[and-cuda]" (a download of about 2.8 GB)'
_GET_BUILD = 'pip uninstall -y tensorflow-cpu tensorflow && pip install "tensorflow[and-cuda]" (about 3.4 GB)'
_USE_JAX = 'Keras on JAX trains on it: pip install "jax[cuda12]", and set KERAS_BACKEND=jax'


@dataclass(frozen=True)
class Gpu:
    """A GPU that TensorFlow sees.

    Args:
        name: As its maker calls it.
        capability: NVIDIA's number of its generation; None for a GPU of others.

    Example:
        >>> print(Gpu("NVIDIA L4", (8, 9)))
        NVIDIA L4, compute capability 8.9
    """

    name: str
    capability: tuple[int, int] | None = None

    def __str__(self) -> str:
        if self.capability is None:
            return self.name
        return "{}, compute capability {}.{}".format(self.name, *self.capability)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What decides whether TensorFlow trains on a GPU.

    Args:
        system: As in ``sys.platform``, or ``"wsl"`` for the Linux in Windows.
        machine: The kind of processor, such as ``"x86_64"``.
        hardware: Whether there is an NVIDIA GPU.
        driver: Whether there is NVIDIA's driver.
        visible: The variable ``CUDA_VISIBLE_DEVICES``, if it is set.
        gpus: Those that TensorFlow sees.
        cuda: Whether this TensorFlow is built for NVIDIA GPUs at all.
        built_for: And for which generations, such as ``"sm_80"`` or ``"compute_90"``.
        lacking: The packages of CUDA that this TensorFlow wants and that are not installed.
        said: What TensorFlow wrote to stderr, by lines.
    """

    system: str = "linux"
    machine: str = "x86_64"
    hardware: bool = False
    driver: bool = False
    visible: str | None = None
    gpus: tuple[Gpu, ...] = ()
    cuda: bool = False
    built_for: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def explain(facts: Facts) -> Inspection:
    """Return which GPU TensorFlow trains on, or why on none, and the cure.

    Example:
        >>> explain(Facts(hardware=True)).found
        "there is an NVIDIA GPU, but not NVIDIA's driver"
    """
    if not facts.gpus:
        return Inspection("GPU", State.OPTIONAL, *_why_none(facts))
    names = "; ".join(map(str, facts.gpus))
    if any(_is_built_for(gpu, facts.built_for) for gpu in facts.gpus):
        return Inspection("GPU", State.OK, names)
    # TensorFlow lists it, then compiles every kernel for it ("could take 30 minutes or longer") or ends in
    # CUDA_ERROR_INVALID_PTX (tensorflow/tensorflow issues 97387 and 101746).
    found = f"{names}: this TensorFlow has kernels for {', '.join(facts.built_for)} only; training waits long or fails"
    return Inspection("GPU", State.OPTIONAL, found, _USE_JAX)


def _why_none(facts: Facts) -> tuple[str, str]:
    """Return reason and cure; what must be mended first comes first."""
    if facts.system in _WITHOUT_GPUS:
        return _WITHOUT_GPUS[facts.system]
    if not facts.hardware:
        cure = "if there is one, install NVIDIA's driver in Windows" if facts.system == "wsl" else ""
        return f"no NVIDIA GPU in this machine; {_PROCESSOR}", cure
    if not facts.driver:
        return "there is an NVIDIA GPU, but not NVIDIA's driver", _GET_DRIVER
    if not facts.cuda:
        # For other processors there is only a TensorFlow without CUDA.
        cure = _GET_BUILD if facts.machine == "x86_64" else _USE_JAX
        return "there is an NVIDIA GPU, but this TensorFlow is built for processors only", cure
    complaints = [found[1] for line in facts.said if (found := _COMPLAINT.match(line))]
    if facts.visible is not None and _hides_all(facts.visible, complaints):
        return f"CUDA_VISIBLE_DEVICES={facts.visible!r} hides the NVIDIA GPU", "unset CUDA_VISIBLE_DEVICES"
    if any(_NO_LIBRARY in line for line in facts.said) or (facts.lacking and not complaints):
        return f"TensorFlow cannot load the libraries of CUDA{_named(facts.lacking)}", _GET_LIBRARIES
    quoted = f"TensorFlow cannot use the NVIDIA GPU: {complaints[-1] if complaints else 'it does not say why'}"
    return quoted, f"restart, or update NVIDIA's driver; if that does not help, {_USE_JAX}"


def _is_built_for(gpu: Gpu, built_for: tuple[str, ...]) -> bool:
    """Return whether there are kernels for a GPU; those of 8.0 run on 8.6, not on 7.5 or 9.0 (CUDA's rule)."""
    versions = [(int(found[1]), int(found[2])) for name in built_for if (found := re.search(r"_(\d+)(\d)", name))]
    if gpu.capability is None or not versions:
        return True  # nothing is known against it
    major, minor = gpu.capability
    return any(major == kernel_major and minor >= kernel_minor for kernel_major, kernel_minor in versions)


def _hides_all(visible: str, complaints: list[str]) -> bool:
    """Return whether a list of numbers leaves nothing: CUDA reads it up to the first that is none."""
    first = visible.split(",")[0].strip()
    return not first or first.startswith("-") or any("CUDA_ERROR_NO_DEVICE" in line for line in complaints)


def _named(packages: tuple[str, ...]) -> str:
    if not packages:
        return ""
    more = f" and {len(packages) - 2} more" if len(packages) > 2 else ""
    return f"; not installed: {', '.join(packages[:2])}{more}"


def gather(answer: str, stderr: str, root: Path = Path("/")) -> Facts:
    """Return what this machine and a TensorFlow say.

    Args:
        answer: The second line that `QUESTION` prints; whatever else it is counts as nothing.
        stderr: What it wrote besides.
        root: Where the files of the system are.

    Example:
        >>> gather('{"gpus": [["NVIDIA L4", [8, 9]]], "cuda": true, "built_for": ["sm_89"]}', "").gpus
        (Gpu(name='NVIDIA L4', capability=(8, 9)),)
    """
    told = _told(answer)
    in_windows = (root / _WSL_DRIVER).exists()
    driver = in_windows or (root / "proc/driver/nvidia").exists() or shutil.which("nvidia-smi") is not None
    return Facts(
        system="wsl" if "microsoft" in platform.release().lower() else sys.platform,
        machine=platform.machine(),
        hardware=driver or any(map(_is_nvidia, (root / "sys/bus/pci/devices").glob("*"))),
        driver=driver and _NO_DRIVER not in stderr,
        visible=os.environ.get("CUDA_VISIBLE_DEVICES"),
        gpus=tuple(Gpu(name, tuple(numbers) if numbers else None) for name, numbers in told.get("gpus", ())),
        cuda=bool(told.get("cuda")),
        built_for=tuple(told.get("built_for", ())),
        lacking=_lacking(),
        said=tuple(stderr.splitlines()),
    )


def _told(answer: str) -> dict[str, Any]:
    try:
        told = json.loads(answer)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _is_nvidia(device: Path) -> bool:
    try:
        vendor, kind = ((device / name).read_text(encoding="ascii") for name in ("vendor", "class"))
    except (OSError, ValueError):
        return False
    return vendor.strip() == _NVIDIA and kind.startswith(_DISPLAY)


def _lacking() -> tuple[str, ...]:
    """Return what TensorFlow's extra ``and-cuda`` names and is not installed."""
    try:
        wanted = metadata.requires("tensorflow") or []
    except metadata.PackageNotFoundError:
        return ()
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in wanted if "and-cuda" in line]
    return tuple(name for name in names if not _is_installed(name))


def _is_installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False
