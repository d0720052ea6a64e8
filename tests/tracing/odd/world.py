"""Functions that change the world around them: arguments, globals, the process, TensorFlow itself."""

import contextlib
import gc
import os
import random
import sys
import tempfile
import threading
import time
import types
import weakref
from pathlib import Path
from unittest import mock

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import op_callbacks

from tests.tracing.odd.case import NOTES, odd

COUNTS = {"calls": 0}
START, HERE = threading.Thread.start, os.getcwd()


@odd(fresh=lambda: (2.0, [1, 2]), ops="Exp", graph="Exp")
def appends_to_its_argument(x, many):
    many.append(len(many))
    many[0] = "changed"
    return tf.exp(x)


@odd(fresh=lambda: (2.0, {"a": [1]}), ops="Exp", graph="Exp")
def changes_a_dictionary(x, pairs):
    pairs["b"] = pairs.pop("a")
    pairs["b"].clear()
    return tf.exp(x)


@odd(fresh=lambda: (2.0, [np.arange(4.0)]), ops="Exp", graph="Exp")
def changes_an_array_in_place(x, arrays):
    arrays[0] *= 2
    arrays[0][:2] = -1
    return tf.exp(x)


@odd(fresh=lambda: (2.0, types.SimpleNamespace(n=1)), ops="Exp", graph="Exp")
def changes_an_object(x, thing):
    thing.n += 1
    thing.more = "new"
    NOTES.append(vars(thing))
    del thing.n
    return tf.exp(x)


@odd(2.0, ops="Exp", graph="Exp", undo=lambda: COUNTS.update(calls=0))
def counts_its_calls(x):
    COUNTS["calls"] += 1
    NOTES.append(COUNTS["calls"])
    return tf.exp(x)


@odd(fresh=lambda: (2.0, tf.Variable(1.0)), ops="AssignAddVariableOp", graph="AssignAddVariableOp")
def changes_a_variable(x, variable):
    variable.assign_add(x)
    return variable * 2.0


@odd(2.0, ops="VarHandleOp AssignVariableOp", graph="Mul")
def makes_a_variable(x):
    return x * tf.Variable(3.0, name="slope")


@odd(2.0, ops="Exp", has_value=False)
def deletes_a_variable(x):
    variable = tf.Variable(x)
    y = tf.exp(variable)
    del variable
    gc.collect()
    return y


@odd(2.0, ops="Exp", graph="Exp")
def prints(x):
    print("printed by the user")
    tf.print("by TensorFlow", output_stream=f"file://{os.devnull}")
    return tf.exp(x)


@odd(2.0, ops="Exp", graph="Exp")
def uses_random_numbers(x):
    NOTES.append((random.random(), np.random.random(), random.choice("abc")))
    return tf.exp(x)


@odd(2.0, ops="Exp", graph="Exp", undo=lambda: os.environ.pop("TFKIT_ODD", None))
def changes_the_environment(x):
    os.environ["TFKIT_ODD"] = "set"
    return tf.exp(x)


@odd(2.0, ops="Exp", graph="Exp", undo=lambda: os.chdir(HERE))
def removes_the_folder_in_which_it_stands(x):
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
    return tf.exp(x)


def _trace(frame, event, arg):
    return None


_traced_before = []  # a debugger's, or what measures coverage


@odd(2.0, ops="Exp", undo=lambda: sys.settrace(_traced_before.pop()))
def installs_a_trace_function(x):
    _traced_before.append(sys.gettrace())
    sys.settrace(_trace)
    return tf.exp(x)


@odd(2.0, ops="Exp Sin", graph="Exp Sin")
def traces_itself(x):
    calls = []
    sys.setprofile(lambda frame, event, arg: calls.append(1) if frame.f_code.co_name == "hidden" else None)

    def hidden():
        return tf.exp(x)

    y = hidden()
    sys.setprofile(None)
    NOTES.append(len(calls) > 1)
    return tf.sin(y)


@odd(2.0, ops="Exp Sin")
def listens_itself(x):
    heard = []

    def hear(op_type, inputs, attrs, outputs, op_name=None, graph=None):
        heard.append(tf.compat.as_str(op_type))

    op_callbacks.add_op_callback(hear)
    try:
        y = tf.exp(x), tf.sin([1.0, 2.0])
    finally:
        op_callbacks.remove_op_callback(hear)
    NOTES.append(heard)
    return y


def _hear(op_type, inputs, attrs, outputs, op_name=None, graph=None):
    NOTES.append("heard")


@odd(2.0, ops="Exp Sin", undo=lambda: op_callbacks.remove_op_callback(_hear))
def goes_on_listening(x):
    op_callbacks.add_op_callback(_hear)
    return tf.exp(x), tf.sin([1.0, 2.0])


@odd(2.0, ops="Exp", graph="Exp")
def patches_for_a_while(x):
    with mock.patch.object(tf, "exp", return_value=None) as patched:
        tf.exp(x)
        NOTES.append(patched.call_count)
    with mock.patch.object(threading.Thread, "start", lambda thread: thread.run()):
        thread = threading.Thread(target=lambda: NOTES.append(threading.current_thread() is threading.main_thread()))
        thread.start()
    return tf.exp(x)


def _start(thread):
    raise RuntimeError("no threads here")


@odd(2.0, ops="Exp", graph="Exp", undo=lambda: setattr(threading.Thread, "start", START))
def patches_for_ever(x):
    threading.Thread.start = _start
    return tf.exp(x)


@odd(2.0, ops="Exp", graph="Exp", undo=lambda: np.seterr(all="warn", under="ignore"))
def changes_numpy(x):
    np.seterr(all="raise")
    return tf.exp(x)


@odd(2.0, ops="Exp", graph="Exp", undo=gc.enable)
def turns_the_collector_off(x):
    gc.disable()
    return tf.exp(x)


@odd(2.0, ops="Exp", undo=lambda: tf.config.set_soft_device_placement(True))
def changes_tensorflow(x):
    tf.config.set_soft_device_placement(False)
    return tf.exp(x)


@odd(2.0, ops="Exp", graph="Exp")
def changes_how_deep_python_goes(x):
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + 7)
    NOTES.append(sys.getrecursionlimit() - before)
    sys.setrecursionlimit(before)
    return tf.exp(x)


@odd(2.0, ops="Exp", graph="Exp")
def writes_and_reads_a_file(x):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.txt")
        file.write_text("written")
        NOTES.append(file.read_text())
    return tf.exp(x)


@odd(2.0, ops="Exp", graph="Exp")
def sleeps_and_waits(x):
    time.sleep(0.001)
    with contextlib.suppress(TimeoutError):
        raise TimeoutError
    return tf.exp(x)


@odd(2.0, ops="Exp", graph="Exp")
def imports_inside(x):
    import fractions

    NOTES.append(str(fractions.Fraction(1, 3)))
    return tf.exp(x)


@odd(2.0, ops="Exp", graph="Exp")
def collects_garbage(x):
    class Loop:
        def __del__(self):
            NOTES.append("gone")

    thing = Loop()
    thing.itself = thing
    del thing
    gc.collect()
    return tf.exp(x)


@odd(2.0, ops="Exp Sin")
def keeps_its_locals(x):
    y = 3.0
    here = locals()
    z = tf.exp(x), tf.sin(y)
    NOTES.append((sorted(here), here["x"] is x))
    return z


@odd(2.0, ops="Exp Sin")
def lets_go_of_a_tensor(x):
    y = tf.exp(x)
    z = tf.sin(tf.constant(1.0))
    gone = weakref.ref(y)
    NOTES.append((y is not z, gone() is y))
    del y
    return z
