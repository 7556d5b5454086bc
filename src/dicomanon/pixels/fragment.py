"""Compressed frames: which fragments of an encapsulated value belong to which frame.

Strategy: an offset table that points at items is believed; without one, fragments are
counted, and where there are more of them than frames, the way codestreams begin tells.

Invariants: fragments lie inside the value. Where a frame's fragments cannot be told,
`PixelError`, never another frame.

Standard: PS3.5 §A.4.
"""

from __future__ import annotations

import struct
from itertools import chain, pairwise
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from dicomanon.dicom.tag import ITEM, TagPath
from dicomanon.errors import PixelError
from dicomanon.pixels.frame import check_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.tag import Tag
    from dicomanon.pixels.frame import PixelDescription, Span

EXTENDED_OFFSET_TABLE: Tag = 0x7FE00001
_FRAME_STARTS = (
    b"\xff\xd8\xff",  # JPEG, JPEG-LS
    b"\xff\x4f\xff\x51",  # JPEG 2000
    b"\x00\x00\x00\x0cjP",  # JPEG 2000 in a JP2 file
    b"\xff\x0a",  # JPEG XL
    b"\x00\x00\x00\x0cJXL",  # JPEG XL in a container
)


def encapsulated_frame(instance: Instance, description: PixelDescription, n: int) -> bytes:
    """The codestream of compressed frame n, from 1.

    Raises:
        PixelError: `frame`, there is no such frame; `pixel_layout`, the fragments do
            not tell where it is.

    Standard: PS3.5 §A.4; PS3.3 §C.7.6.3.1.8 (Extended Offset Table).
    """
    read = instance.window.read
    return b"".join(read(start, stop) for start, stop in _spans(instance, description, n))


def all_frames(instance: Instance, description: PixelDescription) -> list[list[Span]]:
    """The fragments of every frame, which together are all fragments there are.

    Raises:
        PixelError: `pixel_layout`, a fragment is broken or belongs to no frame, or to two.
    """
    d = description
    found = list(_items(instance, d.start, d.stop))
    frames = [_spans(instance, d, n) for n in range(1, d.frames + 1)] if found else []
    whole = found and found[-1][1] == d.stop
    if not whole or list(chain.from_iterable(frames)) != found[1:] or not all(frames):
        raise PixelError("pixel_layout", path=TagPath((d.tag,)))
    return frames


def offset_table(instance: Instance, description: PixelDescription) -> Span:
    """The value of the Basic Offset Table, possibly empty.

    Raises:
        PixelError: `pixel_layout`, there is not even an empty one.
    """
    for span in _items(instance, description.start, description.stop):
        return span
    raise PixelError("pixel_layout", path=TagPath((description.tag,)))


def _spans(instance: Instance, description: PixelDescription, n: int) -> list[Span]:
    check_frame(description, n)
    spans = _by_offsets(instance, description, n)
    return _by_fragments(instance, description, n) if spans is None else spans


def _items(instance: Instance, start: int, stop: int) -> Iterator[Span]:
    """The values of the items between two offsets; ends early where they are broken."""
    read = instance.window.read
    while start + 8 <= stop:
        group, number, length = struct.unpack("<HHL", read(start, start + 8))
        start += 8
        if group << 16 | number != ITEM or start + length > stop:
            return
        yield start, start + length
        start += length


def _by_offsets(instance: Instance, d: PixelDescription, n: int) -> list[Span] | None:
    """The fragments of frame n by an offset table; None without a usable one."""
    basic = offset_table(instance, d)
    extended = instance.data_set.find(EXTENDED_OFFSET_TABLE)
    tables = [(basic, "<L")]
    if extended is not None:
        tables.insert(0, ((extended.value_start, extended.value_stop), "<Q"))
    for table, form in tables:
        first, last = _offsets(instance, d, n, table, form)
        first, last = basic[1] + first, d.stop if last is None else basic[1] + last
        if first < last <= d.stop:
            spans = list(_items(instance, first, last))
            if spans and spans[-1][1] == last:  # it points at items: it can be believed
                return spans
    return None


def _offsets(
    instance: Instance, d: PixelDescription, n: int, table: Span, form: str
) -> tuple[int, int | None]:
    """Where frame n begins and ends by a table, None for the end; (0, 0) where it makes no sense.

    Offsets begin at zero and grow; those around frame n are looked at.
    """
    start, stop = table
    size = struct.calcsize(form)
    if stop - start != d.frames * size:
        return 0, 0
    entries = {0, *range(max(n - 2, 0), min(n + 1, d.frames))}
    read = instance.window.read
    offsets = [
        struct.unpack(form, read(start + i * size, start + (i + 1) * size))[0]
        for i in sorted(entries)
    ]
    if offsets[0] or any(a >= b for a, b in pairwise(offsets)):
        return 0, 0
    at = sorted(entries).index(n - 1)
    return offsets[at], offsets[at + 1] if n < d.frames else None


_FRAGMENTS: WeakKeyDictionary[Instance, list[Span]] = WeakKeyDictionary()
"""Fragments of instances without offset tables: walked once, not once a frame."""


def _by_fragments(instance: Instance, d: PixelDescription, n: int) -> list[Span]:
    """The fragments of frame n where no table tells: one each, or by how codestreams begin."""
    spans = _FRAGMENTS.get(instance)
    if spans is None:
        spans = _FRAGMENTS[instance] = list(_items(instance, d.start, d.stop))[1:]
    if d.frames == 1 and spans:
        return spans
    if len(spans) == d.frames:
        return [spans[n - 1]]
    longest = max(map(len, _FRAME_STARTS))
    read = instance.window.read
    starts = [
        i
        for i, (start, stop) in enumerate(spans)
        if read(start, min(stop, start + longest)).startswith(_FRAME_STARTS)
    ]
    if len(starts) != d.frames or starts[0] != 0:
        raise PixelError("pixel_layout", path=TagPath((d.tag,)))
    return spans[starts[n - 1] : [*starts, len(spans)][n]]
