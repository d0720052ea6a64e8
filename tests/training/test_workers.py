import json
import signal
import socket
import subprocess

import numpy as np
import psutil
import pytest

from tests.servers import free_ports, wait_until
from tests.training.teams import (
    COMPARABLE_STEPS,
    LIMIT_S,
    alone_and_together,
    end,
    losses_in,
    pair,
    run,
    start,
)
from tfkit.errors import TrainingError
from tfkit.training import workers
from tfkit.training.team import Team
from tfkit.training.workers import Address, launch, parse_workers

NOWHERE = "192.0.2.1"  # an address for examples, which no machine has


@pytest.mark.parametrize("model", COMPARABLE_STEPS)
def test_two_workers_make_the_steps_of_one(tmp_path, model):
    one, two = alone_and_together(tmp_path, model)
    steps = COMPARABLE_STEPS[model]
    assert len(one) == len(two) == 40
    np.testing.assert_allclose(two[:steps], one[:steps], rtol=0, atol=1e-5)
    assert (tmp_path / "two" / "net.keras").stat().st_size > 10_000


def test_a_worker_that_is_killed_is_named_and_the_training_goes_on_later(tmp_path):
    run(tmp_path / "whole", epochs=30, addresses=pair())
    addresses = pair()
    parent = start(tmp_path / "cut", epochs=30, addresses=addresses)
    wait_until((tmp_path / "cut" / "log" / "checkpoint.npz").exists, LIMIT_S)
    children = psutil.Process(parent.pid).children()
    second = next(child for child in children if '"index": 1' in child.environ()["TF_CONFIG"])
    second.kill()
    code, said = end(parent)
    assert code == 1
    assert f"Worker {addresses.split(',')[1]} was killed by signal 9." in said and "goes on from the last" in said
    assert not any(child.is_running() for child in children)
    run(tmp_path / "cut", epochs=30, addresses=pair())
    assert losses_in(tmp_path / "cut")[1].tolist() == losses_in(tmp_path / "whole")[1].tolist()


def test_ctrl_c_stops_all_at_the_same_step_with_a_checkpoint(tmp_path):
    parent = start(tmp_path, epochs=500, addresses=pair())
    wait_until((tmp_path / "log" / "checkpoint.npz").exists, LIMIT_S)
    parent.send_signal(signal.SIGINT)
    assert end(parent)[0] == workers.STOPPED
    each_step, _ = losses_in(tmp_path)
    with np.load(tmp_path / "log" / "checkpoint.npz") as stored:
        assert json.loads(str(stored["text"]))["standing"]["step"] == len(each_step)


def test_workers_end_with_their_parent(tmp_path):
    parent = start(tmp_path, epochs=500, addresses=pair())
    wait_until((tmp_path / "log" / "checkpoint.npz").exists, LIMIT_S)
    children = psutil.Process(parent.pid).children()
    assert len(children) == 2
    parent.kill()
    end(parent)
    assert not psutil.wait_procs(children, timeout=LIMIT_S)[1]


def test_a_worker_that_does_not_come_is_named(tmp_path):
    code, said = end(start(tmp_path, addresses=f"127.0.0.1:{free_ports(1)[0]},{NOWHERE}:5001", wait_s=2))
    assert code == 1
    assert f"After 2 seconds there is no answer from worker {NOWHERE}:5001." in said


def test_a_worker_that_fails_says_why(tmp_path):
    code, said = end(start(tmp_path, model="softmax", epochs=0, addresses=pair()))
    assert code == 1
    assert "epochs is a whole number from 1 up, not 0." in said and "ended with code 1" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "A worker is HOST:PORT"),
        ("127.0.0.1", "not '127.0.0.1'"),
        ("127.0.0.1:5001,", "not ''"),
        ("127.0.0.1:x,127.0.0.1:5002", "not '127.0.0.1:x'"),
        ("::1:5001,[::1]:5002", "not '::1:5001'"),
        ("127.0.0.1:0,127.0.0.1:5002", "The port of worker 127.0.0.1:0 is not from 1 to 65535"),
        ("127.0.0.1:65536,127.0.0.1:5002", "not from 1 to 65535"),
        ("127.0.0.1:5001", "one worker only"),
        ("127.0.0.1:5001,127.0.0.1:5001", "127.0.0.1:5001 stands in the list twice"),
        ("0.0.0.0:5001,127.0.0.1:5002", "0.0.0.0 stands for any host"),
        ("nobody.invalid:5001,127.0.0.1:5002", "The host of worker nobody.invalid:5001 is not known here"),
    ],
)
def test_a_wrong_list_is_refused(text, words):
    with pytest.raises(TrainingError, match="(?s).*") as caught:
        parse_workers(text)
    assert words in str(caught.value)


def test_a_list_is_read():
    assert parse_workers(" 127.0.0.1:5001, [::1]:5002 ") == [Address("127.0.0.1", 5001), Address("::1", 5002)]


def test_a_port_in_use_is_named_before_anything_starts(monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = Address("127.0.0.1", server.getsockname()[1])
        with pytest.raises(TrainingError, match=f"The port of worker {taken} is in use"):
            launch([taken, Address(NOWHERE, 5001)], ["nothing"])


def test_a_list_of_other_machines_is_refused(monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    with pytest.raises(TrainingError, match=r"None of 192\.0\.2\.1:5001, 192\.0\.2\.1:5002 belongs to this machine"):
        launch([Address(NOWHERE, 5001), Address(NOWHERE, 5002)], ["nothing"])


def test_workers_on_one_machine_need_ports_of_their_own(monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    (port,) = free_ports(1)
    with pytest.raises(TrainingError, match="Workers on one machine need different ports"):
        launch([Address("127.0.0.1", port), Address("127.0.0.2", port)], ["nothing"])


def test_a_batch_is_shared_equally_or_not_at_all():
    Team(("a", "b")).require_share(100)
    with pytest.raises(TrainingError, match="A batch of 100 pictures cannot be shared equally by 3 workers"):
        Team(("a", "b", "c")).require_share(100)


class Answers:
    """A strategy in which the mean is known."""

    def __init__(self, mean):
        self.mean = mean

    def experimental_distribute_values_from_function(self, function):
        return function(None)

    def reduce(self, how, value, axis):
        return self.mean


def test_workers_with_different_checkpoints_do_not_start():
    with pytest.raises(TrainingError, match=r"not the same checkpoint \(20 here, 9\.5 in the mean\)"):
        Team(("a", "b"), strategy=Answers(9.5)).require_same(20, "checkpoint")
    Team(("a", "b"), strategy=Answers(20.0)).require_same(20, "checkpoint")


def test_an_address_of_this_machine_is_known():
    assert Address("127.0.0.1", 1).is_here() and not Address(NOWHERE, 1).is_here()
