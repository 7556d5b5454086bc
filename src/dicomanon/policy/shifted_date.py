"""A date of a text moved by whole days, in the layout it was written in.

Strategy: the source with the spans of year, month, day and era written anew, each as the old
one was: digits, padding, letters, width.

Invariants: what nobody can write in the same layout is not written: it has to be cut.

Standard: PS3.15 §E.3.6 (modified dates).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dicomanon.policy.date_words import (
    ENGLISH,
    ERAS,
    FIRST_YEAR,
    KANJI_DIGITS,
    MONTHS,
    TWO_DIGITS,
)

if TYPE_CHECKING:
    from datetime import date

    from dicomanon.policy.fold import Folded
    from dicomanon.policy.written_date import Written

_SHORT = 3
_TEENS = range(11, 14)
_FULL_WIDTH = {ord("0") + n: chr(0xFF10 + n) for n in range(10)}


def shifted(written: Written, text: Folded, days: int) -> str | None:
    """The date of a text `days` later in the same layout, None if it has to be cut.

    What stands for first..last of `written`.
    """
    try:
        day = written.day + timedelta(days=days) if written.day else None
    except OverflowError:
        day = None
    if day is None:
        return None
    padded = _padded(written, text)
    made = []
    at = written.first
    for start, stop, part in written.parts:
        new = _write(part, text.folded[start:stop], _slice(text, start, stop), day, padded=padded)
        if new is None:
            return None
        made += [_slice(text, at, start), new]
        at = stop
    return "".join(made) + _slice(text, at, written.last)


def _slice(text: Folded, start: int, stop: int) -> str:
    first, last = text.in_source(start, stop)
    return text.source[first:last]


def _padded(written: Written, text: Folded) -> bool:
    """Whether days and months are written with two digits."""
    said = [text.folded[start:stop] for start, stop, part in written.parts if part in "md"]
    two = [len(part) == TWO_DIGITS for part in said]
    return any(part[0] == "0" for part in said) or (len(two) > 1 and all(two))


def _write(part: str, old: str, source: str, day: date, *, padded: bool) -> str | None:
    """One part of a date, written as the old one was; None if nobody can say how."""
    if part == "mon":
        return _month_name(old, source, day)
    if part in ("e", "ey"):
        new = _era(part, old, day)
        return new.upper() if new is not None and source[0].isupper() else new
    if any(char in KANJI_DIGITS + "十" for char in old):
        return None
    new = _year(old, day) if part == "y" else _day_or_month(part, old, source, day, padded=padded)
    return new if new is None or source.isascii() else new.translate(_FULL_WIDTH)


def _year(old: str, day: date) -> str:
    short = f"{day.year % 100:02}"
    return "'" + short if old[0] == "'" else short if len(old) == TWO_DIGITS else f"{day.year:04}"


def _day_or_month(part: str, old: str, source: str, day: date, *, padded: bool) -> str | None:
    number = day.month if part == "m" else day.day
    if not old[-1:].isalpha():
        return f"{number:02}" if padded else str(number)
    ordinal = _ordinal(number) if old[0].isdigit() else None
    return ordinal.upper() if ordinal is not None and source.isupper() else ordinal


def _month_name(old: str, source: str, day: date) -> str | None:
    names = ENGLISH[day.month - 1]
    if old == ENGLISH[MONTHS[old] - 1] and len(old) > _SHORT:
        new = names
    elif old == ENGLISH[MONTHS[old] - 1][: len(old)]:
        new = names[:_SHORT]
    else:
        return None
    return new.upper() if source.isupper() else new.title() if source[0].isupper() else new


def _era(part: str, old: str, day: date) -> str | None:
    for name, first, before, letter in ERAS:
        if day >= first:
            if part == "e":
                return name if len(old.rstrip(".")) > 1 else letter + old[1:]
            year = day.year - before
            return str(year) if old.isdigit() or old == FIRST_YEAR else None
    return None


def _ordinal(number: int) -> str:
    ending = "th" if number in _TEENS else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
