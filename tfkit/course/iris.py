"""Fisher's iris flowers: 150 rows that come with the course."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, repr=False, eq=False)
class Iris:
    """Measures of 150 iris flowers of three kinds, 50 of each.

    Args:
        features: `(150, 4)` float32, in centimetres.
        labels: `(150,)` int64, 0 to 2.
        feature_names: What each column measures.
        class_names: What each label means.

    Example:
        >>> load_iris().class_names
        ('setosa', 'versicolor', 'virginica')
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Iris({len(self.labels)} flowers, {len(self.feature_names)} features, {len(self.class_names)} classes)"


def load_iris() -> Iris:
    """Return the iris flowers, in their usual order: all of a kind stand together.

    They were published by R. A. Fisher in "The use of multiple measurements in taxonomic problems" (1936). The copy at
    UCI has two wrong rows; this one, as in R and scikit-learn, has not.

    Example:
        >>> iris = load_iris()
        >>> iris, iris.features[0].tolist()[2:], iris.class_names[0]
        (Iris(150 flowers, 4 features, 3 classes), [1.399999976158142, 0.20000000298023224], 'setosa')
    """
    text = (files("tfkit.course") / "iris.csv").read_text(encoding="utf-8")
    head, *rows = csv.reader(text.splitlines())
    names = tuple(dict.fromkeys(row[-1] for row in rows))
    return Iris(
        features=np.array([row[:-1] for row in rows], np.float32),
        labels=np.array([names.index(row[-1]) for row in rows], np.int64),
        feature_names=tuple(name.removesuffix("_cm").replace("_", " ") for name in head[:-1]),
        class_names=names,
    )
