"""Burned-in text in one picture or frame: regions, and whether a person has to look.

Strategy: a coroutine. It yields what a network has to be run on and is sent the answer, so
that the same code serves a host that waits (onnxruntime) and one that must not (a page).
`PASSES` says as data at which scale the network sees the picture; what it finds in any view
counts, if it has strokes. Each view earns its time: over 254 strings the picture with raised
contrast gives 96.9 % (as it is: 96.1), half size adds the large letters (98.8). Enlarged, for
small letters on grain, costs twice as much as both; it is for pictures that then take no
longer than one of 1024 x 1024 without it. A network overlooks the end of a line on a restless
ground less where it sees little else: a line is looked at once more, closer, unless the
ground before and behind it is calm: 99.6 %, and 98.1 % of 1,062 strings of another seed, where
most of what is missed is 8 to 14 px high.

Invariants: a picture on which a network overlooks the known text, or on which more is
found than text covers as a rule, is marked for review and never passed in silence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

import numpy as np

from dicomanon.pixels.detect.boxes import GROWTH, STOUT_PX, boxes, joined, lengthens
from dicomanon.pixels.detect.canvas import canvas
from dicomanon.pixels.detect.contrast import raised
from dicomanon.pixels.detect.models import FINDING
from dicomanon.pixels.detect.strokes import has_strokes
from dicomanon.pixels.region import Region

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from numpy.typing import NDArray

    from dicomanon.pixels.detect.boxes import Box
    from dicomanon.pixels.detect.reason import Reason

Effort = Literal["fast", "normal", "large"]
Network = Literal["det_small", "rec_small"]
Review = Literal["", "canary", "share", "moves"]


class Pass(NamedTuple):
    """One look at a picture.

    scale: 1.5 shows it larger, 0.5 smaller; least: how sure the network has to be;
    thickest_px: up to what thickness, on the scaled picture, its marks are to be trusted;
    raised: whether local contrast is; growth: of boxes; stout_px: thicker marks have to be
    long; shortest_px: the least height of a line on the picture; largest: the pictures it is
    for, in pixels.
    """

    scale: float
    least: float
    thickest_px: float
    raised: bool = True
    growth: float = GROWTH
    stout_px: float = STOUT_PX
    shortest_px: float = 0
    largest: float = math.inf


_PLAIN = Pass(1.0, 0.4, 160, raised=False)
_FAINT = Pass(1.0, 0.4, 64)
_SMALL_LETTERS = Pass(1.5, 0.4, 40, largest=600_000)
_LARGE_LETTERS = Pass(0.5, 0.8, 64, growth=1.4, stout_px=24, shortest_px=56)
_HUGE_LETTERS = Pass(0.25, 0.8, 64, growth=1.4, stout_px=24, shortest_px=112)

PASSES: dict[Effort, tuple[Pass, ...]] = {
    "fast": (_PLAIN,),
    "normal": (_FAINT, _SMALL_LETTERS, _LARGE_LETTERS),
    "large": (_FAINT, _SMALL_LETTERS, _LARGE_LETTERS, _HUGE_LETTERS),
}
"""Effort -> passes; what `large` adds finds letters above 200 px whole."""

_CLOSER = Pass(1.0, 0.4, 64, growth=1.4)
_LINE_PX, _LEAST_SCALE, _LARGEST_SCALE = 48, 0.25, 2.0
_ALONG, _ACROSS, _UPRIGHT = 4, 1, 1.5
"""A closer look shows a line in this height, and so many times its height along it and across
it beside it; lines so many times higher than wide are turned."""
_CALM_LEVELS = 6
"""Where the ground before and behind a line differs by no more, no text is there."""

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

    sure: it was read so surely that its kind can be relied on; keepable: it is of a kind,
    too, that the modality's images need. The text may identify the patient: it is in no repr.
    """

    region: Region
    confidence: float
    text: str | None = None
    reason: Reason | None = None
    sure: bool = False
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
    passes = [look for look in PASSES[effort] if rows * columns <= look.largest]
    found: list[Box] = []
    blind = False
    for picture in map(_plain, pictures):
        faint = raised(picture) if any(look.raised for look in passes) else picture
        seen: list[Box] = []
        for look in passes:
            marked, sighted = yield from _marked(faint if look.raised else picture, look)
            seen += marked
            blind |= not sighted
        found += seen
        if effort != "fast":
            for line in joined(seen):
                if _goes_on(picture, line):
                    found += yield from _closer(faint, line)
    regions = tuple(_region(box, rows, columns) for box in joined(found))
    return Found(regions, "canary" if blind else too_much(regions, rows, columns))


def _marked(picture: NDArray[np.uint8], look: Pass) -> Steps[tuple[list[Box], bool]]:
    """What one look at a picture marks, and whether it found the known text."""
    shown = canvas(picture, look.scale)
    likely = (yield Inference(FINDING, shown.tensor))[0, 0]
    marked = boxes(likely, look.least, look.thickest_px, look.growth, look.stout_px)
    there = filter(None, map(shown.on_picture, marked))
    tall = (box for box in there if min(box.width, box.height) >= look.shortest_px)
    written = [box for box in tall if has_strokes(picture, box)]
    return written, shown.strip_found(marked) >= _STRIP_SHARE


def _goes_on(picture: NDArray[np.uint8], line: Box) -> bool:
    """Whether there is anything before or behind a line."""
    upright = _is_upright(line)
    rows = picture.swapaxes(0, 1) if upright else picture
    start, stop, top, bottom = (
        (line.top, line.bottom, line.left, line.right)
        if upright
        else (line.left, line.right, line.top, line.bottom)
    )
    row, reach = rows[int(top) : math.ceil(bottom)], _ALONG * (bottom - top)
    before = row[:, max(int(start - reach), 0) : int(start)]
    behind = row[:, math.ceil(stop) : math.ceil(stop + reach)]
    return any(
        part.size and np.ptp(part, axis=(0, 1)).max() > _CALM_LEVELS for part in (before, behind)
    )


def _closer(picture: NDArray[np.uint8], line: Box) -> Steps[list[Box]]:
    """What a look at a line, and at what is beside it, shows of it, laid level."""
    upright = _is_upright(line)
    short = min(line.width, line.height)
    along, across = _ALONG * short, _ACROSS * short
    down, right = (along, across) if upright else (across, along)
    left, top = max(int(line.left - right), 0), max(int(line.top - down), 0)
    cut = picture[top : math.ceil(line.bottom + down), left : math.ceil(line.right + right)]
    scale = min(max(_LINE_PX / short, _LEAST_SCALE), _LARGEST_SCALE)
    level = np.ascontiguousarray(np.rot90(cut)) if upright else cut
    marked, _ = yield from _marked(level, _CLOSER._replace(scale=scale))
    there = (at.turned_back(cut.shape[1]) if upright else at for at in marked)
    return [found for found in (at.moved(left, top) for at in there) if lengthens(found, line)]


def _is_upright(line: Box) -> bool:
    return line.height > _UPRIGHT * line.width


def _plain(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture with one channel where all three are alike: a third of the work."""
    first = picture[..., :1]
    return np.ascontiguousarray(first) if (picture == first).all() else picture


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
