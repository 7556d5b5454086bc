"""Values -> one codestream, in the way that the one they came from was made.

Strategy: one function a compression scheme, each given the values as coded, the old
codestream and the description. `codec` is the only caller; what a library raises is
its to catch. Encoding is lossless, but where the Photometric Interpretation says that
the pixels are transformed irreversibly.

Invariants: a codestream names its colours as the old one did, and says the precision
that it said; nothing else of the old one is taken over.
"""

from __future__ import annotations

import struct
import zlib
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np

from dicomanon.pixels.codestream import (
    jpeg2000_header,
    jpeg_header,
    with_identifiers,
    with_precision,
)
from dicomanon.pixels.packbits import packbits

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dicomanon.pixels.frame import PixelDescription

IRREVERSIBLE, REVERSIBLE = "YBR_ICT", "YBR_RCT"
_RLE_HEADER_BYTES = 64
_RPCL = 2
_FINE_STEP = 1 / 2048
"""Quantization of eight bits, for an error of one at most; OpenJPH's own is enough for more."""
_BASE_PX = 64
_LEVELS = 5
_FINE_DISTANCE = 0.01
_BYTE_BITS = 8
_GREY = 2
"""Dimensions of a frame with one sample a pixel: rows and columns."""


def _encode_jpeg_lossless(values: NDArray[Any], old: bytes, _: PixelDescription) -> bytes:
    """Process 14 with the predictor, precision and component names that there were.

    Standard: ISO/IEC 10918-1 §H.
    """
    header = jpeg_header(old)
    space = "grayscale" if values.ndim == _GREY else "rgb"
    made = imagecodecs.jpeg8_encode(
        values,
        colorspace=space,
        outcolorspace=space,
        lossless=True,
        predictor=header.selection or 1,
        bitspersample=header.precision,
    )
    return with_identifiers(bytes(made), header)


def _encode_jpegls(values: NDArray[Any], _: bytes, __: PixelDescription) -> bytes:
    """JPEG-LS with an error of zero, which near-lossless transfer syntaxes may hold too."""
    return bytes(imagecodecs.jpegls_encode(values, level=0))


def _encode_jpeg2000(values: NDArray[Any], old: bytes, d: PixelDescription) -> bytes:
    """JPEG 2000, reversible unless the pixels are said to be transformed irreversibly."""
    header = jpeg2000_header(old)
    made = imagecodecs.jpeg2k_encode(
        values,
        level=0,
        codecformat="j2k",
        bitspersample=header.precision,
        reversible=header.reversible or d.photometric != IRREVERSIBLE,
        mct=header.components or d.photometric == REVERSIBLE,
    )
    return bytes(made)


def _encode_htj2k(values: NDArray[Any], old: bytes, d: PixelDescription) -> bytes:
    """High-throughput JPEG 2000 with what its RPCL transfer syntax asks for: lengths and levels.

    OpenJPH is asked for whole bytes; where values have fewer bits, they are moved so that
    its level shift is theirs, and the header then says their precision.
    Standard: PS3.5 §10.18.
    """
    header = jpeg2000_header(old)
    exact = header.reversible or d.photometric != IRREVERSIBLE
    bits = values.dtype.itemsize * _BYTE_BITS
    if exact and not header.signed:
        values = values + ((1 << bits - 1) - (1 << header.precision - 1))
    made = imagecodecs.htj2k_encode(
        values,
        level=None if exact or bits > _BYTE_BITS else _FINE_STEP,
        rgb=header.components or d.photometric == REVERSIBLE,
        reversible=exact,
        resolutions=_levels(d),
        tlm=True,
    )
    again = jpeg2000_header(bytes(made))
    if not (again.lengths and again.progression == _RPCL):
        raise ValueError
    return with_precision(bytes(made), header) if exact else bytes(made)


def _levels(d: PixelDescription) -> int:
    """Decompositions until the base has no more than 64 rows or columns."""
    short = min(d.rows_px, d.columns_px)
    return max(_LEVELS, ((short - 1) // _BASE_PX).bit_length())


def _encode_jpegxl(values: NDArray[Any], _: bytes, d: PixelDescription) -> bytes:
    """JPEG XL, lossless unless the pixels are said to be XYB."""
    bits = values.dtype.itemsize * _BYTE_BITS
    bits = d.bits_stored if d.bits_stored < bits and not (values >> d.bits_stored).any() else bits
    way = {"distance": _FINE_DISTANCE} if d.photometric == "XYB" else {"lossless": True}
    return bytes(imagecodecs.jpegxl_encode(values, bitspersample=bits, **way))


def _encode_rle(values: NDArray[Any], _: bytes, d: PixelDescription) -> bytes:
    """RLE: one segment a byte of a cell, most significant first; rows apart. PS3.5 Annex G."""
    if d.bits_allocated == 1:
        planes = np.packbits(values, bitorder="little").reshape(1, 1, -1)
    else:
        raw = np.ascontiguousarray(values).astype(values.dtype.newbyteorder(">"), copy=False)
        planes = raw.view(np.uint8).reshape(d.rows_px, d.columns_px, d.samples * d.cell_bytes)
        planes = planes.transpose(2, 0, 1)
    segments = [packbits(np.ascontiguousarray(plane)) for plane in planes]
    segments = [segment + b"\0" * (len(segment) % 2) for segment in segments]
    offsets = accumulate(map(len, segments[:-1]), initial=_RLE_HEADER_BYTES)
    header = struct.pack(f"<{len(segments) + 1}L", len(segments), *offsets)
    return header.ljust(_RLE_HEADER_BYTES, b"\0") + b"".join(segments)


def _encode_deflated(values: NDArray[Any], _: bytes, d: PixelDescription) -> bytes:
    """Native cells, deflated. Standard: PS3.5 §A.4.13."""
    if d.bits_allocated == 1:
        raw = np.packbits(values, bitorder="little").tobytes()
    else:
        stored = values.transpose(2, 0, 1) if d.planar else values
        raw = stored.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(raw) + deflater.flush()


ENCODERS: dict[str, Callable[[NDArray[Any], bytes, PixelDescription], bytes]] = {
    "jpeg": _encode_jpeg_lossless,
    "jpeg_lossless": _encode_jpeg_lossless,
    "jpeg_ls": _encode_jpegls,
    "jpeg_2000": _encode_jpeg2000,
    "htj2k": _encode_htj2k,
    "jpeg_xl": _encode_jpegxl,
    "rle": _encode_rle,
    "deflate": _encode_deflated,
}
"""The encoder of every scheme of `TransferSyntax.codec`; of JPEG, its lossless process."""
