"""The original's identifiers: what must not turn up in its output.

Strategy: values of the attributes that `facts` names, at every depth, decoded by pydicom.
Which categories are meant to be gone is the caller's to say; dates become days, so that
their layout does not matter.

Invariants: dummies, zeros and words that stand for nobody are no identifiers. The same
text of the same kind is one identifier, with the elements it was in.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pydicom.charset import decode_bytes

from dicomanon.verify.facts import CODE_VALUE, codes_people, facts
from dicomanon.verify.forms import Needle, fold, forms
from dicomanon.verify.words import NOBODY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dicomanon.verify.reading import Entry, Reading

_DELIMITERS = {0x5C, 0x5E, 0x3D}
_ESCAPE = b"\x1b"
_DAY = re.compile(r"(\d{4})[.\-/]?(\d\d)[.\-/]?(\d\d)")
DUMMY_DAYS = frozenset({date(1900, 1, 1), date(1970, 1, 1), date(1, 1, 1), date(1800, 1, 1)})
NO_UIDS = frozenset({"", "2.25.0", "0", "1.2.3", "0.0"})
"""UIDs that stand for nothing."""
_STANDARD_UIDS = "1.2.840.10008."


class Identifier(NamedTuple):
    """One identifier.

    text: as decoded, without padding; day: of a date; needles: its forms; paths: the
    elements it was in.
    """

    category: str
    kind: str
    text: str
    day: date | None
    needles: tuple[Needle, ...]
    paths: frozenset[tuple[int, ...]]


def identifiers(
    reading: Reading, expect_gone: Collection[str], kept: Collection[tuple[int, ...] | int]
) -> list[Identifier]:
    """The identifiers of an instance.

    expect_gone: their categories; kept: paths and tags of what stays on purpose, whose
    values are looked for only if another element has them too.
    """
    found: dict[tuple[str, str, str], set[tuple[int, ...]]] = {}
    encodings: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for entry in reading.entries:
        if not entry.value:
            continue
        category, kind = _kind(entry.tag, entry.vr, entry.path[-3] if len(entry.path) > 2 else 0)  # noqa: PLR2004
        if category not in expect_gone:
            continue
        if entry.path in kept or entry.tag in kept:
            continue
        for text in texts(entry):
            key = (category, kind, text)
            found.setdefault(key, set()).add(entry.path)
            encodings[key] = entry.encodings
    return [
        Identifier(*key, *forms, frozenset(paths))
        for key, paths in found.items()
        if (forms := _forms(*key, encodings[key])) is not None
    ]


def texts(entry: Entry) -> Iterator[str]:
    """The values of a text element, bare."""
    for text in decoded(entry).split("\\"):
        bare = text.strip(" \0\t\r\n")
        if bare:
            yield bare


def decoded(entry: Entry) -> str:
    """The whole value as pydicom decodes it; "" where it is long and unread."""
    value = entry.value or b""
    if value.isascii() and _ESCAPE not in value:
        return value.decode("ascii")
    return decode_bytes(value, list(entry.encodings), _DELIMITERS)


def parsed_day(text: str) -> date | None:
    """The day of a DA or DT value."""
    match = _DAY.match(text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def is_neutral(text: str) -> bool:
    """Whether a text stands for nobody: a dummy, zeros, one character again and again."""
    folded = fold(text)
    repeated = len(set(folded)) <= 1 and (len(folded) != 1 or folded == "0")
    return repeated or folded in NOBODY


@lru_cache(maxsize=1 << 14)
def _kind(tag: int, vr: str, sequence: int) -> tuple[str, str]:
    """Category and kind; sequence: the tag of the one the element is in, 0 for none."""
    known = facts(tag, vr)
    if tag == CODE_VALUE and sequence and codes_people(sequence):
        return "contact", "identifier"
    return known.category, known.kind


@lru_cache(maxsize=1 << 11)
def _forms(
    _category: str, kind: str, text: str, encodings: tuple[str, ...]
) -> tuple[date | None, tuple[Needle, ...]] | None:
    """Day and needles of a text, None where it stands for nobody."""
    if kind == "date":
        day = parsed_day(text)
        return None if day is None or day in DUMMY_DAYS else (day, ())
    if kind == "uid":
        if text in NO_UIDS or text.startswith(_STANDARD_UIDS):
            return None
    elif is_neutral(text):
        return None
    return None, forms(kind, text, encodings)
