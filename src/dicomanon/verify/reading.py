"""What the second reader found in an instance: its elements, its pixels, what is whole.

Invariants: ranges are absolute and half-open. Nothing here reads.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dicomanon.dicom.source import Source

SOP_INSTANCE_UID = 0x00080018
CHARACTER_SET = 0x00080005
PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
OPAQUE_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
"""Values that are no text; long ones are not read to be decoded."""


class Entry(NamedTuple):
    """One element that is no sequence.

    path: tags and item indexes in turn; value: None where it is long and stays unread;
    start, stop: the value's byte range; encodings: of its level, as Python names them.
    """

    path: tuple[int, ...]
    tag: int
    vr: str
    value: bytes | None
    start: int
    stop: int
    encodings: tuple[str, ...]


class Pixels(NamedTuple):
    """The top level's pixel data: its value's range; fragments: ranges, None if native."""

    tag: int
    start: int
    stop: int
    fragments: tuple[tuple[int, int], ...] | None


class Reading:
    """What was read.

    source: the bytes all ranges point into: the file, or its inflated form; entries: by
    start; top: the first level's by tag; items: how many each sequence has, by path;
    stop: where pydicom stopped; whole: whether it understood everything on the way;
    strays: whether bytes are left behind the last element, too few to be another.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.deflated = False
        self.entries: list[Entry] = []
        self.top: dict[int, Entry] = {}
        self.items: dict[tuple[int, ...], int] = {}
        self.pixels: Pixels | None = None
        self.stop = 0
        self.whole = False
        self.strays = False
        self.little = True

    def text(self, tag: int) -> str:
        """A first-level value as bare text, "" if there is none."""
        entry = self.top.get(tag)
        return "" if entry is None else (entry.value or b"").decode("latin-1").strip(" \0")

    def searched(self) -> list[tuple[int, int]]:
        """The byte ranges to search: all but pixel data, long ones of other kinds included."""
        size = self.source.size_bytes
        if self.pixels is None:
            return [(0, size)]
        return [(0, self.pixels.start), (self.pixels.stop, size)]

    def entry_at(self, offset: int) -> Entry | None:
        """The element whose value holds a byte."""
        index = bisect_right(self.entries, offset, key=_start) - 1
        if index >= 0 and offset < self.entries[index].stop:
            return self.entries[index]
        return None


def _start(entry: Entry) -> int:
    return entry.start


def is_instance(reading: Reading) -> bool:
    """Whether what was read is an instance, and not another kind of file."""
    return SOP_INSTANCE_UID in reading.top
