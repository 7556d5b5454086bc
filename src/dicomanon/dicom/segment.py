"""Instance + edits -> segments: new bytes, and ranges of the source that stay.

Strategy: an edit names what changes; everything between two edits is one range.
Lengths and delimiters of the sequences and File Meta around an edit are made anew,
the rest of their bytes are not looked at. Small ranges are read and joined with
their neighbours, so an output has a handful of segments however many edits it has.

Invariants: no edits, no change: the output equals the source to the byte. A range
never crosses an edit. What is written anew is as the standard wants it: even
lengths, a right File Meta group length, the data set's own encoding.
"""

from __future__ import annotations

import struct
import zlib
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.dicom.header import EXPLICIT, IMPLICIT
from dicomanon.dicom.instance import UNDEFINED, DataSet, Element, Instance
from dicomanon.dicom.ranges import JOIN_BYTES, PaintedRange, SourceRange, read_painted
from dicomanon.dicom.tag import ITEM, ITEM_DELIMITER, SEQUENCE_DELIMITER, Tag
from dicomanon.dicom.vr import SHORT_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomanon.dicom.source import Source

MAX_SHORT_LENGTH_BYTES = 0xFFFE
LONG_EXPLICIT = {True: struct.Struct("<HH2sxxL"), False: struct.Struct(">HH2sxxL")}
FILE_META_GROUP_LENGTH: Tag = 0x00020000
PREAMBLE = bytes(128) + b"DICM"

Segment = bytes | SourceRange | PaintedRange


def segment_bytes(segment: Segment) -> int:
    """How many bytes a segment is."""
    return len(segment) if isinstance(segment, bytes) else segment.stop - segment.start


class NewElement(NamedTuple):
    """An element to write: its raw value, even in length, or the items of a sequence."""

    tag: Tag
    vr: str
    value: bytes | tuple[tuple[NewElement, ...], ...]


class Patches(NamedTuple):
    """New bytes for parts of a value that keeps its length; ranges absolute, sorted, disjoint."""

    parts: tuple[tuple[int, Segment], ...]


class Encapsulated(NamedTuple):
    """A new encapsulated value: its items with their headers, offset table first; even lengths."""

    items: tuple[Segment, ...]


class Drop(NamedTuple):
    """The element goes."""


DROP = Drop()


class LevelEdit:
    """What changes in one data set: edits by element index, elements to insert, stray bytes.

    An edit is DROP, a NewElement, Patches, Encapsulated, or a list of LevelEdits, one an item.
    """

    __slots__ = ("data_set", "drop_strays", "edits", "insertions")

    def __init__(self, data_set: DataSet) -> None:
        self.data_set = data_set
        self.edits: dict[int, Edit] = {}
        self.insertions: list[NewElement] = []
        self.drop_strays = False

    def __bool__(self) -> bool:
        return bool(self.edits or self.insertions or self._strays_go)

    @property
    def _strays_go(self) -> bool:
        return self.drop_strays and self.data_set.elements_stop < self.data_set.content_stop


Edit = Drop | NewElement | Patches | Encapsulated | list[LevelEdit]


class InstanceEdit(NamedTuple):
    """What changes in an instance; `preamble` replaces the 128 bytes and the prefix."""

    preamble: bool
    file_meta: LevelEdit
    drop_command_set: bool
    data_set: LevelEdit


class _Pieces:
    """Segments under construction: neighbours merge, the length is known."""

    __slots__ = ("length", "parts")

    def __init__(self) -> None:
        self.parts: list[Segment] = []
        self.length = 0

    def copy(self, start: int, stop: int) -> None:
        if start >= stop:
            return
        self.length += stop - start
        parts = self.parts
        if parts and type(last := parts[-1]) is SourceRange and last.stop == start:
            parts[-1] = SourceRange(last.start, stop)
        else:
            parts.append(SourceRange(start, stop))

    def write(self, segment: bytes | PaintedRange) -> None:
        self.length += segment_bytes(segment)
        self.parts.append(segment)

    def extend(self, other: _Pieces) -> None:
        self.length += other.length
        self.parts.extend(other.parts)


def header(tag: Tag, vr: str, length: int, *, explicit: bool, little: bool) -> bytes:
    """An element's tag, VR and length; UN where the VR has no room for the length.

    Standard: PS3.5 §6.2.2 Note 1, §7.1.2, §7.1.3.
    """
    group, number = tag >> 16, tag & 0xFFFF
    if not explicit or not vr:
        return IMPLICIT[little].pack(group, number, length)
    if vr not in SHORT_LENGTH:
        return LONG_EXPLICIT[little].pack(group, number, vr.encode("ascii"), length)
    if length > MAX_SHORT_LENGTH_BYTES:
        return LONG_EXPLICIT[little].pack(group, number, b"UN", length)
    return EXPLICIT[little].pack(group, number, vr.encode("ascii"), length)


def encode_element(new: NewElement, *, explicit: bool, little: bool) -> bytes:
    """A new element's bytes; sequences have defined lengths."""
    if isinstance(new.value, bytes):
        body = new.value
    else:
        body = b"".join(
            header(ITEM, "", len(content), explicit=False, little=little) + content
            for content in (
                b"".join(encode_element(e, explicit=explicit, little=little) for e in item)
                for item in new.value
            )
        )
    return header(new.tag, new.vr, len(body), explicit=explicit, little=little) + body


def rewrite(instance: Instance, edit: InstanceEdit) -> list[Segment]:
    """The edited instance as segments; ranges point into `instance.original`.

    Standard: PS3.10 §7.1, PS3.5 §7.
    """
    if not (edit.preamble or edit.file_meta or edit.drop_command_set or edit.data_set):
        return [SourceRange(0, instance.original.size_bytes)]
    head = _Pieces()
    meta = edit.file_meta.data_set
    if edit.preamble:
        head.write(PREAMBLE)
    else:
        head.copy(0, meta.start)
    if edit.file_meta:
        _file_meta(edit.file_meta, instance, head)
    else:
        head.copy(meta.start, meta.stop)
    body = _Pieces()
    if instance.command_set is not None and not edit.drop_command_set:
        body.copy(instance.command_set.start, instance.command_set.stop)
    _level(edit.data_set, instance, body)
    if instance.deflated_start is not None:
        return [_joined(instance, head) + _deflate(_joined(instance, body))]
    head.extend(body)
    return list(_settled(instance, head.parts))


def _file_meta(edit: LevelEdit, instance: Instance, out: _Pieces) -> None:
    """File Meta with its group length made anew. Standard: PS3.10 §7.1."""
    without = LevelEdit(edit.data_set)
    without.insertions = edit.insertions
    without.edits = edit.edits | {
        index: DROP
        for index, element in enumerate(edit.data_set.elements)
        if element.tag == FILE_META_GROUP_LENGTH
    }
    content = _Pieces()
    _level(without, instance, content, explicit=True)
    length = NewElement(FILE_META_GROUP_LENGTH, "UL", struct.pack("<L", content.length))
    out.write(encode_element(length, explicit=True, little=True))
    out.extend(content)


def _level(
    edit: LevelEdit, instance: Instance, out: _Pieces, *, explicit: bool | None = None
) -> None:
    """The content of one level; explicit: how to write what is new, None as the level is."""
    level, edits = edit.data_set, edit.edits
    elements, little = level.elements, level.little
    explicit = level.explicit if explicit is None else explicit
    inserted = _places(edit)
    position, count = level.content_start, len(elements)
    for index in sorted(edits.keys() | inserted.keys()):
        start = elements[index].start if index < count else level.elements_stop
        if position < start:
            out.copy(position, start)
            position = start
        for new in inserted.get(index, ()):
            out.write(encode_element(new, explicit=explicit, little=little))
        change = edits.get(index)
        if change is None:
            continue
        element = elements[index]
        position = element.stop
        if change is DROP:
            continue
        if isinstance(change, NewElement):
            out.write(encode_element(change, explicit=explicit, little=little))
        elif isinstance(change, Patches):
            _patched(element, change, out)
        elif isinstance(change, Encapsulated):
            _encapsulated(element, change, explicit=explicit, little=little, out=out)
        elif isinstance(change, list):
            _sequence(element, change, instance, level, out)
    out.copy(position, level.elements_stop if edit.drop_strays else level.content_stop)


def _places(edit: LevelEdit) -> dict[int, list[NewElement]]:
    """What to insert before which element, in order of tags."""
    places: dict[int, list[NewElement]] = {}
    elements = edit.data_set.elements
    index = len(elements)
    left = sorted(edit.insertions, key=attrgetter("tag"))
    while left:
        new = left.pop()
        while index and elements[index - 1].tag > new.tag:
            index -= 1
        places.setdefault(index, []).insert(0, new)
    return places


def _patched(element: Element, patches: Patches, out: _Pieces) -> None:
    position = element.start
    for start, segment in patches.parts:
        out.copy(position, start)
        if isinstance(segment, SourceRange):
            out.copy(*segment)
        else:
            out.write(segment)
        position = start + segment_bytes(segment)
    out.copy(position, element.stop)


def _encapsulated(
    element: Element, change: Encapsulated, *, explicit: bool, little: bool, out: _Pieces
) -> None:
    """A value of items, always OB of undefined length. Standard: PS3.5 §A.4."""
    out.write(header(element.tag, "OB", UNDEFINED, explicit=explicit, little=little))
    for item in change.items:
        if isinstance(item, SourceRange):
            out.copy(*item)
        else:
            out.write(item)
    out.write(header(SEQUENCE_DELIMITER, "", 0, explicit=False, little=little))


def _sequence(
    element: Element, items: list[LevelEdit], instance: Instance, level: DataSet, out: _Pieces
) -> None:
    """A sequence with edited items; lengths stay defined or undefined as they were.

    An UN sequence keeps its header, so what is inside stays Implicit VR; one without a
    VR in an explicit level gets it.
    """
    explicit, little = level.explicit, level.little
    content = _Pieces()
    for item in items:
        _item(item, instance, content)
    order = "<" if little else ">"
    if explicit and element.bare:
        out.write(header(element.tag, "SQ", 0, explicit=True, little=little)[:-4])
    else:
        out.copy(element.start, element.value_start - 4)
    if element.undefined_length:
        # Little endian inside UN, whatever the level around it is (PS3.5 §6.2.2 Note 2).
        inside = items[0].data_set.little if items else little
        out.copy(element.value_start - 4, element.value_start)
        out.extend(content)
        out.write(header(SEQUENCE_DELIMITER, "", 0, explicit=False, little=inside))
    else:
        out.write(struct.pack(f"{order}L", content.length))
        out.extend(content)


def _item(edit: LevelEdit, instance: Instance, out: _Pieces) -> None:
    item = edit.data_set
    if not edit:
        out.copy(item.start, item.stop)
        return
    content = _Pieces()
    _level(edit, instance, content)
    little = item.little
    length = UNDEFINED if item.undefined_length else content.length
    out.write(header(ITEM, "", length, explicit=False, little=little))
    out.extend(content)
    if item.undefined_length:
        out.write(header(ITEM_DELIMITER, "", 0, explicit=False, little=little))


def _settled(instance: Instance, parts: list[Segment]) -> Iterable[Segment]:
    """Neighbouring bytes and small ranges joined; large ranges stay ranges."""
    joined: list[bytes] = []
    for part in parts:
        if isinstance(part, bytes):
            joined.append(part)
        elif part.stop - part.start <= JOIN_BYTES:
            joined.append(_read(instance.window, part))
        else:
            if joined:
                yield b"".join(joined)
                joined = []
            yield part
    if joined:
        yield b"".join(joined)


def _joined(instance: Instance, pieces: _Pieces) -> bytes:
    return to_bytes(instance.window, pieces.parts)


def _deflate(data: bytes) -> bytes:
    """Raw deflate, padded to even length. Standard: PS3.5 §A.5."""
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = deflater.compress(data) + deflater.flush()
    return deflated + b"\0" * (len(deflated) % 2)


def to_bytes(source: Source, segments: Iterable[Segment]) -> bytes:
    """All segments joined in memory."""
    return b"".join(_read(source, segment) for segment in segments)


def _read(source: Source, segment: Segment) -> bytes:
    if isinstance(segment, bytes):
        return segment
    if isinstance(segment, SourceRange):
        return source.read(segment.start, segment.stop)
    return read_painted(source, segment, segment.start, segment.stop)
