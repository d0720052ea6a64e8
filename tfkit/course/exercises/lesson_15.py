"""Exercises of lesson 15: shapes of a CNN, its parameters, a convolution by hand, a better classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfkit.course.answers import require_function
from tfkit.course.check import task
from tfkit.course.exercises.expect import entries, function
from tfkit.course.exercises.pictures import clothes

_LEAST = 0.81

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Predict the shapes behind the convolution and behind the pooling, and the length behind Flatten.",
    "a.hint.1": "A window of 6 pixels on 28 has 23 places. With strides of 2 every second one is taken.",
    "a.hint.2": "12 x 12 places, and a number for each of the 24 filters. Pooling halves rows and columns.",
    "a.hint.3": "(12, 12, 24), then (6, 6, 24), and 6 · 6 · 24 numbers in a row.",
    "a.praise": "28, 12, 6: fewer places, more features at each.",
    "a.1": "Shape 1, {answer}: 23 places, every second one taken: 12 in each direction; and 24 filters.",
    "a.1.(14, 14, 24)": "Shape 1: 14 would need padding at the border. Without it, 23 places are left before the strides.",
    "a.1.(23, 23, 24)": "Shape 1: that is without the strides of 2.",
    "a.1.(11, 11, 24)": "Shape 1: of 23 places, the 1st, 3rd, ... and 23rd are taken. That makes 12.",
    "a.1.(None, 12, 12, 24)": "Shape 1: leave out the axis of the batch, None.",
    "a.1.(24, 12, 12)": "Shape 1: the channels come last.",
    "a.1.(12, 12)": "Shape 1: each of the 24 filters makes a picture. The channels come last.",
    "a.1.(12, 12, 1)": "Shape 1: each of the 24 filters makes a picture of its own.",
    "a.2": "Shape 2, {answer}: pooling of 2 x 2 with strides of 2 halves rows and columns; the channels stay.",
    "a.2.(6, 6, 12)": "Shape 2: pooling does not touch the channels.",
    "a.3": "Length 3, {answer}: multiply the three sizes of shape 2.",
    "a.3.36": "Length 3: 36 places, and each has 24 numbers.",
    "b.prompt": "Count the parameters: of the convolution, of the small CNN, of the MLP.",
    "b.hint.1": "A filter of 6 x 6 on one channel has 36 weights and a bias. There are 24 filters.",
    "b.hint.2": "The CNN: 160 for the first convolution, 3 · 3 · 16 · 32 + 32 for the second, 800 · 10 + 10 for the end.",
    "b.hint.3": "24 · 37 = 888; 160 + 4,640 + 8,010; and 784 · 128 + 128 + 128 · 10 + 10.",
    "b.praise": "The CNN has an eighth of the parameters, because a filter is used at every place of the picture.",
    "b.1": "Count 1: 24 filters, each with 6 · 6 · 1 weights and one bias.",
    "b.1.864": "Count 1: you counted the weights. Each filter has a bias, too.",
    "b.1.37": "Count 1: that is one filter. There are 24.",
    "b.2": "Count 2: add the two convolutions and the dense layer; pooling and Flatten have none.",
    "b.2.8330": "Count 2: the second convolution sees 16 channels, so each filter has 3 · 3 · 16 weights.",
    "b.3": "Count 3: 784 · 128 + 128 for the first layer, 128 · 10 + 10 for the second.",
    "b.3.101632": "Count 3: you counted the weights. Each unit has a bias, too.",
    "c.prompt": "Write the convolution of a picture with a filter, as a loop over places, without padding.",
    "c.hint.1": "The filter is laid on a part of the picture of its own size. How many places are there?",
    "c.hint.2": "At place (i, j): `picture[i : i + k, j : j + k]` times the filter, added up.",
    "c.hint.3": "Two loops: i over h - k + 1 rows, j over w - k + 1 columns; put the sums into np.zeros of that shape.",
    "c.praise": "tf.nn.conv2d does the same, a thousand times faster.",
    "c.flipped": "You turn the filter round. In deep learning it is not turned; mathematicians call this a correlation.",
    "c.padded": "Your result is as large as the picture. Without padding it has h - k + 1 rows.",
    "c.turned": "Rows and columns are exchanged.",
    "c.mean": "You take the mean at each place. Add the products up.",
    "c.sum": "You add up the pixels, but do not multiply them with the filter.",
    "d.prompt": "Name the 500 test pictures better than the linear classifier can: at least 0.81.",
    "d.hint.1": "Both networks of the lesson can do it. Give them a few more epochs.",
    "d.hint.2": "The CNN with dropout, 12 epochs of Adam, is well above.",
    "d.hint.3": "Build it with `cnn()`, compile it with Adam(0.003), fit it for 12 epochs; the answer is the model.",
    "d.praise": "Above what any linear classifier reaches on these 2,000 pictures.",
}


def _conv(picture: NDArray[Any], kernel: NDArray[Any]) -> NDArray[Any]:
    windows = np.lib.stride_tricks.sliding_window_view(picture, kernel.shape)
    return np.asarray((windows * kernel).sum((2, 3)))


def _padded(picture: NDArray[Any], kernel: NDArray[Any]) -> NDArray[Any]:
    before = [(size - 1) // 2 for size in kernel.shape]
    margins = [(start, size - 1 - start) for start, size in zip(before, kernel.shape, strict=True)]
    return _conv(np.pad(picture, margins), kernel)


def _check_shapes(answer: Any) -> None:
    if isinstance(answer, (list, tuple)) and len(answer) == 3 and isinstance(answer[2], (list, tuple)):
        answer = [*answer[:2], *answer[2]] if len(answer[2]) == 1 else answer  # (864,) says the same
    entries("a", _SAY, [(12, 12, 24), (6, 6, 24), 864])(answer)


def _check_convolve(answer: Any) -> None:
    """Give arrays, as the lesson has them, to what is called with tensors."""
    given = require_function(answer)

    def convolve(picture: Any, kernel: Any) -> Any:
        try:
            return given(picture.numpy(), kernel.numpy())
        except AttributeError:  # it asks for something that only tensors have
            return given(picture, kernel)

    _check_tensors(convolve)


_check_tensors = function(
    "c",
    _SAY,
    _conv,
    lambda random: (
        (random.integers(0, 9, shape).astype("float32"), random.integers(-3, 4, (k, k)).astype("float32"))
        for shape, k in (((5, 5), 3), ((6, 8), 2), ((9, 7), 4))
    ),
    mistakes={
        "flipped": lambda picture, kernel: _conv(picture, kernel[::-1, ::-1]),
        "padded": _padded,
        "turned": lambda picture, kernel: _conv(picture, kernel).T,
        "sum": lambda picture, kernel: _conv(picture, np.ones_like(kernel)),
        "mean": lambda picture, kernel: _conv(picture, kernel) / kernel.size,
    },
)

TASKS = (
    task("a", _SAY, answer="shapes", check=_check_shapes),
    task("b", _SAY, answer="counts", check=entries("b", _SAY, [888, 12810, 101770], tolerance=1e-7)),
    task("c", _SAY, answer="convolve", check=_check_convolve),
    task("d", _SAY, answer="predictions", check=clothes(_LEAST)),
)
