"""Every error a user can cause, as one small family.

With this module one can write ``except TfkitError`` and read a message that names the thing that was
wrong (file, node or argument) and what to do about it.
"""


class TfkitError(Exception):
    """The parent of all errors that tfkit raises on purpose.

    Example:
        >>> from tfkit.errors import TfkitError
        >>> issubclass(DataError, TfkitError)
        True
    """


class GraphError(TfkitError):
    """A graph is not consistent: a missing node, a doubled id, an unknown scope."""


class TraceError(TfkitError):
    """An object cannot be traced; the message names it and says what can be."""


class GradientError(TfkitError):
    """Gradients or training cannot be watched as asked; the message says why."""


class TrainingError(TfkitError):
    """A network cannot be trained as asked, or its training had to stop; the message says what to do."""


class FileError(TfkitError):
    """A file cannot be read or written; the message names the file."""


class DataError(TfkitError):
    """A data set is missing or damaged; the message says how to get it."""


class DrawingError(TfkitError):
    """A picture cannot be made as asked, for example because no ``dot`` program is installed."""


class LessonError(TfkitError):
    """A lesson or an exercise does not exist, or cannot be used as asked."""
