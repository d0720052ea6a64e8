"""Files to graphs, without TensorFlow and without running anything that stands in them.

With `read_graph` one can look at a model that somebody sent: only its structure is read.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from pathlib import Path

from tfkit.errors import FileError
from tfkit.graph import Graph

__all__ = ["read_graph"]

_ZIP, _HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
# tf.io.write_graph writes text unless it is told not to, whatever the name of the file.
_TEXT = re.compile(
    rb"\s*(#[^\n]*\n\s*)*(node|library|versions|meta_info_def|graph_def|meta_graphs|saved_model_schema_version)\s*[:{]"
)
_CHECKPOINT = (
    "holds a checkpoint of TensorFlow, which has the values of variables and no graph: read the .meta file beside it "
    "if there is one, or save the model with model.save('model.keras')."
)


def read_graph(path: str | Path) -> Graph:
    """Return the graph that a file or folder holds.

    Nothing in it is run or imported, and TensorFlow is not needed. What is broken inside a file that can be
    read is drawn with a note: an input that is not there, a second node of the same name.

    Args:
        path: One of

            - a ``GraphDef`` or ``MetaGraphDef``, ``.pb`` (binary) or ``.pbtxt`` (text);
            - a SavedModel: its folder, or ``saved_model.pb`` in it. All signatures and functions are opened;
              what saves and restores it stands in a group of its own;
            - a model saved by Keras, ``.keras`` or ``.h5``: the layers, with their weights' shapes and ranges;
            - an event file of TensorBoard, or a log folder: all graphs in it, each run a group.

    Returns:
        The graph.

    Raises:
        FileError: If there is no such file, it is of another kind, or it is damaged; the message names it.

    Example:
        >>> import tfkit
        >>> tfkit.read_graph("missing.keras")
        Traceback (most recent call last):
        ...
        tfkit.errors.FileError: 'missing.keras' does not exist.
    """
    file = Path(path)
    try:
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            return _read_folder(file)
        if not stat.S_ISREG(mode):
            raise FileError(f"{str(path)!r} is not a file but a {_kind(mode)}.")
        return _reader_of(file)(file)
    except (OSError, ValueError) as error:
        reason = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
        raise FileError(f"{str(path)!r} {reason}.") from error


def _read_folder(folder: Path) -> Graph:
    from tfkit.files._events import event_files, read_log_folder

    for name in ("saved_model.pb", "saved_model.pbtxt"):
        file = folder / name
        if file.is_file() and file.resolve().is_relative_to(folder.resolve()):  # a link could lead anywhere
            return _reader_of(file)(file)
    files = event_files(folder)
    if files:
        return read_log_folder(folder, files)
    if any(folder.glob("*.index")):
        raise FileError(f"{str(folder)!r} {_CHECKPOINT}")
    raise FileError(
        f"{str(folder)!r} is a folder without a SavedModel (saved_model.pb) and without event files of TensorBoard."
    )


def _reader_of(file: Path) -> Callable[[Path], Graph]:
    """Choose by what the file begins with, because names are often wrong, or else by its name."""
    if ".tfevents." in file.name:
        from tfkit.files._events import read_events

        return read_events
    with file.open("rb") as opened:
        begins = opened.read(200)
    suffix = file.suffix.lower()
    if begins[4:8] == b"TFL3" or suffix == ".tflite":
        raise FileError(
            f"{str(file)!r} is a TensorFlow Lite model, which tfkit does not read: it is made for small devices "
            "and has lost names and scopes. Open the SavedModel or .keras file that it was converted from."
        )
    if file.name == "checkpoint" or suffix == ".index" or suffix.startswith(".data-"):
        raise FileError(f"{str(file)!r} {_CHECKPOINT}")
    if begins.startswith((_ZIP, _HDF5)) or suffix in (".keras", ".h5", ".hdf5"):
        from tfkit.files import _keras

        is_hdf5 = begins.startswith(_HDF5) or (suffix != ".keras" and not begins.startswith(_ZIP))
        return _keras.read_h5 if is_hdf5 else _keras.read_keras
    if suffix in (".pb", ".meta", ".pbtxt"):
        from tfkit.files import _protobuf

        return _protobuf.read_text if suffix == ".pbtxt" or _TEXT.match(begins) else _protobuf.read_protobuf
    raise FileError(
        f"{str(file)!r} is of a kind that tfkit does not read; it reads .pb, .pbtxt, .keras, .h5, event files, and "
        "folders of SavedModels and logs."
    )


def _kind(mode: int) -> str:
    return "pipe" if stat.S_ISFIFO(mode) else "device or socket"
