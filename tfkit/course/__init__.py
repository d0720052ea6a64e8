"""The course: its lessons, the checks of their exercises, and the data they use."""
