from xml.etree import ElementTree

import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tfkit.errors import TraceError

CHECKER = np.indices((28, 28)).sum(axis=0) % 2 * 255


def test_numbers_and_text():
    found = tfkit.peek(tf.constant([[1.0, 2.0], [3.0, float("nan")]]))
    assert (found.shape, found.dtype, sum(found.histogram)) == ((2, 2), "float32", 3)
    assert str(found).startswith("(2, 2) float32: 4 values from 1 to 3, mean 2, standard deviation 0.8165, 1 NaN\n")
    assert repr(found) == str(found)


@pytest.mark.parametrize("shape", [(28, 28), (1, 28, 28), (2, 28, 28, 1), (28, 28, 3), (5, 28, 28, 3)])
def test_the_picture_is_the_first_image(shape):
    image = np.broadcast_to(CHECKER[..., None] if shape[-1] in (1, 3) else CHECKER, shape)
    picture = np.array(tfkit.peek(image).picture)
    assert picture.shape == (28, 28) and set(picture.ravel()) == {0, 15}
    assert picture[0, 0] == 0 and picture[0, 1] == 15


def test_large_images_are_thinned_and_lists_have_no_picture():
    assert len(tfkit.peek(np.random.default_rng(0).random((600, 300))).picture) <= 64
    assert tfkit.peek([1, 2, 3]).picture == ()
    assert tfkit.peek(5).histogram


def test_the_card_is_an_svg_that_says_in_words_what_it_shows():
    found = tfkit.peek(CHECKER)
    root = ElementTree.fromstring(found._repr_mimebundle_()["image/svg+xml"])
    assert (
        root.get("aria-label") == str(found).replace("\n", " ") or root.get("aria-label").split() == str(found).split()
    )


@pytest.mark.parametrize("value", [np.array([np.nan]), np.array([]), tf.constant("text"), True])
def test_odd_values_show_what_they_are(value):
    assert str(tfkit.peek(value))


def test_a_symbolic_tensor_and_an_object_are_refused():
    import keras

    with pytest.raises(TraceError, match="KerasTensor"):
        tfkit.peek(keras.Input((3,)))
    with pytest.raises(TraceError, match="tensor of numbers or text"):
        tfkit.peek([object()])
