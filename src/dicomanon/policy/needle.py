"""What to find of a known value, and what has to stand around it so that it may be cut.

Strategy: a `Needle` is a squashed text with its own rule. The rules look at the folded text
around a match: a long value is no coincidence, a short one needs borders, a number must be
no measurement, a name that is an everyday word needs a title or nothing beside it.

Invariants: a rule reads a few characters around a match, never the whole text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.policy.fold import Folded, fold, squash
from dicomanon.policy.lexicon import PARTICLES, in_japanese_word, is_word, lexicon, measured
from dicomanon.policy.script import JAPANESE, PIECES, WORD

if TYPE_CHECKING:
    from collections.abc import Callable

HONORIFIC = re.compile(
    "様|殿|さん|さま|氏|先生|せんせい|くん|君|ちゃん|医師|技師|どの|の|は|が|へ|に|と"
)
ANYWHERE_CHARS = 8
"""From this length on a match needs no border: it is no coincidence."""
MIXED_CHARS = 6
"""The same of letters and digits together."""
SURE_DIGITS = 7
GLUED_DIGITS = 5
SHORT_WORD = 3
TYPICAL_NAME = 4
ID_LABELS = frozenset(("id", "mrn", "pid", "ssn"))
"""What stands between a name and a number that are written as one."""


class Needle(NamedTuple):
    """What to find in squashed text. holds: whether what was found may be cut."""

    text: str
    kind: str
    holds: Callable[[Folded, int, int, str], bool]


# -- the parts of a value -------------------------------------------------------------


def permutations(whole: list[str]) -> list[tuple[str, ...]]:
    """The ways in which the components of a name, those with letters, are written together."""
    said = [component for component in whole if component]
    if len(said) <= 1:
        return []
    family, given, *others = said
    orders: list[tuple[str, ...]] = [(family, given), (given, family)]
    for middle in others:
        orders += [(family, given, middle), (given, middle, family), (given, middle[0], family)]
    return orders


def spellings(word: str) -> set[str]:
    """A Latin name part with umlauts written out or not."""
    found = {word}
    for written, bare in (("ue", "u"), ("oe", "o"), ("ae", "a")):
        if written in word and len(word) > TYPICAL_NAME:
            found.add(word.replace(written, bare))
    return found


def institution_parts(value: str) -> list[str]:
    """The words of an institution's name that are its own, and its initials."""
    folded = fold(value)
    words = WORD.findall(folded)
    parts = list(words)
    if len(words) >= SHORT_WORD:
        initials = "".join(word[0] for word in words if word not in PARTICLES)
        if len(initials) >= SHORT_WORD and not is_word(initials):
            parts.append(initials)
    for run in PIECES.findall(squash(value)):
        if JAPANESE.match(run):
            parts += own_part(run)
    return parts


def own_part(run: str) -> list[str]:
    """A Japanese institution's name without 国立, 大学病院 and the like around it."""
    generic = lexicon().institutions
    sizes = range(len(run), 1, -1)  # a single character may be the first of 東京
    while run:
        cut = next((n for n in sizes if run[:n] in generic), 0)
        end = next((n for n in sizes if run[-n:] in generic), 0)
        if not cut and not end:
            break
        run = run[cut:] if cut else run[:-end]
    return [run] if run else []


# -- what has to stand around a match -------------------------------------------------


def zeros_before(folded: str, start: int) -> int:
    """Where a number begins with the zeros before it."""
    if folded[start : start + 1].isdigit():
        while start and folded[start - 1] == "0":
            start -= 1
    return start


def whole_kanji(text: Folded, start: int, stop: int, needle: str) -> bool:
    """A whole name; two characters that only meet here (正中 正常) are not one."""
    if len(needle) >= TYPICAL_NAME:
        return True
    if stop - start == len(needle):
        return not in_japanese_word(text.folded, start, stop)
    around = text.folded[max(0, start - 1) : start] + text.folded[stop : stop + 1]
    return JAPANESE.search(around) is None or HONORIFIC.match(text.folded, stop) is not None


def bordered(text: Folded, start: int, stop: int, needle: str) -> bool:
    """Long values anywhere, short ones where they are not in the middle of a word or number."""
    enough = ANYWHERE_CHARS if needle.isalpha() else MIXED_CHARS
    if len(needle) >= enough and not needle.isdigit():
        return True
    folded = text.folded
    return not (
        _joined(folded[start - 1 : start], folded[start])
        or _joined(folded[stop - 1], folded[stop : stop + 1])
    )


def _joined(left: str, right: str) -> bool:
    return (left.isdigit() and right.isdigit()) or (
        WORD.fullmatch(left) is not None and WORD.fullmatch(right) is not None
    )


def as_number(text: Folded, start: int, stop: int, needle: str) -> bool:
    """A number that is not a part of another one, nor a measurement."""
    folded = text.folded
    if len(needle) >= SURE_DIGITS:
        return "." not in folded[start:stop] or len(needle) > ANYWHERE_CHARS
    start = zeros_before(folded, start)
    before, after = folded[max(0, start - 2) : start], folded[stop : stop + 2]
    if before[-1:].isdigit() or after[:1].isdigit() or re.search(r"[.\n]", folded[start:stop]):
        return False
    if re.search(r"\d\.\Z", before) or re.match(r"\.\d", after) or measured(folded, stop):
        return False
    if len(needle) >= GLUED_DIGITS:
        return True
    if stop - start != len(folded[start:stop].strip()) or not folded[start:stop].isdigit():
        return False
    return not (before[-1:].isalpha() or after[:1].isalpha() or before[-1:] in ("x", "*", "×"))


def not_in_word(text: Folded, start: int, stop: int, needle: str) -> bool:
    """Kanji of a name, but not where they belong to a longer medical word."""
    if stop - start != len(needle):
        return True
    return not in_japanese_word(text.folded, start, stop)


def as_name(text: Folded, start: int, stop: int, needle: str) -> bool:
    """Kanji that are an everyday word too: only by themselves, or before 様 and the like."""
    if not not_in_word(text, start, stop, needle):
        return False
    folded = text.folded
    before, after = folded[start - 1 : start], folded[stop : stop + 1]
    if before and JAPANESE.match(before):
        return False
    return not (after and JAPANESE.match(after)) or HONORIFIC.match(folded, stop) is not None
