"""Trainings by one worker or by two, in processes and a network of their own, for tests and for the benchmark."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.servers import free_ports
from tests.shut_in import shut_in

SCRIPT = Path(__file__).with_name("on_workers.py")
LIMIT_S = 120
# Two workers add in another order than one, and with batch normalisation, which alone is another operation, the
# rounding grows within a few steps; so many of the 40 can be compared.
COMPARABLE_STEPS = {"mlp": 40, "resnet": 4}


def pair() -> str:
    return ",".join(f"127.0.0.1:{port}" for port in free_ports(2))


def start(
    folder: Path, model: str = "mlp", epochs: int = 2, addresses: str = "", wait_s: float = 60
) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, str(SCRIPT), model, str(epochs), str(folder), addresses, str(wait_s)]
    return subprocess.Popen(shut_in(command), stderr=subprocess.PIPE, text=True, cwd=SCRIPT.parents[2])


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=LIMIT_S)
    return process.returncode, said


def run(*arguments: Any, **options: Any) -> None:
    code, said = end(start(*arguments, **options))
    assert code == 0, said


def losses_in(folder: Path) -> list[Any]:
    """Return the losses after each step, and those of each epoch."""
    return [np.array(part) for part in json.loads((folder / "losses.json").read_text())]


def alone_and_together(folder: Path, model: str) -> tuple[Any, Any]:
    """Return the losses after each of 40 steps, by one worker and by two."""
    run(folder / "one", model)
    run(folder / "two", model, addresses=pair())
    return losses_in(folder / "one")[0], losses_in(folder / "two")[0]
