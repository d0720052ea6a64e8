"""What a network makes of one picture: the activations of its layers, and its filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tfkit.drawing.chart import document
from tfkit.drawing.style import STYLE
from tfkit.errors import GradientError
from tfkit.pictures import gray_levels
from tfkit.pixels import picture
from tfkit.printable import printable, printable_forms

if TYPE_CHECKING:
    from tfkit.display import MimeBundle

_MOST = 12  # pictures in a row
_SIDE = 48  # px of a picture
_LABEL = 150
_MOST_PX = 28
_LONGEST = 512  # numbers of a vector that is shown
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Row:
    """One layer: its name, what it is, and pictures of it, each `(height, width)` from 0 to 15.

    Example:
        >>> Row("conv", "(None, 12, 12, 8)", ()).name
        'conv'
    """

    name: str
    words: str
    pictures: tuple[Array, ...]


@dataclass(frozen=True)
class Inside:
    """Rows of gray pictures, one for each layer; shows itself in a notebook.

    Example:
        >>> Inside("filters of conv", (Row("conv", "3 x 3", ()),))
        filters of conv
          conv: 3 x 3, 0 pictures
    """

    title: str
    rows: tuple[Row, ...]

    def __repr__(self) -> str:
        told = [f"  {row.name}: {row.words}, {len(row.pictures)} pictures" for row in self.rows]
        return "\n".join([self.title, *told])

    def to_svg(self) -> str:
        """Return the rows below each other."""
        parts = []
        for number, row in enumerate(self.rows):
            top = 16 + number * (_SIDE + 20)
            size, color = STYLE["detail_size"], STYLE["colors"]
            parts.append(_words(16, top + 20, row.name, STYLE["title_size"], color["text"], bold=True))
            parts.append(_words(16, top + 38, row.words, size, color["detail"]))
            parts += [
                picture(levels.tolist(), _LABEL + place * (_SIDE + 6), top, _SIDE)
                for place, levels in enumerate(row.pictures)
            ]
        most = max((len(row.pictures) for row in self.rows), default=0)
        return document(_LABEL + most * (_SIDE + 6) + 16, 16 + len(self.rows) * (_SIDE + 20), repr(self), parts)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> MimeBundle:
        return printable_forms({"image/svg+xml": self.to_svg(), "text/plain": repr(self)})


def activations(model: Any, image: Any) -> Inside:
    """Return what each layer of a model makes of one picture.

    Args:
        model: A built Keras model, sequential or functional.
        image: One example, without the axis of the batch: `(height, width)`, `(height, width, channels)` or
            `(features,)`.

    Raises:
        GradientError: If the model knows no inner outputs, or the picture does not fit it.

    Example:
        >>> import keras, numpy as np
        >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3, name="conv")], name="net")
        >>> activations(model, np.ones((8, 8)))
        activations of net
          conv: (None, 6, 6, 4), 4 pictures
    """
    import keras

    layers = [layer for layer in getattr(model, "layers", ()) if not isinstance(layer, keras.layers.InputLayer)]
    try:
        inputs, outputs = model.inputs, [layer.output for layer in layers]
        (wanted,) = [tensor.shape for tensor in inputs]
    except (AttributeError, ValueError, TypeError) as error:
        raise GradientError(
            f"activations needs a built model with one input, sequential or functional: {error}"
        ) from error
    given = np.asarray(image, np.float32)
    shape = tuple(wanted)[1:]
    if given.shape != shape and (*given.shape, 1) == shape:
        given = given[..., np.newaxis]
    if given.shape != shape:
        raise GradientError(f"The picture has the shape {given.shape}, and the model takes {shape}.")
    found = keras.Model(inputs[0], outputs).predict(given[np.newaxis], verbose=0)
    several = found if isinstance(found, list) else [found]
    rows = (
        Row(layer.name, str(layer.output.shape), _maps(value[0])) for layer, value in zip(layers, several, strict=True)
    )
    return Inside(f"activations of {model.name}", tuple(rows))


def filters(layer: Any) -> Inside:
    """Return the filters of a convolution, or the weights of each unit of a dense layer, as pictures.

    Args:
        layer: A built Keras layer with a kernel, or a model: then all its layers with one.

    Raises:
        GradientError: If there is no kernel.

    Example:
        >>> import keras
        >>> layer = keras.layers.Conv2D(4, 3, name="conv")
        >>> layer.build((None, 8, 8, 1))
        >>> filters(layer)
        filters of conv
          conv: (3, 3, 1, 4), 4 pictures
    """
    inner = [one for one in getattr(layer, "layers", [layer]) if getattr(one, "kernel", None) is not None]
    if not inner:
        raise GradientError(f"{getattr(layer, 'name', layer)!s:.60} has no kernel to look at: build it first.")
    rows = []
    for one in inner:
        kernel = np.asarray(one.kernel)
        pictures = (
            _maps(kernel[:, :, 0, :]) if kernel.ndim == 4 else _maps(_squares(kernel)) if kernel.ndim == 2 else ()
        )
        rows.append(Row(one.name, str(kernel.shape), pictures))
    return Inside(f"filters of {layer.name}", tuple(rows))


def _squares(kernel: Array) -> Array:
    """Return the weights of each unit as a square where their number is one, else as a row."""
    side = round(kernel.shape[0] ** 0.5)
    return kernel.reshape(side, side, -1) if side * side == kernel.shape[0] else kernel[np.newaxis]


def _maps(value: Array) -> tuple[Array, ...]:
    """Return gray levels of the first channels of `(height, width, channels)`, or of a vector as a row."""
    if value.ndim == 3:
        channels = [value[..., place] for place in range(min(value.shape[-1], _MOST))]
    elif value.ndim == 1 and value.size <= _LONGEST:
        channels = [_row(value)]
    else:
        channels = []
    levels = (gray_levels(channel, _MOST_PX, 1) for channel in channels)
    return tuple(level for level in levels if level is not None)


def _row(value: Array) -> Array:
    """Return a vector as lines of 16."""
    width = 16
    padded = np.full(-(-value.size // width) * width, value.min() if value.size else 0.0, np.float64)
    padded[: value.size] = value
    rows = padded.reshape(-1, width)
    return np.repeat(rows, 4, axis=0) if len(rows) == 1 else rows


def _words(x: int, y: int, text: str, size: int, color: str, *, bold: bool = False) -> str:
    from xml.sax.saxutils import escape

    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{color}"{weight}>{escape(printable(text))}</text>'
