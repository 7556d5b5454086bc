"""An instance as pydicom reads it: every element at every depth, and where it stands.

Strategy: pydicom's own element reader walks the bytes and leaves values raw, item by item
in sequences too. Compressed pixel data is stepped over fragment by fragment, so
that no pixel is read. A deflated data set is inflated behind its head and read there.

Invariants: this shares no code with our scanner. Whatever is wrong with the bytes shows
in `stop` and `whole`; nothing is raised. Elements that occur twice are both seen.

Standard: PS3.10 §7.1, PS3.5 §7.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from pydicom.charset import convert_encodings
from pydicom.dataelem import RawDataElement
from pydicom.filereader import data_element_generator

from dicomanon.dicom.source import BytesSource
from dicomanon.errors import MalformedError
from dicomanon.verify.facts import facts
from dicomanon.verify.reading import OPAQUE_VRS, PIXELS, Entry, Pixels, Reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataelem import DataElement
    from pydicom.tag import BaseTag

    from dicomanon.dicom.source import Source

UNDEFINED = 0xFFFFFFFF
BUFFER_BYTES = 1 << 16
DEFERRED_BYTES = 1 << 16
MAX_INFLATED_BYTES = 1 << 30
MAX_DEPTH = 64
PREAMBLE_BYTES = 128
PREFIX = b"DICM"
HEADER_BYTES = 8
CHARACTER_SET = 0x00080005
TRANSFER_SYNTAX = 0x00020010
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
_ITEM = 0xFFFEE000
_SEQUENCE_DELIMITER = 0xFFFEE0DD
_ITEM_TAGS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
_BIG_ENDIAN_GROUP = 0x0400

BROKEN = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    NotImplementedError,
    RecursionError,
    struct.error,
    zlib.error,
    MalformedError,
)
"""What pydicom raises on bytes that it cannot read."""


class _Level(NamedTuple):
    """A sequence's value, where it starts, and how its items are written."""

    value: bytes
    start: int
    implicit: bool
    little: bool


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
    reading.entries.sort(key=lambda entry: entry.start)
    return reading


class _Reader:
    """One reading on its way."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._file = _opened(reading.source)
        self._size = reading.source.size_bytes
        self._stopped: tuple[int, int] | None = None
        self._encodings: tuple[str, ...] = ("iso8859",)
        self._ended_early = False

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
        self._data_set(explicit=explicit)
        reading.stop = min(self._file.tell(), self._size)
        longest = max((entry.stop for entry in reading.entries), default=0)
        reading.whole = not self._ended_early and longest <= self._size == reading.stop

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

    def _group(self, group: int, *, explicit: bool) -> None:
        """The elements of one leading group."""
        for raw in data_element_generator(
            self._file,
            is_implicit_VR=not explicit,
            is_little_endian=True,
            stop_when=lambda tag, _vr, _length: tag >> 16 != group,
        ):
            self._add(raw, 0, (), self._encodings)

    def _inflate(self) -> None:
        """Put the inflated data set behind the head. Standard: PS3.5 §A.5."""
        reading = self._reading
        position = self._file.tell()
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        deflated = reading.source.read(position, self._size)
        inflated = inflater.decompress(deflated, MAX_INFLATED_BYTES)
        if not inflater.eof:
            self._ended_early = True
        head = reading.source.read(0, position)
        surplus = inflater.unused_data.strip(b"\0")
        reading.source = BytesSource(head + inflated + surplus)
        reading.deflated = True
        self._size = reading.source.size_bytes
        self._file = _opened(reading.source)
        self._file.seek(position)

    # -- the data set ------------------------------------------------------------

    def _data_set(self, *, explicit: bool) -> None:
        end = self._file.tell()
        while True:
            self._stopped = None
            for raw in data_element_generator(
                self._file,
                not explicit,
                self._reading.little,
                stop_when=self._at_fragments,
                defer_size=DEFERRED_BYTES,
            ):
                if int(raw.tag) == CHARACTER_SET:  # as int: pydicom's own comparison is slow
                    self._encodings = _encodings(raw, self._encodings)
                self._add(raw, 0, (), self._encodings)
                end = self._file.tell()
            if self._stopped is None:
                break
            self._fragments(*self._stopped)
            end = self._file.tell()
        position = self._file.tell()
        self._reading.strays = end < position == self._size
        if position < self._size:  # a delimiter that delimits nothing, or a cut header
            self._ended_early = True
            self._file.seek(max(0, position - HEADER_BYTES))

    def _at_fragments(self, tag: BaseTag, vr: str | None, length: int) -> bool:
        if length == UNDEFINED and (tag in PIXELS or vr in ("OB", "OW")):
            self._stopped = (int(tag), 12 if vr in ("OB", "OW", "UN") else 8)
            return True
        return False

    def _fragments(self, tag: int, header_bytes: int) -> None:
        """Step over the fragments of encapsulated pixel data. Standard: PS3.5 §A.4."""
        file = self._file
        start = file.seek(header_bytes, 1)
        order = "<HHL" if self._reading.little else ">HHL"
        fragments: list[tuple[int, int]] = []
        while True:
            group, number, length = struct.unpack(order, file.read(HEADER_BYTES))
            item = group << 16 | number
            position = file.tell()
            if item != _ITEM or position + length > self._size:
                break
            fragments.append((position, position + length))
            file.seek(length, 1)
        if item != _SEQUENCE_DELIMITER:
            self._ended_early = True
        entry = Entry((tag,), tag, "OB", None, start, position, self._encodings)
        self._reading.entries.append(entry)
        self._reading.top.setdefault(tag, entry)
        if tag in PIXELS and self._reading.pixels is None:
            self._reading.pixels = Pixels(tag, start, position, tuple(fragments))

    def _add(
        self,
        raw: RawDataElement | DataElement,
        base: int,
        prefix: tuple[int, ...],
        encodings: tuple[str, ...],
    ) -> None:
        """One element; base: what its offsets count from."""
        path = (*prefix, int(raw.tag))
        if not isinstance(raw, RawDataElement):
            self._items(raw.value, base, path, encodings)
            return
        code, length, value, start = raw[1:5]
        start += base
        vr = facts(path[-1], code or "").vr
        if vr == "SQ" or (vr == "UN" and value and value[:4] in _ITEM_TAGS):
            if self._sequence(raw, start, path, encodings):
                return
            vr = "UN"
        if length == UNDEFINED:
            length = len(value or b"")
        elif value is None and length <= DEFERRED_BYTES:
            value = b""
        elif value is None and vr not in OPAQUE_VRS:
            value = self._reading.source.read(start, start + length)
        entry = Entry(path, path[-1], vr, value, start, start + length, encodings)
        self._reading.entries.append(entry)
        if not prefix:
            self._reading.top.setdefault(entry.tag, entry)
            if entry.tag in PIXELS and self._reading.pixels is None:
                self._reading.pixels = Pixels(entry.tag, start, entry.stop, None)

    def _sequence(
        self, raw: RawDataElement, start: int, path: tuple[int, ...], encodings: tuple[str, ...]
    ) -> bool:
        """Open a sequence of defined length; whether it is one."""
        value = raw.value
        if value is None:
            value = self._reading.source.read(start, start + raw.length)
        implicit = raw.is_implicit_VR or raw.VR == "UN"
        little = raw.is_little_endian if raw.VR != "UN" else value[:1] == b"\xfe"
        known = len(self._reading.entries)
        try:
            self._item_after_item(_Level(value, start, implicit, little), path, encodings)
        except BROKEN:
            del self._reading.entries[known:]
            self._ended_early = self._ended_early or raw.VR == "SQ"
            return False
        return True

    def _item_after_item(
        self, level: _Level, path: tuple[int, ...], encodings: tuple[str, ...]
    ) -> None:
        """The items of a sequence's value, each read by pydicom. Standard: PS3.5 §7.5."""
        if len(path) > 2 * MAX_DEPTH:
            raise RecursionError
        value, start, implicit, little = level
        order = "<HHL" if little else ">HHL"
        position, count = 0, 0
        while position < len(value):
            group, number, length = struct.unpack_from(order, value, position)
            position += HEADER_BYTES
            item = group << 16 | number
            if item == _SEQUENCE_DELIMITER:
                break
            stop = len(value) if length == UNDEFINED else position + length
            if item != _ITEM or stop > len(value):
                raise ValueError
            # Some write explicit sequences with items that are implicit.
            bare = not implicit and not value[position + 4 : position + 6].isupper()
            file = io.BytesIO(value[position:stop])
            inside, prefix = encodings, (*path, count)
            for raw in data_element_generator(file, implicit or bare, little):
                if int(raw.tag) == CHARACTER_SET:
                    inside = _encodings(raw, encodings)
                self._add(raw, start + position, prefix, inside)
            position = position + file.tell() if length == UNDEFINED else stop
            count += 1
        self._reading.items[path] = count

    def _items(  # of undefined length, which pydicom has opened
        self,
        items: Iterable[object],
        base: int,
        path: tuple[int, ...],
        encodings: tuple[str, ...],
    ) -> None:
        if len(path) > 2 * MAX_DEPTH:
            raise RecursionError
        count = 0
        for number, item in enumerate(cast("Iterable[dict[BaseTag, RawDataElement]]", items)):
            inside = encodings
            prefix = (*path, number)
            count += 1
            for raw in item.values():
                if int(raw.tag) == CHARACTER_SET:
                    inside = _encodings(raw, encodings)
                self._add(raw, base, prefix, inside)
        self._reading.items[path] = count


def _opened(source: Source) -> BinaryIO:
    if source.size_bytes <= BUFFER_BYTES:
        return io.BytesIO(source.read(0, source.size_bytes))
    return cast("BinaryIO", io.BufferedReader(_File(source), BUFFER_BYTES))


def _encodings(raw: RawDataElement | DataElement, outer: tuple[str, ...]) -> tuple[str, ...]:
    """Python's names of what (0008,0005) names."""
    value = raw.value
    if isinstance(value, bytes):
        value = value.decode("latin-1").strip(" \0").split("\\")
    terms = [str(term).strip() for term in ([value] if isinstance(value, str) else value or [])]
    return tuple(convert_encodings(terms)) if any(terms) else outer
