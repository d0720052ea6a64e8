"""Binary ``GraphDef`` files: valid ones that look odd, and ones that were made to hurt."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hostile.case import BOMB, Cases
from tests.hostile.names import NAMES
from tests.hostile.wire import attr, calls, chunk, constant, function, node, number, shape, varint

cases = Cases()
_add = cases.holding("graph.pb")
FLOAT, HALF, STRING, BOOL, RESOURCE, VARIANT = 1, 19, 7, 10, 20, 21
MISSING = "an input that is not in the file"
DOUBLED = "a second node of this name"


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


# Names and inputs.
_add("one node", node("a"), 1)
_add("a node without a name", node("", "Neg"), 1)
_add("inputs that are not there", node("a", "Add", "b", "^c", "d:7"), 4, [MISSING])
_add("one name twice", node("a", "Neg") + node("a", "Exp", "a"), 2, [DOUBLED])
_add("one name a hundred times", node("a") * 100, 100, [DOUBLED])
_add("a name that a doubled one would get", node("a") + node("a (2)") + node("a"), 3, [DOUBLED, "a (3)"])
_add("a circle of one", node("a", "Neg", "a"), 1)
_add("a circle of two", node("a", "Neg", "b") + node("b", "Neg", "a"), 2)
_add("a circle of 1,000", b"".join(node(f"n{i}", "Neg", f"n{(i + 1) % 1000}") for i in range(1000)), 1000)
_add("a loop of control", node("a", "Neg", "^a"), 1)
_add("control and data from one node", node("a") + node("b", "Neg", "a", "^a"), 2)
_add("a control input without a name", node("a", "Neg", "^"), 2, [MISSING])
_add("a control input twice marked", node("a", "Neg", "^^b"), 2, [MISSING])
_add("an input without a name", node("a", "Neg", ""), 2, [MISSING])
_add("outputs that no operation has", node("a") + node("b", "Neg", "a:99", f"a:{10**20}", "a:-1"), 4, [MISSING])
_add("an input with many colons", node("a", "Neg", "b:c:d:0"), 2, [MISSING])
_add("thousands of inputs from one", node("a") + node("b", "AddN", *["a"] * 5000), 2)
_add("an operation and a group of one name", node("a") + node("a/b") + node("a/b/c"), 3)
_add("names of slashes", b"".join(map(node, ("/", "//", "a/", "/a", "a//b"))), 5)
_add("names that are no text", node(b"\xff\xfe") + node(b"\x80", "Neg", b"\xff\xfe"), 2)
_add("an operation that is no text", node("a") + node("b", b"\xff\xfe\x00"), 2)
_add("a name of a megabyte", node("long" * 2**18) + node("b", "Neg", "long" * 2**18), 2)
_add("a device that is none", node("a", device="/job:<b>/task:-1/" + "x" * 5000), 1)
for _title, _name in NAMES.items():
    _add(
        f"named {_title}",
        node(_raw(_name), _raw(_name) or "Neg", attrs=attr(_raw(_name), chunk(2, _raw(_name))))
        + node("user", "Neg", _raw(_name)),
        2,
    )

# Attributes and constants.
_add(
    "an attribute of each kind",
    node(
        "a",
        attrs=attr("s", chunk(2, b"\xff\x00text"))
        + attr("i", number(3, -1))
        + attr("f", varint(4 << 3 | 5) + struct.pack("<f", float("nan")))
        + attr("b", number(5, 1))
        + attr("type", number(6, 999))
        + attr("shape", chunk(7, shape(-1, -2, 2**62)))
        + attr("unknown rank", chunk(7, number(3, 1)))
        + attr("function", chunk(10, chunk(1, "nowhere")))
        + attr("placeholder", chunk(9, "x"))
        + attr("none", b"")
        + attr("list", chunk(1, chunk(2, "a") + chunk(2, b"\xff") + number(3, -(2**63)) + number(6, -5))),
    ),
    1,
)
_add(
    "floats that JSON lacks",
    node(
        "a",
        attrs=b"".join(
            attr(str(place), varint(4 << 3 | 5) + struct.pack("<f", value))
            for place, value in enumerate((float("nan"), float("inf"), float("-inf"), -0.0, 1e-45))
        ),
    ),
    1,
)
_add("one attribute twice", node("a", attrs=attr("x", number(3, 1)) + attr("x", chunk(2, "2"))), 1)
_add("a list of a million numbers", node("a", attrs=attr("x", chunk(1, chunk(3, b"\x01" * 10**6)))), 1)
_add("a text of ten megabytes", node("a", attrs=attr("x", chunk(2, b"<" * 10**7))), 1)
_add("ten thousand attributes", node("a", attrs=b"".join(attr(f"x{i}", number(3, i)) for i in range(10**4))), 1)
_add(
    "a constant that fills a terabyte",
    constant("c", FLOAT, (2**20, 2**18), chunk(5, struct.pack("<f", 1.0))),
    1,
    limits=BOMB,
)
_add("a constant of negative size", constant("c", FLOAT, (-3, -(2**62)), chunk(5, struct.pack("<f", 1.0))), 1)
_add("a constant of overflowing size", constant("c", FLOAT, (2**62, 2**62, 2**62), chunk(4, bytes(8))), 1, limits=BOMB)
_add("a constant of nothing times much", constant("c", FLOAT, (0, 2**62)), 1)
_add("a constant of a thousand axes", constant("c", FLOAT, (1,) * 1000, chunk(4, bytes(4))), 1)
_add("a constant with less than it says", constant("c", FLOAT, (100,), chunk(4, bytes(7))), 1)
_add("a constant with more than it says", constant("c", FLOAT, (1,), chunk(4, bytes(400))), 1)
_add("a constant of no type", constant("c", 0, (2,), chunk(4, bytes(8))), 1)
_add("a constant of an unknown type", constant("c", 12345, (2,), chunk(4, bytes(8))), 1)
_add("constants of every type", b"".join(constant(f"c{i}", i, (1,), chunk(4, bytes(16))) for i in range(1, 131)), 130)
_add("a resource as a constant", constant("c", RESOURCE, (1,), chunk(14, chunk(1, "/etc/passwd"))), 1)
_add("a variant as a constant", constant("c", VARIANT, (1,), chunk(15, chunk(1, "os.system"))), 1)
_add("texts that are no text", constant("c", STRING, (2,), chunk(8, b"\xff\xfe\x00") + chunk(8, b"\xed\xa0\x80")), 1)
_add(
    "numbers that are none",
    constant("c", FLOAT, (3,), chunk(4, struct.pack("<3f", float("nan"), float("inf"), -0.0))),
    1,
)
_add("halves", constant("c", HALF, (3,), chunk(13, b"\x01\xff\xff\x03\x80\x80\x02")), 1)
_add("booleans out of range", constant("c", BOOL, (3,), chunk(4, b"\x02\xff\x80")), 1)


def _large_constant(megabytes: int) -> Callable[[Path], None]:
    """Write it piece by piece; only its beginning is other than zero."""

    def make(path: Path) -> None:
        content = megabytes * 2**20
        inner = number(1, FLOAT) + chunk(2, shape(content // 4)) + b"\x22" + varint(content)
        value = b"\x42" + varint(len(inner) + content) + inner
        entry = chunk(1, "value") + b"\x12" + varint(len(value) + content) + value
        body = chunk(1, "c") + chunk(2, "Const") + b"\x2a" + varint(len(entry) + content) + entry
        with path.open("wb") as file:
            file.write(b"\x0a" + varint(len(body) + content) + body)
            file.truncate(file.tell() + content)

    return make


cases.add("a constant of 200 MB", "graph.pb", _large_constant(200), nodes=1)
cases.add("a constant of 1 GB", "graph.pb", _large_constant(1000), nodes=1)
_add(
    "hundred constants of a megabyte",
    lambda: b"".join(constant(f"c{i}", FLOAT, (2**18,), chunk(4, bytes(2**20))) for i in range(100)),
    100,
)

# Sizes.
_add(
    "a chain of 100,000",
    lambda: b"".join(node(f"n{i}", "Neg", *[f"n{i - 1}"] * (i > 0)) for i in range(100_000)),
    100_000,
)
_add(
    "a hub of 50,000",
    lambda: (
        node("hub", "Const")
        + b"".join(node(f"n{i}", "Neg", "hub") for i in range(50_000))
        + node("all", "NoOp", *(f"^n{i}" for i in range(50_000)))
    ),
    50_002,
)
_add(
    "10,000 layers",
    lambda: b"".join(
        node(f"layer_{i}/{op}", op, *[f"layer_{i - 1}/Relu"] * (i > 0))
        for i in range(10_000)
        for op in ("MatMul", "Relu")
    ),
    20_000,
)
_add("50,000 groups", lambda: b"".join(node(f"g{i}/x") for i in range(50_000)), 50_000)
_add("groups 2,000 deep", node("/".join(["s"] * 2000 + ["x"])), 1)
_add(
    "a node in each of 1,000 groups in groups",
    lambda: b"".join(node("/".join(["s"] * depth + ["x"])) for depth in range(1000)),
    1000,
)
_add("a full mesh", lambda: b"".join(node(f"n{i}", "AddN", *(f"n{j}" for j in range(i))) for i in range(600)), 600)
_add(
    "half a million operations",
    lambda: b"".join(node(f"n{i}") for i in range(500_000)),
    None,
    ["at most 200,000 operations"],
)
_add("a million inputs", lambda: node("x", "AddN", *["x"] * 10**6), None, ["at most 200,000 operations"])
_add(
    "twenty inputs each",
    lambda: b"".join(node(f"n{i}", "AddN", *["n0"] * 20) for i in range(50_000)),
    None,
    ["at most 200,000 operations"],
)
_add("a million empty nodes", lambda: b"\x0a\x00" * 10**6, limits=BOMB)
_add("a million empty functions", lambda: chunk(2, b"\x0a\x00" * 10**6), limits=BOMB)
_add("a million unknown fields", lambda: node("a") + number(1000, 1) * 10**6, 1)

# Functions.
_add("a function that calls itself", function("f", calls("x", "f")) + calls("main", "f"), 2, ["inside itself"])
_add(
    "two functions that call each other",
    function("f", calls("x", "g")) + function("g", calls("x", "f")) + calls("main", "f"),
    3,
    ["inside itself"],
)
_add(
    "functions that double, 40 deep",
    lambda: (
        b"".join(function(f"f{i}", calls("a", f"f{i + 1}"), calls("b", f"f{i + 1}")) for i in range(40))
        + calls("main", "f0")
    ),
    30_001,
    limits=BOMB,
)
_add(
    "functions in functions, 2,000 deep",
    lambda: b"".join(function(f"f{i}", calls("a", f"f{i + 1}")) for i in range(2000)) + calls("main", "f0"),
    41,
    ["nested more than 40 deep"],
)
_add("a function that is not there", calls("main", "nowhere"), 1)
_add("two functions of one name", function("f", node("x")) + function("f", node("y")) + calls("main", "f"), 2)
_add("a function called like an operation", function("Add", node("x", "Neg")) + node("a", "Add"), 2)
_add("a function that nobody calls", function("f", node("x")), 2)
_add("a function without a name", function("", node("x")) + calls("main", ""), 2)
_add(
    "an argument named like a node",
    function("f", node("a"), takes=("a",), gives={"y": "a:y:0"}) + calls("main", "f"),
    2,
)
_add("a result of nothing", function("f", node("x"), gives={"y": "nowhere:y:0", "z": ""}) + calls("main", "f"), 2)
_add(
    "arguments that nobody gives",
    function("f", node("x", "Neg", "a"), takes=("a", "b")) + calls("main", "f", inputs=()),
    4,
)
_add("a loop without a body", calls("loop", "cond", attribute="cond", op="While"), 1)


def _loop(**body: Any) -> bytes:
    """Return a loop of one variable around a body that takes and gives what it likes."""
    roles = attr("cond", chunk(10, chunk(1, "c"))) + attr("body", chunk(10, chunk(1, "f")))
    bodies = function("c", node("go"), takes=("n",), gives={"z": "go:z:0"}) + function(
        "f", node("x", "Neg", "i"), **body
    )
    return bodies + node("start") + node("loop", "While", "start", attrs=roles)


_add("a loop whose body takes more", _loop(takes=("i", "j"), gives={"y": "x:y:0"}), 7)
_add("a loop whose body takes nothing", _loop(gives={"y": "x:y:0"}), 6)
_add("a loop whose body gives more", _loop(takes=("i",), gives={"y": "x:y:0", "z": "i"}), 5)
_add("a loop whose body gives nothing", _loop(takes=("i",)), 5)
_add("a loop that does not say what its function is", function("f", node("x")) + calls("loop", "f", op="While"), 2)
_add(
    "a case of a thousand branches",
    function("f", node("x")) + calls("case", *["f"] * 1000, attribute="branches", op="Case"),
    1001,
)
_add("a node called like a function", function("f", node("x")) + node("f") + calls("g", "f"), 3)
for _title in ("script", "prototype", "slashes", "dots", "lines", "zero"):
    _bad = NAMES[_title].encode()
    _add(
        f"a function named {_title}",
        function(_bad, node(_bad), takes=(NAMES[_title],)) + calls("main", NAMES[_title]),
        2,
    )

# The wire.
_deep = b""
for _ in range(2000):
    _deep = chunk(1, _deep)
_add("an attribute 2,000 deep", node("a", attrs=attr("x", _deep)), 1)
_add("nothing", b"")
_add("zeros", bytes(1000))
_add("noise", bytes(range(256)) * 40)
_add("cut off in a node", node("a" * 100)[:50])
_add("cut off in a length", node("a") + b"\x0a\xff\xff")
_add("a length of exabytes", b"\x0a" + varint(2**62) + b"\x0a\x01a")
_add("a length below zero", b"\x0a" + varint(2**64 - 1) + b"\x0a\x01a")
_add("a number without an end", b"\x0a" + b"\xff" * 1000)
_add("a field without a number", b"\x00\x00" + node("a"))
_add("a wire type of no meaning", b"\x0f" + node("a"))
_add("groups that never end", b"\x0b" * 10_000)
_add("fields in another order", chunk(4, number(1, 7)) + node("a"), 1)
_add("a node of wrong types", chunk(1, number(1, 5) + number(2, 7)))
_add("a node whose name is a message", chunk(1, chunk(1, node("b")) + chunk(2, "Neg")), 1)
_add("two graphs behind each other", node("a") + number(3, 1) + node("b", "Neg", "a") + number(3, 2), 2)
_add("another message", chunk(1, "tensorflow") + chunk(2, "a text") + number(3, 7))
_add("a meta graph", chunk(1, chunk(4, "serve")) + chunk(2, node("a") + node("b", "Neg", "a")), 2, file="graph.meta")
_add("a meta graph without a graph", chunk(1, chunk(4, "serve")), file="graph.meta")
_add("text under a binary name", b'node { name: "a" op: "Neg" }', 1)
