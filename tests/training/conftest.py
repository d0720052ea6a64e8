"""What tests of training may ask for."""

import pytest

from tfkit.training import device


@pytest.fixture(autouse=True)
def _a_small_product(monkeypatch):
    """Half a second of multiplying at the end of each training is nothing that a test looks at."""
    monkeypatch.setattr(device, "_SIDES", {"cpu": 64, "gpu": 64})
