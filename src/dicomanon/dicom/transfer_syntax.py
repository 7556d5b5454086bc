"""Transfer syntaxes: how a data set and its pixels are encoded.

Strategy: one table. What is not in it is read as Explicit VR Little Endian when
the bytes look so, because every transfer syntax added since 1995 encodes its
data set that way (PS3.5 §A.4), and its pixels are opaque.

Invariants: `codec` is None exactly when Pixel Data is native.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dicomanon.dicom.tag import Tag

TRANSFER_SYNTAX_UID: Tag = 0x00020010


class TransferSyntax(NamedTuple):
    """How an instance is encoded. Standard: PS3.5 Annex A.

    codec: the compression scheme of encapsulated frames; None for native ones,
    "unknown" where we do not know it.
    """

    uid: str
    name: str
    explicit: bool = True
    little: bool = True
    deflated: bool = False
    codec: str | None = None


IMPLICIT_LE = TransferSyntax("1.2.840.10008.1.2", "Implicit VR Little Endian", explicit=False)
EXPLICIT_LE = TransferSyntax("1.2.840.10008.1.2.1", "Explicit VR Little Endian")
DEFLATED_LE = TransferSyntax(
    "1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", deflated=True
)
EXPLICIT_BE = TransferSyntax("1.2.840.10008.1.2.2", "Explicit VR Big Endian", little=False)

_ENCAPSULATED = {
    "1.2.840.10008.1.2.4.50": ("JPEG Baseline (Process 1)", "jpeg"),
    "1.2.840.10008.1.2.4.51": ("JPEG Extended (Process 2 and 4)", "jpeg"),
    # Retired, but written once: progressive and arithmetic ones among them.
    "1.2.840.10008.1.2.4.52": ("JPEG Extended (Process 3 and 5)", "jpeg"),
    "1.2.840.10008.1.2.4.53": ("JPEG Spectral Selection (Process 6 and 8)", "jpeg"),
    "1.2.840.10008.1.2.4.54": ("JPEG Spectral Selection (Process 7 and 9)", "jpeg"),
    "1.2.840.10008.1.2.4.55": ("JPEG Full Progression (Process 10 and 12)", "jpeg"),
    "1.2.840.10008.1.2.4.56": ("JPEG Full Progression (Process 11 and 13)", "jpeg"),
    "1.2.840.10008.1.2.4.57": ("JPEG Lossless (Process 14)", "jpeg_lossless"),
    "1.2.840.10008.1.2.4.70": ("JPEG Lossless SV1", "jpeg_lossless"),
    "1.2.840.10008.1.2.4.80": ("JPEG-LS Lossless", "jpeg_ls"),
    "1.2.840.10008.1.2.4.81": ("JPEG-LS Near-Lossless", "jpeg_ls"),
    "1.2.840.10008.1.2.4.90": ("JPEG 2000 Lossless", "jpeg_2000"),
    "1.2.840.10008.1.2.4.91": ("JPEG 2000", "jpeg_2000"),
    "1.2.840.10008.1.2.4.92": ("JPEG 2000 Multi-component Lossless", "jpeg_2000"),
    "1.2.840.10008.1.2.4.93": ("JPEG 2000 Multi-component", "jpeg_2000"),
    "1.2.840.10008.1.2.4.100": ("MPEG2 Main Profile / Main Level", "mpeg"),
    "1.2.840.10008.1.2.4.100.1": ("Fragmentable MPEG2 Main / Main", "mpeg"),
    "1.2.840.10008.1.2.4.101": ("MPEG2 Main Profile / High Level", "mpeg"),
    "1.2.840.10008.1.2.4.101.1": ("Fragmentable MPEG2 Main / High", "mpeg"),
    "1.2.840.10008.1.2.4.102": ("MPEG-4 AVC/H.264 High Profile", "mpeg"),
    "1.2.840.10008.1.2.4.102.1": ("Fragmentable MPEG-4 AVC High", "mpeg"),
    "1.2.840.10008.1.2.4.103": ("MPEG-4 AVC/H.264 BD-compatible", "mpeg"),
    "1.2.840.10008.1.2.4.103.1": ("Fragmentable MPEG-4 AVC BD", "mpeg"),
    "1.2.840.10008.1.2.4.104": ("MPEG-4 AVC/H.264 High 4.2 2D", "mpeg"),
    "1.2.840.10008.1.2.4.104.1": ("Fragmentable MPEG-4 AVC 4.2 2D", "mpeg"),
    "1.2.840.10008.1.2.4.105": ("MPEG-4 AVC/H.264 High 4.2 3D", "mpeg"),
    "1.2.840.10008.1.2.4.105.1": ("Fragmentable MPEG-4 AVC 4.2 3D", "mpeg"),
    "1.2.840.10008.1.2.4.106": ("MPEG-4 AVC/H.264 Stereo High", "mpeg"),
    "1.2.840.10008.1.2.4.106.1": ("Fragmentable MPEG-4 AVC Stereo", "mpeg"),
    "1.2.840.10008.1.2.4.107": ("HEVC/H.265 Main", "mpeg"),
    "1.2.840.10008.1.2.4.108": ("HEVC/H.265 Main 10", "mpeg"),
    "1.2.840.10008.1.2.4.110": ("JPEG XL Lossless", "jpeg_xl"),
    "1.2.840.10008.1.2.4.111": ("JPEG XL JPEG Recompression", "jpeg_xl"),
    "1.2.840.10008.1.2.4.112": ("JPEG XL", "jpeg_xl"),
    "1.2.840.10008.1.2.4.201": ("HTJ2K Lossless", "htj2k"),
    "1.2.840.10008.1.2.4.202": ("HTJ2K Lossless RPCL", "htj2k"),
    "1.2.840.10008.1.2.4.203": ("HTJ2K", "htj2k"),
    "1.2.840.10008.1.2.5": ("RLE Lossless", "rle"),
    "1.2.840.10008.1.2.8.1": ("Deflated Image Frame Compression", "deflate"),
}

TRANSFER_SYNTAXES: dict[str, TransferSyntax] = {
    ts.uid: ts
    for ts in (
        IMPLICIT_LE,
        EXPLICIT_LE,
        DEFLATED_LE,
        EXPLICIT_BE,
        *(TransferSyntax(uid, name, codec=codec) for uid, (name, codec) in _ENCAPSULATED.items()),
    )
}


def transfer_syntax(uid: str) -> TransferSyntax:
    """The transfer syntax of a UID; an unknown one is Explicit VR Little Endian, opaque pixels."""
    return TRANSFER_SYNTAXES.get(uid) or TransferSyntax(uid, uid, codec="unknown")
