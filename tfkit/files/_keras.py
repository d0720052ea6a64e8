"""Files of Keras: ``.keras`` archives and HDF5 files, to graphs of their layers.

A ``.keras`` file is a zip archive (https://keras.io/guides/serialization_and_saving); an ``.h5`` file holds
the same description of the model as an attribute. No class that they name is imported.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tfkit.errors import FileError, GraphError
from tfkit.files._hdf5 import read_hdf5
from tfkit.files._layers import layers_of
from tfkit.files._weights import Weights
from tfkit.graph import Graph
from tfkit.untrusted import MIB, parse_json

_MOST_BYTES = 32 * MIB  # of config.json; ten thousand layers need about ten megabytes
_MOST_UNPACKED = 64 * MIB  # of weights that are compressed in the archive
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others unpack in pieces of any size
_WEIGHTS = "model.weights.h5"
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)


def read_keras(path: Path) -> Graph:
    """Return the layers of a saved model as a graph.

    Raises:
        FileError: If the file is not a whole ``.keras`` file; the message names it.
    """
    with _saying(path, ".keras file"), zipfile.ZipFile(path) as archive:
        config = parse_json(_config_text(path, archive))
        weights = _weights(path, archive)
        return layers_of(config, str(config["config"].get("name", path.stem)), weights)


def read_h5(path: Path) -> Graph:
    """Return the layers of a model saved as HDF5.

    Raises:
        FileError: If the file holds no whole model; the message names it.
    """
    with _saying(path, ".h5 file"):
        written, weights = read_hdf5(path)
        if written is None:
            raise FileError(
                f"{str(path)!r} holds weights and no description of a model: save the whole model with "
                "model.save('model.keras')."
            )
        config = parse_json(written)
        return layers_of(config, str(config["config"].get("name", path.stem)), weights)


@contextmanager
def _saying(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever goes wrong with the file into one error that names it."""
    try:
        yield
    except FileError:
        raise
    except _DAMAGE as error:
        raise FileError(f"{str(path)!r} is not a whole {kind}: {error}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, MemoryError, GraphError) as error:
        raise FileError(f"{str(path)!r} holds a model description that tfkit cannot read: {error}.") from error


def _config_text(path: Path, archive: zipfile.ZipFile) -> bytes:
    if "config.json" not in archive.namelist():
        raise FileError(f"{str(path)!r} has no config.json inside: it was not written by Keras' model.save.")
    entry = archive.getinfo("config.json")
    if entry.compress_type not in _PACKED:
        raise FileError(f"{str(path)!r} is packed in a way that Keras does not use.")
    with archive.open(entry) as file:
        text = file.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise FileError(f"{str(path)!r} holds a model description of more than {_MOST_BYTES // MIB} MB.")
    return text


def _weights(path: Path, archive: zipfile.ZipFile) -> Weights:
    """Return the weights in the archive; a model whose weights cannot be read still has its layers."""
    if _WEIGHTS not in archive.namelist():
        return Weights()
    entry = archive.getinfo(_WEIGHTS)
    # Keras stores weights uncompressed: then they are no larger than the file itself.
    is_stored = entry.compress_type == zipfile.ZIP_STORED and entry.file_size <= path.stat().st_size
    if entry.compress_type not in _PACKED or (not is_stored and entry.file_size > _MOST_UNPACKED):
        return Weights()
    try:
        return read_hdf5(path, _WEIGHTS)[1]
    except ValueError:
        return Weights()
