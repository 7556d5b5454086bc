"""Overlay planes: bitmaps beside the pixels or in their unused bits, often with names on them.

Strategy: each group 60xx becomes an `Overlay`; what its attributes leave out is what
the image has, as viewers take it.

Invariants: the bits of a plane that is returned lie inside its element.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dicomanon.dicom.tag import TagPath
from dicomanon.errors import PixelError
from dicomanon.pixels.frame import integer, numbers

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Context, Element, Instance
    from dicomanon.dicom.tag import Tag
    from dicomanon.pixels.frame import PixelDescription

_DATA = 0x3000
_BIT_POSITION = 0x0102
_OVERLAY_GROUPS = 0x60
_KEEP_CELLS = (None, "rle", "deflate")
"""Compression schemes that keep the unused bits of cells."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """One overlay group. Standard: PS3.3 §C.9.2; PS3.5 §8.1.2.

    row_px, column_px: where its top left corner lies on the image, from 0, may be negative;
    first_frame: the image frame of its first frame; element: its plane, None where it
    lives in bit `bit` of the pixels' cells; every_frame: one plane for all frames.
    """

    rows_px: int
    columns_px: int
    row_px: int
    column_px: int
    frames: int
    first_frame: int
    every_frame: bool
    element: Element | None
    bit: int
    word_swapped: bool

    def frame_of(self, n: int) -> int | None:
        """The overlay frame, from 0, that lies on image frame n; None if there is none."""
        index = 0 if self.every_frame else n - self.first_frame
        return index if 0 <= index < self.frames else None


def overlays(instance: Instance, description: PixelDescription) -> list[Overlay]:
    """The overlays of an instance, in the order of their groups.

    Raises:
        PixelError: `pixel_description`, attributes make no sense; `pixel_layout`, a plane
            is shorter than they say.
    """
    elements = instance.data_set.elements
    groups = {
        e.tag & 0xFFFF0000
        for e in elements
        if e.tag >> 24 == _OVERLAY_GROUPS
        and not e.tag & 0x10000
        and e.tag & 0xFFFF in (_DATA, _BIT_POSITION)
    }
    context = instance.context()
    found = (_overlay(context, group, description) for group in sorted(groups))
    return [overlay for overlay in found if overlay is not None]


def _overlay(context: Context, group: Tag, description: PixelDescription) -> Overlay | None:
    element = context.data_set.find(group | _DATA)
    if element is not None and not element.value_bytes:
        element = None
    bit = integer(context, group | _BIT_POSITION, 0)
    if element is None and not (bit > 0 and _embeddable(description, bit)):
        return None
    origin = [int(number) for number in numbers(context, group | 0x0050)]
    row, column = (*origin, 1, 1)[:2] if len(origin) > 1 else (1, 1)
    frames = integer(context, group | 0x0015, 0)
    overlay = Overlay(
        rows_px=integer(context, group | 0x0010, description.rows_px),
        columns_px=integer(context, group | 0x0011, description.columns_px),
        row_px=row - 1,
        column_px=column - 1,
        frames=max(frames, 1),
        first_frame=integer(context, group | 0x0051, 1),
        every_frame=frames < 1 or (frames == 1 and description.frames == 1),
        element=element,
        bit=bit,
        word_swapped=not context.data_set.little and element is not None and element.vr == "OW",
    )
    if element is not None:
        _check_plane(overlay, element, integer(context, group | 0x0100, 1))
    return overlay


def _embeddable(description: PixelDescription, bit: int) -> bool:
    """Whether a cell has that bit, unused by the stored value."""
    d = description
    return d.codec in _KEEP_CELLS and (bit < d.shift or d.high_bit < bit < d.bits_allocated)


def _check_plane(overlay: Overlay, element: Element, bits_allocated: int) -> None:
    path = TagPath((element.tag,))
    if bits_allocated != 1 or overlay.rows_px < 1 or overlay.columns_px < 1:
        raise PixelError("pixel_description", path=path)
    bits = overlay.rows_px * overlay.columns_px * overlay.frames
    whole_bytes = element.value_bytes - (element.value_bytes % 2 if overlay.word_swapped else 0)
    if bits > whole_bytes * 8:
        raise PixelError("pixel_layout", path=path)


def embedded_bits(found: list[Overlay]) -> int:
    """The bits of a cell that hold overlays, as a bit mask."""
    bits = 0
    for overlay in found:
        if overlay.element is None:
            bits |= 1 << overlay.bit
    return bits
