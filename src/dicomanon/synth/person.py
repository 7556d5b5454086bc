"""The made-up people of a set: patients, and who treats them.

Strategy: everything that identifies a patient is made once, and every element and text of
all studies is written from it, in the form that its place asks for.

Invariants: patients differ in ID and in the pair of names; nothing depends on the clock.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from dicomanon.dicom.charset import charset
from dicomanon.synth import names

if TYPE_CHECKING:
    from dicomanon.synth.dice import Dice

UTF8, LATIN1, JIS, KATAKANA_JIS, ASCII = (
    "ISO_IR 192",
    "ISO_IR 100",
    "\\ISO 2022 IR 87",
    "ISO 2022 IR 13\\ISO 2022 IR 87",
    "",
)
_FIRST_DAY = date(2011, 1, 4)
_DAYS = 4300
_PN_BYTES = 64
_OLD_YEARS = 93
_OLD = 9
"""Every so manieth patient is over 89, whose age is an identifier itself."""


@dataclass(frozen=True, slots=True)
class Person:
    """A name as texts write it; ideographic and phonetic are empty in English.

    romaji_last, romaji_first: what a console without other letters shows.
    """

    last: str
    first: str
    kanji_last: str = ""
    kanji_first: str = ""
    kana_last: str = ""
    kana_first: str = ""
    romaji_last: str = ""
    romaji_first: str = ""

    @property
    def pn(self) -> str:
        """The value of a PN, with all groups that there are."""
        groups = [f"{self.last}^{self.first}"]
        if self.kanji_last:
            groups.append(f"{self.kanji_last}^{self.kanji_first}")
            groups.append(f"{self.kana_last}^{self.kana_first}")
        return "=".join(groups)


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient, and who and what is around one.

    charset: Specific Character Set; first_day: of the first study; hospital_ascii: its name
    in Latin letters; other_id: a number given by somebody else.
    """

    number: int
    lang: str
    charset: str
    person: Person
    sex: str
    id: str
    born: date
    first_day: date
    hospital: str
    hospital_ascii: str
    street: str
    town: str
    phone: str
    email: str
    other_id: str
    doctor: Person
    operator: Person
    reader: Person

    @property
    def name_words(self) -> frozenset[str]:
        """The words of all names around the patient, case-folded, in Latin letters and others."""
        people = (self.person, self.doctor, self.operator, self.reader)
        parts = (part for person in people for part in astuple(person))
        return frozenset(word for part in parts for word in re.findall(r"\w+", part.casefold()))

    def age_years(self, day: date) -> int:
        """The whole years lived on a day."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


def patient(number: int, lang: str, dice: Dice) -> Patient:
    """Patient number `number`, from zero."""
    japanese = lang == "ja"
    terms = dice.pick((JIS, KATAKANA_JIS, UTF8) if japanese else (ASCII, LATIN1, UTF8))
    sex = dice.pick("FM")
    person = (_japanese if japanese else _western)(number, sex, terms, dice)
    first_day = _FIRST_DAY + timedelta(days=dice.below(_DAYS))
    years = _OLD_YEARS if number % _OLD == _OLD - 1 else dice.between(19, 88)
    born = first_day.replace(year=first_day.year - years, day=1) - timedelta(days=dice.below(300))
    place = dice.below(len(names.HOSPITALS))
    clinician = _japanese_clinician if japanese else _clinician
    roles = (clinician(dice.fork(role)) for role in ("doctor", "operator", "reader"))
    doctor, operator, reader = roles
    return Patient(
        number=number,
        lang=lang,
        charset=terms,
        person=person,
        sex=sex,
        id=_patient_id(number, dice, japanese=japanese),
        born=born,
        first_day=first_day,
        hospital=(names.JA_HOSPITALS if japanese else names.HOSPITALS)[place],
        hospital_ascii=(names.JA_HOSPITALS_ROMAJI if japanese else names.HOSPITALS)[place],
        street=names.JA_ADDRESSES[place] if japanese else _street(dice),
        town="" if japanese else names.TOWNS[place],
        phone=_phone(dice, japanese=japanese),
        email=f"{person.romaji_last}.{dice.digits(3)}@example.org".lower().replace("'", ""),
        other_id=f"{dice.digits(3)}-{dice.digits(2)}-{dice.digits(4)}",
        doctor=doctor,
        operator=operator,
        reader=reader,
    )


def _western(number: int, sex: str, terms: str, dice: Dice) -> Person:
    accented = [n for n in names.ACCENTED_SURNAMES if terms == UTF8 or _in_latin1(n)]
    surnames = names.SURNAMES if terms == ASCII or dice.chance(0.6) else accented
    last = surnames[number % len(surnames)] if dice.chance(0.5) else dice.pick(surnames)
    first = dice.pick(names.FEMALE if sex == "F" else names.MALE)
    if dice.chance(0.5):
        last, first = last.upper(), first.upper()
    return Person(last, first, romaji_last=_plain(last), romaji_first=_plain(first))


def _plain(name: str) -> str:
    """A name without accents, in capitals."""
    split = unicodedata.normalize("NFKD", name.upper().replace("Ø", "O"))
    return split.encode("ascii", "ignore").decode()


def _in_latin1(name: str) -> bool:
    return all(ord(char) < 256 for char in name)  # noqa: PLR2004 - what Latin-1 is


def _japanese(number: int, sex: str, terms: str, dice: Dice) -> Person:
    """The next surname, and the first of the shuffled given names that it has room for."""
    surnames = names.JA_SURNAMES + (names.VARIANTS if terms == UTF8 else ())
    firsts = dice.order(names.JA_FEMALE if sex == "F" else names.JA_MALE)
    start = number // 2
    found = (
        _spelled(surnames[(start + step) % len(surnames)], first, half=terms == KATAKANA_JIS)
        for step in range(len(surnames))
        for first in firsts
    )
    return next(person for person in found if _has_room(person, terms))


def _has_room(person: Person, terms: str) -> bool:
    """Whether a name has no more bytes than many readers allow, who count all groups as one."""
    coded = charset(terms.encode()).encode(person.pn)
    return coded is not None and len(coded) <= _PN_BYTES


def _spelled(last: names.Spelled, first: names.Spelled, *, half: bool) -> Person:
    return Person(
        last.half if half else last.romaji,
        first.half if half else first.romaji,
        last.kanji,
        first.kanji,
        last.kana,
        first.kana,
        last.romaji,
        first.romaji,
    )


def _clinician(dice: Dice) -> Person:
    last, first = dice.pick(names.CLINICIANS), dice.pick(names.CLINICIANS_FIRST)
    return Person(last, first, romaji_last=_plain(last), romaji_first=_plain(first))


def _japanese_clinician(dice: Dice) -> Person:
    lasts, firsts = dice.order(names.JA_CLINICIANS), dice.order(names.JA_MALE + names.JA_FEMALE)
    found = (_spelled(last, first, half=False) for last in lasts for first in firsts)
    return next(person for person in found if _has_room(person, JIS))


def _patient_id(number: int, dice: Dice, *, japanese: bool) -> str:
    """IDs as hospitals have them: with leading zeros, with letters, with hyphens."""
    serial = f"{number:03d}{dice.digits(5)}"
    if japanese:
        return dice.pick((f"00{serial}", f"{serial}"))
    return dice.pick((f"MRN{serial}", f"{serial[:4]}-{serial[4:]}", f"7{serial}"))


def _street(dice: Dice) -> str:
    return f"{dice.between(11, 998)} {dice.pick(names.STREETS)}"


def _phone(dice: Dice, *, japanese: bool) -> str:
    if japanese:
        return f"0{dice.between(3, 6)}-{dice.digits(4)}-{dice.digits(4)}"
    return f"({dice.digits(3)}) 555-{dice.digits(4)}"
