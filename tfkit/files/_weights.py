"""The weights in an HDF5 file as facts: shapes, numbers of parameters, ranges.

Only plain numeric datasets inside the file itself are read. Links (soft, external), virtual datasets and
data in other files are not followed, and filters beyond HDF5's own are not loaded (CVE-2026-1669 and others
were such holes). What is too large to read keeps its shape and has no range.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]  # names of layers from the outermost inwards

_MOST_BYTES = 64 * 2**20  # of weights that are read, all together
_MOST_CHUNK = 16 * 2**20  # a compressed chunk is unpacked as a whole
_MOST_OBJECTS = 12_000  # HDF5 takes a tenth of a millisecond for each and more
_MOST_READ = 5_000  # weights
_DEEPEST = 50
_OWN_FILTERS = {1, 2, 3}  # deflate, shuffle, checksum
# Keras numbers the weights of a layer; in its own layers they have names.
_NAMES = {
    "BatchNormalization": ("gamma", "beta", "moving_mean", "moving_variance"),
    "LayerNormalization": ("gamma", "beta"),
    "Embedding": ("embeddings",),
}
_USUAL = ("kernel", "bias")


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight: its name or number, its shape, and its range and so on if it was read."""

    name: str
    shape: tuple[int, ...]
    numbers: Mapping[str, float]

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class Weights:
    """The weights of a file by the layer that they belong to, directly or through a layer inside of it."""

    def __init__(self, found: Iterable[tuple[Path, Weight]] = ()) -> None:
        self._below: dict[Path, list[tuple[Path, Weight]]] = defaultdict(list)
        for path, weight in found:
            for depth in range(len(path) + 1):
                self._below[path[:depth]].append((path[depth:], weight))

    def facts(self, path: Path, class_name: str) -> dict[str, Any]:
        """Return the attributes that the weights give to a layer, nothing where the file has none for it."""
        found = self._below.get(path)
        if not found:
            return {}
        names = _NAMES.get(class_name, _USUAL)
        facts = {
            "/".join((*inner, _name(one, names))): {"shape": list(one.shape), **one.numbers} for inner, one in found
        }
        return {"parameters": sum(weight.size for _, weight in found), "weights": facts}


def _name(weight: Weight, names: tuple[str, ...]) -> str:
    place = int(weight.name) if weight.name.isdecimal() and len(weight.name) < 3 else None
    if place is None:
        return weight.name
    return names[place] if place < len(names) else f"weight {place}"


def walk_weights(file: Any) -> Iterator[tuple[Path, Weight]]:
    """Yield the weights in an open ``.weights.h5`` file of Keras 3, or in a whole-model file of Keras 2 or 3."""
    import h5py

    reading = _Reading()
    legacy = reading.child(file, "model_weights")
    yield from reading.legacy(legacy) if isinstance(legacy, h5py.Group) else reading.numbered(file, (), 0)


class _Reading:
    """One walk through a file, with what it may still cost."""

    def __init__(self) -> None:
        self.bytes_left = _MOST_BYTES
        self.objects_left = _MOST_OBJECTS
        self.weights_left = _MOST_READ

    def child(self, group: Any, name: str) -> Any:
        """Return what stands in a group under a name, unless it is only a link to elsewhere."""
        import h5py

        if self.objects_left <= 0 or not isinstance(group.get(name, getlink=True), h5py.HardLink):
            return None
        self.objects_left -= 1
        return group[name]

    def numbered(self, group: Any, path: Path, depth: int) -> Iterator[tuple[Path, Weight]]:
        """Yield what Keras 3 writes: ``layers/dense/vars/0``, the layer's own name an attribute of ``vars``."""
        import h5py

        variables = self.child(group, "vars")
        if isinstance(variables, h5py.Group):
            name = variables.attrs.get("name")
            inner = (*path, name) if isinstance(name, str) and depth else path  # the outermost is the model
            for number in sorted(variables, key=lambda key: (len(key), key)):
                if (weight := self.weight(number, self.child(variables, number))) is not None:
                    yield inner, weight
            path = inner
        for name in group:
            if name not in ("vars", "optimizer") and depth < _DEEPEST:
                below = self.child(group, name)
                if isinstance(below, h5py.Group):
                    yield from self.numbered(below, path, depth + 1)

    def legacy(self, group: Any, path: Path = (), depth: int = 0) -> Iterator[tuple[Path, Weight]]:
        """Yield what Keras 2 writes: ``layer/model/layer/kernel``, of a model inside ``inner/inner/dense/kernel``."""
        import h5py

        for name in group:
            below = self.child(group, name)
            if isinstance(below, h5py.Group) and depth < _DEEPEST:
                yield from self.legacy(below, (*path, name), depth + 1)
            elif (weight := self.weight(name.removesuffix(":0"), below)) is not None:
                yield _layer_path(path), weight

    def weight(self, name: str, dataset: Any) -> Weight | None:
        """Return one dataset's facts, or None where it is no plain array of numbers."""
        import h5py

        if not isinstance(dataset, h5py.Dataset) or dataset.shape is None or dataset.dtype.kind not in "fiub":
            return None
        return Weight(name, tuple(map(int, dataset.shape)), self._numbers(dataset))

    def _numbers(self, dataset: Any) -> dict[str, float]:
        from tfkit.summaries import summarize

        size = dataset.size * dataset.dtype.itemsize
        if not size or size > self.bytes_left or not self.weights_left or not _is_plain(dataset):
            return {}
        self.bytes_left -= size
        self.weights_left -= 1
        try:
            summary = summarize(dataset[()])
        except (OSError, ValueError, MemoryError):  # damaged; its shape is known all the same
            return {}
        numbers = {key: getattr(summary, key) for key in ("minimum", "maximum", "mean", "std")}
        numbers = {key: value for key, value in numbers.items() if value is not None}
        return numbers | {key: count for key in ("nan", "infinite") if (count := getattr(summary, key))}


def _layer_path(path: Path) -> Path:
    """Return the layer of a weight from the groups around it: the first names it, inner ones follow a model."""
    first, *rest = path or ("",)
    inner = rest[1:] if rest[:1] == [first] else [name for name in rest[-1:] if name != first]
    return (first, *inner)


def _is_plain(dataset: Any) -> bool:
    """Return whether the data stand in this file, in pieces of bearable size, under filters of HDF5's own."""
    if dataset.is_virtual or dataset.external:
        return False
    settings = dataset.id.get_create_plist()
    filters = {settings.get_filter(place)[0] for place in range(settings.get_nfilters())}
    chunk = dataset.dtype.itemsize * math.prod(dataset.chunks or ())
    return filters <= _OWN_FILTERS and chunk <= _MOST_CHUNK
