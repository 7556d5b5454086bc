"""What the page shows of an instance's pixels: their size, and one frame as RGBA.

Invariants: numpy and the codecs are asked for before the code that imports them runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.errors import PixelError
from dicomanon.pixels.areas import image_areas
from dicomanon.web.answer import Answer, require

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Instance
    from dicomanon.web.answer import Body


def pixel_info(instance: Instance) -> Body | None:
    """What the page needs to show and mask frames; None if there are none to show."""
    from dicomanon.pixels.codec import previewable  # noqa: PLC0415 - only images need it
    from dicomanon.pixels.frame import describe  # noqa: PLC0415
    from dicomanon.pixels.unmaskable import choices  # noqa: PLC0415

    try:
        description = describe(instance)
    except PixelError:  # the overview warns; masking and previewing say why they refuse
        return None
    if description is None:
        return None
    return {
        "width": description.columns_px,
        "height": description.rows_px,
        "frames": description.frames,
        "maskable": description.maskable,
        "unmaskable": list(choices(instance, description)),
        "previewable": previewable(instance.transfer_syntax),
        "windowed": description.windowed,
        "regions": [
            {"x": r.x_px, "y": r.y_px, "width": r.width_px, "height": r.height_px, "frames": None}
            for r in image_areas(instance)
        ],
    }


def picture(instance: Instance, frame: int | None, window: Body | None) -> Answer:
    """One frame; frame: from 1, None for the middle one; window: None for the file's own.

    Raises:
        PixelError: there is nothing to show, or it does not decode.
    """
    require("numpy")
    from dicomanon.pixels.frame import describe  # noqa: PLC0415 - numpy on demand
    from dicomanon.pixels.render import render  # noqa: PLC0415

    description = describe(instance)
    if description is None:
        raise PixelError("no_pixels")
    if description.codec is not None:
        require("imagecodecs")
    rendered = render(
        instance,
        description,
        (description.frames + 1) // 2 if frame is None else frame,
        window=None if window is None else (window["center"], window["width"]),
    )
    used = rendered.window
    return Answer(
        {
            "width": rendered.width,
            "height": rendered.height,
            "window": None if used is None else {"center": used[0], "width": used[1]},
        },
        (rendered.rgba,),
    )
