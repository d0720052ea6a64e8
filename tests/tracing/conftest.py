"""What every test of tracing is held to: nothing of ours stays behind in TensorFlow, Keras or Python."""

import signal

import pytest

from tests.tracing.odd.case import state


@pytest.fixture(autouse=True)
def nothing_stays_installed():
    # A shell that starts tests in the background has it ignored, and who runs a notebook sets it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    before = state()
    yield
    assert state() == before
