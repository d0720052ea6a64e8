"""Write tfkit/files/ops.json anew: what each of TensorFlow's operations returns.

Run it with the newest TensorFlow that tfkit supports: ``python tests/files/renew_ops.py``.
"""

import json
from pathlib import Path

OPS = Path(__file__).parents[2] / "tfkit" / "files" / "ops.json"


def registered():
    """Return ``{operation: "name:type name:type ..."}`` for every operation that is registered.

    A type is ``=float32`` where it is fixed, ``T`` where an attribute says it, ``[T]`` where an attribute
    lists several, and ``N*T`` where there are N outputs of it.
    """
    import tensorflow as tf
    from tensorflow.core.framework import op_def_pb2
    from tensorflow.python.client import pywrap_tf_session

    listed = op_def_pb2.OpList.FromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))

    def written(output):
        if output.type_list_attr:
            return f"{output.name}:[{output.type_list_attr}]"
        kind = output.type_attr or f"={tf.dtypes.as_dtype(output.type).name}"
        return f"{output.name}:{output.number_attr}*{kind}" if output.number_attr else f"{output.name}:{kind}"

    return {op.name: " ".join(map(written, op.output_arg)) for op in listed.op}


if __name__ == "__main__":
    OPS.write_text(json.dumps(registered(), indent=0, sort_keys=True) + "\n", encoding="utf-8")
