"""A map of how likely each pixel is text -> boxes around text.

Strategy: pixels above a threshold form components, found as runs of rows that touch. A
component becomes boxes: one, or several where one would be hollow (slanted lines, frames).
Boxes grow, because the network marks the inner part of a line only, and boxes that follow
each other on a line become one, so that nothing between two words is left out.

Invariants: numpy only. Boxes lie inside the map; their order depends on the map alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

THRESHOLD = 0.2
_THICK: tuple[tuple[float, float], ...] = ((16, 0.8), (24, 0.9), (64, 0.94))
"""From a thickness in pixels on, how sure a network has to be that this is a line of text."""
_STOUT_PX, _STOUT = 40, 3.2
"""A mark thicker than this is a line of text only if it is so many times as long as thick."""
_GROWTH = 1.8
_MARGIN_PX = 2.0
_HOLLOW = 0.45
_SMALLEST_PX = 3
_GAP = 1.5
"""Words of a line lie closer than this many times its height."""


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


def boxes(likely: NDArray[np.float32], least: float, thickest_px: float) -> list[Box]:
    """The boxes of a map (rows, columns) of likelihoods.

    least: the least mean likelihood of a component; thickest_px: of a component that counts.
    """
    components = _components(likely > THRESHOLD)
    limits = (least, thickest_px)
    return joined([box for runs in components for box in _boxes_of(runs, likely, limits)])


# -- components ---------------------------------------------------------------------------


def _components(above: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    """The components, corners touching: each as runs (row, start, stop), sorted."""
    edges = np.diff(np.pad(above, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    stops = np.nonzero(edges == -1)[1]
    if not rows.size:
        return
    wide = above.shape[1] + 2
    below = (rows + 1) * wide
    first = np.searchsorted(rows * wide + stops, below + starts, "left")
    after = np.searchsorted(rows * wide + starts, below + stops, "right")
    roots = _united(len(rows), first.tolist(), after.tolist())
    runs = np.stack((rows, starts, stops), axis=1)
    order = np.argsort(roots, kind="stable")
    cuts = np.flatnonzero(np.diff(roots[order])) + 1
    yield from np.split(runs[order], cuts)


def _united(count: int, first: list[int], after: list[int]) -> NDArray[np.int64]:
    """The least run of each run's component; run i touches runs first[i]..after[i]."""
    parent = list(range(count))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    for i in range(count):
        for j in range(first[i], after[i]):
            a, b = root(i), root(j)
            parent[max(a, b)] = min(a, b)
    return np.array([root(i) for i in range(count)])


# -- boxes of one component ---------------------------------------------------------------


def _boxes_of(
    runs: NDArray[np.int64], likely: NDArray[np.float32], limits: tuple[float, float]
) -> Iterator[Box]:
    area = int((runs[:, 2] - runs[:, 1]).sum())
    top, left, bottom, right = _bounds(runs)
    length = float(np.hypot(bottom - top, right - left))
    thickness = area / length
    if thickness > limits[1] or max(bottom - top, right - left) < _SMALLEST_PX:
        return
    if thickness > _STOUT_PX and length < _STOUT * thickness:
        return
    total = sum(float(likely[row, start:stop].sum()) for row, start, stop in runs.tolist())
    confidence = total / area
    if confidence < max([limits[0], *(sure for thick, sure in _THICK if thickness > thick)]):
        return
    growth = _GROWTH * area / (2 * (length + thickness)) + _MARGIN_PX
    for part in _solid(runs, max(2 * thickness, 8.0)):
        top, left, bottom, right = _bounds(part)
        yield Box(
            max(left - growth, 0.0),
            max(top - growth, 0.0),
            min(right + growth, float(likely.shape[1])),
            min(bottom + growth, float(likely.shape[0])),
            confidence,
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
    return overlap >= 0.7 * low and high <= 1.6 * low and gap <= _GAP * letter / 2


def _around(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
        max(one.confidence, other.confidence),
    )
