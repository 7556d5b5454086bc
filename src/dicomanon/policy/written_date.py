"""Dates in running text, found in the layouts people write.

Strategy: three patterns on folded text, one for digits, one for the names of months, one
for 年月日 and the eras. A match says which span is year, month and day, so that a date can be
written anew in its own layout. What is a date without a year or a day tells no full date.

Invariants: linear; every quantifier has a bound. A year alone is not a date. A date that
can be read in two ways says no day unless the patient is known to have one of them.

Standard: PS3.15 §E.3.6 (modified dates); 45 CFR 164.514(b)(2)(i)(C).
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.policy.date_words import (
    ERAS,
    FIRST_YEAR,
    KANJI_DIGITS,
    MONTHS,
    ORDINALS,
    TWO_DIGITS,
)
from dicomanon.policy.lexicon import measured

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from dicomanon.policy.fold import Folded

_ERA_OFFSETS = {name: before for era, _, before, letter in ERAS for name in (era, letter)}
_ERA_WORDS = frozenset(letter for *_, letter in ERAS)
_PARTS = frozenset(("y", "m", "d", "e", "ey", "mon"))
_PIVOT_YEAR = 50
_MONTHS_A_YEAR = 12
_DAYS_A_MONTH = 31


def _longest_first(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_Y = r"(?:1[89]|20)\d\d"
_CLOCK = r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\.\d{1,6})?)?(?:[+-]\d{4})?"
_DIGITS = re.compile(
    rf"(?<!\d)(?<!\d\.)(?:"
    rf"(?P<y1>{_Y})(?P<s1>[-/._]|(?= \d\d \d\d) )(?P<m1>\d{{1,2}})(?P=s1)(?P<d1>\d{{1,2}})(?!\d)"
    rf"|(?P<y2>{_Y})(?P<m2>0[1-9]|1[0-2])(?P<d2>0[1-9]|[12]\d|3[01])(?:[t_ -]?{_CLOCK})?(?!\d)"
    rf"|(?<![/.])(?:(?<![a-z])|(?=\d\d[-/.]\d\d[-/.]{_Y}))"  # no version is that long
    rf"(?P<a3>\d{{1,2}})(?P<s3>[-/.])(?P<b3>\d{{1,2}})(?P=s3)"
    rf"(?P<y3>{_Y}|\d\d)(?!\d)(?!\.\d)"
    rf"|(?<![/.-])(?P<y4>{_Y})[-/](?P<m4>0[1-9]|1[0-2])(?![\d/-])"
    rf"|(?<![/.-])(?P<m5>0[1-9]|1[0-2])[-/](?P<y5>{_Y})(?![\d/-])"
    rf"|(?<![\w/.-])(?P<a6>\d{{1,2}})[-/](?P<b6>\d{{1,2}})(?![\w/-])(?!\.\d)"
    rf")"
)
_MONTH = rf"(?P<mon{{0}}>{_longest_first(MONTHS)})(?![a-z])\.?"
_NUMBERED = rf"(?P<d{{0}}>\d{{{{1,2}}}}(?:st|nd|rd|th)?(?![a-z\d])|{_longest_first(ORDINALS)})"
_BETWEEN = r"(?: of |[-/ ,.']{0,2})"
_DAY_FIRST = _NUMBERED.format(1).replace(r"(?![a-z\d])", "")
_NAMED = re.compile(
    rf"(?<![a-z\d.])(?:{_DAY_FIRST}{_BETWEEN}{_MONTH.format(1)}"
    rf"(?:{_BETWEEN}(?P<y1>{_Y}|'?\d\d(?!\d)))?"
    rf"|{_MONTH.format(2)}{_BETWEEN}(?:the )?{_NUMBERED.format(2)}"
    rf"(?:,? ?[-/,.']?(?P<y2>{_Y}|(?<=[-/,'])\d\d(?!\d)))?"
    rf"|{_MONTH.format(3)}{_BETWEEN}(?P<y3>{_Y})"
    rf"|{_MONTH.format(4)}(?P<d4>\d\d)(?P<y4>{_Y}|\d\d)"
    rf")(?!\d)(?!\.\d)"
)
_N = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_ERA = rf"(?:{'|'.join(name for name, *_ in ERAS)}|(?<![a-z])[rhstm]\.?)"
_JAPANESE = re.compile(
    rf"(?:(?P<e1>{_ERA}) ?(?P<ey1>{_N}|元)|(?P<y1>{_Y}|[{KANJI_DIGITS}]{{4}}|(?<!\d)\d\d)) ?年 ?"
    rf"(?P<m1>{_N}) ?月(?: ?(?P<d1>{_N}) ?日)?"
    rf"|(?P<e2>{_ERA}) ?(?P<ey2>\d{{1,2}}|元)(?P<s2>[./-])(?P<m2>\d{{1,2}})(?P=s2)"
    rf"(?P<d2>\d{{1,2}})(?!\d)(?!\.\d)"
    rf"|(?<!\d)(?P<m3>{_N}) ?月 ?(?P<d3>{_N}) ?日"
)
_WEEKDAY = re.compile(
    r" ?[(\[]?(?:[月火水木金土日](?:曜日?)?[)\]]|[月火水木金土日]曜日?"
    r"|[,(] ?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[)]?(?![a-z]))"
)
_TIME = re.compile(
    r"(?:[t ,_@-]| at ){0,3}(?:午[前後] ?)?\d{1,2}(?::\d\d(?::\d\d(?:\.\d{1,6})?)?"
    r"|時(?: ?\d{1,2}分(?: ?\d{1,2}秒)?)?)(?: ?[ap]m(?![a-z]))?(?:z(?![a-z])|[+-]\d\d:?\d\d)?"
)
_TIME_BEFORE = re.compile(
    r"(?<![a-z\d])(?:\d{1,2}:\d\d(?::\d\d(?:\.\d{1,6})?)?(?: ?[ap]m)?"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?)[ ,]{1,2}\Z"
)
_BEFORE_CHARS = 20
_MAX_TAIL = 64


class Written(NamedTuple):
    """A date as it stands in a folded text.

    start, stop: with the time and weekday beside it; first, last: without them; day: None
    if no one full date is said; parts: the spans of year (y), month (m, or mon by name),
    day (d), era (e) and year of the era (ey); weekdays: the spans of the weekday beside it.
    """

    start: int
    stop: int
    first: int
    last: int
    day: date | None
    parts: tuple[tuple[int, int, str], ...]
    weekdays: tuple[tuple[int, int], ...]


def find_dates(text: Folded, words: AbstractSet[str], known: frozenset[date]) -> list[Written]:
    """Every date in a text.

    words: the Latin words in it; known: the patient's dates, which settle what can be read in
    two ways.
    """
    found: list[Written] = []
    for match in _matches(text, words):
        if found and match.start() < found[-1].stop:
            continue
        written = _read(match, text, known)
        if written is not None:
            found.append(written)
    return found


def _matches(text: Folded, words: AbstractSet[str]) -> list[re.Match[str]]:
    folded = text.folded
    patterns = []
    if text.digits > 1:
        patterns.append(_DIGITS)
    if (
        "年" in folded
        or "月" in folded
        or not _ERA_WORDS.isdisjoint(words)
        or (not folded.isascii() and any(name in folded for name, *_ in ERAS))
    ):
        patterns.append(_JAPANESE)
    if not MONTHS.keys().isdisjoint(words):
        patterns.append(_NAMED)
    found = [match for pattern in patterns for match in pattern.finditer(folded)]
    if len(patterns) > 1:
        found.sort(key=lambda match: (match.start(), -match.end()))
    return found


def _read(match: re.Match[str], text: Folded, known: frozenset[date]) -> Written | None:
    spans = {
        name.rstrip("123456"): match.span(name)
        for name, value in match.groupdict().items()
        if value is not None
    }
    said = {name: text.folded[start:stop] for name, (start, stop) in spans.items()}
    day: date | None
    if "a" in said:
        before = text.folded[match.start() - 1 : match.start()]
        reading = None if before == said.get("s") == "-" else _settle(said, known)
        if reading is None:
            return None
        day, spans["d"], spans["m"] = reading[0], spans[reading[1]], spans[reading[2]]
    elif _plausible(said, match, text):
        day = _day(said)
    else:
        return None
    start, stop, weekdays = _with_time(text.folded, match.start(), match.end())
    parts = sorted((*span, name) for name, span in spans.items() if name in _PARTS)
    return Written(start, stop, match.start(), match.end(), day, tuple(parts), weekdays)


def _settle(said: dict[str, str], known: frozenset[date]) -> tuple[date | None, str, str] | None:
    """Which of two numbers is the day: (the date, day's name, month's name), None if neither."""
    a, b, year = said["a"], said["b"], said.get("y")
    if year is None:
        return (None, "a", "b") if _is_known_day(a, b, known) else None
    if len(year) == TWO_DIGITS and said["s"] != "/" and len(a + b) != 2 * TWO_DIGITS:
        return None
    found = [
        (day, d, m)
        for d, m in (("a", "b"), ("b", "a"))
        if (day := _day({"y": year, "m": said[m], "d": said[d]})) is not None
    ]
    if said["s"] == "." or len(found) == 1:  # dots stand where days come first
        return found[0] if found else None
    sure = [reading for reading in found if reading[0] in known and a != b]
    return sure[0] if sure else (None, "a", "b") if found else None


def _is_known_day(a: str, b: str, known: frozenset[date]) -> bool:
    """Whether two numbers of two digits, without a year, are a day that the patient has."""
    days = {(day.month, day.day) for day in known}
    return len(a + b) == 2 * TWO_DIGITS and ((int(a), int(b)) in days or (int(b), int(a)) in days)


def _plausible(said: dict[str, str], match: re.Match[str], text: Folded) -> bool:
    """Whether what looks like a date is none of the other things that do: C5/6, T1.5, MAR 12."""
    month, day = _number(said.get("m", "1")), _number(said.get("d", "1"))
    if not (1 <= month <= _MONTHS_A_YEAR and 1 <= day <= _DAYS_A_MONTH):
        return "e" in said and len(said["e"]) > 1  # an era by name is meant as a date
    if "mon" in said and "y" not in said:
        return text.is_upper(match.start() + match[0].index(said["mon"])) and not measured(
            text.folded, match.end()
        )
    if said.get("e", "")[:1] in ("m", "t", "s") and "s" in said:
        return said["s"] == "." or (said["s"] == "/" and len(said["ey"]) == TWO_DIGITS)
    return True


def _day(said: dict[str, str]) -> date | None:
    if "d" not in said or not ("y" in said or "ey" in said):
        return None
    if "ey" in said:
        year = _ERA_OFFSETS[said["e"].rstrip(".")] + _number(said["ey"])
    else:
        digits = said["y"].lstrip("'")
        year = _number(digits)
        if len(digits) == TWO_DIGITS:
            year += 1900 if year >= _PIVOT_YEAR else 2000
    month = MONTHS[said["mon"]] if "mon" in said else _number(said["m"])
    try:
        return date(year, month, _number(said["d"]))
    except ValueError:
        return None


def _number(text: str) -> int:
    """The number that digits, kanji or an ordinal say; 0 if it is none."""
    if text in ORDINALS:
        return ORDINALS[text]
    if text == FIRST_YEAR:
        return 1
    digits = re.match(r"\d+", text)
    if digits:
        return int(digits[0])
    tens, ten, ones = text.rpartition("十")
    if ten:
        return (KANJI_DIGITS.find(tens) if tens else 1) * 10 + max(
            0, KANJI_DIGITS.find(ones or "〇")
        )
    return int("".join(str(KANJI_DIGITS.find(c)) for c in text).replace("-1", "0") or "0")


def _with_time(folded: str, start: int, stop: int) -> tuple[int, int, tuple[tuple[int, int], ...]]:
    """The span with the weekday and the time beside it, and the weekday's spans."""
    weekdays = []
    after = _WEEKDAY.match(folded, stop)
    if after:
        weekdays.append(after.span())
    last = after.end() if after else stop
    time = _TIME.match(folded, last, min(len(folded), last + _MAX_TAIL))
    before = _TIME_BEFORE.search(folded[max(0, start - _BEFORE_CHARS) : start])
    first = start - len(before[0]) if before else start
    if before and before[0][0].isalpha():
        weekdays.append((first, start))
    return first, time.end() if time else last, tuple(weekdays)
