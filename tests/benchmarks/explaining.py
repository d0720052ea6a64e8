"""What back-propagation on the graph costs, against the gradients that training needs."""

import os
import sys
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np
import tensorflow as tf

from tests.benchmarks.measure import least_seconds, report
from tfkit.gradients._call import call_of
from tfkit.gradients._traced import trace_gradient


def small(x):
    for _ in range(12):
        x = tf.tanh(x @ tf.ones((64, 64)) * 0.02 + x) * 0.9
    return tf.reduce_mean(x**2)


def measured(name: str, function, x: np.ndarray, loss, variables, reach: float) -> None:
    def value(inputs):
        found = function(inputs)
        return found if loss is None else loss(found)

    def plain(inputs):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            result = value(inputs)
        return result, tape.gradient(result, [inputs, *variables])

    def built():
        call = call_of(function, (x,), None, None).returning_one(loss)
        return trace_gradient(call.name, call.traced, call.inputs, lambda feeds: set()).program

    def bare():
        return tf.function(value, autograph=False).get_concrete_function(tf.TensorSpec(x.shape, tf.float32))

    def traced():
        return tf.function(plain).get_concrete_function(tf.TensorSpec(x.shape, tf.float32))

    program, both = built(), traced()
    build_s = least_seconds({"ours": built, "plain": traced, "forward": bare}, 3)
    given, tensor = program.given({}), tf.constant(x)
    both(tensor), program._call(given)
    times = 20

    def again(call, *args):
        for _ in range(times):
            call(*args)

    found = least_seconds({"ours": lambda: again(program._call, given), "plain": lambda: again(both, tensor)}, 7)
    count = len(program.sought["values"])
    report(f"{name}: run again, {count:,} tensors", found["ours"] / times, found["plain"] / times, reach)
    report(f"{name}: build, against a trace with gradient", build_s["ours"], build_s["plain"], 2.0)
    print(f"{'':<44} a trace of the function alone: {build_s['forward']:.4f} s")
    whole = least_seconds({"numbers": lambda: program.run({})}, 5)["numbers"]
    print(f"{'':<44} with its numbers as arrays {whole:.4f} s")


if __name__ == "__main__":
    measured("50 operations", small, np.random.default_rng(0).random((64, 64), np.float32), None, [], 1.5)
    model = keras.applications.ResNet50(weights=None, input_shape=(32, 32, 3), classes=10)
    pictures = np.random.default_rng(0).random((8, 32, 32, 3), np.float32)
    measured("ResNet50 at 32x32", model, pictures, lambda y: tf.reduce_mean(y**2), model.trainable_variables, 1.2)
