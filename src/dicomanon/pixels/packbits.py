"""PackBits, the run lengths of RLE, for a whole plane at once.

Strategy: runs of equal bytes are found in all rows together; what is too short to be
worth a run becomes part of a literal; both are cut into the 128 bytes that one code can
stand for, and written to where the sizes before them say. imagecodecs has an encoder too,
but the browser's build of it breaks off.

Invariants: no code reaches from one row into the next.

Standard: PS3.5 §G.3.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

_SHORTEST_RUN = 3
_MOST = 128


class _Pieces(NamedTuple):
    """Codes to be: where their bytes start, how many they are, and whether all are equal."""

    starts: Numbers
    lengths: Numbers
    equal: NDArray[np.bool_]


def packbits(rows: NDArray[np.uint8]) -> bytes:
    """The rows, each packed by itself: (rows, bytes), both at least 1."""
    data = rows.reshape(-1)
    pieces = _pieces(data, rows.shape[1])
    payload = np.where(pieces.equal, 1, pieces.lengths)
    headers = _before(payload + 1)
    packed = np.empty(int((payload + 1).sum()), np.uint8)
    packed[headers] = np.where(pieces.equal, 257 - pieces.lengths, pieces.lengths - 1)
    steps = np.arange(int(payload.sum())) - np.repeat(_before(payload), payload)
    packed[np.repeat(headers + 1, payload) + steps] = data[
        np.repeat(pieces.starts, payload) + steps
    ]
    return packed.tobytes()


def _pieces(data: NDArray[np.uint8], row_bytes: int) -> _Pieces:
    begins = np.empty(data.size, np.bool_)
    begins[1:] = data[1:] != data[:-1]
    begins[::row_bytes] = True
    starts = np.flatnonzero(begins)
    equal = np.diff(starts, append=data.size) >= _SHORTEST_RUN
    # Short runs of a row that follow each other are one literal.
    first = equal | (starts % row_bytes == 0)
    first[1:] |= equal[:-1]
    starts, equal = starts[first], equal[first]
    lengths = np.diff(starts, append=data.size)
    cuts = -(-lengths // _MOST)
    steps = (np.arange(int(cuts.sum())) - np.repeat(_before(cuts), cuts)) * _MOST
    lengths = np.minimum(np.repeat(lengths, cuts) - steps, _MOST)
    return _Pieces(np.repeat(starts, cuts) + steps, lengths, np.repeat(equal, cuts) & (lengths > 1))


def _before(sizes: Numbers) -> Numbers:
    """The sum of all sizes before each."""
    summed: Numbers = np.cumsum(sizes) - sizes
    return summed
