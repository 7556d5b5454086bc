"""Entropy-coded segments of a sequential JPEG: blocks found, some replaced, the rest copied.

Strategy: a segment is walked only to learn where its blocks begin and what their DC
differences are. A replaced block is a DC difference and an end of block; the first
block of its component after it gets the difference that gives it its own DC again.
Every other bit is copied.

Invariants: a segment without a replaced block is not looked at and stays as it is. A
segment that ends before its blocks do, or holds no code, raises `IndexError`.

Standard: ISO/IEC 10918-1 §F.1.2, §F.2.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dicomanon.pixels.huffman import (
    BITS,
    END_OF_BLOCK,
    ENDED,
    SHIFT,
    ac_lookup,
    dc_lookup,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dicomanon.pixels.huffman import Table

_COEFFICIENTS = 64
_LARGEST_SIZE = 15


class Blocks(NamedTuple):
    """The blocks of an entropy-coded segment.

    starts: the bit each begins at, and where the last ends; dc_stops: where its DC
    difference ends; differences: of the DC coefficient to that of the component's last block.
    """

    starts: list[int]
    dc_stops: list[int]
    differences: list[int]


class Wanted(NamedTuple):
    """What becomes of the blocks of a segment, one entry a block.

    touched: whether it becomes black; black: its DC coefficient then; owners: the
    component it belongs to.
    """

    touched: NDArray[np.bool_]
    black: NDArray[np.int64]
    owners: NDArray[np.int64]


class Coder:
    """A Huffman table to write with, which gets codes for what it has none for."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.extended = False
        self._codes = table.codes()

    def bits(self, symbol: int) -> str:
        """The code of a symbol as zeros and ones.

        Raises:
            OverflowError: there is none, and no room for one.
        """
        if symbol not in self._codes:
            longer = self.table.extended(symbol)
            if longer is None:
                raise OverflowError
            self.table, self._codes, self.extended = longer, longer.codes(), True
        code, length = self._codes[symbol]
        return f"{code:0{length}b}"


def difference_bits(difference: int, coder: Coder) -> str:
    """A DC difference, coded. §F.1.2.1."""
    size = abs(difference).bit_length()
    if size > _LARGEST_SIZE:
        raise OverflowError
    extra = difference if difference >= 0 else difference + (1 << size) - 1
    return coder.bits(size) + (f"{extra:0{size}b}" if size else "")


def walk(data: bytes, units: int, pattern: tuple[tuple[Table, Table], ...]) -> Blocks:
    """Find the blocks of a segment without its stuffed bytes.

    units: how many MCUs; pattern: the tables of DC and AC of each block in one.

    Raises:
        IndexError: the segment is broken.
    """
    padded = np.frombuffer(data + b"\0\0\0\0", np.uint8).astype(np.uint32)
    words = (padded[:-3] << 24 | padded[1:-2] << 16 | padded[2:-1] << 8 | padded[3:]).tolist()
    tables = [(dc_lookup(dc), *ac_lookup(ac)) for dc, ac in pattern]
    starts: list[int] = []
    dc_stops: list[int] = []
    differences: list[int] = []
    at = 0
    for _ in range(units):
        for dc, many, one in tables:
            starts.append(at)
            entry = dc[words[at >> 3] >> 16 - (at & 7) & 0xFFFF]
            if not entry:
                raise IndexError
            at += entry & 31
            size = entry >> 5
            difference = 0
            if size:
                difference = words[at >> 3] >> 32 - size - (at & 7) & (1 << size) - 1
                if not difference >> size - 1:
                    difference -= (1 << size) - 1
                at += size
            dc_stops.append(at)
            differences.append(difference)
            k = 1
            while k < _COEFFICIENTS:
                window = words[at >> 3] >> 16 - (at & 7) & 0xFFFF
                entry = many[window]
                reached = k + (entry >> SHIFT)
                if reached >= _COEFFICIENTS and not ENDED < reached < ENDED + _COEFFICIENTS:
                    # The end of this block may lie between these symbols: one at a time.
                    entry = one[window]
                    reached = k + (entry >> SHIFT)
                    if reached > _COEFFICIENTS and reached != k + ENDED:
                        raise IndexError
                at += entry & BITS
                k = reached
    starts.append(at)
    if at > len(data) * 8:
        raise IndexError
    return Blocks(starts, dc_stops, differences)


def replaced(
    data: bytes, blocks: Blocks, wanted: Wanted, coders: tuple[tuple[Coder, Coder], ...]
) -> bytes:
    """The segment with the touched blocks black; coders: of DC and AC, by component."""
    touched, black, owners = wanted
    old = np.array(blocks.differences, np.int64)
    new = np.empty_like(old)
    for owner in range(len(coders)):
        mine = owners == owner
        whole = np.where(touched[mine], black[mine], np.cumsum(old[mine]))
        new[mine] = np.diff(whole, prepend=0)
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    pieces: list[NDArray[np.uint8]] = []
    position = 0
    made: dict[tuple[int, int, bool], NDArray[np.uint8]] = {}
    for i in np.flatnonzero(touched | (new != old)).tolist():
        key = int(owners[i]), int(new[i]), bool(touched[i])
        if key not in made:
            made[key] = _literal(coders[key[0]], key[1], ends=key[2])
        pieces += (bits[position : blocks.starts[i]], made[key])
        position = blocks.starts[i + 1] if key[2] else blocks.dc_stops[i]
    pieces.append(bits[position : blocks.starts[-1]])
    joined = np.concatenate(pieces)
    padding = np.ones(-len(joined) % 8, np.uint8)
    return np.packbits(np.concatenate((joined, padding))).tobytes()


def _literal(coders: tuple[Coder, Coder], difference: int, *, ends: bool) -> NDArray[np.uint8]:
    text = difference_bits(difference, coders[0]) + (coders[1].bits(END_OF_BLOCK) if ends else "")
    return np.frombuffer(text.encode("ascii"), np.uint8) - ord("0")


def restarts(data: bytes) -> Iterator[bytes]:
    """Segments between restart markers, stuffed bytes still in them. §B.1.1.2."""
    start = 0
    at = data.find(b"\xff")
    while at >= 0:
        following = data[at + 1 : at + 2]
        if b"\xd0" <= following <= b"\xd7":
            yield data[start:at]
            start = at + 2
        at = data.find(b"\xff", at + 1)
    yield data[start:]
