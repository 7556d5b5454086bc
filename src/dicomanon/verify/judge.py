"""How surely a hit is a leak, by what was met and where it stands.

Strategy: one small rule a kind. Whole names, long identifiers, UIDs and days in a clear
layout are sure; parts of names, short values and words that stand in lists are not.

Invariants: the judgement rests on the hit, the original's own elements and what the
caller said is kept, and never on what the code that wrote the output meant to do.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dicomanon.verify.facts import CONTROLLED_TAGS, CONTROLLED_VRS, DATE_VRS, facts
from dicomanon.verify.identifiers import parsed_day, texts
from dicomanon.verify.words import EPONYM, common_words

if TYPE_CHECKING:
    from collections.abc import Collection

    from dicomanon.verify.finding import Strength
    from dicomanon.verify.forms import Needle
    from dicomanon.verify.reading import Entry, Reading
    from dicomanon.verify.search import Hit

SURE_CHARS = 5
"""Identifiers of fewer characters are too common to be told apart from other text."""
GLUED_CHARS = 9
GLUED_DIGITS = 6
"""So many digits do not stand inside something longer by chance."""
FULL_NAME_LETTERS = 7
EXACT_BYTES = 6
LONE_BYTES = 4
FOLDED_CHARS = 3
BRANDS = frozenset({0x00080070, 0x00081090})
"""Manufacturer and model: patients, institutions and stations are called like them by chance."""


class Judge:
    """What one original and its caller's wishes make of hits."""

    def __init__(
        self,
        before: Reading,
        expect_gone: Collection[str],
        kept: Collection[tuple[int, ...] | int],
    ) -> None:
        self._reading = before
        self._expect_gone = expect_gone
        self._kept = kept

    @cached_property
    def _before(self) -> dict[tuple[int, ...], Entry]:
        return {entry.path: entry for entry in self._reading.entries}

    def strength(self, hit: Hit) -> Strength | None:
        """None where the hit is no finding."""
        if self.stays(hit):
            return None
        if hit.identifier.kind == "uid":
            return "strong" if hit.bordered else None
        if hit.identifier.kind == "date":
            return self._day(hit)
        return "weak" if hit.needle is None else _text(hit, hit.needle)

    def stays(self, hit: Hit) -> bool:
        """Whether the element keeps its own value on purpose, and that is what was met.

        A patient's name or ID is a leak wherever it stands.
        """
        entry = hit.entry
        if entry is None:
            return False
        if entry.path in self._kept or entry.tag in self._kept:
            return True
        identifier = hit.identifier
        if identifier.category == "patient" and identifier.kind != "date":
            return False
        category = facts(entry.tag, entry.vr).category
        return bool(category) and category not in self._expect_gone and not hit.wrapped

    def _day(self, hit: Hit) -> Strength | None:
        entry = hit.entry
        sure: Strength = "strong" if hit.certain else "weak"
        if entry is None or hit.wrapped:
            return sure
        if entry.vr == "UI":
            return None
        if entry.vr in CONTROLLED_VRS:
            return "weak" if hit.bordered else None
        if entry.vr in DATE_VRS and self._moved_here(hit, entry):
            return "weak"
        return sure

    def _moved_here(self, hit: Hit, entry: Entry) -> bool:
        """Whether this element had other days: a shifted one may fall on another's."""
        source = self._before.get(entry.path)
        if source is None:
            return False
        days = {parsed_day(text) for text in texts(source)} - {None}
        return bool(days) and hit.identifier.day not in days


def _text(hit: Hit, needle: Needle) -> Strength | None:
    if needle.exact:
        return _exact(needle)
    if needle.folded:
        return _folded(hit, needle)
    return _name(hit, needle) if hit.identifier.kind == "name" else _other(hit, needle)


def _exact(needle: Needle) -> Strength | None:
    if len(needle.exact) < LONE_BYTES:
        return None
    return "strong" if needle.full and len(needle.exact) >= EXACT_BYTES else "weak"


def _folded(hit: Hit, needle: Needle) -> Strength:
    if hit.identifier.kind == "name":
        return "strong" if needle.full or hit.certain else "weak"
    return "strong" if len(needle.folded) >= FOLDED_CHARS else "weak"


def _name(hit: Hit, needle: Needle) -> Strength | None:
    letters = len(needle.squeezed)
    if needle.full:
        doubtful = _controlled(hit) if hit.bordered else True
        enough = GLUED_CHARS if hit.bordered else FULL_NAME_LETTERS
        return "weak" if doubtful and letters < enough else "strong"
    if not hit.bordered:
        return None
    word = needle.squeezed.decode("ascii")
    nobody = word in common_words() or word.isdigit() or _eponym(hit)
    doubtful = nobody or _controlled(hit) or _branded(hit)
    return "weak" if doubtful or hit.identifier.category != "patient" else "strong"


def _other(hit: Hit, needle: Needle) -> Strength | None:
    chars = len(needle.squeezed)
    if not hit.bordered:
        return _glued(hit, needle) if chars >= GLUED_CHARS else None
    if chars < SURE_CHARS or _branded(hit) or _controlled(hit):
        return "weak"
    word = needle.squeezed.decode("ascii")
    return "weak" if len(needle.pieces) == 1 and word in common_words() else "strong"


def _glued(hit: Hit, needle: Needle) -> Strength:
    """An ID between letters is still that; digits among digits are another number.

    But for a phone number, which is searched without its first digits.
    """
    digits = sum(char.isdigit() for char in needle.squeezed.decode("ascii"))
    another = hit.inside == "number" and hit.identifier.kind != "phone"
    return "weak" if another or digits < GLUED_DIGITS else "strong"


def _eponym(hit: Hit) -> bool:
    """Whether what follows says that the name is a disease's, as in Graves disease."""
    entry = hit.entry
    if entry is None or entry.value is None or hit.stop is None or hit.wrapped:
        return False
    return EPONYM.match(entry.value, hit.stop - entry.start) is not None


def _branded(hit: Hit) -> bool:
    return hit.entry is not None and hit.entry.tag in BRANDS


def _controlled(hit: Hit) -> bool:
    """Whether the element's values come from a list, or are numbers or UIDs."""
    entry = hit.entry
    if entry is None or hit.wrapped:
        return False
    return entry.vr in CONTROLLED_VRS or entry.vr == "UI" or entry.tag in CONTROLLED_TAGS
