"""Back-propagation on the graph: what every tensor is, and how the output changes with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from tensorflow.python.eager import context

from tfkit.drawing.style import short_number
from tfkit.errors import GradientError
from tfkit.gradients._call import call_of, refuse_whole_numbers
from tfkit.gradients._cut import why_none
from tfkit.gradients._numbers import Array, Numbers, Place, written_on
from tfkit.gradients._program import Feed
from tfkit.gradients._traced import Traced, trace_gradient
from tfkit.gradients._unrolled import Unrolled
from tfkit.gradients.check import GradientCheck, check_program
from tfkit.gradients.steps import Step, steps_of
from tfkit.graph import Graph
from tfkit.tracing._kinds import variable_in

if TYPE_CHECKING:
    from tfkit.display import MimeBundle


def backprop(
    fn: Any,
    /,
    *args: Any,
    wrt: Any = None,
    loss: Callable[[Any], Any] | None = None,
    fetches: Any = None,
    feed_dict: Mapping[Any, Any] | None = None,
    unroll: bool | None = None,
) -> Backprop:
    """Run a function forward and back, and show both on its graph.

    Every tensor has its value and, unless constants alone made it, the derivative of the output by it; every edge
    has what it adds to that: the derivative of the one operation times the gradient of its result. Where a value is
    used twice, its gradient is the sum of what its edges bring.

    Args:
        fn: A Python function, a ``tf.function``, a ``ConcreteFunction``, a Keras model or layer, or a ``tf.Graph``.
        *args: What `fn` is called with. Numbers, arrays and eager tensors become inputs of the graph, all else
            reaches `fn` unchanged. Derivatives are only by floats: pass ``3.0``, not ``3``.
        wrt: By what to differentiate: a name of a parameter or variable, a variable, or a list of them. None: by
            everything that can change, which constants cannot.
        loss: Makes one number of what `fn` returns: ``lambda y: tf.reduce_mean(y ** 2)``.
        fetches: Of a ``tf.Graph``: the one tensor to go back from.
        feed_dict: Of a ``tf.Graph``: what its placeholders are fed.
        unroll: Whether to execute the function eagerly and show what it did, each round of a loop as nodes of its
            own. None: if it has loops or branches on tensors, inside of which a traced graph has no gradients.

    Returns:
        The graph with its numbers; others can be tried with `Backprop.set`.

    Raises:
        GradientError: If the output is not one number and there is no `loss`; if an input is of whole numbers; if
            nothing leads back from the output, with the node that cuts the way.

    Example:
        >>> import tfkit
        >>> bp = tfkit.backprop(lambda x, w, b: (w * x + b - 9.1) ** 2, 6.7, -0.34, 0.04)
        >>> {name: round(float(gradient), 3) for name, gradient in bp.gradients.items()}
        {'x': 7.71, 'w': -151.929, 'b': -22.676}
        >>> print(bp.steps[-1].text)
        mul has the gradient -22.676; to w: 6.7 · -22.676 = -151.9292; to x: -0.34 · -22.676 = 7.70984
    """
    call = call_of(fn, args, fetches, feed_dict).returning_one(loss)
    wanted = None if wrt is None else list(wrt) if isinstance(wrt, (list, tuple)) else [wrt]
    refuse_whole_numbers(call.inputs, wanted)
    with context.eager_mode():
        traced = trace_gradient(call.name, call.traced, call.inputs, lambda feeds: _places(feeds, wanted))
    engine: Traced | Unrolled = traced
    if unroll and call.eager is None:
        raise GradientError(f"{call.name} is a graph already, and there is no function that could be executed eagerly.")
    if call.eager is not None and (traced.has_bodies if unroll is None else unroll):
        engine = Unrolled(call.name, call.eager, call.inputs, traced)
    found = Backprop(engine, wanted)
    found._refuse_none()
    return found


class Backprop:
    """A function with its values and gradients on its graph, to be tried with other numbers.

    It shows itself in a notebook: the graph, with buttons to step forward and back through it, and a slider for
    each input that is one number. Made by `tfkit.backprop`.

    Example:
        >>> import tfkit
        >>> bp = tfkit.backprop(lambda x: x * x, 3.0)
        >>> bp
        Backprop('function', 2 nodes, output 9, gradient by 1 input)
        >>> bp.set(x=5.0).gradients
        {'x': array(10., dtype=float32)}
    """

    def __init__(self, engine: Traced | Unrolled, wanted: list[Any] | None) -> None:
        self._engine = engine
        self._wanted = wanted
        self._settings: dict[str, Array] = {}

    @cached_property
    def _run(self) -> tuple[Graph, Numbers]:
        with context.eager_mode():  # also where a graph is being made around this
            return self._engine.run(self._settings)

    @cached_property
    def graph(self) -> Graph:
        """The graph with a summary of each value and gradient on its nodes, and of each share on its edges."""
        lacking = {place[0]: self._why_none(place) for place in self._lacking()}
        return written_on(*self._run, {**self._engine.notes, **lacking})

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """One step a node: forward in the order of their making, then back."""
        return steps_of(self.graph)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What has to be said of a function that draws at random, assigns to variables, or acts on the outside."""
        return self._engine.remarks

    @cached_property
    def check(self) -> GradientCheck:
        """The gradients held against finite differences; see `tfkit.check_gradients`."""
        with context.eager_mode():
            return check_program(self._engine.program, self._settings)

    @property
    def output(self) -> float:
        """The number that was gone back from."""
        return float(self._run[1].values[self._output].reshape(-1)[0].real)

    @property
    def inputs(self) -> dict[str, Array]:
        """What the function took from outside, by name: inputs and variables."""
        values = self._run[1].values
        return {feed.label: values[place] for feed, place in self._floats()}

    @property
    def gradients(self) -> dict[str, Array]:
        """The derivative of the output by each input and variable, by name, where there is one."""
        found = self._run[1].gradients
        return {feed.label: found[place] for feed, place in self._floats() if place in found}

    @property
    def _output(self) -> Place:
        self._run  # noqa: B018 - an unrolled function knows its output when it ran
        return self._engine.output

    def _floats(self) -> list[tuple[Feed, Place]]:
        """Return what can be differentiated by, and where that stands in the graph."""
        values = self._run[1].values  # first: an unrolled function knows its places when it ran
        found = ((feed, self._engine.place_of(feed)) for feed in self._engine.feeds if _is_float(feed))
        return [(feed, place) for feed, place in found if place in values]

    def set(self, **values: Any) -> Self:
        """Run again with other numbers for some inputs or variables (which keep their own), and return `self`.

        Args:
            **values: By name, each of the shape that it had: ``bp.set(x=3.0)``, ``bp.set(**{"dense/bias": zeros})``.

        Raises:
            GradientError: If there is no input or variable of that name, or a value has another shape.
        """
        self._settings |= {name: self._value(name, value) for name, value in values.items()}
        for name in ("_run", "graph", "steps", "check"):
            self.__dict__.pop(name, None)
        return self

    def _value(self, name: str, value: Any) -> Array:
        feed = next((feed for feed in self._engine.feeds if feed.label == name), None)
        if feed is None:
            names = ", ".join(feed.label for feed in self._engine.feeds)
            raise GradientError(
                f"There is no input or variable {name!r}: {f'there are {names}' if names else 'there is none'}."
            )
        now = np.asarray(feed.now)
        try:
            array = np.asarray(value).astype(now.dtype)
        except (TypeError, ValueError) as error:
            raise GradientError(f"{name}={value!r:.60} is no {now.dtype.name}: {error}.") from error
        if array.shape != now.shape:
            raise GradientError(f"{name} has the shape {now.shape}, and {value!r:.60} has {array.shape}.")
        return array

    def descend(self, learning_rate: float, *names: str) -> Self:
        """Take one step of gradient descent, each number less its gradient times the learning rate; return `self`.

        Args:
            learning_rate: How far to go.
            *names: What is changed. None named: what `wrt` names, else all variables, else all inputs.

        Raises:
            GradientError: If one of them has no gradient.
        """
        gradients, inputs = self.gradients, self.inputs
        chosen = names or self._trained()
        lacking = next((name for name in chosen if name not in gradients), None)
        if lacking is not None:
            raise GradientError(f"{lacking!r} has no gradient: there are {', '.join(gradients)}.")
        return self.set(**{name: inputs[name] - learning_rate * gradients[name] for name in chosen})

    def _trained(self) -> list[str]:
        feeds = [feed for feed, _ in self._floats()]
        if self._wanted is not None:
            places = _places(feeds, self._wanted)
            return [feed.label for feed in feeds if feed.place in places]
        variables = [feed.label for feed in feeds if feed.variable is not None]
        return variables or list(self.gradients)

    def _lacking(self) -> list[Place]:
        """Return where a gradient is asked for and there is none."""
        floats, known = self._floats(), self.gradients
        asked = (
            {feed.place for feed, _ in floats} if self._wanted is None else _places(self._engine.feeds, self._wanted)
        )
        return [place for feed, place in floats if feed.place in asked and feed.label not in known]

    def _refuse_none(self) -> None:
        """Refuse what was asked for and has no gradient; where nothing was asked for, all may not be without one."""
        if not self._floats():
            raise GradientError(
                f"{self._run[0].name} takes no float and uses no variable, and nothing else can change: pass what to "
                "differentiate by as an argument (of a tf.Graph, make it a placeholder)."
            )
        lacking = self._lacking()
        if lacking and (self._wanted is not None or not self.gradients):
            raise GradientError(self._why_none(lacking[0]))

    def _why_none(self, place: Place) -> str:
        graph, numbers = self._run
        return why_none(graph, place[0], self._output[0], numbers.gradients)

    def name_of(self, node_id: str) -> str:
        """Return the name of the input or variable that a node stands for, as `set` takes it.

        Raises:
            GradientError: If the node is none.
        """
        found = next((feed.label for feed, place in self._floats() if place[0] == node_id), None)
        if found is None:
            raise GradientError(f"{node_id!r} is neither an input nor a variable.")
        return found

    def save(self, path: str | Path) -> Path:
        """Write the graph with its numbers to a file; as a page, one can step through it and move its numbers.

        Args:
            path: Ends as for `Graph.save`.

        Raises:
            FileError: If the suffix is another one or the file cannot be written.
        """
        from tfkit.gradients._showing import save_whole

        return save_whole(self, path)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> MimeBundle:
        from tfkit.gradients._showing import bundle

        return bundle(self)

    def __repr__(self) -> str:
        count = len(self.gradients)
        by = f"gradient by {count:,} input{'' if count == 1 else 's'}"
        nodes = f"{len(self._run[0].nodes):,} node{'' if len(self._run[0].nodes) == 1 else 's'}"
        return f"Backprop({self._run[0].name!r}, {nodes}, output {short_number(self.output, 7)}, {by})"

    def __str__(self) -> str:
        lines = [self.graph.to_text(), *self.remarks]
        return "\n".join(lines)


def _is_float(feed: Feed) -> bool:
    dtype = getattr(feed.spec, "dtype", None) if feed.variable is None else feed.variable.dtype
    return bool(dtype is not None and (dtype.is_floating or dtype.is_complex))


def _places(feeds: list[Feed], wanted: list[Any] | None) -> set[Place]:
    """Return where what is wanted comes into the graph: by name, or the variable itself; empty for everything."""
    found = set[Place]()
    for entry in wanted or ():
        named = (
            [feed.place for feed in feeds if feed.label == entry]
            if isinstance(entry, str)
            else [feed.place for feed in feeds if feed.variable is not None and feed.variable is variable_in(entry)]
        )
        if not named:
            names = ", ".join(feed.label for feed in feeds if _is_float(feed))
            raise GradientError(
                f"wrt: the function uses no {entry!r:.60}; it uses {names or 'nothing that has a derivative'}."
            )
        found.update(named)
    return found
