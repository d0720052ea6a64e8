"""The table of epochs: the same text on every run, or a clear refusal."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tfkit.errors import TfkitError
from tfkit.training.table import epoch_table

HISTORY = {"loss": [2.30259, 1.5], "accuracy": [0.1, np.float32(0.625)]}
TEXT = """\
epoch    loss  accuracy
    1  2.3026    0.1000
    2  1.5000    0.6250"""


@pytest.mark.parametrize(
    "history",
    [
        HISTORY,
        [{"loss": 2.30259, "accuracy": 0.1}, {"loss": 1.5, "accuracy": 0.625}],
        SimpleNamespace(history=HISTORY, epoch=[0, 1]),
    ],
)
def test_three_forms_give_one_table(history: Any) -> None:
    assert repr(epoch_table(history)) == TEXT


def test_a_real_history() -> None:
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((4, 1), "float32")
    table = epoch_table(model.fit(x, x, epochs=2, verbose=0, validation_data=(x, x)))
    assert table.columns == ("loss", "val_loss")
    assert len(table.rows) == 2
    later = epoch_table(model.fit(x, x, initial_epoch=2, epochs=4, verbose=0))
    assert later.epochs == (3, 4)


def test_html_has_the_same_cells_and_says_what_they_are() -> None:
    shown = epoch_table(HISTORY)._repr_mimebundle_()
    assert shown["text/plain"] == TEXT
    assert '<th scope="col">accuracy</th>' in shown["text/html"]
    assert '<th scope="row">2</th><td>1.5000</td><td>0.6250</td>' in shown["text/html"]
    assert "&lt;b&gt;" in epoch_table({"<b>": [1]})._repr_mimebundle_()["text/html"]


def test_gaps_and_what_is_no_number() -> None:
    table = epoch_table([{"loss": 1.0}, {"loss": math.nan, "rate": -0.0}], digits=1)
    assert repr(table) == "epoch  loss  rate\n    1   1.0\n    2   nan   0.0"
    assert repr(epoch_table({})) == repr(epoch_table([])) == "epoch"


@pytest.mark.parametrize(
    ("history", "words"),
    [
        (None, "not NoneType"),
        ("loss", "not str"),
        (3, "not int"),
        ({"loss": 3}, "'loss'.*list of numbers"),
        ({"loss": "12"}, "list of numbers"),
        ({"loss": [1], "accuracy": [1, 2]}, "these differ"),
        ({"loss": ["one"]}, "'one', which is not a number"),
        ({"loss": [[1, 2]]}, "not a number"),
        ([1, 2], "Entry 0"),
        ([{"loss": 1}, None], "Entry 1"),
    ],
)
def test_refusals(history: Any, words: str) -> None:
    with pytest.raises(TfkitError, match=words):
        epoch_table(history)


@pytest.mark.parametrize("digits", [-1, 16, 2.0, True, "4"])
def test_digits(digits: Any) -> None:
    with pytest.raises(TfkitError, match="digits"):
        epoch_table(HISTORY, digits=digits)
