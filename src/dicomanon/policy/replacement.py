"""The value an action writes.

Strategy: dummies and zeros are one table by VR; everything keyed goes through `Key`;
dates are moved by whole days and keep their form and precision. Values are made as
text and encoded once, in the element's own VR and character set.

Invariants: what is made is valid for its VR and has even length. No part of a source
value is in a replacement, but for what `shift` keeps of a date's form and time.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.dicom import value
from dicomanon.dicom.vr import VRS
from dicomanon.errors import ProfileError, UndecidedError
from dicomanon.policy.action import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.dicom.instance import Context, Element, Instance
    from dicomanon.policy.clean import Cleaner
    from dicomanon.policy.key import Key
    from dicomanon.policy.lookup import Lookup, Subject

ANONYMIZED = "ANONYMIZED"
PATIENT_NAME = 0x00100010
PATIENT_ID = 0x00100020
PATIENT_BIRTH_DATE = 0x00100030
PATIENT_AGE = 0x00101010
STUDY_DATES = (0x00080020, 0x00080021, 0x00080022, 0x00080023)
OLDEST_YEARS = 90
DICOM_ROOT = "1.2.840.10008."

DUMMIES = {
    "AE": ANONYMIZED,
    "AS": "000Y",
    "AT": "00000000",
    "CS": ANONYMIZED,
    "DA": "19000101",
    "DT": "19000101000000",
    "PN": ANONYMIZED,
    "TM": "000000",
    "UI": "2.25.0",
    "UR": "urn:anonymized",
    **dict.fromkeys(("SH", "LO", "ST", "LT", "UC", "UT"), ANONYMIZED),
    "IS": "1",  # counts and frame numbers begin at one
    **dict.fromkeys(("DS", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"), "0"),
}
ZEROS = {
    **DUMMIES,
    **dict.fromkeys(("IS", "AE", "CS", "PN", "SH", "LO", "ST", "LT", "UC", "UT"), "0"),
}
_DATE_TIME = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(\d\d(?:\d\d(?:\d\d(?:\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?\Z"
)
_DATE_ONLY = re.compile(r"(\d{4})(\.?)(\d{2})(\.?)(\d{2})\Z")


class Replacement:
    """Makes the new raw value of elements for one instance, profile and key."""

    def __init__(
        self,
        instance: Instance,
        key: Key,
        patient_id: str,
        *,
        dates: str = "REMOVED",
        lookup: Lookup | None = None,
    ) -> None:
        self._instance = instance
        self._lookup = lookup
        self._subject = None if lookup is None else lookup.subject(patient_id)
        self._dates = dates
        self._key = key
        self._patient_id = patient_id

    def raw(self, action: Action, element: Element, context: Context, vr: str, given: str) -> bytes:
        """The raw value that `action` writes; vr: the one to encode in; given: with `value`.

        Raises:
            ProfileError: the given value does not fit the VR or the character set.
            UndecidedError: dates are to be shifted and no patient is named.
        """
        if action is Action.EMPTY:
            return b""
        level = context.data_set
        if action is Action.VALUE:
            if not value.valid(given, vr):
                raise ProfileError("action_value")
            return value.encode(given, vr, level.little, context.charset)
        if vr not in DUMMIES:  # bulk: as many zeros as it had bytes, so that its size still fits
            return bytes(element.value_bytes + element.value_bytes % 2)
        text = _TEXT[action](self, element, context, vr)
        return value.encode(text, vr, level.little, context.charset)

    def _uids(self, element: Element, context: Context, _vr: str) -> str:
        source = context.instance.value(element).decode("latin-1")
        return "\\".join(self.uid(part.strip(" \0")) for part in source.split("\\"))

    def uid(self, source: str) -> str:
        """The new UID, or the same where DICOM itself registers it or there is none."""
        if not source or (source.startswith(DICOM_ROOT) and data.uid_name(source)):
            return source
        return self._key.uid(source)

    def _pseudonym(self, element: Element, context: Context, _vr: str) -> str:
        named = element.tag == PATIENT_NAME
        if named:
            identifier = context.data_set.find(PATIENT_ID)
            element = identifier if identifier and identifier.value_bytes else element
        source = (context.text(element) or "").strip()
        subject = self._subject_of(source)
        if subject is not None:
            return subject.name if named and subject.name else subject.id_new
        return self._key.pseudonym(source) if source else ""

    def _subject_of(self, patient_id: str) -> Subject | None:
        """Who a lookup table says this is; without an ID at a level, the instance's patient."""
        if self._lookup is None:
            return None
        return self._lookup.find(patient_id) if patient_id else self._subject

    def _aged(self, element: Element, context: Context, _vr: str) -> str:
        """The age as written, or as the dates tell; one beyond 89 becomes 90 years."""
        written = (context.text(element) or "").strip()
        if not written:
            return self.age(context)
        count, unit = written[:-1], written[-1:]
        old = count.isdigit() and unit == "Y" and int(count) >= OLDEST_YEARS
        return f"{OLDEST_YEARS:03}Y" if old or not value.valid(written, "AS") else written

    def age(self, context: Context) -> str:
        """The age at the study that this level's dates tell, "" where they do not."""
        born = _date_of(self._text_of(context, PATIENT_BIRTH_DATE))
        dates = (_date_of(self._text_of(context, tag)) for tag in STUDY_DATES)
        on = next((found for found in dates if found is not None), None)
        return "" if born is None or on is None else age_between(born, on)

    @staticmethod
    def _text_of(context: Context, tag: int) -> str:
        element = context.data_set.find(tag)
        return "" if element is None else context.text(element) or ""

    def _cleaned(self, element: Element, context: Context, vr: str) -> str:
        """The text without what identifies; nothing where it cannot be written back."""
        source = context.text(element) or ""
        room = VRS[vr].max_chars
        parts = value.split_values(source, vr)
        text = "\\".join(self._cleaner.clean(part, room).text for part in parts)
        fits = value.valid(text, vr) and context.charset.encode(text) is not None
        return text if fits else ""

    @cached_property
    def _cleaner(self) -> Cleaner:
        """Made of what the instance says of its people, when a text is first cleaned.

        Dates in text go the way of the others: stay, move as far, or are cut.
        """
        from dicomanon.policy.clean import cleaner  # noqa: PLC0415 - only cleaning needs words
        from dicomanon.policy.identity import collect  # noqa: PLC0415

        days = 0 if self._dates == "UNMODIFIED" else None
        if self._dates == "MODIFIED" and self._patient_id:
            days = self._shift_days()
        return cleaner(collect(self._instance), shift_days=days)

    def _shift_days(self) -> int:
        """How far the patient's dates move: as a table says, else as the key does.

        Two old IDs that a table gives one new ID are one person, so their dates move alike.
        """
        subject = self._subject
        if subject is None:
            return self._key.shift_days(self._patient_id)
        given = subject.offset_days
        return self._key.shift_days(subject.id_new) if given is None else given

    def _shifted(self, element: Element, context: Context, vr: str) -> str:
        source = (context.text(element) or "").strip()
        if not source:
            return ""
        if not self._patient_id:
            raise UndecidedError("no_patient")
        days = self._shift_days()
        shift = shift_date if vr == "DA" else shift_date_time
        parts = source.split("\\")
        return "\\".join(_moved_or_dummy(shift, part.strip(), days, vr) for part in parts)


# Not in the instance: bound methods in it would make it, and all it holds, a cycle.
_TEXT: dict[Action, Callable[[Replacement, Element, Context, str], str]] = {
    Action.DUMMY: lambda _self, _element, _context, vr: DUMMIES[vr],
    Action.ZERO: lambda _self, _element, _context, vr: ZEROS[vr],
    Action.TEXT: lambda _self, _element, _context, _vr: ANONYMIZED,
    Action.UID: Replacement._uids,  # noqa: SLF001 - the class's own table
    Action.PSEUDONYM: Replacement._pseudonym,  # noqa: SLF001
    Action.SHIFT: Replacement._shifted,  # noqa: SLF001
    Action.AGE: Replacement._aged,  # noqa: SLF001
    Action.CLEAN: Replacement._cleaned,  # noqa: SLF001
}


def _moved_or_dummy(shift: Callable[[str, int], str], source: str, days: int, vr: str) -> str:
    """One date, moved; what is no valid date is no date to keep."""
    moved = shift(source, days)
    return moved if not source or (moved and value.valid(moved, vr)) else DUMMIES[vr]


def age_between(born: date, on: date) -> str:
    """The age at a date as AS; "" before birth. Standard: PS3.5 §6.2."""
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if on < born:
        return ""
    for unit, count in (("Y", months // 12), ("M", months), ("W", (on - born).days // 7)):
        if count > (1 if unit == "Y" else 0):
            return f"{min(count, OLDEST_YEARS):03}{unit}" if unit == "Y" else f"{count:03}{unit}"
    return f"{(on - born).days:03}D"


def _date_of(text: str) -> date | None:
    match = _DATE_ONLY.match(text.strip())
    return None if match is None else _moved(int(match[1]), int(match[3]), int(match[5]), 0)


def shift_date(source: str, days: int) -> str:
    """A DA moved by whole days, without the dots of old; "" if it is not a date.

    Standard: PS3.5 §6.2.
    """
    match = _DATE_ONLY.match(source)
    if match is None:
        return ""
    year, first, month, second, day = match.groups()
    moved = _moved(int(year), int(month), int(day), days)
    return moved.isoformat().replace("-", "") if moved and first == second else ""


def shift_date_time(source: str, days: int) -> str:
    """A DT moved by whole days with its precision, time and zone; "" if it is not one.

    A year or a month without a day moves as its middle does.
    """
    match = _DATE_TIME.match(source)
    if match is None:
        return ""
    year, month, day, time, zone = match.groups()
    moved = _moved(int(year), int(month or 7), int(day or (15 if month else 1)), days)
    if moved is None:
        return ""
    digits = moved.isoformat().replace("-", "")
    return digits[: 8 if day else 6 if month else 4] + (time or "") + (zone or "")


def _moved(year: int, month: int, day: int, days: int) -> date | None:
    try:
        return date(year, month, day) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
