"""Ranges of a source: as they are, and painted over with the same bytes again and again.

Strategy: a mask on every frame of a native cine is one `PaintedRange`: the pattern of one
frame, however many frames there are. What it makes is read off in pieces: stretches that
nothing touches stay ranges of the source, what lies between is read, painted and handed
over, so that neither two gigabytes nor their masks are ever whole in memory.

Invariants: how a painted range is cut into reads never changes what is read; pieces follow
each other without a gap, and none that is bytes is much longer than `PIECE_BYTES`, unless a
single part is.
"""

from __future__ import annotations

from bisect import bisect_left
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.dicom.source import Source

JOIN_BYTES = 1 << 17
"""Shorter stretches of a source are read and joined with their neighbours."""
PIECE_BYTES = 1 << 20


class SourceRange(NamedTuple):
    """A half-open byte range of the source."""

    start: int
    stop: int


class PaintedRange(NamedTuple):
    """A half-open byte range of the source in which the same parts are new in every period.

    period_bytes: divides the range; parts: offsets in a period and the bytes that stand
    there, sorted, disjoint, inside the period.
    """

    start: int
    stop: int
    period_bytes: int
    parts: tuple[tuple[int, bytes], ...]


def read_painted(source: Source, painted: PaintedRange, start: int, stop: int) -> bytes:
    """The bytes start..stop, absolute, of a painted range; raises as `Source.read`."""
    parts, period_bytes = painted.parts, painted.period_bytes
    data = bytearray(source.read(start, stop))
    first = start - (start - painted.start) % period_bytes
    for base in range(first, stop, period_bytes):
        shift = base - start
        begin = bisect_left(parts, -shift, key=itemgetter(0)) if shift < 0 else 0
        end = bisect_left(parts, len(data) - shift, lo=begin, key=itemgetter(0))
        if begin:  # the part before may reach into what is read
            at, new = parts[begin - 1]
            new = new[-shift - at :]
            data[: len(new)] = new
        for at, new in parts[begin:end]:
            low = at + shift
            data[low : low + len(new)] = new
    return bytes(data[: stop - start])


def pieces(source: Source, painted: PaintedRange) -> Iterator[bytes | SourceRange]:
    """A painted range as bytes and long ranges of the source, one after the other."""
    position = painted.start
    for start, stop, alone in _stretches(painted):
        if start > position:
            yield SourceRange(position, start)
        yield read_painted(source, painted, start, stop) if alone is None else alone
        position = stop
    if position < painted.stop:
        yield SourceRange(position, painted.stop)


def _stretches(painted: PaintedRange) -> Iterator[tuple[int, int, bytes | None]]:
    """What is to be read and painted, start to stop; its bytes, where it is one part alone."""
    start = stop = painted.start
    alone: bytes | None = None
    for base in range(painted.start, painted.stop, painted.period_bytes):
        for at, new in painted.parts:
            begin = base + at
            far = begin - stop > JOIN_BYTES
            if far or stop - start > PIECE_BYTES:
                if start < stop:
                    yield start, stop, alone
                start = begin if far else stop
            alone = new if start == begin else None
            stop = begin + len(new)
    if start < stop:
        yield start, stop, alone
