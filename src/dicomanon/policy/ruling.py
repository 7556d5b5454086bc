"""A ruling: what is decided for a tag, and which actions an element may take at all.

Strategy: an element's VR says what can be done to it; a few attributes say how to read
the file or name the instance, and these are two sets of tags.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from dicomanon import data
from dicomanon.dicom.tag import PIXEL_DATA, SPECIFIC_CHARACTER_SET, Tag
from dicomanon.policy.action import ALLOWED, Action

NOT_IN_DATA_SETS = (0x0000, 0x0002, 0x0004)
"""Groups of messages, File Meta and DICOMDIRs."""
BY_NAME = ("override", "category")
"""Rules of a person who named the tag or its category, and did not only speak of a VR."""
BY_PERSON = (*BY_NAME, "vr")
"""The rules that are a person's own choices."""
REPEATING = (0x50, 0x60)
"""Where repeating groups begin, curves and overlays: each is decided as a whole."""
OVERLAY_DATA: Tag = 0x60003000
CURVE_DATA: Tag = 0x50003000
_TAGS = 1 << 14

LOCKED: frozenset[Tag] = frozenset(
    {
        SPECIFIC_CHARACTER_SET,
        PIXEL_DATA,
        0x7FE00001,  # Extended Offset Table
        0x7FE00002,  # Extended Offset Table Lengths
        0x7FE00008,  # Float Pixel Data
        0x7FE00009,  # Double Float Pixel Data
        0x00080016,  # SOP Class UID
        *range(0x00280002, 0x00280013),  # Samples per Pixel to Planar Configuration, Rows, Columns
        *range(0x00280100, 0x00280104),  # Bits Allocated to Pixel Representation
        *range(0x00281101, 0x00281104),  # palette descriptors
        *range(0x00281201, 0x00281204),  # palette data
        *range(0x00281221, 0x00281224),  # segmented palette data
    }
)
"""Attributes without which the instance cannot be read; they only keep."""

NEVER_ABSENT: frozenset[Tag] = frozenset({0x00080018, 0x0020000D, 0x0020000E})
"""SOP, Study and Series Instance UID: Type 1 in every IOD, so never removed or empty."""


class Ruling(NamedTuple):
    """What is decided for a tag: the action, the rule that decided, the given value.

    code: Table E.1-1's code where the attribute's Type in the IOD still has a say.
    """

    action: Action
    rule: str
    given: str = ""
    code: str = ""


@lru_cache(_TAGS)
def vr_of(tag: Tag) -> str:
    """The VR that choices for a tag are checked against: the last of several, UN if unknown."""
    return data.vr_of(tag).rpartition(" or ")[2] or "UN"


@lru_cache(_TAGS)
def allowed(tag: Tag, vr: str) -> tuple[Action, ...]:
    """The actions an element may take; VR: as it would be written."""
    if tag in LOCKED or tag >> 16 == 2:  # noqa: PLR2004 - File Meta follows the data set
        return (Action.KEEP,)
    actions = ALLOWED.get(vr, ALLOWED["UN"])
    if tag in NEVER_ABSENT:
        return tuple(a for a in actions if a not in (Action.REMOVE, Action.EMPTY))
    return actions
