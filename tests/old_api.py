"""The lint of old TensorFlow: finds what the migration table calls old in the code of a cell.

It reads code and runs none, so it looks for forms: names, arguments, endings of file names. What only a run can show
(a model that is not built yet, a verbosity that is another by default) is left to the run of the lessons.
"""

import ast
import re
from collections.abc import Callable, Iterator

from tests.lesson_code import parse

DOWNLOAD = "nothing is downloaded"  # the one rule from which no tag frees

_GONE = (
    "Session InteractiveSession placeholder placeholder_with_default get_variable variable_scope "
    "global_variables_initializer local_variables_initializer variables_initializer get_default_graph "
    "get_default_session random_normal truncated_normal random_uniform random_shuffle mod log layers contrib"
)
# What a dotted name may not be: whole names, with all that is inside them.
_NAMES = {
    "tf.compat.v1": r"tensorflow\.compat\.v1",
    "gone from tf": rf"tensorflow\.({'|'.join(_GONE.split())}|train\.(Saver|\w+Optimizer)|summary\.FileWriter)",
    "keras.optimizers.legacy": r"keras\.optimizers\.legacy",
    "inner modules of TensorFlow": r"tensorflow\.python",
    "engines that are gone": r"theano|cntk|plaidml",
    DOWNLOAD: r"(\S+\.)?(get_file|urlretrieve|urlopen)|requests|urllib\.request|(keras|sklearn)\.datasets",
}
# What a text in the code may not be.
_TEXTS = {
    "inner modules of TensorFlow": r".*tensorflow\.python\.",
    "engines that are gone": r"(?i)(theano|cntk|plaidml\S*)$",
    DOWNLOAD: r".*(https?|ftp)://",
}
# What a line of IPython's own language may not be.
_MAGICS = {"%tensorflow_version": r"%tensorflow_version", DOWNLOAD: r"[!%]\s*(pip|conda|wget|curl)\b"}
_OPTIMIZERS = ("SGD", "Adam", "AdamW", "Adamax", "Adagrad", "Adadelta", "Nadam", "Ftrl", "RMSprop", "Lion", "Adafactor")
_WORKERS = {"workers", "use_multiprocessing", "max_queue_size"}
_OTHER_FILES = (".svg", ".png", ".pdf", ".dot", ".json", ".html", ".npy", ".npz")  # what is saved and is no model
_PATHS = ("str", "Path", "join")  # what makes the name of a file from one


class Names:
    """What the names of a notebook mean, as far as its cells were learnt: dotted paths, and names of files."""

    def __init__(self) -> None:
        self._paths = {"tf": "tensorflow", "v1": "tensorflow.compat.v1", "np": "numpy"}
        self._files: dict[str, str | None] = {}
        self._mentioned: set[str] = set()

    def learn(self, tree: ast.Module) -> None:
        """Note what imports and plain assignments make of names; a `v1` stays one in the cells that follow."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias, path in zip(node.names, imported(node), strict=True):
                    whole = isinstance(node, ast.ImportFrom) or alias.asname
                    first = path.partition(".")[0]  # `import a.b` makes the name a
                    self._paths[alias.asname or (alias.name if whole else first)] = path if whole else first
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self._paths[node.targets[0].id] = self.path(node.value)
                self._files[node.targets[0].id] = self.file(node.value)
            elif isinstance(node, ast.Attribute):
                self._mentioned.add(self.path(node))

    def path(self, node: ast.AST) -> str:
        """Return where an expression comes from: `tf.Session()` is ``tensorflow.Session()``, and ``?`` is no name."""
        if isinstance(node, ast.Name):
            return self._paths.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            return _today(f"{self.path(node.value)}.{node.attr}")
        return f"{self.path(node.func)}()" if isinstance(node, ast.Call) else "?"

    def file(self, node: ast.AST | None) -> str | None:
        """Return the name of a file, or the last part of it that stands in the code; None where none does."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.JoinedStr):
            return self.file(node.values[-1]) if node.values else None
        if isinstance(node, ast.BinOp):
            return self.file(node.right)
        if isinstance(node, ast.Call) and _is_call(node, *_PATHS) and node.args:
            return self.file(node.args[-1])
        return self._files.get(node.id) if isinstance(node, ast.Name) else None

    def mentions(self, path: str) -> bool:
        return path in self._mentioned


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
    return [_today(module + alias.name) for alias in node.names]


def _today(path: str) -> str:
    """Return the one path of what has several: tf.keras is Keras."""
    path = re.sub(r"^tensorflow\.compat\.v2\.", "tensorflow.", path)
    return re.sub(r"^tensorflow\.keras\b", "keras", path)


def find_old(source: str, names: Names | None = None) -> list[tuple[int, str]]:
    """Return the line and the rule of each old form in a cell.

    Args:
        source: The cell.
        names: What the cells before have named; the cell's own names are added.
    """
    names = names or Names()
    tree = parse(source)
    names.learn(tree)
    found = set(_in_magics(source))
    for node in ast.walk(tree):
        called = (rule for rule, holds in CALLS.items() if holds(node, names))
        found |= {(node.lineno, rule) for rule in [*_by_name(node, names), *_by_text(node), *called]}
    return sorted(found)


def _in_magics(source: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.splitlines(), start=1):
        yield from ((number, rule) for rule, pattern in _MAGICS.items() if re.match(pattern, line.strip()))


def _by_name(node: ast.AST, names: Names) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        paths = imported(node)
    else:
        paths = [names.path(node)] if isinstance(node, ast.Name | ast.Attribute) else []
    for rule, pattern in _NAMES.items():
        if any(re.match(rf"({pattern})(\.[\w.]*)?$", path) for path in paths):
            yield rule


def _by_text(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from (rule for rule, pattern in _TEXTS.items() if re.match(pattern, node.value, re.DOTALL))


def _keywords(node: ast.Call) -> dict[str, ast.expr]:
    return {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}


def _is_call(node: ast.AST, *methods: str) -> bool:
    """Return whether something is called by one of these last names."""
    last = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
    return last in methods


def _whole(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _old_constant(node: ast.AST, names: Names) -> bool:
    return isinstance(node, ast.Call) and "verify_shape" in _keywords(node)


def _short_rate(node: ast.AST, names: Names) -> bool:
    return _is_call(node, *_OPTIMIZERS) and "lr" in _keywords(node)


def _bare_size(node: ast.AST, names: Names) -> bool:
    return _is_call(node, "Input") and (_whole(next(iter(node.args), None)) or _whole(_keywords(node).get("shape")))


def _size_in_layer(node: ast.AST, names: Names) -> bool:
    old = {"input_shape", "input_dim", "batch_input_shape"}
    if not isinstance(node, ast.Call) or not old & set(_keywords(node)):
        return False
    return bool(re.fullmatch(r"keras\.layers\.\w+", names.path(node.func)))


def _shape_of_layer(node: ast.AST, names: Names) -> bool:
    old = isinstance(node, ast.Attribute) and node.attr in ("input_shape", "output_shape")
    return old and isinstance(node.ctx, ast.Load)


def _compile_none(node: ast.AST, names: Names) -> bool:
    given = _keywords(node) if _is_call(node, "compile") else {}
    values = (given.get(name) for name in ("run_eagerly", "steps_per_execution"))
    return any(isinstance(value, ast.Constant) and value.value is None for value in values)


def _saved_as(node: ast.AST, names: Names) -> bool:
    if not _is_call(node, "save", "save_model") or names.path(node.func).startswith(("tensorflow.", "numpy.")):
        return False  # tf.saved_model.save writes a folder, and so does a tf.train.Checkpoint
    given = _keywords(node)
    place = int(_is_call(node, "save_model"))  # there, the model comes first
    name = names.file(given.get("filepath") or next(iter(node.args[place:]), None))
    return name is not None and not name.endswith((".keras", *_OTHER_FILES))


def _saved_weights(node: ast.AST, names: Names) -> bool:
    if not _is_call(node, "save_weights"):
        return False
    name = names.file(_keywords(node).get("filepath") or next(iter(node.args), None))
    return name is not None and not name.endswith(".weights.h5")


def _workers(node: ast.AST, names: Names) -> bool:
    return _is_call(node, "fit", "evaluate", "predict") and bool(_WORKERS & set(_keywords(node)))


def _predicted_labels(node: ast.AST, names: Names) -> bool:
    if not _is_call(node, "predict"):
        return False
    second = next(iter(node.args[1:]), None)  # today it is the size of a batch
    return "y" in _keywords(node) or not (second is None or _whole(second) or "batch" in names.path(second))


def _unasked_gpu(node: ast.AST, names: Names) -> bool:
    if not isinstance(node, ast.Call) or names.path(node.func) != "tensorflow.device":
        return False
    device = names.file(next(iter(node.args), None)) or ""
    return "GPU" in device.upper() and not names.mentions("tensorflow.config.list_physical_devices")


CALLS: dict[str, Callable[[ast.AST, Names], bool]] = {
    "constant(verify_shape=)": _old_constant,
    "SGD(lr=)": _short_rate,
    "Input(2)": _bare_size,
    "input_shape= in a layer": _size_in_layer,
    "input_shape of a layer": _shape_of_layer,
    "compile(run_eagerly=None)": _compile_none,
    "model.save without .keras": _saved_as,
    "save_weights without .weights.h5": _saved_weights,
    "fit(workers=)": _workers,
    "predict(x, y)": _predicted_labels,
    "a GPU nobody asked for": _unasked_gpu,
}
RULES = set(_NAMES) | set(_TEXTS) | set(_MAGICS) | set(CALLS)
