"""Memory that is not there, and numbers that are none, in words."""

import pytest
import tensorflow as tf

from tests.training.cases import few, loop_of
from tfkit.training.trouble import batch_that_fits, is_out_of_memory, no_number, where_it_broke


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[1000000,28,28]"),
        RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 200 bytes."),
        RuntimeError("std::bad_alloc"),
    ],
)
def test_no_memory_has_many_names(error):
    assert is_out_of_memory(error)


def test_other_errors_are_not_about_memory():
    assert not is_out_of_memory(tf.errors.InvalidArgumentError(None, None, "shapes differ"))
    with pytest.raises(ValueError, match="another"):
        batch_that_fits(8, lambda size: (_ for _ in ()).throw(ValueError("another")))


@pytest.mark.parametrize(
    ("batch_size", "most", "fits"), [(256, 100, 64), (100, 49, 25), (2, 1, 1), (7, 0, None), (1, 0, None)]
)
def test_halves_are_tried_until_one_fits(batch_size, most, fits):
    def step(size):
        if size > most:
            raise MemoryError

    assert batch_that_fits(batch_size, step) == fits


def test_the_place_is_named_where_a_number_broke():
    data, loop = few(16), loop_of("mlp")
    pictures = data.train_images[..., None] / 255
    assert where_it_broke(loop, pictures.astype("float32"), data.train_labels) == ""
    weights = loop.model.get_weights()
    loop.model.set_weights([weight * 1e38 for weight in weights])
    where = where_it_broke(loop, pictures.astype("float32"), data.train_labels)
    assert where.startswith(" The first infinity was made by MatMul") and "in layer scores" in where


def test_steps_and_epochs_are_counted_from_one():
    assert "in step 1,235 of epoch 3. There. Lower the learning rates" in str(no_number(2, 1234, " There."))
