"""TensorFlow's messages as far as we read them, without TensorFlow.

The numbers of the fields are those of ``tensorflow/core/framework/*.proto`` and ``core/protobuf/*.proto``.
Names are declared as bytes, because a file may hold any; attributes stay bytes until somebody asks, so that
equal ones are read once and large tensors never. What is not declared is skipped by protobuf.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_SCALARS = {"bytes": 12, "int64": 3, "int32": 5, "bool": 8, "float": 2, "double": 1, "uint32": 13, "uint64": 4}
_MESSAGE, _ONE, _MANY = 11, 1, 3

# Message -> field -> (number, type); a type with a star is repeated. Enumerations are plain numbers.
_FIELDS: dict[str, dict[str, tuple[int, str]]] = {
    "GraphDef": {"node": (1, "NodeDef*"), "library": (2, "Library")},
    "NodeDef": {
        "name": (1, "bytes"),
        "op": (2, "bytes"),
        "input": (3, "bytes*"),
        "device": (4, "bytes"),
        "attr": (5, "bytes*"),
    },
    "Library": {"function": (1, "Function*")},
    "Function": {"signature": (1, "Signature"), "node": (3, "NodeDef*"), "result": (4, "Entry*")},
    "Signature": {"name": (1, "bytes"), "input": (2, "Argument*"), "output": (3, "Argument*")},
    "Argument": {"name": (1, "bytes"), "type": (3, "int32")},
    "Entry": {"key": (1, "bytes"), "value": (2, "bytes")},  # of any map
    "Attribute": {
        "list": (1, "List"),
        "s": (2, "bytes"),
        "i": (3, "int64"),
        "f": (4, "float"),
        "b": (5, "bool"),
        "type": (6, "int32"),
        "shape": (7, "Shape"),
        "tensor": (8, "Tensor"),
        "func": (10, "Named"),
    },
    "List": {
        "s": (2, "bytes*"),
        "i": (3, "int64*"),
        "f": (4, "float*"),
        "b": (5, "bool*"),
        "type": (6, "int32*"),
        "shape": (7, "Shape*"),
        "func": (9, "Named*"),
    },
    "Named": {"name": (1, "bytes")},
    "Shape": {"dim": (2, "Dim*"), "unknown_rank": (3, "bool")},
    "Dim": {"size": (1, "int64")},
    "Tensor": {
        "dtype": (1, "int32"),
        "shape": (2, "Shape"),
        "content": (4, "bytes"),
        "float_val": (5, "float*"),
        "double_val": (6, "double*"),
        "int_val": (7, "int32*"),
        "string_val": (8, "bytes*"),
        "scomplex_val": (9, "float*"),
        "int64_val": (10, "int64*"),
        "bool_val": (11, "bool*"),
        "dcomplex_val": (12, "double*"),
        "half_val": (13, "int32*"),
        "uint32_val": (16, "uint32*"),
        "uint64_val": (17, "uint64*"),
    },
    "SavedModel": {"version": (1, "int64"), "meta_graph": (2, "MetaGraph*")},
    "MetaGraph": {
        "info": (1, "Info"),
        "graph": (2, "GraphDef"),
        "saver": (3, "Saver"),
        "signature": (5, "SignatureEntry*"),
    },
    "Saver": {"filename": (1, "bytes"), "save": (2, "bytes"), "restore": (3, "bytes")},
    "Info": {"tag": (4, "bytes*")},
    "SignatureEntry": {"key": (1, "bytes"), "value": (2, "SavedSignature")},
    "SavedSignature": {"input": (1, "TensorEntry*"), "output": (2, "TensorEntry*")},
    "TensorEntry": {"key": (1, "bytes"), "value": (2, "Named")},
    "Event": {
        "step": (2, "int64"),
        "graph": (4, "bytes"),
        "summary": (5, "Summary"),
        "meta_graph": (9, "bytes"),
    },
    "Summary": {"value": (1, "SummaryValue*")},
    "SummaryValue": {
        "tag": (1, "bytes"),
        "number": (2, "float"),
        "tensor": (8, "Tensor"),
        "metadata": (9, "SummaryMetadata"),
    },
    "SummaryMetadata": {"plugin": (1, "Named")},
    "RunMetadata": {"partition": (3, "bytes*"), "function": (4, "FunctionGraphs*")},
    "FunctionGraphs": {"before": (2, "bytes")},
}

# Of these fields of a message one is set, and which one tells something.
_ONE_OF = {"Attribute": set(_FIELDS["Attribute"]), "SummaryValue": {"number", "tensor"}}


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="tfkit/light.proto", package="tfkit", syntax="proto3")
    for message, fields in _FIELDS.items():
        declared = file.message_type.add(name=message)
        if message in _ONE_OF:
            declared.oneof_decl.add(name="value")
        for name, (number, kind) in fields.items():
            field = declared.field.add(name=name, number=number, label=_MANY if kind.endswith("*") else _ONE)
            plain = kind.rstrip("*")
            field.type = _SCALARS.get(plain, _MESSAGE)
            if plain not in _SCALARS:
                field.type_name = f".tfkit.{plain}"
            if name in _ONE_OF.get(message, ()):
                field.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"tfkit.{name}")) for name in _FIELDS}


MESSAGES: dict[str, Any] = _classes()


def parse(message: str, data: bytes | memoryview) -> Any:
    """Return the message that `data` holds.

    Raises:
        google.protobuf.message.DecodeError: If it holds none.

    Example:
        >>> parse("NodeDef", bytes([10, 1, 97])).name
        b'a'
    """
    return MESSAGES[message].FromString(bytes(data))
