"""What a person should know of an instance before deciding: facts and warnings.

Strategy: facts are single attributes; a warning is a code, a level and numbers, so that
the page and the command line say the same in their own words. Warnings come most serious
first: what may leak although the header is clean, then what may leak in the header, then
what is odd about the file.

Invariants: nothing here changes what is written; no warning holds a value of the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.dicom.tag import SPECIFIC_CHARACTER_SET, is_private, is_private_creator
from dicomanon.dicom.vr import VRS
from dicomanon.pixels.areas import whole_number
from dicomanon.pixels.risk import FLAGGED, MODALITY, PIXELS, risk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.dicom.instance import Instance, Place
    from dicomanon.pixels.risk import Risk

HIGH, MEDIUM, LOW = "high", "medium", "low"
_LEVELS = (HIGH, MEDIUM, LOW)

ENCAPSULATED_DOCUMENT = 0x00420011
CONTENT_SEQUENCE = 0x0040A730
DIGITAL_SIGNATURES = 0xFFFAFFFA
IDENTITY_REMOVED = 0x00120062
_PREAMBLE_BYTES = 128


class Facts(NamedTuple):
    """Single attributes of an instance; "" or 0 where it has none."""

    modality: str
    sop_class: str
    transfer_syntax: str
    character_set: str
    patient_age: str
    patient_sex: str
    rows_px: int
    columns_px: int
    frames: int
    bits_stored: int
    photometric: str
    elements: int
    private_elements: int


class Warning(NamedTuple):  # noqa: A001 - the page's word for it; nobody here warns by exception
    """Something to look at; data: numbers and DICOM terms for the sentence."""

    code: str
    level: str
    data: dict[str, str | int] = {}  # noqa: RUF012 - never changed


class Survey(NamedTuple):
    """What one walk over all elements counts."""

    elements: int = 0
    private: int = 0
    nested_identifiers: int = 0
    undecodable: int = 0
    overlays: int = 0


def survey(instance: Instance) -> Survey:
    """Count what facts and warnings need, in one walk."""
    elements = private = nested = undecodable = overlays = 0
    for place in instance.places():
        elements += 1
        tag = place.element.tag
        if is_private(tag):
            private += not is_private_creator(tag)
        elif len(place.path) > 1 and place.element.value_bytes:
            nested += place.element.items is None and data.category_of(tag) in (
                "patient",
                "contact",
            )
        overlays += tag & 0xFF01FFFF == 0x60003000  # noqa: PLR2004 - Overlay Data
        undecodable += _undecodable(place)
    return Survey(elements, private, nested, undecodable, overlays)


def _undecodable(place: Place) -> bool:
    """Whether a text value has bytes that its character set does not explain."""
    vr = place.context.vr(place.element)
    if vr not in VRS or VRS[vr].kind != "text":
        return False
    raw = place.context.instance.value(place.element)
    if raw.isascii() and b"\x1b" not in raw:
        return False
    text = place.context.text(place.element) or ""
    return "\ufffd" in text or "\x1b" in text


def facts(instance: Instance, counted: Survey) -> Facts:
    """The facts of an instance. Standard: PS3.3 §C.7."""
    sop_class = instance.text(0x00080016)
    has_pixels = any(instance.data_set.find(tag) for tag in PIXELS)
    return Facts(
        modality=instance.text(0x00080060),
        sop_class=data.uid_name(sop_class) or sop_class,
        transfer_syntax=instance.transfer_syntax.name,
        character_set=instance.text(SPECIFIC_CHARACTER_SET),
        patient_age=instance.text(0x00101010),
        patient_sex=instance.text(0x00100040),
        rows_px=_count(instance, 0x00280010),
        columns_px=_count(instance, 0x00280011),
        frames=(_count(instance, 0x00280008) or 1) if has_pixels else 0,
        bits_stored=_count(instance, 0x00280101),
        photometric=instance.text(0x00280004),
        elements=counted.elements,
        private_elements=counted.private,
    )


def _count(instance: Instance, tag: int) -> int:
    return whole_number(instance.context(), tag) or 0


_NOT_MASKABLE = (None, "mpeg", "unknown")
"""Compression schemes without an encoder, fragments without a scheme among them."""


def warnings(instance: Instance, counted: Survey) -> list[Warning]:
    """What to look at, most serious first."""
    found = [*_in_pixels(instance, counted), *_in_header(instance, counted), *_in_file(instance)]
    return sorted(found, key=lambda warning: _LEVELS.index(warning.level))


def _in_pixels(instance: Instance, counted: Survey) -> Iterator[Warning]:
    pixels = next(filter(None, map(instance.data_set.find, PIXELS)), None)
    if pixels is not None:
        yield from _burned_in(instance)
        if pixels.undefined_length and instance.transfer_syntax.codec in _NOT_MASKABLE:
            yield Warning("compressed_pixels", LOW, {"codec": instance.transfer_syntax.name})
    if instance.data_set.find(ENCAPSULATED_DOCUMENT) is not None:
        yield Warning("encapsulated_document", HIGH)
    if counted.overlays:
        yield Warning("overlays", MEDIUM, {"count": counted.overlays})


def _burned_in(instance: Instance) -> Iterator[Warning]:
    found = risk(instance)
    code = burned_in(found)
    if code == "burned_in_flagged":
        yield Warning(code, found.level)
    elif code:
        yield Warning(code, found.level, {"modality": instance.text(MODALITY).strip()})


def burned_in(found: Risk) -> str:
    """The code of the warning of a risk, "" where it asks for none."""
    if found.level == HIGH:
        return "burned_in_flagged" if found.signs[0] == FLAGGED else "burned_in_likely"
    return "burned_in_possible" if found.level == MEDIUM else ""


def _in_header(instance: Instance, counted: Survey) -> Iterator[Warning]:
    if counted.private:
        yield Warning("private_elements", MEDIUM, {"count": counted.private})
    if counted.nested_identifiers:
        yield Warning("nested_identifiers", MEDIUM, {"count": counted.nested_identifiers})
    if instance.context().charset.problem:
        yield Warning("charset_unknown", MEDIUM)
    if counted.undecodable:
        yield Warning("charset_undecodable", MEDIUM, {"count": counted.undecodable})
    if instance.data_set.find(CONTENT_SEQUENCE) is not None:
        yield Warning("sr_content", MEDIUM)
    if instance.data_set.find(DIGITAL_SIGNATURES) is not None:
        yield Warning("signatures", LOW)
    if instance.text(IDENTITY_REMOVED).strip().upper() == "YES":
        yield Warning("already_deidentified", LOW)


def _in_file(instance: Instance) -> Iterator[Warning]:
    if instance.trailing_bytes:
        yield Warning("trailing_bytes", MEDIUM, {"bytes": instance.trailing_bytes})
    if instance.preamble and any(instance.window.read(0, _PREAMBLE_BYTES)):
        yield Warning("preamble_content", LOW)
    if not instance.preamble:
        yield Warning("no_preamble", LOW)
    if not instance.file_meta.elements:
        yield Warning("no_file_meta", LOW)
    elif instance.declared_transfer_syntax not in ("", instance.transfer_syntax.uid):
        yield Warning("wrong_vr_mode", LOW)
