"""An instance as pydicom reads it: every element at every depth, and where it stands.

Strategy: pydicom's own element reader walks the bytes and leaves values raw, item by item
in sequences too; headers that it has read before are known (`headers`), and it reads what
they do not tell. Compressed pixel data is stepped over fragment by fragment, so
that no pixel is read. A deflated data set is inflated behind its head and read there.

Invariants: this shares no code with our scanner. With all headers known the same is read as
with none. Whatever is wrong with the bytes shows in `stop` and `whole`; nothing is raised.
Elements that occur twice are both seen.

Standard: PS3.10 §7.1, PS3.5 §7.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from operator import itemgetter
from typing import TYPE_CHECKING, BinaryIO, cast

from pydicom.filereader import data_element_generator

from dicomanon.dicom.source import BytesSource
from dicomanon.verify.headers import LONG_BYTES, UNDEFINED, WAYS
from dicomanon.verify.levels import (
    BROKEN,
    DEFERRED_BYTES,
    HEADER_BYTES,
    ITEM,
    SEQUENCE_DELIMITER,
    Level,
    Levels,
)
from dicomanon.verify.reading import PIXELS, Entry, Pixels, Reading

if TYPE_CHECKING:
    from pydicom.tag import BaseTag

    from dicomanon.dicom.source import Source

    Encodings = tuple[str, ...]

BUFFER_BYTES = 1 << 15
SMALL_BYTES = 1 << 16
"""A source of no more is read at once."""
MARGIN_BYTES = 1 << 12
"""With less left of a buffer, the next is read."""
MAX_INFLATED_BYTES = 1 << 30
PREAMBLE_BYTES = 128
PREFIX = b"DICM"
TRANSFER_SYNTAX = 0x00020010
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
_BIG_ENDIAN_GROUP = 0x0400
_START = itemgetter(4)
"""Of an Entry."""


class _File(io.RawIOBase):
    """A source as a file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._position, self._source.size_bytes)[whence]
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what io passes
        start = self._position
        stop = min(start + len(buffer), self._source.size_bytes)
        if start >= stop:
            return 0
        buffer[: stop - start] = self._source.read(start, stop)
        self._position = stop
        return stop - start


def read(source: Source) -> Reading:
    """Read an instance as pydicom does; what it cannot read shows in the result."""
    reading = Reading(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of what the check looks at itself
        try:
            _Reader(reading).run()
        except BROKEN:
            reading.whole = False
    reading.entries.sort(key=_START)
    return reading


class _Reader:
    """One reading on its way."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._file = _opened(reading.source)
        self._size = reading.source.size_bytes
        self._stopped: tuple[int, int] | None = None
        self._levels = Levels(reading)

    def run(self) -> None:
        reading = self._reading
        self._file.seek(self._head())
        self._group(2, explicit=self._looks_explicit())
        syntax = reading.text(TRANSFER_SYNTAX)
        if syntax == DEFLATED:
            self._inflate()
        self._group(0, explicit=False)
        explicit = self._looks_explicit()
        reading.little = self._little(syntax, explicit=explicit)
        self._data_set(Level((not explicit, reading.little)))
        reading.stop = min(self._file.tell(), self._size)
        longest = max((entry.stop for entry in reading.entries), default=0)
        reading.whole = not self._levels.ended_early and longest <= self._size == reading.stop

    def _head(self) -> int:
        head = self._file.read(PREAMBLE_BYTES + len(PREFIX))
        if head[PREAMBLE_BYTES:] == PREFIX:
            return len(head)
        return len(PREFIX) if head.startswith(PREFIX) else 0

    def _peek(self) -> bytes:
        position = self._file.tell()
        head = self._file.read(HEADER_BYTES)
        self._file.seek(position)
        return head

    def _looks_explicit(self) -> bool:
        code = self._peek()[4:6]
        return len(code) == 2 and code.isalpha() and code.isupper()  # noqa: PLR2004 - a VR

    def _little(self, syntax: str, *, explicit: bool) -> bool:
        if syntax:
            return syntax != BIG_ENDIAN
        group = int.from_bytes(self._peek()[:2], "little")
        return not (explicit and group >= _BIG_ENDIAN_GROUP)

    def _inflate(self) -> None:
        """Put the inflated data set behind the head. Standard: PS3.5 §A.5."""
        reading = self._reading
        position = self._file.tell()
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        deflated = reading.source.read(position, self._size)
        inflated = inflater.decompress(deflated, MAX_INFLATED_BYTES)
        if not inflater.eof:
            self._levels.ended_early = True
        head = reading.source.read(0, position)
        surplus = inflater.unused_data.strip(b"\0")
        reading.source = BytesSource(head + inflated + surplus)
        reading.deflated = True
        self._size = reading.source.size_bytes
        self._file = _opened(reading.source)
        self._file.seek(position)

    # -- the first level ---------------------------------------------------------

    def _group(self, group: int, *, explicit: bool) -> None:
        """The elements of one leading group."""
        level = Level((not explicit, True))
        self._first_level(level, group)

    def _data_set(self, level: Level) -> None:
        end = self._first_level(level)
        position = self._file.tell()
        self._reading.strays = end < position == self._size
        if position < self._size:  # a delimiter that delimits nothing, or a cut header
            self._levels.ended_early = True
            self._file.seek(max(0, position - HEADER_BYTES))

    def _first_level(self, level: Level, group: int | None = None) -> int:
        """What headers tell and what pydicom reads, in turns; returns where the last one ends.

        group: only of this one, None for all.
        """
        position = self._file.tell()
        while position < self._size:
            position = self._known(level, position, group)
            self._file.seek(position)
            if not self._unknown(level, group):
                break
            position = self._file.tell()
        return position

    def _known(self, level: Level, position: int, group: int | None) -> int:
        """Read on as far as headers are known; returns where they are not."""
        while True:
            here = level.base + len(level.data)
            if here < self._size and here - position < MARGIN_BYTES:
                here = min(position + BUFFER_BYTES, self._size)
                level.base, level.data = position, self._reading.source.read(position, here)
            reached = level.base + self._levels.elements(level, position - level.base, group=group)
            if reached == position:
                return position
            position = reached

    def _unknown(self, level: Level, group: int | None) -> bool:
        """One element as pydicom reads it; whether there is one."""
        file, at = self._file, self._file.tell() - level.base
        implicit, little = level.way
        if group is None:
            elements = data_element_generator(
                file, implicit, little, self._at_fragments, DEFERRED_BYTES
            )
        else:
            elements = data_element_generator(
                file, implicit, little, lambda tag, _vr, _length: tag >> 16 != group
            )
        raw = next(elements, None)
        if raw is not None:
            WAYS[level.way].learn(raw, level.data[at : at + LONG_BYTES])
            self._levels.add(raw, level)
        elif self._stopped is not None:
            self._fragments(*self._stopped, level.encodings)
            self._stopped = None
        else:
            return False
        return True

    def _at_fragments(self, tag: BaseTag, vr: str | None, length: int) -> bool:
        if length == UNDEFINED and (tag in PIXELS or vr in ("OB", "OW")):
            self._stopped = (int(tag), 12 if vr in ("OB", "OW", "UN") else 8)
            return True
        return False

    def _fragments(self, tag: int, header_bytes: int, encodings: Encodings) -> None:
        """Step over the fragments of encapsulated pixel data. Standard: PS3.5 §A.4."""
        file = self._file
        start = file.seek(header_bytes, 1)
        order = "<HHL" if self._reading.little else ">HHL"
        fragments: list[tuple[int, int]] = []
        while True:
            group, number, length = struct.unpack(order, file.read(HEADER_BYTES))
            item = group << 16 | number
            position = file.tell()
            if item != ITEM or position + length > self._size:
                break
            fragments.append((position, position + length))
            file.seek(length, 1)
        if item != SEQUENCE_DELIMITER:
            self._levels.ended_early = True
        entry = Entry((tag,), tag, "OB", None, start, position, encodings)
        self._reading.entries.append(entry)
        self._reading.top.setdefault(tag, entry)
        if tag in PIXELS and self._reading.pixels is None:
            self._reading.pixels = Pixels(tag, start, position, tuple(fragments))


def _opened(source: Source) -> BinaryIO:
    if source.size_bytes <= SMALL_BYTES:
        return io.BytesIO(source.read(0, source.size_bytes))
    return cast("BinaryIO", io.BufferedReader(_File(source), MARGIN_BYTES))
