"""Gradients on the graph, training watched from inside, and what is wrong with either."""
