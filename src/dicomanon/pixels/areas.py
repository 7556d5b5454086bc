"""Where an ultrasound says its image is, and what of the frame lies outside.

Invariants: areas are as the instance gives them, clipped by nobody; what lies outside is
told by disjoint rectangles inside the frame.

Standard: PS3.3 §C.8.5.5, Sequence of Ultrasound Regions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.dicom.instance import Context
from dicomanon.errors import MalformedError
from dicomanon.pixels.region import Region, clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomanon.dicom.instance import Instance

ULTRASOUND_REGIONS = 0x00186011
_CORNERS = (0x00186018, 0x0018601A, 0x0018601C, 0x0018601E)


def image_areas(instance: Instance) -> list[Region]:
    """The areas of the image, all frames; text stands outside them as a rule."""
    sequence = instance.data_set.find(ULTRASOUND_REGIONS)
    top = instance.context()
    areas = []
    for item in (sequence.items or ()) if sequence is not None else ():
        context = Context(instance, item, top)
        x0, y0, x1, y1 = (whole_number(context, tag) for tag in _CORNERS)
        if x0 is None or y0 is None or x1 is None or y1 is None:
            continue
        if 0 <= x0 <= x1 and 0 <= y0 <= y1:
            areas.append(Region(x0, y0, x1 - x0 + 1, y1 - y0 + 1))
    return areas


def outside(areas: Sequence[Region], columns_px: int, rows_px: int) -> list[Region]:
    """What of a frame lies outside the smallest rectangle around all areas.

    Nothing if there are no areas, or none of them is on the frame.
    """
    on_frame = [a for a in (clip(area, columns_px, rows_px, 1) for area in areas) if a is not None]
    if not on_frame:
        return []
    left, top = min(a.x_px for a in on_frame), min(a.y_px for a in on_frame)
    right = max(a.x_px + a.width_px for a in on_frame)
    bottom = max(a.y_px + a.height_px for a in on_frame)
    boxes = (
        (0, 0, columns_px, top),
        (0, bottom, columns_px, rows_px - bottom),
        (0, top, left, bottom - top),
        (right, top, columns_px - right, bottom - top),
    )
    return [Region(*box) for box in boxes if box[2] > 0 and box[3] > 0]


def whole_number(context: Context, tag: int) -> int | None:
    """The first number of an element as a whole one, None if it has none."""
    try:
        number = context.number(tag)
        return None if number is None else int(number)
    except (MalformedError, ValueError, OverflowError):
        return None
