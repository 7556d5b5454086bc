"""DICOM bytes that read like a dump: `part10(EXPLICIT_LE, ("PatientName", "PN", "山田^太郎"))`.

Strategy: an element is a tuple of tag or keyword, VR and value. A sequence's value is a
list of items, each a list of elements; `Delimited` gives it an undefined length.
Nothing is checked or mended, so that broken files can be built as well.

Invariants: nothing here comes from `dicomanon` but the names of transfer syntaxes, so the
engine and its tests cannot share a mistake.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from pydicom.datadict import tag_for_keyword

from dicomanon.dicom.transfer_syntax import (
    DEFLATED_LE,
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT_LE,
    TransferSyntax,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
UNDEFINED = 0xFFFFFFFF
PREAMBLE = bytes(128) + b"DICM"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"

LONG_LENGTH = frozenset(
    ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]
)
"""Standard: PS3.5 Table 7.1-1."""
_NUMBERS = {
    "FD": "d",
    "FL": "f",
    "SL": "i",
    "SS": "h",
    "SV": "q",
    "UL": "I",
    "US": "H",
    "UV": "Q",
}
_NUL_PADDED = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "UI", "UN"])

Element = tuple[str | int, str, Any]

SYNTAXES = [EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE, DEFLATED_LE]
CLASS: Element = ("SOPClassUID", "UI", CT_IMAGE)
NAME: Element = ("PatientName", "PN", "Yamada^Taro")
STUDY: Element = ("StudyInstanceUID", "UI", "1.2.3")


class Delimited(NamedTuple):
    """Items of a sequence of undefined length; items: whether they are delimited as well."""

    content: Sequence[Sequence[Element]]
    items: bool = True


class Fragments(NamedTuple):
    """Encapsulated pixel data, the offset table first."""

    content: Sequence[bytes]


class Verbatim(NamedTuple):
    """Bytes that stand where an element would."""

    content: bytes


def tag_of(name: str | int) -> int:
    """The tag of a keyword, of eight hex digits, or the tag itself."""
    if isinstance(name, int):
        return name
    found = tag_for_keyword(name)
    return int(name, 16) if found is None else int(found)


class Form(NamedTuple):
    """How a level is written."""

    explicit: bool
    little: bool

    def header(self, tag: int, vr: str, length: int) -> bytes:
        order = "<" if self.little else ">"
        if not self.explicit or not vr:
            return struct.pack(f"{order}HHL", tag >> 16, tag & 0xFFFF, length)
        head = struct.pack(f"{order}HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
        if vr in LONG_LENGTH:
            return head + struct.pack(f"{order}HL", 0, length)
        return head + struct.pack(f"{order}H", length)

    def item(self, tag: int, length: int = 0) -> bytes:
        return Form(explicit=False, little=self.little).header(tag, "", length)


def form(syntax: TransferSyntax) -> Form:
    return Form(syntax.explicit, syntax.little)


def raw_value(vr: str, value: object, *, little: bool) -> bytes:
    """A value's bytes, padded; bytes stay as they are."""
    if isinstance(value, bytes):
        return value
    if vr in _NUMBERS:
        numbers = value if isinstance(value, list | tuple) else [value]
        order = "<" if little else ">"
        return b"".join(struct.pack(order + _NUMBERS[vr], number) for number in numbers)
    if vr == "AT":
        order = "<" if little else ">"
        tag = tag_of(value) if isinstance(value, str | int) else 0
        return struct.pack(f"{order}HH", tag >> 16, tag & 0xFFFF)
    raw = str(value).encode()
    return raw + (b"\0" if vr in _NUL_PADDED else b" ") * (len(raw) % 2)


def element(spec: Element | Verbatim, how: Form) -> bytes:
    """One element."""
    if isinstance(spec, Verbatim):
        return spec.content
    name, vr, value = spec
    tag = tag_of(name)
    if isinstance(value, Fragments):
        parts = [how.item(ITEM, len(part)) + part for part in value.content]
        return how.header(tag, vr, UNDEFINED) + b"".join(parts) + how.item(SEQUENCE_END)
    if isinstance(value, Delimited):
        # Inside UN everything is Implicit VR Little Endian, PS3.5 §6.2.2 Note 2.
        inside = Form(explicit=False, little=True) if vr == "UN" else how
        body = items(value.content, inside, delimited=value.items) + inside.item(SEQUENCE_END)
        return how.header(tag, vr, UNDEFINED) + body
    if isinstance(value, list) and (vr in ("SQ", "UN")):
        inside = Form(explicit=False, little=True) if vr == "UN" else how
        body = items(value, inside, delimited=False)
    else:
        body = raw_value(vr, value, little=how.little)
    return how.header(tag, vr, len(body)) + body


def items(content: Sequence[Sequence[Element]], how: Form, *, delimited: bool) -> bytes:
    """A sequence's items."""
    written = b""
    for item in content:
        body = elements(item, how)
        if delimited:
            written += how.item(ITEM, UNDEFINED) + body + how.item(ITEM_END)
        else:
            written += how.item(ITEM, len(body)) + body
    return written


def elements(specs: Sequence[Element | Verbatim], how: Form) -> bytes:
    """Elements, in the order given."""
    return b"".join(element(spec, how) for spec in specs)


def file_meta(syntax_uid: str, *extra: Element | Verbatim) -> bytes:
    """A File Meta with its group length."""
    how = form(EXPLICIT_LE)
    content = elements(
        (
            (0x00020001, "OB", b"\0\1"),
            (0x00020002, "UI", CT_IMAGE),
            (0x00020003, "UI", "1.2.3.4"),
            (0x00020010, "UI", syntax_uid),
            *extra,
        ),
        how,
    )
    return element((0x00020000, "UL", len(content)), how) + content


def part10(
    syntax: TransferSyntax,
    *specs: Element | Verbatim,
    written_as: TransferSyntax | None = None,
    meta: Sequence[Element | Verbatim] = (),
) -> bytes:
    """A whole file; written_as: what the data set is really encoded in."""
    body = elements(specs, form(written_as or syntax))
    if syntax.deflated:
        body = deflated(body)
    return PREAMBLE + file_meta(syntax.uid, *meta) + body


def deflated(body: bytes) -> bytes:
    """Raw deflate, padded. Standard: PS3.5 §A.5."""
    deflater = zlib.compressobj(wbits=-15)
    packed = deflater.compress(body) + deflater.flush()
    return packed + b"\0" * (len(packed) % 2)


def data_set(syntax: TransferSyntax, *specs: Element | Verbatim) -> bytes:
    """A data set alone: no preamble, no File Meta."""
    return elements(specs, form(syntax))


def nested(depth: int, innermost: Element) -> Element:
    """An element inside that many sequences."""
    spec = innermost
    for _ in range(depth):
        spec = ("ReferencedStudySequence", "SQ", [[spec]])
    return spec


IDENTITY: tuple[Element, ...] = (
    ("SOPClassUID", "UI", CT_IMAGE),
    ("SOPInstanceUID", "UI", "1.2.3.4"),
    ("PatientName", "PN", "Yamada^Taro"),
    ("PatientID", "LO", "ID-4711"),
)
"""The least that an instance with a patient has, in order of tags."""
