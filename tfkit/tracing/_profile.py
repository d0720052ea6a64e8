"""Time and memory of every operation, from one measured run of a copy of the graph."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfkit.parts import Cost
from tfkit.tracing._run import as_written

v1 = tf.compat.v1


def profile(graph: Any, inputs: Sequence[Any]) -> dict[str, Cost]:
    """Return what each operation took, by the id of its node.

    A copy of the graph runs in a session of its own with copies of the variables, twice, and the second run
    is measured: the first one pays for what is set up once. TensorFlow's rewriting of graphs is off, so that
    every operation runs as it was written; a compiled or optimised run may take less. Time is summed over the
    iterations of a loop; memory is what an operation allocated at most at once.

    Args:
        graph: A ``FuncGraph``.
        inputs: Eager tensors for its arguments.
    """
    values = [_value(tensor) for tensor in (*inputs, *graph.external_captures)]
    holders = {id(variable.handle): variable.numpy() for variable in graph.variables}
    captures = [holders.get(id(tensor)) for tensor in graph.external_captures]
    feeds: dict[str, Any] = {}
    with tf.Graph().as_default() as copy:
        variables = _variables(graph, captures, feeds)
        given = {name: variable.handle for name, variable in variables.items()}
        tf.graph_util.import_graph_def(graph.as_graph_def(), name="", input_map=given)
    names = [tensor.name for tensor in graph.inputs]
    run_feeds = {
        name: value for name, value in zip(names, values, strict=True) if name not in given and value is not None
    }
    with v1.Session(graph=copy, config=as_written()) as session:
        session.run([variable.initializer for variable in variables.values()], feeds)
        fetches = [*(tensor.name for tensor in graph.outputs), *(op.name for op in graph.control_outputs)]
        measured = v1.RunMetadata()
        for metadata in (None, measured):
            options = v1.RunOptions(trace_level=v1.RunOptions.FULL_TRACE) if metadata else None
            session.run(fetches, run_feeds, options=options, run_metadata=metadata)
    return costs(measured.step_stats)


def _value(tensor: Any) -> Any:
    return tensor.numpy() if tensor.dtype not in (tf.resource, tf.variant) else None


def _variables(graph: Any, captures: Sequence[Any], feeds: dict[str, Any]) -> dict[str, Any]:
    """Make a variable for each captured one and note the value that it begins with."""
    made = {}
    for place, (inner, value) in enumerate(zip(graph.internal_captures, captures, strict=True)):
        if value is not None:
            start = v1.placeholder(value.dtype, value.shape, name=f"tfkit_start_{place}")
            feeds[start.name] = value
            made[inner.name] = v1.Variable(start, use_resource=True, name=f"tfkit_variable_{place}")
    return made


def costs(stats: Any) -> dict[str, Cost]:
    times: dict[str, int] = defaultdict(int)
    bytes_: dict[str, int] = defaultdict(int)
    for device in stats.dev_stats:
        for node in device.node_stats:
            name = node_id(node.node_name)
            times[name] += node.op_end_rel_nanos - node.op_start_rel_nanos
            bytes_[name] = max(bytes_[name], sum(memory.peak_bytes for memory in node.memory))
    return {name: Cost(time / 1e9, bytes_[name]) for name, time in times.items()}


def node_id(name: str) -> str:
    """Return the id of the node that a session calls so.

    Example:
        >>> node_id("while/body/_1/while/cond/then/_3/while/cond/add")
        'while/body/cond/then/add'
        >>> node_id("case/branch1/_4/case/mul"), node_id("dense/MatMul")
        ('case/branch 1/mul', 'dense/MatMul')
    """
    parts, caller = [], ""
    for part in re.split(r"/_\d+/", name):
        inner = part.removeprefix(f"{caller}/") if caller else part
        parts.append(re.sub(r"(^|/)branch(\d+)$", r"\1branch \2", inner))
        caller = part.rpartition("/")[0]
    return "/".join(parts)
