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
from dicomanon.dicom.instance import Context
from dicomanon.dicom.tag import PIXEL_DATA, SPECIFIC_CHARACTER_SET, is_private, is_private_creator
from dicomanon.dicom.vr import VRS
from dicomanon.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.dicom.instance import Instance, Place

HIGH, MEDIUM, LOW = "high", "medium", "low"
_LEVELS = (HIGH, MEDIUM, LOW)

BURNED_IN_LIKELY = frozenset({"US", "IVUS", "ES", "OT", "SC", "XC", "GM", "DOC", "ECG", "OP", "HC"})
"""Modalities whose images carry names more often than not: screens, cameras, scans of paper."""
BURNED_IN_POSSIBLE = frozenset({"CR", "DX", "RF", "XA", "MG", "IO", "PX", "NM", "RG", "BMD"})
"""Modalities whose images carry text at times: digitized film, printed labels, markers."""
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
ULTRASOUND = (
    "1.2.840.10008.5.1.4.1.1.3.1",
    "1.2.840.10008.5.1.4.1.1.6.1",
    "1.2.840.10008.5.1.4.1.1.6.2",
)
ENCAPSULATED_DOCUMENT = 0x00420011
CONTENT_SEQUENCE = 0x0040A730
DIGITAL_SIGNATURES = 0xFFFAFFFA
IDENTITY_REMOVED = 0x00120062
ULTRASOUND_REGIONS = 0x00186011
_REGION_CORNERS = (0x00186018, 0x0018601A, 0x0018601C, 0x0018601E)
_PIXEL_TAGS = (PIXEL_DATA, 0x7FE00008, 0x7FE00009)
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
    has_pixels = any(instance.data_set.find(tag) for tag in _PIXEL_TAGS)
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
    return _whole(instance.context(), tag) or 0


def _whole(context: Context, tag: int) -> int | None:
    """The first number of an element as a whole one, None if it has none."""
    try:
        number = context.number(tag)
        return None if number is None else int(number)
    except (MalformedError, ValueError, OverflowError):
        return None


_NOT_MASKABLE = (None, "mpeg", "unknown")
"""Compression schemes without an encoder, fragments without a scheme among them."""


def warnings(instance: Instance, counted: Survey) -> list[Warning]:
    """What to look at, most serious first."""
    found = [*_in_pixels(instance, counted), *_in_header(instance, counted), *_in_file(instance)]
    return sorted(found, key=lambda warning: _LEVELS.index(warning.level))


def _in_pixels(instance: Instance, counted: Survey) -> Iterator[Warning]:
    pixels = next(filter(None, map(instance.data_set.find, _PIXEL_TAGS)), None)
    if pixels is not None:
        yield from _burned_in(instance)
        if pixels.undefined_length and instance.transfer_syntax.codec in _NOT_MASKABLE:
            yield Warning("compressed_pixels", LOW, {"codec": instance.transfer_syntax.name})
    if instance.data_set.find(ENCAPSULATED_DOCUMENT) is not None:
        yield Warning("encapsulated_document", HIGH)
    if counted.overlays:
        yield Warning("overlays", MEDIUM, {"count": counted.overlays})


def _burned_in(instance: Instance) -> Iterator[Warning]:
    modality = instance.text(0x00080060).strip().upper()
    flag = instance.text(0x00280301).strip().upper()
    sop_class = instance.text(0x00080016)
    if flag == "YES":
        yield Warning("burned_in_flagged", HIGH)
    elif (
        modality in BURNED_IN_LIKELY
        or sop_class in ULTRASOUND
        or sop_class.startswith(SECONDARY_CAPTURE)
        or instance.data_set.find(ULTRASOUND_REGIONS) is not None
    ):
        yield Warning("burned_in_likely", HIGH, {"modality": modality})
    elif flag != "NO" and (modality in BURNED_IN_POSSIBLE or instance.text(0x00080064)):
        yield Warning("burned_in_possible", MEDIUM, {"modality": modality})


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


class Area(NamedTuple):
    """A rectangle of the image, half-open, in pixels from the top left corner."""

    x_px: int
    y_px: int
    width_px: int
    height_px: int


def image_areas(instance: Instance) -> list[Area]:
    """Where an ultrasound says its image is; text stands outside as a rule.

    Standard: PS3.3 §C.8.5.5, Sequence of Ultrasound Regions.
    """
    sequence = instance.data_set.find(ULTRASOUND_REGIONS)
    if sequence is None:
        return []
    top = instance.context()
    areas = []
    for item in sequence.items or ():
        context = Context(instance, item, top)
        x0, y0, x1, y1 = (_whole(context, tag) for tag in _REGION_CORNERS)
        if x0 is not None and y0 is not None and x1 is not None and y1 is not None:
            area = Area(x0, y0, x1 - x0 + 1, y1 - y0 + 1)
            if min(area[:2]) >= 0 and min(area[2:]) > 0:
                areas.append(area)
    return areas
