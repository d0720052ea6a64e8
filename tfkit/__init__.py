"""See what TensorFlow does: trace any program into a graph, draw it, and learn with it.

Nothing heavy is loaded here; each public name fetches its module on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tfkit import errors as errors
from tfkit.stranger import warn_about_stranger
from tfkit.version import __version__ as __version__

if TYPE_CHECKING:
    from tfkit.board import TensorBoard as TensorBoard
    from tfkit.board import tensorboard as tensorboard
    from tfkit.compare import GraphDiff as GraphDiff
    from tfkit.compare import diff as diff
    from tfkit.course.check import Exercise as Exercise
    from tfkit.course.check import Verdict as Verdict
    from tfkit.course.data import FashionMnist as FashionMnist
    from tfkit.course.data import load_fashion_mnist as load_fashion_mnist
    from tfkit.course.data import load_idx as load_idx
    from tfkit.course.iris import Iris as Iris
    from tfkit.course.iris import load_iris as load_iris
    from tfkit.course.lessons import lesson as lesson
    from tfkit.course.standing import Progress as Progress
    from tfkit.course.standing import progress as progress
    from tfkit.files import read_graph as read_graph
    from tfkit.gradients.backprop import Backprop as Backprop
    from tfkit.gradients.backprop import backprop as backprop
    from tfkit.gradients.check import GradientCheck as GradientCheck
    from tfkit.gradients.check import check_gradients as check_gradients
    from tfkit.gradients.diagnose import diagnose as diagnose
    from tfkit.gradients.findings import Finding as Finding
    from tfkit.gradients.history import History as History
    from tfkit.gradients.inside import activations as activations
    from tfkit.gradients.inside import filters as filters
    from tfkit.gradients.monitor import GradientMonitor as GradientMonitor
    from tfkit.gradients.nan import Origin as Origin
    from tfkit.gradients.nan import find_nan as find_nan
    from tfkit.gradients.runs import compare_runs as compare_runs
    from tfkit.gradients.surface import LossSurface as LossSurface
    from tfkit.gradients.surface import loss_surface as loss_surface
    from tfkit.graph import Graph as Graph
    from tfkit.parts import Edge as Edge
    from tfkit.parts import Node as Node
    from tfkit.parts import Scope as Scope
    from tfkit.tracing import trace as trace
    from tfkit.tracing import tracer as tracer
    from tfkit.tracing._eager import record as record
    from tfkit.tracing.peek import peek as peek
    from tfkit.tracing.retraces import retraces as retraces
    from tfkit.training.report import Report as Report
    from tfkit.training.table import epoch_table as epoch_table
    from tfkit.training.train import train as train

_HOMES = {
    "Backprop": "tfkit.gradients.backprop",
    "Edge": "tfkit.parts",
    "FashionMnist": "tfkit.course.data",
    "Finding": "tfkit.gradients.findings",
    "GradientCheck": "tfkit.gradients.check",
    "GradientMonitor": "tfkit.gradients.monitor",
    "Graph": "tfkit.graph",
    "GraphDiff": "tfkit.compare",
    "History": "tfkit.gradients.history",
    "Iris": "tfkit.course.iris",
    "LossSurface": "tfkit.gradients.surface",
    "Node": "tfkit.parts",
    "Origin": "tfkit.gradients.nan",
    "Progress": "tfkit.course.standing",
    "Report": "tfkit.training.report",
    "Scope": "tfkit.parts",
    "TensorBoard": "tfkit.board",
    "activations": "tfkit.gradients.inside",
    "backprop": "tfkit.gradients.backprop",
    "check_gradients": "tfkit.gradients.check",
    "compare_runs": "tfkit.gradients.runs",
    "diagnose": "tfkit.gradients.diagnose",
    "diff": "tfkit.compare",
    "epoch_table": "tfkit.training.table",
    "filters": "tfkit.gradients.inside",
    "find_nan": "tfkit.gradients.nan",
    "lesson": "tfkit.course.lessons",
    "load_fashion_mnist": "tfkit.course.data",
    "load_idx": "tfkit.course.data",
    "load_iris": "tfkit.course.iris",
    "loss_surface": "tfkit.gradients.surface",
    "peek": "tfkit.tracing.peek",
    "progress": "tfkit.course.standing",
    "read_graph": "tfkit.files",
    "record": "tfkit.tracing._eager",
    "retraces": "tfkit.tracing.retraces",
    "tensorboard": "tfkit.board",
    "trace": "tfkit.tracing",
    "tracer": "tfkit.tracing",
    "train": "tfkit.training.train",
}

__all__ = sorted([*_HOMES, "errors"])


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tfkit' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def load_ipython_extension(shell: Any) -> None:
    """Register the cell magic ``%%trace``; IPython calls this on ``%load_ext tfkit``."""
    from tfkit import magic

    magic.load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Take the cell magic away again, on ``%unload_ext tfkit``."""
    from tfkit import magic

    magic.unload(shell)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])


warn_about_stranger()
