"""What an instance wraps: compressed streams of documents, comments of compressed frames.

Strategy: whatever inflates after `stream` in a document is looked at; text that a PDF
splits for kerning or writes as hex is put together again. Of a compressed frame only the
segments before its data are read.

Invariants: bounded: no stream is inflated beyond `MAX_STREAM_BYTES`, no frame is read
beyond `HEAD_BYTES`, the first beyond `FIRST_HEAD_BYTES`.

Standard: ISO 32000-1 §7.3.4, §7.3.8; ISO/IEC 10918-1 §B.2.4; ISO/IEC 15444-1 §A.9.2, §I.7.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.verify.reading import Reading

MAX_STREAM_BYTES = 1 << 26
HEAD_BYTES = 1 << 12
FIRST_HEAD_BYTES = 1 << 16
MAX_STREAMS = 1 << 14
_STREAM = re.compile(rb"stream\r?\n")
_KERNED = re.compile(rb"\)\s*-?[\d.]*\s*\(")
_HEX = re.compile(rb"<([0-9A-Fa-f\s]{8,})>")
_JPEG = b"\xff\xd8"
_JPEG_2000 = b"\xff\x4f"
_JP2 = b"\0\0\0\x0cjP  "
_STARTS_DATA = {_JPEG: 0xFFDA, _JPEG_2000: 0xFF90}
_WITHOUT_LENGTH = frozenset({0xFFD8, 0xFF4F, *range(0xFFD0, 0xFFD8), 0xFF01})


def streams(document: bytes) -> Iterator[bytes]:
    """What a document holds beyond its own bytes: inflated streams, joined and unhexed text."""
    yield from _text(document)
    for count, match in enumerate(_STREAM.finditer(document)):
        if count >= MAX_STREAMS:
            return
        inflated = _inflated(memoryview(document)[match.end() :])
        if inflated:
            yield inflated
            yield from _text(inflated)


def _inflated(data: memoryview) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MAX_STREAM_BYTES)
    except zlib.error:
        return b""


def _text(data: bytes) -> Iterator[bytes]:
    joined = _KERNED.sub(b"", data)
    if len(joined) != len(data):
        yield joined
    unhexed = [
        bytes.fromhex(digits.decode("ascii"))
        for match in _HEX.finditer(data)
        if len(digits := re.sub(rb"\s", b"", match[1])) % 2 == 0
    ]
    if unhexed:
        yield b"\n".join(unhexed)


def comments(reading: Reading) -> Iterator[bytes]:
    """What stands before the data of each compressed frame: comments, application data, boxes."""
    pixels = reading.pixels
    if pixels is None or pixels.fragments is None:
        return
    size_bytes = FIRST_HEAD_BYTES
    for start, stop in pixels.fragments:
        head = reading.source.read(start, min(start + size_bytes, stop))
        if head.startswith(_JP2):
            boxes, found, codestream = head.partition(b"jp2c")
            yield boxes
            head = codestream if found else b""
        if head[:2] in _STARTS_DATA:
            size_bytes = HEAD_BYTES
            yield from _segments(head, _STARTS_DATA[head[:2]])


def _segments(head: bytes, starts_data: int) -> Iterator[bytes]:
    position = 0
    while position + 4 <= len(head):
        marker = int.from_bytes(head[position : position + 2], "big")
        if marker == starts_data or marker >> 8 != 0xFF:  # noqa: PLR2004 - no marker at all
            return
        if marker in _WITHOUT_LENGTH:
            position += 2
            continue
        length = int.from_bytes(head[position + 2 : position + 4], "big")
        if marker in (0xFFFE, 0xFF64) or 0xFFE0 <= marker <= 0xFFEF:  # noqa: PLR2004 - comments
            yield head[position + 4 : position + 2 + length]
        position += 2 + max(length, 2)
