"""The Jupyter server extension: files as graphs, the lessons, and TensorBoard behind the server's own login.

Jupyter finds it by `jupyter_server_config.json`, which the wheel puts where Jupyter looks. Nothing of TensorFlow is
imported in the server: files are read by `graph_process`, and TensorBoard is a `board_process`.
"""

from __future__ import annotations

from typing import Any

from tfkit.version import __version__ as __version__


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from tfkit.lab.extension import LabExtension

    return [{"module": "tfkit.lab", "app": LabExtension}]
