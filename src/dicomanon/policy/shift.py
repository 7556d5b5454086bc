"""Dates and times of day, moved by one patient's shift; and ages between dates.

Strategy: a value is read by its form, moved as a point in time and written in the same
form again: precision, fraction and zone stay, and of a range both ends move. A date with
a time of day beside it moves across midnight with it; one without moves as its midnight.

Invariants: pure. What is no date or time gives "", never itself. Two values that are
both whole keep their interval to the second.

Standard: PS3.5 §6.2 (DA, DT, TM); PS3.15 §E.3.6.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.policy.key import DAY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.dicom.tag import Tag

OLDEST_YEARS = 90
_PAIRS = 256
_DATE = re.compile(r"(\d{4})(\.?)(\d{2})(\.?)(\d{2})")
_TIME = re.compile(
    r"([01]\d|2[0-3])(?:(:?)([0-5]\d)(?:\2([0-5]\d|60)(\.\d{1,6})?)?)?",
)
_DATE_TIME = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(\d\d(?:\d\d(?:\d\d(?:\.\d{1,6})?)?)?)?)?)?"
    r"([+-](?:0\d|1[0-4])[0-5]\d)?"
)
"""What may be a zone is one: of `2020-0500` nobody can tell otherwise."""


class Shift(NamedTuple):
    """How far a patient's dates move, in days, and times of day, in seconds within one."""

    days: int
    seconds: int = 0

    def days_at(self, second: int) -> int:
        """How many days a date moves at a second of the day: over midnight one more."""
        return self.days + (second + self.seconds) // DAY_SECONDS if self.seconds else self.days


def shift_date(source: str, shift: Shift, time: str = "") -> str:
    """A DA, moved, without the dots of old; "" if it is none. time: the TM beside it."""
    days = shift.days_at(_seconds(time) or 0)
    return _each_end(source, _DATE, lambda found: _date(found, days))


def shift_time(source: str, shift: Shift) -> str:
    """A TM, moved around the clock, without the colons of old; "" if it is none."""
    return _each_end(source, _TIME, lambda found: _time(found[0], shift.seconds))


def shift_date_time(source: str, shift: Shift) -> str:
    """A DT, moved with its precision, fraction and zone; "" if it is none.

    A year or a month without a day moves as its middle does.
    """
    return _each_end(source, _DATE_TIME, lambda found: _date_time(found, shift))


@lru_cache(_PAIRS)
def time_tag(tag: Tag) -> Tag | None:
    """The TM that says when on the day of a DA, as their keywords tell; None if there is none."""
    entry = data.entry(tag)
    found = None if entry is None else data.tag_of(entry.keyword.replace("Date", "Time"))
    return found if found is not None and data.vr_of(found) == "TM" else None


def year_of(source: str, shift: Shift, last: date | None) -> str:
    """The first day of the year of a DA, moved; "" if it is none. last: not before this year."""
    moved = parse_date(shift_date(source, shift))
    if moved is None:
        return ""
    year = moved.year if last is None else max(moved.year, last.year - OLDEST_YEARS)
    return f"{year:04}0101"


def age_between(born: date, on: date) -> str:
    """The age at a date as AS, over 89 as one; "" before birth. Standard: PS3.5 §6.2."""
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if on < born:
        return ""
    for unit, count in (("Y", months // 12), ("M", months), ("W", (on - born).days // 7)):
        if count > (1 if unit == "Y" else 0):
            return f"{min(count, OLDEST_YEARS):03}{unit}" if unit == "Y" else f"{count:03}{unit}"
    return f"{(on - born).days:03}D"


def parse_date(text: str) -> date | None:
    """The day of a DA, dots of old admitted; None if it is none."""
    match = _DATE.fullmatch(text.strip())
    return None if match is None else _moved(int(match[1]), int(match[3]), int(match[5]), 0)


# -- one end of a range ------------------------------------------------------------------


def _each_end(source: str, form: re.Pattern[str], move: Callable[[re.Match[str]], str]) -> str:
    """A value or both ends of a range, moved; "" where one of them is not of the form."""
    first = form.match(source)
    if first is not None and first.end() == len(source):
        return move(first)
    start = "" if first is None else move(first)
    hyphen = 0 if first is None else first.end()
    rest = source[hyphen + 1 :]
    last = form.fullmatch(rest)
    end = "" if last is None else move(last)
    known = (start or first is None) and (end or not rest) and (start or end)
    return f"{start}-{end}" if known and source[hyphen : hyphen + 1] == "-" else ""


def _date(found: re.Match[str], days: int) -> str:
    year, first, month, second, day = found.groups()
    moved = _moved(int(year), int(month), int(day), days)
    return _digits(moved) if moved and first == second else ""


def _digits(day: date) -> str:
    return day.isoformat().replace("-", "")


def _time(source: str, seconds: int) -> str:
    at = _seconds(source)
    if at is None:
        return ""
    digits = source.replace(":", "")
    if not seconds:
        return digits
    whole, dot, fraction = digits.partition(".")
    at = (at + seconds) % DAY_SECONDS
    moved = f"{at // 3600:02}{at // 60 % 60:02}{at % 60:02}"
    return moved[: len(whole)] + dot + fraction


def _seconds(time: str) -> int | None:
    """The second of the day that a TM begins with; None if it is none."""
    match = _TIME.fullmatch(time.strip())
    if match is None:
        return None
    hour, minute, second = (int(match[n] or 0) for n in (1, 3, 4))
    return hour * 3600 + minute * 60 + second


def _date_time(found: re.Match[str], shift: Shift) -> str:
    year, month, day, time, zone = found.groups()
    seconds = _seconds(time) if time else 0
    if seconds is None:
        return ""
    days = shift.days_at(seconds)
    moved = _moved(int(year), int(month or 7), int(day or (15 if month else 1)), days)
    if moved is None:
        return ""
    kept = _digits(moved)[: 8 if day else 6 if month else 4]
    return kept + (_time(time, shift.seconds) if time else "") + (zone or "")


def _moved(year: int, month: int, day: int, days: int) -> date | None:
    try:
        return date(year, month, day) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
