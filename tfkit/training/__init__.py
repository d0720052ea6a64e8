"""Training: networks for Fashion-MNIST, trained on one device or by several workers, and the table of epochs."""
