"""Values by VR: bytes to text or numbers and back, and what a VR admits.

Strategy: the VR's row in `VRS` says what kind of value it is, and each kind has
one way in and out; what a VR admits beyond its length is one pattern, plus a
check of the calendar for dates. Text is decoded whole and split afterwards,
because a backslash byte can be half of a character.

Invariants: decoding text never fails. `encode` writes only what `valid` admits,
so nothing leaves here that breaks the standard; its result has an even length.

Standard: PS3.5 §6.2, Table 6.2-1.
"""

from __future__ import annotations

import math
import re
import struct
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from dicomanon.dicom.charset import PN_DELIMITERS, TEXT_DELIMITERS
from dicomanon.dicom.vr import VRS
from dicomanon.errors import MalformedError, ProfileError

if TYPE_CHECKING:
    from dicomanon.dicom.charset import Charset

_FORMATS = {
    vr: letter
    for letter, vrs in {
        "B": ("OB", "UN"),
        "h": ("SS",),
        "H": ("US", "AT", "OW"),
        "i": ("SL",),
        "I": ("UL", "OL"),
        "q": ("SV",),
        "Q": ("UV", "OV"),
        "f": ("FL", "OF"),
        "d": ("FD", "OD"),
    }.items()
    for vr in vrs
}
"""struct's letter for one number; of an AT, for its group or element number."""

_ENCODED = 4096
"""How many encoded texts are remembered: dummies and UIDs come again in every slice."""

_PADDING = " \0"
_STRIPPED_BOTH_SIDES = {"DS", "IS"}
_STRIPPED_EACH = {"AE", "LO", "PN", "SH", "UC"}
"""VRs of which each value loses its trailing padding, not only the last one (as pydicom does)."""

_NO_CONTROL = r"[^\x00-\x1f\x7f-\x9f\\]*"
_PAGE = r"[^\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]*"
_GROUP = r"[^\x00-\x1f\x7f-\x9f\\^=]*"
_NAME = rf"(?=[^=]{{0,64}}(?:=|\Z)){_GROUP}(?:\^{_GROUP}){{0,4}}"
_HOUR, _SIXTY = r"(?:[01]\d|2[0-3])", r"[0-5]\d"
_TIME = rf"{_HOUR}(?:{_SIXTY}(?:(?:{_SIXTY}|60)(?:\.\d{{1,6}})?)?)?"
_ZONE = rf"[+-](?:0\d|1[0-4]){_SIXTY}"

_DAY = r"\d{8}"
_MOMENT = rf"(?:\d{{8}}(?:{_TIME})?|\d{{6}}|\d{{4}})(?:{_ZONE})?"


def _range_of(form: str) -> str:
    """One value, or a range that may be open at an end. Standard: PS3.5 §6.2."""
    return rf"(?:{form}(?:-(?:{form})?)?|-{form})"


_ADMITTED = {
    "AE": r"(?! *\Z)[ -\[\]-~]*",
    "AS": r"\d{3}[DWMY]",
    "CS": r"[A-Z0-9 _]*",
    "DA": _range_of(_DAY),
    "DS": r" *[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)? *",
    "DT": _range_of(_MOMENT),
    "IS": r" *[+-]?\d+ *",
    "LO": _NO_CONTROL,
    "LT": _PAGE,
    "PN": rf"{_NAME}(?:={_NAME}){{0,2}}",
    "SH": _NO_CONTROL,
    "ST": _PAGE,
    "TM": _range_of(_TIME),
    "UC": _NO_CONTROL,
    "UI": r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*",
    "UR": r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+",
    "UT": _PAGE,
}
"""What one value may look like, apart from its length. Standard: PS3.5 Table 6.2-1."""

_NUMBER = re.compile(r"[+-]?[0-9.]{1,40}(?:e[+-]?\d{1,3})?|nan|[+-]?inf", re.ASCII)
_TAG = re.compile(r"[0-9A-Fa-f]{8}", re.ASCII)
_ENDS = re.compile(rf"(\d{{1,8}})[\d.]*(?:{_ZONE})?(?:-|\Z)")
"""The date of each end of a DA or DT, what may be a zone being one."""
_DATE_FILL = {4: "0101", 6: "01", 8: ""}
"""What makes the date of a DT with that many digits whole."""


def split_values(text: str, vr: str) -> list[str]:
    """The values in a text, one for each that a backslash separates in this VR; [] if empty.

    Standard: PS3.5 §6.4.
    """
    if not text:
        return []
    spec = VRS.get(vr)
    return text.split("\\") if spec is not None and spec.multi else [text]


def decode(raw: bytes, vr: str, little: bool, charset: Charset) -> str | None:  # noqa: FBT001 - as a span says it
    """The value as text, several joined by backslash, without padding; None for bulk and SQ.

    Numbers print as Python prints them, an AT as eight upper-case hex digits.

    Raises: MalformedError("value") if a binary value is not whole numbers long.
    """
    kind = _kind(vr)
    if kind == "number":
        shape = "{:08X}" if vr == "AT" else "{}"
        return "\\".join(shape.format(number) for number in numbers(raw, vr, little))
    if kind == "ascii":
        # Real files hold Latin-1 here, whatever (0008,0005) says.
        return _strip(raw.decode("ascii" if raw.isascii() else "latin_1"), vr)
    if kind == "text":
        return _strip(charset.decode(raw, delimiters=delimiters(vr)), vr)
    return None


def numbers(raw: bytes, vr: str, little: bool) -> tuple[int | float, ...]:  # noqa: FBT001 - as a span says it
    """The value as numbers: binary VRs, DS, IS, and the words of OB to OW; an AT as tags.

    Raises: MalformedError("value") if these bytes are not numbers of that VR.
    """
    if vr in _STRIPPED_BOTH_SIDES:
        texts = split_values(_strip(raw.decode("latin_1"), vr), vr)
        return tuple(_parse(text, vr) for text in texts if text)
    letter = _FORMATS.get(vr)
    if letter is None or len(raw) % VRS[vr].unit_bytes or (vr == "AT" and len(raw) % 4):
        raise MalformedError("value")
    order = "<" if little else ">"
    found = struct.unpack(f"{order}{len(raw) // struct.calcsize(order + letter)}{letter}", raw)
    if vr == "AT":
        return tuple(
            group << 16 | element for group, element in zip(found[::2], found[1::2], strict=True)
        )
    return found


@lru_cache(_ENCODED)
def encode(text: str, vr: str, little: bool, charset: Charset) -> bytes:  # noqa: FBT001 - as a span says it
    """The bytes of a text as `decode` gives it, padded to an even length.

    Raises: ProfileError("action_value") if the VR does not admit the text (bulk
    VRs admit only the empty one), ProfileError("charset_value") if the file's
    character set does not.
    """
    if not valid(text, vr):
        raise ProfileError("action_value")
    spec = VRS[vr]
    if spec.kind == "number":
        return b"".join(_pack(value, vr, little) for value in split_values(text, vr))
    raw: bytes | None
    if spec.kind == "text":
        raw = charset.encode(text, delimiters=delimiters(vr))
    else:
        raw = text.encode("ascii")
    if raw is None:
        raise ProfileError("charset_value")
    return raw + spec.pad if len(raw) % 2 else raw


def fits(text: str, vr: str, charset: Charset) -> bool:
    """Whether a character set has all characters of a text of that VR."""
    return _kind(vr) != "text" or charset.encode(text, delimiters=delimiters(vr)) is not None


def valid(text: str, vr: str) -> bool:
    """Whether a VR admits this text: characters, form, length and range of each value.

    An empty text, and an empty value among several, is admitted by every VR
    that has values. Standard: PS3.5 Table 6.2-1.
    """
    spec = VRS.get(vr)
    if spec is None:
        return False
    if not text:
        return True
    if spec.kind == "number":
        return all(_packs(value, vr) for value in text.split("\\"))
    pattern = _pattern(vr)
    return pattern is not None and all(
        not value
        or (
            (spec.max_chars is None or len(value) <= spec.max_chars)
            and pattern.fullmatch(value) is not None
            and _in_range(value, vr)
        )
        for value in split_values(text, vr)
    )


@cache
def _pattern(vr: str) -> re.Pattern[str] | None:
    # Compiled when first needed: a reader never needs one.
    return re.compile(_ADMITTED[vr], re.ASCII) if vr in _ADMITTED else None


def _kind(vr: str) -> str:
    spec = VRS.get(vr)
    return "bytes" if spec is None else spec.kind


def delimiters(vr: str) -> bytes:
    """The bytes between values of a text VR, and between parts of a name, as `Charset` wants them.

    Standard: PS3.5 §6.1.2.5.3.
    """
    if vr == "PN":
        return PN_DELIMITERS
    return TEXT_DELIMITERS if VRS[vr].multi else b""


def _strip(text: str, vr: str) -> str:
    if vr in _STRIPPED_BOTH_SIDES:
        return "\\".join(value.strip(_PADDING) for value in text.split("\\"))
    if vr in _STRIPPED_EACH and "\\" in text:
        return "\\".join(_strip(value, vr) for value in text.split("\\"))
    text = text.rstrip(_PADDING)
    return text.rstrip("=") if vr == "PN" else text  # trailing null groups, PS3.5 §6.2.1.1


def _parse(text: str, vr: str) -> int | float:
    # An IS such as "1.0" is common and means what it says; "1_0" is Python's own and means nothing.
    try:
        number = float(text) if vr == "DS" or "." in text else int(text)
    except ValueError:
        raise MalformedError("value") from None
    if not math.isfinite(number) or "_" in text:
        raise MalformedError("value")
    return number


def _pack(value: str, vr: str, little: bool) -> bytes:  # noqa: FBT001 - as a span says it
    letter, order = _FORMATS[vr], "<" if little else ">"
    if vr == "AT":
        tag = int(value, 16)
        return struct.pack(f"{order}2H", tag >> 16, tag & 0xFFFF)
    return struct.pack(order + letter, float(value) if letter in "fd" else int(value))


def _packs(value: str, vr: str) -> bool:
    """Whether one binary number can be made of a text, which may come from anyone."""
    if vr == "AT":
        return _TAG.fullmatch(value) is not None
    if _NUMBER.fullmatch(value) is None:
        return False
    try:
        _pack(value, vr, little=True)
    except (ValueError, OverflowError, struct.error):
        return False
    return True


def _in_range(value: str, vr: str) -> bool:
    """Check what a pattern cannot say: the calendar, and the 32 bits of an IS."""
    if vr == "IS":
        return -(2**31) <= int(value) < 2**31
    if vr not in ("DA", "DT"):
        return True
    days = (end[1] for end in _ENDS.finditer(value))
    try:
        return all(date.fromisoformat(day + _DATE_FILL[len(day)]) for day in days)
    except ValueError:
        return False
