"""Source -> Instance: one pass over the element headers.

Strategy: the loop unpacks each header out of the window's block and jumps over
the value. It is as lenient as pydicom about the habits of real files (implicit
items in explicit data sets, a wrong or missing transfer syntax, no preamble, no
File Meta, a value cut off by the end of the file) and strict where leniency would
be guessing, because what is misread here is a leak there. What is laid out like an
instance before is not looked at again (`layout`).

Invariants: garbage gives `InputError` and nothing else; depth and counts are
bounded, so hostile input costs bounded time and memory; the window's size never
changes the result.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.dicom.header import (
    EXPLICIT,
    HEADER_BYTES,
    IMPLICIT,
    KNOWN_VR,
    LONG,
    LONG_HEADER_BYTES,
    PREAMBLE_BYTES,
    PREFIX,
    file_start,
    guess,
    is_capitals,
    looks_explicit,
    meta_form,
    other_mode,
)
from dicomanon.dicom.instance import UNDEFINED, DataSet, Element, Instance
from dicomanon.dicom.layout import LAYOUTS
from dicomanon.dicom.source import WINDOW_BYTES, BytesSource, Window
from dicomanon.dicom.tag import ITEM, ITEM_DELIMITER, SEQUENCE_DELIMITER
from dicomanon.dicom.transfer_syntax import IMPLICIT_LE, TRANSFER_SYNTAX_UID, transfer_syntax
from dicomanon.errors import MalformedError, NotDicomError, UnsupportedError

if TYPE_CHECKING:
    from dicomanon.dicom.source import Source

MAX_DEPTH = 48
MAX_ELEMENTS = 2_000_000
MAX_INFLATED_BYTES = 1 << 30
ALL_TAGS = (0, 1 << 32)
FILE_META_TAGS = (0x00020000, 0x00030000)
COMMAND_TAGS = (0, 0x00010000)

_UNNAMED = ("", "UN")
_ITEM_TAG = {b"\xfe\xff\x00\xe0": True, b"\xff\xfe\xe0\x00": False}


def scan(source: Source, window_bytes: int = WINDOW_BYTES) -> Instance:
    """Find every element of an instance.

    Raises:
        InputError: the source is not DICOM, or is broken or of an unsupported kind.

    Standard: PS3.10 §7.1, PS3.5 §7.
    """
    if source.size_bytes == 0:
        raise NotDicomError("empty")
    window = Window(source, max(window_bytes, 2 * LONG_HEADER_BYTES))
    instance = LAYOUTS.recognized(window)
    if instance is None:
        instance = scanned(window)
        LAYOUTS.met(instance)
    return instance


def scanned(window: Window) -> Instance:
    """`scan` of what is not recognized; raises the same."""
    instance = Instance(window)
    scanner = _Scanner(window)
    start = file_start(window)
    instance.preamble = start == PREAMBLE_BYTES + len(PREFIX)
    meta = scanner.level(start, window.size_bytes, meta_form(window, start), FILE_META_TAGS)
    meta.content_stop = meta.stop = meta.elements_stop
    instance.file_meta = meta
    instance.declared_transfer_syntax = instance.text(TRANSFER_SYNTAX_UID)
    position = meta.content_stop
    if instance.declared_transfer_syntax:
        syntax = transfer_syntax(instance.declared_transfer_syntax)
        if syntax.deflated:
            scanner = _inflate(instance, position)
            window = instance.window
    elif position >= window.size_bytes:
        syntax = IMPLICIT_LE
    else:
        syntax = guess(window, position)
    position = _command_set(instance, scanner, position)
    explicit = looks_explicit(window, position, window.size_bytes, assumed=syntax.explicit)
    if explicit != syntax.explicit:
        syntax = other_mode(syntax)
    instance.transfer_syntax = syntax
    level = scanner.level(position, window.size_bytes, (syntax.explicit, syntax.little), ALL_TAGS)
    level.content_stop = level.stop = window.size_bytes
    instance.data_set = level
    instance.truncated_at = scanner.truncated_at
    if not level.elements and not meta.elements:
        raise NotDicomError("not_dicom")
    return instance


def _inflate(instance: Instance, position: int) -> _Scanner:
    """Put the inflated data set behind the head. Standard: PS3.5 §A.5."""
    source = instance.original
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(source.read(position, source.size_bytes), MAX_INFLATED_BYTES)
    except zlib.error:
        raise MalformedError("deflate", offset=position) from None
    if inflater.unconsumed_tail:
        raise UnsupportedError("inflated_size", offset=position)
    if not inflater.eof:
        raise MalformedError("deflate", offset=position)
    instance.deflated_start = position
    instance.window = Window(
        BytesSource(source.read(0, position) + inflated), instance.window.window_bytes
    )
    return _Scanner(instance.window)


def _command_set(instance: Instance, scanner: _Scanner, position: int) -> int:
    """Group 0000 elements that some writers leave before the data set, always Implicit LE."""
    window = instance.window
    if (
        window.size_bytes - position < HEADER_BYTES
        or window.read(position, position + 2) != b"\0\0"
    ):
        return position
    level = scanner.level(position, window.size_bytes, (False, True), COMMAND_TAGS)
    level.content_stop = level.stop = level.elements_stop
    instance.command_set = level
    return level.stop


class _Scanner:
    """The loops over elements, items and fragments, with what they may cost."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.truncated_at: int | None = None
        self.count = 0

    def level(
        self, start: int, stop: int, form: tuple[bool, bool], tags: tuple[int, int]
    ) -> DataSet:
        """The elements of a level that is not an item, up to the first tag outside `tags`."""
        level = DataSet(start, start, explicit=form[0], little=form[1])
        level.content_stop = self.elements(level, stop, 0, tags)
        return level

    def elements(  # noqa: C901, PLR0912, PLR0915 - the hot loop: a call an element costs most
        self, level: DataSet, stop: int, depth: int, tags: tuple[int, int] = ALL_TAGS
    ) -> int:
        """Scan `level` from its content's start; the offset where its elements end.

        They end at `stop`, at an item delimiter, at a tag outside `tags` (half-open), or where
        fewer bytes are left than a header needs.
        """
        window = self.window
        size = window.size_bytes
        explicit, little = level.explicit, level.little
        unpack_explicit = EXPLICIT[little].unpack_from
        unpack_implicit = IMPLICIT[little].unpack_from
        unpack_long = LONG[little].unpack_from
        known = KNOWN_VR
        first, last = tags
        append = level.elements.append
        position = level.content_start
        block, base, top = window.block, window.start, window.stop
        while position + HEADER_BYTES <= stop:
            if position < base or position + LONG_HEADER_BYTES > top:
                if window.start > position or window.stop < min(position + LONG_HEADER_BYTES, size):
                    window.load(position)
                block, base, top = window.block, window.start, window.stop
            at = position - base
            value_start = position + HEADER_BYTES
            if explicit:
                group, number, code, length = unpack_explicit(block, at)
                entry = known.get(code)
                if entry is not None:
                    vr, short = entry
                elif is_capitals(code):
                    vr, short = code.decode("ascii"), length != 0
                else:
                    vr, short = "", True
                    length = unpack_long(block, at + 4)[0]
                if not short:
                    value_start = position + LONG_HEADER_BYTES
                    if value_start > stop:
                        self._header_cut(position, stop)
                        return position
                    length = unpack_long(block, at + HEADER_BYTES)[0]
            else:
                vr = ""
                group, number, length = unpack_implicit(block, at)
            tag = group << 16 | number
            if tag == ITEM_DELIMITER or not first <= tag < last:
                return position
            element = Element(tag, vr, position, value_start, value_start + length)
            if length == UNDEFINED:
                self._undefined(element, level, stop, depth)
            elif length:
                if element.value_stop > stop:
                    self._overrun(element, stop)
                if vr == "SQ" or (vr in _UNNAMED and data.vr_of(tag) == "SQ"):
                    self._sequence(element, level, depth, delimited=False)
            elif vr == "SQ" or (vr in _UNNAMED and data.vr_of(tag) == "SQ"):
                element.vr = "SQ"
                element.items = []
            append(element)
            self._counted(position)
            position = element.stop
        return position

    def _header_cut(self, position: int, stop: int) -> None:
        """A header that ends after what holds it."""
        if stop != self.window.size_bytes:
            raise MalformedError("length", offset=position)
        self._cut(position)

    def _overrun(self, element: Element, stop: int) -> None:
        """A value that ends after what holds it: the end of the file cut it, or it lies."""
        if element.value_stop <= self.window.size_bytes:
            raise MalformedError("length", offset=element.start)
        self._cut(element.start)
        element.value_stop = element.stop = stop

    def _cut(self, offset: int) -> None:
        """The file ends inside what begins at `offset`; what there is stays readable."""
        if self.truncated_at is None:
            self.truncated_at = offset

    def _undefined(self, element: Element, level: DataSet, stop: int, depth: int) -> None:
        """A value that ends at a delimiter: a sequence, or fragments.

        UN of undefined length is a sequence; so is what the dictionary does not know
        and begins with an item. Standard: PS3.5 §6.2.2, §7.5.
        """
        element.value_stop = element.stop = stop
        named = element.vr or data.vr_of(element.tag)
        if named in ("SQ", "UN") or (not named and self._at_item(element.value_start, stop)):
            self._sequence(element, level, depth, delimited=True)
        else:
            self._fragments(element, level)

    def _at_item(self, position: int, stop: int) -> bool:
        return position + 4 <= stop and self.window.read(position, position + 4) in _ITEM_TAG

    def _sequence(self, element: Element, level: DataSet, depth: int, *, delimited: bool) -> None:
        """Scan a sequence's items in the encoding they really have.

        Inside UN that is Implicit VR Little Endian (PS3.5 §6.2.2 Note 2); some big
        endian writers swap it all the same, which the item tag shows.
        """
        parent = level
        if element.vr == "UN":
            little = True
            if element.value_bytes >= HEADER_BYTES:
                tag = self.window.read(element.value_start, element.value_start + 4)
                little = _ITEM_TAG.get(tag, True)
            parent = DataSet(element.start, element.value_start, explicit=False, little=little)
        element.vr = "SQ"
        self._items(element, parent, depth, delimited=delimited)

    def _items(self, element: Element, parent: DataSet, depth: int, *, delimited: bool) -> None:
        """The items of a sequence; a delimited one spans what holds it until its end is found.

        Standard: PS3.5 §7.5.
        """
        if depth >= MAX_DEPTH:
            raise MalformedError("depth", offset=element.start)
        unpack = IMPLICIT[parent.little].unpack
        items: list[DataSet] = []
        element.items = items
        position, stop = element.value_start, element.value_stop
        while position + HEADER_BYTES <= stop:
            group, number, length = unpack(self.window.read(position, position + HEADER_BYTES))
            tag = group << 16 | number
            if delimited and tag == SEQUENCE_DELIMITER:
                element.value_stop = position
                element.stop = position + HEADER_BYTES
                return
            if tag != ITEM:
                raise MalformedError("delimiter", offset=position)
            item = self._item(position, stop, length, parent, depth)
            items.append(item)
            position = item.stop
            self._counted(position)
        if delimited or position != stop:
            if stop != self.window.size_bytes:
                raise MalformedError("delimiter", offset=position)
            self._cut(position)

    def _counted(self, position: int) -> None:
        self.count += 1
        if self.count > MAX_ELEMENTS:
            raise MalformedError("count", offset=position)

    def _item(self, start: int, stop: int, length: int, parent: DataSet, depth: int) -> DataSet:
        content = start + HEADER_BYTES
        inside = stop if length == UNDEFINED else content + length
        if inside > stop:
            if inside <= self.window.size_bytes:
                raise MalformedError("length", offset=start)
            self._cut(start)
            inside = stop
        explicit = parent.explicit and looks_explicit(
            self.window, content, inside, assumed=parent.explicit
        )
        item = DataSet(start, content, explicit=explicit, little=parent.little)
        end = self.elements(item, inside, depth + 1)
        if length != UNDEFINED:
            item.content_stop = item.stop = inside
            return item
        if end + HEADER_BYTES > stop:
            if stop != self.window.size_bytes:
                raise MalformedError("delimiter", offset=end)
            self._cut(end)
            item.content_stop = item.stop = stop
            return item
        item.content_stop = end
        item.stop = end + HEADER_BYTES
        return item

    def _fragments(self, element: Element, level: DataSet) -> None:
        """Walk encapsulated fragments to their delimiter. Standard: PS3.5 §A.4."""
        unpack = IMPLICIT[level.little].unpack
        position, stop = element.value_start, element.value_stop
        while position + HEADER_BYTES <= stop:
            group, number, length = unpack(self.window.read(position, position + HEADER_BYTES))
            tag = group << 16 | number
            if tag == SEQUENCE_DELIMITER:
                element.value_stop = position
                element.stop = position + HEADER_BYTES
                return
            if tag != ITEM or length == UNDEFINED:
                raise MalformedError("delimiter", offset=position)
            position += HEADER_BYTES + length
            self._counted(position)
        if stop != self.window.size_bytes:
            raise MalformedError("delimiter", offset=element.start)
        self._cut(element.start)
        element.value_stop = element.stop = stop
