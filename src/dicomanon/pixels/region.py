"""Regions: the rectangles a person masks, and the rows and columns they cover together.

Strategy: the regions of a frame become bands of rows, each with disjoint intervals of
columns, so that no cell is written twice however regions overlap.

Invariants: intervals and bands are sorted, disjoint, never adjacent without being
joined, and inside the size they were made for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.errors import ProfileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_REGION = re.compile(
    r"\s*(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\s*"
    r"(?:@\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of stored pixels, half-open, from the top left corner of the frame.

    frames: first and last frame, both masked, counted from 1 as people count them;
    None for all.

    Raises:
        ProfileError: `mask`, it is empty or its frames run backwards.
    """

    x_px: int
    y_px: int
    width_px: int
    height_px: int
    frames: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.width_px < 1 or self.height_px < 1:
            raise ProfileError("mask")
        if self.frames is not None and not 1 <= self.frames[0] <= self.frames[1]:
            raise ProfileError("mask")

    def __str__(self) -> str:
        box = f"{self.x_px},{self.y_px},{self.width_px},{self.height_px}"
        if self.frames is None:
            return box
        first, last = self.frames
        return f"{box}@{first}" if first == last else f"{box}@{first}-{last}"


class Band(NamedTuple):
    """Rows start..stop with the same columns: disjoint half-open intervals, sorted."""

    start: int
    stop: int
    columns: tuple[tuple[int, int], ...]


class FrameRun(NamedTuple):
    """Frames first..last, from 1, both included, that the same bands cover."""

    first: int
    last: int
    bands: tuple[Band, ...]


def parse_region(text: str) -> Region:
    """`x,y,w,h`, `x,y,w,h@3` or `x,y,w,h@3-7` as a Region.

    Raises:
        ProfileError: `mask`, it is none of these.
    """
    match = _REGION.fullmatch(text)
    if match is None:
        raise ProfileError("mask")
    x, y, width, height = (int(number) for number in match.groups()[:4])
    frames = None if match[5] is None else (int(match[5]), int(match[6] or match[5]))
    return Region(x, y, width, height, frames)


def clip(region: Region, columns_px: int, rows_px: int, frames: int) -> Region | None:
    """The part of a region that lies on the image, None if none does."""
    x, y = max(region.x_px, 0), max(region.y_px, 0)
    width = min(region.x_px + region.width_px, columns_px) - x
    height = min(region.y_px + region.height_px, rows_px) - y
    if width < 1 or height < 1:
        return None
    if region.frames is None:
        return Region(x, y, width, height)
    first, last = region.frames
    return Region(x, y, width, height, (first, min(last, frames))) if first <= frames else None


def moved(region: Region, right_px: int, down_px: int) -> Region:
    """The region, moved."""
    return replace(region, x_px=region.x_px + right_px, y_px=region.y_px + down_px)


def frame_runs(regions: Sequence[Region], frames: int) -> Iterator[FrameRun]:
    """The frames that regions cover, in runs that the same regions cover; regions are clipped."""
    spans = [region.frames or (1, frames) for region in regions]
    edges = sorted({edge for first, last in spans for edge in (first, last + 1)})
    for first, after in pairwise(edges):
        active = [
            region
            for region, span in zip(regions, spans, strict=True)
            if span[0] <= first and after <= span[1] + 1
        ]
        if active:
            yield FrameRun(first, after - 1, tuple(_bands(active)))


def _bands(regions: Sequence[Region]) -> Iterator[Band]:
    """The rows and columns that regions cover together."""
    edges = sorted({edge for r in regions for edge in (r.y_px, r.y_px + r.height_px)})
    held: Band | None = None
    for start, stop in pairwise(edges):
        columns = _joined(
            (r.x_px, r.x_px + r.width_px)
            for r in regions
            if r.y_px <= start and stop <= r.y_px + r.height_px
        )
        if held is not None and held.stop == start and held.columns == columns:
            held = held._replace(stop=stop)
            continue
        if held is not None and held.columns:
            yield held
        held = Band(start, stop, columns)
    if held is not None and held.columns:
        yield held


def _joined(intervals: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return tuple(joined)
