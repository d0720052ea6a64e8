"""What pages ask a kernel: every question is answered, the odd ones too, and many cost no more than one."""

import gc
import json
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
import tensorflow as tf

import tfkit
from tfkit.display import MIME_TYPE, packed
from tfkit.gradients import _showing
from tfkit.graph import Graph
from tfkit.parts import Node

AREAS, PRICES = np.float32([6.7, 4.6, 3.5, 5.5]), np.float32([9.1, 5.9, 4.6, 6.7])


def loss(w, b):
    return tf.reduce_mean((w * AREAS + b - PRICES) ** 2)


class Comm:
    """A connection to one page, as ipykernel has it."""

    def __init__(self):
        self.sent = []

    def send(self, data):
        self.sent.append(json.loads(json.dumps(data, allow_nan=False)))

    def on_msg(self, asked):
        self.asked = asked

    def ask(self, data):
        self.sent.clear()
        self.asked({"content": {"data": data}})
        return self.sent


@pytest.fixture
def opened(monkeypatch):
    """A back-propagation that is shown in a kernel, and a page that looks at it."""
    manager = SimpleNamespace(register_target=lambda name, target: None)
    shell = SimpleNamespace(kernel=SimpleNamespace(comm_manager=manager))
    monkeypatch.setitem(_showing.sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    backprop = tfkit.backprop(loss, -0.34, 0.04)
    identity = _showing.bundle(backprop)[MIME_TYPE]["live"]
    comm = Comm()
    _showing._opened(comm, {"content": {"data": {"live": identity}}})
    assert comm.sent == [{"found": True}]
    return SimpleNamespace(comm=comm, backprop=backprop, identity=identity)


ODD = [
    *(None, 3, "set", [], {}, {"number": 1}, {"set": None, "number": 1}, {"set": 3}, {"set": ["w"]}, {"set": "w"}),
    *({"set": {"w": value}} for value in (None, "x", [], {}, [1, 2], "1e400", True, 10**400)),
    *({"set": {name: 1.0}} for name in ("", "nowhere", "__class__", "graph", "w.w", "\ud800", "\u2028", "</script>")),
    {"set": {"w": 1.0}, "number": {"a": [1]}},
]


@pytest.mark.parametrize("sent", ODD, ids=repr)
def test_an_odd_message_is_answered_or_passed_over(opened, sent):
    answers = opened.comm.ask(sent)
    assert len(answers) == (isinstance(sent, dict) and "set" in sent)
    for answer in answers:
        assert answer["number"] == sent.get("number")
        assert answer.get("error") or answer.get("packed")
    (answer,) = opened.comm.ask({"set": {"w": 0.5}, "number": 7})  # and the page goes on
    assert answer["number"] == 7 and answer["packed"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), -0.0, 5e-324, 1e-45, 1e400])
def test_odd_numbers_arrive(opened, value):
    (answer,) = opened.comm.ask(json.loads(json.dumps({"set": {"w": value}, "number": 1})))
    assert answer["packed"] == packed(opened.backprop.set(w=value).graph)


@pytest.mark.parametrize("live", [None, 3, "", "nowhere", ["a"], {}])
def test_a_page_that_asks_for_something_else_is_told(live):
    comm = Comm()
    _showing._opened(comm, {"content": {"data": {"live": live}}})
    assert comm.sent == [{"found": False}]
    (answer,) = comm.ask({"set": {"w": 1.0}, "number": 1})
    assert "run the cell again" in answer["error"]


def test_an_opening_without_a_message():
    comm = Comm()
    _showing._opened(comm, {"content": {"data": None}})
    assert comm.sent == [{"found": False}]


def resident_bytes():
    gc.collect()
    return psutil.Process().memory_info().rss


def grown(opened, count):
    """Return how many bytes a kernel grows by while it answers so many messages, every hundredth by a run."""
    messages = [{"set": {"w": 0.5}, "number": 1}, *ODD, *[{"set": {"nowhere": 1.0}, "number": 2}] * (99 - len(ODD))]
    for message in messages:
        opened.comm.ask(message)
    before = resident_bytes()
    for place in range(count):
        opened.comm.ask(messages[place % 100])
    return resident_bytes() - before


def test_messages_leave_nothing_behind(opened):
    assert grown(opened, 20_000) <= 20 * 2**20


@pytest.mark.soak
def test_a_million_messages_leave_nothing_behind(opened):
    assert grown(opened, 10**6) <= 50 * 2**20


def test_a_tensor_of_a_gigabyte_sends_a_megabyte_at_most():
    with tfkit.record() as recording:
        tf.zeros([2**28]) + 1.0
    graph = recording.graph
    assert any("268435456" in str(output.shape) for node in graph.nodes for output in node.outputs)
    assert len(packed(graph)) <= 2**20


def test_numbers_that_json_lacks_come_back_from_the_wire():
    values = [float("inf"), -float("inf"), -0.0, 5e-324, 1.7976931348623157e308, 2**53 + 1, 10**400]
    texts = ["\ud800", "\u2028\u2029", "</script>", "\x00", "\ufeff", ""]
    graph = Graph("odd", (Node("a", "Op", "a", attributes={"numbers": values, "texts": texts}),))
    found = Graph.from_wire(graph.to_wire()).nodes[0].attributes
    assert str(found["numbers"]) == str(["Infinity", "-Infinity", *values[2:]])  # for those JSON has no numbers
    assert found["texts"] == texts
