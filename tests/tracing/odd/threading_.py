"""What runs in other threads, in TensorFlow's own, and in signal handlers."""

import _thread
import contextvars
import functools
import queue
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import numpy as np
import tensorflow as tf

import tfkit
from tests.tracing.odd.case import NOTES, odd


def _together(*threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@odd(1.0, ops="Exp Sin Cos", threads="Sin Cos")
def starts_threads(x):
    found = {}
    _together(
        threading.Thread(target=lambda: found.setdefault("sin", tf.sin(x))),
        threading.Thread(target=lambda: found.setdefault("cos", tf.cos(x))),
    )
    return tf.exp(x), found["sin"], found["cos"]


@odd(1.0, ops="Sin*4", threads="Sin Sin Sin Sin")
def works_in_a_pool(x):
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(tf.sin, [x] * 4))


@odd(1.0, ops="Sin*2", threads="Sin Sin")
def works_in_an_older_pool(x):
    with ThreadPool(2) as pool:
        found = pool.map(tf.sin, [x, x])
        pool.close()
        pool.join()
    return found


class Worker(threading.Thread):
    def __init__(self, x):
        super().__init__(daemon=True)
        self.x, self.found = x, []

    def run(self):
        self.found.append(tf.sin(self.x))


@odd(1.0, ops="Sin", threads="Sin")
def starts_a_thread_of_a_class(x):
    worker = Worker(x)
    _together(worker)
    NOTES.append(sorted(vars(worker)))
    return worker.found


@odd(1.0, ops="Cos", threads="Cos")
def gives_a_thread_a_run_of_its_own(x):
    worker = Worker(x)
    worker.run = run = lambda: worker.found.append(tf.cos(x))
    _together(worker)
    NOTES.append(worker.run is run)
    return worker.found


@odd(1.0, ops="Sin", threads="Sin")
def starts_a_thread_twice(x):
    worker = Worker(x)
    _together(worker)
    try:
        worker.start()
    except RuntimeError as error:
        NOTES.append(str(error))
    NOTES.append("run" in vars(worker))
    return worker.found


@odd(1.0, ops="Sin", threads="Sin")
def starts_a_timer(x):
    found = []
    timer = threading.Timer(0, lambda: found.append(tf.sin(x)))
    _together(timer)
    return found


@odd(1.0, ops="Sin Cos", threads="Sin Cos")
def starts_a_thread_in_a_thread(x):
    found = []

    def outer():
        _together(threading.Thread(target=lambda: found.append(tf.sin(x))))
        found.append(tf.cos(x))

    _together(threading.Thread(target=outer))
    return found


@odd(1.0, ops="Sin", threads="Sin")
def starts_a_thread_without_the_class(x):
    found = queue.Queue()
    _thread.start_new_thread(lambda: found.put(tf.sin(x)), ())
    return found.get(timeout=30)


@odd(1.0, ops="Exp double*2 Sin", threads="Exp")
def goes_on_after_a_thread_has_ended(x):
    first = double(x)
    _together(threading.Thread(target=lambda: tf.exp(x)))
    return first, double(x), tf.sin([1.0, 2.0])


@tf.function
def double(x):
    return x * 2.0


@odd(1.0, ops="Sin*2", threads="Sin", undo=lambda: STILL.pop().join())
def leaves_a_thread_behind(x):
    ready, go = threading.Event(), threading.Event()

    def work():
        tf.sin(x)
        ready.set()
        go.wait(30)
        tf.cos(x)

    thread = threading.Thread(target=work, name="left behind")
    thread.start()
    ready.wait(30)
    STILL.append(_Later(go, thread))
    return tf.sin(x)


class _Later:
    def __init__(self, go, thread):
        self.go, self.thread = go, thread

    def join(self):
        self.go.set()
        self.thread.join()


STILL = []


@odd(1.0, ops="Exp Sin", threads="Sin")
def carries_context_variables(x):
    variable = contextvars.ContextVar("variable", default="none")
    variable.set("set")
    inside = contextvars.copy_context()
    _together(threading.Thread(target=lambda: NOTES.append((inside.run(variable.get), tf.sin(x).shape))))
    NOTES.append(variable.get())
    return tf.exp(x)


@odd(1.0, ops="Sin", threads="Sin")
def records_in_a_thread(x):
    def work():
        with tfkit.record() as inner:
            tf.sin(x)
        NOTES.append(inner.operations)

    _together(threading.Thread(target=work))


@odd(1.0, ops="Exp", graph="Exp")
def traces_in_a_thread(x):
    def work():
        NOTES.append([node.op for node in tfkit.trace(lambda y: y * 2.0, 3.0).nodes])

    _together(threading.Thread(target=work))
    return tf.exp(x)


@odd(3.0, ops="EagerPyFunc Mul", graph="EagerPyFunc")
def calls_python_from_tensorflow(x):
    return tf.py_function(lambda tensor: tensor * 2.0, [x], tf.float32)


@odd(3.0, ops="", graph="PyFunc")
def calls_numpy_from_tensorflow(x):
    return tf.numpy_function(np.square, [x], tf.float32)


@odd(1.0, ops="MapDataset IteratorGetNext*4")
def maps_a_dataset(x):
    doubled = tf.data.Dataset.range(4).map(lambda n: n * 2, num_parallel_calls=None, deterministic=True)
    return [x + tf.cast(number, tf.float32) for number in doubled]


@odd(1.0, graph="MapDataset ReduceDataset", ops=None, has_value=False)
def loops_over_a_dataset(x):
    total = x
    for number in tf.data.Dataset.range(4).map(lambda n: n * 2):
        total += tf.cast(number, tf.float32)
    return total


@odd(1.0, ops="AddV2*3", has_value=False)
def takes_data_from_a_generator(x):
    def numbers():
        NOTES.append("asked")
        yield from (1.0, 2.0, 3.0)

    data = tf.data.Dataset.from_generator(numbers, output_signature=tf.TensorSpec(()))
    return [x + number for number in data]


@odd(1.0, ops="Exp Sin")
def works_in_a_signal_handler(x):
    found = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: found.append(tf.sin(x)))
    try:
        found.append(tf.exp(x))
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    return found


@odd(1.0, ops="Exp", graph="Exp")
def is_interrupted(x):
    tf.exp(x)
    signal.raise_signal(signal.SIGINT)


@odd(1.0, ops="Exp Sin*2", threads="Sin Sin")
def waits_on_a_barrier(x):
    barrier, found = threading.Barrier(2, timeout=30), []

    def work(make):
        barrier.wait()
        found.append(make(x))

    _together(*(threading.Thread(target=functools.partial(work, tf.sin)) for _ in range(2)))
    return tf.exp(x), found
