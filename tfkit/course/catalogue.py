"""Which lessons there are. Nothing is loaded for it, so that a server may ask."""

from __future__ import annotations

from collections.abc import Mapping

# Number: (name of the notebook, title), in the order of the course.
CATALOGUE: Mapping[str, tuple[str, str]] = {
    "00": ("00_setup", "Start here"),
    "02": ("02_operations", "Operations and their graph"),
    "14": ("14_fashion_mnist", "Images and Fashion-MNIST"),
}
