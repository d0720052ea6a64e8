"""A traced function and its gradient as one call, to be run again and again with other numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from tfkit.garbage import uncollected
from tfkit.gradients._backward import Backward
from tfkit.gradients._definition import used_tensors, without
from tfkit.gradients._numbers import Array, Numbers, Place
from tfkit.tracing._run import unchanged_graphs

Call = Callable[[Sequence[Any]], list[Any]]


@dataclass(eq=False)
class Feed:
    """A number that comes from outside: an input, what a variable holds, or a random draw that is kept.

    Attributes:
        label: What people call it.
        place: Its node, and which output of that.
        names: The tensors of the graph that hold it.
        spec: Its shape and type; of a variable that the graph needs as a whole, those of its handle.
        value: The number. Of a variable None, for it is read before each run.
        variable: Where it is that of a variable.
        is_copied: Whether the graph needs the variable itself. It gets a copy, because it may assign to it.
        is_drawn: Whether it is a random draw.
    """

    label: str
    place: Place
    names: list[str]
    spec: Any
    value: Any = None
    variable: Any = None
    is_copied: bool = False
    is_drawn: bool = False

    @property
    def now(self) -> Any:
        """The number that the next run begins with."""
        return self.variable.value() if self.value is None else self.value


@uncollected()
def callable_of(definition: Any, feeds: Sequence[Feed], names: Sequence[str]) -> Call:
    """Return what computes the tensors of a graph with these names from a number for each feed."""
    definition = without(definition, {name.rpartition(":")[0] for feed in feeds for name in feed.names})
    used = used_tensors(definition)

    # The arguments are called as nothing in the graph is.
    def imported(*tfkit_feed: Any) -> Any:
        given = {name: value for feed, value in zip(feeds, tfkit_feed, strict=True) for name in feed.names}
        mapped = {name: value for name, value in given.items() if name in used}
        asked = [name for name in names if name not in given]
        found = dict(zip(asked, tf.graph_util.import_graph_def(definition, mapped, asked, name="") or (), strict=True))
        return [found[name] if name in found else given[name] for name in names]

    # Unlike tf.function, it puts no operation of its own behind each output: there may be thousands.
    concrete = tf.compat.v1.wrap_function(imported, [feed.spec for feed in feeds])

    def call(values: Sequence[Any]) -> list[Any]:
        copies = [tf.Variable(value) if feed.is_copied else value for feed, value in zip(feeds, values, strict=True)]
        given = [copy.handle if feed.is_copied else copy for feed, copy in zip(feeds, copies, strict=True)]
        with unchanged_graphs():
            return list(concrete(*given))

    return call


class Program:
    """What is run: a ``FuncGraph`` with the gradient in it, what it is fed, and which tensors say what.

    Args:
        graph: The ``FuncGraph``.
        output: Where the number is that was gone back from.
        feeds: For every input and captured tensor of the graph.
        values: Which tensor is the value of a place, by name.
        backward: Which tensors are gradients, shares of them, and derivatives of single operations.
    """

    def __init__(
        self, graph: Any, output: Place, feeds: list[Feed], values: Mapping[Place, str], backward: Backward
    ) -> None:
        self.graph = graph  # it holds the variables that the function made
        self.output = output
        self.feeds = feeds
        self.definition = graph.as_graph_def()
        self.sought: dict[str, dict[Place, str]] = {"values": dict(values)}
        for kind, tensors in vars(backward).items():
            self.sought[kind] = {place: tensor.name for place, tensor in tensors.items()}
        names = dict.fromkeys(name for found in self.sought.values() for name in found.values())
        # What is known without running is not asked for in each run.
        known = {name: tf.get_static_value(graph.get_tensor_by_name(name)) for name in values.values()}
        self._constants = {name: np.asarray(value) for name, value in known.items() if value is not None}
        self._names = [name for name in names if name not in self._constants]
        self._call = callable_of(self.definition, feeds, self._names)

    def given(self, settings: Mapping[str, Array]) -> list[Any]:
        """Return a number for each feed, those of `settings` by its label."""
        return [settings.get(feed.label, feed.now) for feed in self.feeds]

    def run(self, settings: Mapping[str, Array]) -> Numbers:
        """Run once.

        Args:
            settings: Other numbers for some feeds, by their labels, of their shapes and types.
        """
        given = self.given(settings)
        results = dict(zip(self._names, self._call(given), strict=True))
        arrays = self._constants | {name: np.asarray(tensor.numpy()) for name, tensor in results.items()}
        found = {kind: {place: arrays[name] for place, name in names.items()} for kind, names in self.sought.items()}
        for feed, value in zip(self.feeds, given, strict=True):
            if feed.variable is not None:
                found["values"][feed.place] = value.numpy() if tf.is_tensor(value) else value
        return Numbers(**found)
