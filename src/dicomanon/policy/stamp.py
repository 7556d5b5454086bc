"""What a plan writes of its own: the File Meta and the stamps of what was done.

Strategy: the File Meta is the de-identifier's own and follows the data set that is
written; a stamp is made from what the profile and the instance say was earned.

Invariants: nothing of the source's File Meta stays but what says how to read the file.
(0012,0062) YES stands only where the patient's identifiers are gone and no image that
says it has burned-in text goes unmasked.

Standard: PS3.10 §7.1; PS3.15 §E.1.1, §E.3.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon import __version__
from dicomanon.dicom.instance import Context
from dicomanon.dicom.segment import DROP, LevelEdit, NewElement
from dicomanon.policy.decision import (
    META_KEPT,
    META_REMOVED,
    META_WRITTEN,
    STAMPED,
    LevelPlan,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.tag import Tag
    from dicomanon.policy.profile import Profile

IMPLEMENTATION_CLASS_UID = "2.25.187648229482049921632148820327180234907"
IMPLEMENTATION_VERSION = f"DICOMANON_{__version__}"[:16]

FILE_META_GROUP_LENGTH: Tag = 0x00020000
SOP_CLASS_UID: Tag = 0x00080016
SOP_INSTANCE_UID: Tag = 0x00080018
BURNED_IN_ANNOTATION: Tag = 0x00280301
PATIENT_IDENTITY_REMOVED: Tag = 0x00120062
DEIDENTIFICATION_METHOD: Tag = 0x00120063
DEIDENTIFICATION_CODES: Tag = 0x00120064
TEMPORAL_INFORMATION: Tag = 0x00280303
STAMPS: frozenset[Tag] = frozenset(
    {
        PATIENT_IDENTITY_REMOVED,
        DEIDENTIFICATION_METHOD,
        DEIDENTIFICATION_CODES,
        TEMPORAL_INFORMATION,
    }
)


def file_meta(instance: Instance, data_set: LevelPlan, new_uid: Callable[[str], str]) -> LevelPlan:
    """A File Meta of our own for a planned data set.

    new_uid: what becomes of the SOP Instance UID of a data set that has none of its own.
    """
    sop_class = _planned_uid(data_set, SOP_CLASS_UID)
    sop_instance = _planned_uid(data_set, SOP_INSTANCE_UID)
    if sop_class is None:
        sop_class = instance.text(0x00020002)
    if sop_instance is None:
        sop_instance = new_uid(instance.text(0x00020003))
    wanted = {
        0x00020001: ("OB", b"\0\1"),
        0x00020002: ("UI", _ui(sop_class)),
        0x00020003: ("UI", _ui(sop_instance)),
        0x00020010: ("UI", _ui(instance.transfer_syntax.uid)),
        0x00020012: ("UI", _ui(IMPLEMENTATION_CLASS_UID)),
        0x00020013: ("SH", _padded(IMPLEMENTATION_VERSION)),
    }
    meta = instance.file_meta
    edit = LevelEdit(meta)
    rulings = []
    for index, element in enumerate(meta.elements):
        new = wanted.pop(element.tag, None)
        if element.tag == FILE_META_GROUP_LENGTH:  # the rewriter makes it anew
            rulings.append(META_WRITTEN)
        elif new is None:
            rulings.append(META_REMOVED)
            edit.edits[index] = DROP
        elif meta.explicit and instance.value(element) == new[1]:
            rulings.append(META_KEPT)
        else:
            rulings.append(META_WRITTEN)
            edit.edits[index] = NewElement(element.tag, *new)
    edit.insertions = [NewElement(tag, *new) for tag, new in wanted.items() if new[1]]
    return LevelPlan(Context(instance, meta, None), rulings, edit, {})


def _planned_uid(level: LevelPlan, tag: Tag) -> str | None:
    """A UID as the planned data set will have it, None if it has none."""
    data_set = level.context.data_set
    element = data_set.find(tag)
    if element is None:
        return None
    edit = level.edit.edits.get(data_set.elements.index(element))
    if edit is None and element.items is None:
        raw = level.context.instance.value(element)
    elif isinstance(edit, NewElement) and isinstance(edit.value, bytes):
        raw = edit.value
    else:
        return None
    return raw.decode("latin-1").strip(" \0")


def stamp(level: LevelPlan, profile: Profile, *, masked: bool) -> None:
    """Put the stamps into the top level's plan, in place of those the source has."""
    made = {element.tag: element for element in _stamps(level.context.instance, profile, masked)}
    data_set = level.context.data_set
    found = any(data_set.find(tag) is not None for tag in STAMPS)
    for index, element in enumerate(data_set.elements if found else ()):
        if element.tag in STAMPS:
            new = made.pop(element.tag, None)
            level.rulings[index] = STAMPED
            level.edit.edits[index] = DROP if new is None else new
    level.edit.insertions.extend(made.values())


def _stamps(instance: Instance, profile: Profile, masked: bool) -> list[NewElement]:  # noqa: FBT001
    flagged = instance.text(BURNED_IN_ANNOTATION).strip().upper() == "YES"
    removed = not profile.identity_kept and (masked or not flagged)
    stamps = [
        NewElement(PATIENT_IDENTITY_REMOVED, "CS", _padded("YES" if removed else "NO")),
        NewElement(DEIDENTIFICATION_METHOD, "LO", _padded(profile.method)),
        NewElement(TEMPORAL_INFORMATION, "CS", _padded(profile.dates)),
    ]
    if profile.codes:
        items = tuple(_code_item(*code) for code in profile.codes)
        stamps.append(NewElement(DEIDENTIFICATION_CODES, "SQ", items))
    return stamps


def _code_item(code: str, scheme: str, meaning: str) -> tuple[NewElement, ...]:
    """An item of a code sequence. Standard: PS3.3 §8.8."""
    return (
        NewElement(0x00080100, "SH", _padded(code)),
        NewElement(0x00080102, "SH", _padded(scheme)),
        NewElement(0x00080104, "LO", _padded(meaning)),
    )


def _padded(text: str) -> bytes:
    raw = text.encode("ascii")
    return raw + b" " * (len(raw) % 2)


def _ui(uid: str) -> bytes:
    raw = uid.encode("latin-1", "replace")
    return raw + b"\0" * (len(raw) % 2)
