"""The one table of value representations.

Strategy: the closed set is the VRs with a 16-bit length; every other VR, known
or not yet invented, has the 32-bit form (PS3.5 §7.1.2).

Invariants: `VRS` holds every VR of PS3.5 Table 6.2-1.
"""

from __future__ import annotations

from typing import NamedTuple


class VR(NamedTuple):
    """What the standard says of a value representation.

    kind: "text" (Specific Character Set applies), "ascii" (default repertoire),
    "number" (binary), "bytes" (opaque), "sequence"; unit_bytes: size of one
    binary number, the step of a byte swap; pad: what makes a value even;
    max_chars: of one value, None where only the length field bounds it;
    multi: whether backslash separates values.
    """

    name: str
    kind: str
    unit_bytes: int = 1
    pad: bytes = b" "
    max_chars: int | None = None
    multi: bool = True


VRS: dict[str, VR] = {
    vr.name: vr
    for vr in (
        VR("AE", "ascii", max_chars=16),
        VR("AS", "ascii", max_chars=4),
        VR("AT", "number", 2, b"\0"),
        VR("CS", "ascii", max_chars=16),
        VR("DA", "ascii", max_chars=18),
        VR("DS", "ascii", max_chars=16),
        VR("DT", "ascii", max_chars=54),
        VR("FD", "number", 8, b"\0"),
        VR("FL", "number", 4, b"\0"),
        VR("IS", "ascii", max_chars=12),
        VR("LO", "text", max_chars=64),
        VR("LT", "text", max_chars=10240, multi=False),
        VR("OB", "bytes", 1, b"\0", multi=False),
        VR("OD", "bytes", 8, b"\0", multi=False),
        VR("OF", "bytes", 4, b"\0", multi=False),
        VR("OL", "bytes", 4, b"\0", multi=False),
        VR("OV", "bytes", 8, b"\0", multi=False),
        VR("OW", "bytes", 2, b"\0", multi=False),
        VR("PN", "text", max_chars=194),
        VR("SH", "text", max_chars=16),
        VR("SL", "number", 4, b"\0"),
        VR("SQ", "sequence", 1, b"", multi=False),
        VR("SS", "number", 2, b"\0"),
        VR("ST", "text", max_chars=1024, multi=False),
        VR("SV", "number", 8, b"\0"),
        VR("TM", "ascii", max_chars=28),
        VR("UC", "text"),
        VR("UI", "ascii", 1, b"\0", max_chars=64),
        VR("UL", "number", 4, b"\0"),
        VR("UN", "bytes", 1, b"\0", multi=False),
        VR("UR", "ascii", multi=False),
        VR("US", "number", 2, b"\0"),
        VR("UT", "text", multi=False),
        VR("UV", "number", 8, b"\0"),
    )
}

SHORT_LENGTH: frozenset[str] = frozenset(
    {"AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT"}
    | {"PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US"}
)
"""VRs whose explicit length field has 16 bits. Standard: PS3.5 Table 7.1-2."""
