import pytest

from tests.renew_op_docs import LONGEST, OP_DOCS, described, first_sentence
from tfkit.op_docs import _table, about


@pytest.mark.parametrize(
    ("op", "line"),
    [
        ("MatMul", 'Multiply the matrix "a" by the matrix "b".'),
        ("Exp", "Computes exponential of x element-wise."),
        ("layer Dense", "Just your regular densely-connected NN layer."),
        ("layer Functional", "A `Functional` model is a `Model` defined as a directed graph of layers."),
        ("layer Flatten", "Flattens the input."),
        ("Softmax", "Computes softmax activations."),
        ("layer Softmax", "Softmax activation layer."),
    ],
)
def test_known_lines(op, line):
    assert about(op) == line


@pytest.mark.parametrize("op", ["", "no such operation", "layer InputLayer", "StackPop", "BatchMatrixBandPart"])
def test_what_is_unknown_or_only_says_that_it_is_old_has_no_line(op):
    assert about(op) == ""


def test_the_table_has_what_this_tensorflow_and_keras_describe():
    """It is made with the newest ones, and from one version to the next a few lines change."""
    here = described()
    assert len(here) > 1000
    assert len(here.items() - _table().items()) <= 20


def test_every_line_is_one_short_sentence():
    for line in _table().values():
        assert 3 < len(line) <= LONGEST and line == " ".join(line.split()) and line.endswith((".", "…"))
    assert list(_table()) == sorted(_table()) and OP_DOCS.read_text(encoding="utf-8").startswith('{\n"')


@pytest.mark.parametrize(
    ("docstring", "sentence"),
    [
        ("One. Two.", "One."),
        ("Pools, e.g. A of B.\nMore.\n\nArgs:", "Pools, e.g. A of B."),
        ("  Broken over\n  two lines:\n\n  a list", "Broken over two lines."),
        ("Later: add doc.\n\n  Args:", ""),
        ("Deprecated. Use Other.", ""),
        (None, ""),
    ],
)
def test_the_first_sentence_is_one_line(docstring, sentence):
    assert first_sentence(docstring) == sentence


def test_a_long_sentence_is_cut_at_a_word():
    assert first_sentence("word " * 100 + "end.") == ("word " * 32).strip() + "…"
