from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tfkit.bodies import Body, open_bodies
from tfkit.files._side import side_by_side
from tfkit.parts import Node, Output
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


def test_the_histogram_counts_the_finite_numbers_in_16_bins():
    found = summarize([*range(17), np.nan, np.inf])
    assert found.histogram == (1,) * 15 + (2,)  # the maximum is in the last bin
    numbers = np.random.default_rng(0).normal(size=100_000)
    assert summarize(numbers).histogram == tuple(np.histogram(numbers, 16)[0])


@pytest.mark.parametrize(
    "value", [range(8), np.ones(100), np.arange(20) * 1j, np.array(["a"] * 20, object), [-1e308, 1e308] * 5]
)
def test_few_equal_or_unordered_elements_have_no_histogram(value):
    assert summarize(value).histogram == ()


def test_the_picture_is_rows_of_hexadecimal_digits():
    assert summarize(np.arange(16).reshape(4, 4)).picture == ("0123", "4567", "89ab", "cdef")
    assert summarize([[5.0, np.nan, np.inf, -np.inf], *np.full((3, 4), 7.0)]).picture[0] == "00f0"


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((24, 24), (24, 24)), ((100, 50), (20, 10)), ((784, 10), (24, 5)), ((1, 28, 1, 28), (14, 14)),
        ((3, 8, 6), (8, 6)), ((8, 6, 3), (8, 6)), ((2, 8, 6, 3), (8, 6)), ((2, 8, 6, 32), (8, 6)),
        ((1, 8, 6, 32), (8, 6)), ((2, 1, 8, 6), (8, 6)), ((2, 4, 9, 9), (9, 9)),
    ],
)  # fmt: skip
def test_the_picture_is_small_and_of_the_first_image(shape, size):
    picture = summarize(np.random.default_rng(0).random(shape)).picture
    assert (len(picture), len(picture[0])) == size


def test_of_many_channels_the_first_is_shown():
    images = np.zeros((2, 4, 4, 8))
    images[0, :, 1, 0] = 1.0
    assert summarize(images).picture == ("0f00",) * 4


@pytest.mark.parametrize(
    "value", [range(100), np.ones((3, 100)), np.full((5, 5), np.nan), np.ones((5, 5)) * 1j, np.ones((1, 1, 9))]
)
def test_what_is_no_picture_has_none(value):
    assert summarize(value).picture == ()


def pictures(name, count):
    outputs = (Output((4, 4), "float32", value=summarize(np.eye(4))),)
    nodes = [Node(f"{name}{place}", name, f"{name}{place}", outputs=outputs) for place in range(count)]
    return open_bodies(name, Body(nodes, ()), lambda caller, role, name: None)


def has_picture(graph):
    return [bool(node.outputs[0].value.picture) for node in graph.nodes]


def test_a_graph_keeps_the_first_200_pictures():
    graph = pictures("Eye", 201)
    assert has_picture(graph) == [True] * 200 + [False]
    assert graph.nodes[200].outputs[0].value == replace(graph.nodes[0].outputs[0].value, picture=())


def test_several_graphs_together_keep_200_pictures():
    one, other = pictures("Eye", 120), pictures("Diag", 120)
    assert sum(has_picture(tfkit.diff(one, other).graph)) == 200
    assert has_picture(side_by_side("both", {"a": one, "b": other})) == [True] * 200 + [False] * 40
