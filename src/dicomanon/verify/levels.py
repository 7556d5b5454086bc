"""The elements of one level, and of the levels in its sequences, into a reading.

Strategy: headers that pydicom has read before are known (`headers`), so most elements are
told by a look at their first bytes; pydicom reads the others, item by item.

Invariants: with all headers known the same is read as with none. What cannot be read raises
one of `BROKEN`; a value that only looks like a sequence is taken as it is.

Standard: PS3.5 §7.
"""

from __future__ import annotations

import io
import struct
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from pydicom.charset import convert_encodings
from pydicom.dataelem import RawDataElement
from pydicom.filereader import data_element_generator

from dicomanon.errors import MalformedError
from dicomanon.verify.facts import facts
from dicomanon.verify.headers import LONG_BYTES, SHORT_BYTES, UNDEFINED, WAYS, Header
from dicomanon.verify.reading import CHARACTER_SET, OPAQUE_VRS, PIXELS, Entry, Pixels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataelem import DataElement
    from pydicom.tag import BaseTag

    from dicomanon.verify.headers import Way
    from dicomanon.verify.reading import Reading

    Path = tuple[int, ...]
    Encodings = tuple[str, ...]

DEFERRED_BYTES = 1 << 16
MAX_DEPTH = 64
HEADER_BYTES = 8
ITEM = 0xFFFEE000
SEQUENCE_DELIMITER = 0xFFFEE0DD
_ITEM_TAGS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
_ITEM_END = (b"\xff\xfe\xe0\x0d", b"\xfe\xff\x0d\xe0")
"""Of an item of undefined length, in big and in little endian."""
_LATIN = ("iso8859",)
_made = tuple.__new__
"""An Entry made so takes half the time."""

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


class Level:
    """The elements of one level, on the way.

    data: bytes of the source from `base` on; way: how they are written; path: of the item;
    encodings: as (0008,0005) says so far.
    """

    __slots__ = ("base", "data", "encodings", "path", "way")

    def __init__(
        self,
        way: Way,
        data: bytes = b"",
        base: int = 0,
        path: Path = (),
        encodings: Encodings = _LATIN,
    ) -> None:
        self.way, self.data, self.base = way, data, base
        self.path, self.encodings = path, encodings


class Levels:
    """Adds to a reading what is found; ended_early: whether something was not understood."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.ended_early = False

    def elements(
        self, level: Level, at: int, stop: int | None = None, group: int | None = None
    ) -> int:
        """Elements whose headers are known and whose values are here; returns where it stopped.

        at, stop: in the level's data, None for what there is of the first level; group: only
        of this one, None for all.
        """
        known, data, base, path = WAYS[level.way].at, level.data, level.base, level.path
        add, top = self._reading.entries.append, self._reading.top
        end = len(data) if stop is None else stop
        while at < end:
            header = known(data[at : at + SHORT_BYTES]) or known(data[at : at + LONG_BYTES])
            if header is None or (group is not None and header.tag >> 16 != group):
                break
            size_bytes, tag, _, vr, length, plain = header
            start = at + size_bytes
            after = start + length
            if plain and after <= end:
                span = (data[start:after], base + start, base + after)
                entry = _made(Entry, ((*path, tag), tag, vr, *span, level.encodings))
                add(entry)
                if not path:
                    top.setdefault(tag, entry)
            elif length == UNDEFINED:
                after = self._open_sequence(level, tag, start, end)
            elif after <= end:
                self._place(level, header, data[start:after], base + start)
            elif stop is None and self._stays_unread(header, base + start):
                self._place(level, header, None, base + start)
            else:
                break
            if after < 0:
                break
            at = after
        return at

    def _stays_unread(self, header: Header, start: int) -> bool:
        """Whether a value is long, no text, and all there."""
        long = header.length > DEFERRED_BYTES and header.vr in OPAQUE_VRS
        return long and start + header.length <= self._reading.source.size_bytes

    def add(self, raw: RawDataElement | DataElement, level: Level, base: int = 0) -> None:
        """One element as pydicom has it; base: what its offsets count from."""
        if not isinstance(raw, RawDataElement):
            self._items(raw.value, level, int(raw.tag), base)
            return
        tag, code, length, value, start = int(raw.tag), *raw[1:5]
        start += base
        vr = facts(tag, code or "").vr
        if length == UNDEFINED:
            length = len(value or b"")
        elif value is None and length <= DEFERRED_BYTES:
            value = b""
        elif value is None and vr not in OPAQUE_VRS:
            value = self._reading.source.read(start, start + length)
        self._place(level, Header(0, tag, code or "", vr, length, plain=False), value, start)

    def _place(self, level: Level, header: Header, value: bytes | None, start: int) -> None:
        """An element that is there; value: None where it stays unread."""
        _, tag, code, vr, length, _ = header
        path = (*level.path, tag)
        if vr == "SQ" or (vr == "UN" and value and value[:4] in _ITEM_TAGS):
            if self._sequence(level, path, code, value or b"", start):
                return
            vr = "UN"
        if tag == CHARACTER_SET:
            level.encodings = _encodings(value or b"", level.encodings)
        entry = Entry(path, tag, vr, value, start, start + length, level.encodings)
        reading = self._reading
        reading.entries.append(entry)
        if not level.path:
            reading.top.setdefault(tag, entry)
            if tag in PIXELS and reading.pixels is None:
                reading.pixels = Pixels(tag, start, entry.stop, None)

    # -- sequences ---------------------------------------------------------------

    def _sequence(self, level: Level, path: Path, code: str, value: bytes, start: int) -> bool:
        """Open a sequence of defined length; whether it is one."""
        implicit, little = level.way
        if code == "UN":
            implicit, little = True, value[:1] == b"\xfe"
        known = len(self._reading.entries)
        inside = Level((implicit, little), value, start, path, level.encodings)
        try:
            self._item_after_item(inside, 0, len(value))
        except BROKEN:
            del self._reading.entries[known:]
            self.ended_early = self.ended_early or code == "SQ"
            return False
        return True

    def _open_sequence(self, level: Level, tag: int, at: int, stop: int) -> int:
        """Open one of undefined length; returns where it ends, -1 if not here."""
        known = len(self._reading.entries)
        path = (*level.path, tag)
        inside = Level(level.way, level.data, level.base, path, level.encodings)
        try:
            return self._item_after_item(inside, at, stop, delimited=True)
        except BROKEN:
            del self._reading.entries[known:]
            return -1

    def _item_after_item(self, level: Level, at: int, stop: int, *, delimited: bool = False) -> int:
        """The items of a sequence's value; returns where it ends. Standard: PS3.5 §7.5.

        level: its path is the sequence's; delimited: the value ends with a delimiter only.
        """
        if len(level.path) > 2 * MAX_DEPTH:
            raise RecursionError
        implicit, little = level.way
        data = level.data
        order = "<HHL" if little else ">HHL"
        count = 0
        while at < stop or delimited:
            group, number, length = struct.unpack_from(order, data, at)
            at += HEADER_BYTES
            item = group << 16 | number
            if item == SEQUENCE_DELIMITER:
                break
            item_stop = stop if length == UNDEFINED else at + length
            if item != ITEM or item_stop > stop:
                raise ValueError
            # Some write explicit sequences with items that are implicit.
            bare = not implicit and not data[at + 4 : at + 6].isupper()
            path = (*level.path, count)
            inside = Level((implicit or bare, little), data, level.base, path, level.encodings)
            after = self._item(inside, at, item_stop)
            at = after if length == UNDEFINED else item_stop
            count += 1
        self._reading.items[level.path] = count
        return at

    def _item(self, level: Level, at: int, stop: int) -> int:
        """The elements of an item; returns where they end."""
        at = self.elements(level, at, stop)
        if level.data[at : at + 4] == _ITEM_END[level.way[1]]:
            return at + HEADER_BYTES
        if at == stop:
            return at
        rest = level.data[at:stop]
        file, headers = io.BytesIO(rest), WAYS[level.way]
        start = 0
        for raw in data_element_generator(file, *level.way):
            headers.learn(raw, rest[start : start + LONG_BYTES])
            self.add(raw, level, level.base + at)
            start = file.tell()
        return at + file.tell()

    def _items(self, items: Iterable[object], level: Level, tag: int, base: int) -> None:
        """Of undefined length, which pydicom has opened."""
        path = (*level.path, tag)
        if len(path) > 2 * MAX_DEPTH:
            raise RecursionError
        count = 0
        for number, item in enumerate(cast("Iterable[dict[BaseTag, RawDataElement]]", items)):
            count += 1
            inside = Level(level.way, path=(*path, number), encodings=level.encodings)
            for raw in item.values():
                if isinstance(raw, RawDataElement):
                    inside.way = raw.is_implicit_VR, raw.is_little_endian
                self.add(raw, inside, base)
        self._reading.items[path] = count


@lru_cache(maxsize=1 << 8)
def _encodings(value: bytes, outer: Encodings) -> Encodings:
    """Python's names of what (0008,0005) names."""
    terms = [term.strip() for term in value.decode("latin-1").strip(" \0").split("\\")]
    return tuple(convert_encodings(terms)) if any(terms) else outer
