"""The doctor on some of the trainings of ``tests/benchmarks/doctor.py``, and on odd questions."""

import keras
import numpy as np
import pytest

import tfkit
from tests.benchmarks.doctor import HEALTHY, SICK, diagnosed, frozen
from tests.gradients.test_history import made
from tfkit.errors import GradientError
from tfkit.gradients.findings import Finding, Findings

# Keras itself warns of some of what is found, and of labels that it cannot use.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
TRAINED = {
    "softmax, and logits in the loss",
    "no sigmoid before the loss",
    "a deep network of sigmoids",
    "units that begin dead",
    "a regression that explodes",
    "one that diverges slowly",
    "steps that are too small",
    "one-hot for numbers of classes",
    "pictures up to 255",
}


@pytest.mark.parametrize("run", [run for run in SICK if run.name in TRAINED], ids=lambda run: run.name)
def test_the_sick_are_told(run):
    assert run.sick in diagnosed(run)


@pytest.mark.parametrize("run", HEALTHY[::6], ids=lambda run: run.name)
def test_the_healthy_are_left_alone(run):
    assert diagnosed(run) == []


@pytest.mark.parametrize("run", [run for run in SICK if "-" in run.sick], ids=lambda run: run.name)
def test_what_a_model_and_its_data_say_needs_no_training(run):
    model, (x, y) = run.make(), run.data()
    before = [np.array(weight) for weight in model.weights]
    codes = [finding.code for finding in tfkit.diagnose(model, x, y)]
    assert run.sick in codes or run.sick in ("dead-units", "non-finite", "steps-too-large", "steps-too-small")
    assert all(np.array_equal(a, b) for a, b in zip(before, model.weights, strict=True))


def test_thirty_each():
    assert len(SICK) == len(HEALTHY) == 30


def test_findings_show_themselves():
    found = tfkit.diagnose(frozen())
    assert [finding.code for finding in found] == ["nothing-trainable"]
    assert str(found).startswith("nothing-trainable in sequential")
    assert Findings([Finding("a", "<b>", "c", "d")])._repr_mimebundle_()["text/html"] == (
        "<ul><li><strong>a</strong> in <em>&lt;b&gt;</em>: c. d</li></ul>"
    )
    assert repr(Findings()) == "Nothing suspicious was found." == Findings()._repr_mimebundle_()["text/html"][3:-4]


def test_a_saved_history_is_diagnosed():
    assert [finding.code for finding in tfkit.diagnose(made())] == ["non-finite"]


def test_models_of_every_kind():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = keras.layers.Dense(4), keras.layers.Dense(2)

        def call(self, x):
            return self.out(self.hidden(x))

    assert "stacked-linear" in [finding.code for finding in tfkit.diagnose(Own())]
    assert tfkit.diagnose(keras.layers.Dense(2)) == []


def test_what_cannot_be_diagnosed_is_refused():
    with pytest.raises(GradientError, match="GradientMonitor, a History or a Keras model"):
        tfkit.diagnose(3)
    with pytest.raises(GradientError, match="go with a model"):
        tfkit.diagnose(made(), x=np.ones(3))
