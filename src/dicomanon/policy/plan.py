"""Instance + Profile + Key -> Plan: what happens to every element, and by which rule.

Strategy: elements are decided level by level (`planner`), or as for an instance laid out
alike (`precedent`); then what concerns the data set as a whole is settled. The plan is the
one truth: the page's table, `--describe`, the report and the rewriter all read it.

Invariants: an instance that ends too early, or is a DICOMDIR, has no plan. The File Meta
follows the data set. The stamps (0012,0062), (0012,0063), (0012,0064) and (0028,0303) say
only what was done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.dicom.charset import UTF_8
from dicomanon.dicom.instance import Context
from dicomanon.dicom.segment import DROP, InstanceEdit, LevelEdit, NewElement
from dicomanon.errors import MalformedError, UnsupportedError
from dicomanon.policy.decision import COMMAND, DOCUMENT_LENGTH, OUTSIDE, LevelPlan, Plan
from dicomanon.policy.payload import DOCUMENT_LENGTH as DOCUMENT_LENGTH_TAG
from dicomanon.policy.payload import ENCAPSULATED_DOCUMENT
from dicomanon.policy.planner import Grounds, Planner
from dicomanon.policy.precedent import decided_alike
from dicomanon.policy.recode import move_to_utf_8
from dicomanon.policy.replacement import PATIENT_AGE
from dicomanon.policy.stamp import PixelState, file_meta, stamp

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.tag import Tag
    from dicomanon.policy.identity import Identity
    from dicomanon.policy.key import Key
    from dicomanon.policy.profile import Profile

MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
MEDIA_STORAGE_SOP_CLASS_UID: Tag = 0x00020002


def plan(  # noqa: PLR0913 - one parameter a kind of fact
    instance: Instance,
    profile: Profile,
    key: Key,
    *,
    masked: bool = False,
    cleaned: bool = False,
    known: Identity | None = None,
) -> Plan:
    """Decide every element.

    masked: whether regions of the pixels will be blacked out; cleaned: whether somebody
    looked at what they leave, which earns 113101; known: what other instances say of the
    same patient, to be cut out of this one's texts as well.

    Raises:
        MalformedError: the file ends too early to be decided whole.
        UnsupportedError: it is a DICOMDIR.
        UndecidedError, ProfileError: a rule cannot act; nothing may be written.
    """
    if instance.truncated_at is not None:
        raise MalformedError("truncated", offset=instance.truncated_at)
    if instance.text(MEDIA_STORAGE_SOP_CLASS_UID) == MEDIA_STORAGE_DIRECTORY:
        raise UnsupportedError("dicomdir")
    grounds = Grounds(key, profile, PixelState(masked, cleaned and masked), known)
    found = decided_alike(instance, grounds)
    if found is None:
        planner = Planner(instance, grounds)
        found = planner, planner.level(instance.context(), ())
    return _settled(instance, *found)


def _settled(instance: Instance, planner: Planner, data_set: LevelPlan) -> Plan:
    """The plan of a data set whose elements are decided: the ones that are about the others."""
    _add_age(planner, data_set)
    _set_document_length(data_set)
    replace, profile = planner.replace, planner.grounds.profile
    moved = move_to_utf_8(data_set, replace.outgrown)
    meta = file_meta(instance, data_set, planner.uid_of_missing)
    charset = UTF_8 if data_set.context.data_set in moved else data_set.context.charset
    stamp(data_set, profile, replace.words_of, charset, planner.grounds.pixels)
    levels = [meta, *_command_set(instance), data_set]
    edit = InstanceEdit(
        preamble=True, file_meta=meta.edit, drop_command_set=True, data_set=data_set.edit
    )
    return Plan(instance, profile, levels, edit, replace.cuts, moved, OUTSIDE)


def _command_set(instance: Instance) -> tuple[LevelPlan, ...]:
    """What becomes of elements of group 0000: they go."""
    if instance.command_set is None:
        return ()
    context = Context(instance, instance.command_set, None)
    rulings = [COMMAND] * len(instance.command_set.elements)
    dropped = LevelEdit(instance.command_set)
    dropped.edits = dict.fromkeys(range(len(rulings)), DROP)
    return (LevelPlan(context, rulings, dropped, {}),)


def _add_age(planner: Planner, level: LevelPlan) -> None:
    """Keep the age that birth and study dates tell, where the Option asks and it is missing.

    Standard: PS3.15 §E.3.7; ages over 89 are one (45 CFR 164.514(b)).
    """
    if planner.ages and level.context.data_set.find(PATIENT_AGE) is None:
        age = planner.replace.age(level.context)
        if age:
            level.edit.insertions.append(NewElement(PATIENT_AGE, "AS", age.encode("ascii")))


def _set_document_length(level: LevelPlan) -> None:
    """Make Encapsulated Document Length that of the document as it will be.

    Standard: PS3.3 §C.24.2.
    """
    data_set = level.context.data_set
    document, length_element = map(data_set.find, (ENCAPSULATED_DOCUMENT, DOCUMENT_LENGTH_TAG))
    if document is None or length_element is None:
        return
    index = data_set.elements.index(length_element)
    new = level.edit.edits.get(data_set.elements.index(document))
    if isinstance(new, NewElement) and isinstance(new.value, bytes):
        little = data_set.little
        length = len(new.value).to_bytes(4, "little" if little else "big")
        level.rulings[index] = DOCUMENT_LENGTH
        level.edit.edits[index] = NewElement(DOCUMENT_LENGTH_TAG, "UL", length)
