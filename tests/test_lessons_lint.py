"""Lints over the notebooks: old TensorFlow, text alternatives, spelling. Each rule is shown to catch something."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

import tfkit
from tests.lesson_code import BOOKS, code_cells, parse, prose, read
from tests.old_api import DOWNLOAD, RULES, Names, find_old
from tests.text_alternatives import ENOUGH, pictures, words_of_svg
from tfkit.course.catalogue import CATALOGUE

ROOT = Path(__file__).parents[1]

# Rule: what it catches, and what it lets pass.
OLD: dict[str, tuple[list[str], list[str]]] = {
    "tf.compat.v1": (
        ["tf.compat.v1.Session()", "v1 = tf.compat.v1", "v1.log(x)", "one = tf.compat.v1\none.log(x)",
         "import tensorflow.compat.v1 as tf", "from tensorflow.compat import v1 as old\nold.log(x)"],
        ["tf.compat.as_str(b'x')", "tf.compat.v2.zeros(3)", "version1.log(x)", "'tf.compat.v1 is old'"],
    ),
    "gone from tf": (
        ["tf.Session()", "with tf.Session() as s:\n    pass", "x = tf.placeholder(tf.float32)", "tf.log(x)",
         "f = tf.mod", "from tensorflow import Session", "import tensorflow\ntensorflow.random_normal((2,))",
         "tf.train.Saver()", "model.compile(optimizer=tf.train.AdamOptimizer(0.1))", "tf.summary.FileWriter('x')",
         "tf.layers.dense(x, 2)"],
        ["tf.math.log(x)", "tf.math.mod(x, 2)", "tf.random.normal((2,))", "tf.keras.layers.Dense(2)",
         "tf.logical_and(a, b)", "tf.train.Checkpoint(x=x)", "tf.summary.create_file_writer('x')", "np.log(x)",
         "session.placeholder"],
    ),
    "keras.optimizers.legacy": (
        ["keras.optimizers.legacy.SGD(0.1)", "tf.keras.optimizers.legacy.Adam", "from keras.optimizers import legacy"],
        ["keras.optimizers.SGD(0.1)", "legacy = 3"],
    ),
    "inner modules of TensorFlow": (
        ["from tensorflow.python.framework import ops", "tf.python.ops",
         "str(type(x)) == \"<class 'tensorflow.python.framework.ops.EagerTensor'>\""],
        ["isinstance(x, tf.Tensor)", "print('tensorflow and python')"],
    ),
    "engines that are gone": (
        ["os.environ['KERAS_BACKEND'] = 'theano'", "import cntk", "import theano.tensor as T"],
        ["os.environ['KERAS_BACKEND'] = 'jax'", "print('Theano is no more')"],
    ),
    DOWNLOAD: (
        ["keras.utils.get_file('x', 'y')", "from urllib.request import urlretrieve", "import requests",
         "from keras.utils import get_file as fetch", "(a, b), c = tf.keras.datasets.mnist.load_data()",
         "page = 'see\\n https://example.org/x'", "!pip install x", "%pip install x", "!wget x"],
        ["tfkit.load_fashion_mnist('small')", "tf.data.Dataset.range(3)", "%matplotlib inline", "tf.io.read_file('x')"],
    ),
    "%tensorflow_version": (["%tensorflow_version 2.x\nimport tensorflow as tf"], ["tf.__version__", "%time f(x)"]),
    "constant(verify_shape=)": (
        ["tf.constant([1], shape=(2,), verify_shape=True)"], ["tf.constant([1], shape=(1,))", "verify_shape = True"]
    ),
    "SGD(lr=)": (
        ["keras.optimizers.SGD(lr=0.005)", "from keras.optimizers import Adam\nAdam(lr=1e-3)"],
        ["keras.optimizers.SGD(learning_rate=0.005)", "train_step(a, b, lr=0.1)", "SGD(0.005)"],
    ),
    "Input(2)": (
        ["keras.Input(2)", "keras.layers.Input(shape=2)", "from keras import Input\nInput(2, name='x')"],
        ["keras.Input((2,))", "keras.Input(shape=(2,), batch_size=3)", "Input()", "input(2)"],
    ),
    "input_shape= in a layer": (
        ["keras.layers.Dense(3, input_shape=(2,))", "from tensorflow.keras.layers import Dense\nDense(3, input_dim=2)",
         "layers = tf.keras.layers\nlayers.Flatten(input_shape=(28, 28))"],
        ["keras.layers.Dense(3)", "model.build(input_shape=(None, 2))",
         "tf.keras.applications.vgg16.VGG16(input_shape=(32, 32, 3))"],
    ),
    "input_shape of a layer": (
        ["layer.input_shape", "print(model.layers[0].output_shape)", "keras.layers.Dense(3).input_shape"],
        ["layer.input.shape", "layer.output.shape", "self.input_shape = 3", "compute_output_shape(x)"],
    ),
    "compile(run_eagerly=None)": (
        ["model.compile('sgd', run_eagerly=None)", "model.compile('sgd', steps_per_execution=None)"],
        ["model.compile('sgd', run_eagerly=True)", "model.compile(loss=None)"],
    ),
    "model.save without .keras": (
        ["model.save('x.h5')", "model.save('x')", "model.save(filepath='x.hdf5')", "model.save(f'{folder}/x.h5')",
         "model.save(folder / 'x')", "model.save(str(folder / 'x.h5'))", "keras.saving.save_model(model, 'x.h5')",
         "path = folder / 'x.h5'\nmodel.save(path)"],
        ["model.save('x.keras')", "graph.save('x.svg')", "monitor.save(folder / 'run.json')", "np.save('x', y)",
         "tf.saved_model.save(module, 'x')", "c = tf.train.Checkpoint()\nc.save('x')", "model.save(path)",
         "path = folder / 'x.keras'\nmodel.save(path)", "model.export('x')"],
    ),
    "save_weights without .weights.h5": (
        ["model.save_weights('w.h5')", "model.save_weights(folder / 'w.ckpt')"],
        ["model.save_weights('w.weights.h5')", "model.save_weights(path)", "model.load_weights('w.weights.h5')"],
    ),
    "fit(workers=)": (
        ["model.fit(x, y, workers=2)", "model.predict(x, use_multiprocessing=True)"],
        ["model.fit(x, y, verbose=0)", "keras.utils.PyDataset(workers=2)"],
    ),
    "predict(x, y)": (
        ["model.predict(x, y)", "model.predict(x, y=y)", "model.predict(data.images, data.labels, verbose=0)"],
        ["model.predict(x, verbose=0)", "model.predict(x, 32)", "model.predict(x, batch_size)", "predict(x)"],
    ),
    "a GPU nobody asked for": (
        ["with tf.device('/device:GPU:0'):\n    f()", "tf.device('/gpu:0')"],
        ["if tf.config.list_physical_devices('GPU'):\n    tf.device('/GPU:0')", "tf.device('/CPU:0')"],
    ),
}  # fmt: skip
STILL_FINE = """
from tensorflow.keras.layers import Dense
from tensorflow.keras.applications import vgg16
tf.constant(3), tf.fill((2,), 1), tf.zeros(3), tf.ones(3), tf.cast(x, tf.int32), tf.rank(x), tf.concat([x, x], 0)
tf.argmin(x), tf.matmul(x, y), keras.regularizers.l1(0.1), keras.initializers.constant(2.0)
keras.layers.Conv2D(3, 3), model.compile("sgd"), model.fit(x, y), model.evaluate(x, y), model.predict(x)
with tf.GradientTape() as tape, tf.Graph().as_default():
    pass
"""


def rules(source: str) -> set[str]:
    return {rule for _, rule in find_old(source)}


def test_every_rule_has_examples() -> None:
    assert set(OLD) == RULES


@pytest.mark.parametrize(("rule", "source"), [(rule, code) for rule, (caught, _) in OLD.items() for code in caught])
def test_old_forms_are_caught(rule: str, source: str) -> None:
    assert rule in rules(source)


@pytest.mark.parametrize("source", [STILL_FINE, *(code for _, passed in OLD.values() for code in passed)])
def test_forms_of_today_are_not(source: str) -> None:
    assert rules(source) == set()


def test_the_line_is_told_and_names_hold_in_the_cells_that_follow() -> None:
    names = Names()
    assert find_old("import tensorflow as t\n\nt.Session()", names) == [(3, "gone from tf")]
    assert find_old("%%trace\nx = 3\nt.log(3)", names) == [(3, "gone from tf")]
    assert find_old("%%bash\nt.Session()", names) == []


def old_in(cells: list[Any], names: Names) -> list[tuple[str, int, str]]:
    """Return the old forms in code cells: any in those without the tag, downloads in all."""
    found = [(cell, line, rule) for cell in cells for line, rule in find_old(cell.source, names)]
    return [(cell.id, line, rule) for cell, line, rule in found if rule == DOWNLOAD or not is_legacy(cell)]


def is_legacy(cell: Any) -> bool:
    return "legacy" in cell.metadata.get("tags", [])


def test_the_tag_frees_from_all_rules_but_one() -> None:
    cell = nbformat.v4.new_code_cell("tf.Session()\nget_file('x')", id="a")
    assert old_in([cell], Names()) == [("a", 1, "gone from tf"), ("a", 2, DOWNLOAD)]
    cell.metadata.tags = ["legacy"]
    assert old_in([cell], Names()) == [("a", 2, DOWNLOAD)]


@pytest.mark.parametrize("number", BOOKS)
def test_old_tensorflow_stands_in_cells_tagged_legacy_alone(number: str) -> None:
    assert old_in(code_cells(number), Names()) == []


@pytest.mark.parametrize("number", CATALOGUE)
def test_solutions_are_of_today_unless_the_exercise_is_about_old_code(number: str) -> None:
    names = Names()
    legacy = {}
    for cell in code_cells(number):
        names.learn(parse(cell.source))
        legacy[cell.source.rpartition("\n")[2]] = is_legacy(cell)
    for letter, exercise in tfkit.lesson(number).exercises.items():
        may_be_old = legacy[f"lesson.{letter}.check({exercise.task.answer})"]
        assert may_be_old or find_old(exercise.solution().code, names) == [], f"tag the stub of {exercise.name}"


def bundle(metadata: Any = None, **data: str) -> Any:
    kinds = {
        "svg": "image/svg+xml",
        "png": "image/png",
        "html": "text/html",
        "plain": "text/plain",
        "gui": "application/x",
    }
    shown = {kinds[name]: content for name, content in data.items()}
    output = nbformat.v4.new_output("display_data", shown, metadata={"image/png": metadata or {}})
    return nbformat.v4.new_code_cell(outputs=[output])


WORDS = "A falling curve: the loss of each step."
SVG = '<svg xmlns="http://www.w3.org/2000/svg" {}><g><title>of a part of the drawing</title></g>{}</svg>'


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (bundle(png="iVBO", plain="<Figure size 3x4 with 1 Axes>"), ""),
        (bundle({"alt": WORDS}, png="iVBO"), WORDS),
        (bundle(svg=SVG.format("", "")), ""),
        (bundle(svg=SVG.format("", f"<desc>{WORDS}</desc>")), WORDS),
        (bundle(svg=SVG.format("", f"<title>{WORDS}</title>")), WORDS),
        (bundle(svg=SVG.format(f'aria-label="{WORDS}"', "")), WORDS),
        (bundle(gui="{}", plain="<tfkit.View object>"), ""),
        (bundle(gui="{}", plain=WORDS), WORDS),
        (bundle(html="<p><img src='x'></p>"), ""),
        (bundle(html=f"<img src='x' alt='{WORDS}'/>"), WORDS),
        (bundle(html=SVG.format("", "")), ""),
        (bundle(html="<iframe src='x'></iframe>"), ""),
        (bundle(html=f"<canvas aria-label='{WORDS}'></canvas>"), WORDS),
        (nbformat.v4.new_markdown_cell("![](x.png)"), ""),
        (nbformat.v4.new_markdown_cell(f"![{WORDS}](x.png)"), WORDS),
        (nbformat.v4.new_markdown_cell("so <img src='x' alt=''>"), ""),
        (nbformat.v4.new_markdown_cell("```mermaid\ngraph TD\n a --> b\n```"), "graph TD\n a --> b\n"),
    ],
)
def test_words_are_found_where_they_are(cell: Any, words: str) -> None:
    assert [found for _, found in pictures(cell)] == [words]


def test_text_is_no_picture() -> None:
    code = nbformat.v4.new_markdown_cell("`![](x)`\n```html\n<img src='x'>\n```")
    assert list(pictures(code)) == []
    assert list(pictures(bundle(html="<table></table>", plain="a table"))) == []
    assert words_of_svg(SVG.format("", "")) == ""


def test_every_picture_has_a_text() -> None:
    shown = [(cell.id, *picture) for number in BOOKS for cell in read(number).cells for picture in pictures(cell)]
    untold = [(place, kind, words) for place, kind, words in shown if len(words) <= ENOUGH]
    print(f"{len(shown) - len(untold)} of {len(shown)} pictures have a text alternative.")
    assert shown and untold == []


@pytest.mark.parametrize("number", BOOKS)
def test_every_output_has_a_text(number: str) -> None:
    for cell in code_cells(number):
        for output in cell.outputs:
            text = output.get("data", {"text/plain": output.get("text")})["text/plain"]
            assert text.strip()
            assert " at 0x" not in text


def misspelt(*paths: Path) -> str:
    command = [sys.executable, "-m", "codespell_lib", *map(str, paths)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def test_wrong_spelling_is_caught_and_british_is_not(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("The colour of teh optimiser.\n")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "page.py").write_text('"""Retruns nothing."""\n')
    assert sorted(re.findall(r"(\w+) ==> (\w+)", misspelt(tmp_path))) == [("Retruns", "Returns"), ("teh", "the")]


def test_spelling_of_lessons(tmp_path: Path) -> None:
    pages = [tmp_path / f"{number}.md" for number in BOOKS]
    for number, page in zip(BOOKS, pages, strict=True):
        page.write_text(prose(number), encoding="utf-8")
    assert misspelt(*pages) == ""


def test_spelling_of_everything_else() -> None:
    """What tfkit says, exercises and solutions with it, and what is said about it."""
    assert misspelt(ROOT / "tfkit", *sorted(ROOT.glob("*.md"))) == ""
