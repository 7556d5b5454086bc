"""Whether pixel data is the same, but for what was masked.

Strategy: blocks of both sides compared as bytes. A masked frame is compared row by row
outside the masked cells. Layouts whose cells share bytes or chroma are compared with
the cells that a mask may touch set apart whole.

Invariants: each side is read at most once; nothing is read where the output's range is
the original's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from dicomanon.verify.segments import SegmentSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dicomanon.verify.reading import Pixels, Reading

Box = tuple[int, int, int, int]
"""Left, right, top and bottom, half-open, in pixels."""
BLOCK_BYTES = 1 << 20
NUMBER_OF_FRAMES = 0x00280008
PHOTOMETRIC = 0x00280004
IRREVERSIBLE = frozenset({"YBR_ICT", "XYB"})
"""Photometric Interpretations of colours that encoding once more changes."""


class Mask(Protocol):
    """A rectangle of stored pixels, half-open; frames: first and last, from 1, None for all."""

    @property
    def x_px(self) -> int: ...  # noqa: D102
    @property
    def y_px(self) -> int: ...  # noqa: D102
    @property
    def width_px(self) -> int: ...  # noqa: D102
    @property
    def height_px(self) -> int: ...  # noqa: D102
    @property
    def frames(self) -> tuple[int, int] | None: ...  # noqa: D102


class Layout(NamedTuple):
    """How a frame's cells lie; unit_bits: of one column in a row of one plane.

    group: how many columns share cells; exact: whether masked cells can be looked at;
    swapped: whether the bytes of each word stand the other way round.
    """

    columns: int
    rows: int
    planes: int
    unit_bits: int
    group: int
    exact: bool
    swapped: bool = False

    @property
    def plane_bits(self) -> int:
        """Of one plane of one frame."""
        return self.columns * self.rows * self.unit_bits

    @property
    def frame_bits(self) -> int:
        """Of all planes of one frame."""
        return self.plane_bits * self.planes


def same_pixels(before: Reading, after: Reading, masks: Sequence[Mask]) -> str:
    """Empty if pixels are as they should be, else the problem: `pixels` or `mask`."""
    one, other = before.pixels, after.pixels
    if one is None or other is None or (one.fragments is None) != (other.fragments is None):
        return "pixels"
    if not masks:
        return "" if _same_bytes(before, one, after, other) else "pixels"
    frames = max(_number(before, NUMBER_OF_FRAMES, 1), 1)
    if one.fragments is not None and other.fragments is not None:
        return _masked_fragments(before, after, frames, masks)
    if one.stop - one.start != other.stop - other.start:
        return "pixels"
    return _masked(before, after, frames, masks)


def _same_bytes(before: Reading, one: Pixels, after: Reading, other: Pixels) -> bool:
    """Compare the whole value; fragments with their headers, whose bytes stay too."""
    source = after.source
    if other.stop - other.start != one.stop - one.start:
        return False
    if (
        isinstance(source, SegmentSource)
        and source.original is before.source
        and source.origin(other.start, other.stop) == one.start
    ):
        return True
    return _same_ranges(before, (one.start, one.stop), after, (other.start, other.stop))


def _same_ranges(
    before: Reading, one: tuple[int, int], after: Reading, other: tuple[int, int]
) -> bool:
    """Whether two ranges hold the same bytes, block by block."""
    shift = other[0] - one[0]
    if one[1] + shift != other[1]:
        return False
    for start in range(*one, BLOCK_BYTES):
        stop = min(start + BLOCK_BYTES, one[1])
        if before.source.read(start, stop) != after.source.read(start + shift, stop + shift):
            return False
    return True


def _masked_fragments(before: Reading, after: Reading, frames: int, masks: Sequence[Mask]) -> str:
    """Compressed frames: those without a mask are the same bytes, those with one are decoded.

    Where fragments are not one a frame, all that is told is that something has changed.
    """
    one, other = before.pixels, after.pixels
    old = one.fragments[1:] if one and one.fragments else ()
    new = other.fragments[1:] if other and other.fragments else ()
    if len(old) != frames or len(new) != frames:
        same = len(old) == len(new) and all(
            _same_ranges(before, a, after, b) for a, b in zip(old, new, strict=True)
        )
        return "mask" if same else ""
    for number, (a, b) in enumerate(zip(old, new, strict=True), 1):
        active = _active(masks, number)
        if _same_ranges(before, a, after, b) == bool(active):
            return "mask" if active else "pixels"
        if active and (wrong := _masked_frame(before, a, after, b, active)):
            return wrong
    return ""


def _masked_frame(
    before: Reading, one: tuple[int, int], after: Reading, other: tuple[int, int], masks: list[Mask]
) -> str:
    """What a masked frame shows, decoded."""
    from dicomanon.verify.decoded import masked_frame  # noqa: PLC0415 - imports the decoders

    layout = _layout(before)
    old, new = before.source.read(*one), after.source.read(*other)
    irreversible = after.text(PHOTOMETRIC) in IRREVERSIBLE
    boxes = [_box(mask, layout) for mask in masks]
    return masked_frame(old, new, boxes, layout, irreversible=irreversible)


def converted_pixels(before: Reading, after: Reading, masks: Sequence[Mask]) -> str:
    """Native frames beside the compressed ones they were made of; answers as `same_pixels`.

    Where frames are several and fragments are not one a frame, only the size is told.
    """
    from dicomanon.verify.decoded import converted_frame  # noqa: PLC0415 - as above

    one, other, layout = before.pixels, after.pixels, _layout(after)
    frames = max(_number(before, NUMBER_OF_FRAMES, 1), 1)
    frame_bytes = layout.frame_bits // 8
    size = frame_bytes * frames
    if one is None or other is None or other.stop - other.start != size + size % 2:
        return "pixels"
    fragments = (one.fragments or ())[1:]
    coded = [fragments] if frames == 1 else [(each,) for each in fragments]
    if len(coded) != frames:
        return ""
    rgb, shift, stored = before.text(PHOTOMETRIC) == "RGB", *_stored_bits(after)
    for number, ranges in enumerate(coded, 1):
        start = other.start + (number - 1) * frame_bytes
        old = b"".join(before.source.read(*each) for each in ranges)
        new = after.source.read(start, start + frame_bytes)
        boxes = [_box(mask, layout) for mask in _active(masks, number)]
        if wrong := converted_frame(old, new, boxes, layout, shift, stored, rgb=rgb):
            return wrong
    return ""


def _stored_bits(reading: Reading) -> tuple[int, int]:
    """Unused low bits of a cell, and how many the stored value has."""
    stored = _number(reading, 0x00280101, _number(reading, 0x00280100, 8))
    return _number(reading, 0x00280102, stored - 1) + 1 - stored, stored


def _active(masks: Sequence[Mask], number: int) -> list[Mask]:
    """The masks on a frame, counted from 1."""
    return [m for m in masks if m.frames is None or m.frames[0] <= number <= m.frames[1]]


def _number(reading: Reading, tag: int, default: int) -> int:
    """A US or IS of the first level."""
    entry = reading.top.get(tag)
    value = (entry.value or b"") if entry is not None else b""
    if entry is not None and entry.vr == "IS":
        text = value.strip(b" \0").split(b"\\")[0]
        return int(text) if text.isdigit() else default
    order = "little" if reading.little else "big"
    return int.from_bytes(value[:2], order) if len(value) > 1 else default  # type: ignore[arg-type]


def _layout(reading: Reading) -> Layout:
    samples = _number(reading, 0x00280002, 1)
    bits = _number(reading, 0x00280100, 8)
    columns, rows = _number(reading, 0x00280011, 0), _number(reading, 0x00280010, 0)
    planar = _number(reading, 0x00280006, 0) == 1 and samples > 1
    photometric = reading.text(PHOTOMETRIC)
    swapped = not reading.little and bits < 16 and _is_words(reading)  # noqa: PLR2004
    if photometric.endswith("_422"):
        return Layout(columns, rows, 1, 2 * bits, 2, exact=False, swapped=swapped)
    planes = samples if planar else 1
    unit = bits if planar else bits * samples
    plain = unit % 8 == 0 and not swapped
    return Layout(columns, rows, planes, unit, 1, exact=plain, swapped=swapped)


def _is_words(reading: Reading) -> bool:
    """Whether the pixels are OW, whose bytes Big Endian swaps. Standard: PS3.5 §7.3."""
    entry = reading.top.get(reading.pixels.tag) if reading.pixels else None
    return entry is not None and entry.vr == "OW"


def _masked(before: Reading, after: Reading, frames: int, masks: Sequence[Mask]) -> str:
    """Compare native pixels part by part, masked cells set apart."""
    one, other = before.pixels, after.pixels
    layout = _layout(before)
    if one is None or other is None or layout.frame_bits * frames > (one.stop - one.start) * 8:
        return "pixels"
    for start, stop, numbers in _parts(layout, frames, one.stop - one.start):
        old = _cells(before, layout, one.start + start, one.start + stop)
        new = _cells(after, layout, other.start + start, other.start + stop)
        for number in numbers:
            active = _active(masks, number)
            if layout.exact and not _of_one_value(new, layout, active):
                return "mask"
            for low, high in _spans(layout, active, (number - 1) * layout.frame_bits - start * 8):
                _clear(old, low, high)
                _clear(new, low, high)
        if old != new:
            return "pixels"
    return ""


def _parts(
    layout: Layout, frames: int, size_bytes: int
) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Byte ranges to compare, with the frames that have bits in them.

    A frame of single bits may end within a byte: that byte goes with the next frame.
    Swapped words do not end where frames do: they are taken all at once.
    """
    if layout.swapped:
        yield 0, size_bytes, tuple(range(1, frames + 1))
        return
    start = 0
    for number in range(1, frames + 1):
        stop = number * layout.frame_bits // 8 if number < frames else size_bytes
        shared = layout.frame_bits % 8 and number > 1
        yield start, stop, (number - 1, number) if shared else (number,)
        start = stop


def _cells(reading: Reading, layout: Layout, start: int, stop: int) -> bytearray:
    """Bytes in the order of their pixels."""
    data = bytearray(reading.source.read(start, stop))
    if layout.swapped:
        even = len(data) // 2 * 2
        data[0:even:2], data[1:even:2] = data[1:even:2], data[0:even:2]
    return data


def _spans(layout: Layout, masks: Sequence[Mask], first_bit: int) -> Iterator[tuple[int, int]]:
    """The bit ranges of a frame that masks may change, widened to whole groups of columns."""
    for mask in masks:
        left, right, top, bottom = _box(mask, layout)
        for plane in range(layout.planes):
            for row in range(top, bottom):
                base = (
                    first_bit + plane * layout.plane_bits + row * layout.columns * layout.unit_bits
                )
                yield base + left * layout.unit_bits, base + right * layout.unit_bits


def _box(mask: Mask, layout: Layout) -> Box:
    group = layout.group
    left = max(mask.x_px, 0) // group * group
    right = min(-(-(mask.x_px + mask.width_px) // group) * group, layout.columns)
    return left, right, max(mask.y_px, 0), min(mask.y_px + mask.height_px, layout.rows)


def _clear(data: bytearray, low: int, high: int) -> None:
    """Zero the bits low..high, bytes at the ends in part; bits count from the lowest."""
    low, high = max(low, 0), min(high, len(data) * 8)
    if low >= high:
        return
    first, last = low // 8, (high - 1) // 8
    head, tail = 0xFF << low % 8 & 0xFF, 0xFF >> 7 - (high - 1) % 8
    if first == last:
        data[first] &= ~(head & tail) & 0xFF
        return
    data[first] &= ~head & 0xFF
    data[last] &= ~tail & 0xFF
    data[first + 1 : last] = bytes(last - first - 1)


def _of_one_value(frame: bytearray, layout: Layout, masks: Sequence[Mask]) -> bool:
    """Whether every masked cell of a frame is the same, plane by plane."""
    unit = layout.unit_bits // 8
    seen: list[bytes | None] = [None] * layout.planes
    for mask in masks:
        left, right, top, bottom = _box(mask, layout)
        for plane in range(layout.planes):
            for row in range(top, bottom):
                base = plane * layout.plane_bits // 8 + row * layout.columns * unit
                cells = bytes(frame[base + left * unit : base + right * unit])
                first = seen[plane] = seen[plane] or cells[:unit]
                if cells != first * (right - left):
                    return False
    return True
