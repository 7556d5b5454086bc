"""What headers look like, and what the first of them says of how a file is written.

Strategy: a file may come without preamble, without File Meta, with a transfer syntax that is
not its own; its first header shows what it is.

Invariants: what looks like no header is no DICOM.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.dicom.transfer_syntax import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE
from dicomanon.dicom.vr import SHORT_LENGTH, VRS
from dicomanon.errors import NotDicomError

if TYPE_CHECKING:
    from dicomanon.dicom.source import Window
    from dicomanon.dicom.transfer_syntax import TransferSyntax

PREAMBLE_BYTES = 128
PREFIX = b"DICM"
HEADER_BYTES = 8
LONG_HEADER_BYTES = 12

KNOWN_VR: dict[bytes, tuple[str, bool]] = {
    name.encode(): (name, name in SHORT_LENGTH) for name in VRS
}
EXPLICIT = {True: struct.Struct("<HH2sH"), False: struct.Struct(">HH2sH")}
IMPLICIT = {True: struct.Struct("<HHL"), False: struct.Struct(">HHL")}
LONG = {True: struct.Struct("<L"), False: struct.Struct(">L")}


def file_start(window: Window) -> int:
    """Offset of the first element: after the preamble and prefix, or zero without them.

    Without the prefix the first element must look like one: group 0002 or 0008, a
    small element number, and a length that fits the file.
    """
    size = window.size_bytes
    if (
        size >= PREAMBLE_BYTES + len(PREFIX)
        and window.read(PREAMBLE_BYTES, PREAMBLE_BYTES + len(PREFIX)) == PREFIX
    ):
        return PREAMBLE_BYTES + len(PREFIX)
    start = len(PREFIX) if size >= len(PREFIX) and window.read(0, len(PREFIX)) == PREFIX else 0
    if size - start < HEADER_BYTES:
        raise NotDicomError("not_dicom")
    head = window.read(start, start + HEADER_BYTES)
    for little in (True, False):
        group, number, code, length = EXPLICIT[little].unpack(head)
        if group not in (0x0002, 0x0008):
            continue
        if code in KNOWN_VR:
            if length <= size:
                return start
        elif data.is_standard(group << 16 | number) or number == 0:
            implicit_length = LONG[little].unpack_from(head, 4)[0]
            if implicit_length <= size:
                return start
    raise NotDicomError("not_dicom")


def meta_form(window: Window, start: int) -> tuple[bool, bool]:
    """File Meta is Explicit VR Little Endian; some writers use the data set's implicit form."""
    return looks_explicit(window, start, window.size_bytes, assumed=True), True


def looks_explicit(window: Window, start: int, stop: int, *, assumed: bool) -> bool:
    """Whether the first element has a VR of two capital letters where explicit ones do.

    A length that spells two capital letters would be over 16 KiB: not the first element's.
    """
    if stop - start < HEADER_BYTES:
        return assumed
    code = window.read(start + 4, start + 6)
    return is_capitals(code)


def is_capitals(code: bytes) -> bool:
    """Whether two bytes may be a VR."""
    return b"A" <= code[:1] <= b"Z" and b"A" <= code[1:] <= b"Z"


def guess(window: Window, position: int) -> TransferSyntax:
    """The transfer syntax of a data set that comes without File Meta."""
    if window.size_bytes - position < HEADER_BYTES:
        return IMPLICIT_LE
    head = window.read(position, position + HEADER_BYTES)
    if not is_capitals(head[4:6]):
        return IMPLICIT_LE
    group = EXPLICIT[True].unpack(head)[0]
    return EXPLICIT_BE if group >= 0x0400 else EXPLICIT_LE  # noqa: PLR2004 - 0008 read backwards


def other_mode(syntax: TransferSyntax) -> TransferSyntax:
    """What the data set really is when its VR mode contradicts its transfer syntax."""
    if syntax == EXPLICIT_LE:
        return IMPLICIT_LE
    if syntax == IMPLICIT_LE:
        return EXPLICIT_LE
    return syntax._replace(explicit=not syntax.explicit)
