"""Burned-in text in one picture or frame: regions, and whether a person has to look.

Strategy: a coroutine. It yields what a network has to be run on and is sent the answer, so
that the same code serves a host that waits (onnxruntime) and one that must not (a page).
`PASSES` says as data which network sees the picture at which scale; what any of them finds
in any view counts, if it has strokes.

Invariants: a picture on which a network overlooks the known text, or on which more is
found than text covers as a rule, is marked for review and never passed in silence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

import numpy as np

from dicomanon.pixels.detect.boxes import boxes, joined
from dicomanon.pixels.detect.canvas import canvas
from dicomanon.pixels.detect.strokes import has_strokes
from dicomanon.pixels.region import Region

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from numpy.typing import NDArray

    from dicomanon.pixels.detect.boxes import Box
    from dicomanon.pixels.detect.reason import Reason

Effort = Literal["fast", "normal", "large"]
Network = Literal["det_small", "det_tiny", "rec_small"]
Review = Literal["", "canary", "share", "moves"]


class Pass(NamedTuple):
    """One look at a picture.

    scale: 1.5 shows it larger, 0.5 smaller; least: how sure the network has to be;
    thickest_px: up to what thickness, on the scaled picture, its marks are to be trusted;
    smallest, largest: the pictures it is for, in pixels, half-open.
    """

    network: Network
    scale: float
    least: float
    thickest_px: float
    smallest: float = 0
    largest: float = math.inf


_LARGE = 600_000
"""From so many pixels on, small letters are looked for with the network that takes less time."""
_PLAIN = Pass("det_small", 1.0, 0.4, 160)
_SMALL_LETTERS = (
    Pass("det_small", 1.5, 0.4, 24, largest=_LARGE),
    Pass("det_tiny", 1.5, 0.7, 20, smallest=_LARGE),
)
_LARGE_LETTERS = Pass("det_small", 0.5, 0.8, 64)

PASSES: dict[Effort, tuple[Pass, ...]] = {
    "fast": (_PLAIN,),
    "normal": (_PLAIN, *_SMALL_LETTERS),
    "large": (_PLAIN, *_SMALL_LETTERS, _LARGE_LETTERS),
}
"""Effort -> passes; what `large` adds finds letters above 60 px whole, and more that is none."""

MAX_SHARE = 0.02
"""More than this share of a picture is text only where a person says so."""
_STRIP_SHARE = 0.7

T = TypeVar("T")


class Inference(NamedTuple):
    """A network to run on a tensor: (1, 3, rows, columns) of float32."""

    network: Network
    tensor: NDArray[np.float32]


if TYPE_CHECKING:
    Steps = Generator[Inference, NDArray[np.float32], T]


def answer(raw: bytes, shape: Sequence[int]) -> NDArray[np.float32]:
    """What a network answered that was run elsewhere: its bytes as a tensor."""
    return np.frombuffer(raw, "<f4").reshape(shape)


@dataclass(frozen=True, slots=True, repr=False)
class TextRegion:
    """Text on a frame; confidence: 0 to 1; text and reason: None where nothing was read.

    keepable: it was surely read as something that the modality's images need. The text may
    identify the patient: it is in no repr.
    """

    region: Region
    confidence: float
    text: str | None = None
    reason: Reason | None = None
    keepable: bool = False

    def __repr__(self) -> str:
        return f"TextRegion({self.region}, {self.confidence:.2f}, {self.reason})"


class Found(NamedTuple):
    """What was found on pictures of one frame; review: why a person has to look, "" if not."""

    regions: tuple[TextRegion, ...]
    review: Review


def find(pictures: Sequence[NDArray[np.uint8]], effort: Effort = "normal") -> Steps[Found]:
    """Find text on pictures of one frame, (rows, columns, 3) in RGB, all of one size."""
    rows, columns = pictures[0].shape[:2]
    passes = [p for p in PASSES[effort] if p.smallest <= rows * columns < p.largest]
    found: list[Box] = []
    blind = False
    for picture in pictures:
        for look in passes:
            shown = canvas(picture, look.scale)
            likely = (yield Inference(look.network, shown.tensor))[0, 0]
            seen = boxes(likely, look.least, look.thickest_px)
            blind |= shown.strip_found(seen) < _STRIP_SHARE
            there = filter(None, map(shown.on_picture, seen))
            found += [box for box in there if has_strokes(picture, box)]
    regions = tuple(_region(box, rows, columns) for box in joined(found))
    return Found(regions, "canary" if blind else too_much(regions, rows, columns))


def too_much(regions: Sequence[TextRegion], rows_px: int, columns_px: int) -> Review:
    """Whether more of a picture is to be masked than text covers as a rule."""
    return "share" if share(regions, rows_px, columns_px) > MAX_SHARE else ""


def _region(box: Box, rows: int, columns: int) -> TextRegion:
    """A box as whole pixels of the picture."""
    left, top = math.floor(box.left), math.floor(box.top)
    right, bottom = min(math.ceil(box.right), columns), min(math.ceil(box.bottom), rows)
    return TextRegion(Region(left, top, right - left, bottom - top), box.confidence)


def share(regions: Iterable[TextRegion], rows_px: int, columns_px: int) -> float:
    """The share of a picture that regions cover together, without what may stay."""
    covered = np.zeros((rows_px, columns_px), np.bool_)
    for found in regions:
        if found.keepable:
            continue
        r = found.region
        covered[r.y_px : r.y_px + r.height_px, r.x_px : r.x_px + r.width_px] = True
    return float(covered.mean())
