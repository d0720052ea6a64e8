from tfkit.bodies import Body, calls_of, open_bodies, readable_name
from tfkit.parts import Edge, Kind, Node, Output, ScopeKind

FLOAT = (Output((), "float32"),)


def node(name, op="Op", scope=(), kind=Kind.OP):
    return Node(name, op, name.rpartition("/")[2], scope, kind, FLOAT)


def argument(name):
    return node(name, "Placeholder", kind=Kind.INPUT)


def square(inner="mul"):
    """The body of ``f(a) = a * a``."""
    return Body(
        [argument("a"), node(inner, "Mul")], [Edge("a", inner), Edge("a", inner, 0, 1)], (), ["a"], [(inner, 0)]
    )


def calling(op, calls, inputs=("x",)):
    nodes = [*(argument(name) for name in inputs), node("call", op), node("use", "Neg", kind=Kind.OUTPUT)]
    edges = [*(Edge(name, "call", 0, place) for place, name in enumerate(inputs)), Edge("call", "use")]
    return Body(nodes, edges, (), inputs, [("use", 0)], {"call": calls})


def arrows(graph):
    return {(edge.source, edge.target, edge.target_input) for edge in graph.edges}


def opened(main, bodies):
    return open_bodies("main", main, lambda caller, role, name: bodies.get(name))


def test_what_is_passed_in_goes_straight_to_what_uses_it():
    graph = opened(calling("PartitionedCall", (("", "__inference_f_12"),)), {"__inference_f_12": square()})
    assert [n.id for n in graph.nodes] == ["x", "call/mul", "call", "use"]
    assert arrows(graph) == {("x", "call/mul", 0), ("x", "call/mul", 1), ("call/mul", "call", 0), ("call", "use", 0)}
    (scope,) = graph.scopes
    assert (scope.path, scope.kind, scope.label) == (("call",), ScopeKind.FUNCTION, "f")
    assert graph["call"].scope == graph["call/mul"].scope == ("call",)
    assert graph["call"].kind == Kind.FUNCTION


def test_both_branches_are_drawn():
    calls = calls_of("If", {"else_branch": ["g"], "then_branch": ["f"]})
    graph = opened(calling("If", calls, ("p", "x")), {"f": square("call/yes"), "g": square("call/no")})
    assert arrows(graph) >= {("p", "call", 0), ("call/then/yes", "call", 1), ("call/else/no", "call", 2)}
    assert {scope.path for scope in graph.scopes} == {("call",), ("call", "then"), ("call", "else")}
    assert ("p", "call/then/yes", 0) not in arrows(graph)


def test_a_loop_goes_round_its_variables_and_leaves_alone_what_stays():
    body = Body(
        [argument("i"), argument("n"), node("next", "AddV2")],
        [Edge("i", "next"), Edge("n", "next", 0, 1)],
        (),
        ["i", "n"],
        [("next", 0), ("n", 0)],
    )
    cond = Body(
        [argument("i"), argument("n"), node("less", "Less")],
        [Edge("i", "less"), Edge("n", "less", 0, 1)],
        (),
        ["i", "n"],
        [("less", 0)],
    )
    calls = calls_of("While", {"cond": ["c"], "body": ["b"]})
    graph = opened(calling("While", calls, ("start", "limit")), {"b": body, "c": cond})
    assert arrows(graph) == {
        ("start", "call/i", 0),
        ("call/body/next", "call/i", 1),
        ("call/i", "call/cond/less", 0),
        ("limit", "call/cond/less", 1),
        ("call/i", "call/body/next", 0),
        ("limit", "call/body/next", 1),
        ("call/i", "call", 0),
        ("limit", "call", 1),
        ("call/cond/less", "call", 2),
        ("call", "use", 0),
    }
    assert graph["call/i"].op == "LoopVariable"


def test_a_function_that_returns_its_argument():
    same = Body([argument("a")], [], (), ["a"], [("a", 0)])
    graph = opened(calling("PartitionedCall", (("", "same"),)), {"same": same})
    assert arrows(graph) == {("x", "call", 0), ("call", "use", 0)}


def test_a_recursion_is_opened_once():
    nodes = [argument("a"), node("call", "PartitionedCall")]
    again = Body(nodes, [Edge("a", "call")], (), ["a"], [("call", 0)], {"call": (("", "f"),)})
    graph = opened(calling("PartitionedCall", (("", "f"),)), {"f": again})
    assert [n.id for n in graph.nodes] == ["x", "call/call", "call", "use"]
    assert "inside itself" in graph["call/call"].note
    assert graph["call/call"].kind == Kind.FUNCTION


def test_an_unknown_function_stays_closed():
    graph = opened(calling("PartitionedCall", (("", "gone"),)), {})
    assert graph["call"].note == "the body of gone is not known"
    assert arrows(graph) == {("x", "call", 0), ("call", "use", 0)}


def test_calls_that_double_at_every_step_end():
    def twice(name):
        calls = {f"{name}{side}": (("", f"f{int(name[1:]) + 1}"),) for side in "ab"}
        return Body([node(caller, "PartitionedCall") for caller in calls], [], (), [], [], calls)

    graph = open_bodies("bomb", twice("f0"), lambda caller, role, name: twice(name))
    assert 25_000 < len(graph.nodes) <= 30_010
    assert any("30,000" in n.note for n in graph.nodes)


def test_a_long_chain_of_functions_ends():
    def one(name):
        caller = f"call{name}"
        return Body([node(caller, "PartitionedCall")], [], (), [], [], {caller: (("", str(int(name) + 1)),)})

    graph = open_bodies("chain", one("0"), lambda caller, role, name: one(name))
    assert "nested more than 40 deep" in graph.nodes[0].note


def test_a_function_handed_to_an_operation_is_drawn_inside_it():
    calls = calls_of("MapDataset", {"f": ["f"]})
    graph = opened(calling("MapDataset", calls), {"f": square()})
    assert {n.id for n in graph.nodes} == {"x", "call/f/a", "call/f/mul", "call", "use"}
    assert ("x", "call", 1) in arrows(graph)  # the data set; what is mapped comes out of it
    assert ("call/f/mul", "call", 0) in arrows(graph)


def test_two_calls_of_one_function_are_two_groups():
    main = Body(
        [argument("x"), node("call", "PartitionedCall"), node("call_1", "PartitionedCall")],
        [Edge("x", "call"), Edge("call", "call_1")],
        calls={"call": (("", "f"),), "call_1": (("", "f"),)},
    )
    graph = opened(main, {"f": square()})
    assert [n.id for n in graph.nodes] == ["x", "call/mul", "call", "call_1/mul", "call_1"]
    assert ("call", "call_1/mul", 0) in arrows(graph)


def test_nodes_whose_names_would_clash_stay_two():
    main = calling("PartitionedCall", (("", "f"),))
    main = Body([node("call/mul"), *main.nodes], main.edges, (), main.arguments, main.results, main.calls)
    graph = opened(main, {"f": square()})
    assert sorted(n.id for n in graph.nodes if "mul" in n.id) == ["call/mul", "call/mul*"]


def test_control_edges_and_scopes_of_a_body():
    inner = Body(
        [argument("a"), node("s/first", scope=("s",)), node("s/second", scope=("s",))],
        [
            Edge("a", "s/first"),
            Edge("s/first", "s/second", 0, -1, control=True),
            Edge("a", "s/second", 0, -1, control=True),
        ],
        (),
        ["a"],
        [("s/second", 0)],
    )
    graph = opened(calling("PartitionedCall", (("", "f"),)), {"f": inner})
    assert graph["call/s/first"].scope == ("call", "s")
    assert [(e.source, e.target) for e in graph.edges if e.control] == [("call/s/first", "call/s/second")]


def test_readable_names():
    assert [readable_name(name) for name in ("__inference_step_12", "while_body_3", "f", "__inference_12")] == [
        "step",
        "while_body",
        "f",
        "12",
    ]
