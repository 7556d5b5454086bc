"""PackBits: what is packed comes back, row by row, and runs are worth it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dicomanon.pixels.packbits import packbits


def unpacked(data: bytes) -> bytes:
    """Standard: PS3.5 §G.3.2."""
    out, at = b"", 0
    while at < len(data):
        code = data[at]
        assert code != 128
        if code < 128:
            out += data[at + 1 : at + 2 + code]
            at += 2 + code
        else:
            out += data[at + 1 : at + 2] * (257 - code)
            at += 2
    return out


runs = st.tuples(st.integers(0, 3), st.sampled_from([1, 1, 2, 3, 127, 128, 129, 130, 257]))


@given(st.lists(runs, min_size=1, max_size=12), st.integers(1, 3))
def test_rows_come_back(parts: list[tuple[int, int]], rows: int) -> None:
    """Any runs; equal rows are packed the same, so none reaches into the next."""
    row = b"".join(bytes((value,)) * count for value, count in parts)
    plane = np.frombuffer(row * rows, np.uint8).reshape(rows, -1)
    packed = packbits(plane)
    assert unpacked(packed) == row * rows
    assert packed == packbits(plane[:1]) * rows
    assert len(packed) <= (len(row) + -(-len(row) // 128)) * rows


def test_a_black_row_is_two_bytes() -> None:
    """128 equal bytes are one code."""
    assert packbits(np.zeros((2, 128), np.uint8)) == b"\x81\0\x81\0"
