"""What every test of tracing is held to: nothing of ours stays behind in TensorFlow, Keras or Python."""

import pytest

from tests.tracing.odd.case import state


@pytest.fixture(autouse=True)
def nothing_stays_installed():
    before = state()
    yield
    assert state() == before
