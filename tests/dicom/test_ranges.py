"""Painted ranges: however they are read, the same bytes; long stretches are not read at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicomanon.dicom import ranges
from dicomanon.dicom.ranges import PaintedRange, SourceRange, pieces, read_painted
from dicomanon.dicom.source import BytesSource


@st.composite
def painted_ranges(draw: st.DrawFn) -> tuple[bytes, PaintedRange, bytes]:
    """A source, a painted range of it, and what the range holds, painted byte by byte."""
    period_bytes = draw(st.integers(1, 40))
    start, count = draw(st.integers(0, 9)), draw(st.integers(1, 6))
    source = bytes(n % 251 for n in range(start + period_bytes * count + 5))
    edges = sorted(draw(st.sets(st.integers(0, period_bytes), max_size=8)))
    parts = tuple(
        (low, bytes(0xFB + (low + i) % 5 for i in range(high - low)))
        for low, high in zip(edges[::2], edges[1::2], strict=False)
    )
    stop = start + period_bytes * count
    expected = bytearray(source[start:stop])
    for base in range(0, len(expected), period_bytes):
        for at, new in parts:
            for i, byte in enumerate(new):
                expected[base + at + i] = byte
    return source, PaintedRange(start, stop, period_bytes, parts), bytes(expected)


@given(painted_ranges(), st.data())
def test_any_part_of_it_can_be_read(
    made: tuple[bytes, PaintedRange, bytes], data: st.DataObject
) -> None:
    """From any byte to any other."""
    source, painted, expected = made
    low = data.draw(st.integers(0, len(expected)))
    high = data.draw(st.integers(low, len(expected)))
    start, stop = painted.start + low, painted.start + high
    assert expected[low:high] == read_painted(BytesSource(source), painted, start, stop)


@settings(max_examples=200)
@given(painted_ranges(), st.integers(0, 12), st.integers(1, 60))
def test_its_pieces_are_the_whole(
    made: tuple[bytes, PaintedRange, bytes], join_bytes: int, piece_bytes: int
) -> None:
    """Whatever is joined; ranges hold no painted byte, and pieces end before they grow."""
    source, painted, expected = made
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranges, "JOIN_BYTES", join_bytes)
        patch.setattr(ranges, "PIECE_BYTES", piece_bytes)
        found = list(pieces(BytesSource(source), painted))
    assert all(
        len(piece) <= piece_bytes + join_bytes + painted.period_bytes
        for piece in found
        if isinstance(piece, bytes)
    )
    assert expected == b"".join(
        source[piece.start : piece.stop] if isinstance(piece, SourceRange) else piece
        for piece in found
    )


def test_one_part_alone_is_not_copied() -> None:
    """Rows that are masked whole are one object in every frame, and nothing is read for them."""
    part = bytes(10)
    period_bytes = 2 * ranges.JOIN_BYTES
    painted = PaintedRange(0, 3 * period_bytes, period_bytes, ((0, part),))
    found = list(pieces(BytesSource(b""), painted))
    assert [type(piece) for piece in found] == [bytes, SourceRange] * 3
    assert all(piece is part for piece in found[::2])
