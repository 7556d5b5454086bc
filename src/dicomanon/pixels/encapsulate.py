"""New frames -> a new encapsulated value and the offset tables that belong to it.

Strategy: a frame that stays is ranges of the source, with its items' own headers where
they are as the standard wants them, so that neighbouring frames are one range. A new
frame is one fragment. Offset tables that were there are made anew; none is added.

Invariants: every fragment has an even length; an offset table that is written is right
for every frame; the bytes of frames that stay are not read.

Standard: PS3.5 §A.4; PS3.3 §C.7.6.3.1.8.
"""

from __future__ import annotations

import struct
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from dicomanon.dicom.ranges import SourceRange
from dicomanon.dicom.segment import DROP, Encapsulated, NewElement, header, segment_bytes
from dicomanon.dicom.tag import ITEM
from dicomanon.pixels.fragment import EXTENDED_OFFSET_TABLE, all_frames, offset_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.segment import Drop, Segment
    from dicomanon.dicom.tag import Tag
    from dicomanon.pixels.frame import PixelDescription, Span

EXTENDED_LENGTHS: Tag = 0x7FE00002
TOTAL_LENGTH: Tag = 0x7FE00003
_HEADER_BYTES = 8
_MOST_BASIC_OFFSET = 0xFFFFFFFF


def encapsulated(
    instance: Instance, description: PixelDescription, frames: Mapping[int, bytes]
) -> dict[Tag, Encapsulated | NewElement | Drop]:
    """Edits of the pixel data and its offset tables that put in new frames, counted from 1.

    Raises:
        PixelError: `pixel_layout`, the fragments do not tell which frames they are.
    """
    d = description
    old = all_frames(instance, d)
    items = [_new(frames[n]) if n in frames else _kept(spans) for n, spans in enumerate(old, 1)]
    lengths = [sum(map(segment_bytes, frame)) for frame in items]
    offsets = list(accumulate(lengths[:-1], initial=0))
    start, stop = offset_table(instance, d)
    filled = stop > start and offsets[-1] <= _MOST_BASIC_OFFSET
    basic = struct.pack(f"<{len(offsets)}L", *offsets) if filled else b""
    value = Encapsulated((_item(len(basic)) + basic, *chain.from_iterable(items)))
    single = all(n in frames or len(spans) == 1 for n, spans in enumerate(old, 1))
    return {d.tag: value, **_extended(instance, offsets, lengths, single=single)}


def _extended(
    instance: Instance, offsets: list[int], lengths: list[int], *, single: bool
) -> dict[Tag, NewElement | Drop]:
    """The extended tables, where the instance has them; single: whether they may stand.

    They go if a frame has more fragments than one, which they cannot say.
    """
    values = [length - _HEADER_BYTES for length in lengths]
    # Only fragmentable video must have a total length, and that is not masked.
    edits: dict[Tag, NewElement | Drop] = {TOTAL_LENGTH: DROP}
    for tag, numbers in ((EXTENDED_OFFSET_TABLE, offsets), (EXTENDED_LENGTHS, values)):
        element = instance.data_set.find(tag)
        if element is not None and element.value_bytes:
            table = struct.pack(f"<{len(numbers)}Q", *numbers)
            edits[tag] = NewElement(tag, "OV", table) if single else DROP
    return edits


def _item(length: int) -> bytes:
    return header(ITEM, "", length, explicit=False, little=True)


def _new(data: bytes) -> list[Segment]:
    """One fragment, padded to even length."""
    padded = data + b"\0" * (len(data) % 2)
    return [_item(len(padded)) + padded]


def _kept(spans: Iterable[Span]) -> list[Segment]:
    """The fragments of a frame that stays; odd lengths, which the standard forbids, are padded."""
    kept: list[Segment] = []
    for start, stop in spans:
        if (stop - start) % 2:
            kept += [_item(stop + 1 - start), SourceRange(start, stop), b"\0"]
        else:
            kept.append(SourceRange(start - _HEADER_BYTES, stop))
    return kept
