"""What people call the parts of a date: months, ordinals, Japanese eras.

Strategy: tables of folded words, read by what finds dates and by what writes them anew.

Invariants: every word is in its folded form; eras stand latest first.
"""

from __future__ import annotations

from datetime import date

_MONTH_NAMES = (
    "january jan januar janvier enero janeiro gennaio",
    "february feb februar fevrier febrero febbraio",
    "march mar marz mars marzo",
    "april apr avril abril aprile",
    "may mai mayo maggio",
    "june jun juni juin junio giugno",
    "july jul juli juillet julio luglio",
    "august aug aout agosto",
    "september sep sept septembre septiembre settembre",
    "october oct oktober octobre octubre ottobre",
    "november nov novembre noviembre",
    "december dec dezember decembre diciembre dicembre",
)
MONTHS = {name: n for n, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
"""The month that a name or abbreviation says."""

ENGLISH = [names.split()[0] for names in _MONTH_NAMES]
"""The months in English."""

_UP_TO_TWENTY = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_ONES = _UP_TO_TWENTY[:9]
ORDINALS = {word: n for n, word in enumerate(_UP_TO_TWENTY, 1)}
"""The day that an ordinal in words says."""
ORDINALS |= {f"twenty{s}{word}": 20 + n for n, word in enumerate(_ONES, 1) for s in " -"}
ORDINALS |= {"thirtieth": 30, "thirty first": 31, "thirty-first": 31}

ERAS = (
    ("令和", date(2019, 5, 1), 2018, "r"),
    ("平成", date(1989, 1, 8), 1988, "h"),
    ("昭和", date(1926, 12, 25), 1925, "s"),
    ("大正", date(1912, 7, 30), 1911, "t"),
    ("明治", date(1873, 1, 1), 1867, "m"),
)
"""Name, first Gregorian day, the year before the first, letter."""

FIRST_YEAR = "元"
"""How the first year of an era is written."""

KANJI_DIGITS = "〇一二三四五六七八九"
"""By value."""

TWO_DIGITS = 2
"""The digits of a day, a month or a short year."""
