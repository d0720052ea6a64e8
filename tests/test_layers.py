"""Who may import whom. An arrow that is not in the table fails."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tfkit"
HEAVY = {"tensorflow", "keras"}

# Part -> the parts it may import. A part is a module or a folder of tfkit.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "version": set(),
    "atomic": set(),
    "stranger": set(),
    "inspection": set(),
    "accelerator": {"inspection"},
    "parts": set(),
    "printable": set(),
    "untrusted": set(),
    "garbage": set(),
    "graph": {"errors", "parts"},
    "op_docs": set(),
    "wire": {"errors", "garbage", "parts", "graph", "op_docs", "untrusted"},
    "queries": {"errors", "parts", "graph"},
    "repeats": {"parts", "graph"},
    "overlays": {"errors", "parts", "graph", "drawing"},
    "unchanged": {"parts", "graph"},
    "levels": {"parts", "graph"},
    "groups": {"garbage", "parts", "graph", "levels"},
    "passes": {"errors", "garbage", "parts", "graph", "levels", "groups", "repeats"},
    "bodies": {"parts", "graph"},
    "pictures": set(),
    "pixels": set(),
    "summaries": {"parts", "pictures"},
    "drawing": {"errors", "parts", "pixels", "printable", "graph"},
    "tracing": {"errors", "garbage", "parts", "printable", "graph", "bodies", "pictures", "pixels", "summaries"},
    "magic": {"errors", "tracing"},
    "files": {"errors", "garbage", "parts", "graph", "bodies", "summaries", "untrusted"},
    "still": {"graph", "passes", "repeats", "drawing"},
    "display": {"atomic", "errors", "parts", "printable", "graph", "passes", "drawing", "still"},
    "gradients": {
        *("atomic", "errors", "garbage", "parts", "printable", "graph", "bodies", "tracing"),
        *("pictures", "pixels", "summaries", "drawing", "display", "untrusted"),
    },
    "exporters": {"display", "drawing"},
    "matching": {"parts", "graph"},
    "compare": {"errors", "parts", "printable", "graph", "matching", "unchanged", "drawing", "display"},
    "training": {"atomic", "errors", "printable", "event_file", "course", "gradients", "untrusted"},
    "course": {"atomic", "errors", "parts", "printable", "graph", "tracing", "files", "untrusted"},
    "event_file": {"errors", "parts", "graph"},
    "board": {"errors", "printable", "files", "drawing", "display", "version"},
    "workbook": {"atomic", "errors", "course", "untrusted"},
    "lab": {"errors", "files", "display", "course", "workbook", "version", "untrusted"},
    "doctor": {"stranger", "inspection", "accelerator", "course"},
    "cli": {"errors", "workbook", "doctor", "files", "course", "training"},
    "__init__": {
        "errors",
        "version",
        "stranger",
        "parts",
        "graph",
        "board",
        "compare",
        "tracing",
        "magic",
        "files",
        "gradients",
        "course",
        "training",
    },
}
# The conveniences of a result, imported inside the method: the one door back.
DOORS = {
    ("graph", "display"),
    ("graph", "passes"),
    ("graph", "wire"),
    ("graph", "drawing"),
    ("graph", "queries"),
    ("graph", "repeats"),
    ("graph", "overlays"),
    ("graph", "event_file"),
}
MAY_BE_HEAVY = {"tracing", "gradients", "training", "course/exercises"}
# One foreign thing, one place. Nothing else of tfkit may import it.
DOOR_TO = {
    "graphviz": "drawing/engine.py",
    "vl_convert": "drawing/convert.py",
    "nbconvert": "exporters/",
    "latex2mathml": "exporters/mathematics.py",
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    inner = path.relative_to(PACKAGE)
    return inner.parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Yield what is imported, where, and whether inside a function or for type checkers only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or is_type_checking(node)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno, id(node) in inner) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: a relative import"
            if node.module == "tfkit":
                yield from ((f"tfkit.{alias.name}", node.lineno, id(node) in inner) for alias in node.names)
            else:
                yield str(node.module), node.lineno, id(node) in inner


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def test_every_part_is_in_the_table():
    assert {part_of(path) for path in modules()} == set(MAY_IMPORT)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_follow_the_table(path):
    part = part_of(path)
    for name, line, inside in imports(path):
        top, _, rest = name.partition(".")
        if top == "tfkit" and rest:
            target = rest.partition(".")[0]
            allowed = target == part or target in MAY_IMPORT[part] or (inside and (part, target) in DOORS)
            assert allowed, f"tfkit/{path.relative_to(PACKAGE)}:{line} imports {name}: not in the table"
        where = path.relative_to(PACKAGE).as_posix()
        assert where.startswith(DOOR_TO.get(top, "")), f"tfkit/{where}:{line} imports {name}"
        if top in HEAVY:
            assert where.startswith(tuple(MAY_BE_HEAVY)), f"tfkit/{where}:{line} imports {name}"


def test_the_table_has_no_circle():
    order: list[str] = []
    while len(order) < len(MAY_IMPORT):
        ready = [part for part, others in MAY_IMPORT.items() if part not in order and others <= set(order)]
        assert ready, f"a circle among {set(MAY_IMPORT) - set(order)}"
        order += ready
