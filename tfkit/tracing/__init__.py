"""Live objects to graphs.

With this module one can trace a Python function, a ``tf.function``, a ``ConcreteFunction``, or a Keras model
or layer: it is run once, symbolically, and the record is read into a `tfkit.graph.Graph`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from tfkit.errors import TraceError
from tfkit.graph import Graph
from tfkit.tracing._kinds import is_a
from tfkit.tracing._options import Options

__all__ = ["trace", "tracer"]

_Function = TypeVar("_Function", bound=Callable[..., Graph])


def _not_for_autograph(function: _Function) -> _Function:
    """Mark a function so that AutoGraph, where a function that is being traced calls it, does not rewrite it.

    It would go on with all of tfkit. This is what ``tf.autograph.experimental.do_not_convert`` leaves on a function,
    without importing TensorFlow.
    """
    function.autograph_info__ = None  # type: ignore[attr-defined]
    return function


@_not_for_autograph
def trace(obj: Any, /, *args: Any, **kwargs: Any) -> Graph:
    """Return the dataflow graph of one call of `obj`.

    Numbers and NumPy arrays among the positional arguments become input tensors of the graph; everything
    else, and every keyword, reaches `obj` unchanged. When all inputs are concrete, the graph is also run
    once, and every tensor carries a summary of its value.

    Args:
        obj: A Python function, a ``tf.function``, a ``ConcreteFunction``, a bound method, a Keras model or
            layer, or a ``tf.Graph``. A built Keras model needs no arguments.
        *args: What `obj` is called with; a ``tf.TensorSpec`` stands for an input of unknown value.
        **kwargs: What `obj` is called with. For a ``tf.Graph``: ``fetches`` and ``feed_dict`` of one session
            run, in the session that is the default one there, else in a new one. What ran is marked, and what
            did not, because nothing fetched needs it.

    Returns:
        The graph. It shows itself as the last line of a notebook cell.

    Raises:
        TraceError: If `obj` is nothing that can be traced. What `obj` itself raises comes through as it is,
            with the graph up to there as ``exception.tfkit_graph``.

    Example:
        >>> import tfkit
        >>> graph = tfkit.trace(lambda a, b: a * b + (a + b), 5, 3)
        >>> [node.label for node in graph.nodes], graph.nodes[-1].outputs[0].value.text
        (['a', 'b', 'mul', 'add', 'add_1'], '23')
    """
    return tracer()(obj, *args, **kwargs)


def tracer(*, values: bool | None = None, profile: bool = False) -> Callable[..., Graph]:
    """Return `trace` with options, kept apart from the traced function's own keywords.

    Args:
        values: Whether to run the graph and note the value of every tensor. None: if all inputs are concrete.
            The largest are left out where all together would take more than 1 GB; a note on the node says so.
        profile: Whether to measure time and memory of every operation, on a copy of the graph with copies of
            its variables; see `tfkit.parts.Cost`.

    Returns:
        A function to call like `trace`.

    Raises:
        TraceError: On the call, if values or a profile are asked for and an input has no value.

    Example:
        >>> import tfkit
        >>> graph = tfkit.tracer(values=False)(lambda a: a + a, 1.0)
        >>> graph.nodes[-1].outputs[0].value is None
        True
    """

    @_not_for_autograph
    def trace_with_options(obj: Any, /, *args: Any, **kwargs: Any) -> Graph:
        return _tracer_for(obj)(obj, args, kwargs, Options(values, profile))

    return trace_with_options


def _tracer_for(obj: Any) -> Callable[[Any, tuple[Any, ...], dict[str, Any], Options], Graph]:
    """Choose by what the object is, before anything heavy is imported."""
    if is_a(obj, "keras", "Layer"):
        from tfkit.tracing._keras import trace_keras

        return trace_keras
    if is_a(obj, "tensorflow", "Graph"):
        from tfkit.tracing._session import trace_tf1_graph

        return trace_tf1_graph
    # Its class is asked, because an object may have its own answer to any name, as those of unittest.mock do.
    if hasattr(type(obj), "structured_input_signature") and hasattr(type(obj), "captured_inputs"):
        from tfkit.tracing._function import trace_concrete

        return trace_concrete
    if hasattr(type(obj), "get_concrete_function"):
        from tfkit.tracing._function import trace_tf_function

        return trace_tf_function
    if callable(obj) and not isinstance(obj, type):
        from tfkit.tracing._function import trace_python

        return trace_python
    raise TraceError(
        f"Cannot trace {_named(obj)}: pass a Python function, a tf.function, a ConcreteFunction, a bound method, "
        "a Keras model or layer, or a tf.Graph."
    )


def _named(obj: Any) -> str:
    try:
        text = " ".join(repr(obj).split())
    except Exception:  # its own
        text = "an object without a name"
    return f"{text[:60]}{'...' * (len(text) > 60)} (a {type(obj).__name__})"
