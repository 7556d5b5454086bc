"""Where an output still has an identifier: in bytes, in text, in what it wraps.

Strategy: one substring search a needle over squeezed bytes, which is as fast as memory;
only what is met there is located exactly. Text that is not plain ASCII is decoded and
searched folded. Deflated streams of documents and comment segments of compressed frames
are searched too; pixels themselves are not, their bytes match anything short.

Invariants: a hit names its identifier and its place, and what it is inside of: a digit
beside digits, or a letter beside letters, is a part of something longer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from dicomanon.verify.days import (
    YEAR_ENCODINGS,
    day_needles,
    days_in_bytes,
    days_in_text,
    year_needles,
)
from dicomanon.verify.facts import TEXT_VRS
from dicomanon.verify.forms import ID_CHARS, NAME_LETTERS, fold, locator, squeeze
from dicomanon.verify.identifiers import decoded
from dicomanon.verify.wrapped import comments, streams

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from dicomanon.verify.forms import Needle
    from dicomanon.verify.identifiers import Identifier
    from dicomanon.verify.reading import Entry, Reading

BLOCK_BYTES = 1 << 20
OVERLAP_BYTES = 1 << 9
MAX_HITS = 64
ENCAPSULATED_DOCUMENT = 0x00420011
_AROUND_BYTES = 48
_ESCAPE = b"\x1b"
_TITLES = ("様", "さん", "氏", "殿", "先生", "ちゃん", "くん")


Wrapped = Literal["", "document", "pixels", "name"]
Inside = Literal["", "word", "number"]


class Hit(NamedTuple):
    """An identifier, met.

    needle: the form that was met, None for a day and for what is short; start, stop: in
    the reading's source, None inside something wrapped; wrapped: what that is; inside: of
    a longer word or number; certain: that it is this and not something alike.
    """

    identifier: Identifier
    needle: Needle | None
    entry: Entry | None
    start: int | None
    stop: int | None
    inside: Inside
    certain: bool
    wrapped: Wrapped = ""

    @property
    def bordered(self) -> bool:
        """Whether it stands by itself."""
        return not self.inside


class _Span(NamedTuple):
    identifier: Identifier
    needle: Needle | None
    start: int
    stop: int
    certain: bool


class Search:
    """The needles of a set of identifiers."""

    def __init__(self, wanted: Iterable[Identifier]) -> None:
        self._squeezed: dict[bytes, list[tuple[Identifier, Needle]]] = defaultdict(list)
        self._exact: dict[bytes, list[tuple[Identifier, Needle]]] = defaultdict(list)
        self._folded: dict[str, list[tuple[Identifier, Needle]]] = defaultdict(list)
        self._days: dict[date, list[Identifier]] = defaultdict(list)
        self._short: dict[str, list[Identifier]] = defaultdict(list)
        for identifier in wanted:
            self._add(identifier)
        self._day_needles = frozenset().union(*map(day_needles, self._days))
        years = {day.year for day in self._days}
        self._year_needles: frozenset[bytes] = frozenset().union(*map(year_needles, years))
        self._short_pattern = _short_pattern(self._short)

    def _add(self, identifier: Identifier) -> None:
        if identifier.day is not None:
            self._days[identifier.day].append(identifier)
        for needle in identifier.needles:
            if needle.squeezed:
                self._squeezed[needle.squeezed].append((identifier, needle))
            elif needle.exact:
                self._exact[needle.exact].append((identifier, needle))
            else:
                self._folded[needle.folded].append((identifier, needle))
        if identifier.kind not in ("date", "uid", "phone"):
            for short in _shorts(identifier.category, identifier.kind, identifier.text):
                self._short[short].append(identifier)

    # -- a reading ---------------------------------------------------------------

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """Everything met in an instance."""
        source = reading.source
        for start, stop in reading.searched():
            for position in range(start, stop, BLOCK_BYTES):
                data = source.read(position, min(position + BLOCK_BYTES + OVERLAP_BYTES, stop))
                for span in self._in_bytes(data):
                    yield self._placed(reading, data, position, span)
        for entry in reading.entries:
            if entry.vr in TEXT_VRS and entry.value:
                yield from self._in_entry(entry, entry.value)
            if entry.tag == ENCAPSULATED_DOCUMENT:
                whole = entry.value or source.read(entry.start, entry.stop)
                for stream in streams(whole):
                    yield from self._wrapped(stream, "document", entry)
        for comment in comments(reading):
            pixels = reading.top.get(reading.pixels.tag) if reading.pixels else None
            yield from self._wrapped(comment, "pixels", pixels)

    def in_name(self, name: str) -> Iterator[Hit]:
        """Everything met in a file's name."""
        yield from self._wrapped(name.encode("utf-8", "replace"), "name", None)
        for identifier, needle, _, _, certain in self._in_text(name):
            yield Hit(identifier, needle, None, None, None, "", certain, "name")

    def _wrapped(self, data: bytes, wrapped: Wrapped, entry: Entry | None) -> Iterator[Hit]:
        for span in self._in_bytes(data):
            inside = _inside(data, span.start, span.stop, 0, len(data))
            yield Hit(
                span.identifier, span.needle, entry, None, None, inside, span.certain, wrapped
            )

    def _placed(self, reading: Reading, data: bytes, base: int, span: _Span) -> Hit:
        start, stop = base + span.start, base + span.stop
        entry = reading.entry_at(start)
        low, high = (0, len(data)) if entry is None else (entry.start - base, entry.stop - base)
        inside = _inside(data, span.start, span.stop, max(low, 0), min(high, len(data)))
        return Hit(span.identifier, span.needle, entry, start, stop, inside, span.certain)

    # -- bytes -------------------------------------------------------------------

    def _in_bytes(self, data: bytes) -> Iterator[_Span]:
        hay = squeeze(data)
        for squeezed in filter(hay.__contains__, self._squeezed):
            for identifier, needle in self._squeezed[squeezed]:
                yield from _located(data, identifier, needle)
        for exact in filter(data.__contains__, self._exact):
            start = data.find(exact)
            count = 0
            while start >= 0 and count < MAX_HITS:
                for identifier, needle in self._exact[exact]:
                    yield _Span(identifier, needle, start, start + len(exact), certain=True)
                start = data.find(exact, start + 1)
                count += 1
        if any(map(hay.__contains__, self._day_needles)):
            yield from self._days_in(data)
        for year in filter(data.__contains__, self._year_needles):
            yield from self._written_days(data, data.index(year))

    def _days_in(self, data: bytes) -> Iterator[_Span]:
        met = False
        for found in days_in_bytes(data):
            for identifier in self._days.get(found.day, ()):
                met = True
                yield _Span(identifier, None, found.start, found.stop, found.certain)
        for phase in () if met else (0, 1):  # it may be in UTF-16
            for found in days_in_bytes(data[phase::2]):
                start, stop = phase + 2 * found.start, phase + 2 * found.stop - 1
                for identifier in self._days.get(found.day, ()):
                    if 0 in data[start:stop]:
                        yield _Span(identifier, None, start, stop, found.certain)

    def _written_days(self, data: bytes, position: int) -> Iterator[_Span]:
        """Days of Japanese text that nobody said was text; position: of a year."""
        around = data[max(0, position - _AROUND_BYTES) : position + _AROUND_BYTES]
        for encoding in YEAR_ENCODINGS:
            for found in days_in_text(around.decode(encoding, "ignore")):
                for identifier in self._days.get(found.day, ()):
                    yield _Span(identifier, None, position, position + 4, found.certain)

    # -- text --------------------------------------------------------------------

    def _in_entry(self, entry: Entry, value: bytes) -> Iterator[Hit]:
        plain = value.isascii() and _ESCAPE not in value
        if plain and self._short_pattern is None:
            return
        text = decoded(entry)
        spans = self._short_in(text) if plain else self._in_text(text)
        for identifier, needle, _, _, certain in spans:
            yield Hit(identifier, needle, entry, entry.start, None, "", certain)

    def _in_text(self, text: str) -> Iterator[_Span]:
        hay = fold(text)
        for folded, targets in self._folded.items():
            start = hay.find(folded)
            if start >= 0:
                titled = hay.startswith(_TITLES, start + len(folded))
                for identifier, needle in targets:
                    yield _Span(identifier, needle, start, start + len(folded), certain=titled)
        for found in days_in_text(text):
            for identifier in self._days.get(found.day, ()):
                yield _Span(identifier, None, found.start, found.stop, found.certain)
        yield from self._short_in(text)

    def _short_in(self, text: str) -> Iterator[_Span]:
        if self._short_pattern is None:
            return
        for match in self._short_pattern.finditer(text):
            for identifier in self._short.get(match[0].casefold(), ()):
                yield _Span(identifier, None, match.start(), match.end(), certain=False)


def _located(data: bytes, identifier: Identifier, needle: Needle) -> Iterator[_Span]:
    text = identifier.text.encode("ascii") if identifier.kind == "uid" else b""
    for count, match in enumerate(locator(needle.pieces).finditer(data)):
        if count >= MAX_HITS:
            return
        if not text or match[0].replace(b"\0", b"") == text:
            yield _Span(identifier, needle, match.start(), match.end(), certain=True)


def _inside(data: bytes, start: int, stop: int, low: int, high: int) -> Inside:
    """What longer thing of its kind a match is a part of; low, high: where to look."""
    zeros = 0 in data[start:stop]
    before = start - 1 - (zeros and start - 1 >= low and data[start - 1] == 0)
    after = stop + (zeros and stop < high and data[stop] == 0)
    left = _joined(data[before], data[start]) if before >= low else ""
    right = _joined(data[after], data[stop - 1]) if after < high else ""
    return "number" if "number" in (left, right) else left or right


def _joined(one: int, other: int) -> Inside:
    a, b = chr(one), chr(other)
    if a.isdigit() and b.isdigit():
        return "number"
    return "word" if a.isalpha() and b.isalpha() else ""


@lru_cache(maxsize=1 << 11)
def _shorts(category: str, kind: str, text: str) -> tuple[str, ...]:
    """What is too short for a needle of its own, as casefolded text."""
    least = NAME_LETTERS if kind == "name" else ID_CHARS
    found = []
    for part in re.split(r"[\^=]", text) if kind == "name" else [text]:
        bare = part.strip().casefold()
        if bare.isdigit() and category != "patient":
            continue  # Study ID 1 tells nothing, and stands everywhere
        if 0 < len(fold(bare)) < (least if bare.isascii() else 2):
            found.append(bare)
    return tuple(found)


def _short_pattern(shorts: Iterable[str]) -> re.Pattern[str] | None:
    alternatives = "|".join(re.escape(short) for short in sorted(shorts, key=len, reverse=True))
    if not alternatives:
        return None
    return re.compile(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])", re.IGNORECASE)
