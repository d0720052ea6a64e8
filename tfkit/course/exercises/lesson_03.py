"""Exercises of lesson 03: a graph from its picture, what runs for a fetch, which graph is the default, names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from tfkit.course.answers import Mistake, describe, kind, require_function, result_of
from tfkit.course.check import task
from tfkit.course.exercises.expect import entries
from tfkit.graph import Graph
from tfkit.parts import Kind

_COMMUTATIVE = {"AddV2", "Mul", "SquaredDifference", "Maximum", "Minimum"}
_NAMES = {"model/product": "Mul", "model/sum": "AddV2", "loss/error": "Sub", "loss/square": "Square"}
_RAN, _IDLE = {"a", "b", "product", "double"}, {"c", "rest", "total"}

# Everything that these exercises say to a learner.
_SAY = {
    "a.prompt": "Write the function of a, b and c whose graph is the one in the picture.",
    "a.hint.1": "Read the picture from the top: each box is one operation, its arrows come from what it works on.",
    "a.hint.2": "The left `Mul` has two arrows going out, so its result is used twice. Give it a name: `t = a * b`.",
    "a.hint.3": "`t = a * b`, then `t * (a - c)`, and to this `t` is added once more.",
    "a.praise": "The same graph, whatever you called things. One result may feed many operations.",
    "a.twice": "The numbers are right, but your graph computes {op} twice. Give its result a name and use it twice.",
    "a.missing": "The picture has {wanted} {op}, your graph has {count}. Go through the boxes again.",
    "a.extra": "Your graph has {count} more {op} than the picture.",
    "a.wiring": "The right operations, but not joined as in the picture. Follow the arrows into the {op} again.",
    "a.order": "The {op} of the picture takes `a` first and `c` second; yours is the other way round.",
    "b.prompt": "Name the operations that run when `double` is fetched.",
    "b.hint.1": "Start at the fetched node and walk against the arrows. What you never reach does not run.",
    "b.hint.2": "`double` needs only `product`, twice. What does `product` need?",
    "b.hint.3": "Four run: `double` and all that comes before it. `rest` comes after `product`, not before.",
    "b.praise": "A fetch costs only what it needs.",
    "b.list": "The answer should be a list of names such as 'a', but it is {kind}: {answer}.",
    "b.unknown": "There is no operation {name} in this graph. There are a, b, c, product, rest, double and total.",
    "b.extra": "{name} does not run: `double` can be computed without it.",
    "b.missing": "{name} runs too: `double` needs it, directly or on the way.",
    "b.fetch": "double runs too: it is what is asked for.",
    "c.prompt": "Predict what the five comparisons of the two graphs print.",
    "c.hint.1": "`is` asks whether two names mean the same object. There is always exactly one default graph.",
    "c.hint.2": "A new `tf.Graph()` is not the default until its `with` block begins.",
    "c.hint.3": "Inside the block g2 is the default, so g1 is not; after the block it is the other way round again.",
    "c.praise": "Each node goes to the graph that is the default when it is made.",
    "c.1": "Comparison 1: no block has begun yet, so g1, fetched as the default graph, still is it.",
    "c.2": "Comparison 2: making a graph does not make it the default.",
    "c.3": "Comparison 3: inside `with g2.as_default()` the default is another graph than g1.",
    "c.4": "Comparison 4: that is what `as_default` does.",
    "c.5": "Comparison 5: at the end of the block the old default comes back.",
    "d.prompt": "Write the function with names, so that its nodes stand in the groups of the tree.",
    "d.hint.1": '`with tf.name_scope("model"):` puts every node that is made in the block into the group model.',
    "d.hint.2": "Operators give names of their own. Use tf.multiply, tf.add, tf.subtract and tf.square with `name=`.",
    "d.hint.3": 'In the block model: `tf.multiply(x, w, name="product")`, and so on for the other three.',
    "d.praise": "Every node has an address now, and a big graph can be read group by group.",
    "d.missing": "There is no node {name}. Your nodes are: {found}.",
    "d.bare": "{name} stands outside of its group: make it inside `with tf.name_scope(...)`.",
    "d.op": "{name} should be the operation {wanted}, but it is {given}.",
    "d.value": "The names are right, but for x=1, w=2, b=3, y=4 your function gives {given} instead of 1.",
}


def _puzzle(a: Any, b: Any, c: Any) -> Any:
    product = a * b
    return product * (a - c) + product


def _check_picture(answer: Any) -> None:
    import tensorflow as tf

    from tfkit.tracing import trace

    function = require_function(answer)
    arguments = (2.0, 3.0, 5.0)
    result_of(function, *map(tf.constant, arguments))
    given, wanted = (_skeleton(trace(one, *arguments)) for one in (function, _puzzle))
    if given == wanted:
        return
    if set(given) == set(wanted):
        raise Mistake(_SAY["a.twice"].format(op=_op(next(iter(given - wanted)))))
    ops, right = (Counter(map(_op, one.elements())) for one in (given, wanted))
    for op in right - ops:
        raise Mistake(_SAY["a.missing"].format(op=op, wanted=right[op], count=ops[op]))
    for op, count in (ops - right).items():
        raise Mistake(_SAY["a.extra"].format(op=op, count=count))
    if "Sub(in2, in0)" in given:
        raise Mistake(_SAY["a.order"].format(op="Sub"))
    raise Mistake(_SAY["a.wiring"].format(op=_op(min(given - wanted, key=len))))


def _op(formula: str) -> str:
    return formula.split("(")[0]


def _skeleton(graph: Graph) -> Counter[str]:
    """Return what each operation computes, as a formula of the inputs: names do not matter, sharing does."""
    known: dict[str, str] = {}
    inputs = iter(range(len(graph.nodes)))
    for node in graph.nodes:
        sources = sorted((edge for edge in graph.edges if edge.target == node.id), key=lambda edge: edge.target_input)
        parts = [known.get(edge.source, "?") for edge in sources if not edge.control]
        if node.kind is Kind.INPUT:
            known[node.id] = f"in{next(inputs)}"
            continue
        known[node.id] = f"{node.op}({', '.join(sorted(parts) if node.op in _COMMUTATIVE else parts)})"
    return Counter(formula for formula in known.values() if not formula.startswith("in"))


def _check_ran(answer: Any) -> None:
    if isinstance(answer, str):
        answer = answer.replace(",", " ").split()
    if not isinstance(answer, Collection) or isinstance(answer, Mapping):
        raise Mistake(_SAY["b.list"].format(kind=kind(answer), answer=describe(answer)))
    names = {str(getattr(name, "name", name)).removesuffix(":0") for name in answer}
    for name in sorted(names - _RAN):
        if name in _IDLE:
            raise Mistake(_SAY["b.extra"].format(name=name))
        raise Mistake(_SAY["b.unknown"].format(name=describe(name)))
    for name in sorted(_RAN - names, key=lambda name: (len(name), name)):
        if name == "double":
            raise Mistake(_SAY["b.fetch"])
        raise Mistake(_SAY["b.missing"].format(name=name))


_match = entries("c", _SAY, [True, False, False, True, True])


def _check_predicted(answer: Any) -> None:
    if isinstance(answer, (list, tuple)):
        answer = [bool(entry) if type(entry) is int and entry in (0, 1) else entry for entry in answer]
    _match(answer)


def _check_names(answer: Any) -> None:
    from tfkit.tracing import trace

    graph = trace(require_function(answer), 1.0, 2.0, 3.0, 4.0)
    nodes = {node.id: node for node in graph.nodes if node.kind is not Kind.INPUT}
    for name, op in _NAMES.items():
        if name not in nodes and name.split("/")[1] in nodes:
            raise Mistake(_SAY["d.bare"].format(name=name.split("/")[1]))
        if name not in nodes:
            raise Mistake(_SAY["d.missing"].format(name=name, found=", ".join(nodes) or "none"))
        if nodes[name].op != op:
            raise Mistake(_SAY["d.op"].format(name=name, wanted=op, given=nodes[name].op))
    result = float(answer(1.0, 2.0, 3.0, 4.0))
    if result != 1:
        raise Mistake(_SAY["d.value"].format(given=f"{result:g}"))


TASKS = (
    task("a", _SAY, answer="puzzle", check=_check_picture),
    task("b", _SAY, answer="ran", check=_check_ran),
    task("c", _SAY, answer="predicted", check=_check_predicted),
    task("d", _SAY, answer="named", check=_check_names),
)
