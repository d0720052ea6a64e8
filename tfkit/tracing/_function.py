"""Functions to graphs: Python functions, ``tf.function`` objects and concrete functions."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.autograph.core import converter
from tensorflow.python.autograph.impl import api as autograph
from tensorflow.python.eager import context
from tensorflow.python.eager.polymorphic_function import function_type_utils
from tensorflow.python.framework import func_graph
from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable

from tfkit.errors import TraceError
from tfkit.graph import Graph
from tfkit.tracing._creation import Creations, watch_creation
from tfkit.tracing._failure import attach_graph
from tfkit.tracing._layers import watch_layers
from tfkit.tracing._listening import unheard
from tfkit.tracing._operations import Inputs, Reader
from tfkit.tracing._options import Options
from tfkit.tracing._profile import profile
from tfkit.tracing._replace import replaced
from tfkit.tracing._run import run

_Call = Callable[..., Any]


def trace_python(function: _Call, args: tuple[Any, ...], kwargs: dict[str, Any], options: Options) -> Graph:
    """Trace a Python function as ``tf.function`` would, its ``if`` and ``for`` on tensors included."""
    _refuse_lazy(function)
    call = converted(function, kwargs)
    return trace_call(name_of(function), call, args, parameter_names(function, len(args)), options)


def converted(function: _Call, kwargs: dict[str, Any]) -> _Call:
    """Return `function` with its ``if`` and ``for`` on tensors made operations."""

    def call(*args: Any) -> Any:
        options = converter.ConversionOptions(recursive=True, user_requested=False, optional_features=None)
        # Not tf.autograph's public wrappers: those replace the exception that the user's code raised.
        return autograph.converted_call(function, args, kwargs, options=options)

    return call


def trace_call(name: str, call: _Call, args: tuple[Any, ...], names: Sequence[str], options: Options) -> Graph:
    """Trace ``call(*args)`` into a graph of our own; numbers, arrays and specs become its inputs."""
    return _finish(*make_graph(name, call, as_inputs(args, names)), options)


def make_graph(name: str, call: _Call, inputs: Inputs) -> tuple[Any, Reader]:
    """Return a ``FuncGraph`` of our own of a call with these inputs, and what reads it."""
    graph = func_graph.FuncGraph(name)
    alive: list[Any] = []  # the graph itself does not keep the variables that the call makes

    def keep(creator: _Call, **options: Any) -> Any:
        alive.append(creator(**options))
        return alive[-1]

    def body(*tensors: Any) -> list[Any]:
        with tf.variable_creator_scope(keep):
            result = call(*inputs.fill_in(tensors))
        return list(tensors_in(result))

    with watch_layers() as layers, watch_creation() as seen, _as_they_are():
        reader = Reader(inputs, layers=layers, names=seen.names)
        try:
            func_graph.func_graph_from_py_func(name, body, tuple(inputs.specs), {}, func_graph=graph)
        except BaseException as error:
            attach_graph(error, graph, reader, seen)
            raise
    graph.tfkit_alive = alive
    return graph, reader


@contextmanager
def _as_they_are() -> Iterator[None]:
    """Let AutoGraph raise the user's exceptions also where they refuse what it notes on them."""

    def around(original: _Call) -> _Call:
        def quietly(error: BaseException, function: Any) -> None:
            with suppress(Exception):
                original(error, function)

        return quietly

    with replaced(autograph, "_attach_error_metadata", around):
        yield


def tensors_in(result: Any) -> Iterator[Any]:
    """Yield the tensors in what a function returned, whatever that is: nothing of the user's is called for it.

    ``tf.nest`` orders the keys of a dictionary, which not all can be, and never ends where a list holds itself.
    """
    waiting, seen = [result], set[int]()
    while waiting:
        part = waiting.pop()
        kind = type(part)
        if issubclass(kind, (list, tuple, dict)):
            if id(part) in seen:
                continue
            seen.add(id(part))
            base = next(base for base in (list, tuple, dict) if issubclass(kind, base))
            waiting += reversed(list(dict.values(part) if base is dict else base.__iter__(part)))
        else:
            with suppress(Exception):  # of a class that answers as it likes
                yield from filter(tf.is_tensor, tf.nest.flatten(part, expand_composites=True))


def trace_tf_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], options: Options) -> Graph:
    """Trace a ``tf.function`` by asking it for the concrete function of this call."""
    _refuse_lazy(function.python_function)
    inputs = as_inputs(args, parameter_names(function.python_function, len(args)))
    inputs.name = name_of(function.python_function)
    # Without names of ours: TensorFlow has its own, and an input_signature refuses any others.
    given = (inputs.args[place] for place in inputs.places)
    specs = [
        value if isinstance(value, tf.TensorSpec) else tf.TensorSpec(spec.shape, spec.dtype)
        for value, spec in zip(given, inputs.specs, strict=True)
    ]
    with watch_layers() as layers, watch_creation() as seen:
        reader = Reader(inputs, layers=layers, names=seen.names)
        try:
            concrete = function.get_concrete_function(*inputs.fill_in(specs), **kwargs)
        except BaseException as error:
            begun = next(iter(seen.graphs.values()), None)
            attach_graph(error, begun or func_graph.FuncGraph(inputs.name), reader, seen)
            raise
    if inputs.concrete and (args or kwargs):  # without any, there may be an input_signature
        inputs.tensors = _flat(function, concrete, inputs.fill_in(inputs.tensors), kwargs)
        reader.variables = _variables(concrete.graph, inputs.tensors, (args, kwargs))
    return _finish(concrete.graph, reader, options)


def _flat(function: Any, concrete: Any, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
    """Return the tensors that a call hands to the graph: a ``tf.function`` makes an input of every tensor in it."""
    bound = function_type_utils.canonicalize_function_inputs(
        args, kwargs, function.function_type, function._default_values
    )
    kind = concrete.function_type
    return list(kind.unpack_inputs(kind.bind(*bound.args, **bound.kwargs)))


def _variables(graph: Any, tensors: Sequence[Any], arguments: Any) -> dict[str, Any]:
    """Return the variables among the arguments of a call, by the names of the inputs that their handles become."""
    holders = {id(v.handle): v for v in tf.nest.flatten(arguments) if isinstance(v, BaseResourceVariable)}
    inputs = zip(_own_inputs(graph), tensors, strict=False)
    return {inner.op.name: holders[id(given)] for inner, given in inputs if id(given) in holders}


def trace_concrete(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], options: Options) -> Graph:
    """Read a concrete function, which is traced already."""
    specs = [tf.TensorSpec.from_tensor(tensor) for tensor in _own_inputs(function.graph)]
    inputs = Inputs([], [])
    for place, spec in enumerate(specs):
        inputs.add(place, spec, None)
    given = [*args, *kwargs.values()]
    if given and not any(isinstance(value, tf.TensorSpec) for value in given):
        inputs.tensors = _given(function, args, kwargs, specs)
    # TensorFlow's own name is "__inference_", the function's name, and a number; of a loaded function, as bytes.
    inputs.name = re.sub(r"^__inference_|_\d+$", "", tf.compat.as_str(function.name))
    return _finish(function.graph, Reader(inputs), options)


def _given(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], specs: Sequence[Any]) -> list[Any]:
    """Return the tensors that a call hands to a concrete function: as its Python function takes them, or one by one."""
    kind = function.function_type
    try:
        with context.eager_mode():
            return list(kind.unpack_inputs(function_type_utils.canonicalize_function_inputs(args, kwargs, kind)))
    except (TypeError, ValueError, AttributeError) as error:
        if kwargs or len(args) != len(specs):
            raise TraceError(f"{name_of(function)} cannot be called so: {error}") from error
    return [_as_tensor(value, spec.dtype, spec.name) for value, spec in zip(args, specs, strict=True)]


def as_inputs(args: tuple[Any, ...], names: Sequence[str]) -> Inputs:
    """Divide positional arguments into inputs of the graph and what is passed on as it is."""
    inputs = Inputs(list(args), list(names))
    # The class of each is asked, not isinstance: of the user's objects nothing is asked that they could answer.
    arrays = (value for value in args if issubclass(type(value), (np.ndarray, np.generic)))
    floats = {array.dtype for array in arrays if array.dtype.kind == "f"}
    beside = floats.pop() if len(floats) == 1 else None  # as in NumPy, a Python float takes the type of the arrays
    for place, value in enumerate(args):
        name = names[place] if place < len(names) else f"arg_{place}"
        kind = type(value)
        if issubclass(kind, tf.TensorSpec):
            spec, concrete = value, None
        elif issubclass(kind, (int, float, complex, np.ndarray, np.generic)) and kind is not bool:
            concrete = _as_tensor(value, beside if kind is float else None, name)
            spec = tf.TensorSpec(concrete.shape, concrete.dtype)
        elif kind.__name__ == "KerasTensor":
            raise TraceError(
                f"{name} is a symbolic tensor of a Keras model that is being built, and has no operations: trace the "
                f"model, or pass tf.TensorSpec({value.shape}, tf.{value.dtype})."
            )
        else:
            continue
        name = spec.name or name
        inputs.add(place, tf.TensorSpec(spec.shape, spec.dtype, name), concrete)
    return inputs


def _as_tensor(value: Any, dtype: Any, name: str) -> Any:
    """Return an eager tensor, also where a function is being traced around this."""
    try:
        with context.eager_mode(), unheard():
            return tf.convert_to_tensor(value, dtype=dtype)
    except (ValueError, TypeError) as error:
        kind = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else f"{value!r:.60}"
        wanted = "a tensor" if dtype is None else f"a tensor of {tf.dtypes.as_dtype(dtype).name}"
        raise TraceError(f"{name} is {kind}, which TensorFlow cannot make {wanted} of: {error}") from error


def _refuse_lazy(function: Any) -> None:
    """Refuse what only makes a generator or a coroutine when it is called: nothing of it would run."""
    for target in (function, getattr(function, "__call__", None)):  # noqa: B004 - not whether, but what is called
        if inspect.isgeneratorfunction(target):
            cure = f"trace a function that consumes it, such as lambda *args: list({name_of(function)}(*args))"
            raise TraceError(
                f"{name_of(function)} makes a generator, and runs only when that is asked for values: {cure}."
            )
        if inspect.iscoroutinefunction(target) or inspect.isasyncgenfunction(target):
            raise TraceError(
                f"{name_of(function)} is asynchronous, and TensorFlow traces only what runs at once: drop async."
            )


def _finish(graph: Any, reader: Reader, options: Options) -> Graph:
    """Read a traced graph, after a run where values or costs are wanted."""
    inputs = reader.inputs
    outside = [*inputs.tensors, *graph.external_captures]
    concrete = (
        len(inputs.tensors) == len(_own_inputs(graph))
        and not any(tf.is_symbolic_tensor(tensor) for tensor in outside)  # of a function that is being traced
    )
    if (options.values or options.profile) and not concrete:
        asked = "values" if options.values else "profile"
        raise TraceError(f"{asked}=True needs a number or an array for every input, not only its shape.")
    if options.values is not False:
        reader.values = {}
    try:
        with context.eager_mode(), unheard():
            if concrete and options.values is not False:
                found = run(graph, inputs.tensors)
                reader.values, reader.notes = found.by_body, found.notes
            if options.profile:
                reader.costs = profile(graph, inputs.tensors)
    except tf.errors.OpError as error:  # what only shows when numbers flow
        attach_graph(error, graph, reader, Creations())
        raise
    return reader.read(graph)


def _own_inputs(graph: Any) -> list[Any]:
    """Return the inputs that a caller gives, without the placeholders of what the function captured."""
    captured = {id(tensor) for tensor in graph.internal_captures}
    return [tensor for tensor in graph.inputs if id(tensor) not in captured]


def name_of(function: Any) -> str:
    """Return what a function is called; a lambda has no name."""
    name = getattr(function, "__name__", None) or type(function).__name__
    return "function" if name == "<lambda>" else str(name)


def parameter_names(function: Any, count: int) -> list[str]:
    """Return a name for each positional argument, numbered where one parameter takes several."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a built-in without a signature
        return [f"arg_{place}" for place in range(count)]
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind == p.VAR_POSITIONAL), "arg")
    return names + [f"{rest}_{place}" for place in range(count - len(names))]
