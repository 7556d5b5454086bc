"""What a plan writes of its own: the File Meta and the stamps of what was done.

Strategy: the File Meta is the de-identifier's own and follows the data set that is
written; a stamp is made from what the profile and the instance say was earned. What an
earlier de-identification stamped stays before ours: its codes where they are of CID 7050
or ours, in our own words, its method as a text that is cleaned like any other.

Invariants: nothing of the source's File Meta stays but what says how to read the file.
(0012,0062) YES stands only where the patient's identifiers are gone and no image that
says it has burned-in text goes unmasked; 113101 only where pixels were masked and what came
of it was looked at. Stamping twice is stamping once.

Standard: PS3.10 §7.1; PS3.15 §E.1.1, §E.3.6; PS3.16 CID 7050.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import __version__, data
from dicomanon.dicom import value
from dicomanon.dicom.instance import Context
from dicomanon.dicom.segment import DROP, LevelEdit, NewElement
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE, IMPLICIT_LE, TRANSFER_SYNTAX_UID
from dicomanon.policy.builtin import PRESETS, preset
from dicomanon.policy.claim import WITH_EXCEPTIONS
from dicomanon.policy.decision import (
    META_ADDRESS,
    META_KEPT,
    META_PRIVATE,
    META_REMOVED,
    META_WRITTEN,
    STAMPED,
    LevelPlan,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dicomanon.dicom.charset import Charset
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

CLEAN_PIXEL_DATA = "113101"
_DATES = ("UNMODIFIED", "MODIFIED", "REMOVED")
"""What (0028,0303) may say; what was done before and what is done now add up to the later."""
_META_GONE = {
    **dict.fromkeys((0x00020016, 0x00020017, 0x00020018), META_ADDRESS),  # AE titles
    **dict.fromkeys((0x00020026, 0x00020027, 0x00020028), META_ADDRESS),  # their addresses
    **dict.fromkeys((0x00020100, 0x00020102), META_PRIVATE),
}
"""What a File Meta says of where it was, and what nobody can read."""


class PixelState(NamedTuple):
    """What becomes of the pixels: whether regions are blacked out, and what came of it seen."""

    masked: bool
    cleaned: bool


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
        TRANSFER_SYNTAX_UID: ("UI", _ui(instance.transfer_syntax.uid)),
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
            rulings.append(_META_GONE.get(element.tag, META_REMOVED))
            edit.edits[index] = DROP
        elif meta.explicit and instance.value(element) == new[1]:
            rulings.append(META_KEPT)
        else:
            rulings.append(META_WRITTEN)
            edit.edits[index] = NewElement(element.tag, *new)
    edit.insertions = [NewElement(tag, *new) for tag, new in wanted.items() if new[1]]
    return LevelPlan(Context(instance, meta, None), rulings, edit, {})


def say_native(instance: Instance, meta: LevelPlan) -> None:
    """Make the transfer syntax that of what holds no compressed pixels, by how it is written.

    meta: as `file_meta` planned it.
    """
    if instance.transfer_syntax.codec is None:
        return
    syntax = EXPLICIT_LE if instance.data_set.explicit else IMPLICIT_LE
    new = NewElement(TRANSFER_SYNTAX_UID, "UI", _ui(syntax.uid))
    edit, found = meta.edit, instance.file_meta.find(TRANSFER_SYNTAX_UID)
    if found is None:
        edit.insertions = [e for e in edit.insertions if e.tag != TRANSFER_SYNTAX_UID] + [new]
    else:
        index = instance.file_meta.elements.index(found)
        edit.edits[index] = new
        meta.rulings[index] = META_WRITTEN


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


def stamp(
    level: LevelPlan,
    profile: Profile,
    clean: Callable[[str], str],
    charset: Charset,
    pixels: PixelState,
) -> None:
    """Put the stamps into the top level's plan, in place of those the source has.

    clean: a text without what identifies; charset: what the level is written in.
    """
    top = level.context
    made = {element.tag: element for element in _stamps(top, profile, pixels)}
    ours = STAMPS | made.keys()
    if any(top.data_set.find(tag) is not None for tag in ours):
        methods = dict.fromkeys((*_methods_before(top, clean), *profile.method.split("\\")))
        texts = [text for text in methods if value.fits(text, "LO", charset)]
        method = value.encode("\\".join(texts), "LO", top.data_set.little, charset)
        made[DEIDENTIFICATION_METHOD] = NewElement(DEIDENTIFICATION_METHOD, "LO", method)
        for index, element in enumerate(top.data_set.elements):
            if element.tag in ours:
                level.rulings[index] = STAMPED
                level.edit.edits[index] = made.pop(element.tag, DROP)
    level.edit.insertions.extend(made.values())


def _stamps(top: Context, profile: Profile, pixels: PixelState) -> list[NewElement]:
    instance = top.instance
    flagged = instance.text(BURNED_IN_ANNOTATION).strip().upper() == "YES"
    removed = not profile.identity_kept and (pixels.masked or not flagged)
    before = top.text_of(PATIENT_IDENTITY_REMOVED) == "YES"
    dates = (profile.dates, top.text_of(TEMPORAL_INFORMATION) if before else "")
    meaning = data.deidentification_methods()[CLEAN_PIXEL_DATA]
    earned = ((CLEAN_PIXEL_DATA, "DCM", meaning),) if pixels.cleaned else ()
    codes = dict.fromkeys((*(_codes_before(top) if before else ()), *profile.codes, *earned))
    stamps = [
        NewElement(PATIENT_IDENTITY_REMOVED, "CS", _padded("YES" if removed else "NO")),
        NewElement(DEIDENTIFICATION_METHOD, "LO", _padded(profile.method)),
        NewElement(TEMPORAL_INFORMATION, "CS", _padded(max(dates, key=_strength))),
    ]
    if pixels.cleaned:
        stamps.append(NewElement(BURNED_IN_ANNOTATION, "CS", _padded("NO")))
    if codes:
        items = tuple(_code_item(*code) for code in codes)
        stamps.append(NewElement(DEIDENTIFICATION_CODES, "SQ", items))
    return stamps


def _strength(dates: str) -> int:
    """How much a value of (0028,0303) says was done; nothing, where it is none."""
    return _DATES.index(dates) if dates in _DATES else -1


# -- what an earlier de-identification stamped ---------------------------------------------


@cache
def _known_codes() -> Mapping[tuple[str, str], tuple[str, str, str]]:
    """The codes that say what de-identification did, by value and scheme."""
    ours = (preset(name).code for name in PRESETS)
    standard = ((code, "DCM", m) for code, m in data.deidentification_methods().items())
    return {(code[0], code[1]): code for code in (*ours, *standard)}


def _codes_before(top: Context) -> Iterator[tuple[str, str, str]]:
    """The source's codes that are known, with the meanings we know."""
    sequence = top.data_set.find(DEIDENTIFICATION_CODES)
    for data_set in (sequence.items or ()) if sequence is not None else ():
        item = Context(top.instance, data_set, top)
        found = _known_codes().get((item.text_of(0x00080100), item.text_of(0x00080102)))
        if found is not None:
            yield found


def _methods_before(top: Context, clean: Callable[[str], str]) -> Iterator[str]:
    """The source's methods, our own as they are, others without what identifies."""
    ours = {WITH_EXCEPTIONS, *(preset(name).method for name in PRESETS)}
    for text in top.text_of(DEIDENTIFICATION_METHOD).split("\\"):
        method = text.strip()
        method = method if not method or method in ours else clean(method)
        if method and value.valid(method, "LO"):
            yield method


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
