"""Burned-in text in an instance: which frames are looked at, and what of them goes together.

Strategy: text on a cine mostly stays where it is, so sampled frames tell of all: what
stands at the same place in two of them is masked on every frame; what only one shows is
masked from the sample before to the sample after. On request every frame is looked at
and speaks for itself.

Invariants: coroutines, as in `find`; a frame is decoded when its turn comes and forgotten
after. A frame between samples that differ is never passed in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from dicomanon.errors import PixelError
from dicomanon.pixels.detect.find import TextRegion, find, too_much
from dicomanon.pixels.detect.read import read
from dicomanon.pixels.detect.reason import (
    IDENTIFYING,
    SURE_READING,
    keepable,
    known_values,
    reason,
)
from dicomanon.pixels.frame import describe
from dicomanon.pixels.region import Region
from dicomanon.pixels.render import views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dicomanon.dicom.instance import Instance
    from dicomanon.pixels.detect.find import Effort, Found, Review, Steps
    from dicomanon.pixels.detect.reason import Known
    from dicomanon.pixels.frame import PixelDescription

Which = Literal["all", "identifiers"]

SAMPLES = 8
_SAME_TEXT, _SAME_PLACE = 0.5, 0.8
"""The share of their union from which on regions of two frames are one text, or one place."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to look: with which effort, at every frame or a sample, and whether to read.

    overlays_stay: False where overlays will be removed, so that their text needs no mask.
    """

    effort: Effort = "normal"
    every_frame: bool = False
    read: bool = True
    overlays_stay: bool = True


class Findings(NamedTuple):
    """What was found on an instance.

    frames: those looked at, from 1; regions: with the frames they are for, None for all;
    review: frames a person has to look at, and why.
    """

    frames: tuple[int, ...]
    regions: tuple[TextRegion, ...]
    review: tuple[tuple[int, Review], ...]

    def to_mask(self, which: Which) -> tuple[Region, ...]:
        """The regions to mask: `all` that need not stay, or those that look like `identifiers`."""
        return tuple(found.region for found in self.regions if _CHOICES[which](found))


_CHOICES: dict[Which, Callable[[TextRegion], bool]] = {
    "all": lambda found: not found.keepable,
    "identifiers": lambda found: found.reason is not None and found.reason.kind in IDENTIFYING,
}


def sampled(frames: int) -> tuple[int, ...]:
    """The frames to look at: all of a few, else evenly spread, first and last among them."""
    if frames <= SAMPLES:
        return tuple(range(1, frames + 1))
    return tuple(round(1 + n * (frames - 1) / (SAMPLES - 1)) for n in range(SAMPLES))


def search(
    instance: Instance,
    options: Options = Options(),
    known: Known | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Steps[Findings]:
    """Find text on the frames of an instance, its overlays included.

    known: whose values texts are compared with, the instance's own if None; progress: is
    told how many frames of how many are done.

    Raises:
        PixelError: `no_pixels`, or as `render.render`.
    """
    description = described(instance)
    frames = (
        range(1, description.frames + 1) if options.every_frame else sampled(description.frames)
    )
    texts = Texts(known or known_values(instance), instance.text(0x00080060).strip())
    seen: list[tuple[int, Found]] = []
    for done, frame in enumerate(frames):
        progress(done, len(frames))
        pictures = views(instance, description, frame, overlays_stay=options.overlays_stay)
        found = yield from find(pictures, options.effort)
        if options.read:
            found = yield from texts.explained(found, pictures)
        seen.append((frame, found))
    progress(len(frames), len(frames))
    return _together(seen, description.frames)


class Texts:
    """What regions say and why it matters; text that stays in place is read once."""

    def __init__(self, known: Known, modality: str) -> None:
        self._known = known
        self._modality = modality
        self._read: list[TextRegion] = []

    def explained(self, found: Found, pictures: Sequence[NDArray[np.uint8]]) -> Steps[Found]:
        """The regions of a frame with what they say."""
        told: list[TextRegion] = []
        for region in found.regions:
            same = (r for r in self._read if _overlap(r.region, region.region) > _SAME_PLACE)
            known = next(same, None)
            if known is None:
                known = yield from self._explained(region, pictures)
                self._read.append(known)
            told.append(replace(known, region=region.region, confidence=region.confidence))
        review = found.review
        if review == "share":  # what may stay is not masked
            review = too_much(told, *pictures[0].shape[:2])
        return found._replace(regions=tuple(told), review=review)

    def _explained(
        self, region: TextRegion, pictures: Sequence[NDArray[np.uint8]]
    ) -> Steps[TextRegion]:
        reading = yield from read(pictures, region.region)
        why = reason(reading.text, self._known)
        return replace(
            region,
            text=reading.text or None,
            reason=why,
            sure=reading.confidence >= SURE_READING,
            keepable=keepable(why, reading.confidence, self._modality),
        )


def said(instance: Instance, region: Region) -> Steps[str]:
    """All text inside a region, of every frame it is for, joined by spaces; "" if there is none.

    Raises:
        PixelError: as `search`.
    """
    description = described(instance)
    first, last = region.frames or (1, description.frames)
    texts: dict[str, None] = {}
    for frame in range(first, min(last, description.frames) + 1):
        pictures = [_cut(picture, region) for picture in views(instance, description, frame)]
        found = yield from find(pictures)
        for text in found.regions:
            reading = yield from read(pictures, text.region)
            texts[reading.text] = None
    return " ".join(filter(None, texts))


def _cut(picture: NDArray[np.uint8], r: Region) -> NDArray[np.uint8]:
    return picture[r.y_px : r.y_px + r.height_px, r.x_px : r.x_px + r.width_px]


def described(instance: Instance) -> PixelDescription:
    """How the pixels are stored; raises PixelError, `no_pixels`, where there are none."""
    description = describe(instance)
    if description is None:
        raise PixelError("no_pixels")
    return description


# -- frames together ----------------------------------------------------------------------


@dataclass(slots=True)
class _Text:
    """A text on the frames first to last that were looked at; last_region: where it was then."""

    found: TextRegion
    last_region: Region
    first: int
    last: int

    def again(self, other: TextRegion, frame: int) -> None:
        """Take in what another frame shows at the same place."""
        known = (
            self.found if self.found.reason and self.found.reason.kind == "identifier" else other
        )
        self.found = replace(
            known,
            region=_around(self.found.region, other.region),
            confidence=max(self.found.confidence, other.confidence),
            sure=self.found.sure and other.sure,
            keepable=self.found.keepable and other.keepable,
        )
        self.last_region, self.last = other.region, frame

    def over(self, first: int, last: int, frames: int) -> TextRegion:
        """The text on frames first to last, of so many."""
        span = None if (first, last) == (1, frames) else (first, last)
        return replace(self.found, region=replace(self.found.region, frames=span))


def _texts(seen: Iterable[tuple[int, Found]]) -> list[_Text]:
    """The texts of all frames; what is at the same place in two of them is one."""
    texts: list[_Text] = []
    for frame, found in seen:
        for region in found.regions:
            for text in texts:
                if _overlap(text.last_region, region.region) > _SAME_TEXT:
                    text.again(region, frame)
                    break
            else:
                texts.append(_Text(region, region.region, frame, frame))
    return texts


def _together(seen: Sequence[tuple[int, Found]], frames: int) -> Findings:
    """What was found on the frames that were looked at, for all frames of the instance."""
    looked_at = tuple(frame for frame, _ in seen)
    review = {(frame, found.review) for frame, found in seen if found.review}
    texts = _texts(seen)
    if len(looked_at) == frames:
        regions = [text.over(text.first, text.last, frames) for text in texts]
    else:
        regions = [_spread(text, looked_at, frames) for text in texts]
        review |= {(text.first, "moves") for text in texts if text.first == text.last}
    return Findings(looked_at, tuple(regions), tuple(sorted(review)))


def _spread(text: _Text, samples: tuple[int, ...], frames: int) -> TextRegion:
    """A text of sampled frames on all that it may be on."""
    if text.first < text.last:
        return text.over(1, frames, frames)
    at = samples.index(text.first)
    first = samples[at - 1] + 1 if at else 1
    last = samples[at + 1] - 1 if at + 1 < len(samples) else frames
    return text.over(first, last, frames)


def _around(one: Region, other: Region) -> Region:
    x, y = min(one.x_px, other.x_px), min(one.y_px, other.y_px)
    right = max(one.x_px + one.width_px, other.x_px + other.width_px)
    bottom = max(one.y_px + one.height_px, other.y_px + other.height_px)
    return Region(x, y, right - x, bottom - y)


def _overlap(one: Region, other: Region) -> float:
    """The share of their union that two regions have in common."""
    around = _around(one, other)
    width = one.width_px + other.width_px - around.width_px
    height = one.height_px + other.height_px - around.height_px
    common = max(width, 0) * max(height, 0)
    areas = one.width_px * one.height_px + other.width_px * other.height_px
    return common / (areas - common)
