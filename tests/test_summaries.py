import numpy as np
import pytest
import tensorflow as tf

from tfkit.summaries import summarize


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"), (2.5, "2.5"), (True, "True"), (b"bytes", "'bytes'"), (1 + 2j, "(1+2j)"),
        ([1, 2, 3], "[1 2 3]"), ([[1.0, 2.0]], "[[1. 2.]]"), (np.arange(100), "[0 1 2 3 ...]"), ([], "[]"),
        (np.array(["a", "b"], object), "['a' 'b']"), (np.float32(1) / 3, "0.333333"),
    ],
)  # fmt: skip
def test_text(value, text):
    assert summarize(value).text == text


def test_statistics_are_over_the_finite_numbers_and_the_others_are_counted():
    found = summarize(np.array([1.0, 3.0, np.nan, np.inf, -np.inf], np.float32))
    assert (found.size, found.minimum, found.maximum, found.mean, found.std) == (5, 1.0, 3.0, 2.0, 1.0)
    assert (found.nan, found.infinite) == (1, 2)


def test_nothing_finite_has_no_range():
    found = summarize([np.nan, np.nan])
    assert (found.minimum, found.mean, found.nan) == (None, None, 2)


def test_a_big_array_stays_a_small_summary():
    assert len(summarize(np.zeros((1000, 1000))).text) < 40


def test_bfloat16_has_numbers_too():
    assert summarize(tf.constant([1.5, 2.5], tf.bfloat16).numpy()).mean == 2.0
