"""Overlay planes under masks: text drawn there is over the image, and must be gone as well.

Invariants: only planes that the output still has are looked at; one that its attributes do
not describe is not judged. Reads no pixel data.

Standard: PS3.3 §C.9.2, PS3.5 §8.1.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dicomanon.verify.pixels import Mask
    from dicomanon.verify.reading import Entry, Reading

_GROUPS = range(0x6000, 0x6020, 2)
_ROWS, _COLUMNS, _FRAMES, _ORIGIN, _FIRST_FRAME, _DATA = 0x10, 0x11, 0x15, 0x50, 0x51, 0x3000


class _Plane(NamedTuple):
    """An overlay's bits: rows and columns of each frame, and where on the image they lie.

    top, left: of the first bit, from 0; first: the image's frame of the first, from 1, None
    where one plane lies on all frames.
    """

    data: Entry
    rows: int
    columns: int
    frames: int
    top: int
    left: int
    first: int | None


def left_over(reading: Reading, masks: Sequence[Mask]) -> Iterator[Entry]:
    """The Overlay Data with a bit that is set under a mask."""
    for group in _GROUPS:
        plane = _plane(reading, group << 16)
        if plane is not None and any(_set_under(reading, plane, mask) for mask in masks):
            yield plane.data


def _plane(reading: Reading, group: int) -> _Plane | None:
    data = reading.top.get(group | _DATA)
    if data is None or data.stop == data.start:
        return None
    rows, columns = (_number(reading, group | tag, 0) for tag in (_ROWS, _COLUMNS))
    frames = _number(reading, group | _FRAMES, 1)
    top, left = (_number(reading, group | _ORIGIN, 1, at) - 1 for at in (0, 1))
    placed = not reading.top.keys().isdisjoint((group | _FRAMES, group | _FIRST_FRAME))
    first = _number(reading, group | _FIRST_FRAME, 1) if placed else None
    if rows < 1 or columns < 1 or rows * columns * frames > (data.stop - data.start) * 8:
        return None
    return _Plane(data, rows, columns, frames, top, left, first)


def _number(reading: Reading, tag: int, default: int, at: int = 0) -> int:
    """A number of two bytes, or of text where it is IS."""
    entry = reading.top.get(tag)
    value = (entry.value or b"") if entry is not None else b""
    if entry is not None and entry.vr == "IS":
        text = value.strip(b" \0")
        return int(text) if text.isdigit() else default
    raw = value[2 * at : 2 * at + 2]
    order = "little" if reading.little else "big"
    signed = entry is not None and entry.vr == "SS"
    return int.from_bytes(raw, order, signed=signed) if raw else default  # type: ignore[arg-type]


def _set_under(reading: Reading, plane: _Plane, mask: Mask) -> bool:
    """Whether a bit is set under a mask."""
    left, top = max(mask.x_px - plane.left, 0), max(mask.y_px - plane.top, 0)
    right = min(mask.x_px + mask.width_px - plane.left, plane.columns)
    bottom = min(mask.y_px + mask.height_px - plane.top, plane.rows)
    if left >= right or top >= bottom:
        return False
    whole = int.from_bytes(_bits(reading, plane.data), "little")
    row_bits = (1 << right) - (1 << left)
    return any(
        whole >> ((frame * plane.rows + row) * plane.columns) & row_bits
        for frame in range(plane.frames)
        if _lies_on(plane, frame, mask)
        for row in range(top, bottom)
    )


def _lies_on(plane: _Plane, frame: int, mask: Mask) -> bool:
    """Whether a frame of a plane lies on a frame that is masked."""
    if mask.frames is None or plane.first is None:
        return True
    return mask.frames[0] <= plane.first + frame <= mask.frames[1]


def _bits(reading: Reading, data: Entry) -> bytes:
    """The bytes in the order of their bits. Standard: PS3.5 §7.3."""
    raw = reading.source.read(data.start, data.stop)
    if reading.little or data.vr != "OW":
        return raw
    words = memoryview(raw[: len(raw) // 2 * 2])
    swapped = bytearray(words)
    swapped[0::2], swapped[1::2] = words[1::2], words[0::2]
    return bytes(swapped)
