"""Frames -> the value of Pixel Data in a transfer syntax.

Strategy: one encoder a compression scheme; an own door to imagecodecs, because the pixels
room's encoders write what replaces an old codestream, and their mistakes must not be ours.

Invariants: every fragment has an even length, a frame is one fragment, and there is a Basic
Offset Table if there are frames to tell apart.

Standard: PS3.5 §A.4, §G.
"""

from __future__ import annotations

import struct
import zlib
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dicomanon.dicom.segment import header
from dicomanon.dicom.tag import ITEM, SEQUENCE_DELIMITER

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Frame = NDArray[Any]

_RLE_HEADER_BYTES = 64
_JPEG_LEVEL = 92
_TILE_PART, _COMMENT = b"\xff\x90", b"\xff\x64"
COLOUR_DIMENSIONS = 3


class Coding(NamedTuple):
    """A way to write pixels. uid: of the transfer syntax; photometric: of colour, once coded.

    encode: a frame and its stored bits -> a codestream; None: as they are; lossy: whether
    the values change; bits: that it may store, least and most.
    """

    uid: str
    encode: Callable[[Frame, int], bytes] | None = None
    photometric: str = "RGB"
    lossy: bool = False
    bits: tuple[int, int] = (8, 16)


def _jpeg(frame: Frame, _: int) -> bytes:
    import imagecodecs  # noqa: PLC0415 - takes long to import, and only some sets need it

    colour = frame.ndim == COLOUR_DIMENSIONS
    return bytes(
        imagecodecs.jpeg8_encode(
            frame,
            level=_JPEG_LEVEL,
            colorspace="rgb" if colour else "grayscale",
            outcolorspace="ycbcr" if colour else "grayscale",
            subsampling="422" if colour else None,
        )
    )


def _jpeg_lossless(frame: Frame, bits: int) -> bytes:
    import imagecodecs  # noqa: PLC0415

    space = "rgb" if frame.ndim == COLOUR_DIMENSIONS else "grayscale"
    return bytes(
        imagecodecs.jpeg8_encode(
            frame,
            colorspace=space,
            outcolorspace=space,
            lossless=True,
            predictor=1,
            bitspersample=bits,
        )
    )


def _jpeg_ls(frame: Frame, _: int) -> bytes:
    import imagecodecs  # noqa: PLC0415

    return bytes(imagecodecs.jpegls_encode(frame, level=0))


def _jpeg_2000(frame: Frame, bits: int) -> bytes:
    import imagecodecs  # noqa: PLC0415

    coded = imagecodecs.jpeg2k_encode(
        frame,
        level=0,
        codecformat="j2k",
        bitspersample=bits,
        reversible=True,
        mct=frame.ndim == COLOUR_DIMENSIONS,
    )
    return _without_comment(bytes(coded))


def _without_comment(codestream: bytes) -> bytes:
    """Without what tells the version of the encoder. Standard: ISO/IEC 15444-1 §A.9.2."""
    at = 2  # after the start of the codestream, which has no length
    while (marker := codestream[at : at + 2]) != _TILE_PART:
        stop = at + 2 + int.from_bytes(codestream[at + 2 : at + 4], "big")
        if marker == _COMMENT:
            return codestream[:at] + codestream[stop:]
        at = stop
    return codestream


def _htj2k(frame: Frame, _: int) -> bytes:
    import imagecodecs  # noqa: PLC0415

    colour = frame.ndim == COLOUR_DIMENSIONS
    return bytes(imagecodecs.htj2k_encode(frame, rgb=colour, reversible=True))


def _rle(frame: Frame, _: int) -> bytes:
    """One segment a byte of a sample, most significant first. Standard: PS3.5 §G.2."""
    import imagecodecs  # noqa: PLC0415

    samples = frame if frame.ndim == COLOUR_DIMENSIONS else frame[..., None]
    size = frame.dtype.itemsize
    raw = np.ascontiguousarray(samples).astype(f">u{size}").view(np.uint8)
    planes = raw.reshape(*frame.shape[:2], -1).transpose(2, 0, 1)
    segments = [
        b"".join(bytes(imagecodecs.packbits_encode(row.tobytes())) for row in plane)
        for plane in planes
    ]
    segments = [segment + b"\0" * (len(segment) % 2) for segment in segments]
    offsets = accumulate(map(len, segments[:-1]), initial=_RLE_HEADER_BYTES)
    head = struct.pack(f"<{len(segments) + 1}L", len(segments), *offsets)
    return head.ljust(_RLE_HEADER_BYTES, b"\0") + b"".join(segments)


IMPLICIT = Coding("1.2.840.10008.1.2")
EXPLICIT = Coding("1.2.840.10008.1.2.1")
DEFLATED = Coding("1.2.840.10008.1.2.1.99")
BIG_ENDIAN = Coding("1.2.840.10008.1.2.2")
NATIVE = (EXPLICIT, IMPLICIT, DEFLATED, BIG_ENDIAN)
_TS = "1.2.840.10008.1.2.4"
CODINGS = (
    EXPLICIT,
    Coding(f"{_TS}.50", _jpeg, "YBR_FULL_422", lossy=True, bits=(8, 8)),
    Coding(f"{_TS}.90", _jpeg_2000, "YBR_RCT"),
    IMPLICIT,
    Coding(f"{_TS}.70", _jpeg_lossless),
    DEFLATED,
    Coding(f"{_TS}.80", _jpeg_ls),
    BIG_ENDIAN,
    Coding("1.2.840.10008.1.2.5", _rle),
    EXPLICIT,
    Coding(f"{_TS}.201", _htj2k, "YBR_RCT"),
    Coding(f"{_TS}.57", _jpeg_lossless),
)
"""In the order in which series take their turns."""


def fits(coding: Coding, bits: int) -> bool:
    """Whether pixels of so many stored bits can be written that way."""
    low, high = coding.bits
    return low <= bits <= high


def encapsulated(frames: list[bytes]) -> bytes:
    """The value of Pixel Data without its delimiter: an offset table and a fragment a frame."""
    padded = [frame + b"\0" * (len(frame) % 2) for frame in frames]
    offsets = list(accumulate((len(frame) + 8 for frame in padded[:-1]), initial=0))
    table = struct.pack(f"<{len(offsets)}L", *offsets) if len(frames) > 1 else b""
    return b"".join(
        header(ITEM, "", len(item), explicit=False, little=True) + item for item in (table, *padded)
    )


DELIMITER = header(SEQUENCE_DELIMITER, "", 0, explicit=False, little=True)


def deflated(data_set: bytes) -> bytes:
    """A data set as the deflated transfer syntax holds it. Standard: PS3.5 §A.5."""
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = deflater.compress(data_set) + deflater.flush()
    return packed + b"\0" * (len(packed) % 2)
