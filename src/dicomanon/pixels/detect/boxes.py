"""A map of how likely each pixel is text -> boxes around text.

Strategy: pixels above a threshold form components, found as runs of rows that touch. A
component becomes boxes: one, or several where one would be hollow (slanted lines, frames).
Boxes grow, because the network marks the inner part of a line only, and boxes that follow
each other on a line become one, so that nothing between two words is left out.

Invariants: numpy only. Boxes lie inside the map; their order depends on the map alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

THRESHOLD = 0.2
_THICK: tuple[tuple[float, float], ...] = ((16, 0.8), (24, 0.9), (64, 0.94))
"""From a thickness in pixels on, how sure a network has to be that this is a line of text."""
STOUT_PX, _STOUT = 40, 3.2
"""A mark thicker than this is a line of text only if it is so many times as long as thick."""
GROWTH = 1.6
_MARGIN_PX = 2.0
_HOLLOW = 0.6
_SMALLEST_PX = 3
_GAP = 1.5
"""Words of a line lie closer than this many times its height."""
_LEVEL = 1.1
"""Words of a line are together no higher than this many times the higher one."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, half-open, in pixels of the map, and the mean likelihood inside."""

    left: float
    top: float
    right: float
    bottom: float
    confidence: float

    @property
    def width(self) -> float:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Rows."""
        return self.bottom - self.top

    def moved(self, right: float, down: float) -> Box:
        """The box so far to the right and down."""
        return Box(
            self.left + right,
            self.top + down,
            self.right + right,
            self.bottom + down,
            self.confidence,
        )

    def turned_back(self, columns: int) -> Box:
        """A box of a picture that was turned left, where it was; columns: of that picture."""
        return Box(
            columns - self.bottom, self.left, columns - self.top, self.right, self.confidence
        )


def boxes(
    likely: NDArray[np.float32],
    least: float,
    thickest_px: float,
    growth: float = GROWTH,
    stout_px: float = STOUT_PX,
) -> list[Box]:
    """The boxes of a map (rows, columns) of likelihoods.

    least: the least mean likelihood of a component; thickest_px: of a component that counts;
    growth: of a box, by its component's area and perimeter; stout_px: thicker ones are long.
    """
    above = likely > THRESHOLD
    runs = _runs(above)
    if not len(runs):
        return []
    lengths = runs[:, 2] - runs[:, 1]
    sums = np.add.reduceat(likely[above], np.cumsum(lengths) - lengths, dtype=np.float64)
    order, starts = _components(runs, above.shape[1] + 2)
    runs = runs[order]
    marks = _measured(runs, starts, sums[order])
    ends = np.append(starts[1:], len(runs))
    return joined(
        [
            box
            for at in np.flatnonzero(marks.counts(least, thickest_px, stout_px)).tolist()
            for box in _boxes_of(runs[starts[at] : ends[at]], marks.of(at), growth, likely.shape)
        ]
    )


# -- components ---------------------------------------------------------------------------


def _runs(above: NDArray[np.bool_]) -> NDArray[np.int64]:
    """What is true in a map, as runs (row, start, stop), sorted."""
    padded = np.pad(above, ((0, 0), (1, 1)))
    flat = padded.ravel()
    rows, columns = np.divmod(np.flatnonzero(flat[1:] != flat[:-1]), padded.shape[1])
    return np.stack((rows[::2], columns[::2], columns[1::2]), axis=1)


def _components(runs: NDArray[np.int64], wide: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The order in which each component's runs are together, and where components start.

    Runs that touch, with corners too, are one component; wide: more than any run's stop.
    """
    rows, starts, stops = runs.T
    below = (rows + 1) * wide
    first = np.searchsorted(rows * wide + stops, below + starts, "left")
    after = np.searchsorted(rows * wide + starts, below + stops, "right")
    roots = _united(first, after)
    order = np.argsort(roots, kind="stable")
    return order, np.flatnonzero(np.diff(roots[order], prepend=-1))


def _united(first: NDArray[np.int64], after: NDArray[np.int64]) -> NDArray[np.int64]:
    """The least run of each run's component; run i touches runs first[i]..after[i]."""
    touching = np.maximum(after - first, 0)
    one = np.repeat(np.arange(len(first)), touching)
    offsets = np.arange(len(one)) - np.repeat(np.cumsum(touching) - touching, touching)
    other = first[one] + offsets
    roots = np.arange(len(first))
    while True:
        least = np.minimum(roots[one], roots[other])
        hooked = roots.copy()
        np.minimum.at(hooked, roots[one], least)
        np.minimum.at(hooked, roots[other], least)
        hooked = hooked[hooked]
        if (hooked == roots).all():
            return roots
        roots = hooked


class _Marks(NamedTuple):
    """Components, an array of each measure: pixels, length and thickness, mean likelihood."""

    area: NDArray[np.int64]
    longer: NDArray[np.int64]
    length: NDArray[np.float64]
    thickness: NDArray[np.float64]
    confidence: NDArray[np.float64]

    def counts(self, least: float, thickest_px: float, stout_px: float) -> NDArray[np.bool_]:
        """Which of them may be lines of text."""
        sure = np.full(len(self.area), least)
        for thick, needed in _THICK:
            sure[self.thickness > thick] = max(needed, least)
        stout = (self.thickness > stout_px) & (self.length < _STOUT * self.thickness)
        fits = (self.thickness <= thickest_px) & (self.longer >= _SMALLEST_PX)
        return fits & ~stout & (self.confidence >= sure)

    def of(self, at: int) -> _Mark:
        """One of them."""
        return _Mark(
            int(self.area[at]),
            float(self.length[at]),
            float(self.thickness[at]),
            float(self.confidence[at]),
        )


class _Mark(NamedTuple):
    """A component: its pixels, length and thickness, and mean likelihood."""

    area: int
    length: float
    thickness: float
    confidence: float


def _measured(
    runs: NDArray[np.int64], starts: NDArray[np.int64], sums: NDArray[np.float64]
) -> _Marks:
    """Measures of components; sums: of the likelihoods of each run."""
    rows, left, right = runs.T
    area = np.add.reduceat(right - left, starts)
    height = np.maximum.reduceat(rows, starts) + 1 - np.minimum.reduceat(rows, starts)
    width = np.maximum.reduceat(right, starts) - np.minimum.reduceat(left, starts)
    length = np.hypot(height, width)
    confidence = np.add.reduceat(sums, starts) / area
    return _Marks(area, np.maximum(height, width), length, area / length, confidence)


# -- boxes of one component ---------------------------------------------------------------


def _boxes_of(
    runs: NDArray[np.int64], mark: _Mark, growth: float, shape: tuple[int, ...]
) -> Iterator[Box]:
    grown = growth * mark.area / (2 * (mark.length + mark.thickness)) + _MARGIN_PX
    for part in _solid(runs, max(2 * mark.thickness, 8.0)):
        top, left, bottom, right = _bounds(part)
        yield Box(
            max(left - grown, 0.0),
            max(top - grown, 0.0),
            min(right + grown, float(shape[1])),
            min(bottom + grown, float(shape[0])),
            mark.confidence,
        )


def _bounds(runs: NDArray[np.int64]) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of runs, half-open."""
    return int(runs[0, 0]), int(runs[:, 1].min()), int(runs[-1, 0]) + 1, int(runs[:, 2].max())


def _solid(runs: NDArray[np.int64], shortest: float) -> Iterator[NDArray[np.int64]]:
    """Runs, halved across their longer side until their bounds are no longer hollow."""
    top, left, bottom, right = _bounds(runs)
    height, width = bottom - top, right - left
    area = (runs[:, 2] - runs[:, 1]).sum()
    if area >= _HOLLOW * height * width or max(height, width) <= shortest:
        yield runs
        return
    if height >= width:
        middle = (top + bottom) // 2
        halves = (runs[runs[:, 0] < middle], runs[runs[:, 0] >= middle])
    else:
        middle = (left + right) // 2
        halves = (_clipped(runs, left, middle), _clipped(runs, middle, right))
    for half in halves:
        if half.size:
            yield from _solid(half, shortest)


def _clipped(runs: NDArray[np.int64], left: int, right: int) -> NDArray[np.int64]:
    """The part of runs inside columns left..right."""
    clipped = runs.copy()
    clipped[:, 1:] = np.clip(runs[:, 1:], left, right)
    return clipped[clipped[:, 1] < clipped[:, 2]]


# -- boxes together -----------------------------------------------------------------------


def joined(found: Sequence[Box]) -> list[Box]:
    """Boxes that follow each other on a line as one; boxes inside another are left out."""
    boxes = sorted(found, key=lambda box: (box.left, box.top, box.right, box.bottom))
    while True:
        merged = _once(boxes)
        if len(merged) == len(boxes):
            return merged
        boxes = merged


def _once(boxes: list[Box]) -> list[Box]:
    kept: list[Box] = []
    for box in boxes:
        for at, other in enumerate(kept):
            if _inside(box, other) or _same_line(box, other):
                kept[at] = _around(box, other)
                break
        else:
            kept.append(box)
    return sorted(kept, key=lambda box: (box.left, box.top, box.right, box.bottom))


def _inside(box: Box, other: Box) -> bool:
    """Whether a box lies in another one, but for a pixel."""
    return (
        other.left - 1 <= box.left
        and box.right <= other.right + 1
        and other.top - 1 <= box.top
        and box.bottom <= other.bottom + 1
    )


def _same_line(one: Box, other: Box) -> bool:
    """Whether two boxes of like height stand side by side, closer than words do."""
    low, high = sorted((one.height, other.height))
    overlap = min(one.bottom, other.bottom) - max(one.top, other.top)
    gap = max(one.left, other.left) - min(one.right, other.right)
    letter = min(low, 2 * one.width, 2 * other.width)  # the sides of a frame are no line
    level = _around(one, other).height <= _LEVEL * high  # nor are the parts of a slanted one
    return overlap >= 0.7 * low and high <= 1.6 * low and gap <= _GAP * letter / 2 and level


def lengthens(found: Box, line: Box) -> bool:
    """Whether a box meets a line and, with it, is hardly higher: a part of it that goes on."""
    around = _around(found, line)
    meets = around.width < found.width + line.width and around.height < found.height + line.height
    wide = line.width >= line.height
    high, together = (line.height, around.height) if wide else (line.width, around.width)
    return meets and together <= _LEVEL * high + 2 * _MARGIN_PX


def _around(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
        max(one.confidence, other.confidence),
    )
