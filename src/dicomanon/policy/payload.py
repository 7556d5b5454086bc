"""Payloads: parts of an instance that hold more than a value, each under a rule of its own.

Strategy: one table names what Table E.1-1 lists among hundreds of attributes and what
nobody can look into: drawings, documents, sound, signatures, copies of old values. Where
a preset would clean or keep such a part and its texts cannot be told from the rest, the
table's own code stands. An encapsulated document becomes an empty one of its kind, so
that the instance stays what it says it is.

Invariants: no payload passes unless the person names it, or it is a sequence whose
attributes are decided one by one.

Standard: PS3.15 §E.1.1, §E.3.3; PS3.3 §C.24.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dicomanon.dicom.tag import Tag

ENCAPSULATED_DOCUMENT: Tag = 0x00420011
DOCUMENT_LENGTH: Tag = 0x00420015
MIME_TYPE: Tag = 0x00420012


class Payload(NamedTuple):
    """rule: names it; stays: whether a preset that cleans its category may let it stay."""

    rule: str
    stays: bool = False


PAYLOADS: Mapping[str, Payload] = {
    "00420011": Payload("encapsulated_document"),
    "00700001": Payload("graphic_annotation", stays=True),
    "00700006": Payload("graphic_annotation", stays=True),
    "00700081": Payload("presentation_state", stays=True),
    "00700084": Payload("presentation_state", stays=True),
    "00700068": Payload("presentation_state", stays=True),
    "00880200": Payload("icon_image", stays=True),
    "0040B020": Payload("waveform_annotation", stays=True),
    "04000500": Payload("encrypted_attributes"),
    "04000510": Payload("encrypted_attributes"),
    "04000520": Payload("encrypted_attributes"),
    "04000550": Payload("original_attributes"),
    "04000551": Payload("original_attributes"),
    "04000561": Payload("original_attributes"),
    "4FFE0001": Payload("digital_signature"),
    "50xxxxxx": Payload("curve"),
    "60xx3000": Payload("overlay", stays=True),  # a picture, masked like the pixels
    "FFFAFFFA": Payload("digital_signature"),
    "FFFCFFFC": Payload("trailing_padding"),
}
"""By tag or mask, as `data.sensitive_tags` has them."""

AUDIO = range(0x2000, 0x200F)
"""Element numbers of a curve group that are sound. Standard: PS3.3-2004 §C.10.3."""

BLANK_PDF = (
    b"%PDF-1.4\n"
    b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n"
    b"0000000052 00000 n \n0000000101 00000 n \n"
    b"trailer <</Size 4/Root 1 0 R>>\nstartxref\n164\n%%EOF\n"
)
"""One empty page."""

BLANK_DOCUMENTS: Mapping[str, bytes] = {
    "application/pdf": BLANK_PDF,
    "text/XML": b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>\n',
    "model/stl": bytes(84),  # a header of 80 bytes, and no triangles
    "model/obj": b"# ANONYMIZED.\n",
    "model/mtl": b"# ANONYMIZED.\n",
}
"""The document that says nothing, by MIME type; each of even length, as a value has to be."""


def blank_document(mime_type: str, size_bytes: int) -> bytes:
    """A document of a type without content; of a type that is not known zeros of that size."""
    wanted = mime_type.strip().casefold()
    found = (made for name, made in BLANK_DOCUMENTS.items() if name.casefold() == wanted)
    return next(found, bytes(size_bytes))
