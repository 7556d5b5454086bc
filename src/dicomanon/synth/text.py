"""Free text that knows which of its parts identify somebody and which must stay.

Strategy: a sentence is written with two marks, `[what must stay]` and `{what identifies}`.
The mark's name says in which form a patient's name, ID or date stands there, and so which
class of HIPAA's it belongs to. A sentence in which a planted word also occurs elsewhere
would make an unfair question, so it is not asked: another sentence is taken.

Invariants: the parts joined are the text; no planted word occurs outside its own place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dicomanon.synth.dice import Dice
    from dicomanon.synth.person import Patient

KEEP, FILLER, DATE = "keep", "", "C"
_MARK = re.compile(r"\[(?P<keep>[^\]]*)\]|\{(?P<plant>\w+)\}")
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_ERAS = (
    ("令和", "R", date(2019, 5, 1)),
    ("平成", "H", date(1989, 1, 8)),
    ("昭和", "S", date(1926, 12, 25)),
    ("大正", "T", date(1912, 7, 30)),
)
_DIGITS: tuple[str, ...] = ("", *"一二三四五六七八九")
_WIDE = str.maketrans("0123456789/", "０１２３４５６７８９／")


class Part(NamedTuple):
    """A piece of a text; kind: `KEEP`, `FILLER`, or the HIPAA letter of what it plants."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its parts."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)

    @property
    def planted(self) -> tuple[Part, ...]:
        """The parts that identify, in order."""
        return tuple(part for part in self.parts if part.kind not in (KEEP, FILLER))

    @property
    def kept(self) -> tuple[str, ...]:
        """The parts that must stay, in order."""
        return tuple(part.text for part in self.parts if part.kind == KEEP)

    @property
    def fair(self) -> bool:
        """Whether every planted word occurs in its own places only, also once dates are shifted."""
        rest = " ".join(p.text for p in self.parts if p.kind in (KEEP, FILLER)).lower()
        if any(p.kind == DATE and any(map(str.isalpha, p.text)) for p in self.parts):
            rest += " ".join(_MONTHS).lower()
        words = (word for p in self.planted if p.kind != DATE for word in p.text.split())
        return not any(word.lower() in rest for word in words)


def kept(text: str) -> Text:
    """A text in which nothing identifies anybody."""
    return Text((Part(text, KEEP),))


def planted(text: str, kind: str) -> Text:
    """A text that identifies as a whole; kind: HIPAA's letter."""
    return Text((Part(text, kind),))


# -- the forms of names, numbers and dates -----------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What the texts of one study are about; day: of the study; exam: what was done, in words."""

    patient: Patient
    day: date
    accession: str
    exam: str


def _words_date(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _american_date(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def _era(day: date) -> tuple[str, str, int]:
    name, letter, first = next(era for era in _ERAS if day >= era[2])
    return name, letter, day.year - first.year + 1


def _era_date(day: date) -> str:
    name, _, year = _era(day)
    return f"{name}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def _era_letter_date(day: date) -> str:
    _, letter, year = _era(day)
    return f"{letter}{year}.{day.month}.{day.day}"


def _kanji_date(day: date) -> str:
    """All in ideographs: 令和二年五月十三日."""
    name, _, year = _era(day)
    return f"{name}{'元' if year == 1 else _kanji(year)}年{_kanji(day.month)}月{_kanji(day.day)}日"


def _kanji(number: int) -> str:
    """A number from 1 to 99 in ideographs."""
    tens, ones = divmod(number, 10)
    return (_DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + _DIGITS[ones]


_FORMS: Mapping[str, tuple[str, Callable[[Facts], str]]] = {
    "last": ("A", lambda f: f.patient.person.last),
    "first": ("A", lambda f: f.patient.person.first),
    "LAST": ("A", lambda f: f.patient.person.last.upper()),
    "FIRST": ("A", lambda f: f.patient.person.first.upper()),
    "kanji_last": ("A", lambda f: f.patient.person.kanji_last),
    "kanji_first": ("A", lambda f: f.patient.person.kanji_first),
    "kana_last": ("A", lambda f: f.patient.person.kana_last),
    "doctor": ("A", lambda f: f.patient.doctor.last),
    "kanji_doctor": ("A", lambda f: f.patient.doctor.kanji_last),
    "reader": ("A", lambda f: f.patient.reader.last),
    "kanji_reader": ("A", lambda f: f.patient.reader.kanji_last),
    "id": ("H", lambda f: f.patient.id),
    "id_wide": ("H", lambda f: f.patient.id.translate(_WIDE)),
    "other_id": ("G", lambda f: f.patient.other_id),
    "accession": ("R", lambda f: f.accession),
    "phone": ("D", lambda f: f.patient.phone),
    "email": ("F", lambda f: f.patient.email),
    "street": ("B", lambda f: f.patient.street),
    "date": (DATE, lambda f: f"{f.day:%Y-%m-%d}"),
    "date_digits": (DATE, lambda f: f"{f.day:%Y%m%d}"),
    "date_slashed": (DATE, lambda f: f"{f.day:%m/%d/%Y}"),
    "date_words": (DATE, lambda f: _words_date(f.day)),
    "date_american": (DATE, lambda f: _american_date(f.day)),
    "date_ja": (DATE, lambda f: f"{f.day.year}年{f.day.month}月{f.day.day}日"),
    "date_era": (DATE, lambda f: _era_date(f.day)),
    "date_era_letter": (DATE, lambda f: _era_letter_date(f.day)),
    "date_wide": (DATE, lambda f: f"{f.day:%Y/%m/%d}".translate(_WIDE)),
    "date_short": (DATE, lambda f: f"{f.day.month}/{f.day.day}/{f.day:%y}"),
    "date_month": (
        DATE,
        lambda f: f"{f.day.day:02d}-{_MONTHS[f.day.month - 1][:3].upper()}-{f.day.year}",
    ),
    "date_kanji": (DATE, lambda f: _kanji_date(f.day)),
    "born": (DATE, lambda f: f"{f.patient.born:%d.%m.%Y}"),
    "born_words": (DATE, lambda f: _american_date(f.patient.born)),
    "born_era": (DATE, lambda f: _era_date(f.patient.born)),
}
"""Mark -> HIPAA's letter, and how it is written. Standard: 45 CFR 164.514(b)(2)(i)."""


def filled(sentence: str, facts: Facts) -> Text:
    """A sentence about a patient; `[exam]` stands for what was done."""
    parts: list[Part] = []
    at = 0
    for match in _MARK.finditer(sentence):
        parts.append(Part(sentence[at : match.start()], FILLER))
        if match["plant"] is not None:
            kind, form = _FORMS[match["plant"]]
            parts.append(Part(form(facts), kind))
        else:
            parts.append(Part(match["keep"].replace("exam", facts.exam), KEEP))
        at = match.end()
    parts.append(Part(sentence[at:], FILLER))
    return Text(tuple(part for part in parts if part.text))


def sentence(
    choices: Sequence[str], facts: Facts, dice: Dice, max_chars: int, fits: Callable[[str], bool]
) -> Text | None:
    """The first of the shuffled sentences that is fair, short enough and can be encoded."""
    for choice in dice.order(choices):
        text = filled(choice, facts)
        if text.fair and len(str(text)) <= max_chars and fits(str(text)):
            return text
    return None
