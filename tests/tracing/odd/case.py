"""What an odd function is, and what is seen of one run of it."""

import builtins
import contextlib
import dataclasses
import gc
import io
import os
import random
import signal
import sys
import threading
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.autograph.impl import api as autograph
from tensorflow.python.autograph.operators import control_flow
from tensorflow.python.eager import context, execute
from tensorflow.python.framework.func_graph import FuncGraph

ODD: dict[str, "Odd"] = {}
NOTES: list[Any] = []  # what a function has to say of what it saw and did
RAISED: list[BaseException] = []  # the exceptions that it made


@dataclasses.dataclass(frozen=True)
class Odd:
    """A function, how it is called, and what is true of it.

    Attributes:
        function: What is called.
        args: Makes its arguments; numbers and arrays among them become tensors.
        ops: How often each of these operations is executed; None: it is not recorded.
        graph: How often each of these stands in its graph, bodies included; None: it is not traced.
        threads: What other threads execute, so that TensorFlow's own callback does not hear it.
        has_value: Whether the graph holds what a plain call returns (not what chance or Python code decides).
        undo: Takes back what the function does to the process.
    """

    function: Any
    args: Callable[[], tuple[Any, ...]]
    ops: Counter[str] | None
    graph: Counter[str] | None
    threads: Counter[str]
    has_value: bool
    undo: Callable[[], object]


def odd(*args: Any, name: str = "", fresh: Callable[[], tuple[Any, ...]] | None = None, **facts: Any) -> Any:
    """Put a callable into the table; `fresh` makes arguments of which each call needs its own."""

    def put(function: Any) -> Any:
        called = name or function.__name__
        assert called not in ODD, called
        ODD[called] = Odd(
            function,
            fresh or (lambda: args),
            _counted(facts.get("ops")),
            _counted(facts.get("graph")),
            Counter(facts.get("threads", "").split()),
            facts.get("has_value", True),
            facts.get("undo", lambda: None),
        )
        return function

    return put


def _counted(words: str | None) -> Counter[str] | None:
    """Count words such as ``"Mul*3 AddV2"``."""
    if words is None:
        return None
    parts = (word.partition("*") for word in words.split())
    return Counter({op: int(times or 1) for op, _, times in parts})


def kept(error: BaseException) -> BaseException:
    """Remember the very exception that a function is about to raise."""
    RAISED.append(error)
    return error


@dataclasses.dataclass
class Outcome:
    """What one call returned or raised, and what it did beside."""

    result: Any = None
    error: BaseException | None = None
    effects: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def told(self) -> Any:
        """What can be compared with another run."""
        return described(self.result), _errors(self.error), self.effects


@contextlib.contextmanager
def seen(outcome: Outcome, args: tuple[Any, ...]) -> Iterator[None]:
    """Note what happens in a block, what it raises included, which goes no further."""
    NOTES.clear()
    RAISED.clear()
    random.seed(7)
    np.random.seed(7)
    tf.random.set_seed(7)
    before, printed = state(), io.StringIO()
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stdout(printed):
        warnings.simplefilter("always")
        # Newer Pythons say this of AutoGraph's own trees, as often as AutoGraph writes on one.
        warnings.filterwarnings(
            "ignore", r".* keyword argument '___pyct_anno'|ast\.\w+ is deprecated", DeprecationWarning
        )
        try:
            yield
        except BaseException as error:
            outcome.error = error
    outcome.effects = {
        "notes": described(list(NOTES)),
        "printed": printed.getvalue(),
        "warned": [(entry.category, str(entry.message)) for entry in warned],
        "random": (random.random(), float(np.random.random())),
        "arguments": described(args),
        "state": {name: value for name, value in state().items() if value != before[name]},
    }


def state() -> dict[str, Any]:
    """Return what of the process, of TensorFlow and of Keras a function or its tracer might leave changed."""
    eager = context.context()
    return {
        "Layer.__call__": keras.layers.Layer.__call__,
        "Layer.build": keras.layers.Layer.build,
        "Thread.start": threading.Thread.start,
        "Thread.run": threading.Thread.run,
        "creation of operations": FuncGraph._create_op_internal,
        "loops": control_flow._tf_while_stmt,
        "AutoGraph": (autograph._attach_error_metadata, autograph.converted_call),
        "execution": execute.execute,
        "callbacks": list(eager.op_callbacks),
        "is told": eager.invoking_op_callbacks,
        "configuration": str(eager.function_call_options.config_proto_serialized),
        "placement": tf.config.get_soft_device_placement(),
        "runs eagerly": (tf.executing_eagerly(), tf.config.functions_run_eagerly()),
        "name scope": eager.scope_name,
        "policy": (keras.config.dtype_policy().name, keras.config.floatx()),
        "trace": (sys.gettrace(), sys.getprofile(), threading.gettrace(), threading.getprofile()),
        "signals": {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)},
        "hooks": (sys.excepthook, threading.excepthook, sys.displayhook, sys.unraisablehook, builtins.__import__),
        "builtins": (builtins.print, builtins.open, sys.meta_path[:]),
        "recursion": sys.getrecursionlimit(),
        "garbage": (gc.isenabled(), gc.get_threshold(), len(gc.callbacks)),
        "numpy": np.geterr(),
        "environment": {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
        "folder": _folder(),
        "threads": sorted(thread.name for thread in threading.enumerate()),
    }


def _folder() -> str | None:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return None


def described(value: Any, around: tuple[int, ...] = ()) -> Any:
    """Return a value as types, texts, numbers and bytes, which can be compared bit for bit."""
    kind = type(value)
    if id(value) in around:
        return "itself"
    inner = (*around, id(value))
    if kind.__name__.startswith(("Hostile", "Lies")):  # of them nothing may be asked
        return kind.__name__
    if isinstance(value, (np.ndarray, np.generic)):
        return kind.__name__, value.dtype.name, value.shape, value.tobytes()
    if isinstance(value, (tf.Variable, keras.Variable)):
        return kind.__name__, described(np.asarray(value))
    if tf.is_symbolic_tensor(value) or isinstance(value, tf.TypeSpec):
        return kind.__name__, str(value.shape)
    if isinstance(value, tf.Tensor):
        return kind.__name__, value.dtype.name, "no numbers" if value.dtype in UNREADABLE else described(value.numpy())
    if isinstance(value, (tf.RaggedTensor, tf.SparseTensor)):
        return kind.__name__, [described(part, inner) for part in tf.nest.flatten(value, expand_composites=True)]
    if isinstance(value, Mapping):
        return kind.__name__, [(described(key, inner), described(entry, inner)) for key, entry in value.items()]
    if isinstance(value, (list, tuple, set)):
        return kind.__name__, [described(entry, inner) for entry in value]
    if isinstance(value, BaseException):
        return kind.__name__, [str(arg) for arg in value.args]
    if dataclasses.is_dataclass(value):
        return kind.__name__, described(vars(value), inner)
    return (kind.__name__, value) if isinstance(value, (str, bytes, int, float, complex)) else kind.__name__


UNREADABLE = (tf.resource, tf.variant)


def _errors(error: BaseException | None, depth: int = 5) -> Any:
    """Return an exception with its causes, and the frames in which it was raised, ours left out."""
    if error is None or not depth:
        return None
    frames = [
        (os.path.basename(frame.filename), frame.lineno, frame.name)
        for frame in traceback.extract_tb(error.__traceback__)
        if "/odd/" in frame.filename and not frame.filename.endswith("case.py")
    ]
    causes = (error.__cause__, error.__suppress_context__, error.__context__)
    return (
        described(error),
        frames,
        [_errors(cause, depth - 1) if isinstance(cause, BaseException) else cause for cause in causes],
        getattr(error, "__notes__", None),
        sorted(set(vars(error)) - {"tfkit_graph"}),
    )
