"""A training is stopped, goes on, ends early or breaks, and says so; what it reaches is the same."""

import errno
import signal
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import tensorflow as tf

from tests.test_event_file import curves
from tests.training.cases import few, recipe_of
from tfkit.errors import FileError, TrainingError
from tfkit.training import checkpoint, run
from tfkit.training import train as training
from tfkit.training._tensorflow import TensorFlowLoop
from tfkit.training.checkpoint import FILE, Checkpoint
from tfkit.training.device import Device
from tfkit.training.recipe import one_cycle
from tfkit.training.train import train

DATA = few()
STEPS = 8  # of an epoch


def trained(network="mlp", **asked):
    """Train on few pictures, three epochs of eight steps if nothing else is asked."""
    length = {} if "minutes" in asked else {"epochs": 3}
    return train(network, **{**length, "precision": "float32", "recipe": recipe_of(network), "data": DATA, **asked})


def after(pieces, act):
    """Return a `progress` that acts when so many pieces are done; with so few steps each is a piece."""
    seen = []

    def progress(now):
        seen.append(now)
        if len(seen) == pieces:
            act()

    return progress


def ctrl_c():
    signal.raise_signal(signal.SIGINT)


def variables(folder):
    return Checkpoint.load(folder).values


@pytest.fixture
def steps(monkeypatch):
    """Count the steps that are made."""
    made, real = [], TensorFlowLoop.run

    def counted(loop, plan, first, last):
        made.extend(range(first, last))
        return real(loop, plan, first, last)

    monkeypatch.setattr(TensorFlowLoop, "run", counted)
    return made


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """Return the report and the variables of a network's training from its first step to its last."""

    @cache
    def of(network):
        folder = tmp_path_factory.mktemp(network)
        return trained(network, logdir=folder), variables(folder)

    return of


@pytest.mark.parametrize(("network", "pieces"), [("mlp", 5), ("mlp", STEPS), ("cnn", 2 * STEPS + 3)])
def test_a_training_that_was_stopped_goes_on_to_the_same_end(tmp_path, uninterrupted, network, pieces):
    first = trained(network, logdir=tmp_path, progress=after(pieces, ctrl_c))
    assert not first.finished and first.epochs == pieces / STEPS and len(first.losses) == pieces // STEPS
    second = trained(network, logdir=tmp_path)
    assert second.finished and second.epochs == 3
    whole, final = uninterrupted(network)
    assert second.losses == whole.losses and second.test_accuracy == whole.test_accuracy
    assert all(map(np.array_equal, variables(tmp_path), final))


def test_a_second_ctrl_c_interrupts_at_once(tmp_path):
    def twice():
        ctrl_c()
        ctrl_c()

    with pytest.raises(KeyboardInterrupt):
        trained("softmax", logdir=tmp_path, progress=after(3, twice))
    assert not (tmp_path / FILE).exists()


def test_one_that_is_finished_makes_no_further_step(tmp_path, steps):
    first = trained("softmax", logdir=tmp_path)
    assert len(steps) > 3 * STEPS
    steps.clear()
    again = trained("softmax", logdir=tmp_path)
    assert steps == [] and again.finished
    for name in ("losses", "test_accuracy", "epochs", "cpu_seconds", "images_per_second", "step_seconds", "mistakes"):
        assert getattr(again, name) == getattr(first, name)


def test_another_trainings_folder_is_refused_before_a_step(tmp_path, steps):
    trained("softmax", epochs=1, logdir=tmp_path)
    steps.clear()
    with pytest.raises(TrainingError, match=r"another training \(network 'softmax' there, 'mlp' here.*another log"):
        trained(epochs=1, logdir=tmp_path)
    with pytest.raises(TrainingError, match=r"\(seed 0 there, 1 here\)"):
        trained("softmax", epochs=1, logdir=tmp_path, seed=1)
    with pytest.raises(TrainingError, match=r"pictures 256 there, 224 here"):
        trained("softmax", epochs=1, logdir=tmp_path, held_out=32)
    assert steps == []


def test_a_damaged_checkpoint_is_refused_before_a_step(tmp_path, steps):
    (tmp_path / FILE).write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(FileError, match=r"checkpoint\.npz"):
        trained(logdir=tmp_path)
    assert steps == []


def test_a_full_disk_ends_it_and_room_lets_it_go_on(tmp_path, monkeypatch, uninterrupted):
    real, written = checkpoint.write_whole, []

    def full(path, data):
        written.append(path)
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, data)

    monkeypatch.setattr(checkpoint, "write_whole", full)
    with pytest.raises(FileError, match=r"checkpoint\.npz' cannot be written: No space left on device"):
        trained(logdir=tmp_path)
    assert Checkpoint.load(tmp_path).standing.step == STEPS
    assert trained(logdir=tmp_path).losses == uninterrupted("mlp")[0].losses


def test_without_a_log_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trained("softmax", epochs=1)
    assert list(tmp_path.iterdir()) == []


def test_the_curves_have_a_point_for_each_epoch(tmp_path):
    trained("softmax", logdir=tmp_path, progress=after(STEPS + 2, ctrl_c))
    report = trained("softmax", logdir=tmp_path)
    found = curves(tmp_path)
    assert set(found) == {"loss", "learning rate"}
    assert [step for step, _ in found["loss"]] == [STEPS, 2 * STEPS, 3 * STEPS]
    assert [value for _, value in found["loss"]] == pytest.approx(report.losses)
    last = one_cycle((np.arange(1, 4) * STEPS - 1) / (3 * STEPS), warm_up=0.2)
    assert [value for _, value in found["learning rate"]] == pytest.approx(
        last * recipe_of("softmax").kernel_rate, rel=1e-5
    )


def test_progress_says_how_far_it_is():
    seen = []
    report = trained(epochs=2, progress=seen.append)
    assert [(now.epoch, now.done) for now in seen] == [(epoch, step / 8) for epoch in (1, 2) for step in range(1, 9)]
    for epoch in (1, 2):
        assert np.mean([now.loss for now in seen if now.epoch == epoch]) == pytest.approx(report.losses[epoch - 1])
    assert all(now.epochs == 2 and 0 <= now.accuracy <= 1 and now.images_per_second > 0 for now in seen)
    assert seen[-1].accuracy > seen[0].accuracy and seen[-1].loss < seen[0].loss


@pytest.mark.parametrize("quickest", ["float32", "bfloat16"])
def test_the_quickest_precision_is_taken_and_nothing_is_learnt_while_they_are_timed(monkeypatch, quickest):
    alone = trained(precision=quickest, epochs=1)

    def timed(step):
        step()
        seconds.append(1.0 if names[len(seconds)] == quickest else 2.0)
        return seconds[-1]

    names, seconds = ("float32", "bfloat16"), []
    monkeypatch.setattr(training, "find_device", lambda: Device("one", "cpu", names))
    monkeypatch.setattr(run, "step_seconds", timed)
    report = trained(precision=None, epochs=1)
    assert report.precision == quickest and report.step_seconds == dict(zip(names, seconds, strict=True))
    assert report.losses == alone.losses


def test_a_precision_that_was_found_is_kept_when_it_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "step_seconds", lambda step: 1.0)  # a draw: the first is taken
    monkeypatch.setattr(training, "find_device", lambda: Device("one", "cpu", ("bfloat16", "float32")))
    trained("softmax", precision=None, logdir=tmp_path, progress=after(3, ctrl_c))
    monkeypatch.setattr(training, "find_device", lambda: Device("one", "cpu", ("float32", "bfloat16")))
    assert trained("softmax", precision=None, logdir=tmp_path).precision == "bfloat16"


@pytest.mark.parametrize(("minutes", "epochs"), [(0.5, 2), (1e-9, 1)])
def test_minutes_become_whole_epochs_and_the_time_before_them_counts(monkeypatch, minutes, epochs):
    monkeypatch.setattr(run, "step_seconds", lambda step: 1.0)
    monkeypatch.setattr(run._Clock, "wall", lambda clock: 7.0)  # 23 of 30 seconds are left, an epoch takes 8
    assert trained("softmax", minutes=minutes).epochs == epochs


def test_float16_learns():
    report = trained(precision="float16", epochs=5)
    assert report.precision == "float16" and report.losses[-1] < 0.8 * report.losses[0]
    assert report.losses == pytest.approx(trained(epochs=5).losses, abs=0.05)


@pytest.mark.parametrize(
    ("network", "rates"), [("mlp", {"rate": 1e30}), ("softmax", {"kernel_rate": 1.0, "rate": 1e38})]
)
def test_a_loss_that_is_no_number_is_told_with_its_step_and_its_origin(network, rates):
    origin = "The first infinity was made by MatMul .* in layer scores"
    with pytest.raises(TrainingError, match=f"in step 2 of epoch 1. {origin}.*Lower the learning rates"):
        trained(network, recipe=recipe_of(network, **rates))


def test_the_step_that_broke_is_found_within_a_piece(monkeypatch):
    monkeypatch.setattr(run, "_PIECES", 1)
    with pytest.raises(TrainingError, match="step 2 of epoch 1. The first infinity was made by MatMul"):
        trained(recipe=recipe_of("mlp", rate=1e30))


def test_steps_are_counted_in_each_epoch(monkeypatch):
    real = TensorFlowLoop.run

    def broken(loop, plan, first, last):
        losses, right = real(loop, plan, first, last)
        return losses * np.float32(np.nan) if progress.seen == 13 else losses, right

    def progress(now):
        progress.seen += 1

    progress.seen = 0
    monkeypatch.setattr(TensorFlowLoop, "run", broken)
    with pytest.raises(TrainingError, match="in step 6 of epoch 2. Lower"):
        trained(progress=progress)


def test_weights_that_break_in_the_last_step_are_seen_though_no_loss_tells(monkeypatch, tmp_path):
    real = TensorFlowLoop.run

    def broken(loop, plan, first, last):
        made = real(loop, plan, first, last)
        if len(seen) == 3 * STEPS - 1 and first < last:
            loop.model.trainable_variables[0].assign(loop.model.trainable_variables[0] * np.nan)
        return made

    seen = []
    monkeypatch.setattr(TensorFlowLoop, "run", broken)
    with pytest.raises(TrainingError, match=f"no number any more, in step {STEPS} of epoch 3"):
        trained(progress=seen.append, save=tmp_path / "net.keras")
    assert len(seen) == 3 * STEPS - 1 and not (tmp_path / "net.keras").exists()


def test_other_pictures_are_another_training(tmp_path):
    trained("softmax", epochs=1, logdir=tmp_path)
    with pytest.raises(TrainingError, match=r"another training \(checksum \d+ there, \d+ here\)"):
        trained("softmax", epochs=1, logdir=tmp_path, data=replace(DATA, train_images=255 - DATA.train_images))


@pytest.mark.parametrize("at_first", [True, False])
@pytest.mark.parametrize(("most", "cure"), [(20, "One of 16 fits"), (0, "close other programs")])
def test_a_batch_that_finds_no_memory_says_which_does(monkeypatch, at_first, most, cure):
    real = TensorFlowLoop.run

    def small(loop, plan, first, last):
        size = plan.order.shape[1]
        if size > most and (at_first or progress.seen > 2):
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return real(loop, plan, first, last)

    def progress(now):
        progress.seen += 1

    progress.seen = 0
    monkeypatch.setattr(TensorFlowLoop, "run", small)
    with pytest.raises(TrainingError, match=f"no memory for a batch of 64 pictures.*{cure}"):
        trained(recipe=recipe_of("mlp", batch_size=64), progress=progress)
    assert (progress.seen == 0) == at_first


def test_other_errors_pass_as_they_are(monkeypatch):
    def wrong(*asked):
        raise tf.errors.InvalidArgumentError(None, None, "shapes differ")

    monkeypatch.setattr(TensorFlowLoop, "run", wrong)
    with pytest.raises(tf.errors.InvalidArgumentError, match="shapes differ"):
        trained()
