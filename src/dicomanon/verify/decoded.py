"""A compressed frame before and after a mask, decoded: the mask is there, and nothing else.

Strategy: a codestream says by its first bytes what it is, whatever the transfer syntax. Both
sides go through the same decoder, so that what it makes of colour does not matter. What is
lossless is compared exactly; around a mask in JPEG's blocks nothing is said of the blocks
that touch it; irreversibly transformed colours may all have changed a little.

Invariants: numpy and the decoders are imported only where a mask was burned into a
compressed frame. An original that does not decode cannot be compared, and nothing is said.

Standard: PS3.5 §8.2, Annex A.4, Annex G.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dicomanon.verify.pixels import Box, Layout

BLOCK_PX = 16
SMOOTHED_PX = 2
"""How far decoders let enlarged chroma run into its neighbours, and wavelets ring."""
LITTLE = 1 / 32
"""Of the values' range: what an irreversible codec may change."""
_DCT = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_LENGTHLESS = frozenset({0xFFD8, *range(0xFFD0, 0xFFD8), 0xFF01})
_JPEG_LS = 0xF7
_START_OF_SCAN, _END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"
_MARKER = re.compile(rb"\xff[\x80-\xff]")
_JPEG_2000 = (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")
_JPEG_XL = (b"\xff\x0a", b"\0\0\0\x0cJXL ")
_JPEG_INSIDE = b"jbrd"
_BOXES_BYTES = 1 << 12
_ADOBE = b"\xff\xee\x00\x0eAdobe"
_ADOBE_TRANSFORM = 6
_RLE_HEADER_BYTES = 64
_FAILURES = (RuntimeError, ValueError, IndexError, struct.error, zlib.error)


def masked_frame(
    before: bytes, after: bytes, boxes: Sequence[Box], layout: Layout, *, irreversible: bool
) -> str:
    """Empty if the boxes are of one value and the rest is the same, else `mask` or `pixels`.

    before, after: the codestreams; layout: how cells lie where a codestream does not tell;
    irreversible: whether the colours are transformed so that encoding changes them.
    """
    try:
        old = _decoded(before, layout)
    except _FAILURES:
        return ""
    try:
        new = _decoded(after, layout)
    except _FAILURES:
        return "pixels"
    if new.shape != old.shape or new.dtype != old.dtype:
        return "pixels"
    dct = _process(after) in _DCT or _JPEG_INSIDE in after[:_BOXES_BYTES]
    room = LITTLE * int(np.ptp(old)) if irreversible else 0
    return _compared(old, new, boxes, room, dct=dct)


def converted_frame(  # noqa: PLR0913 - one parameter a fact of the layout
    before: bytes,
    after: bytes,
    boxes: Sequence[Box],
    layout: Layout,
    shift: int,
    stored: int,
    *,
    rgb: bool,
) -> str:
    """As `masked_frame`, of a codestream and the native frame that was made of it.

    layout: of the native frame; shift, stored: where in a cell how many bits are the value's;
    rgb: whether the codestream's colours are stored as they are.
    """
    try:
        as_stored = rgb and _process(before) in _DCT
        old = _jpeg_as_stored(before) if as_stored else _decoded(before, layout)
    except _FAILURES:
        return "pixels"
    samples = old.shape[2] if old.ndim > 2 else 1  # noqa: PLR2004 - samples have a dimension
    kind = f"<u{layout.unit_bits // samples // 8}"
    new = np.frombuffer(after, kind).reshape(layout.rows, layout.columns, -1)
    if old.shape[:2] != new.shape[:2] or samples != new.shape[2]:
        return "pixels"
    values = (1 << stored) - 1
    coded = old.reshape(new.shape).astype(np.int64) & values
    return _compared(coded, (new.astype(np.int64) >> shift) & values, boxes, 0, dct=False)


def _jpeg_as_stored(data: bytes) -> NDArray[Any]:
    """A JPEG whose components nobody says are YCbCr."""
    ybr = data.find(_ADOBE, 0, _BOXES_BYTES) + len(_ADOBE) + _ADOBE_TRANSFORM
    space = None if _ADOBE in data[:_BOXES_BYTES] and data[ybr] == 1 else "rgb"
    values: NDArray[Any] = imagecodecs.jpeg8_decode(data, colorspace=space)
    return values


def _compared(
    old: NDArray[Any], new: NDArray[Any], boxes: Sequence[Box], room: float, *, dct: bool
) -> str:
    """As `masked_frame`; room: how far values may be apart; dct: they lie in JPEG's blocks."""
    smoothed = SMOOTHED_PX if dct or room else 0
    outside = np.ones(old.shape[:2], bool)
    for box in boxes:
        area = new[_slices(box, -smoothed)].reshape(-1, *new.shape[2:]).astype(np.int64)
        if area.size and int(np.ptp(area, axis=0).max()) > 2 * room:
            return "mask"
        outside[_slices(_blocks(box) if dct else box, smoothed)] = False
    change = np.abs(old.astype(np.int64) - new.astype(np.int64))[outside]
    return "pixels" if change.size and int(change.max()) > (0 if dct else room) else ""


def _decoded(data: bytes, layout: Layout) -> NDArray[Any]:
    """Rows, columns and samples; raises one of `_FAILURES` where it does not decode."""
    values: NDArray[Any]
    if _process(data) == _JPEG_LS:
        values = _jpegls(data)
    elif data.startswith(b"\xff\xd8"):
        values = imagecodecs.jpeg8_decode(data)
    elif data.startswith(_JPEG_2000):
        values = imagecodecs.jpeg2k_decode(data)
    elif data.startswith(_JPEG_XL):
        values = imagecodecs.jpegxl_decode(data)
    else:
        values = _cells(data, layout)
    return values


def _jpegls(data: bytes) -> NDArray[Any]:
    """The one scan of a JPEG-LS; CharLS may read on for ever once it has no bits left.

    With zeros behind the scan it finds either that there are not enough or that there are
    too many, and then all is decoded. Standard: ISO/IEC 14495-1 §C.2.
    """
    position, frame = 2, 0
    while data[position : position + 2] != _START_OF_SCAN:
        frame = position if data[position + 1] == _JPEG_LS else frame
        position += 2 + max(struct.unpack_from(">H", data, position + 2)[0], 2)
    bits = position + 2 + struct.unpack_from(">H", data, position + 2)[0]
    stop = next((found.start() for found in _MARKER.finditer(data, bits)), len(data))
    if _START_OF_SCAN in data[stop:]:
        raise ValueError
    precision, rows, columns, samples = struct.unpack_from(">BHHB", data, frame + 4)
    values = np.zeros((rows, columns, samples)[: 2 + (samples > 1)], f"u{1 + (precision > 8)}")  # noqa: PLR2004
    try:
        imagecodecs.jpegls_decode(data[:stop] + bytes(64) + _END_OF_IMAGE, out=values)
    except imagecodecs.JpeglsError as error:
        if "still contains encoded data" not in str(error):
            raise
    return values


def _cells(data: bytes, layout: Layout) -> NDArray[Any]:
    """RLE, whose segments are planes of bytes, or deflated cells."""
    planes = list(_segments(data)) or [zlib.decompressobj(-zlib.MAX_WBITS).decompress(data)]
    cells = layout.rows * layout.columns
    if layout.unit_bits == 1:
        bits = np.unpackbits(np.frombuffer(planes[0], np.uint8), bitorder="little")
        return bits[:cells].reshape(layout.rows, layout.columns, 1)
    if len(planes) == 1 and layout.exact:
        size = cells * layout.unit_bits // 8
        planes = [planes[0][n * size : (n + 1) * size] for n in range(layout.planes)]
    raw = np.stack([np.frombuffer(plane, np.uint8) for plane in planes])
    found: NDArray[Any] = raw.reshape(len(planes), layout.rows, layout.columns, -1)
    return found.transpose(1, 2, 0, 3).reshape(layout.rows, layout.columns, -1)


def _segments(data: bytes) -> Iterator[bytes]:
    """The planes of an RLE frame; none if it is no such frame. Standard: PS3.5 Annex G."""
    numbers = [int.from_bytes(data[n : n + 4], "little") for n in range(0, _RLE_HEADER_BYTES, 4)]
    count, starts = numbers[0], numbers[1:]
    if not 0 < count <= len(starts) or starts[0] != _RLE_HEADER_BYTES:
        return
    for start, stop in zip(starts[:count], [*starts[1:count], len(data)], strict=True):
        yield bytes(imagecodecs.packbits_decode(data[start:stop]))


def _slices(box: Box, grown_px: int) -> tuple[slice, slice]:
    left, right, top, bottom = box
    return (
        slice(max(top - grown_px, 0), max(bottom + grown_px, 0)),
        slice(max(left - grown_px, 0), max(right + grown_px, 0)),
    )


def _blocks(box: Box) -> Box:
    """Out to the edges of blocks, the largest that chroma takes."""
    left, right, top, bottom = box
    return (
        left // BLOCK_PX * BLOCK_PX,
        -(-right // BLOCK_PX) * BLOCK_PX,
        top // BLOCK_PX * BLOCK_PX,
        -(-bottom // BLOCK_PX) * BLOCK_PX,
    )


def _process(data: bytes) -> int:
    """The marker of a JPEG's frame header, 0 of what is none. Standard: ISO/IEC 10918-1 §B.2.2."""
    position = 0
    while data[:2] == b"\xff\xd8" and position + 4 <= len(data):
        marker = int.from_bytes(data[position : position + 2], "big")
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):  # noqa: PLR2004
            return marker & 0xFF
        if marker == 0xFFF7:  # noqa: PLR2004 - JPEG-LS
            return marker & 0xFF
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        position += 2 if marker in _LENGTHLESS else 2 + max(length, 2)
    return 0
