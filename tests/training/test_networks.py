"""Four networks: their size by hand, and a saved one opens where tfkit is not loaded."""

import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest

from tests.training.cases import NETWORKS, few
from tfkit.errors import TrainingError
from tfkit.training.networks import build, multiplications
from tfkit.training.recipe import RECIPES, Recipe

PARAMETERS = {
    "softmax": 784 * 10 + 10,
    "mlp": 784 * 128 + 128 + 128 * 10 + 10,
    "cnn": 9 * (16 + 16 * 32 + 32 * 64) + 4 * (16 + 32 + 64) + 7 * 7 * 64 * 10 + 10,
    "resnet": 9 * (16 + 16 * 32 + 2 * 32 * 32 + 32 * 64 + 2 * 64 * 64) + 4 * (16 + 3 * 32 + 3 * 64) + 64 * 10 + 10,
}
MULTIPLICATIONS = {
    "softmax": 784 * 10,
    "mlp": 784 * 128 + 128 * 10,
    "cnn": 9 * (28**2 * 16 + 14**2 * 16 * 32 + 7**2 * 32 * 64) + 7 * 7 * 64 * 10,
    "resnet": 9 * (28**2 * 16 + 14**2 * (16 * 32 + 2 * 32 * 32) + 7**2 * (32 * 64 + 2 * 64 * 64)) + 64 * 10,
}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("fused", [True, False])
def test_sizes_are_those_counted_by_hand(network, fused):
    model = build(replace(RECIPES[network], width=16), fused=fused)
    assert model.count_params() == PARAMETERS[network]
    assert multiplications(model) == MULTIPLICATIONS[network]


@pytest.mark.parametrize(
    ("network", "last"), [("cnn", [(12, 24)]), ("resnet", [(12, 12), (12, 12), (12, 24), *[(24, 24)] * 2])]
)
def test_a_width_is_that_of_the_first_convolution_and_all_others_follow(network, last):
    model = build(replace(RECIPES[network], width=6))
    kernels = [layer.kernel.shape for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert kernels == [(3, 3, *ends) for ends in [(1, 6), (6, 12), *last]]


def test_a_precision_is_the_layers_own_and_scores_have_all_digits():
    model = build(RECIPES["cnn"], precision="mixed_bfloat16")
    assert keras.config.dtype_policy().name == "float32"
    assert {layer.compute_dtype for layer in model.layers if isinstance(layer, keras.layers.Conv2D)} == {"bfloat16"}
    assert model.output.dtype == "float32" and {variable.dtype for variable in model.variables} == {"float32"}


def test_a_network_that_is_none_is_refused():
    with pytest.raises(TrainingError, match="'vgg'.*softmax, mlp, cnn, resnet"):
        build(Recipe("vgg"))


def test_a_saved_network_opens_without_tfkit(tmp_path):
    pictures = few().train_images[:20, ..., None].astype("float32") / 255
    fused = build(RECIPES["resnet"])
    fused(pictures, training=True)  # moves the statistics
    gammas = [variable for variable in fused.variables if variable.path.endswith("gamma")]
    for variable in gammas:
        variable.assign(np.linspace(0.5, 1.5, variable.shape[0]))
    plain = build(RECIPES["resnet"], fused=False)
    plain.set_weights(fused.get_weights())
    plain.save(tmp_path / "net.keras")
    np.save(tmp_path / "pictures.npy", pictures)
    code = (
        "import sys, keras, numpy as np\n"
        "net = keras.models.load_model('net.keras')\n"
        "np.save('scores.npy', net.predict(np.load('pictures.npy'), verbose=0))\n"
        "assert not [name for name in sys.modules if name.startswith('tfkit')]"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    scores = keras.ops.convert_to_numpy(fused(pictures, training=False))
    assert scores.std() > 0.01
    np.testing.assert_allclose(np.load(tmp_path / "scores.npy"), scores, atol=1e-4)
