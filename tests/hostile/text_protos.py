"""Graphs in protobuf's text form."""

from __future__ import annotations

from tests.hostile.case import BOMB, Cases

cases = Cases()
_add = cases.holding("graph.pbtxt")


def _nested(depth: int) -> str:
    """Return a node with functions in lists in functions."""
    inner = "i: 1"
    for _ in range(depth // 3):
        inner = f'func {{ name: "f" attr {{ key: "k" value {{ {inner} }} }} }}'
    return f'node {{ name: "a" op: "Neg" attr {{ key: "k" value {{ {inner} }} }} }}'


_add("text", 'node { name: "a" op: "Neg" }', 1)
_add("text after comments", "# one\n\n  # two\n" + 'node { name: "a" op: "Neg" input: "b" }', 2, ["not in the file"])
_add("text in angle brackets", 'node < name: "a" op: "Neg" >', 1)
_add("text with lines of Windows", 'node {\r\n  name: "a"\r\n  op: "Neg"\r\n}\r\n', 1)
_add("text in single quotes", "node { name: 'a' 'b' op: \"Neg\" }", 1, ["ab"])
_add("text of escapes", r'node { name: "\141\x62\u0063" op: "Neg" }', 1, ["abc"])
_add("text that is no text inside", r'node { name: "a" op: "Neg" attr { key: "k" value { s: "\377\000" } } }', 1)
_add("braces in a text", 'node { name: "' + "{" * 5000 + '" op: "Neg" }', 1)
_add("nested 90 deep", _nested(90), 1)
_add("nested 3,000 deep", _nested(3000))
_add("nested 1,000,000 deep", "node {" * 10**6, limits=BOMB)
_add("a text without an end", 'node { name: "a')
_add("a brace too few", 'node { name: "a" op: "Neg"')
_add("a brace too many", 'node { name: "a" op: "Neg" } }')
_add("a field that is not there", 'node { name: "a" op: "Neg" secret: 1 }')
_add("a field twice", 'node { name: "a" name: "b" op: "Neg" }')
_add("a number for a text", "node { name: 7 op: 8 }")
_add(
    "a number of a million digits",
    'node { name: "a" op: "Neg" attr { key: "k" value { i: ' + "9" * 10**6 + " } } }",
    limits=BOMB,
)
_add("a float beyond floats", 'node { name: "a" op: "Neg" attr { key: "k" value { f: 1e400 } } }', 1)
_add("a lone surrogate", r'node { name: "a\ud800" op: "Neg" }')
_add("an escape beyond all letters", r'node { name: "\U99999999" op: "Neg" }')
_add("another message inside", 'node { [type.googleapis.com/google.protobuf.Any] { value: "x" } }')
_add("an extension", 'node { [os.system]: "touch canary" }')
_add("only comments", "# nothing\n" * 1000)
_add("comments of three megabytes", lambda: "#" * 80 + "\n" + ("# x\n" * 700_000) + 'node { name: "a" op: "Neg" }', 1)
_add("empty text", "")
_add("text with a mark of its order", b"\xef\xbb\xbf" + b'node { name: "a" op: "Neg" }')
_add("text in UTF-16", 'node { name: "a" op: "Neg" }'.encode("utf-16"))
_add("text in Latin-1", 'node { name: "\xe4" op: "Neg" }'.encode("latin-1"))
_add("zeros for text", bytes(1000))
_add("a program for text", "import os\nos.system('touch canary')\n")
_add("a page for text", "<html><script>1</script></html>")
_add("ten megabytes of text", lambda: 'node { name: "a" op: "Neg" }\n' * 400_000, None, ["MB of text"], BOMB)
_add("20,000 nodes in text", lambda: "".join(f'node {{ name: "n{i}" op: "Neg" }}\n' for i in range(20_000)), 20_000)
_add(
    "a saved model in text",
    'saved_model_schema_version: 1 meta_graphs { graph_def { node { name: "a" op: "Neg" } } }',
    1,
    file="saved_model.pbtxt",
)
_add("a meta graph in text", 'meta_info_def { tags: "serve" } graph_def { node { name: "a" op: "Neg" } }', 1)
