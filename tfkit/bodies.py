"""Bodies of functions opened in place.

Where a function is called, the operations of its body stand in a group that bears the call's name. The
arguments are gone: what is passed in goes straight to what uses it. Pure: nodes in, nodes out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tfkit.graph import Graph
from tfkit.parts import Edge, Kind, Node, Scope, ScopeKind, ScopePath, all_prefixes, limit_pictures

Tensor = tuple[str, int]  # a node's id and the number of its output

BRANCHES = ("If", "StatelessIf", "Case", "StatelessCase")
LOOPS = ("While", "StatelessWhile")
CALLS = ("PartitionedCall", "StatefulPartitionedCall", "RemoteCall", "TPUPartitionedCall", "XlaLaunch")

# Attributes that hold functions, in the order in which they are drawn, and what the functions are called.
_ROLES = {"cond": "cond", "body": "body", "then_branch": "then", "else_branch": "else"}
_SINGULAR = {"branches": "branch"}

_MOST_OPENED = 30_000  # nodes; functions that call functions twice each grow without end
_DEEPEST = 40


@dataclass(frozen=True)
class Body:
    """The body of a function, as a graph of its own.

    Args:
        nodes: With one node for each argument.
        edges: Between the ids of `nodes`.
        scopes: As in a graph.
        arguments: Ids of the nodes that stand for what is passed in, in the order of the call's inputs.
        results: The tensors that are returned.
        calls: For each node that calls functions: ``((role, function), ...)``, such as
            ``(("then", "f_1"), ("else", "f_2"))``; the role of a plain call is ``""``.
    """

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    scopes: Sequence[Scope] = ()
    arguments: Sequence[str] = ()
    results: Sequence[Tensor] = ()
    calls: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


def open_bodies(name: str, main: Body, body_of: Callable[[str, str, str], Body | None]) -> Graph:
    """Return the graph of `main` with all functions that it calls opened, and those that they call.

    A function that is being opened already (a recursion) stays closed, as do functions more than 40 deep and
    whatever would bring the opened bodies beyond 30,000 nodes; the note of the node says so.

    Args:
        name: Of the graph.
        main: What is not inside any function.
        body_of: Is called with the id of the calling node, the role and the name of the function, and returns
            the body, or None where it is not known.
    """
    if not main.calls:
        return Graph(name, limit_pictures(main.nodes), tuple(main.edges), tuple(main.scopes))
    opening = _Opening(body_of)
    opening.place(main, None, {}, ())
    filled = all_prefixes(node.scope for node in opening.nodes)
    scopes = tuple(scope for path, scope in opening.scopes.items() if path in filled)
    return Graph(name, limit_pictures(opening.nodes), tuple(opening.edges), scopes)


def readable_name(function: str) -> str:
    """Return a function's name without what TensorFlow puts around it.

    Example:
        >>> readable_name("__inference_train_step_1234")
        'train_step'
    """
    return re.sub(r"^(__(inference|forward|backward))_(?=.)|(?<=.)_\d+$", "", function)


def calls_of(op: str, functions: Mapping[str, Sequence[str]]) -> tuple[tuple[str, str], ...]:
    """Return ``((role, function), ...)`` of an operation from those of its attributes that are functions.

    Example:
        >>> calls_of("If", {"else_branch": ["g"], "then_branch": ["f"]})
        (('then', 'f'), ('else', 'g'))
        >>> calls_of("StatelessCase", {"branches": ["f", "g"]})
        (('branch 0', 'f'), ('branch 1', 'g'))
        >>> calls_of("PartitionedCall", {"f": ["f"]})
        (('', 'f'),)
    """
    named = [(role, functions[key][0]) for key, role in _ROLES.items() if functions.get(key)]
    if named:
        return tuple(named)
    if op in CALLS and len(functions) == 1:
        return tuple(("", function) for function in next(iter(functions.values())))
    return tuple(
        (f"{_SINGULAR.get(key, key)} {place}" if len(names) > 1 or key in _SINGULAR else key, function)
        for key, names in functions.items()
        for place, function in enumerate(names)
    )


@dataclass(frozen=True)
class _Inside:
    """Where a body is put: its scope, the beginning of its nodes' ids, and the name of the caller in its own body.

    TensorFlow begins the names in a branch with that of the ``If``; there, that goes without saying.
    """

    scope: ScopePath = ()
    prefix: str = ""
    caller: str = ""

    def id_of(self, name: str) -> str:
        return inner_id(self.prefix, self.caller, name)

    def path_of(self, path: ScopePath) -> ScopePath:
        parts = tuple(self.caller.split("/")) if self.caller else ()
        return (*self.scope, *(path[len(parts) :] if path[: len(parts)] == parts else path))

    def moved(self, node: Node, node_id: str) -> Node:
        kind = Kind.OP if node.kind == Kind.OUTPUT else node.kind
        return replace(node, id=node_id, scope=self.path_of(node.scope), kind=kind)


def inner_prefix(caller: str, role: str) -> str:
    """Return what the ids of nodes in a body begin with; the role of a plain call is ``""``.

    Example:
        >>> inner_prefix("f/cond", "then"), inner_prefix("f", "")
        ('f/cond/then/', 'f/')
    """
    return f"{caller}/{role}/" if role else f"{caller}/"


def inner_id(prefix: str, caller: str, name: str) -> str:
    """Return the id of a node of an opened body; `caller` is what the call is named in its own body.

    Example:
        >>> inner_id("f/cond/then/", "cond", "cond/sub")
        'f/cond/then/sub'
    """
    return prefix + (name.removeprefix(f"{caller}/") if caller else name)


class _Opening:
    """The graph as far as it has been put together."""

    def __init__(self, body_of: Callable[[str, str, str], Body | None]) -> None:
        self.body_of = body_of
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.scopes: dict[ScopePath, Scope] = {}
        self.ids: set[str] = set()
        self.groups: set[ScopePath] = set()
        self.opened = 0

    def place(
        self, body: Body, inside: _Inside | None, passed: Mapping[str, Tensor], chain: tuple[str, ...]
    ) -> list[Tensor]:
        """Put a body down and return its results.

        Args:
            inside: Where; None is the outermost level.
            passed: What stands for which argument.
            chain: The functions that are open around it.
        """
        there = inside or _Inside()
        kept = [node for node in body.nodes if node.id not in passed]
        ids = {node.id: self.new_id(there.id_of(node.id)) for node in kept}
        for scope in body.scopes:
            path = there.path_of(scope.path)
            self.scopes.setdefault(path, replace(scope, path=path) if inside else scope)
        inputs: dict[str, list[Edge]] = {caller: [] for caller in body.calls}
        for edge in body.edges:
            if edge.control and (edge.source in passed or edge.target in passed):
                continue
            target = edge.target
            if inside:
                source, place = passed.get(edge.source) or (ids[edge.source], edge.source_output)
                edge = replace(edge, source=source, source_output=place, target=ids[target])
            waiting = None if edge.control else inputs.get(target)
            (self.edges if waiting is None else waiting).append(edge)
        for node in kept:
            moved = there.moved(node, ids[node.id]) if inside else node
            if node.id in inputs:
                self._call(moved, node.id, body.calls[node.id], inputs[node.id], chain)
            else:
                self.nodes.append(moved)
        return [passed.get(result[0]) or (ids[result[0]], result[1]) for result in body.results]

    def new_id(self, wanted: str) -> str:
        while wanted in self.ids:
            wanted += "*"
        self.ids.add(wanted)
        return wanted

    def _call(
        self,
        node: Node,
        name: str,
        functions: tuple[tuple[str, str], ...],
        inputs: list[Edge],
        chain: tuple[str, ...],
    ) -> None:
        """Put a calling node down: with the bodies around it, or closed; `name` is its id in its own body."""
        bodies, reason = self._bodies(node.id, functions, chain)
        kind = Kind.FUNCTION if node.kind == Kind.OP else node.kind
        if reason:
            self.nodes.append(replace(node, kind=kind, note=node.note or reason))
            self.edges += inputs
            return
        path = (*node.scope, node.label)
        while path in self.groups:
            path = (*path[:-1], path[-1] + "*")
        self.groups.add(path)
        label = readable_name(functions[0][1]) if functions[0][0] == "" else node.label
        self.scopes[path] = Scope(path, ScopeKind.FUNCTION, label, {"class": node.op, **node.attributes})
        passed = [(edge.source, edge.source_output) for edge in sorted(inputs, key=lambda edge: edge.target_input)]
        opened = _Call(self, node, name, path, passed, chain)
        results = opened.loop(bodies) if node.op in LOOPS and opened.is_whole(bodies) else opened.branches(bodies)
        self.nodes.append(replace(node, kind=kind, scope=path))
        self.edges += [Edge(source, node.id, output, place) for place, (source, output) in enumerate(results)]

    def _bodies(
        self, node_id: str, functions: tuple[tuple[str, str], ...], chain: tuple[str, ...]
    ) -> tuple[dict[str, tuple[str, Body]], str]:
        """Return the bodies by role, or why they stay closed."""
        for _, function in functions:
            if function in chain:
                return {}, f"a call of {readable_name(function)} inside itself: not opened again"
        found = {}
        for role, function in functions:
            body = self.body_of(node_id, role, function)
            if body is None:
                return {}, f"the body of {readable_name(function)} is not known"
            found[role] = (function, body)
        size = sum(len(body.nodes) for _, body in found.values())
        if len(chain) >= _DEEPEST:
            return {}, f"functions are nested more than {_DEEPEST} deep: not opened"
        if self.opened + size > _MOST_OPENED:
            return {}, f"not opened: the bodies of functions would have more than {_MOST_OPENED:,} nodes"
        self.opened += size
        return found, ""


@dataclass
class _Call:
    """One call whose bodies are known."""

    opening: _Opening
    node: Node
    name: str
    path: ScopePath
    inputs: list[Tensor]
    chain: tuple[str, ...]

    def branches(self, bodies: Mapping[str, tuple[str, Body]]) -> list[Tensor]:
        """Place bodies that take the call's inputs (behind the predicate or the index of a branch)."""
        chooser = self.inputs[:1] if self.node.op in BRANCHES else []
        passed = self.inputs[len(chooser) :]
        results, taken = list(chooser), False
        for role, (function, body) in bodies.items():
            # A function that is handed to an operation (Dataset.map) gets its arguments from there.
            takes = len(body.arguments) == len(passed) and bool(chooser or role == "")
            results += self._place(role, function, body, passed if takes else [])
            taken = taken or takes
        return results if taken else results + passed

    def is_whole(self, bodies: Mapping[str, tuple[str, Body]]) -> bool:
        """Return whether a loop has what it needs; what stands in a file may be anything."""
        return bodies.keys() >= {"body", "cond"} and len(bodies["body"][1].arguments) == len(self.inputs)

    def loop(self, bodies: Mapping[str, tuple[str, Body]]) -> list[Tensor]:
        """Place condition and body around the loop's variables; what the body hands on unchanged is none."""
        (_, body), (_, condition) = bodies["body"], bodies["cond"]
        variables: list[Tensor] = []
        for place, start in enumerate(self.inputs):
            unchanged = place < len(body.results) and body.results[place] == (body.arguments[place], 0)
            variables.append(start if unchanged else self._variable(place, body.arguments[place], start, body))
        results = self._place("cond", bodies["cond"][0], condition, variables)
        made = self._place("body", bodies["body"][0], body, variables)
        for tensor, variable, start in zip(made, variables, self.inputs, strict=False):
            if variable != start:
                self.opening.edges.append(Edge(tensor[0], variable[0], tensor[1], 1))
        return variables + results

    def _variable(self, place: int, argument: str, start: Tensor, body: Body) -> Tensor:
        """Put down what goes round the loop: it begins with `start` and is set anew by the body."""
        known = next(node for node in body.nodes if node.id == argument)
        # Variables of a Python loop have no names any more when TensorFlow makes a loop of it.
        label = f"loop_var_{place}" if known.label.startswith("Placeholder") else known.label
        node_id = self.opening.new_id(f"{self.node.id}/{label}")
        node = Node(node_id, "LoopVariable", label, self.path, outputs=known.outputs, source=self.node.source)
        self.opening.nodes.append(node)
        self.opening.edges.append(Edge(start[0], node_id, start[1], 0))
        return node_id, 0

    def _place(self, role: str, function: str, body: Body, passed: Sequence[Tensor]) -> list[Tensor]:
        scope = (*self.path, role) if role else self.path
        if role:
            self.opening.scopes[scope] = Scope(scope, ScopeKind.FUNCTION, role, {"class": readable_name(function)})
        inside = _Inside(scope, inner_prefix(self.node.id, role), self.name)
        stands_for = dict(zip(body.arguments, passed, strict=False))
        return self.opening.place(body, inside, stands_for, (*self.chain, function))
