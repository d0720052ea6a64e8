"""Answers to the exercises of lesson 16."""

SETUP = """
from pathlib import Path

def log(folder, losses, tag="loss", first=0, stride=1):
    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        for step, loss in enumerate(losses):
            tf.summary.scalar(tag, loss, step=first + stride * step)
    writer.close()
"""

RIGHT = {
    "a": [
        "log",
        "def log_losses(folder, losses):\n    v1 = tf.compat.v1\n    with tf.Graph().as_default():\n"
        "        writer = v1.summary.FileWriter(folder)\n        for step, loss in enumerate(losses):\n"
        "            writer.add_summary(v1.Summary(value=[v1.Summary.Value(tag='loss', simple_value=loss)]), step)\n"
        "        writer.close()",
    ],
    "b": [
        "lambda folder, runs: [log(Path(folder) / name, losses) for name, losses in runs.items()]",
        "def log_runs(folder, runs):\n    for name in runs:\n        with tf.summary.create_file_writer(folder + '/' + name).as_default():\n"
        "            for step, loss in enumerate(runs[name]):\n                tf.summary.scalar('loss', loss, step)",
    ],
    "c": [
        "lambda graph, name: [name, *(node.id for node in graph.ancestors(name))]",
        "lambda graph, name: (node.id for node in (*graph.ancestors(name), graph[name]))",
        "def main_part(graph, name):\n    found = {name}\n    while True:\n"
        "        more = {edge.source for edge in graph.edges if edge.target in found} - found\n"
        "        if not more:\n            return found\n        found |= more",
    ],
}

WRONG = {
    "a": [
        ("lambda folder, losses: log(folder, losses, tag='MSE')", "should be called 'loss'"),
        ("lambda folder, losses: log(folder, losses, stride=0)", "its own step"),
        ("lambda folder, losses: log(folder, losses, first=1)", "count from 0"),
        ("lambda folder, losses: tf.summary.scalar('loss', losses[0], step=0)", "no event file"),
        ("lambda folder, losses: log(folder, losses[:2])", "2 values were logged"),
        ("lambda folder, losses: log(folder, [-loss for loss in losses])", "the losses were"),
        ("[0.5, 0.25]", "the function itself"),
    ],
    "b": [
        ("lambda folder, runs: [log(folder, losses) for losses in runs.values()]", "into one folder"),
        ("lambda folder, runs: log(f'{folder}/slow', runs['slow'])", "called slow; they should be called"),
        (
            "lambda folder, runs: [log(folder, losses, tag=name) for name, losses in runs.items()]",
            "told apart by the tag",
        ),
        (
            "lambda folder, runs: [log(f'{folder}/run{i}', losses) for i, losses in enumerate(runs.values())]",
            "they should be called",
        ),
        ("lambda folder, runs: [log(f'{folder}/{name}', runs['slow']) for name in runs]", "its losses were"),
        (
            "lambda folder, runs: [log(f'{folder}/{name}', runs[name], tag=name) for name in runs]",
            "each run its folder",
        ),
    ],
    "c": [
        ("lambda graph, name: {node.id for node in graph.ancestors(name)}", "belongs to it as well"),
        ("lambda graph, name: {node.id for node in graph.descendants(name)} | {name}", "Go against them"),
        ("lambda graph, name: {node.id for node in graph.nodes}", "all nodes"),
        ("lambda graph, name: graph.ancestors(name)", "not the nodes themselves"),
        ("lambda graph, name: {edge.source for edge in graph.edges if edge.target == name} | {name}", "needed, too"),
        ("lambda graph, name: {node.id for node in graph.nodes if 'init' not in node.id}", "is not needed"),
        ("lambda graph, name: 3", "should return names"),
    ],
}
