"""An instance: its attributes, its pixels with stamps, its bytes and its answers.

Strategy: pixels become a value first, because their digest is part of the answers; the data
set is encoded in one go, and Pixel Data, which is last, is put behind it.

Invariants: what is asked of the pixels is either that they stay, to the byte, or that their
stamps go.

Standard: PS3.10 §7.1; PS3.3 §C.7.6.3.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.dicom.segment import PREAMBLE, NewElement, encode_element, header
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE, transfer_syntax
from dicomanon.synth.answer import Answer, digest
from dicomanon.synth.attribute import Attribute, attribute, encoded, level
from dicomanon.synth.codestream import COLOUR_DIMENSIONS, DELIMITER, deflated, encapsulated
from dicomanon.synth.demand import HIPAA, TCIA, Check, checks

if TYPE_CHECKING:
    from collections.abc import Collection

    from dicomanon.synth.attribute import Level
    from dicomanon.synth.codestream import Coding
    from dicomanon.synth.exam import Series
    from dicomanon.synth.picture import Picture
    from dicomanon.synth.stamp import Box

_PIXEL_DATA = 0x7FE00010
_UNDEFINED = 0xFFFFFFFF
_IMPLEMENTATION = "2.25.306591038470274819302847561029384756"
_BYTE_BITS = 8


class Pixels(NamedTuple):
    """The value of Pixel Data, without the delimiter of an encapsulated one."""

    value: bytes
    vr: str
    encapsulated: bool


class Draft(NamedTuple):
    """An instance before it is written. stamps: the texts in its pixels and their boxes."""

    series: Series
    number: int
    sop_class: str
    attributes: Level
    coding: Coding
    pixels: Pixels | None = None
    stamps: tuple[tuple[str, Box], ...] = ()


def imaged(picture: Picture, bits: int, coding: Coding) -> tuple[Level, Pixels]:
    """The Image Pixel module of a picture, and its value."""
    colour = picture.ndim > COLOUR_DIMENSIONS
    rows, columns = picture.shape[1:3]
    allocated = picture.dtype.itemsize * _BYTE_BITS
    found = level(
        SamplesPerPixel=COLOUR_DIMENSIONS if colour else 1,
        PhotometricInterpretation=coding.photometric if colour else "MONOCHROME2",
        Rows=rows,
        Columns=columns,
        BitsAllocated=allocated,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=0,
        LossyImageCompression="01" if coding.lossy else "00",
    )
    if colour:
        found += level(PlanarConfiguration=0)
    if coding.encode is None:
        little = picture.astype(f"<u{picture.dtype.itemsize}", copy=False).tobytes()
        return found, Pixels(little, "OB" if allocated == _BYTE_BITS else "OW", encapsulated=False)
    frames = [coding.encode(frame, bits) for frame in picture]
    if coding.lossy:
        ratio = picture.nbytes / sum(map(len, frames))
        found += level(
            LossyImageCompressionRatio=f"{ratio:.2f}", LossyImageCompressionMethod="ISO_10918_1"
        )
    return found, Pixels(encapsulated(frames), "OB", encapsulated=True)


def part10(draft: Draft) -> tuple[bytes, bytes | None]:
    """The bytes of a file, and the value of its Pixel Data as it stands there."""
    syntax = transfer_syntax(draft.coding.uid)
    terms = _terms(draft.attributes)
    attributes = list(draft.attributes)
    pixels = draft.pixels
    if pixels is not None and not pixels.encapsulated:
        attributes.append(Attribute(_PIXEL_DATA, pixels.vr, pixels.value))
    elements = encoded(attributes, terms, syntax)
    body = b"".join(
        encode_element(e, explicit=syntax.explicit, little=syntax.little) for e in elements
    )
    stored = next((e.value for e in elements if e.tag == _PIXEL_DATA), None)
    if pixels is not None and pixels.encapsulated:
        head = header(_PIXEL_DATA, "OB", _UNDEFINED, explicit=True, little=True)
        body += head + pixels.value + DELIMITER
        stored = pixels.value
    meta = _file_meta(draft)
    written = deflated(body) if syntax.deflated else body
    return PREAMBLE + meta + written, stored if isinstance(stored, bytes) else None


def _terms(attributes: Level) -> str:
    wanted = attribute("SpecificCharacterSet", "").tag
    return next((str(one.value) for one in attributes if one.tag == wanted), "")


def _file_meta(draft: Draft) -> bytes:
    elements = level(
        MediaStorageSOPClassUID=draft.sop_class,
        MediaStorageSOPInstanceUID=draft.series.instance_uid(draft.number),
        TransferSyntaxUID=draft.coding.uid,
        ImplementationClassUID=_IMPLEMENTATION,
        ImplementationVersionName="MADE_UP_1",
        SourceApplicationEntityTitle=draft.series.exam.station,
    )
    version = NewElement(0x00020001, "OB", b"\0\1")
    content = b"".join(
        encode_element(e, explicit=True, little=True)
        for e in (version, *encoded(elements, "", EXPLICIT_LE))
    )
    size = NewElement(0x00020000, "UL", len(content).to_bytes(4, "little"))
    return encode_element(size, explicit=True, little=True) + content


def answer(draft: Draft, file: str, stored: bytes | None, mapped: Collection[str]) -> Answer:
    """What is asked of an instance."""
    exam = draft.series.exam
    md5 = digest(stored)
    return Answer(
        file,
        exam.patient.number,
        draft.series.modality,
        draft.sop_class,
        exam.patient.id,
        exam.uid("study"),
        draft.series.uid,
        draft.series.instance_uid(draft.number),
        md5,
        (
            *checks(draft.attributes, mapped, exam.patient.name_words),
            *_pixel_checks(draft, stored, md5),
        ),
    )


def _pixel_checks(draft: Draft, stored: bytes | None, md5: str) -> list[Check]:
    if stored is None:
        return []
    if not draft.stamps:
        kept = ("pixels_retained", md5, TCIA, "p15", "TCIA-P15-PIX-K")
        return [Check(None, None, None, *kept)]
    return [
        Check(None, None, None, "pixels_hidden", _hidden(text, box), HIPAA, "m", "HIPAA-A")
        for text, box in draft.stamps
    ]


def _hidden(text: str, box: Box) -> str:
    corners = {"top_left": [box.left, box.top], "bottom_right": [box.right, box.bottom]}
    return json.dumps({"text": text, **corners}, ensure_ascii=False)
