"""Choices that follow from a seed alone.

Invariants: the same seed and the same name give the same choices on every machine and
Python: they are made of SHA-256, not of a generator whose sequence may change.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
_DRAW_BYTES = 8


class Dice:
    """A row of choices; `fork` starts another one that does not depend on how many were made."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._drawn = 0

    def fork(self, name: str | int) -> Dice:
        """A row of its own for a part of what is made."""
        return Dice(f"{self._name}/{name}")

    def below(self, count: int) -> int:
        """A number from 0 to count - 1."""
        self._drawn += 1
        digest = hashlib.sha256(f"{self._name}#{self._drawn}".encode()).digest()
        return int.from_bytes(digest[:_DRAW_BYTES], "big") % count

    def between(self, low: int, high: int) -> int:
        """A number from low to high, both possible."""
        return low + self.below(high - low + 1)

    def pick(self, choices: Sequence[T]) -> T:
        """One of them."""
        return choices[self.below(len(choices))]

    def order(self, choices: Sequence[T]) -> list[T]:
        """All of them, shuffled."""
        left = list(choices)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]

    def chance(self, share: float) -> bool:
        """True for that share of the calls, 0 to 1."""
        return self.below(1_000_000) < round(share * 1_000_000)

    def digits(self, count: int) -> str:
        """So many decimal digits, the first of them not 0."""
        return str(self.between(10 ** (count - 1), 10**count - 1))

    def number(self) -> int:
        """128 bits, for UIDs and the seeds of noise."""
        return int.from_bytes(hashlib.sha256(self._name.encode()).digest()[:16], "big")
