"""Which lessons there are. Nothing is loaded for it, so that a server may ask."""

from __future__ import annotations

from collections.abc import Mapping

# Number: (name of the notebook, title), in the order of the course.
CATALOGUE: Mapping[str, tuple[str, str]] = {
    "00": ("00_setup", "Start here"),
    "01": ("01_tensors", "Tensors"),
    "02": ("02_operations", "Operations and their graph"),
    "03": ("03_dataflow_graphs", "Dataflow graphs: build, then run"),
    "04": ("04_sessions", "Reading TensorFlow 1"),
    "05": ("05_gradients", "Gradients and the chain rule"),
    "06": ("06_gradient_descent", "One step of gradient descent"),
    "07": ("07_training_loops", "Training loops and mini-batches"),
    "08": ("08_three_dialects", "One model, three dialects"),
    "09": ("09_logistic_regression", "Logistic regression and the logits bug"),
    "10": ("10_softmax", "Softmax, cross-entropy and Iris"),
    "11": ("11_keras_models", "Keras models as graphs of layers"),
    "12": ("12_activations", "Activations: learning planar regions"),
    "13": ("13_fit", "Compile, fit, evaluate, predict"),
    "14": ("14_fashion_mnist", "Images and Fashion-MNIST"),
    "15": ("15_mlp_and_cnn", "MLP and CNN"),
    "16": ("16_tensorboard", "TensorBoard inside JupyterLab"),
    "17": ("17_saving", "Save, restore, export"),
    "18": ("18_final_project", "On a GPU, and the final project"),
}

# Notebooks beside the course: no exercises, and no place in its order.
APPENDICES: Mapping[str, tuple[str, str]] = {
    "A1": ("A1_where_the_time_goes", "Where the time goes"),
    "A2": ("A2_many_workers", "Beyond one machine"),
}
