"""What it costs to record eager code and to trace a function, against TensorFlow without tfkit."""

import os
import sys
import tracemalloc
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import tensorflow as tf
from tensorflow.python.framework import op_callbacks

import tfkit
from tests.benchmarks.measure import least_seconds, report
from tfkit.tracing._eager import Recording

COUNT = 100_000


def operations() -> None:
    x = tf.constant(0.0)
    for _ in range(COUNT):
        x = tf.add(x, 1.0)


def bare_callback() -> None:
    heard: list[str] = []

    def note(op_type, inputs, attrs, outputs, op_name=None, graph=None):
        heard.append(op_type)

    op_callbacks.add_op_callback(note)
    try:
        operations()
    finally:
        op_callbacks.remove_op_callback(note)
    assert len(heard) == COUNT


def recorded() -> Recording:
    with tfkit.record() as rec:
        operations()
    return rec


def recording() -> None:
    found = least_seconds({"ours": recorded, "anchor": bare_callback, "untouched": operations}, 3)
    report(f"record() on {COUNT:,} operations", found["ours"], found["anchor"], 3.0)
    print(f"{'':<44} without any callback {found['untouched']:.4f} s")
    tracemalloc.start()
    rec = recorded()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    print(f"{'':<44} {held / 1e6:,.0f} MB held, {held / COUNT:,.0f} bytes an operation, {rec}")
    graph = least_seconds({"graph": lambda: recorded_graph(rec)}, 1)["graph"]
    print(f"{'':<44} rec.graph {graph:.4f} s for {len(rec.graph.nodes):,} nodes")


def recorded_graph(rec: Recording) -> tfkit.Graph:
    return rec.graph


def tracing() -> None:
    """Each call is of a new function, so that nothing is traced already."""

    def small(x):
        for _ in range(50):
            x = tf.nn.relu(x * 2.0 + 1.0)
        return x

    mlp = keras.Sequential([keras.Input((784,)), *(keras.layers.Dense(64, "relu") for _ in range(20))])
    cnn = keras.applications.MobileNetV2(weights=None, input_shape=(96, 96, 3))
    shapes = tfkit.tracer(values=False)
    for name, function, spec in (
        ("150 operations", small, tf.TensorSpec((None,))),
        ("MLP of 20 layers", mlp, tf.TensorSpec((None, 784))),
        ("MobileNetV2", cnn, tf.TensorSpec((None, 96, 96, 3))),
    ):

        def fresh(function=function):
            return tf.function(lambda x: function(x))

        found = least_seconds(
            {
                "ours": lambda fresh=fresh, spec=spec: shapes(fresh(), spec),
                "anchor": lambda fresh=fresh, spec=spec: fresh().get_concrete_function(spec),
            },
            7,
        )
        report(f"trace(values=False) of {name}", found["ours"], found["anchor"], 1.3)


if __name__ == "__main__":
    tracing()
    recording()
