"""What a codestream's own header says: its size, its precision, and how it was made.

Strategy: only the few numbers that decoding safely and encoding alike need are read;
each scheme's header is walked by its marker segments.

Invariants: nothing is decoded and nothing is allocated from what a header says. A
header that ends early or makes no sense raises `IndexError` or `struct.error`, which
`codec` and `recode` turn into `PixelError`.
"""

from __future__ import annotations

import math
import re
import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.pixels.frame import PixelDescription

Size = tuple[int, int, int]
"""Rows, columns, samples."""

_RLE_HEADER_BYTES = 64
_RLE_MOST = 64
"""Bytes that one byte of RLE can stand for: two bytes make 128."""

# -- JPEG and JPEG-LS -----------------------------------------------------------------------

_JPEG_FRAMES = frozenset((*range(0xC0, 0xD0), 0xF7)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN = 0xDA
_MARKER = 0xFF


class JpegHeader(NamedTuple):
    """A JPEG's frame header and first scan header. Standard: ISO/IEC 10918-1 §B.2.

    process: the frame's marker, C0 to CF or F7; identifiers: of the components, in order;
    selection: Ss, the predictor of a lossless scan; applications: the application segments
    that say what the components are.
    """

    process: int
    precision: int
    identifiers: bytes
    selection: int
    applications: bytes


def jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and stop of every marker segment up to the first scan, that included."""
    position = 2
    while True:
        if data[position] != _MARKER:
            raise IndexError
        marker = data[position + 1]
        if marker == _MARKER:  # a fill byte
            position += 1
            continue
        stop = position + 2 + struct.unpack_from(">H", data, position + 2)[0]
        yield marker, position, stop
        if marker == _START_OF_SCAN:
            return
        position = stop


LOSSLESS_JPEG = 0xC3
"""The frame's marker of process 14."""
LOSSY_PROCESSES = frozenset((0xC0, 0xC1))
"""Those of lossy processes that masks can be burned into: baseline and extended, sequential."""
_JPEG_MOST = {LOSSLESS_JPEG: 8, 0xF7: math.inf}
_DCT_MOST = 512
"""Pixels that a byte can stand for: a Huffman code a pixel, or one a block of 64; JPEG-LS has
runs of any length."""
_MOST_SCANS = 64
"""Progressive encoders write a dozen; each goes over the whole image, however few bytes it has."""


def jpeg_size(data: bytes, _: PixelDescription) -> Size:
    """Of the frame header (SOF), if there are enough bytes for it, and not too many scans.

    Standard: ISO/IEC 10918-1 §B.2.2, 14495-1 §C.2.2.
    """
    for marker, start, _stop in jpeg_segments(data):
        if marker in _JPEG_FRAMES:
            rows, columns, samples = struct.unpack_from(">HHB", data, start + 5)
            dense = rows * columns > _JPEG_MOST.get(marker, _DCT_MOST) * len(data)
            if dense or data.count(b"\xff\xda") > _MOST_SCANS:
                raise IndexError
            return rows, columns, samples
    raise IndexError


def jpeg_header(data: bytes) -> JpegHeader:
    """The frame header and the first scan's."""
    process = precision = selection = 0
    identifiers = applications = b""
    for marker, start, stop in jpeg_segments(data):
        if marker in _JPEG_FRAMES:
            process, precision = marker, data[start + 4]
            identifiers = data[start + 10 : stop : 3]
        elif marker == _START_OF_SCAN:
            selection = data[stop - 3]
        elif kept_application(data[start:stop]):
            applications += data[start:stop]
    return JpegHeader(process, precision, identifiers, selection, applications)


def with_identifiers(data: bytes, header: JpegHeader) -> bytes:
    """A JPEG of one scan whose components are named as `header` names them.

    Its application segments become those of the header.
    """
    parts = [data[:2], header.applications]
    stop = 2
    for marker, start, stop in jpeg_segments(data):
        segment = bytearray(data[start:stop])
        if marker in _JPEG_FRAMES:
            segment[10::3] = header.identifiers
        elif marker == _START_OF_SCAN:
            segment[5:-3:2] = header.identifiers
        if not _FIRST_APPLICATION <= marker < _FIRST_APPLICATION + 16:
            parts.append(bytes(segment))
    return b"".join((*parts, data[stop:]))


class JpegLsScan(NamedTuple):
    """One scan of a JPEG-LS as a codestream of its own.

    shape: of what it holds: rows and columns, and samples if there are several.
    """

    data: bytes
    shape: tuple[int, ...]
    precision: int


_JPEG_LS = 0xF7
_SCAN_STOP = re.compile(rb"\xff[\x80-\xff]")
_ZEROS = bytes(64)
"""More bits than CharLS reads ahead or any code has."""
_END_OF_IMAGE = b"\xff\xd9"


def jpegls_scans(data: bytes) -> list[JpegLsScan]:
    """The scans of a JPEG-LS, of all components together or of one each, with zeros behind.

    CharLS that has no bits left may count below none, and then reads zeros for ever. With
    zeros between a scan and what follows it comes to their end first, and refuses; of a scan
    that is whole it says instead that there is more than it needs.
    Restart markers end a scan here, so that codestreams with any are refused.

    Standard: ISO/IEC 14495-1 §C.2.
    """
    found, before, frame, position = list[JpegLsScan](), data[:2], b"", 2
    while position + 4 <= len(data) and data[position : position + 2] != _END_OF_IMAGE:
        if data[position] != _MARKER:
            raise IndexError
        marker, stop = data[position + 1], position + 2
        if marker == _MARKER:  # a fill byte
            position += 1
            continue
        stop += struct.unpack_from(">H", data, stop)[0]
        segment = data[position:stop]
        if marker == _JPEG_LS:
            frame = segment
        elif marker == _START_OF_SCAN:
            end = _SCAN_STOP.search(data, stop)
            bits_stop = len(data) if end is None else end.start()
            found.append(_scan(before, frame, segment, data[stop:bits_stop]))
            stop = bits_stop
        else:
            before += segment
        position = stop
    return found


def _scan(before: bytes, frame: bytes, scan: bytes, bits: bytes) -> JpegLsScan:
    """One scan; the frame header becomes that of its components."""
    precision, rows, columns, samples = struct.unpack_from(">BHHB", frame, 4)
    of_scan = scan[4]
    if of_scan == 1 < samples:
        components = {frame[at]: frame[at : at + 3] for at in range(10, len(frame), 3)}
        own = components.get(scan[5], b"")
        frame = frame[:2] + struct.pack(">H", 11) + frame[4:9] + b"\1" + own
    elif of_scan != samples:
        raise IndexError
    coded = b"".join((before, frame, scan, bits, _ZEROS, _END_OF_IMAGE))
    return JpegLsScan(coded, (rows, columns, *(of_scan,) * (of_scan > 1)), precision)


_FIRST_APPLICATION = 0xE0
_JFIF = b"\xff\xe0\x00\x10JFIF\0"
"""Of 16 bytes: without a thumbnail."""
_ADOBE = b"\xff\xee\x00\x0eAdobe"


def kept_application(segment: bytes) -> bool:
    """Whether an application segment only says what the components are.

    The others may hold thumbnails and texts, which a mask must not leave behind.
    """
    profile = segment.startswith(b"\xff\xe2") and segment[4:16] == b"ICC_PROFILE\0"
    return profile or segment.startswith((_JFIF, _ADOBE))


def says_ybr(data: bytes) -> bool:
    """Whether an Adobe marker says that the components are YCbCr."""
    at = data.find(_ADOBE, 0, 4096)
    return at >= 0 and data[at + 15 : at + 16] == b"\x01"


# -- JPEG 2000 ------------------------------------------------------------------------------


class Jpeg2000Header(NamedTuple):
    """A JPEG 2000 codestream's SIZ and COD segments. Standard: ISO/IEC 15444-1 §A.5.1, §A.6.1.

    components: whether the first three are transformed (RCT, ICT); levels: decompositions;
    reversible: the 5-3 wavelet; progression: 2 is RPCL; lengths: whether TLM is there.
    """

    precision: int
    signed: bool
    components: bool
    levels: int
    reversible: bool
    progression: int
    lengths: bool


_SIZ, _COD, _TLM, _SOT = 0x51, 0x52, 0x55, 0x90
_START = b"\xff\x4f\xff\x51"
_SIGN = 0x80


def jpeg2000_size(data: bytes, _: PixelDescription) -> Size:
    """Of the SIZ marker, inside a JP2 file too. Standard: ISO/IEC 15444-1 §A.5.1."""
    start = data.find(_START)
    if start < 0:
        raise IndexError
    right, bottom, left, top = struct.unpack_from(">4L", data, start + 8)
    (samples,) = struct.unpack_from(">H", data, start + 40)
    return bottom - top, right - left, samples


def jpeg2000_header(data: bytes) -> Jpeg2000Header:
    """What the main header says."""
    start = data.find(_START)
    if start < 0:
        raise IndexError
    position, found = start + 2, dict[int, int]()
    while data[position + 1] != _SOT:
        if data[position] != _MARKER:
            raise IndexError
        found.setdefault(data[position + 1], position)
        position += 2 + struct.unpack_from(">H", data, position + 2)[0]
    if _COD not in found:
        raise IndexError
    depth = data[found[_SIZ] + 40]
    cod = found[_COD]
    return Jpeg2000Header(
        precision=(depth & ~_SIGN) + 1,
        signed=depth >= _SIGN,
        components=data[cod + 8] != 0,
        levels=data[cod + 9],
        reversible=data[cod + 13] == 1,
        progression=data[cod + 5],
        lengths=_TLM in found,
    )


def with_precision(data: bytes, header: Jpeg2000Header) -> bytes:
    """A codestream that says the precision of `header`; all components have the same."""
    start = data.index(_START)
    (samples,) = struct.unpack_from(">H", data, start + 40)
    depth = header.precision - 1 | (_SIGN if header.signed else 0)
    patched = bytearray(data)
    patched[start + 42 : start + 42 + 3 * samples : 3] = bytes((depth,)) * samples
    return bytes(patched)


# -- the others -----------------------------------------------------------------------------

_XL_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_XL_SIZE_BITS = (9, 13, 18, 30)


def jpegxl_size(data: bytes, d: PixelDescription) -> Size:
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


def rle_size(data: bytes, d: PixelDescription) -> Size:
    """RLE has no size: one segment a byte of a pixel, and enough bytes. PS3.5 Annex G."""
    (segments,) = struct.unpack_from("<L", data)
    packed = (len(data) - _RLE_HEADER_BYTES) * _RLE_MOST
    fits = segments == d.samples * max(1, d.cell_bytes) and unpacked_bytes(d) <= packed
    return (d.rows_px if fits else 0), d.columns_px, d.samples


def unpacked_bytes(d: PixelDescription) -> int:
    """Bytes of a frame's cells, chroma never shared."""
    return (d.rows_px * d.columns_px * d.samples * d.bits_allocated + 7) // 8


def own_size(_: bytes, d: PixelDescription) -> Size:
    """Deflate has no size; inflating stops at the expected one."""
    return d.rows_px, d.columns_px, d.samples
