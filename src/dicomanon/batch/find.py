"""Regions that an instance asks for by itself: known devices, and text that is burned in.

Strategy: plain data that a worker can be sent, and calls once an instance. What is still
readable in an output is a second search, over what will be written.

Invariants: text that the search is not sure of is refused, never passed in silence, unless
somebody looks at every frame anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dicomanon.errors import PixelError
from dicomanon.pixels.risk import PIXELS
from dicomanon.pixels.template import Template, proposals

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.source import Source
    from dicomanon.pixels.detect.find import Effort
    from dicomanon.pixels.detect.search import Which
    from dicomanon.pixels.region import Region
    from dicomanon.verify.finding import Finding


@dataclass(frozen=True, slots=True)
class Find:
    """What to look for; text: which of the text that is found to mask, None for none.

    looked_at: somebody looks at every frame, so that what is unsure need not be refused;
    removes: pixels that cannot be masked go, so what cannot be searched is masked whole;
    overlays_stay: as in `search.Options`.
    """

    templates: tuple[Template, ...] = ()
    text: Which | None = None
    effort: Effort = "normal"
    every_frame: bool = False
    looked_at: bool = False
    removes: bool = False
    overlays_stay: bool = True

    def __call__(self, instance: Instance) -> tuple[Region, ...]:
        """The regions of an instance; none where it has no pixels.

        Raises:
            PixelError: `text_review`, a person has to look; or as `search`.
            ProfileError: a part of detection is not installed.
        """
        if not any(instance.data_set.find(tag) for tag in PIXELS):
            return ()
        known = proposals(instance, self.templates) if self.templates else ()
        regions = [region for proposal in known for region in proposal.regions]
        if self.text is not None:
            regions.extend(self._text(instance, self.text))
        return tuple(dict.fromkeys(regions))

    def _text(self, instance: Instance, which: Which) -> tuple[Region, ...]:
        from dicomanon.pixels.detect.native import drive  # noqa: PLC0415 - an extra
        from dicomanon.pixels.detect.search import Options, search  # noqa: PLC0415

        options = Options(
            self.effort, every_frame=self.every_frame, overlays_stay=self.overlays_stay
        )
        try:
            found = drive(search(instance, options))
        except PixelError:
            if not self.removes:
                raise
            from dicomanon.pixels.unmaskable import whole_image  # noqa: PLC0415 - needs numpy

            return whole_image(instance)
        if found.review and not self.looked_at:
            raise PixelError("text_review")
        return found.to_mask(which)


def left_in(instance: Instance, output: Source) -> tuple[Finding, ...]:
    """What an output still shows of its source's identifying values, as strong findings."""
    from dicomanon.dicom.scan import scan  # noqa: PLC0415 - only where text is looked for
    from dicomanon.pixels.detect.again import still_readable  # noqa: PLC0415 - an extra
    from dicomanon.pixels.detect.native import drive  # noqa: PLC0415
    from dicomanon.pixels.detect.reason import known_values  # noqa: PLC0415
    from dicomanon.verify.finding import still_readable as finding  # noqa: PLC0415

    made = scan(output)
    if not any(made.data_set.find(tag) for tag in PIXELS):
        return ()
    shown = drive(still_readable(made, known_values(instance)))
    return (finding(),) if shown else ()
