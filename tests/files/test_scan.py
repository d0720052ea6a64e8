import struct

import pytest
from google.protobuf.message import DecodeError

from tests.hostile.wire import chunk, constant, number, varint
from tfkit.files._scan import GRAPH, fields, without_large_tensors


def test_fields_of_every_kind_are_walked():
    written = [number(1, 300), b"\x11" + struct.pack("<d", 1.5), chunk(3, "abc"), b"\x25" + struct.pack("<f", 2.5)]
    data = b"".join([*written, number(200, 1)])
    ends = [3, 12, 17, 22, 25]
    starts = [0, *ends[:-1]]
    assert list(fields(memoryview(data))) == [
        (number, start, 14 if number == 3 else None, end)
        for number, start, end in zip((1, 2, 3, 4, 200), starts, ends, strict=True)
    ]


@pytest.mark.parametrize("name", ["a", *("a" * size for size in (82, 83, 84)), "a" * 300])  # 83: 128 bytes in all
def test_what_is_left_of_a_node_with_a_large_tensor_has_the_right_lengths(name):
    lean = without_large_tensors(memoryview(constant(name, 1, (50_000,), chunk(4, bytes(200_000)))), GRAPH)
    assert lean == constant(name, 1, (50_000,))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (chunk(1, "abc")[:-1], "begins at byte 0 is cut off"),
        (number(1, 1) + b"\x25\0\0", "begins at byte 2 is cut off"),
        (number(1, 1) + b"\x08\x80", "a number is cut off at byte 4"),
        (b"\x08" + b"\x80" * 11, "a number is cut off at byte 11"),
        (number(1, 1) + varint(3), "without a number at byte 2"),
        (varint(1 << 3 | 3), "wire type 3 at byte 0"),
    ],
)
def test_what_is_broken_is_refused_with_its_place(data, said):
    with pytest.raises(DecodeError, match=said):
        list(fields(memoryview(data)))
