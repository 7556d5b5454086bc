"""One compressed frame -> an array. The only module that imports imagecodecs.

Strategy: `CODECS` is the support table: for each compression scheme, how to read the
size in a codestream's own header, and the functions that decode it, the next one
tried where one refuses. Only functions that both the native and the browser's build
of imagecodecs have. A library is loaded when its first frame is decoded.

Invariants: nothing is decoded before the codestream's own size is known to be the
description's and bearable; whatever a library raises leaves here as `PixelError`.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomanon.dicom.tag import TagPath
from dicomanon.errors import PixelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dicomanon.dicom.transfer_syntax import TransferSyntax
    from dicomanon.pixels.frame import PixelDescription

MAX_FRAME_BYTES = 1 << 28
"""What a decoded frame may take: a 16,384 px square of bytes. A tab has 4 GB in all."""

_RLE_HEADER_BYTES = 64
_RLE_MOST = 64
"""Bytes that one byte of RLE can stand for: two bytes make 128."""

_END_OF_IMAGE = b"\xff\xd9"

Size = tuple[int, int, int]
"""Rows, columns, samples."""


class Codec(NamedTuple):
    """How one compression scheme is decoded.

    size: rows, columns and samples by the codestream's header; decoders: tried in turn;
    undoes: Photometric Interpretations that come back as RGB.
    """

    size: Callable[[bytes, PixelDescription], Size]
    decoders: tuple[Callable[[bytes, PixelDescription], NDArray[Any]], ...]
    undoes: frozenset[str] = frozenset()


def previewable(syntax: TransferSyntax) -> bool:
    """Whether frames of this transfer syntax can be shown."""
    return syntax.codec is None or syntax.codec in CODECS


def decode(data: bytes, description: PixelDescription) -> NDArray[Any]:
    """Decode one frame to stored values: (rows, columns) or (rows, columns, samples).

    Raises:
        PixelError: `codec`, there is no decoder, or the codestream is broken or not of the
            described size; `frame_size`, it is too large.

    Standard: PS3.5 §8.2, Annex A.4.
    """
    from dicomanon.pixels.cells import with_sign  # noqa: PLC0415 - numpy waits until now

    d = description
    codec = CODECS.get(d.codec or "")
    if codec is None:
        raise PixelError("codec", path=TagPath((d.tag,)))
    size = (d.rows_px, d.columns_px, d.samples)
    if d.rows_px * d.columns_px * d.samples * max(1, d.cell_bytes) > MAX_FRAME_BYTES:
        raise PixelError("frame_size", path=TagPath((d.tag,)))
    try:
        fits = codec.size(data, d) == size
    except (struct.error, IndexError):  # the header ends early
        fits = False
    if fits:
        for decoder in codec.decoders:
            values = _attempt(decoder, data, d)
            if values is not None and (*values.shape, 1)[:3] == size:
                return with_sign(values, d)
    raise PixelError("codec", path=TagPath((d.tag,)))


def comes_back_rgb(description: PixelDescription) -> bool:
    """Whether decoding this description's frames gives RGB whatever the photometric says."""
    codec = CODECS.get(description.codec or "")
    return codec is not None and description.photometric in codec.undoes


def _attempt(
    decoder: Callable[[bytes, PixelDescription], NDArray[Any]], data: bytes, d: PixelDescription
) -> NDArray[Any] | None:
    try:
        values = decoder(data, d)
    except Exception:  # noqa: BLE001 - each library has its own; any means "not decoded"
        return None
    return values if values.dtype.kind in "iu" else None


# -- sizes by header ------------------------------------------------------------------------


def _jpeg_size(data: bytes, _: PixelDescription) -> Size:
    """Of the frame header (SOF). Standard: ISO/IEC 10918-1 §B.2.2, 14495-1 §C.2.2."""
    position = 2
    while True:
        if data[position] != 0xFF:  # noqa: PLR2004 - a marker's first byte
            raise IndexError
        marker = data[position + 1]
        if marker == 0xFF:  # noqa: PLR2004 - a fill byte
            position += 1
        elif marker in _JPEG_FRAMES:
            rows, columns, samples = struct.unpack_from(">HHB", data, position + 5)
            return rows, columns, samples
        else:
            position += 2 + struct.unpack_from(">H", data, position + 2)[0]


_JPEG_FRAMES = frozenset((*range(0xC0, 0xD0), 0xF7)) - {0xC4, 0xC8, 0xCC}


def _jpeg2000_size(data: bytes, _: PixelDescription) -> Size:
    """Of the SIZ marker, inside a JP2 file too. Standard: ISO/IEC 15444-1 §A.5.1."""
    start = data.find(b"\xff\x4f\xff\x51")
    if start < 0:
        raise IndexError
    right, bottom, left, top = struct.unpack_from(">4L", data, start + 8)
    (samples,) = struct.unpack_from(">H", data, start + 40)
    return bottom - top, right - left, samples


_XL_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_XL_SIZE_BITS = (9, 13, 18, 30)


def _jpegxl_size(data: bytes, d: PixelDescription) -> Size:
    """Of the size header; the samples are the description's. Standard: ISO/IEC 18181-1 §D.2."""
    if data.startswith(b"\0\0\0\x0cJXL "):
        whole, partial = data.find(b"jxlc"), data.find(b"jxlp")
        data = data[whole + 4 :] if whole >= 0 else data[partial + 8 :]
    if not data.startswith(b"\xff\x0a"):
        raise IndexError
    bits = int.from_bytes(data[2:14], "little")

    def take(count: int) -> int:
        nonlocal bits
        taken, bits = bits & ((1 << count) - 1), bits >> count
        return taken

    small = take(1)

    def extent() -> int:
        return (take(5) + 1) * 8 if small else take(_XL_SIZE_BITS[take(2)]) + 1

    rows = extent()
    ratio = take(3)
    if not ratio:
        return rows, extent(), d.samples
    across, down = _XL_RATIOS[ratio - 1]
    return rows, rows * across // down, d.samples


def _rle_size(data: bytes, d: PixelDescription) -> Size:
    """RLE has no size: one segment a byte of a pixel, and enough bytes. PS3.5 Annex G."""
    (segments,) = struct.unpack_from("<L", data)
    packed = (len(data) - _RLE_HEADER_BYTES) * _RLE_MOST
    fits = segments == d.samples * max(1, d.cell_bytes) and _unpacked_bytes(d) <= packed
    return (d.rows_px if fits else 0), d.columns_px, d.samples


def _unpacked_bytes(d: PixelDescription) -> int:
    """Bytes of a frame's cells, chroma never shared."""
    return (d.rows_px * d.columns_px * d.samples * d.bits_allocated + 7) // 8


def _own_size(_: bytes, d: PixelDescription) -> Size:
    """Deflate has no size; inflating stops at the expected one."""
    return d.rows_px, d.columns_px, d.samples


# -- decoders -------------------------------------------------------------------------------


def _jpeg(data: bytes, d: PixelDescription) -> NDArray[Any]:
    """Baseline, extended and lossless; RGB is what it is stored as, unless it says otherwise.

    libjpeg-turbo reads every precision from 2 to 16 bits; liblj92, which imagecodecs offers
    too, crashes on damaged codestreams.
    """
    import imagecodecs  # noqa: PLC0415 - loaded with the first frame

    stored_rgb = d.photometric == "RGB" and not _says_ybr(data)
    values: NDArray[Any] = imagecodecs.jpeg8_decode(data, colorspace="rgb" if stored_rgb else None)
    return values


def _says_ybr(data: bytes) -> bool:
    """Whether an Adobe marker says that the components are YCbCr."""
    at = data.find(b"\xff\xee\x00\x0eAdobe", 0, 4096)
    return at >= 0 and data[at + 15 : at + 16] == b"\x01"


def _jpegls(data: bytes, _: PixelDescription) -> NDArray[Any]:
    """JPEG-LS; an end marker is added, as CharLS never returns from data that lacks it."""
    import imagecodecs  # noqa: PLC0415 - as above

    values: NDArray[Any] = imagecodecs.jpegls_decode(data + _END_OF_IMAGE)
    return values


def _padded_jpegls(data: bytes, d: PixelDescription) -> NDArray[Any]:
    """JPEG-LS with a zero before its end marker, as some scanners write; CharLS refuses it."""
    return _jpegls(data.rstrip(b"\0").removesuffix(_END_OF_IMAGE).rstrip(b"\0"), d)


def _jpeg2000(data: bytes, _: PixelDescription) -> NDArray[Any]:
    """JPEG 2000, high throughput too: OpenJPH, which does that faster, hides its errors."""
    import imagecodecs  # noqa: PLC0415 - as above

    values: NDArray[Any] = imagecodecs.jpeg2k_decode(data)
    return values


def _jpegxl(data: bytes, _: PixelDescription) -> NDArray[Any]:
    import imagecodecs  # noqa: PLC0415 - as above

    values: NDArray[Any] = imagecodecs.jpegxl_decode(data)
    return values


def _rle(data: bytes, d: PixelDescription) -> NDArray[Any]:
    """RLE, whose planes are always apart. Standard: PS3.5 Annex G."""
    import imagecodecs  # noqa: PLC0415 - as above
    import numpy as np  # noqa: PLC0415 - as above

    from dicomanon.pixels.cells import cells  # noqa: PLC0415 - as above

    kind = np.dtype(f"<u{max(1, d.cell_bytes)}")
    raw = imagecodecs.dicomrle_decode(data, kind, out=bytearray(_unpacked_bytes(d)))
    if d.bits_allocated == 1:
        return cells(bytes(raw), d)
    planes = np.frombuffer(raw, kind).reshape(d.samples, d.rows_px, d.columns_px)
    return planes[0] if d.samples == 1 else planes.transpose(1, 2, 0)


def _deflate(data: bytes, d: PixelDescription) -> NDArray[Any]:
    """Native cells, deflated. Standard: PS3.5 §A.4.13."""
    from dicomanon.pixels.cells import cells, stored_values  # noqa: PLC0415 - as above

    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    return stored_values(cells(inflater.decompress(data, (d.frame_bits + 7) // 8), d), d)


_JPEG_YBR = frozenset(("YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420"))
_JPEG2000_YBR = frozenset(("YBR_RCT", "YBR_ICT"))

CODECS: dict[str, Codec] = {
    "jpeg": Codec(_jpeg_size, (_jpeg,), _JPEG_YBR),
    "jpeg_lossless": Codec(_jpeg_size, (_jpeg,)),
    "jpeg_ls": Codec(_jpeg_size, (_jpegls, _padded_jpegls)),
    "jpeg_2000": Codec(_jpeg2000_size, (_jpeg2000,), _JPEG2000_YBR),
    "htj2k": Codec(_jpeg2000_size, (_jpeg2000,), _JPEG2000_YBR),
    "jpeg_xl": Codec(_jpegxl_size, (_jpegxl,), _JPEG_YBR | {"XYB"}),
    "rle": Codec(_rle_size, (_rle,)),
    "deflate": Codec(_own_size, (_deflate,)),
}
"""The support table: schemes of `TransferSyntax.codec` that can be decoded; not video."""
