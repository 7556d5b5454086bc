"""The Options of PS3.15 Annex E: what each retains or cleans, and what Table E.1-1 then says.

Strategy: an Option is a column of the table; where its cell is filled it overrides the
basic code. Cleaning comes after retaining, because a cleaned value is also retained.
A code that leaves a choice to the attribute's Type is resolved by one table.

Invariants: Options that contradict each other are refused together. A cleaning that
we cannot do (pixels of overlays, opaque time stamps) leaves the basic code in force.

Standard: PS3.15 §E.3, Table E.1-1, Table E.1-1a; PS3.16 CID 7050.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.dicom.vr import VRS
from dicomanon.errors import ProfileError
from dicomanon.policy.action import CODES, Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dicomanon.data import ConceptRow, ProfileRow

OPTIONS: Mapping[str, str] = {
    "retain-safe-private": "113111",
    "retain-uids": "113110",
    "retain-device-identity": "113109",
    "retain-institution-identity": "113112",
    "retain-patient-characteristics": "113108",
    "retain-longitudinal-full-dates": "113106",
    "retain-longitudinal-modified-dates": "113107",
    "clean-descriptors": "113105",
    "clean-structured-content": "113104",
    "clean-graphics": "113103",
    "clean-recognizable-visual-features": "113102",
}
"""Each Option with its code of CID 7050, in the order in which they override."""

CLEAN_FACES = "clean-recognizable-visual-features"
UNCLAIMED = (CLEAN_FACES,)
"""Options that are asked for and not done here: an instance that needs them is refused, and
none is stamped with their code."""

CONFLICTS = (("retain-longitudinal-full-dates", "retain-longitudinal-modified-dates"),)
MODIFIED_DATES = "retain-longitudinal-modified-dates"
CLEAN_DESCRIPTORS = "clean-descriptors"
CLEAN_GRAPHICS = "clean-graphics"

RETAINED: Mapping[str, str] = {
    "retain-uids": "uid",
    "retain-device-identity": "equipment",
    "retain-institution-identity": "place",
    "retain-longitudinal-full-dates": "date",
}
"""The category that an Option leaves in the output."""

BY_TYPE: Mapping[str, Mapping[int, Action]] = {
    "X/Z": {1: Action.EMPTY, 2: Action.EMPTY, 3: Action.REMOVE},
    "X/D": {1: Action.DUMMY, 2: Action.DUMMY, 3: Action.REMOVE},
    "Z/D": {1: Action.DUMMY, 2: Action.EMPTY, 3: Action.EMPTY},
    "X/Z/D": {1: Action.DUMMY, 2: Action.EMPTY, 3: Action.REMOVE},
    "X/Z/U*": {1: Action.UID, 2: Action.UID, 3: Action.REMOVE},
    "X": {1: Action.DUMMY, 2: Action.EMPTY, 3: Action.REMOVE},
}
"""What a code means for an attribute of Type 1, 2 or 3.

U* keeps a Type 2 sequence too: other attributes of the instance say that it refers to
the images in it.

X is here for the few attributes that a mandatory module requires although the table
removes them: a dummy keeps the instance valid and says as little.
"""


def checked(options: Iterable[str]) -> tuple[str, ...]:
    """Options in the order in which they override.

    Raises:
        ProfileError: `option`, there is no such Option; `option_conflict`, two contradict.
    """
    chosen = set(options)
    if not chosen <= OPTIONS.keys():
        raise ProfileError("option")
    if any(chosen.issuperset(pair) for pair in CONFLICTS):
        raise ProfileError("option_conflict")
    return tuple(option for option in OPTIONS if option in chosen)


def effective(
    row: ProfileRow | ConceptRow, options: tuple[str, ...], vr: str
) -> tuple[Action, str, str]:
    """The action of a row under Options, the rule that gives it, and its compound code or "".

    vr: of the attribute; it decides what cleaning means.
    """
    action, rule, code = CODES[row.basic], "table_e1_1", row.basic
    for option in options:
        cell: str = getattr(row, option.replace("-", "_"), "")
        if cell == "K":
            kept = Action.AGE if vr == "AS" else Action.KEEP
            action, rule, code = kept, option, ""
        elif cell == "C" and (cleaned := _cleaned(option, vr)) is not None:
            action, rule, code = cleaned, option, ""
    return action, rule, code if "/" in code or code == "X" else ""


def _cleaned(option: str, vr: str) -> Action | None:
    """What C means for a VR under an Option; None where it cannot be done."""
    if option == MODIFIED_DATES:
        shifts = {"DA": Action.SHIFT, "DT": Action.SHIFT, "TM": Action.KEEP, "SH": Action.KEEP}
        return shifts.get(vr)
    cleans = vr in ("SQ", "AE") or (vr in VRS and VRS[vr].kind == "text")
    return Action.CLEAN if cleans else None
