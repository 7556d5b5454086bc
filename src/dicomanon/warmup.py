"""A made-up instance that makes the engine load its tables and run its paths once.

Invariants: it names nobody; nothing of it is kept.
"""

from __future__ import annotations

from dicomanon.dicom.segment import PREAMBLE, NewElement, encode_element
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE

_ELEMENTS = (
    NewElement(0x00020010, "UI", EXPLICIT_LE.uid.encode() + b"\0"),
    NewElement(0x00080005, "CS", b"ISO_IR 192"),
    NewElement(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.7\0"),
    NewElement(0x00080018, "UI", b"2.25.1"),
    NewElement(0x00080020, "DA", b"20000101"),
    NewElement(0x00080060, "CS", b"OT"),
    NewElement(0x00081030, "LO", b"WARM UP "),
    NewElement(0x00081140, "SQ", ((NewElement(0x00081155, "UI", b"2.25.2"),),)),
    NewElement(0x00090010, "LO", b"NONE"),
    NewElement(0x00091001, "LO", b"NONE"),
    NewElement(0x00100010, "PN", b"NO^ONE"),
    NewElement(0x00100020, "LO", b"NOBODY"),
    NewElement(0x00280002, "US", b"\1\0"),
    NewElement(0x00280004, "CS", b"MONOCHROME2 "),
    NewElement(0x00280010, "US", b"\1\0"),
    NewElement(0x00280011, "US", b"\2\0"),
    NewElement(0x00280100, "US", b"\x08\0"),
    NewElement(0x00280101, "US", b"\x08\0"),
    NewElement(0x00280102, "US", b"\7\0"),
    NewElement(0x00280103, "US", b"\0\0"),
    NewElement(0x7FE00010, "OB", b"\0\0"),
)

SOURCE = BytesSource(
    PREAMBLE + b"".join(encode_element(e, explicit=True, little=True) for e in _ELEMENTS)
)
