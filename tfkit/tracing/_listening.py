"""Hear every operation that TensorFlow executes eagerly, in this thread and those that it starts.

The callback only notes what would be gone a moment later; everything else waits until somebody asks.
"""

from __future__ import annotations

import _thread
import dis
import functools
import inspect
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import context, execute
from tensorflow.python.eager.polymorphic_function.atomic_function import AtomicFunction
from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable

from tfkit.tracing._layers import describe_layer, name_of_layer
from tfkit.tracing._replace import replaced
from tfkit.tracing._source import is_users

_MOST_EVENTS = 250_000  # about 1.4 kB each
_MOST_KEPT = 32_000_000  # elements of tensors, all together: at most 256 MB
_USES_OF_LOCALS = {"locals", "vars", "dir", "eval", "exec"}
_FRAMES = 12  # between the callback and what TensorFlow was asked for


@dataclass(slots=True)
class Event:
    """One operation that was executed."""

    op: str
    inputs: list[int]  # ids of tensors
    outputs: list[Any]  # tensors, or specs where they were not kept
    output_ids: list[int]
    attributes: tuple[Any, ...] | None
    line: tuple[str, int] | None
    scope: tuple[str, ...]


@dataclass
class Outside:
    """A tensor that no operation of the recording made."""

    tensor: Any = None
    variable: Any = None
    name: str = ""


@dataclass
class Layers:
    """Which Keras layers are being called, in each thread, and what is known of them."""

    local: threading.local = field(default_factory=threading.local)
    times: dict[tuple[str, ...], int] = field(default_factory=dict)
    described: dict[tuple[str, ...], tuple[str, dict[str, Any]]] = field(default_factory=dict)
    last: tuple[str, ...] = ()  # where an exception came from

    def path(self) -> tuple[str, ...]:
        """Return the scope of what is executed now."""
        found: tuple[str, ...] | None = getattr(self.local, "path", None)
        return found if found is not None else _name_scope()

    def around_call(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Return what stands in the place of ``Layer.__call__``."""

        @functools.wraps(original)
        def noted(layer: Any, *args: Any, **kwargs: Any) -> Any:
            if not tf.executing_eagerly():
                return original(layer, *args, **kwargs)
            return self._call(original, layer, args, kwargs)

        return noted

    def _call(self, original: Callable[..., Any], layer: Any, args: Any, kwargs: Any) -> Any:
        """Call a layer, inside of a scope of its own."""
        before = getattr(self.local, "path", None)
        outer = before if before is not None else _name_scope()
        name = name_of_layer(layer)
        path = (*outer, name)
        count = self.times[path] = self.times.get(path, 0) + 1
        self.local.path = path if count == 1 else (*outer, f"{name}_{count - 1}")
        try:
            return original(layer, *args, **kwargs)
        except BaseException:
            self.last = max(self.last, self.local.path, key=len)
            raise
        finally:
            self.described[self.local.path] = name, describe_layer(layer)
            self.local.path = before


def _name_scope() -> tuple[str, ...]:
    name = tf.compat.as_str(context.context().scope_name)
    return tuple(name.strip("/").split("/")) if name else ()


class Listener:
    """What was heard so far."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.operations: list[str] = []
        self.outside: dict[int, Outside] = {}
        self.variables: dict[int, Any] = {}  # handle -> the variable that was made for it
        self.functions: dict[str, Any] = {}  # name -> what can be called
        self.layers = Layers()
        self.is_open = False
        self.room = _MOST_KEPT
        self._made: set[int] = set()
        self._users: dict[CodeType, bool] = {}

    def hear(
        self, op: str, inputs: Any, attributes: Any, outputs: Any, op_name: str | None = None, graph: Any = None
    ) -> None:
        """Note one operation: the callback that TensorFlow calls behind each."""
        if graph is not None or not self.is_open:  # a function that is being traced executes nothing
            return
        op = op if type(op) is str else tf.compat.as_str(op)  # Python functions of gradients come as bytes
        self.operations.append(op)
        if len(self.events) < _MOST_EVENTS:
            with suppress(Exception):  # whatever cannot be found out is no concern of the code that is listened to
                self._note(op, inputs, attributes, outputs)

    def _note(self, op: str, inputs: Any, attributes: Any, outputs: Any) -> None:
        made = self._made
        input_ids = [tensor._id for tensor in inputs]
        for place, tensor_id in enumerate(input_ids):
            if tensor_id not in made and tensor_id not in self.outside:
                self._look_up(inputs, place)
        output_ids = [tensor._id for tensor in outputs]
        made.update(output_ids)
        if op[:2] == "__" and op not in self.functions:
            self.functions[op] = _held(AtomicFunction)
        if op == "VarHandleOp":
            self.variables[output_ids[0]] = _held(BaseResourceVariable)
        kept = list(map(self._keep, outputs))
        self.events.append(Event(op, input_ids, kept, output_ids, attributes, self._users_line(), self.layers.path()))

    def around_start(self, original: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
        """Return what stands in the place of ``Thread.start``: callbacks of TensorFlow belong to one thread."""

        @functools.wraps(original)
        def start(thread: threading.Thread) -> None:
            if self.hear not in context.context().op_callbacks:  # another thread's, which is not listened to
                original(thread)
                return
            run, own = thread.run, dict(vars(thread))

            def run_again() -> None:
                if "run" in own:
                    thread.run = own["run"]  # type: ignore[method-assign]
                else:
                    vars(thread).pop("run", None)  # the method of its class

            def heard() -> None:
                run_again()
                with self._hearing_this_thread():
                    run()

            thread.run = heard  # type: ignore[method-assign]
            try:
                original(thread)
            except BaseException:  # it runs already, say
                run_again()
                raise

        return start

    def around_start_new(self, original: Callable[..., int]) -> Callable[..., int]:
        """Return what stands in the place of ``_thread.start_new_thread``, for who does without the class."""

        @functools.wraps(original)
        def start(function: Callable[..., Any], *arguments: Any) -> int:
            if self.hear not in context.context().op_callbacks:
                return original(function, *arguments)

            def heard(*args: Any, **kwargs: Any) -> None:
                with self._hearing_this_thread():
                    function(*args, **kwargs)

            return original(heard, *arguments)

        return start

    @contextmanager
    def _hearing_this_thread(self) -> Iterator[None]:
        local = context.context()
        local.add_op_callback(self.hear)
        try:
            yield
        finally:
            with suppress(KeyError):  # the thread took all callbacks away
                local.remove_op_callback(self.hear)

    def _users_line(self) -> tuple[str, int] | None:
        known = self._users
        frame: FrameType | None = sys._getframe(3)
        while frame is not None:
            code = frame.f_code
            users = known.get(code)
            if users is None:
                users = known[code] = is_users(code.co_filename)
            if users:
                return code.co_filename, frame.f_lineno
            frame = frame.f_back
        return None

    def _look_up(self, inputs: Any, place: int) -> None:
        """Find out where a tensor comes from that no operation made: a variable, or the user's own code."""
        tensor = inputs[place]
        variable = _variable_of_handle(tensor) if tensor.dtype == tf.resource else _argument(place)
        if isinstance(variable, BaseResourceVariable):
            self.outside[tensor._id] = Outside(variable=variable)
            return
        self.outside[tensor._id] = Outside(self._keep(tensor), name=self._users_name(tensor))

    def _keep(self, tensor: Any) -> Any:
        """Return a tensor to be kept, or only its shape and type where there is no room for what is in it."""
        self.room -= tensor._num_elements()
        return tensor if self.room >= 0 else tf.TensorSpec(tensor._shape_tuple(), tensor.dtype)

    def _users_name(self, tensor: Any) -> str:
        """Return what the user calls a tensor, if a variable of the frame that used it holds it."""
        frame: FrameType | None = sys._getframe(4)
        while frame is not None and not is_users(frame.f_code.co_filename):
            frame = frame.f_back
        names = {} if frame is None else _locals_of(frame)
        return next((name for name, value in names.items() if value is tensor and name[:1] != "_"), "")


def _locals_of(frame: FrameType) -> dict[str, Any]:
    """Return the variables of a frame that runs, by name, and let nothing be kept of them.

    Before Python 3.13 whoever asks for them changes what `locals()` gave the user, and leaves a copy on the frame,
    which would keep alive what the user deletes.
    """
    code = frame.f_code
    if sys.version_info >= (3, 13) or not code.co_flags & inspect.CO_OPTIMIZED:  # a module has but one
        return dict(frame.f_locals)
    if _uses_locals(code):
        return {}
    found = dict(frame.f_locals)
    if sys.gettrace() is None:  # else the copy is that of a debugger, say
        frame.f_locals.clear()
    return found


@functools.lru_cache(maxsize=4096)
def _uses_locals(code: CodeType) -> bool:
    loads = (step for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
    return any(step.argval in _USES_OF_LOCALS for step in loads)


def _argument(place: int) -> Any:
    """Return what the user passed as an input of the operation that is running.

    TensorFlow reads a variable in C on its fast path and tells nobody; the generated Python function that
    stands for the operation still has the variable among its arguments.
    """
    for frame in _frames():
        given = given_to(frame)
        if given is not None:
            return given[place] if place < len(given) else None
    return None


def given_to(frame: FrameType) -> list[Any] | None:
    """Return the arguments in a frame, if it is of a function that TensorFlow generated for an operation."""
    code = frame.f_code
    if not os.path.basename(code.co_filename).startswith("gen_"):
        return None
    values = frame.f_locals
    given = (values.get(name) for name in code.co_varnames[: code.co_argcount])
    return [entry for value in given for entry in (value if isinstance(value, (list, tuple)) else (value,))]


def _variable_of_handle(handle: Any) -> Any:
    """Return the variable that a resource handle belongs to, if one of TensorFlow's frames holds it."""
    for frame in _frames():
        for value in frame.f_locals.values():
            owners = value.graph.variables if isinstance(value, AtomicFunction) else (value,)
            for owner in owners:
                if isinstance(owner, BaseResourceVariable) and owner.handle._id == handle._id:
                    return owner
    return None


def _frames() -> Iterator[FrameType]:
    """Yield TensorFlow's frames around the callback, from the innermost up to the user's."""
    frame: FrameType | None = sys._getframe(4)
    for _ in range(_FRAMES):
        if frame is None or is_users(frame.f_code.co_filename):
            return
        yield frame
        frame = frame.f_back


def _held(kind: type) -> Any:
    """Return the innermost object of a kind that TensorFlow's frames hold: the function that runs, say."""
    values = (value for frame in _frames() for value in frame.f_locals.values())
    return next((value for value in values if isinstance(value, kind)), None)


_LOCK = threading.Lock()
_OPEN: list[Listener] = []
_BEFORE: list[Any] = []  # how TensorFlow executed operations before the first of them


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hear what is executed in this thread, and in those that it starts, until the block ends."""
    keras = sys.modules.get("keras")
    local = context.context()
    listener.is_open = True
    _begin(listener)
    local.add_op_callback(listener.hear)
    try:
        with ExitStack() as stack:
            stack.enter_context(replaced(threading.Thread, "start", listener.around_start))
            stack.enter_context(replaced(_thread, "start_new_thread", listener.around_start_new))
            if keras is not None:  # else no layer can be called
                stack.enter_context(replaced(keras.layers.Layer, "__call__", listener.layers.around_call))
            yield
    finally:
        listener.is_open = False
        with suppress(KeyError):  # ended in another thread than it began: the callback does nothing any more
            local.remove_op_callback(listener.hear)
        _end(listener)


def _begin(listener: Listener) -> None:
    """Let TensorFlow call callbacks where it executes an operation by its Python code.

    Its own switch, ``op_callbacks.add_op_callback``, is one for all threads, but turned off by each: when a thread
    ends, the callbacks of all others would miss whatever is not executed on the fast path.
    """
    with _LOCK:
        if not _OPEN:
            _BEFORE.append(execute.execute)
        _OPEN.append(listener)
        execute.execute = execute.execute_with_callbacks


def _end(listener: Listener) -> None:
    with _LOCK:
        _OPEN.remove(listener)
        if not _OPEN:
            before = _BEFORE.pop()
            if not context.context().op_callbacks:  # else the user has one that stays
                execute.execute = before


@contextmanager
def unheard() -> Iterator[None]:
    """Execute something of tfkit's own, of which no callback is told: neither a recording's nor the user's."""
    local = context.context()._thread_local_data
    before, local.op_callbacks = local.op_callbacks, []
    try:
        yield
    finally:
        local.op_callbacks = before
