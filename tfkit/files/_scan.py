"""Very large protobuf files made lean before they are parsed: big tensors are left out.

Protobuf would hold a file of two gigabytes in memory twice; here the outer messages are walked on the wire
(https://protobuf.dev/programming-guides/encoding), and only what is small is copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.message import DecodeError

_LARGE = 65_536  # bytes of a field that may be left out

Spec = Mapping[int, Any]  # field -> what to look at inside of it
# The way to the contents of tensors, by the numbers of the fields; see `tfkit.files._schema`.
_NODE: Spec = {5: {2: {8: {}, 1: {8: {}}}}}
GRAPH: Spec = {1: _NODE, 2: {1: {3: _NODE}}}
META_GRAPH: Spec = {2: GRAPH}
SAVED_MODEL: Spec = {2: META_GRAPH}


def without_large_tensors(data: memoryview, spec: Spec) -> bytes:
    """Return the message without those fields of its tensors that are larger than 64 kB.

    Raises:
        google.protobuf.message.DecodeError: If the wire format is broken.
    """
    parts: list[bytes | memoryview] = []
    kept = 0  # where that begins which is taken over as it is, in one piece: there may be very many small fields
    for number, start, payload, end in fields(data):
        if payload is None or end - payload <= _LARGE or (spec and number not in spec):
            continue
        parts.append(data[kept:start])
        if spec:
            inner = without_large_tensors(data[payload:end], spec[number])
            parts += [_varint(number << 3 | 2), _varint(len(inner)), inner]
        kept = end  # inside a tensor the field is left out
    parts.append(data[kept:])
    return b"".join(parts)


def fields(data: memoryview) -> Iterator[tuple[int, int, int | None, int]]:
    """Yield number, start, start of the payload (None for a plain number) and end of each field.

    Example:
        >>> list(fields(memoryview(bytes([8, 1, 18, 1, 97]))))
        [(1, 0, None, 2), (2, 2, 4, 5)]
    """
    place, size = 0, len(data)
    while place < size:
        start = place
        tag, place = _read_varint(data, place)
        if tag < 8:
            raise DecodeError(f"a field without a number at byte {start}")
        kind, payload = tag & 7, None
        if kind == 0:
            _, place = _read_varint(data, place)
        elif kind == 1:
            place += 8
        elif kind == 2:
            length, payload = _read_varint(data, place)
            place = payload + length
        elif kind == 5:
            place += 4
        else:
            raise DecodeError(f"wire type {kind} at byte {start}")
        if place > size:
            raise DecodeError(f"a field that begins at byte {start} is cut off")
        yield tag >> 3, start, payload, place


def _read_varint(data: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(data) and shift < 70:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
    raise DecodeError(f"a number is cut off at byte {place}")


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes((*written, value))
