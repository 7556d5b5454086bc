"""Masks that a device is known to need: proposed for the open file, and remembered from it.

Strategy: a person's own templates are looked at before the catalogue. What lies outside an
ultrasound's own regions is left to the page, which has the regions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomanon.pixels.template import OUTSIDE, catalogue, proposals, read_templates, remembered
from dicomanon.web.choices import regions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomanon.dicom.instance import Instance
    from dicomanon.pixels.region import Region

    Body = dict[str, Any]

OWN = "own"


def proposed(instance: Instance, own_text: str | None) -> list[Body]:
    """What templates propose for an instance; own_text: the person's own template file.

    Raises:
        ProfileError: `mask_templates`, the file is none.
    """
    own = () if own_text is None else read_templates(own_text)
    source = {template.name: template.source for template in catalogue()}
    source |= {template.name: OWN for template in own}
    return [
        {
            "name": name,
            "source": source[name],
            "regions": [mask_of(region) for region in found],
        }
        for name, found in proposals(instance, (*own, *catalogue()))
        if name != OUTSIDE
    ]


def template_file(instance: Instance, masks: Sequence[Body], name: str) -> str:
    """The text of a template file for the device of an instance, with these masks."""
    return remembered(instance, regions(masks), name)


def mask_of(region: Region) -> Body:
    """A region as the page has it."""
    return {
        "x": region.x_px,
        "y": region.y_px,
        "width": region.width_px,
        "height": region.height_px,
        "frames": region.frames,
    }
