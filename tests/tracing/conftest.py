"""What every test of tracing is held to: nothing of ours stays behind in TensorFlow, Keras or Python."""

import threading

import keras
import pytest
from tensorflow.python.autograph.operators import control_flow
from tensorflow.python.eager import context
from tensorflow.python.framework.func_graph import FuncGraph


@pytest.fixture(autouse=True)
def nothing_stays_installed():
    def state():
        return (
            keras.layers.Layer.__call__,
            threading.Thread.start,
            FuncGraph._create_op_internal,
            control_flow._tf_while_stmt,
            list(context.context().op_callbacks),
        )

    before = state()
    yield
    assert state() == before
