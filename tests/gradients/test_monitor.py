"""What a monitor sees is what an independent tape computes, and the training is what it is without one."""

import json
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfkit
from tests.gradients.trained import data, fit, model, track, watched
from tfkit.errors import FileError, GradientError
from tfkit.gradients import _replay
from tfkit.gradients.history import BINS, History


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("every", [1, 3])
def test_the_weights_are_the_same_to_the_last_bit(optimizer, every):
    plain, seen = model(optimizer), model(optimizer)
    fit(plain)
    watched(seen, every)
    assert all(np.array_equal(a, b) for a, b in zip(plain.get_weights(), seen.get_weights(), strict=True))


def test_norms_and_updates_are_those_of_an_independent_tape():
    net, x, y = model(), *data()
    before = net.get_weights()
    monitor = watched(net, epochs=1)
    copy = model()
    copy.set_weights(before)
    with tf.GradientTape() as tape:
        loss = copy.compute_loss(x=x[:8], y=y[:8], y_pred=copy(x[:8], training=True))
    gradients = tape.gradient(loss, copy.trainable_variables)
    for found, gradient, weight in zip(monitor.history.tracks, gradients, before, strict=True):
        wanted = float(tf.norm(gradient))
        assert found.gradient_norm[0] == pytest.approx(wanted, rel=1e-6)
        assert found.weight_norm[0] == pytest.approx(float(np.linalg.norm(weight)), rel=1e-6)
        if found.weight_norm[0]:
            assert found.update_ratio[0] == pytest.approx(0.01 * wanted / np.linalg.norm(weight), rel=1e-4)
        else:
            assert np.isnan(found.update_ratio[0])


def test_histograms_count_by_the_power_of_two():
    monitor = watched(model(), epochs=1)
    kernel = track(monitor, "hidden/kernel")
    assert kernel.weight_histogram.shape == (8, BINS) and set(kernel.weight_histogram.sum(1)) == {48}
    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    net.compile(keras.optimizers.SGD(0.0), "mse")
    found = tfkit.GradientMonitor(every=1, table=True)
    for weight, bin_ in ((1.0, 25), (1.99, 25), (2.0, 26), (2.0**-24, 1), (2.0**-30, 0), (0.0, 0), (1e9, 31)):
        net.set_weights([np.float32([[weight]])])
        found = tfkit.GradientMonitor(every=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdout", SimpleNamespace(write=lambda text: None, flush=lambda: None))
            net.fit(np.ones((1, 1)), np.ones((1, 1)), verbose=0, callbacks=[found])
        assert int(np.argmax(found.history.tracks[0].weight_histogram[0])) == bin_


def test_reports_steps_and_losses():
    monitor = watched(model(), every=5, epochs=3)
    assert monitor.history.steps.tolist() == [1, 6, 11, 16, 21]
    assert np.isfinite(monitor.history.losses).all()
    assert repr(monitor).startswith("GradientMonitor(every=5, History('net', 5 reports, to step 21, 4 variables))")


def test_dead_units_are_those_without_a_gradient():
    net = model()
    kernel, bias = net.get_layer("hidden").get_weights()
    bias[:4] = -100.0
    net.get_layer("hidden").set_weights([kernel, bias])
    assert track(watched(net, epochs=1), "hidden/kernel").dead[0] >= 0.5


def test_not_a_number_is_counted():
    net = model()
    kernel, bias = net.get_layer("out").get_weights()
    kernel[0, 0] = np.nan
    net.get_layer("out").set_weights([kernel, bias])
    monitor = watched(net, epochs=1)
    assert track(monitor, "out/kernel").weight_nonfinite[0] >= 1
    assert [finding.code for finding in monitor.findings] == ["non-finite"]


def test_a_line_a_report_outside_of_notebooks():
    lines = fit(model(), tfkit.GradientMonitor(every=4), epochs=1).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("step 1: loss ") and "|gradient|" in lines[0]


def test_a_table_that_can_be_compared():
    tables = [fit(model(), tfkit.GradientMonitor(every=4, table=True), epochs=1) for _ in range(2)]
    assert tables[0] == tables[1]
    assert tables[0].splitlines()[0].split() == ["step", "loss", "|gradient|", "update"]


def test_a_loop_of_ones_own():
    optimizer, weight = keras.optimizers.SGD(0.1), tf.Variable([3.0, 4.0], name="w")
    monitor = tfkit.GradientMonitor(every=1, table=True)

    def loop():
        with monitor.watch(optimizer):
            for _ in range(3):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(weight**2)
                optimizer.apply_gradients([(tape.gradient(loss, weight), weight)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", SimpleNamespace(write=lambda text: None))
        loop()
    found = track(monitor, "w")
    assert found.gradient_norm.tolist() == pytest.approx([10, 8, 6.4])
    assert found.update_ratio.tolist() == pytest.approx([0.2, 0.2, 0.2])
    other = tf.Variable(1.0)
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.apply([tf.constant(1.0)], [other])
    assert monitor.history.steps.size == 3


def test_a_loop_in_a_function(capsys):
    optimizer, weight = keras.optimizers.SGD(0.1), tf.Variable(2.0, name="w")
    optimizer.build([weight])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = weight**2
        optimizer.apply([tape.gradient(loss, weight)], [weight])

    monitor = tfkit.GradientMonitor(every=2)
    with monitor.watch(optimizer):
        for _ in range(5):
            step()
    assert monitor.history.steps.tolist() == [1, 3, 5]
    late = tfkit.GradientMonitor(every=1)
    with late.watch(optimizer):
        step()
    assert late.history.steps.size == 0 and "No step was seen" in late.history.notes[0]
    assert [finding.code for finding in late.findings] == ["nothing-seen"]
    capsys.readouterr()


def test_files_and_forms(tmp_path, capsys):
    monitor = watched(model(), epochs=1)
    again = History.load(monitor.save(tmp_path / "run.json"))
    assert again.to_dict() == monitor.history.to_dict()
    page = monitor.save(tmp_path / "run.html").read_text("utf-8")
    assert "application/vnd.tfkit.monitor+json" in page and "<script" in page
    assert monitor.save(tmp_path / "run.svg").read_text("utf-8").startswith("<svg")
    bundle = monitor._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.tfkit.monitor+json", "text/plain", "image/svg+xml"}
    assert "net/hidden/kernel" in bundle["text/plain"]
    with pytest.raises(FileError, match=r"end in \.json, \.html or \.svg"):
        monitor.save(tmp_path / "run.png")
    with pytest.raises(FileError, match="Cannot write"):
        monitor.save(tmp_path / "none" / "run.json")


def test_tensorboard_gets_scalars_and_histograms(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monitor = tfkit.GradientMonitor(every=2, logdir=tmp_path / "live")
    fit(model(), monitor, epochs=1)
    monitor.to_tensorboard(tmp_path / "after")
    for folder in ("live", "after"):
        found = EventAccumulator(str(tmp_path / folder), size_guidance={"tensors": 0})
        found.Reload()
        tags = found.Tags()["tensors"]
        assert {"loss", "gradient_norm/net/hidden/kernel", "weight_histogram/net/out/bias"} <= set(tags)
        events = found.Tensors("gradient_norm/net/hidden/kernel")
        assert [event.step for event in events] == monitor.history.steps.tolist()
        numbers = [float(tf.make_ndarray(event.tensor_proto)) for event in events]
        assert numbers == pytest.approx(track(monitor, "hidden/kernel").gradient_norm.tolist())


def test_live_updates_are_small_and_few(monkeypatch):
    shown = []

    class Handle:
        def update(self, forms, raw):
            shown.append(forms)

    def display(forms, raw, display_id):
        shown.append(forms)
        return Handle()

    monkeypatch.setattr(_replay, "_in_notebook", lambda: True)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    monitor = tfkit.GradientMonitor(every=1)
    fit(model(), monitor, epochs=30)
    assert 2 <= len(shown) < 60  # of 240 reports
    kind = "application/vnd.tfkit.monitor+json"
    assert all(len(json.dumps(forms[kind])) <= 21_000 for forms in shown[:-1])
    assert "image/svg+xml" in shown[-1] and "image/svg+xml" not in shown[0]


def test_long_histories_are_thinned_to_fit():
    history = watched(model(), epochs=30).history
    small = _replay.payload(history, (), is_running=True, most_bytes=20_000)
    assert len(small["data"]) <= 20_000
    thin = history.thinned(10)
    assert thin.steps.size == 10 and thin.steps[0] == 1 and thin.steps[-1] == history.steps[-1]


def test_what_cannot_be_watched_is_refused(monkeypatch):
    with pytest.raises(GradientError, match="every=0"):
        tfkit.GradientMonitor(every=0)
    monitor = tfkit.GradientMonitor()
    with pytest.raises(GradientError, match="Keras optimizer"), monitor.watch("sgd"):
        pass
    with monitor.watch(keras.optimizers.SGD()), pytest.raises(GradientError, match="already"):
        monitor.watch(keras.optimizers.SGD()).__enter__()
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(GradientError, match="runs on jax"):
        tfkit.GradientMonitor()
