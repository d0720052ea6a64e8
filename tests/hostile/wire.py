"""Protobuf's wire format by hand, for what its own classes refuse to write."""

from __future__ import annotations

import struct


def varint(value: int) -> bytes:
    written = bytearray()
    value &= 2**64 - 1
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes([*written, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def chunk(field: int, data: bytes | str) -> bytes:
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def node(
    name: bytes | str, op: bytes | str = "Neg", *inputs: bytes | str, attrs: bytes = b"", device: str = ""
) -> bytes:
    """Return one ``NodeDef`` as a field of a ``GraphDef``."""
    inner = chunk(1, name) + chunk(2, op) + b"".join(chunk(3, source) for source in inputs)
    return chunk(1, inner + (chunk(4, device) if device else b"") + attrs)


def attr(name: bytes | str, value: bytes) -> bytes:
    """Return one attribute, ``value`` being an ``AttrValue``."""
    return chunk(5, chunk(1, name) + chunk(2, value))


def shape(*sizes: int) -> bytes:
    return b"".join(chunk(2, number(1, size)) for size in sizes)


def tensor(dtype: int, sizes: tuple[int, ...], rest: bytes = b"") -> bytes:
    """Return a ``TensorProto`` as an ``AttrValue``."""
    return chunk(8, number(1, dtype) + chunk(2, shape(*sizes)) + rest)


def constant(name: str, dtype: int, sizes: tuple[int, ...], rest: bytes = b"") -> bytes:
    attrs = attr("value", tensor(dtype, sizes, rest)) + attr("dtype", number(6, dtype))
    return node(name, "Const", attrs=attrs)


def function(
    name: bytes | str, *nodes: bytes, takes: tuple[str, ...] = (), gives: dict[str, str] | None = None
) -> bytes:
    """Return one function of a library, as a field of the ``GraphDef``."""
    signature = chunk(1, name) + b"".join(chunk(2, chunk(1, one) + number(3, 1)) for one in takes)
    signature += b"".join(chunk(3, chunk(1, one) + number(3, 1)) for one in gives or {})
    body = b"".join(chunk(3, one[len(one) - _inner(one) :]) for one in nodes)
    results = b"".join(chunk(4, chunk(1, key) + chunk(2, value)) for key, value in (gives or {}).items())
    return chunk(2, chunk(1, chunk(1, signature) + body + results))


def _inner(field: bytes) -> int:
    """Return how long the message in a field is."""
    place = 1
    length = shift = 0
    while True:
        length |= (field[place] & 127) << shift
        place, shift = place + 1, shift + 7
        if field[place - 1] < 128:
            return length


def calls(
    name: str, *functions: str, attribute: str = "f", op: str = "PartitionedCall", inputs: tuple[str, ...] = ()
) -> bytes:
    """Return a node that calls functions."""
    named = [chunk(10, chunk(1, one)) for one in functions[:1]]
    if len(functions) > 1:
        named = [chunk(1, b"".join(chunk(9, chunk(1, one)) for one in functions))]
    return node(name, op, *inputs, attrs=attr(attribute, named[0]) if named else b"")


def record(data: bytes) -> bytes:
    """Return one record of an event file; its checksums are wrong."""
    return struct.pack("<QI", len(data), 0) + data + bytes(4)
