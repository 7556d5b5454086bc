"""The words that are not names: what stays in a text, and what a name must not be taken for.

Strategy: `data/words.json` lists them by hand, from general medical vocabulary; here they
become sets of folded words, parsed when first asked for. A word answers two questions: may
it stay when everything unknown is cut, and how sure is it a name when a patient has it.

Invariants: nothing here depends on a patient. A name that is also a medical word is never
cut by itself; one that is an eponym stays only where the medical phrase stands around it.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache
from typing import NamedTuple

from dicomanon import data
from dicomanon.policy.fold import fold

_MEDICAL = ("anatomy", "modality", "technique", "orientation", "contrast", "pathology", "units")
_ALLOWED = (*_MEDICAL, "general", "institution", "eponym_heads")
_JAPANESE = ("ja", "ja_phrases", "ja_institution")
PARTICLES = frozenset(
    [
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "do",
        "dos",
        "das",
        "du",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "ben",
        "bint",
        "y",
        "e",
        "zu",
        "zur",
        "ten",
        "ter",
        "mac",
        "mc",
        "st",
        "san",
        "jr",
        "sr",
        "ii",
        "iii",
        "iv",
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "md",
        "phd",
        "sir",
        "the",
        "of",
        "and",
    ]
)
"""Parts of names that are no names by themselves."""

_LONGEST_JAPANESE = 10
_FIRST_KANJI = "\u3400"
_SEPARATE = re.compile(r"[^\W\d_]+")


class Certainty(IntEnum):
    """How sure a word is a name when the patient has it."""

    CONTEXT = 0
    """Only next to another part of the name, or after a title."""
    CAPITALISED = 1
    """Where it is written with a capital."""
    SURE = 2
    """Wherever it stands as a word."""


class Lexicon(NamedTuple):
    """The lists. allowed: what may stay, medical words and everyday ones."""

    medical: frozenset[str]
    allowed: frozenset[str]
    common: frozenset[str]
    eponyms: frozenset[str]
    heads: frozenset[str]
    phrases: frozenset[tuple[str, str]]
    japanese: frozenset[str]
    institutions: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """The lists, read once."""
    lists = {name: frozenset(" ".join(lines).split()) for name, lines in data.words().items()}
    pairs = (phrase.split() for line in data.words()["phrases"] for phrase in line.split(","))
    folded = frozenset(fold(word) for name in _JAPANESE for word in lists[name])
    return Lexicon(
        medical=frozenset().union(*(lists[name] for name in _MEDICAL)),
        allowed=frozenset().union(*(lists[name] for name in _ALLOWED)),
        common=lists["common"],
        eponyms=lists["eponyms"],
        heads=lists["eponym_heads"],
        phrases=frozenset((first, second) for first, second in pairs),
        japanese=folded,
        institutions=lists["institution"]
        | frozenset(fold(word) for word in lists["ja_institution"]),
    )


@cache
def more_words() -> frozenset[str]:
    """What else may stay in strict mode: the words of PS3.6's names and of PS3.16's concepts.

    Names that are words too are left out; a patient's own name is not looked up here.
    """
    names = fold(" ".join((*data.element_names(), *data.words()["concepts"])))
    return frozenset(_SEPARATE.findall(names)) - lexicon().common - lexicon().eponyms


def certainty(word: str) -> Certainty:
    """How sure a folded word is a name when a patient has it as one."""
    lists = lexicon()
    if len(word) == 1 or word in PARTICLES or word in lists.medical:
        return Certainty.CONTEXT
    if word in lists.common:
        return Certainty.CAPITALISED
    if word in lists.eponyms:
        return Certainty.SURE
    if word in lists.allowed or word in lists.japanese:
        return Certainty.CONTEXT
    return Certainty.SURE


def is_word(word: str) -> bool:
    """Whether a folded Latin word is on the lists; plurals and possessives count."""
    allowed = lexicon().allowed
    return (
        word in allowed
        or (word.endswith("s") and word[:-1] in allowed)
        or (word.endswith("es") and word[:-2] in allowed)
    )


def is_phrase(before: str, word: str, after: str) -> bool:
    """Whether a name stands here as a medical term: Brown-Séquard, white matter, Crohn disease."""
    lists = lexicon()
    if (word, after) in lists.phrases or (before, word) in lists.phrases:
        return True
    if word.endswith("s") and word[:-1] in lists.eponyms:
        word = word[:-1]
    return word in lists.eponyms and after in lists.heads


@cache
def _beginnings() -> frozenset[str]:
    """The first two characters of every Japanese word that has two."""
    return frozenset(word[:2] for word in lexicon().japanese if len(word) > 1)


def in_japanese_word(text: str, start: int, stop: int) -> bool:
    """Whether a longer word of the lists covers this span of a folded text: 心 in 心臓."""
    known, beginnings = lexicon().japanese, _beginnings()
    for first in range(max(0, stop - _LONGEST_JAPANESE), start + 1):
        if text[first : first + 2] in beginnings:
            longest = min(len(text), first + _LONGEST_JAPANESE)
            for end in range(max(stop, first + stop - start + 1), longest + 1):
                if text[first:end] in known:
                    return True
    return False


def unknown_japanese(run: str) -> list[tuple[int, int]]:
    """The spans of a folded run of kanji and kana that no word of the lists covers.

    A single kanji beside an unknown one is unknown too: the 中 of 田中 is not a place.
    """
    known = lexicon().japanese
    sizes: list[int] = []  # of the words one after the other, 0 for an unknown character
    at = 0
    while at < len(run):
        longest = min(_LONGEST_JAPANESE, len(run) - at)
        size = next((n for n in range(longest, 0, -1) if run[at : at + n] in known), 0)
        sizes.append(size)
        at += size or 1
    starts = [0]
    for size in sizes:
        starts.append(starts[-1] + (size or 1))
    for order in (range(1, len(sizes)), range(len(sizes) - 2, -1, -1)):
        for n in order:
            beside = n - 1 if order.step > 0 else n + 1
            if sizes[n] == 1 and not sizes[beside] and run[starts[n]] >= _FIRST_KANJI:
                sizes[n] = 0
    found: list[tuple[int, int]] = []
    for n, size in enumerate(sizes):
        if size == 0:
            joined = found and found[-1][1] == starts[n]
            first = found.pop()[0] if joined else starts[n]
            found.append((first, starts[n + 1]))
    return found


@cache
def _measure() -> re.Pattern[str]:
    units = "|".join(sorted(" ".join(data.words()["units"]).split(), key=len, reverse=True))
    return re.compile(rf" ?(?:[%°×]|[x*] ?\d|/ ?(?:min|s|kg|ml|l|h)(?![a-z])|(?:{units})(?![a-z]))")


def measured(text: str, stop: int) -> bool:
    """Whether a unit or another dimension follows a number that ends at `stop`."""
    return _measure().match(text, stop) is not None
