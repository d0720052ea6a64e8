"""TensorFlow's loop makes the steps of a training that is written out, in one go or in pieces."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.cases import NETWORKS, batch_of, few, first_weights, loop_of, plan_of, recipe_for, values
from tfkit.training.checkpoint import restore, values_of
from tfkit.training.networks import build
from tfkit.training.optimizer import make_optimizer

STEPS = 6


def written_out(network, plan):
    """Yield what a training in plain Keras has after each step: its network, its optimizer, loss, and part right."""
    data, recipe = few(), recipe_for(network)
    model = build(recipe, fused=False)
    model.set_weights(first_weights(model))
    optimizer = make_optimizer(recipe)
    loss_of = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    for step in range(STEPS):
        labels = data.train_labels[plan.order[step]]
        with tf.GradientTape() as tape:
            scores = model(batch_of(data.train_images, plan, step), training=True)
            loss = loss_of(keras.utils.to_categorical(labels, 10), scores)
        optimizer.learning_rate = recipe.kernel_rate * plan.rates[step]
        optimizer.apply(tape.gradient(loss, [v.value for v in model.trainable_variables]), model.trainable_variables)
        yield model, optimizer, float(loss), np.mean(scores.numpy().argmax(1) == labels)


@pytest.mark.parametrize("network", NETWORKS)
def test_each_step_is_the_one_written_out(network):
    plan, loop = plan_of(recipe_for(network)), loop_of(network)
    for step, (model, optimizer, loss, right) in enumerate(written_out(network, plan)):
        before = loop.model.get_weights()
        (found,), share = loop.run(plan, step, step + 1)
        assert found == pytest.approx(loss, abs=1e-5, rel=1e-5) and share == pytest.approx(right)
        for old, new, expected in zip(before, loop.model.get_weights(), model.get_weights(), strict=True):
            assert np.linalg.norm(new - expected) <= 0.02 * np.linalg.norm(expected - old) + 1e-6
        # Muon makes much of the last digit: the next step starts where this one should have ended.
        restore(loop.model, loop.optimizer, values_of(model, optimizer))


@pytest.mark.parametrize("network", ["softmax", "mlp"])
def test_all_steps_together_are_those_written_out(network):
    plan = plan_of(recipe_for(network))
    losses, right = loop_of(network).run(plan, 0, STEPS)
    *_, expected, each = zip(*written_out(network, plan), strict=True)
    np.testing.assert_allclose(losses, expected, atol=1e-5, rtol=1e-5)
    assert right == pytest.approx(np.mean(each))
    assert np.ptp(expected) > 0.1


@pytest.mark.parametrize("network", ["mlp", "resnet"])
def test_pieces_are_the_whole(network):
    plan, loop = plan_of(recipe_for(network)), loop_of(network)
    whole, after = loop.run(plan, 0, STEPS)[0], values(loop)
    loop = loop_of(network)
    pieces = [loop.run(plan, *ends)[0] for ends in ((0, 1), (1, 4), (4, STEPS))]
    assert np.concatenate(pieces).tolist() == whole.tolist()
    assert all(map(np.array_equal, values(loop), after))


def test_no_step_changes_nothing():
    loop = loop_of("cnn")
    before = values(loop)
    losses, _ = loop.run(plan_of(recipe_for("cnn")), 2, 2)
    assert losses.shape == (0,)
    assert all(map(np.array_equal, before, values(loop)))


def test_one_graph_serves_pieces_of_every_length():
    loop, plan = loop_of("softmax"), plan_of(recipe_for("softmax"))
    for ends in ((0, 1), (1, 3), (3, 8)):
        loop.run(plan, *ends)
    assert loop._steps.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_half_the_bits_make_nearly_the_same_steps(precision):
    plan = plan_of(recipe_for("cnn"))
    losses = [loop_of("cnn", each).run(plan, 0, STEPS)[0] for each in (precision, "float32")]
    np.testing.assert_allclose(*losses, atol=0.05)
    assert abs(losses[1][-1] - losses[1][0]) > 0.2


def test_in_float16_the_rate_of_a_step_reaches_the_weights():
    plan, loop = plan_of(recipe_for("mlp")), loop_of("mlp", "float16")
    before = loop.model.get_weights()
    loop.run(replace(plan, rates=np.zeros_like(plan.rates)), 0, 2)
    assert all(map(np.array_equal, before, loop.model.get_weights()))
    loop.run(plan, 0, 2)
    assert not any(map(np.array_equal, before, loop.model.get_weights()))
