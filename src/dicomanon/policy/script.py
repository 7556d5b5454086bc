"""The scripts of a folded text: its Latin words, its runs of kanji and kana, and spans in it.

Strategy: names of classes of characters for the patterns of the other modules, and `Words`,
which reads the words of a text once for all who ask.

Invariants: a word is a run of letters of a script that separates its words; kanji, kana and
hangul are in none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.policy.lexicon import is_phrase

if TYPE_CHECKING:
    from dicomanon.policy.fold import Folded

LETTER = "a-z\u00b5\u00df-\u00f6\u00f8-\u10ff\u1200-\u1fff"
IDEOGRAPH = "\u3005-\u3007\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3041-\u3096\u30fc"
WORD = re.compile(rf"[{LETTER}]+(?:'[{LETTER}]+)*")
IDEOGRAPHS = re.compile(rf"[{IDEOGRAPH}]+")
KANA_RUN = re.compile(rf"[{KANA}]+")
JAPANESE = re.compile(rf"[{IDEOGRAPH}{KANA}]")
JAPANESE_RUN = re.compile(rf"[{IDEOGRAPH}{KANA}]+")
PIECES = re.compile(rf"\d+|[{LETTER}]+|[{IDEOGRAPH}]+|[{KANA}]+")
_BETWEEN_PARTS = re.compile(r"[ ,.^_/=・-]{0,3}")


class Span(NamedTuple):
    """A span of a folded text, and what it is."""

    start: int
    stop: int
    kind: str


class Words:
    """The Latin words of a folded text, each read once."""

    __slots__ = ("keys", "present", "spans", "text")

    def __init__(self, text: Folded) -> None:
        self.text = text
        self.spans = [match.span() for match in WORD.finditer(text.folded)]
        self.keys = [text.folded[a:b].replace("'", "") for a, b in self.spans]
        self.present = frozenset(self.keys)

    def near(self, n: int, step: int) -> str:
        """The word before or after word number n, "" if something else stands between."""
        other = n + step
        if not 0 <= other < len(self.keys):
            return ""
        left, right = sorted((n, other))
        between = _BETWEEN_PARTS.fullmatch(
            self.text.folded, self.spans[left][1], self.spans[right][0]
        )
        return self.keys[other] if between else ""

    def in_phrase(self, n: int) -> bool:
        """Whether word number n belongs to a medical phrase."""
        return is_phrase(self.near(n, -1), self.keys[n], self.near(n, 1))

    def shouted(self, n: int) -> bool:
        """Whether word number n alone is in capitals: so a name is written, not a term."""
        return self._capitals(n) and not any(
            self._capitals(n + step) for step in (-1, 1) if self.near(n, step)
        )

    def _capitals(self, n: int) -> bool:
        start, stop = self.spans[n]
        return all(self.text.is_upper(at) for at in range(start, stop))
