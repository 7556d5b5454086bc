"""How much a kept value looks like somebody: signs with weights, argued one by one.

Strategy: each sign is a pattern or a small rule; weights add up. What tells a person apart
by itself (a title, a name's form, a phone number) weighs most, what only stands out least.
Words that the cleaner knows as medical or as DICOM's own make no name.

Invariants: the weight depends on the value, its count and whether it is private; the same
value has the same signs wherever the review runs. Weights only order: nothing is cut by
them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.verify.days import days_in_text

if TYPE_CHECKING:
    from collections.abc import Callable

RARE_COUNT = 2
FREE_TEXT_CHARS = 40
_NOT_MEDICAL = ("common", "eponyms")
_TITLE = re.compile(
    r"様|さん|氏|殿|先生|君|ちゃん|看護師|技師|医師"
    r"|\b(?:dr|mr|mrs|ms|prof|dear|physician|technologist|nurse)\b",
    re.IGNORECASE,
)
_CARET = re.compile(r"\w\^\w")
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'-]+")
_KANA = re.compile(
    r"[ァ-ヶー]{2,}[ \u3000・^]+[ァ-ヶー]{2,}|[ぁ-ゖー]{2,}[ \u3000・^]+[ぁ-ゖー]{2,}"
)
_KANJI = re.compile(r"[\u4e00-\u9fff々]+")
_DIGITS = re.compile(r"\d{5,}")
_MIXED = re.compile(r"(?=(?:[A-Za-z-]*\d){3})(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9-]{5,}")
_PHONE = re.compile(r"(?<!\d)0\d{1,4}-\d{1,4}-\d{3,4}(?!\d)|\(\d{3}\)\s?\d{3}-\d{4}|\+\d[\d -]{7,}")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w|https?:|www\.", re.IGNORECASE)
_PLACE = re.compile(
    r"〒|\d丁目|[都道府県].*[市区町村]|病院|医院|クリニック"
    r"|\b(?:street|st\.|avenue|ave|road|hospital|clinic|ward)\b",
    re.IGNORECASE,
)
_NAME_KANJI = range(2, 7)
_NAME_WORDS = 2


class Risk(NamedTuple):
    """weight: more is likelier; signs: their names, the heaviest first."""

    weight: int
    signs: tuple[str, ...]


@cache
def _known() -> frozenset[str]:
    """Words in Latin letters that name nobody."""
    kinds = {kind: lines for kind, lines in data.words().items() if kind not in _NOT_MEDICAL}
    listed = (word for lines in kinds.values() for line in lines for word in line.split())
    named = (w.lower() for name in data.element_names() for w in _WORD.findall(name))
    return frozenset(listed) | frozenset(named)


@cache
def _known_kanji() -> re.Pattern[str]:
    """The Japanese words that name nobody, longest first; one kanji is a part of many names."""
    found = data.words()
    kinds = [kind for kind in found if kind.startswith("ja")]
    words = {
        word for kind in kinds for line in found[kind] for word in line.split() if len(word) > 1
    }
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


def _named(text: str) -> bool:
    """Capitalised words that nobody knows, two of them together, or one alone."""
    words = _WORD.findall(text)
    unknown = [w for w in words if w[0].isupper() and w.lower() not in _known()]
    return len(unknown) >= _NAME_WORDS or (len(words) == 1 and bool(unknown))


def _kanji(text: str) -> bool:
    """A short run of kanji of which no part is a known word."""
    rest = _known_kanji().sub(" ", text)
    return any(len(run) in _NAME_KANJI for run in _KANJI.findall(rest))


SIGNS: tuple[tuple[str, int, Callable[[str], object]], ...] = (
    ("title", 5, _TITLE.search),  # who is addressed is a person
    ("caret", 5, _CARET.search),  # PN's own form
    ("phone", 5, _PHONE.search),
    ("mail", 5, _MAIL.search),
    ("kana", 4, _KANA.search),  # two words of kana: a name's sound
    ("date", 4, lambda text: any(days_in_text(text))),
    ("name", 3, _named),
    ("kanji", 3, _kanji),
    ("digits", 3, _DIGITS.search),  # MRNs and orders are long numbers
    ("place", 2, _PLACE.search),
    ("id", 2, _MIXED.search),  # letters and digits in one
    ("free_text", 1, lambda text: len(text) > FREE_TEXT_CHARS),
)


_OF_CODES = ("digits", "id")
"""What every Code Value looks like."""


def risk(text: str, count: int, *, private: bool, coded: bool = False) -> Risk:
    """What a value looks like; count: how often it stands in the batch; coded: only as a code.

    Of what stands everywhere nobody is told apart, so what is rare weighs more.
    """
    wide = unicodedata.normalize("NFKC", text)
    signs = [sign for sign in SIGNS if not (coded and sign[0] in _OF_CODES)]
    found = [(weight, name) for name, weight, looks in signs if looks(wide)]
    if private:
        found.append((1, "private"))
    if count <= RARE_COUNT:
        found.append((1, "rare"))
    return Risk(sum(weight for weight, _ in found), tuple(name for _, name in found))
