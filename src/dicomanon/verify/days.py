"""Days in text: DICOM's own layout, and those people write.

Strategy: a day becomes a few squeezed needles that tell cheaply whether to look at all;
then one set of patterns finds every day there is, and the caller compares.

Invariants: `certain` is False where day and month could stand the other way round or the
digits run together in an unusual order.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_MONTHS = tuple(name[:3] for name in _FULL_MONTHS)
_MONTH = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*"
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_LETTERS = {"m": 1867, "t": 1911, "s": 1925, "h": 1988, "r": 2018}

_ASCII_PATTERNS = (
    (r"(?<!\d)(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?=\d{0,6}(?:\.\d+)?(?!\d))", True),
    (r"(?<!\d)(?P<y>\d{4})(?P<s>[-/. _])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?!\d)", True),
    (r"(?<![\d.])(?P<d>\d{1,2})(?P<s>[-/. _])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4})(?!\d)", True),
    (r"(?<![\d.])(?P<m>\d{1,2})(?P<s>[-/. _])(?P<d>\d{1,2})(?P=s)(?P<y>\d{4})(?!\d)", True),
    (rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[-\s,._/]*{_MONTH}[-\s,._/]*(?P<y>\d{{4}})", True),
    (rf"{_MONTH}[-\s,._/]*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[-\s,._/]+(?P<y>\d{{4}})", True),
    (rf"(?<!\d)(?P<y>\d{{4}})[-\s,._/]*{_MONTH}[-\s,._/]*(?P<d>\d{{1,2}})(?!\d)", True),
    (r"(?<!\d)(?P<d>\d\d)(?P<m>\d\d)(?P<y>\d{4})(?!\d)", False),
    (r"(?<!\d)(?P<m>\d\d)(?P<d>\d\d)(?P<y>\d{4})(?!\d)", False),
)
_TEXT_PATTERNS = (
    r"(?<!\d)(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日?",
    r"(?<!\d)(?P<y>\d{4})\s*년\s*(?P<m>\d{1,2})\s*월\s*(?P<d>\d{1,2})\s*일?",
    (
        rf"(?P<era>{'|'.join(_ERAS)})\s*(?P<e>\d{{1,2}}|元)\s*年?[./\-]?\s*"
        r"(?P<m>\d{1,2})\s*[月./\-]\s*(?P<d>\d{1,2})"
    ),
    (
        r"(?<![a-z])(?P<era>[mtshr])\.?(?P<e>\d{1,2})[./\-年]\s*"
        r"(?P<m>\d{1,2})[./\-月]\s*(?P<d>\d{1,2})(?!\d)"
    ),
)
_IN_BYTES = tuple(
    (re.compile(pattern.encode("ascii"), re.IGNORECASE), certain)
    for pattern, certain in _ASCII_PATTERNS
)
_IN_TEXT = tuple(
    (re.compile(pattern, re.IGNORECASE), certain)
    for pattern, certain in (*_ASCII_PATTERNS, *((pattern, True) for pattern in _TEXT_PATTERNS))
)
YEAR_ENCODINGS = ("utf-8", "cp932", "euc_jp")


class FoundDay(NamedTuple):
    """A day and the range it stands in."""

    day: date
    start: int
    stop: int
    certain: bool


@lru_cache(maxsize=1 << 10)
def day_needles(day: date) -> frozenset[bytes]:
    """Squeezed forms, one of which is there if the day is, in ASCII."""
    y, m, d = f"{day.year:04}", f"{day.month:02}", f"{day.day:02}"
    short, full = _MONTHS[day.month - 1], _FULL_MONTHS[day.month - 1]
    made = set()
    for month in {m, str(day.month)}:
        for number in {d, str(day.day)}:
            made |= {y + month + number, number + month + y, month + number + y}
    for number in {d, str(day.day)}:
        for name in {short, full}:
            made |= {number + name + y, name + number + y, y + name + number}
        for ending in ("st", "nd", "rd", "th"):
            made |= {number + ending + name + y for name in (short, full)} | {
                name + number + ending + y for name in (short, full)
            }
    return frozenset(text.encode("ascii") for text in made)


@lru_cache(maxsize=1 << 8)
def year_needles(year: int) -> frozenset[bytes]:
    """A year as Japanese text writes it, in bytes of every encoding."""
    eras = [f"{name}{year - start}年" for name, start in _ERAS.items() if 0 < year - start < 65]  # noqa: PLR2004
    return frozenset(
        text.encode(encoding) for text in (f"{year}年", *eras) for encoding in YEAR_ENCODINGS
    )


def days_in_bytes(data: bytes) -> Iterator[FoundDay]:
    """The days that stand in bytes as ASCII."""
    for pattern, certain in _IN_BYTES:
        for match in pattern.finditer(data):
            groups = {
                name: value.decode("ascii") for name, value in match.groupdict().items() if value
            }
            day = _day(groups)
            if day is not None:
                yield FoundDay(day, match.start(), match.end(), certain)


def days_in_text(text: str) -> Iterator[FoundDay]:
    """The days that stand in text, full-width digits and Japanese years included."""
    wide = unicodedata.normalize("NFKC", text)
    for pattern, certain in _IN_TEXT:
        for match in pattern.finditer(wide):
            day = _day({name: value for name, value in match.groupdict().items() if value})
            if day is not None:
                yield FoundDay(day, match.start(), match.end(), certain)


def _day(groups: dict[str, str]) -> date | None:
    name, era = groups.get("name", ""), groups.get("era", "").lower()
    month = _MONTHS.index(name.lower()) + 1 if name else int(groups["m"])
    if era:
        first = _ERAS.get(era) or _LETTERS[era]
        year = first + (1 if groups["e"] == "元" else int(groups["e"]))
    else:
        year = int(groups["y"])
    try:
        return date(year, month, int(groups["d"]))
    except ValueError:
        return None
