"""What came out of a training, as one value that can be printed, kept and compared."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfkit.atomic import write_whole
from tfkit.errors import FileError


@dataclass(frozen=True, slots=True)
class Mistake:
    """How often one class was called another."""

    true: str
    called: str
    count: int


@dataclass(frozen=True, repr=False, slots=True)
class Report:
    """A training and its result.

    Args:
        model: The network's name.
        parameters: How many numbers it learns.
        seed: Where its chance began.
        epochs: How often it has seen all training pictures.
        finished: Whether the training came to its end.
        losses: The mean training loss of each whole epoch.
        test_accuracy: The part of the test pictures that it names rightly; None if it was measured on held-out ones.
        held_out_accuracy: The same for training pictures that were held out; None if none were.
        cpu_seconds: What the training took of all cores together, without loading and without the test.
        wall_seconds: The same, by the clock.
        images_per_second: By the clock, in training.
        gflops_per_second: Multiplications and additions of convolutions and dense layers, in billions.
        peak_gflops: What the device reaches in a large product of matrices of the same precision.
        device: What trained.
        precision: In which it computed: "float32", "bfloat16" or "float16".
        step_seconds: How long a step took in each precision that was tried.
        mistakes: The most frequent mistakes, the most frequent first.
        data: Where the pictures came from.
        versions: Of Python's packages.

    Example:
        >>> import tfkit
        >>> report = tfkit.train("softmax", epochs=1, precision="float32", data=tfkit.load_fashion_mnist("small"))
        >>> print(str(report).splitlines()[0])
        softmax, 7,850 parameters, seed 0: 1 epoch
    """

    model: str
    parameters: int
    seed: int
    epochs: float
    finished: bool
    losses: tuple[float, ...]
    test_accuracy: float | None
    held_out_accuracy: float | None
    cpu_seconds: float
    wall_seconds: float
    images_per_second: float
    gflops_per_second: float
    peak_gflops: float
    device: str
    precision: str
    step_seconds: dict[str, float]
    mistakes: tuple[Mistake, ...]
    data: str
    versions: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as JSON has them."""
        return asdict(self)

    def save(self, path: str | Path) -> Path:
        """Write a ``.json`` file.

        Raises:
            FileError: If it cannot be written.
        """
        target = Path(path)
        try:
            write_whole(target, json.dumps(self.to_dict(), indent=1).encode())
        except OSError as error:
            raise FileError(f"Cannot write the report {str(target)!r}: {error.strerror or error}.") from error
        return target

    def __repr__(self) -> str:
        share = self.gflops_per_second / self.peak_gflops if self.peak_gflops else 0.0
        tried = ", ".join(f"{name} {1000 * took:.1f} ms" for name, took in self.step_seconds.items())
        accuracy, on = (
            (self.test_accuracy, "test") if self.test_accuracy is not None else (self.held_out_accuracy, "held-out")
        )
        epochs = "1 epoch" if self.epochs == 1 else f"{self.epochs:g} epochs"
        lines = [
            f"{self.model}, {self.parameters:,} parameters, seed {self.seed}: {epochs}"
            + ("" if self.finished else ", stopped before the end"),
            f"trained on {self.device} in {self.precision} (a step in {tried})",
            f"{self.images_per_second:,.0f} images/s, {self.gflops_per_second:,.0f} GFLOP/s, "
            f"{share:.0%} of the {self.peak_gflops:,.0f} of a large product of matrices",
            f"{self.cpu_seconds:.1f} CPU seconds, {self.wall_seconds:.1f} by the clock",
        ]
        if accuracy is not None:
            lines.append(f"{accuracy:.2%} of the {on} pictures named rightly")
        if self.mistakes:
            pairs = (f"{mistake.true} called {mistake.called} {mistake.count}" for mistake in self.mistakes)
            lines.append(f"most often wrong: {', '.join(pairs)}")
        return "\n".join(lines)


def mistakes_of(
    truth: NDArray[Any], called: NDArray[Any], names: tuple[str, ...], most: int = 5
) -> tuple[Mistake, ...]:
    """Return the most frequent mistakes.

    Example:
        >>> mistakes_of(np.array([0, 1, 1, 1]), np.array([0, 0, 0, 1]), ("Coat", "Shirt"))
        (Mistake(true='Shirt', called='Coat', count=2),)
    """
    table = np.zeros((len(names), len(names)), int)
    np.add.at(table, (truth, called), 1)
    np.fill_diagonal(table, 0)
    places = np.argsort(-table, axis=None, kind="stable")[:most]
    pairs = (np.unravel_index(place, table.shape) for place in places)
    return tuple(Mistake(names[a], names[b], int(table[a, b])) for a, b in pairs if table[a, b])
