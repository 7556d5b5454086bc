"""Images for the tests of pixels, made byte by byte so that nothing tested makes them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from dicomanon.dicom.scan import scan
from dicomanon.dicom.segment import InstanceEdit, LevelEdit, rewrite, to_bytes
from dicomanon.dicom.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dicomanon.dicom.instance import Element, Instance
    from dicomanon.dicom.segment import Edit, NewElement, Segment

EXPLICIT_LE = "1.2.840.10008.1.2.1"
EXPLICIT_BE = "1.2.840.10008.1.2.2"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
MPEG2 = "1.2.840.10008.1.2.4.100"
UNDEFINED = 0xFFFFFFFF

Attribute = tuple[str, bytes] | int | str | tuple[int, ...]
"""VR and raw value; a US; a text; several US, or SS where one is negative."""


def raw_of(attribute: Attribute, order: str) -> tuple[str, bytes]:
    """VR and bytes of an attribute."""
    numbers: tuple[int, ...]
    match attribute:
        case str():
            raw = attribute.encode("ascii")
            return "CS", raw + b" " * (len(raw) % 2)
        case (str() as vr, bytes() as raw):
            return vr, raw
        case int():
            numbers = (attribute,)
        case _:
            numbers = attribute
    vr, letter = ("SS", "h") if min(numbers, default=0) < 0 else ("US", "H")
    return vr, struct.pack(f"{order}{len(numbers)}{letter}", *numbers)


def element(tag: int, vr: str, raw: bytes, order: str = "<", length: int | None = None) -> bytes:
    """One explicit element."""
    head = struct.pack(f"{order}HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    size = len(raw) if length is None else length
    if vr in {"OB", "OW", "OF", "OD", "OV", "SQ", "UN", "UR", "UV"}:
        return head + struct.pack(f"{order}HL", 0, size) + raw
    return head + struct.pack(f"{order}H", size) + raw


def fragments(*values: bytes, table: bytes = b"") -> bytes:
    """Fragments with their items, offset table first, and the delimiter."""
    items = [struct.pack("<HHL", 0xFFFE, 0xE000, len(v)) + v for v in (table, *values)]
    return b"".join(items) + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)


def sequence(attributes: Mapping[int, Attribute]) -> tuple[str, bytes]:
    """A sequence of one item, for a little endian image."""
    item = b"".join(element(tag, *raw_of(a, "<")) for tag, a in sorted(attributes.items()))
    return "SQ", struct.pack("<HHL", 0xFFFE, 0xE000, len(item)) + item


def part10(attributes: Mapping[int, Attribute], uid: str = EXPLICIT_LE) -> bytes:
    """A file of explicit elements; what begins with an item under a codec is encapsulated."""
    order = ">" if uid == EXPLICIT_BE else "<"
    syntax = uid.encode() + b"\0" * (len(uid) % 2)
    meta = element(0x00020010, "UI", syntax)
    head = bytes(128) + b"DICM" + element(0x00020000, "UL", struct.pack("<L", len(meta))) + meta
    body = []
    for tag, attribute in sorted(attributes.items()):
        vr, raw = raw_of(attribute, order)
        compressed = tag == 0x7FE00010 and uid not in {EXPLICIT_LE, EXPLICIT_BE}
        body.append(element(tag, vr, raw, order, UNDEFINED if compressed else None))
    return head + b"".join(body)


def instance(attributes: Mapping[int, Attribute], uid: str = EXPLICIT_LE) -> Instance:
    """A scanned file of these elements."""
    return scan(BytesSource(part10(attributes, uid)))


def image(
    value: bytes, rows: int, columns: int, bits: int = 8, vr: str = "OW", **more: Attribute
) -> dict[int, Attribute]:
    """The elements of an image; more: `x00280103=1` adds or replaces by tag."""
    return {
        0x00280002: 1,
        0x00280004: "MONOCHROME2",
        0x00280010: rows,
        0x00280011: columns,
        0x00280100: bits,
        0x00280101: bits,
        0x00280102: bits - 1,
        0x00280103: 0,
        0x7FE00010: (vr, value + b"\0" * (len(value) % 2)),
        **{int(tag[1:], 16): attribute for tag, attribute in more.items()},
    }


def segments(
    scanned: Instance, edits: Mapping[Element, Edit], insertions: Sequence[NewElement] = ()
) -> list[Segment]:
    """The file with these edits, not yet written."""
    level = LevelEdit(scanned.data_set)
    level.insertions.extend(insertions)
    for index, found in enumerate(scanned.data_set.elements):
        if found in edits:
            level.edits[index] = edits[found]
    edit = InstanceEdit(
        preamble=False,
        file_meta=LevelEdit(scanned.file_meta),
        drop_command_set=False,
        data_set=level,
    )
    return rewrite(scanned, edit)


def patched(
    scanned: Instance, edits: Mapping[Element, Edit], insertions: Sequence[NewElement] = ()
) -> bytes:
    """The file with these edits, as it would be written."""
    return to_bytes(scanned.original, segments(scanned, edits, insertions))
