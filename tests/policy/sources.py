"""Instances full of what identifies: every sensitive tag, with a value nobody would write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomanon import data
from dicomanon.policy.profile import sensitive_tags
from tests import builders

if TYPE_CHECKING:
    from dicomanon.dicom.transfer_syntax import TransferSyntax

WRAPPER = "SharedFunctionalGroupsSequence"
"""A sequence that no table names: it stays, and what it holds goes by its own rules."""
WRAPPER_PATH = "52009229[0]."
IDENTITY_TAGS = {builders.tag_of(spec[0]) for spec in builders.IDENTITY}
_CONCRETE = {
    "50xxxxxx": "50000022",
    "60xx0022": "60000022",
    "60xx1500": "60001500",
    "60xx3000": "60003000",
    "60xx4000": "60004000",
}
_MESSAGE_GROUPS = ("0000", "0002", "0004")

VALUES: dict[str, Any] = {
    "AE": "CANARYAE",
    "AS": "097Y",
    "CS": "CANARY CS",
    "DA": "19570413",
    "DS": "4711.5",
    "DT": "19570413131357.131+0900",
    "FD": 4711.5,
    "FL": 4711.5,
    "IS": "4711",
    "LO": "Canary LO",
    "LT": "Canary LT",
    "OB": b"CanaryOB",
    "OW": b"CanaryOW",
    "PN": "Canary^PN",
    "SH": "Canary SH",
    "SL": 4711,
    "SS": 4711,
    "ST": "Canary ST",
    "TM": "131357.131",
    "UC": "Canary UC",
    "UI": "1.2.826.0.1.4711",
    "UL": 4711,
    "UN": b"CanaryUN",
    "UR": "http://canary.invalid/",
    "US": 4711,
    "UT": "Canary UT",
}
ITEM: tuple[builders.Element, ...] = (
    ("ReferencedSOPInstanceUID", "UI", VALUES["UI"]),
    ("PatientName", "PN", VALUES["PN"]),
    ("PatientID", "LO", VALUES["LO"]),
)


def tag(mask: str) -> int:
    """A tag that fits a mask."""
    return int(_CONCRETE.get(mask, mask), 16)


def vr(mask: str) -> str:
    """The VR to write a tag with."""
    found = data.vr_of(tag(mask)).split(" or ", maxsplit=1)[-1]
    return found or "UN"


def spec(mask: str) -> builders.Element:
    written = vr(mask)
    return tag(mask), written, [list(ITEM)] if written == "SQ" else VALUES[written]


def masks(rows: list[str]) -> list[str]:
    """Those that stand in a data set, in order of tags, the wrapper and identity left out."""
    wrapper = builders.tag_of(WRAPPER)
    return sorted(
        (
            m
            for m in rows
            if m[:4] not in _MESSAGE_GROUPS
            and "g" not in m
            and tag(m) != wrapper
            and tag(m) not in IDENTITY_TAGS
        ),
        key=tag,
    )


def instance(rows: list[str], syntax: TransferSyntax, sop_class: str = builders.CT_IMAGE) -> bytes:
    """An instance with these rows at top level, and again inside a sequence."""
    specs = [spec(m) for m in masks(rows)]
    nested: builders.Element = (WRAPPER, "SQ", [[*specs]])
    identity = [("SOPClassUID", "UI", sop_class), *builders.IDENTITY[1:]]
    charset: builders.Element = ("SpecificCharacterSet", "CS", "ISO_IR 192")
    whole = [charset, *identity, *specs, nested]
    return builders.part10(syntax, *sorted(whole, key=lambda s: builders.tag_of(s[0])))


ALL = list(sensitive_tags())
