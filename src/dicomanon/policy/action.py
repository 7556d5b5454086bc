"""Actions: what can be done to an element.

Strategy: PS3.15's codes and our extensions are one enumeration; what a value
representation allows is one table. A code that leaves a choice to the attribute's
Type in its IOD is resolved as for the strictest Type it names, because such a
value satisfies every IOD and identifies nobody.

Invariants: every code of Table E.1-1 has an action; every VR has a row in `ALLOWED`.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from dicomanon.dicom.vr import VRS

if TYPE_CHECKING:
    from collections.abc import Mapping


class Action(StrEnum):
    """What is done to an element; the value is its name on the page and the command line."""

    KEEP = "keep"
    """Leave it as it is; in a sequence, each nested element by its own rule."""
    REMOVE = "remove"
    """Leave the element out."""
    EMPTY = "empty"
    """Leave the element in with no value."""
    ZERO = "zero"
    """The VR's valid zero."""
    DUMMY = "dummy"
    """A valid value that says nothing; in a sequence, in every nested element."""
    TEXT = "text"
    """The text ANONYMIZED."""
    VALUE = "value"
    """A value the person gives."""
    UID = "uid"
    """A new UID, the same for the same source UID and key."""
    PSEUDONYM = "pseudonym"
    """A keyed code, the same for the same source value and key."""
    SHIFT = "shift"
    """The date moved by the patient's keyed number of days, a time of day by seconds."""
    YEAR = "year"
    """The year of the date alone; of a birth date none that tells an age over 89."""
    AGE = "age"
    """The patient's age, computed where it is missing, with all over 89 as one."""
    CLEAN = "clean"
    """The text without what identifies; in a sequence, all text in it."""


CODES: Mapping[str, Action] = MappingProxyType(
    {
        "X": Action.REMOVE,
        "Z": Action.EMPTY,
        "D": Action.DUMMY,
        "K": Action.KEEP,
        "U": Action.UID,
        "X/Z": Action.EMPTY,
        "X/D": Action.DUMMY,
        "Z/D": Action.DUMMY,
        "X/Z/D": Action.DUMMY,
        "X/Z/U*": Action.UID,
    }
)
"""Table E.1-1's codes as actions. Standard: PS3.15 Table E.1-1a."""

_COMMON = (Action.KEEP, Action.REMOVE, Action.EMPTY)
_NUMBER = (*_COMMON, Action.ZERO, Action.DUMMY, Action.VALUE)
_TEXT = (
    *_COMMON,
    Action.CLEAN,
    Action.ZERO,
    Action.DUMMY,
    Action.TEXT,
    Action.PSEUDONYM,
    Action.VALUE,
)
_TIME = (*_COMMON, Action.ZERO, Action.DUMMY, Action.SHIFT, Action.VALUE)
_DATE = (*_TIME, Action.YEAR)

_OF_KIND = {
    "text": _TEXT,
    "ascii": _NUMBER,
    "number": _NUMBER,
    "bytes": (*_COMMON, Action.ZERO, Action.DUMMY),
    "sequence": (*_COMMON, Action.DUMMY, Action.CLEAN),
}
_OF_VR = {
    "AE": _TEXT,
    "AS": (*_NUMBER, Action.AGE),
    "CS": _TEXT,
    "DA": _DATE,
    "DT": _TIME,
    "TM": _TIME,
    "UI": (*_COMMON, Action.UID, Action.ZERO, Action.DUMMY, Action.VALUE),
    "UR": (*_COMMON, Action.ZERO, Action.DUMMY, Action.VALUE),
}

ALLOWED: Mapping[str, tuple[Action, ...]] = MappingProxyType(
    {name: _OF_VR.get(name, _OF_KIND[vr.kind]) for name, vr in VRS.items()}
)
"""The actions an element of a VR may take."""


def possible(action: Action, vr: str) -> Action:
    """The action, or EMPTY where the VR an element was written with cannot take it.

    A file may give a date or a UID a VR of its own; what the profile wants gone goes.
    """
    return action if action in ALLOWED.get(vr, _COMMON) else Action.EMPTY
