"""The value an action writes.

Strategy: dummies and zeros are one table by VR; everything keyed goes through `Key`;
dates are moved by the patient's shift and keep their form and precision. Values are made
as text and encoded once, in the element's own VR and character set, or in UTF-8 where
that has no such character: then the data set moves there as a whole (recode.py).

Invariants: what is made is valid for its VR and has even length. No part of a source
value is in a replacement, but for what `shift`, `year` and `clean` are there to keep.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.dicom import value
from dicomanon.dicom.charset import UTF_8
from dicomanon.dicom.vr import VRS
from dicomanon.errors import ProfileError, UndecidedError
from dicomanon.policy.action import Action
from dicomanon.policy.payload import ENCAPSULATED_DOCUMENT, MIME_TYPE, blank_document
from dicomanon.policy.recode import declaring
from dicomanon.policy.shift import (
    OLDEST_YEARS,
    Shift,
    age_between,
    parse_date,
    shift_date,
    shift_date_time,
    shift_time,
    time_tag,
    year_of,
)
from dicomanon.policy.sound import WAVEFORM_DATA, silence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from dicomanon.dicom.instance import Context, DataSet, Element, Instance
    from dicomanon.dicom.tag import Tag
    from dicomanon.policy.clean import Cleaned, Cleaner, Cut
    from dicomanon.policy.identity import Identity
    from dicomanon.policy.key import Key
    from dicomanon.policy.lookup import Subject
    from dicomanon.policy.profile import Profile
    from dicomanon.policy.ruling import Ruling

    Clean = Callable[[str, int | None], Cleaned]

ANONYMIZED = "ANONYMIZED"
PATIENT_NAME = 0x00100010
PATIENT_ID = 0x00100020
PATIENT_BIRTH_DATE = 0x00100030
PATIENT_AGE = 0x00101010
STUDY_DATES = (0x00080020, 0x00080021, 0x00080022, 0x00080023)
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


class Replacement:
    """Makes the new raw value of elements for one instance, profile and key.

    known: what other instances say of the same patient; cuts: what was cut, by element;
    outgrown: elements written in UTF-8 -> the data set that declares another character set.
    """

    def __init__(
        self,
        instance: Instance,
        profile: Profile,
        key: Key,
        rulings: Mapping[Tag, Ruling],
        known: Identity | None = None,
    ) -> None:
        self._instance = instance
        self._profile = profile
        self._key = key
        self._rulings = rulings
        self._known = known
        self._patient_id = instance.text(PATIENT_ID).strip()
        lookup = profile.lookup
        self._subject = None if lookup is None else lookup.subject(self._patient_id)
        self.cuts: dict[Element, tuple[Cut, ...]] = {}
        self.outgrown: dict[Element, DataSet] = {}

    def raw(self, action: Action, element: Element, context: Context, vr: str, given: str) -> bytes:
        """The raw value that `action` writes; vr: the one to encode in; given: with `value`.

        Raises:
            ProfileError: the given value does not fit the VR.
            UndecidedError: dates are to be shifted and no patient is named.
        """
        if action is Action.EMPTY:
            return b""
        if action is Action.CLEAN:
            return self._cleaned(element, context, vr, self._cleaner.clean)
        if action is Action.VALUE:
            if not value.valid(given, vr):
                raise ProfileError("action_value")
            return self._encoded(given, element, context, vr)
        if vr not in DUMMIES:
            return self._bulk(element, context)
        return self._encoded(_TEXT[action](self, element, context, vr), element, context, vr)

    def _encoded(self, text: str, element: Element, context: Context, vr: str) -> bytes:
        charset = context.charset
        if not text.isascii() and not value.fits(text, vr, charset):
            self.outgrown[element] = declaring(context)
            charset = UTF_8
        return value.encode(text, vr, context.data_set.little, charset)

    def _bulk(self, element: Element, context: Context) -> bytes:
        """As many zeros as there were bytes, so a size still fits; silence, a blank document."""
        zeros = bytes(element.value_bytes + element.value_bytes % 2)
        if element.tag == WAVEFORM_DATA:
            return silence(context, len(zeros))
        if element.tag != ENCAPSULATED_DOCUMENT:
            return zeros
        return blank_document(context.text_of(MIME_TYPE), len(zeros))

    # -- identifiers ---------------------------------------------------------------

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
        lookup = self._profile.lookup
        if lookup is None:
            return None
        return lookup.find(patient_id) if patient_id else self._subject

    # -- text ------------------------------------------------------------------------

    def cut(self, element: Element, context: Context, vr: str, *, known: bool) -> bytes:
        """A kept text without what the person listed; known: and without who is known.

        What cannot be read stays as it is: the leak check has the last word on it.
        """
        raw = context.instance.value(element)
        if not context.charset.readable(raw, delimiters=value.delimiters(vr)):
            return raw
        clean = self._cleaner.cut_known if known else self._cleaner.cut
        return self._cleaned(element, context, vr, clean)

    def _cleaned(self, element: Element, context: Context, vr: str, clean: Clean) -> bytes:
        """The text without what identifies; nothing where it cannot be read.

        A text without a cut stays as it is, to the byte.
        """
        raw = context.instance.value(element)
        source = context.text(element) or ""
        if not context.charset.readable(raw, delimiters=value.delimiters(vr)):
            return b""
        texts: list[str] = []
        cuts: list[Cut] = []
        start = 0
        for part in value.split_values(source, vr):
            done = clean(part, VRS[vr].max_chars)
            texts.append(done.text)
            cuts += (c._replace(start=c.start + start, stop=c.stop + start) for c in done.cuts)
            start += len(part) + 1
        text = "\\".join(texts)
        if text == source:
            return raw
        self.cuts[element] = tuple(cuts)
        return self._encoded(text if value.valid(text, vr) else "", element, context, vr)

    def words_of(self, text: str) -> str:
        """The known words of a text that somebody else's stamp is."""
        return self._made_cleaner(strict=True).clean(text).text

    @cached_property
    def _cleaner(self) -> Cleaner:
        return self._made_cleaner(strict=self._profile.strict)

    def _made_cleaner(self, *, strict: bool) -> Cleaner:
        """Made of what the instances say of their people, when a text is first cleaned.

        Dates in text go the way of the others: stay, move as far, or are cut.
        """
        from dicomanon.policy.clean import cleaner  # noqa: PLC0415 - only cleaning needs words
        from dicomanon.policy.identity import collect  # noqa: PLC0415

        profile = self._profile
        days = 0 if profile.dates == "UNMODIFIED" else None
        if profile.dates == "MODIFIED" and self._patient_id:
            days = self._shift.days
        identity = collect(self._instance)
        if self._known is not None:
            identity = identity.merge(self._known)
        return cleaner(identity, strict=strict, shift_days=days, listed=profile.cut)

    # -- dates -----------------------------------------------------------------------

    @cached_property
    def _shift(self) -> Shift:
        """How far the patient's dates move: as a table says, else as the key does.

        Two old IDs that a table gives one new ID are one person, so their dates move alike.
        """
        subject = self._subject
        patient = self._patient_id if subject is None else subject.id_new
        days = None if subject is None else subject.offset_days
        seconds = self._key.shift_seconds(patient) if self._profile.shifts_times else 0
        return Shift(self._key.shift_days(patient) if days is None else days, seconds)

    def _shifted(self, element: Element, context: Context, vr: str) -> str:
        source = (context.text(element) or "").strip()
        if not source:
            return ""
        if not self._patient_id:
            raise UndecidedError("no_patient")
        shift = self._shift
        parts = [part.strip() for part in source.split("\\")]
        if vr == "DA":
            times = [*self._times_beside(element.tag, context), *[""] * len(parts)]
            moved = [shift_date(part, shift, times[n]) for n, part in enumerate(parts)]
        else:
            move = shift_time if vr == "TM" else shift_date_time
            moved = [move(part, shift) for part in parts]
        return "\\".join(_moved_or_dummy(*pair, vr) for pair in zip(parts, moved, strict=True))

    def _times_beside(self, tag: Tag, context: Context) -> list[str]:
        """The times of day that move with a date, one a value; none where they do not move."""
        beside = time_tag(tag) if self._profile.shifts_times else None
        ruling = None if beside is None else self._rulings.get(beside)
        if beside is None or ruling is None or ruling.action is not Action.SHIFT:
            return []
        return [part.strip() for part in context.text_of(beside).split("\\")]

    def _year(self, element: Element, context: Context, _vr: str) -> str:
        """The year, moved as dates move; of a birth date not so early that it tells an age over 89.

        Where the instance does not say when it was made, nobody knows that age: no year then.
        """
        shift = Shift(0)
        if self._profile.dates == "MODIFIED":
            if not self._patient_id:
                raise UndecidedError("no_patient")
            shift = Shift(self._shift.days)
        last = None
        if element.tag == PATIENT_BIRTH_DATE:
            made = self._made_on(context)
            if made is None:
                return ""
            last = parse_date(shift_date(made.isoformat().replace("-", ""), shift))
        parts = (context.text(element) or "").split("\\")
        return "\\".join(year_of(part.strip(), shift, last) for part in parts)

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
        born, on = parse_date(context.text_of(PATIENT_BIRTH_DATE)), self._made_on(context)
        return "" if born is None or on is None else age_between(born, on)

    @staticmethod
    def _made_on(context: Context) -> date | None:
        dates = (parse_date(context.text_of(tag)) for tag in STUDY_DATES)
        return next((found for found in dates if found is not None), None)


# Not in the instance: bound methods in it would make it, and all it holds, a cycle.
_TEXT: dict[Action, Callable[[Replacement, Element, Context, str], str]] = {
    Action.DUMMY: lambda _self, _element, _context, vr: DUMMIES[vr],
    Action.ZERO: lambda _self, _element, _context, vr: ZEROS[vr],
    Action.TEXT: lambda _self, _element, _context, _vr: ANONYMIZED,
    Action.UID: Replacement._uids,  # noqa: SLF001 - the class's own table
    Action.PSEUDONYM: Replacement._pseudonym,  # noqa: SLF001
    Action.SHIFT: Replacement._shifted,  # noqa: SLF001
    Action.YEAR: Replacement._year,  # noqa: SLF001
    Action.AGE: Replacement._aged,  # noqa: SLF001
}


def _moved_or_dummy(source: str, moved: str, vr: str) -> str:
    """One date, moved; what is no valid date is no date to keep."""
    return moved if not source or (moved and value.valid(moved, vr)) else DUMMIES[vr]
