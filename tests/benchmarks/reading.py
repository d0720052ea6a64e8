"""How long it takes from a graph to the bytes that the page reads, and how many they are.

The anchor is TensorBoard's way: the ``GraphDef`` as text, and that compressed.
"""

import gzip
import itertools
import os
import sys
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import tensorflow as tf
from google.protobuf import text_format
from tensorflow.core.framework import graph_pb2, types_pb2

from tests.benchmarks.measure import least_seconds, report
from tfkit.files._graph_def import read_graph_def
from tfkit.tracing import tracer


def synthetic(levels: int, fan: int = 10) -> graph_pb2.GraphDef:
    """Return ``fan ** levels`` operations in ``levels - 1`` nested scopes: a chain, with one skip in each scope."""
    graph = graph_pb2.GraphDef()
    graph.node.add(name="input", op="Placeholder").attr["dtype"].type = types_pb2.DT_FLOAT
    kinds = ["Relu", "Tanh", "Sigmoid", "Identity", "Neg", "Square", "Exp", "Abs", "Sqrt", "AddV2"]
    before = first = "input"
    for place in itertools.product(range(fan), repeat=levels):
        scope = "/".join(f"part_{number}" for number in place[:-1])
        node = graph.node.add(name=f"{scope}/op_{place[-1]}", op=kinds[place[-1] % len(kinds)], input=[before])
        if place[-1] == 0:
            first = before
        if place[-1] == fan - 1:
            node.input.append(first)
        node.attr["T"].type = types_pb2.DT_FLOAT
        shape = node.attr["_output_shapes"].list.shape.add()
        shape.dim.add().size, shape.dim.add().size = 32, 64
        before = node.name
    return graph


def tensorboards(graph_def: graph_pb2.GraphDef) -> bytes:
    """Return what TensorBoard sends of a graph."""
    return gzip.compress(text_format.MessageToString(graph_def).encode(), 6)


def resnet50() -> None:
    model = keras.applications.ResNet50(weights=None)
    spec = tf.TensorSpec((None, 224, 224, 3))
    concrete = tf.function(model).get_concrete_function(spec)
    reader = tracer(values=False)

    def anchor() -> bytes:
        return tensorboards(concrete.graph.as_graph_def(add_shapes=True))

    found = least_seconds({"ours": lambda: reader(concrete).to_wire(), "anchor": anchor}, 15)
    report(f"ResNet50, {len(concrete.graph.get_operations()):,} operations", found["ours"], found["anchor"], 0.65)
    print(f"{'':<44} {len(reader(concrete).to_wire()):,} bytes / {len(anchor()):,} bytes   reach 25,000")


def large_file() -> None:
    data = synthetic(5).SerializeToString()

    def anchor() -> bytes:
        return tensorboards(graph_pb2.GraphDef.FromString(data))

    found = least_seconds({"ours": lambda: read_graph_def(data, "large").to_wire(), "anchor": anchor}, 3)
    report("GraphDef of 100,001 nodes", found["ours"], found["anchor"], 0.45)
    print(f"{'':<44} {len(read_graph_def(data, 'large').to_wire()):,} bytes / {len(anchor()):,} bytes   reach 650,000")


def growth() -> None:
    for levels in (3, 4, 5):
        data = synthetic(levels).SerializeToString()
        seconds = least_seconds({"ours": lambda data=data: read_graph_def(data, "graph").to_wire()}, 3)["ours"]
        print(f"{10**levels:>9,} nodes {seconds:8.4f} s, {seconds / 10**levels * 1e6:6.2f} us a node", flush=True)


if __name__ == "__main__":
    resnet50()
    large_file()
    growth()
