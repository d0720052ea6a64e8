"""Every model of keras.applications: traced with its layers, and drawn."""

import gc
import inspect
from xml.etree import ElementTree

import keras
import pytest

import tfkit
from tfkit.parts import Kind, ScopeKind

NAMES = sorted(name for name, make in vars(keras.applications).items() if inspect.isfunction(make))


@pytest.fixture(autouse=True)
def no_memory_is_kept():
    yield
    keras.backend.clear_session()
    gc.collect()


def test_there_are_as_many_as_keras_says():
    assert len(NAMES) >= 39


@pytest.mark.parametrize("name", NAMES)
def test_it_is_traced_with_all_of_its_layers_and_drawn(name):
    model = getattr(keras.applications, name)(weights=None)
    graph = tfkit.tracer(values=False)(model)
    labels = {scope.label for scope in graph.scopes if scope.kind == ScopeKind.LAYER}
    assert labels >= {layer.name for layer in model.layers if not does_nothing(layer)}
    variables = [node for node in graph.nodes if node.kind == Kind.VARIABLE]
    assert len(variables) >= len(model.trainable_weights)
    (result,) = (node for node in graph.nodes if node.kind == Kind.OUTPUT)
    assert result.outputs[0].shape == (None, 1000)
    assert len(graph.ancestors(result.id)) > len(model.layers)
    picture = graph.to_svg()
    ElementTree.fromstring(picture)
    assert len(picture) <= 150_000
    assert picture.count("data-node-id") <= 150
    wire = graph.to_wire()
    assert len(wire) <= 100_000
    assert tfkit.Graph.from_wire(wire) == graph


def does_nothing(layer):
    """Return whether a layer makes no operation at inference."""
    if isinstance(layer, keras.layers.Activation):
        return layer.get_config()["activation"] == "linear"
    return type(layer).__name__ in {"InputLayer", "Dropout", "StochasticDepth"}
