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
from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.dicom import value
from dicomanon.errors import ProfileError, UndecidedError
from dicomanon.policy.action import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.dicom.instance import Context, Element
    from dicomanon.policy.key import Key

ANONYMIZED = "ANONYMIZED"
PATIENT_NAME = 0x00100010
PATIENT_ID = 0x00100020

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

    def __init__(self, key: Key, patient_id: str) -> None:
        self._key = key
        self._patient_id = patient_id
        self._text: dict[Action, Callable[[Element, Context, str], str]] = {
            Action.DUMMY: lambda _element, _context, vr: DUMMIES[vr],
            Action.ZERO: lambda _element, _context, vr: ZEROS[vr],
            Action.TEXT: lambda _element, _context, _vr: ANONYMIZED,
            Action.UID: self._uids,
            Action.PSEUDONYM: self._pseudonym,
            Action.SHIFT: self._shifted,
        }

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
        text = self._text[action](element, context, vr)
        return value.encode(text, vr, level.little, context.charset)

    def _uids(self, element: Element, context: Context, _vr: str) -> str:
        source = context.instance.value(element).decode("latin-1")
        return "\\".join(self.uid(part.strip(" \0")) for part in source.split("\\"))

    def uid(self, source: str) -> str:
        """The new UID, or the same where DICOM itself registers it or there is none."""
        if not source or data.uid_name(source):
            return source
        return self._key.uid(source)

    def _pseudonym(self, element: Element, context: Context, _vr: str) -> str:
        if element.tag == PATIENT_NAME:
            identifier = context.data_set.find(PATIENT_ID)
            element = identifier if identifier and identifier.value_bytes else element
        source = (context.text(element) or "").strip()
        return self._key.pseudonym(source) if source else ""

    def _shifted(self, element: Element, context: Context, vr: str) -> str:
        source = (context.text(element) or "").strip()
        if not source:
            return ""
        if not self._patient_id:
            raise UndecidedError("no_patient")
        days = self._key.shift_days(self._patient_id)
        shift = shift_date if vr == "DA" else shift_date_time
        parts = source.split("\\")
        return "\\".join(_moved_or_dummy(shift, part.strip(), days, vr) for part in parts)


def _moved_or_dummy(shift: Callable[[str, int], str], source: str, days: int, vr: str) -> str:
    """One date, moved; what is no valid date is no date to keep."""
    moved = shift(source, days)
    return moved if not source or (moved and value.valid(moved, vr)) else DUMMIES[vr]


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
