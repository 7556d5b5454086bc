"""Inside a sequence: what the sequence's ruling makes of the rulings of its items' elements.

Strategy: a sequence that becomes a dummy, is cleaned, is a content tree or holds sound gives
each of its items a function from an element's own ruling to the one that holds there.

Invariants: what goes by a rule of its own goes here too.

Standard: PS3.15 §E.1.1, §E.3.4, §E.3.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.dicom.tag import is_private
from dicomanon.dicom.vr import VRS
from dicomanon.policy.action import Action
from dicomanon.policy.content import (
    CLEAN_CONTENT,
    CODE_VALUES,
    CONTENT_SEQUENCES,
    is_unit,
    item_rulings,
)
from dicomanon.policy.decision import (
    AUDIO_SILENCED,
    INSIDE,
    INSIDE_CLEANED,
    INSIDE_KEPT,
    INSIDE_REMOVED,
    INSIDE_UID,
)
from dicomanon.policy.ruling import BY_PERSON
from dicomanon.policy.sound import WAVEFORM_DATA, WAVEFORM_SEQUENCE, is_sound

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.dicom.instance import Context, Element
    from dicomanon.dicom.tag import Tag
    from dicomanon.policy.profile import Profile
    from dicomanon.policy.ruling import Ruling

    Inside = Callable[[Ruling, Element, Context], Ruling]

_OF_VR = {"UI": INSIDE_UID, "SQ": INSIDE}


def inside_of(ruling: Ruling, tag: Tag, item: Context, profile: Profile) -> Inside | None:
    """What a sequence's ruling makes of the rulings in one of its items; None for nothing."""
    if ruling.action is Action.DUMMY:
        return _dummy
    inside: Inside | None = None
    if ruling.action is Action.CLEAN:
        by_concept = tag in CONTENT_SEQUENCES and CLEAN_CONTENT in profile.options
        inside = _content(item, profile) if by_concept else _cleaned
    return _silenced(inside) if tag == WAVEFORM_SEQUENCE and is_sound(item) else inside


def _silenced(inside: Inside | None) -> Inside:
    """Inside a waveform that is sound: samples that nobody chose to keep become silence."""

    def silenced(ruling: Ruling, element: Element, context: Context) -> Ruling:
        kept = ruling.action is Action.KEEP and ruling.rule not in BY_PERSON
        if kept and element.tag == WAVEFORM_DATA:
            return AUDIO_SILENCED
        return ruling if inside is None else inside(ruling, element, context)

    return silenced


def _dummy(ruling: Ruling, element: Element, context: Context) -> Ruling:
    """Inside a sequence that becomes a dummy: structure and codes stay, values do not.

    What goes or is pseudonymous by a rule of its own stays so; private elements,
    of which nobody says what a dummy would mean, go.
    """
    if ruling.action in (Action.REMOVE, Action.UID, Action.PSEUDONYM):
        return ruling
    if is_private(element.tag):
        return INSIDE_REMOVED
    if element.tag in CODE_VALUES and is_unit(context):
        return INSIDE_KEPT
    vr = context.vr(element)
    if vr in _OF_VR:
        return _OF_VR[vr]
    kind = VRS[vr].kind if vr in VRS else "bytes"
    if ruling.action is Action.KEEP and (vr == "CS" or kind == "number"):
        return INSIDE_KEPT
    return INSIDE_REMOVED if kind == "bytes" else INSIDE


def _cleaned(ruling: Ruling, element: Element, context: Context) -> Ruling:
    """Inside a sequence that is cleaned: kept text is cleaned, codes stay codes."""
    if ruling.action is not Action.KEEP or element.tag in CODE_VALUES:
        return ruling
    vr = context.vr(element)
    text = vr in VRS and VRS[vr].kind == "text"
    return INSIDE_CLEANED if vr == "SQ" or text else ruling


def _content(item: Context, profile: Profile) -> Inside:
    """What a content item's concept name makes of its value; its codes stay."""
    values = item_rulings(item, profile.options, shifts_times=profile.shifts_times)

    def inside(ruling: Ruling, element: Element, context: Context) -> Ruling:
        if element.tag in values:
            return values[element.tag]
        return ruling if element.items is not None else _cleaned(ruling, element, context)

    return inside
