"""What an output says was done to it: the categories of which nothing should be left.

Invariants: an output that claims nothing is held to everything.

Standard: PS3.15 §E.1.1; PS3.16 CID 7050.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.verify.facts import CATEGORIES, CODE_VALUE
from dicomanon.verify.identifiers import texts

if TYPE_CHECKING:
    from dicomanon.verify.reading import Reading

METHOD_CODES = 0x00120064
_RETAINED = {
    "113106": "date",  # Retain Longitudinal Temporal Information Full Dates
    "113109": "equipment",  # Retain Device Identity
    "113110": "uid",  # Retain UIDs
    "113112": "place",  # Retain Institution Identity
}
_PATIENT_ONLY = "IN-HOSPITAL"


def claimed(output: Reading) -> frozenset[str]:
    """The categories that are gone by what (0012,0064) says."""
    codes = {
        text
        for entry in output.entries
        if entry.path[0] == METHOD_CODES and entry.tag == CODE_VALUE
        for text in texts(entry)
    }
    if codes == {_PATIENT_ONLY}:
        return frozenset({"patient", "contact"})
    return CATEGORIES - {_RETAINED[code] for code in codes if code in _RETAINED}
