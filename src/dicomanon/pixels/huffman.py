"""JPEG's Huffman codes: tables to walk over them fast, codes to write, and new ones for lack.

Strategy: a walk only wants to know where blocks begin and what their DC differences are,
so AC symbols are looked up by the next 16 bits, several at once, and answer how many bits
and coefficients to go on. Codes are canonical: a symbol added with 16 bits, after all
others, leaves every code that there was as it was.

Invariants: a table that is not a prefix code, or uses the code of ones only, makes no
`Table`. An entry that no code reaches moves nowhere and is beyond every block.

Standard: ISO/IEC 10918-1 §B.2.4.2, §C, §F.2.2.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WINDOW = 16
_SPACE = 1 << _WINDOW
END_OF_BLOCK = 0
ENDED = 256
"""Coefficients that an end of block seems to move on by: more than a lookup ever passes."""
_NOWHERE = 1024
BITS = 63
"""The part of an AC entry that is bits; above it, `SHIFT` bits up, coefficients."""
SHIFT = 6
_CHAINED = 4
_ZERO_RUN = 0xF0


class Table(NamedTuple):
    """A Huffman table: how many codes of 1 to 16 bits, and their symbols. §B.2.4.2."""

    counts: bytes
    symbols: bytes

    @property
    def used(self) -> int:
        """How much of the code space is used, of 65,536."""
        return sum(count << _WINDOW - 1 - i for i, count in enumerate(self.counts))

    def codes(self) -> dict[int, tuple[int, int]]:
        """Symbol -> code and its length in bits. §C.2."""
        found: dict[int, tuple[int, int]] = {}
        code, position = 0, 0
        for length, count in enumerate(self.counts, 1):
            for symbol in self.symbols[position : position + count]:
                found.setdefault(symbol, (code, length))
                code += 1
            position += count
            code <<= 1
        return found

    def extended(self, symbol: int) -> Table | None:
        """The table with a code for one more symbol; None where no code is left."""
        if self.used + 1 >= _SPACE or self.counts[-1] == 255:  # noqa: PLR2004 - a byte's most
            return None
        return Table(
            self.counts[:-1] + bytes((self.counts[-1] + 1,)), self.symbols + bytes((symbol,))
        )


def table(counts: bytes, symbols: bytes) -> Table:
    """A table as a DHT segment has it.

    Raises:
        IndexError: it is none.
    """
    made = Table(counts, symbols)
    if len(counts) != _WINDOW or sum(counts) != len(symbols) or made.used > _SPACE:
        raise IndexError
    return made


@lru_cache(16)
def dc_lookup(dc: Table) -> list[int]:
    """By the next 16 bits: length of the code, and above 5 bits the size of the difference.

    0 where there is no code.
    """
    lengths, symbols = _by_window(dc)
    return np.where(lengths > 0, lengths | symbols << 5, 0).tolist()  # type: ignore[no-any-return]


@lru_cache(16)
def ac_lookup(ac: Table) -> tuple[list[int], list[int]]:
    """By the next 16 bits: bits and coefficients to move on; several symbols, and one.

    An end of block moves on by `ENDED` coefficients, and nothing is chained after it.
    """
    lengths, symbols = _by_window(ac)
    sizes, runs = symbols & 15, symbols >> 4
    means = (lengths > 0) & ((sizes > 0) | (symbols == END_OF_BLOCK) | (symbols == _ZERO_RUN))
    bits = np.where(means, lengths + sizes, 0)
    moves = np.where(means, np.where(symbols == END_OF_BLOCK, ENDED, runs + 1), _NOWHERE)
    all_bits, all_moves = bits.copy(), moves.copy()
    window = np.arange(_SPACE)
    for _ in range(_CHAINED):
        follows = window << np.minimum(all_bits, _WINDOW) & _SPACE - 1
        known = (all_moves < ENDED) & (lengths[follows] > 0)
        known &= all_bits + lengths[follows] <= _WINDOW
        all_bits = np.where(known, all_bits + bits[follows], all_bits)
        all_moves = np.where(known, all_moves + moves[follows], all_moves)
    return (all_bits | all_moves << SHIFT).tolist(), (bits | moves << SHIFT).tolist()


def _by_window(of: Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Length of the code (0 for none) and symbol that each 16 bits begin with."""
    lengths = np.zeros(_SPACE, np.int64)
    symbols = np.zeros(_SPACE, np.int64)
    start = position = 0
    for length, count in enumerate(of.counts, 1):
        width = 1 << _WINDOW - length
        stop = start + count * width
        lengths[start:stop] = length
        found = np.frombuffer(of.symbols[position : position + count], np.uint8)
        symbols[start:stop] = np.repeat(found, width)
        start, position = stop, position + count
    return lengths, symbols
