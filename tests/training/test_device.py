"""What trains, in which precisions, and how its speed is taken: with a clock that the test winds."""

import os
from itertools import accumulate

import pytest
import tensorflow as tf

from tfkit.training import device
from tfkit.training.device import Device, find_device, matmul_peak, step_seconds


@pytest.fixture
def gpu(monkeypatch):
    def found(details, memory=None):
        one = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
        told = []
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [one])
        monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda asked: details)
        monkeypatch.setattr(tf.config.experimental, "set_memory_growth", memory or (lambda *asked: told.append(asked)))
        return find_device(), [(asked is one, grows) for asked, grows in told]

    return found


@pytest.mark.parametrize(
    ("capability", "names"),
    [
        (None, ("float32", "bfloat16")),
        ((9, 0), ("float32", "bfloat16")),
        ((8, 0), ("float32", "bfloat16")),
        ((7, 5), ("float32", "float16")),
        ((7, 0), ("float32", "float16")),
        ((6, 1), ("float32",)),
    ],
)
def test_a_gpu_is_asked_for_what_its_generation_does(gpu, capability, names):
    assert device._precisions(capability) == names
    found, told = gpu({"device_name": "Tesla", "compute_capability": capability})
    assert found == Device("Tesla", "gpu", names) and str(found) == "Tesla (GPU)"
    assert told == [(True, True)]


def test_a_gpu_that_computes_already_is_found_all_the_same(gpu):
    def too_late(*asked):
        raise RuntimeError("Physical devices cannot be modified after being initialized")

    found, _ = gpu({}, too_late)
    assert (found.kind, found.name, found.precisions) == ("gpu", "/physical_device:GPU:0", ("float32", "bfloat16"))


@pytest.mark.parametrize(("cores", "words"), [({0, 1, 2}, "3 cores (CPU)"), ({5}, "1 core (CPU)")])
def test_without_one_it_is_the_processor_with_the_cores_it_may_use(monkeypatch, cores, words):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: cores, raising=False)
    found = find_device()
    assert found.kind == "cpu" and found.precisions == ("float32", "bfloat16")
    assert str(found).endswith(f", {words}") and len(found.name.partition(",")[0]) > 2


@pytest.fixture
def clock(monkeypatch):
    """Let each look at the clock find the time that the test names."""

    def wind(*rounds):
        looks = iter(accumulate(second for took in rounds for second in (0, took)))
        monkeypatch.setattr(device.time, "perf_counter", lambda: next(looks))

    return wind


def test_the_quickest_of_several_products_counts(clock):
    clock(9, 8, 0.5, 7, 6)
    one = Device("x", "cpu", ("float32",))
    assert matmul_peak(one, "float32") == pytest.approx(2 * 64**3 / 0.5)


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_every_precision_has_a_peak(precision):
    assert matmul_peak(find_device(), precision) > 0


def test_a_step_is_timed_after_a_first_one_that_is_not(clock):
    clock(3, 1, 2)
    made = []
    assert step_seconds(lambda: made.append("step")) == 1
    assert len(made) == 4
