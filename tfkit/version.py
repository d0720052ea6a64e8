"""The version of tfkit, for all that would otherwise import the package's own list of names for it."""

__version__ = "0.1.0"
