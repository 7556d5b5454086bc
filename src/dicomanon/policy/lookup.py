"""Lookup tables: a project's own subject IDs in place of pseudonyms.

Strategy: a CSV `id_old,id_new`, optionally with `name` and `date_offset_days`, becomes one
mapping from patient ID to `Subject`. The table is part of what the person chose, so it
travels in the Profile; `Replacement` asks it before it makes a pseudonym.

Invariants: an unknown patient stops the instance unless the person said otherwise; other
IDs inside sequences are nobody's subject and get pseudonyms. A crosswalk is read as it
was written. No message, repr or error
holds an ID or a name; a place in the table is its line number.
"""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.dicom import value
from dicomanon.errors import ProfileError, UndecidedError
from dicomanon.policy.action import Action
from dicomanon.policy.ruling import BY_NAME, Ruling
from dicomanon.spreadsheet import bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dicomanon.dicom.tag import Tag
    from dicomanon.policy.profile import Profile

COLUMNS = ("id_old", "id_new", "name", "date_offset_days")
MAX_OFFSET_DAYS = 36_525
"""A hundred years; more is a slip of the pen."""
_PATIENT_NAME: Tag = 0x00100010
_PATIENT_ID: Tag = 0x00100020


class Subject(NamedTuple):
    """A row: the given ID, the given name or "", days that dates move or None."""

    id_new: str
    name: str = ""
    offset_days: int | None = None


class Lookup:
    """A table of subjects by patient ID; its repr says only how many."""

    __slots__ = ("_refuse", "_subjects")

    def __init__(self, subjects: Mapping[str, Subject], *, refuse_unknown: bool = True) -> None:
        self._subjects = subjects
        self._refuse = refuse_unknown

    def __repr__(self) -> str:
        return f"Lookup({len(self._subjects)} subjects)"

    def __len__(self) -> int:
        return len(self._subjects)

    def find(self, patient_id: str) -> Subject | None:
        """The subject of a patient ID, None if the table does not know it."""
        return self._subjects.get(patient_id.strip())

    def subject(self, patient_id: str) -> Subject | None:
        """The subject of an instance's patient, None where unknown ones get pseudonyms.

        Raises:
            UndecidedError: code `lookup_unknown`.
        """
        found = self.find(patient_id)
        if found is None and self._refuse:
            raise UndecidedError("lookup_unknown")
        return found


def parse_lookup(text: str, *, refuse_unknown: bool = True) -> Lookup:
    """A table from CSV text, the first row naming the columns.

    Raises:
        ProfileError: code `lookup`, with the line.
    """
    rows = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    subjects: dict[str, Subject] = {}
    try:
        names = [cell.strip() for cell in next(rows, [])]
        if names[:2] != list(COLUMNS[:2]) or not set(names) <= set(COLUMNS):
            raise _wrong(1)
        for id_old, subject in _subjects(rows, names):
            if subjects.setdefault(id_old, subject) != subject:
                raise _wrong(rows.line_num)
    except csv.Error:
        raise _wrong(rows.line_num) from None
    return Lookup(subjects, refuse_unknown=refuse_unknown)


def _subjects(rows: Iterator[list[str]], names: list[str]) -> Iterator[tuple[str, Subject]]:
    for number, cells in enumerate(rows, 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            raise _wrong(number)
        row = {name: bare(cell.strip()) for name, cell in zip(names, cells, strict=True)}
        name, offset = row.get("name", ""), row.get("date_offset_days", "")
        fits = value.valid(row["id_new"], "LO") and value.valid(name, "PN")
        if not (row["id_old"] and row["id_new"] and fits) or "\\" in row["id_new"] + name:
            raise _wrong(number)
        yield row["id_old"], Subject(row["id_new"], name, _days(offset, number))


def _days(text: str, line: int) -> int | None:
    if not text:
        return None
    digits = text.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(MAX_OFFSET_DAYS)):
        raise _wrong(line)
    days = int(text)
    if abs(days) > MAX_OFFSET_DAYS:
        raise _wrong(line)
    return days


def _wrong(line: int) -> ProfileError:
    return ProfileError("lookup", where=f"line {line}")


def with_lookup(profile: Profile, lookup: Lookup) -> Profile:
    """The profile, with patients as a table names them.

    Whatever a preset does to Patient's Name and Patient ID, the person who gives a table
    wants what it says; what the person set by hand still wins.
    """
    given = Ruling(Action.PSEUDONYM, "lookup")
    tags = dict(profile.tags)
    for tag in (_PATIENT_NAME, _PATIENT_ID):
        if tag not in tags or tags[tag].rule not in BY_NAME:
            tags[tag] = given
    return profile._replace(tags=tags, resolved={}, lookup=lookup)
