"""What a detector gets right on scenes: strings covered, and area masked that is not text.

Strategy: a string is hit if at least 90 % of its strokes' pixels are covered. False area is
what is covered beyond the strings' own boxes and a margin of a quarter of their height and
4 px, which every mask needs. Means hide outliers, so the share of images above 2 % stands
beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.detection.scenes import Burned, Scene

    Rectangle = tuple[int, int, int, int]

HIT_SHARE = 0.9
OUTLIER_SHARE = 0.02
_MARGIN_PX = 4
_SLICES = 16


@dataclass(slots=True)
class Score:
    """Sums over scenes; missed: the strings that were not hit, for a closer look.

    cleared_hits: of strings that were drawn clearer to be legible.
    """

    strings: int = 0
    hits: int = 0
    cleared: int = 0
    cleared_hits: int = 0
    false_with: list[float] = field(default_factory=list)
    false_without: list[float] = field(default_factory=list)
    missed: list[Burned] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    reviews: int = 0

    def add(self, scene: Scene, rectangles: Sequence[Rectangle], seconds: float) -> None:
        """Score the rectangles (x, y, width, height) a detector gave for a scene."""
        covered = np.zeros(scene.shown.shape[:2], np.bool_)
        for x, y, width, height in rectangles:
            covered[max(y, 0) : y + height, max(x, 0) : x + width] = True
        for string in scene.strings:
            hit = bool(covered[string.glyphs].mean() >= HIT_SHARE)
            self.strings += 1
            self.hits += hit
            self.cleared += string.cleared
            self.cleared_hits += hit and string.cleared
            if not hit:
                self.missed.append(string)
        false = float((covered & ~text_area(scene)).mean())
        (self.false_with if scene.strings else self.false_without).append(false)
        self.seconds.append(seconds)

    def __iadd__(self, other: Score) -> Self:
        """Take in another score's sums."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        return self

    @property
    def recall(self) -> float:
        """Strings hit, of all."""
        return self.hits / max(self.strings, 1)

    @property
    def least_recall(self) -> float:
        """Recall if each string that was drawn clearer had been missed as its lot was."""
        return (self.hits - self.cleared_hits) / max(self.strings, 1)

    def row(self) -> tuple[str, ...]:
        """Recall, mean false area with and without text, outliers, median seconds, for review."""
        return (
            f"{100 * self.recall:.2f} % ({self.hits}/{self.strings})",
            f"{100 * _mean(self.false_with):.2f} %",
            f"{100 * _mean(self.false_without):.2f} %",
            f"{sum(f > OUTLIER_SHARE for f in self.false_without)}/{len(self.false_without)}",
            f"{np.median(self.seconds):.2f} s",
            str(self.reviews),
        )


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def text_area(scene: Scene) -> NDArray[np.bool_]:
    """The pixels of strings with their margins; a slanted one in slices along its line."""
    area = np.zeros(scene.shown.shape[:2], np.bool_)
    for string in scene.strings:
        margin = _MARGIN_PX + string.height_px // 4
        rows, columns = np.nonzero(string.glyphs)
        along, across = (columns, rows) if np.ptp(columns) >= np.ptp(rows) else (rows, columns)
        edges = np.linspace(along.min(), along.max() + 1, _SLICES + 1 if _slanted(string) else 2)
        for start, stop in pairwise(edges):
            here = across[(along >= start) & (along < stop)]
            if not here.size:
                continue
            span = slice(max(int(start) - margin, 0), int(stop) + margin + 1)
            side = slice(max(int(here.min()) - margin, 0), int(here.max()) + margin + 1)
            area[(side, span) if along is columns else (span, side)] = True
    return area


def _slanted(string: Burned) -> bool:
    return bool(string.turned_degrees % 90)
