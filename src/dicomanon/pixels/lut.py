"""What turns stored values into what a person sees, as data: lookup tables and windows.

Strategy: `Greys` holds the grey transformations of one frame and `palette` the three
tables of a palette; both are plain numbers read from the attributes. `render` applies
them to arrays, and `black` asks them which stored value is dark, without numpy.

Invariants: a table never has more than 65,536 entries, whatever its descriptor or
segments say. A table that is there and cannot be read gives `PixelError`.
"""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.dicom.instance import Context
from dicomanon.dicom.tag import TagPath
from dicomanon.errors import PixelError
from dicomanon.pixels.frame import numbers, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomanon.dicom.instance import DataSet, Element, Instance
    from dicomanon.dicom.tag import Tag
    from dicomanon.pixels.frame import PixelDescription

MAX_ENTRIES = 1 << 16
_BYTE_BITS = 8
_MAX_BITS = 16
_DESCRIPTOR_BYTES = 6
_SHARED: Tag = 0x52009229
_PER_FRAME: Tag = 0x52009230
_PALETTE: tuple[tuple[Tag, Tag, Tag], ...] = (
    (0x00281101, 0x00281201, 0x00281221),
    (0x00281102, 0x00281202, 0x00281222),
    (0x00281103, 0x00281203, 0x00281223),
)
"""Descriptor, data and segmented data of red, green and blue."""


class Lut(NamedTuple):
    """A lookup table: `first` is the input that gives values[0]; values have `bits` bits."""

    first: int
    bits: int
    values: Sequence[int]

    def __call__(self, stored: float) -> int:
        """The entry of an input; inputs beyond the ends give the end's entry."""
        return self.values[max(0, min(int(stored) - self.first, len(self.values) - 1))]


@dataclass(frozen=True, slots=True)
class Greys:
    """The grey transformations of one frame. Standard: PS3.3 §C.11.1, §C.11.2, §C.11.6.

    modality: table instead of slope and intercept; window: (center, width), None
    where the file has none; function: VOI LUT Function; inverted: low is bright.
    """

    slope: float
    intercept: float
    modality: Lut | None
    voi: Lut | None
    window: tuple[float, float] | None
    function: str
    inverted: bool


def greys(instance: Instance, description: PixelDescription, n: int) -> Greys:
    """The grey transformations of frame n, from 1; functional groups go before the top level.

    Raises:
        PixelError: `pixel_description`, one of them cannot be read.

    Standard: PS3.3 §C.7.6.16.2.9 (Pixel Value Transformation), §C.7.6.16.2.10 (Frame VOI LUT).
    """
    top = instance.context()
    rescale = _group(top, 0x00289145, n)
    voi = _group(top, 0x00289132, n)
    center, width = numbers(voi, 0x00281050), numbers(voi, 0x00281051)
    window = None
    if center and width and width[0] > 0:
        window = (float(center[0]), float(width[0]))
    slope, intercept = numbers(rescale, 0x00281053), numbers(rescale, 0x00281052)
    shape = text(top, 0x20500020)
    return Greys(
        slope=float(slope[0]) if slope and slope[0] else 1.0,
        intercept=float(intercept[0]) if intercept else 0.0,
        modality=_table(top, 0x00283000, signed=description.signed),
        voi=_table(voi, 0x00283010, signed=description.signed),
        window=window,
        function=text(voi, 0x00281056) or "LINEAR",
        # INVERSE goes with MONOCHROME1, it does not undo it: PS3.3 §C.8.11.1 (DX Image).
        inverted=description.photometric == "MONOCHROME1" or shape == "INVERSE",
    )


def _group(top: Context, tag: Tag, n: int) -> Context:
    """The level that holds a functional group macro for frame n; the top level without one."""
    for sequence, index in ((_PER_FRAME, n - 1), (_SHARED, 0)):
        outer = _item(top, sequence, index)
        inner = None if outer is None else _item(outer, tag, 0)
        if inner is not None:
            return inner
    return top


def _item(context: Context, tag: Tag, index: int) -> Context | None:
    element = context.data_set.find(tag)
    items: list[DataSet] = (element.items if element is not None else None) or []
    return Context(context.instance, items[index], context) if index < len(items) else None


def _table(context: Context, sequence: Tag, *, signed: bool) -> Lut | None:
    """The table in the first item of a Modality or VOI LUT Sequence."""
    item = _item(context, sequence, 0)
    return None if item is None else _lut(item, 0x00283002, 0x00283006, signed=signed)


def _lut(context: Context, descriptor: Tag, data: Tag, *, signed: bool) -> Lut | None:
    described = context.data_set.find(descriptor)
    element = context.data_set.find(data)
    if described is None or element is None or not element.value_bytes:
        return None
    entries, first, bits = _descriptor(context, described, signed=signed)
    values = _words(context, element, entries, bits)
    if len(values) < entries:
        raise PixelError("pixel_description", path=TagPath((data,)))
    return Lut(first, bits, values[:entries])


def _descriptor(context: Context, element: Element, *, signed: bool) -> tuple[int, int, int]:
    """Entries, first input and bits of a table. Standard: PS3.3 §C.7.6.3.1.5, §C.11.1.1."""
    if element.value_bytes < _DESCRIPTOR_BYTES:
        raise PixelError("pixel_description", path=TagPath((element.tag,)))
    start = element.value_start
    raw = context.instance.window.read(start, start + _DESCRIPTOR_BYTES)
    order = "<" if context.data_set.little else ">"
    signed = element.vr == "SS" or (signed and element.vr != "US")
    entries, first, bits = struct.unpack(f"{order}H{'h' if signed else 'H'}H", raw)
    if not 0 < bits <= _MAX_BITS:
        raise PixelError("pixel_description", path=TagPath((element.tag,)))
    return entries or MAX_ENTRIES, first, max(bits, _BYTE_BITS)


def _words(context: Context, element: Element, entries: int, bits: int) -> Sequence[int]:
    """The entries of a table: one or two bytes each, as its length tells. PS3.3 §C.7.6.3.1.6."""
    start, stop = element.value_start, element.value_stop
    little = context.data_set.little
    if bits == _BYTE_BITS and stop - start < 2 * entries:
        raw = bytearray(context.instance.window.read(start, stop))
        if not little and element.vr == "OW":
            raw[::2], raw[1::2] = raw[1::2], raw[: len(raw) // 2 * 2 : 2]
        return bytes(raw)
    return _unpack(context, start, min(stop, start + 2 * entries))


def _unpack(context: Context, start: int, stop: int) -> array[int]:
    words = array("H", context.instance.window.read(start, stop - (stop - start) % 2))
    if context.data_set.little != (sys.byteorder == "little"):
        words.byteswap()
    return words


# -- palettes ---------------------------------------------------------------------------


def palette(instance: Instance, description: PixelDescription) -> tuple[Lut, Lut, Lut] | None:
    """The red, green and blue tables, segments expanded; None unless all three are there.

    Raises:
        PixelError: `pixel_description`, a table cannot be read.

    Standard: PS3.3 §C.7.9.
    """
    context = instance.context()
    tables = []
    for descriptor, data, segmented in _PALETTE:
        table = _lut(context, descriptor, data, signed=description.signed) or _segmented(
            context, descriptor, segmented, signed=description.signed
        )
        if table is None:
            return None
        tables.append(table)
    red, green, blue = tables
    return red, green, blue


def _segmented(context: Context, descriptor: Tag, data: Tag, *, signed: bool) -> Lut | None:
    described = context.data_set.find(descriptor)
    element = context.data_set.find(data)
    if described is None or element is None or not element.value_bytes:
        return None
    entries, first, bits = _descriptor(context, described, signed=signed)
    start, stop = element.value_start, element.value_stop
    stop = min(stop, start + 4 * MAX_ENTRIES)
    words: Sequence[int]
    if bits == _BYTE_BITS:
        words = context.instance.window.read(start, stop)
    else:
        words = _unpack(context, start, stop)
    try:
        values = expand_segments(words, entries, wide=bits != _BYTE_BITS)
    except IndexError:
        raise PixelError("pixel_description", path=TagPath((data,))) from None
    return Lut(first, bits, values)


def expand_segments(words: Sequence[int], entries: int, *, wide: bool) -> list[int]:
    """The entries that segments stand for; words of 16 bits if `wide`, else of 8.

    Raises:
        IndexError: the segments end before all entries are there, or make no sense.

    Standard: PS3.3 §C.7.9.2.
    """
    values: list[int] = []
    position = 0
    while len(values) < entries:
        if words[position] == 2:  # noqa: PLR2004 - an indirect segment: some earlier ones again
            position = _repeat(words, position, values, entries, wide=wide)
        else:
            position = _segment(words, position, values)
    return values[:entries]


def _segment(words: Sequence[int], position: int, values: list[int]) -> int:
    """Expand a discrete or linear segment; where the next one begins."""
    opcode, length = words[position], words[position + 1]
    position += 2
    if opcode == 0 and length:
        found = words[position : position + length]
        if len(found) < length:
            raise IndexError
        values.extend(found)
        return position + length
    if opcode == 1 and length and values:
        before, after = values[-1], words[position]
        step = (after - before) / length
        values.extend(round(before + step * (i + 1)) for i in range(length))
        return position + 1
    raise IndexError


def _repeat(
    words: Sequence[int], position: int, values: list[int], entries: int, *, wide: bool
) -> int:
    """Expand an indirect segment: `length` segments from a byte offset, none of them indirect."""
    length = words[position + 1]
    if wide:
        offset, size = (words[position + 2] | words[position + 3] << 16) // 2, 4
    else:
        offset, size = int.from_bytes(bytes(words[position + 2 : position + 6]), "little"), 6
    if position + size > len(words) or not length:
        raise IndexError
    for _ in range(length):
        if len(values) >= entries:
            break
        offset = _segment(words, offset, values)
    return position + size


# -- black ------------------------------------------------------------------------------


def darkest_grey(transformations: Greys, low: int, high: int) -> int:
    """Which of the least and the greatest stored value a viewer shows darker."""

    def brightness(stored: int) -> float:
        g = transformations
        shown = g.modality(stored) if g.modality else stored * g.slope + g.intercept
        if g.voi:
            shown = g.voi(shown)
        return -shown if g.inverted else shown

    dark, bright = (high, low) if transformations.inverted else (low, high)
    return dark if brightness(dark) <= brightness(bright) else bright


def darkest_entry(tables: tuple[Lut, Lut, Lut], low: int, high: int) -> int:
    """The least stored value of the darkest colour of a palette, between two stored values."""
    red, green, blue = tables
    entries = range(max(len(table.values) for table in tables))
    inputs = [red.first + i for i in entries if low <= red.first + i <= high] or [low]
    # Weights of PS3.3 §C.7.6.3.1.2 for Y; tables of one palette have the same bits.
    return min(inputs, key=lambda i: 299 * red(i) + 587 * green(i) + 114 * blue(i))
