"""Exercises of lesson 14: an idx header, pixels for a network, counting parameters, a better classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfkit.course.answers import Mistake, describe, kind, numbers, require_function, result_of
from tfkit.course.check import task
from tfkit.course.data import load_fashion_mnist
from tfkit.course.exercises.expect import number
from tfkit.course.exercises.pictures import clothes

_ACCURACY = 0.78

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Write a function that takes the first bytes of an idx file and gives the shape of its array.",
    "a.hint.1": "The fourth byte is the number of axes. After it come four bytes for the size of each axis.",
    "a.hint.2": "`int.from_bytes(data[4:8], 'big')` is the first size. The next one begins four bytes later.",
    "a.hint.3": "For axis number i, counted from 0, take `data[4 + 4 * i : 8 + 4 * i]`; there are `data[3]` axes.",
    "a.praise": "Images, labels and shapes you have not seen: all read. You can open any idx file now.",
    "a.little": "Your sizes are turned round byte by byte: {given}. The most significant byte comes first ('big').",
    "a.magic": "Your shape begins with {first}, which comes from the four bytes before the sizes. Skip them.",
    "a.axes": "This header announces {axes} axes in its fourth byte, but your shape has {count}.",
    "a.product": "You give one number. The shape keeps the size of each axis: {wanted}.",
    "a.values": "For the bytes {data} you give {given}, but the shape is {wanted}.",
    "a.not_shape": "Your function should give a shape, but it gives {kind}: {answer}.",
    "b.prompt": "Write a function that turns images into rows of 784 float32 numbers from 0 to 1.",
    "b.hint.1": "Two things happen: the shape changes from (n, 28, 28) to (n, 784), and the numbers are divided.",
    "b.hint.2": "`images.reshape(-1, 784)` keeps the number of images. 255 is white, so divide by 255.",
    "b.hint.3": "Give back `images.reshape(-1, 784).astype('float32') / 255`.",
    "b.praise": "One row for each image, float32, from 0 to 1, and every pixel where it belongs.",
    "b.flat": "The shape is {shape}. Make rows of 784, one for each image: {wanted}.",
    "b.turned": "The shape is {shape}: images became columns. Each image should be a row, {wanted}.",
    "b.range": "The numbers go up to {most:g}. Divide by 255 to get numbers from 0 to 1.",
    "b.zeros": "Nearly all numbers are 0: whole numbers were divided to whole numbers. Make them float32 first.",
    "b.own_white": "You divide by the brightest pixel of these images. A dark image must stay dark: divide by 255.",
    "b.256": "White becomes {most:g} instead of 1. The brightest pixel is 255, so divide by 255.",
    "b.dtype": "The numbers are right, but their type is {dtype}. Make it float32.",
    "b.mixed": "The numbers are in another order: the pixels of different images or rows are mixed up.",
    "b.values": "The numbers lie between {least:g} and {most:g}, but they are not the pixels divided by 255.",
    "c.prompt": "Give the number of parameters of the classifier from 784 pixels to 10 classes.",
    "c.hint.1": "Each class has one weight for each pixel, and one number more.",
    "c.hint.2": "The weights make a table of 784 rows and 10 columns. Then there is the bias.",
    "c.hint.3": "Weights: 784 times 10. Biases: one for each class. Add the two.",
    "c.praise": "7,850: that is all that this classifier knows about clothes.",
    "c.7840": "7,840 counts the weights. Each of the ten classes also has a bias.",
    "c.785": "785 belongs to one class: 784 weights and a bias. There are ten classes.",
    "c.794": "794 adds 784 and 10. Every pixel is joined to every class, so these two are multiplied.",
    "c.7841": "7,841 has a single bias. Each of the ten classes has its own.",
    "c.other": "{answer} is not the number. Count the entries of W, shape (784, 10), and of b, shape (10,).",
    "d.prompt": "Predict the 500 test images with an accuracy of at least 0.78.",
    "d.hint.1": "The classifier of the lesson had not finished learning. Give it more epochs, or larger steps.",
    "d.hint.2": "Keras' optimizer 'adam' adapts its steps by itself. Some 20 epochs of it are enough.",
    "d.hint.3": "Build the model anew, compile it with optimizer='adam', fit it with epochs=20, then predict.",
    "d.praise": "An accuracy of 0.78 or more, from ten weight images and ten biases.",
}


def _header(*shape: int) -> bytes:
    """Return the header of an idx file of bytes with this shape."""
    return bytes([0, 0, 8, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape)


def _check_header(answer: Any) -> None:
    function = require_function(answer)
    for shape in ((60000, 28, 28), (10000,), (7, 300), (2, 3, 4, 5)):
        # Some data follow the header, as in a file.
        data = _header(*shape) + bytes([200, 0, 3, 7] * 6)
        _judge_header(data, shape, result_of(function, data))


def _judge_header(data: bytes, shape: tuple[int, ...], result: Any) -> None:
    if isinstance(result, (str, bytes)) or (
        not hasattr(result, "__len__") and not isinstance(result, (int, np.integer))
    ):
        raise Mistake(_SAY["a.not_shape"].format(kind=kind(result), answer=describe(result)))
    given = numbers(result, "a shape")
    if given.ndim == 0:
        raise Mistake(_SAY["a.product"].format(wanted=shape))
    sizes = tuple(given.ravel().tolist())
    if sizes == shape:
        return
    if len(shape) > 1 and sizes == tuple(int.from_bytes(size.to_bytes(4, "big"), "little") for size in shape):
        raise Mistake(_SAY["a.little"].format(given=sizes))
    if sizes and sizes[0] in (int.from_bytes(data[:4], "big"), int.from_bytes(data[:4], "little"), data[2], data[3]):
        raise Mistake(_SAY["a.magic"].format(first=sizes[0]))
    if len(sizes) != len(shape):
        raise Mistake(_SAY["a.axes"].format(axes=len(shape), count=len(sizes)))
    if sizes == tuple(int.from_bytes(size.to_bytes(4, "big"), "little") for size in shape):
        raise Mistake(_SAY["a.little"].format(given=sizes))
    raise Mistake(_SAY["a.values"].format(data=list(data[: 4 + 4 * len(shape)]), given=sizes, wanted=shape))


def _check_rows(answer: Any) -> None:
    function = require_function(answer)
    images = load_fashion_mnist("small").test_images
    for some in (images[:5], images[7:8] // 4, images[20:50]):
        _judge_rows(some, numbers(result_of(function, some), "an array of numbers"))


def _judge_rows(images: NDArray[Any], given: NDArray[Any]) -> None:
    pixels = images.reshape(len(images), -1)
    wanted = pixels.astype("float32") / 255
    if given.shape == wanted.T.shape and given.shape != wanted.shape:
        raise Mistake(_SAY["b.turned"].format(shape=given.shape, wanted=wanted.shape))
    if given.shape != wanted.shape:
        raise Mistake(_SAY["b.flat"].format(shape=given.shape, wanted=wanted.shape))
    if np.allclose(given, wanted, atol=1e-5):
        if given.dtype != np.float32:
            raise Mistake(_SAY["b.dtype"].format(dtype=given.dtype))
        return
    least, most = float(given.min()), float(given.max())
    known = {"b.range": pixels, "b.zeros": pixels // 255, "b.own_white": pixels / pixels.max(), "b.256": pixels / 256}
    for name, result in known.items():
        if np.allclose(given, result, atol=1e-5):
            raise Mistake(_SAY[name].format(most=most))
    if np.allclose(np.sort(given.ravel()), np.sort(wanted.ravel()), atol=1e-5):
        raise Mistake(_SAY["b.mixed"])
    raise Mistake(_SAY["b.values"].format(least=least, most=most))


TASKS = (
    task("a", _SAY, answer="idx_shape", check=_check_header),
    task("b", _SAY, answer="prepare", check=_check_rows),
    task("c", _SAY, answer="parameters", check=number("c", _SAY, 7850)),
    task("d", _SAY, answer="predictions", check=clothes(_ACCURACY)),
)
