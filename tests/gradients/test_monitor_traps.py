"""Where watching a training could go wrong: each is right, or says what it is."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tests.gradients.trained import data, fit, model, track, watched


@pytest.mark.parametrize(
    "options",
    [{"jit_compile": True}, {"run_eagerly": True}, {"steps_per_execution": 4}, {"steps_per_execution": 3}],
    ids=str,
)
def test_other_ways_to_run_see_the_same(options):
    usual, other = watched(model(), every=2).history, watched(model(**options), every=2).history
    assert other.steps.tolist() == usual.steps.tolist()
    for one, two in zip(usual.tracks, other.tracks, strict=True):
        np.testing.assert_allclose(one.gradient_norm, two.gradient_norm, rtol=2e-4)
        np.testing.assert_allclose(one.update_ratio, two.update_ratio, rtol=2e-3)


def test_mixed_precision_watches_the_inner_optimizer_and_counts_what_was_skipped():
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        net = model()
        assert type(net.optimizer).__name__ == "LossScaleOptimizer"
        monitor = watched(net)
        usual = track(watched(model()), "hidden/kernel")
    finally:
        keras.mixed_precision.set_global_policy("float32")
    found = track(monitor, "hidden/kernel")
    assert found.gradient_norm[-1] < 100  # not scaled by 2**15
    assert len(monitor.history.steps) == len(usual.gradient_norm)
    broken = model()
    broken.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(), initial_scale=2.0**127), broken.loss)
    seen = watched(broken)
    assert any("skipped" in note for note in seen.history.notes)
    assert seen.history.skipped.any() or seen.history.steps.size < 16


def test_accumulated_gradients_change_nothing_in_between():
    monitor = watched(model(keras.optimizers.SGD(0.1, gradient_accumulation_steps=4)))
    ratios = track(monitor, "hidden/kernel").update_ratio
    assert [bool(ratio) for ratio in ratios[:8]] == [False, False, False, True] * 2
    assert "accumulated over 4 steps" in monitor.history.notes[0]


@pytest.mark.parametrize("clip", [{"clipnorm": 0.01}, {"global_clipnorm": 0.01}, {"clipvalue": 0.001}], ids=str)
def test_clipping_shows_both(clip):
    monitor = watched(model(keras.optimizers.SGD(0.1, **clip)), epochs=1)
    found = track(monitor, "hidden/kernel")
    plain = track(watched(model(keras.optimizers.SGD(0.1)), epochs=1), "hidden/kernel")
    assert found.gradient_norm[0] == plain.gradient_norm[0]
    assert found.clipped_norm[0] < 0.1 * found.gradient_norm[0]
    assert plain.clipped_norm.tolist() == plain.gradient_norm.tolist()
    assert "both norms" in monitor.history.notes[0]


def test_several_replicas_show_the_first():
    code = """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf, keras, numpy as np, contextlib, io
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
import tfkit
with strategy.scope():
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="out")])
    net.compile("sgd", "mse")
monitor = tfkit.GradientMonitor(every=1, table=True)
x = np.arange(24, dtype=np.float32).reshape(8, 3)
with contextlib.redirect_stdout(io.StringIO()):
    net.fit(x, x[:, :1], batch_size=4, verbose=0, callbacks=[monitor])
print(monitor.history.steps.tolist(), monitor.history.notes, np.isfinite(monitor.history.tracks[0].gradient_norm).all())
"""
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert "[1, 2]" in done.stdout and "first replica" in done.stdout and "True" in done.stdout, done.stderr[-2000:]


def test_frozen_shared_and_embedding_layers():
    keras.utils.set_random_seed(0)
    words = keras.Input((4,))
    shared = keras.layers.Dense(3, name="shared")
    embedded = keras.layers.Embedding(10, 3, name="table")(words)
    frozen = keras.layers.Dense(3, name="frozen", trainable=False)
    hidden = keras.layers.Flatten()(shared(frozen(shared(embedded))))
    net = keras.Model(words, keras.layers.Dense(1, name="out")(hidden))
    net.compile("sgd", "mse")
    x = np.random.default_rng(0).integers(0, 5, (16, 4))
    monitor = tfkit.GradientMonitor(every=1, table=True)
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()):
        net.fit(x, x[:, :1].astype(np.float32), batch_size=8, verbose=0, callbacks=[monitor])
    names = [found.name for found in monitor.history.tracks]
    assert not [name for name in names if "frozen" in name]
    assert len([name for name in names if name.endswith("shared/kernel")]) == 1
    with tf.GradientTape() as tape:
        net2 = keras.models.clone_model(net)
        del net2
    assert np.isfinite(track(monitor, "table/embeddings").gradient_norm).all()
    assert track(monitor, "table/embeddings").gradient_norm[0] > 0
    del tape


class Duel(keras.Model):
    """Two networks, two optimizers, and a step of its own; the compiled optimizer is not used."""

    def __init__(self):
        super().__init__()
        self.one = keras.layers.Dense(1, name="one")
        self.two = keras.layers.Dense(1, name="two")
        self.first, self.second = keras.optimizers.SGD(0.1), keras.optimizers.Adam(0.1)

    def train_step(self, batch):
        x, y = batch
        for layer, optimizer in ((self.one, self.first), (self.two, self.second)):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((layer(x) - tf.cast(y, tf.float32)[:, None]) ** 2)
            variables = layer.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)
        return {"loss": loss}


def test_several_optimizers_of_a_step_of_its_own():
    keras.utils.set_random_seed(0)
    net = Duel()
    net.compile()
    monitor = watched(net, every=2)
    assert {found.layer for found in monitor.history.tracks} == {"one", "two"}
    assert monitor.history.steps.tolist() == [1, 3, 5, 7, 9, 11, 13, 15]
    assert all(np.isfinite(found.gradient_norm).all() for found in monitor.history.tracks)


def test_a_second_fit_goes_on():
    net, monitor = model(), tfkit.GradientMonitor(every=4)
    fit(net, monitor)
    fit(net, monitor)
    assert monitor.history.steps.tolist() == [1, 5, 9, 13, 14, 18, 22, 26]
    assert monitor.history.fits == (0, 4)


def test_a_model_is_saved_and_cloned_while_it_is_watched(tmp_path):
    class Saves(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 3:
                self.model.save(tmp_path / "net.keras")
                keras.models.clone_model(self.model)

    net = model()
    fit(net, tfkit.GradientMonitor(every=1), Saves(), epochs=1)
    again = keras.models.load_model(tmp_path / "net.keras")
    assert [weight.shape for weight in again.weights] == [weight.shape for weight in net.weights]
    assert len(again.optimizer.variables) == len(net.optimizer.variables)


class Stops(keras.callbacks.Callback):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def on_train_batch_end(self, batch, logs=None):
        if batch == 2:
            raise self.error


@pytest.mark.parametrize("error", [RuntimeError("stop"), KeyboardInterrupt()])
def test_after_an_exception_in_a_callback_the_next_fit_is_not_watched(error):
    net, monitor, plain = model(), tfkit.GradientMonitor(every=1), model()
    original = keras.optimizers.Optimizer._backend_apply_gradients
    with pytest.raises(type(error)):
        fit(net, monitor, Stops(error))
    assert keras.optimizers.Optimizer._backend_apply_gradients is original
    with pytest.raises(type(error)):
        fit(plain, Stops(error))
    fit(net)
    fit(plain)
    assert monitor.history.steps.tolist() == [1, 2, 3]
    assert all(np.array_equal(a, b) for a, b in zip(plain.get_weights(), net.get_weights(), strict=True))


def test_after_an_exception_in_a_step_everything_is_as_it_was():
    net, monitor = model(run_eagerly=True), tfkit.GradientMonitor(every=1)
    x, y = data()
    with pytest.raises(Exception, match="outside the valid range|label"):
        net.fit(x, y + 5, verbose=0, callbacks=[monitor])
    assert monitor._watch is None
    assert net.train_function.__qualname__ != "GradientMonitor.on_train_begin.<locals>.watched"
    fit(net)
    assert monitor.history.steps.size == 0


def test_a_fit_without_weights_to_train_says_nothing():
    net = model()
    net.trainable = False
    net.compile("sgd", net.loss)
    with pytest.warns(UserWarning, match="trainable"):
        monitor = watched(net)
    assert monitor.history.tracks == ()
