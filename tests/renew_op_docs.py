"""Write tfkit/op_docs.json anew: what each of TensorFlow's operations and Keras' layers and models does, in one line.

Run it with the newest TensorFlow that tfkit supports: ``python tests/renew_op_docs.py``. An operation and a layer may
bear one name (Conv2D, Softmax), so those of layers begin with "layer ". The versions are those in
tfkit/op_docs.LICENSE.txt.
"""

import inspect
import json
import re
import textwrap
from pathlib import Path

OP_DOCS = Path(__file__).parents[1] / "tfkit" / "op_docs.json"
LONGEST = 160

# A full stop behind which a new sentence begins, and not that of an abbreviation.
_SENTENCE_ENDS = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!a\.k\.a)(?<!et al)\.+(?=\s+[A-Z0-9`'\"(\\]|$)")
_SAYS_NOTHING = re.compile(r"\S+: add doc|var:|Deprecated\b|Use \S+ instead", re.IGNORECASE)


def first_sentence(docstring):
    """Return the first sentence of a docstring as one line, or "" where it tells nothing of the operation."""
    paragraph = " ".join(inspect.cleandoc(docstring or "").partition("\n\n")[0].split())
    sentence = _SENTENCE_ENDS.split(paragraph)[0].rstrip(" :;,.")
    if not sentence or _SAYS_NOTHING.match(sentence):
        return ""
    return textwrap.shorten(f"{sentence}.", LONGEST, placeholder="…")


def described():
    """Return ``{operation: line, "layer " + class: line}`` for all that have a line."""
    import keras
    import tensorflow as tf

    public = vars(keras.layers) | vars(keras.models)
    public["Functional"] = type(keras.Model(tensor := keras.Input(()), tensor))  # the one class without a public name
    classes = {f"layer {name}": found for name, found in public.items() if inspect.isclass(found)}
    operations = {name: getattr(tf.raw_ops, name) for name in dir(tf.raw_ops) if not name.startswith("_")}
    lines = {name: first_sentence(found.__doc__) for name, found in (classes | operations).items()}
    return {name: line for name, line in lines.items() if line}


if __name__ == "__main__":
    OP_DOCS.write_text(json.dumps(described(), indent=0, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
