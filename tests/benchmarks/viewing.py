"""What it costs to show a graph and to open groups in it, against other viewers of the same file in the same run.

Figures are CPU seconds of browser and server (the least of several rounds) from the load of the page until the
graph is visible, or from a click until what it opens is drawn. `reach` is what we want to stay within where a page
with six nodes of SVG costs 0.38 s, and is scaled to what that costs here; no task on the page's main thread may take
more than 100 ms.
"""

import argparse
import json
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.browser import Cost, floor, launcher, measured, new_page
from tests.benchmarks.measure import least_seconds
from tests.benchmarks.peers import Missing, Viewer, installed
from tfkit import display
from tfkit.files import read_graph
from tfkit.graph import Graph

LONGEST_TASK_MS = 100
STILL_S, STILL_BYTES = 0.5, 150_000
FLOOR_S = 0.38  # a page with six nodes of SVG on the machine that `reach_s` was set for


@dataclass(frozen=True)
class Row:
    """One line of the table: an item is shown, or groups of it are opened after that."""

    name: str
    item: str
    reach_s: float
    action: str = "show"
    with_heap: bool = False


ROWS = (
    Row("6 nodes", "tiny", 0.50),
    Row("CNN training step, 455", "training", 0.80),
    Row("ResNet50, 1,831", "resnet50", 0.70),
    Row("EfficientNetB7, 7,331", "efficientnet", 1.3),
    Row("10,001 in 3 scopes", "nested10k", 1.2),
    Row("  everything opened after that", "nested10k", 2.5, "open all"),
    Row("100,001 in 4 scopes", "nested100k", 2.8, with_heap=True),
    Row("  its largest group opened", "nested100k", 0.25, "open one"),
    Row("1,000 flat", "flat1k", 1.4),
    Row("5,000 flat", "flat5k", 5.0),
    Row("ResNet50, its largest group opened", "resnet50", 0.30, "open one"),
    Row("ResNet50, everything opened", "resnet50", 0.9, "open all"),
)


def tiny() -> Any:
    import tensorflow as tf

    spec = tf.TensorSpec((), tf.float32)
    return tf.function(lambda a, b: a * b + (a + b)).get_concrete_function(spec, spec).graph


def application(name: str) -> Any:
    import keras
    import tensorflow as tf

    model = getattr(keras.applications, name)(weights=None)
    spec = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
    return tf.function(lambda x: model(x, training=False)).get_concrete_function(spec).graph


def training() -> Any:
    import keras
    import tensorflow as tf

    layers = keras.layers
    model = keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
        layers.Flatten(), layers.Dropout(0.25), layers.Dense(64, activation="relu"), layers.Dense(10),
    ])  # fmt: skip
    optimizer, loss_of = keras.optimizers.Adam(), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return step.get_concrete_function(tf.TensorSpec((64, 28, 28, 1)), tf.TensorSpec((64,), tf.int32)).graph


def nested(levels: int) -> Any:
    from tests.benchmarks.reading import synthetic

    return synthetic(levels)


def flat(count: int) -> Any:
    """Return operations without scopes, each of which reads one or two of the forty before it."""
    from tensorflow.core.framework import graph_pb2, types_pb2

    graph, chance = graph_pb2.GraphDef(), random.Random(0)
    for i in range(count):
        node = graph.node.add(name=f"op_{i}", op="AddV2" if i and i % 3 == 0 else "Relu" if i else "Placeholder")
        node.attr["T" if i else "dtype"].type = types_pb2.DT_FLOAT
        for _ in range(min(i, 2 if i % 3 == 0 else 1)):
            node.input.append(f"op_{i - chance.randint(1, min(40, i))}")
    return graph


ITEMS: dict[str, Callable[[], Any]] = {
    "tiny": tiny,
    "training": training,
    "resnet50": lambda: application("ResNet50"),
    "efficientnet": lambda: application("EfficientNetB7"),
    "nested10k": lambda: nested(4),
    "nested100k": lambda: nested(5),
    "flat1k": lambda: flat(1000),
    "flat5k": lambda: flat(5000),
}


def built(folder: Path, name: str) -> Path:
    """Return the folder of an item, with its ``graph.pb`` and TensorBoard's log in ``tb``; made where it is missing."""
    item = folder / name
    if not (item / "graph.pb").exists():
        import tensorflow as tf

        made = ITEMS[name]()
        graph_def = made.as_graph_def(add_shapes=True) if isinstance(made, tf.Graph) else made
        with tf.summary.create_file_writer(str(item / "tb")).as_default():
            tf.summary.graph(graph_def)
        (item / "graph.pb").write_bytes(graph_def.SerializeToString())
    return item


@contextmanager
def shown(launch: Callable[[], Any], viewer: Viewer, item: Path) -> Iterator[tuple[Any, Cost]]:
    """Yield the page on which a viewer shows an item, and what that cost."""
    with viewer.serving(item) as url, new_page(launch, url) as page:

        def load() -> None:
            page.goto(url, wait_until="commit")
            viewer.wait(page)

        yield page, measured(page, load)


def once(launch: Callable[[], Any], viewer: Viewer, row: Row, item: Path) -> Cost:
    with shown(launch, viewer, item) as (page, cost):
        if row.action == "show":
            return cost
        page.wait_for_timeout(1000)  # what the load has left to do is not what the click costs
        act = viewer.open_one(page, item) if row.action == "open one" else viewer.open_all(page)
        return measured(page, act)


def least(launch: Callable[[], Any], viewer: Viewer, row: Row, item: Path, rounds: int) -> Cost | str:
    """Return the cheapest of several rounds, or why there is none."""
    from playwright import sync_api

    try:
        found = [once(launch, viewer, row, item) for _ in range(rounds)]
    except Missing as reason:
        return str(reason)
    except sync_api.TimeoutError:
        return f"> {viewer.limit_ms / 1000:.0f} s"
    except sync_api.Error as error:
        return str(error).splitlines()[0][:60]
    return Cost(
        *(min(values) for values in zip(*((c.cpu_s, c.longest_task_ms, c.heap_mb) for c in found), strict=True))
    )


def line(row: Row, viewers: Sequence[Viewer], costs: Sequence[Cost | str], reach_s: float) -> str:
    """Return a line of the table: ours, then each peer with the ratio of ours to it."""
    told, ours = [], costs[0]
    for viewer, cost in zip(viewers, costs, strict=True):
        if isinstance(cost, str):
            told.append(f"{viewer.name} {cost}")
            continue
        told.append(f"{viewer.name} {cost.cpu_s:.2f} s")
        if cost is ours:
            told[-1] += f", longest task {cost.longest_task_ms:.0f} ms"
            told[-1] += " <- freezes" if cost.longest_task_ms > LONGEST_TASK_MS else ""
            told[-1] += f", reach {reach_s:.2f} s" + (" <- beyond" if cost.cpu_s > reach_s else "")
        elif isinstance(ours, Cost):
            told[-1] += f" (ratio {ours.cpu_s / cost.cpu_s:.2f})"
        told[-1] += f" ({cost.heap_mb:.0f} MB of JS heap)" if row.with_heap else ""
    return f"{row.name:<36} " + " | ".join(told)


def sizes(name: str, graph: Graph) -> None:
    """Print how many bytes a graph takes in a notebook, and what its still picture costs."""
    parts = graph._repr_mimebundle_()
    kinds = {kind: len(parts[kind].encode()) for kind in ("image/svg+xml", "text/plain")}
    seconds = least_seconds({"still": graph.to_svg}, 3)["still"]
    beyond = "   <- beyond" if seconds > STILL_S or kinds["image/svg+xml"] > STILL_BYTES else ""
    told = ", ".join(f"{kind} {count:,}" for kind, count in {"graph": _payload(parts), **kinds}.items())
    print(f"{name:<13} {told} bytes; still {seconds:.3f} s (reach {STILL_S} s, {STILL_BYTES:,} bytes){beyond}")


def page_size() -> int:
    """Return the bytes of a page of its own that are not the graph's."""
    empty = Graph("empty")
    return len(empty.to_html().encode()) - _payload(empty._repr_mimebundle_())


def _payload(parts: dict[str, Any]) -> int:
    return len(json.dumps(parts[display.MIME_TYPE]))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Compare viewers of graphs.")
    parser.add_argument("--items", type=Path, required=True, help="folder that keeps the graphs between runs")
    parser.add_argument("--rows", default="", help="only rows whose name or item contains this")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=60, help="seconds after which a viewer is given up")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that browsers and servers are ended, too
    rows = [row for row in ROWS if asked.rows in row.name or asked.rows in row.item]
    items = {row.item: built(asked.items.resolve(), row.item) for row in rows}
    viewers = installed(asked.limit)
    print(f"a page without its graph: {page_size():,} bytes; what a notebook keeps of each:")
    for name, item in items.items():
        sizes(name, read_graph(item / "graph.pb"))
    with launcher() as launch:
        floor_s = min(floor(launch).cpu_s for _ in range(5))
        print(f"{'a page with six nodes of SVG':<36} {floor_s:.2f} s", flush=True)
        for row in rows:
            costs = [least(launch, viewer, row, items[row.item], asked.rounds) for viewer in viewers]
            print(line(row, viewers, costs, row.reach_s * floor_s / FLOOR_S), flush=True)


if __name__ == "__main__":
    main()
