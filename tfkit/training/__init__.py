"""Training: the table of epochs."""
