"""The state of a training in a file, so that it goes on where it stopped.

Everything is kept by value in one ``.npz`` file, which is replaced whole: what was asked for, how far it is, and the
values of all variables. The batches need no keeping, because the seed and the number of an epoch decide them.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tfkit.atomic import write_whole
from tfkit.errors import FileError, TrainingError
from tfkit.untrusted import open_regular, parse_json

FILE = "checkpoint.npz"
_TEXT = "text"


@dataclass(slots=True)
class Standing:
    """How far a training is.

    Args:
        epochs: How many there will be.
        precision: In which it computes.
        step_seconds: How long a step took in each precision that was tried.
        step: How many steps are made.
        cpu_seconds: Of all cores together.
        wall_seconds: By the clock.
        run_seconds: By the clock, in steps alone.
        losses: The mean loss of each whole epoch.
        loss_sum: Of the steps of the epoch that is not whole yet.
    """

    epochs: int
    precision: str
    step_seconds: dict[str, float]
    step: int = 0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    run_seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    loss_sum: float = 0.0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A training that stands still.

    Args:
        asked: What was asked for; a training with other settings cannot go on from here.
        standing: How far it is.
        values: The values of all variables, see `values_of`.
    """

    asked: dict[str, Any]
    standing: Standing
    values: list[NDArray[Any]]

    def save(self, folder: Path) -> Path:
        """Write it into a folder, in the place of the one before.

        Raises:
            FileError: If it cannot be written; the one before is untouched.
        """
        text = json.dumps({"asked": self.asked, "standing": asdict(self.standing)})
        arrays = {f"{place:04}": value for place, value in enumerate(self.values)}
        content = io.BytesIO()
        np.savez(content, **{_TEXT: np.array(text)}, **arrays)  # type: ignore[arg-type]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / FILE, content.getvalue())
        except OSError as error:
            raise FileError(
                f"The checkpoint {str(folder / FILE)!r} cannot be written: {error.strerror or error}. "
                "Make room, and the same command goes on from the last one that was written."
            ) from error
        return folder / FILE

    @staticmethod
    def load(folder: Path) -> Checkpoint | None:
        """Return the checkpoint in a folder, or None if there is none.

        Raises:
            FileError: If the file is none, or is damaged.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as name:
            ...     _ = Checkpoint({"seed": 0}, Standing(3, "float32", {}, step=12), [np.ones(3)]).save(Path(name))
            ...     Checkpoint.load(Path(name)).standing.step
            12
        """
        file = folder / FILE
        try:
            opened = open_regular(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FileError(f"The checkpoint {str(file)!r} cannot be read: {error.strerror or error}.") from error
        try:
            with opened, np.load(opened, allow_pickle=False) as stored:
                if sum(member.file_size for member in stored.zip.infolist()) > file.stat().st_size:
                    raise ValueError("it would swell")  # what tfkit writes is not compressed
                text = parse_json(str(stored[_TEXT]))
                values = [stored[name] for name in sorted(set(stored.files) - {_TEXT})]
            return Checkpoint(dict(text["asked"]), Standing(**text["standing"]), values)
        except Exception as error:  # NumPy and zipfile raise nearly anything at what is damaged
            raise FileError(
                f"{str(file)!r} is no checkpoint, or is damaged ({error}). Remove it, or name another log folder."
            ) from error

    def require(self, asked: dict[str, Any], folder: Path) -> None:
        """Check that it belongs to a training of which the same was asked.

        Raises:
            TrainingError: If it is another training's.
        """
        there, here = _flat(self.asked), _flat(json.loads(json.dumps(asked)))
        other = [name for name in sorted({*there, *here}) if there.get(name) != here.get(name)]
        if other:
            told = ", ".join(f"{name} {there.get(name)!r} there, {here.get(name)!r} here" for name in other)
            raise TrainingError(f"{str(folder)!r} holds another training ({told}). Name another log folder.")


def _flat(asked: dict[str, Any]) -> dict[str, Any]:
    recipe = asked.get("recipe", {})
    return {**asked, **(recipe if isinstance(recipe, dict) else {}), "recipe": None}


def values_of(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> list[NDArray[Any]]:
    """Return the values of all variables of a training, in an order that stays.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> len(values_of(model, keras.optimizers.SGD()))  # kernel, bias, number of steps, learning rate
        4
    """
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in [*model.variables, *optimizer.variables]]


def restore(model: keras.Model, optimizer: keras.optimizers.Optimizer, values: list[NDArray[Any]]) -> None:
    """Give all variables of a training their values back.

    Raises:
        TrainingError: If they do not fit.

    Example:
        >>> model, optimizer = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]), keras.optimizers.SGD()
        >>> restore(model, optimizer, values_of(model, optimizer))
    """
    variables = [*model.variables, *optimizer.variables]
    if [tuple(variable.shape) for variable in variables] != [value.shape for value in values]:
        raise TrainingError("The checkpoint's variables are not those of this network. Name another log folder.")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
